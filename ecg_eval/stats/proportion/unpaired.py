"""Two independent proportions: their difference, and the tests of equality.

For calls on different patients, such as two arms that read different ECGs. For calls on the same cases see `paired`,
for patients with several cases `clustered_comparison`. The default interval is Newcombe's square-and-add of two Wilson
intervals; the default test is Fisher's with mid-p, which the exact test's waste and the asymptotic test's excess both
spare (Lydersen, Fagerland and Laake, Stat Med 2009;28:1159-1175).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ndtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, check_part, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_difference
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, invert
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, unpaired_difference_score


def unpaired_proportion_difference(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    method: str = "newcombe",
    level: float = 0.95,
) -> Estimate:
    """Estimate the difference of two proportions of independent cases: first - second.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    method : str
        One of `UNPAIRED_METHODS`, see `unpaired_difference_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; `standard_error` is Wald's. The score methods also give their statistic z at 0 and its two-sided
        p-value. Undefined when a group has no case; the interval is None where the method gives zero width.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).

    Examples
    --------
    >>> print(unpaired_proportion_difference(n_events_first=56, n_first=70, n_events_second=48, n_second=80))
    0.200 (95 % CI 0.052 to 0.334; Newcombe, n = 150)
    """
    who = "unpaired_proportion_difference"
    x1, n1, x2, n2 = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    check_method(who, method, UNPAIRED_METHODS)
    words = UNPAIRED_METHODS[method]
    groups = TwoGroups(*(np.array(count, dtype=np.float64) for count in (x1, n1, x2, n2)))
    low, high = (float(b) for b in unpaired_difference_bounds(*groups, method=method, level=level))
    if n1 == 0 or n2 == 0:
        return Estimate.undefined(reason="a group has no case", method=words, n=n1 + n2, level=level)
    zero_width = low == high
    z = p = None
    if method in SCORES and 0 < x1 + x2 < n1 + n2:
        z = float(unpaired_difference_score(groups, np.array(0.0), SCORES[method]))
        p = float(2 * ndtr(-abs(z)))
    p1, p2 = x1 / n1, x2 / n2
    error = float(np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2))
    return Estimate(
        value=p1 - p2,
        low=None if zero_width else low,
        high=None if zero_width else high,
        level=level,
        method=words,
        n=n1 + n2,
        n_positive=x1 + x2,
        standard_error=error or None,
        statistic=z,
        p_value=p,
        reason="nothing varies inside the groups: this method gives an interval of zero width" if zero_width else None,
    )


def unpaired_difference_bounds(
    n_events_first: ArrayLike,
    n_first: ArrayLike,
    n_events_second: ArrayLike,
    n_second: ArrayLike,
    *,
    method: str = "newcombe",
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many unpaired differences at once.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : arrays of one shape
        Events and cases of each group; they need not be whole numbers.
    method : str
        ``newcombe`` (default: square-and-add of two Wilson intervals, Stat Med 1998;17:873-890, method 10);
        ``newcombe_corrected`` (of two with continuity correction, method 11); ``mover_jeffreys``;
        ``miettinen_nurminen`` (score, variance times n / (n - 1)); ``mee`` (score); ``score_skewness`` (bias and
        skewness corrected, Laud 2017); ``agresti_caffo`` (Wald after adding 1 event and 1 non-event to each group, Am
        Stat 2000;54:280-288); ``wald``; ``wald_corrected`` (Yates).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        Inside [-1, 1]; NaN when a group has no case.

    Raises
    ------
    ArgumentError
        For numbers that are no counts, an unknown method, a level outside (0, 1).
    """
    who = "unpaired_difference_bounds"
    z = normal_quantile(who, level)
    check_method(who, method, UNPAIRED_METHODS)
    groups, empty = checked_arrays(who, n_events_first, n_first, n_events_second, n_second)
    if method in SCORES:
        one = np.ones_like(groups.n1)
        low, high = invert(lambda d: unpaired_difference_score(groups, d, SCORES[method]), z, (-one, one))
    elif method in _MOVERS:
        low, high = _mover(groups, level, _MOVERS[method])
    else:
        low, high = _WALDS[method](groups, z)
    low, high = np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def unpaired_proportion_test(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    method: str = "fisher_mid_p",
    level: float = 0.95,
) -> Estimate:
    """Test whether two independent proportions are equal.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    method : str
        ``fisher_mid_p`` (default): Fisher's exact two-sided p minus half the probability of the tables that are as
        probable as the observed one (1 where only that table is possible).
        ``fisher``: all tables with these margins that are at most as probable. ``chi_squared``: Pearson's.
        ``chi_squared_n_minus_1``: times (n - 1) / n (Campbell, Stat Med 2007;26:3661-3675). ``chi_squared_corrected``:
        with Yates's continuity correction.
    level : float
        Coverage of the interval of the difference (Newcombe's, see `unpaired_proportion_difference`).

    Returns
    -------
    Estimate
        Value and interval are those of the difference; `p_value` is two-sided, `statistic` the chi-squared with 1
        degree of freedom. Undefined when a group has no case. When all cases are alike no chi-squared exists and no
        p-value is given; Fisher's is 1.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).
    """
    who = "unpaired_proportion_test"
    x1, n1, x2, n2 = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    check_method(who, method, TESTS)
    words = f"{TESTS[method]}; difference: Newcombe"
    difference = unpaired_proportion_difference(
        n_events_first=x1, n_first=n1, n_events_second=x2, n_second=n2, level=level
    )
    if difference.value is None:
        return Estimate.undefined(reason=str(difference.reason), method=words, n=n1 + n2, level=level)
    statistic: float | None = None
    if method in ("fisher", "fisher_mid_p"):
        p: float | None = _fisher(x1, n1, x2, n2, mid_p=method == "fisher_mid_p")
    elif 0 < x1 + x2 < n1 + n2:
        statistic = _chi_squared(x1, n1, x2, n2, method)
        p = float(2 * ndtr(-np.sqrt(statistic)))
    else:
        p = None
    return Estimate(
        value=difference.value,
        low=difference.low,
        high=difference.high,
        level=level,
        method=words,
        n=n1 + n2,
        n_positive=x1 + x2,
        standard_error=difference.standard_error,
        statistic=statistic,
        p_value=p,
        reason="all cases are alike: no test" if p is None else None,
    )


def checked_groups(who: str, x1: float, n1: float, x2: float, n2: float) -> tuple[int, int, int, int]:
    """Return the counts of two groups as int; refuse what is no count, and more events than cases."""
    return (
        *check_part(who, "n_events_first", x1, "n_first", n1),
        *check_part(who, "n_events_second", x2, "n_second", n2),
    )


def checked_arrays(who: str, *counts: ArrayLike) -> tuple[TwoGroups, Floats]:
    """Return arrays of two groups with one case in the place of none, and where a group had none."""
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(count, dtype=np.float64) for count in counts))
    if not np.all((x1 >= 0) & (x1 <= n1) & np.isfinite(n1) & (x2 >= 0) & (x2 <= n2) & np.isfinite(n2)):
        raise ArgumentError(who, "events", "between 0 and the cases of each group", [x1.tolist(), x2.tolist()])
    empty = (n1 == 0) | (n2 == 0)
    return TwoGroups(x1, np.where(n1 == 0, 1.0, n1), x2, np.where(n2 == 0, 1.0, n2)), empty


def _mover(groups: TwoGroups, level: float, interval: str) -> Bounds:
    """Square-and-add of two single intervals."""
    x1, n1, x2, n2 = groups
    first = Part(x1 / n1, *proportion_bounds(n_events=x1, n=n1, method=interval, level=level))
    second = Part(x2 / n2, *proportion_bounds(n_events=x2, n=n2, method=interval, level=level))
    return mover_difference(first, second, np.zeros_like(n1))


def _wald(groups: TwoGroups, z: float, extra: Floats | float = 0.0) -> Bounds:
    """p1 - p2 -+ (z sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2) + extra)."""
    x1, n1, x2, n2 = groups
    p1, p2 = x1 / n1, x2 / n2
    half = z * np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) + extra
    return p1 - p2 - half, p1 - p2 + half


def _agresti_caffo(groups: TwoGroups, z: float) -> Bounds:
    x1, n1, x2, n2 = groups
    return _wald(TwoGroups(x1 + 1, n1 + 2, x2 + 1, n2 + 2), z)


def _wald_corrected(groups: TwoGroups, z: float) -> Bounds:
    """Wald with Yates's correction: half widened by (1 / n1 + 1 / n2) / 2, at most |p1 - p2| as R's prop.test."""
    x1, n1, x2, n2 = groups
    return _wald(groups, z, np.minimum((1 / n1 + 1 / n2) / 2, np.abs(x1 / n1 - x2 / n2)))


def _fisher(x1: int, n1: int, x2: int, n2: int, *, mid_p: bool) -> float:
    """Sum the hypergeometric probabilities of all tables that are at most as probable as the observed one."""
    x = x1 + x2
    k = np.arange(max(0, x - n2), min(n1, x) + 1, dtype=np.float64)

    def log_choose(n: int, r: Floats) -> Floats:
        return np.asarray(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))

    logs = log_choose(n1, k) + log_choose(n2, x - k)
    probability = np.exp(logs - logs.max())
    probability /= probability.sum()
    if k.size == 1:
        return 1.0
    observed = probability[int(x1 - k[0])]
    # the tolerance keeps tables that are equally probable together, as R's fisher.test
    within = probability <= observed * (1 + 1e-7)
    alike = within & (probability >= observed * (1 - 1e-7))
    return float(min(probability[within].sum() - (probability[alike].sum() / 2 if mid_p else 0.0), 1.0))


def _chi_squared(x1: int, n1: int, x2: int, n2: int, method: str) -> float:
    """Pearson's n (|x1 y2 - x2 y1| - correction)² / (n1 n2 x y), y being the cases without the event."""
    n, x = n1 + n2, x1 + x2
    cross = float(abs(x1 * (n2 - x2) - x2 * (n1 - x1)))
    if method == "chi_squared_corrected":
        cross = max(cross - n / 2, 0.0)
    scale = n - 1 if method == "chi_squared_n_minus_1" else n
    return scale * cross**2 / (n1 * n2 * x * (n - x))


UNPAIRED_METHODS: Mapping[str, str] = {
    "newcombe": "Newcombe",
    "newcombe_corrected": "Newcombe with continuity correction",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "miettinen_nurminen": "Miettinen-Nurminen score",
    "mee": "Mee score",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "agresti_caffo": "Agresti-Caffo",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
}

TESTS: Mapping[str, str] = {
    "fisher_mid_p": "Fisher mid-p",
    "fisher": "Fisher exact",
    "chi_squared": "Pearson's chi-squared",
    "chi_squared_n_minus_1": "(n - 1) chi-squared",
    "chi_squared_corrected": "chi-squared with continuity correction",
}

SCORES: Mapping[str, Corrections] = {
    "miettinen_nurminen": Corrections(bias=True),
    "mee": Corrections(),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, str] = {
    "newcombe": "wilson",
    "newcombe_corrected": "wilson_corrected",
    "mover_jeffreys": "jeffreys_modified",
}

_WALDS: Mapping[str, Callable[[TwoGroups, float], Bounds]] = {
    "agresti_caffo": _agresti_caffo,
    "wald": _wald,
    "wald_corrected": _wald_corrected,
}
