"""A single proportion and how sure it is: x events among n independent cases.

The default is Wilson's score interval: it stays inside [0, 1], never has zero width, and its coverage is near the
nominal level from small n on, where the usual "plus or minus" (Wald) interval fails and Clopper-Pearson is needlessly
wide (Brown, Cai and DasGupta, Stat Sci 2001;16:101-133). Cases that share a patient are not independent: for them
there is `clustered_proportion`.
"""

from collections.abc import Callable, Mapping
from math import erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv, xlog1py, xlogy

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, check_part, normal_quantile
from ecg_eval.stats.proportion.blaker import blaker_bounds
from ecg_eval.stats.proportion.root_finding import bisect
from ecg_eval.stats.proportion.transformed_proportions import cloglog_bounds, logit_bounds, probit_bounds

Bounds = tuple[Floats, Floats]


def single_proportion(
    *, n_events: int, n: int, method: str = "wilson", level: float = 0.95, truncate: bool = True
) -> Estimate:
    """Estimate a proportion from independent cases.

    Parameters
    ----------
    n_events, n : int
        Events, and cases among which they were counted; ``0 <= n_events <= n``.
    method : str
        One of `PROPORTION_METHODS`, see `proportion_bounds`.
    level : float
        Coverage that the interval aims at.
    truncate : bool
        Whether bounds beyond [0, 1], which Wald and Agresti-Coull can give, are cut there.

    Returns
    -------
    Estimate
        In [0, 1]; undefined without cases. The standard error is ``sqrt(p (1 - p) / n)``, and None where p is 0 or 1:
        there that formula gives 0, which is not how sure one is.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).

    Examples
    --------
    >>> print(single_proportion(n_events=0, n=20))
    0.000 (95 % CI 0.000 to 0.161; Wilson, n = 20)
    """
    x, n = check_part("single_proportion", "n_events", n_events, "n", n)
    low, high = proportion_bounds(n_events=x, n=n, method=method, level=level, truncate=truncate)
    words = PROPORTION_METHODS[method]
    if n == 0:
        return Estimate.undefined(reason="there is no case", method=words, n=0, level=level)
    p = x / n
    zero_width = low == high
    return Estimate(
        value=p,
        low=None if zero_width else float(low),
        high=None if zero_width else float(high),
        level=level,
        method=words,
        n=n,
        n_positive=x,
        n_clusters=n,
        standard_error=float(np.sqrt(p * (1 - p) / n)) if 0 < x < n else None,
        reason="all cases are alike, so that this method gives an interval of zero width" if zero_width else None,
    )


def proportion_bounds(
    *, n_events: ArrayLike, n: ArrayLike, method: str = "wilson", level: float = 0.95, truncate: bool = True
) -> Bounds:
    """Give the interval bounds of many proportions at once.

    Parameters
    ----------
    n_events, n : arrays of one shape (or shapes that broadcast)
        Events and cases. They need not be whole numbers, so that effective sample sizes can be used.
    method : str
        ``wilson`` (default, score, Wilson 1927); ``wilson_corrected`` (with continuity correction, Newcombe 1998
        method 4); ``prop_test`` (the same as R's prop.test prints it: no correction at n_events = n / 2);
        ``clopper_pearson`` (exact, never below the nominal coverage); ``mid_p`` (exact with half of the observed
        point's probability); ``agresti_coull``; ``jeffreys`` (quantiles of Beta(x + 1/2, n - x + 1/2), unmodified);
        ``jeffreys_modified`` (the same with 0 for x = 0 and 1 for x = n, Brown, Cai and DasGupta 2001);
        ``blaker`` (exact, shorter than Clopper-Pearson); ``score_skewness`` (Laud 2017); ``likelihood_ratio``;
        ``arcsine`` (Anscombe); ``logit``, ``probit`` and ``cloglog`` (as R's binom); ``wald`` and ``wald_corrected``
        (known to be anti-conservative; for comparison with older papers only).
    level : float
        Coverage that the intervals aim at.
    truncate : bool
        Whether bounds beyond [0, 1] are cut there. R's binom prints them uncut, most papers cut.

    Returns
    -------
    low, high : arrays
        NaN where n is 0.

    Raises
    ------
    ArgumentError
        For numbers that are no counts, an unknown method, a level outside (0, 1).
    """
    z = normal_quantile("proportion_bounds", level)
    check_method("proportion_bounds", method, PROPORTION_METHODS)
    x, total = np.broadcast_arrays(np.asarray(n_events, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not np.all((x >= 0) & (x <= total) & np.isfinite(total)):
        raise ArgumentError("proportion_bounds", "n_events", "between 0 and n", n_events)
    empty = total == 0
    low, high = _BOUNDS[method](x, np.where(empty, 1.0, total), z)
    if truncate:
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def _alpha(z: float) -> float:
    """Return the two-sided error that belongs to a normal quantile: alpha = erfc(z / sqrt 2)."""
    return erfc(z / sqrt(2))


def _beta_quantile(a: Floats, b: Floats, q: float) -> Floats:
    """Return the q quantile of Beta(a, b)."""
    return np.asarray(betaincinv(a, b, q), dtype=np.float64)


def wilson_bounds(x: Floats, n: Floats, z: Floats | float) -> Bounds:
    """Score interval, z its normal quantile: (x + z²/2 -+ z sqrt(x (n - x) / n + z²/4)) / (n + z²)."""
    centre = (x + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    # at the ends the formula is exactly 0 or 1, but not in floating point
    return np.where(x == 0, 0.0, centre - half), np.where(x == n, 1.0, centre + half)


def score_skewness_bounds(x: Floats, n: Floats, z: float, inflation: Floats | float = 1.0) -> Bounds:
    """Score interval corrected for skewness (Laud, Pharm Stat 2017;16:334-348), its variance times `inflation`.

    The lower bound is the smaller root of (z² v / n + e²) p² + (2 e d - z² v / n) p + d² = 0 with v the inflation,
    c = (z² - 1) / (6 n v), e = 2 c - 1 and d = max(x / n - c, 0); the upper one mirrors it. As the level tends to 0
    both bounds tend to the estimate that is median-unbiased to this order.
    """
    c = (z**2 - 1) / (6 * n * inflation)
    slope, width = 2 * c - 1, z**2 * inflation / n

    def lower(share: Floats) -> Floats:
        d = np.maximum(share - c, 0.0)
        a, b = width + slope**2, 2 * slope * d - width
        return np.asarray((-b - np.sqrt(np.maximum(b**2 - 4 * a * d**2, 0.0))) / (2 * a))

    return np.where(x == 0, 0.0, lower(x / n)), np.where(x == n, 1.0, 1 - lower((n - x) / n))


def _wilson_shifted(x: Floats, n: Floats, z: float, shift: Floats) -> Bounds:
    """Score interval of a count moved outwards by `shift` before each bound is taken."""

    def bound(p: Floats, side: float) -> Floats:
        root = np.sqrt(np.maximum(p * (1 - p) / n + z**2 / (4 * n**2), 0.0))
        return (p + z**2 / (2 * n) + side * z * root) / (1 + z**2 / n)

    low, high = bound((x - shift) / n, -1.0), bound((x + shift) / n, 1.0)
    return np.where(x == 0, 0.0, np.clip(low, 0.0, 1.0)), np.where(x == n, 1.0, np.clip(high, 0.0, 1.0))


def _wilson_corrected(x: Floats, n: Floats, z: float) -> Bounds:
    """Score interval with Yates's half (Newcombe 1998, method 4)."""
    return _wilson_shifted(x, n, z, np.full_like(n, 0.5))


def _prop_test(x: Floats, n: Floats, z: float) -> Bounds:
    """Score interval with correction min(1/2, |x - n/2|): R's prop.test corrects for its test of 1/2."""
    return _wilson_shifted(x, n, z, np.minimum(0.5, np.abs(x - n / 2)))


def _clopper_pearson(x: Floats, n: Floats, z: float) -> Bounds:
    """Exact interval: alpha/2 quantile of Beta(x, n - x + 1), 1 - alpha/2 quantile of Beta(x + 1, n - x)."""
    tail = _alpha(z) / 2
    some, missed = np.where(x > 0, x, 1.0), np.where(x < n, n - x, 1.0)
    low = np.where(x > 0, _beta_quantile(some, n - x + 1, tail), 0.0)
    return low, np.where(x < n, _beta_quantile(x + 1, missed, 1 - tail), 1.0)


def _mid_p(x: Floats, n: Floats, z: float) -> Bounds:
    """Solve P(X > x) + P(X = x) / 2 = alpha/2 for the lower bound, and mirrored for the upper one."""
    tail = _alpha(z) / 2

    def lower(x: Floats) -> Floats:
        at_least = np.where(x > 0, x, 1.0)
        more, left = x + 1, np.where(x < n, n - x, 1.0)

        def surplus(p: Floats) -> Floats:
            beyond = np.where(x < n, betainc(more, left, p), 0.0)
            return tail - (betainc(at_least, n - x + 1, p) + beyond) / 2

        return np.where(x > 0, bisect(surplus, np.zeros_like(x), np.ones_like(x)), 0.0)

    return lower(x), 1 - lower(n - x)


def _agresti_coull(x: Floats, n: Floats, z: float) -> Bounds:
    """Wald interval after adding z²/2 events and z²/2 non-events (Agresti and Coull, Am Stat 1998;52:119-126)."""
    return _wald(x + z**2 / 2, n + z**2, z)


def _jeffreys(x: Floats, n: Floats, z: float) -> Bounds:
    """Equal-tailed quantiles of Beta(x + 1/2, n - x + 1/2)."""
    tail = _alpha(z) / 2
    return _beta_quantile(x + 0.5, n - x + 0.5, tail), _beta_quantile(x + 0.5, n - x + 0.5, 1 - tail)


def _jeffreys_modified(x: Floats, n: Floats, z: float) -> Bounds:
    """Jeffreys interval whose lower bound is 0 when x is 0 and whose upper bound is 1 when x is n."""
    low, high = _jeffreys(x, n, z)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def _likelihood_ratio(x: Floats, n: Floats, z: float) -> Bounds:
    """All p with 2 (l(x / n) - l(p)) <= z², where l(p) = x log p + (n - x) log(1 - p)."""
    best = xlogy(x, x / n) + xlog1py(n - x, -x / n)

    def excess(p: Floats) -> Floats:
        return np.asarray(2 * (best - xlogy(x, p) - xlog1py(n - x, -p)) - z**2)

    low, high = bisect(excess, np.zeros_like(x), x / n), bisect(excess, np.ones_like(x), x / n)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def _arcsine(x: Floats, n: Floats, z: float) -> Bounds:
    """sin²(asin(sqrt((x + 3/8) / (n + 3/4))) -+ z / (2 sqrt n)), the angle cut to [0, pi/2] (Anscombe 1948)."""
    angle, half = np.arcsin(np.sqrt((x + 0.375) / (n + 0.75))), z / (2 * np.sqrt(n))
    return np.sin(np.maximum(angle - half, 0.0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _wald(x: Floats, n: Floats, z: float) -> Bounds:
    """P -+ z sqrt(p (1 - p) / n)."""
    p = x / n
    half = z * np.sqrt(p * (1 - p) / n)
    return p - half, p + half


def _wald_corrected(x: Floats, n: Floats, z: float) -> Bounds:
    """P -+ (z sqrt(p (1 - p) / n) + 1 / (2 n))."""
    low, high = _wald(x, n, z)
    return low - 1 / (2 * n), high + 1 / (2 * n)


PROPORTION_METHODS: Mapping[str, str] = {
    "wilson": "Wilson",
    "wilson_corrected": "Wilson with continuity correction",
    "prop_test": "Wilson with the continuity correction of R's prop.test",
    "clopper_pearson": "Clopper-Pearson",
    "mid_p": "mid-p",
    "agresti_coull": "Agresti-Coull",
    "jeffreys": "Jeffreys",
    "jeffreys_modified": "Jeffreys, modified at 0 and n",
    "score_skewness": "score with skewness correction (Laud)",
    "likelihood_ratio": "likelihood ratio",
    "arcsine": "arcsine (Anscombe)",
    "logit": "logit",
    "probit": "probit",
    "cloglog": "complementary log-log",
    "blaker": "Blaker",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
}

_BOUNDS: Mapping[str, Callable[[Floats, Floats, float], Bounds]] = {
    "wilson": wilson_bounds,
    "wilson_corrected": _wilson_corrected,
    "prop_test": _prop_test,
    "clopper_pearson": _clopper_pearson,
    "mid_p": _mid_p,
    "agresti_coull": _agresti_coull,
    "jeffreys": _jeffreys,
    "jeffreys_modified": _jeffreys_modified,
    "score_skewness": score_skewness_bounds,
    "likelihood_ratio": _likelihood_ratio,
    "arcsine": _arcsine,
    "logit": logit_bounds,
    "probit": probit_bounds,
    "cloglog": cloglog_bounds,
    "blaker": blaker_bounds,
    "wald": _wald,
    "wald_corrected": _wald_corrected,
}
