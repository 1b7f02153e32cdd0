"""The ratio of two proportions on the same cases, as in relative sensitivity: first / second.

A ratio says "a tenth more findings found"; a difference says how many. The default interval is Tang's score interval,
which exists where a count is 0; the logarithmic one of most papers does not.
"""

from collections.abc import Mapping
from math import isfinite, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import check_method, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_ratio, phi_coefficient
from ecg_eval.stats.proportion.paired import checked_pairs
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds, wilson_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, PairedTables, invert, paired_ratio_score
from ecg_eval.stats.proportion.unpaired_ratio import UNBOUNDED


def paired_proportion_ratio(
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    method: str = "tang",
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of two proportions on the same cases: first / second.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : int
        Pairs where both, only the first, only the second, none of the two has the event.
    method : str
        One of `RATIO_METHODS`, see `paired_ratio_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        0 or more; above 1 the first has the event more often. `standard_error` is that of the logarithm, ``sqrt((b + c)
        / (x1 x2))``, None where a count is 0. `statistic` and the two-sided `p_value` test a ratio of 1, on the log
        scale for ``log`` and by the score for the score methods. Undefined when no pair has an event; without events of
        the second the ratio is infinite: the value is None and the lower bound stands.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).

    Examples
    --------
    >>> print(paired_proportion_ratio(n_both=52, n_only_first=14, n_only_second=9, n_neither=45))
    1.082 (95 % CI 0.929 to 1.271; Tang score, n = 120)
    """
    who = "paired_proportion_ratio"
    a, b, c, d = checked_pairs(who, n_both, n_only_first, n_only_second, n_neither)
    check_method(who, method, RATIO_METHODS)
    words, n, x1, x2 = RATIO_METHODS[method], a + b + c + d, a + b, a + c
    tables = PairedTables(*(np.array(count, dtype=np.float64) for count in (a, b, c, d)))
    low, high = (float(bound) for bound in paired_ratio_bounds(*tables, method=method, level=level))
    if x1 + x2 == 0:
        return Estimate.undefined(reason="no pair has the event", method=words, n=n, level=level)
    if low == high:
        low = high = nan
    error = float(np.sqrt((b + c) / (x1 * x2))) if x1 and x2 else 0.0
    z = None
    if method in SCORES and b + c > 0:
        z = float(paired_ratio_score(tables, np.array(1.0), SCORES[method]))
    elif method == "log" and error > 0:
        z = float(np.log(x1 / x2)) / error
    reasons = {
        "no pair has the event of the second, so that the ratio is infinite": x2 == 0,
        "nothing varies or a count is 0, so that this method has no interval": not isfinite(low),
        "there is no upper bound": not isfinite(high),
    }
    return Estimate(
        value=x1 / x2 if x2 else None,
        low=low if isfinite(low) else None,
        high=high if isfinite(high) else None,
        level=level,
        method=words,
        n=n,
        standard_error=error or None,
        statistic=z,
        p_value=None if z is None else float(2 * ndtr(-abs(z))),
        reason=next((why for why, holds in reasons.items() if holds), None),
    )


def paired_ratio_bounds(
    n_both: ArrayLike,
    n_only_first: ArrayLike,
    n_only_second: ArrayLike,
    n_neither: ArrayLike,
    *,
    method: str = "tang",
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many paired ratios at once.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : arrays of one shape
        Pairs of each kind; they need not be whole numbers.
    method : str
        ``tang`` (default, score, Tang, Tang and Chan 2003); ``tang_bias_corrected`` (variance times n / (n - 1));
        ``tang_corrected`` (with the continuity correction of McNemar's test); ``score_skewness`` (bias and skewness
        corrected, Laud 2017); ``mover_wilson``, ``mover_jeffreys`` (Donner and Zou 2012), ``newcombe``,
        ``newcombe_jeffreys`` (the same with Newcombe's corrected correlation); ``bonett_price`` (Biometrics
        2006;62:1147-1153); ``log`` (exp(log r -+ z sqrt((b + c) / (x1 x2))), Cheng and Macaluso 1997; R's DTComPair).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        From 0 to infinity; NaN when no pair has an event, and by ``log`` where a count is 0.

    Raises
    ------
    ArgumentError
        For negative numbers, an unknown method, a level outside (0, 1).
    """
    who = "paired_ratio_bounds"
    z = normal_quantile(who, level)
    check_method(who, method, RATIO_METHODS)
    given = [np.asarray(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither)]
    tables = PairedTables(*np.broadcast_arrays(*given))
    if not all(np.all((x >= 0) & np.isfinite(x)) for x in tables):
        raise ArgumentError(who, "counts", "0 or more", [x.tolist() for x in tables])
    empty = tables.both + tables.first + tables.second == 0
    tables = tables._replace(both=np.where(empty, 1.0, tables.both))
    if method in SCORES:
        low, high = _inverted(tables, z, SCORES[method])
    elif method in _MOVERS:
        low, high = _mover(tables, level, *_MOVERS[method])
    elif method == "bonett_price":
        low, high = _bonett_price(tables, z)
    else:
        low, high = _logarithmic(tables, z)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def _inverted(tables: PairedTables, z: float, how: Corrections) -> Bounds:
    """Invert the score statistic on the logarithmic scale."""
    ends = (np.full_like(tables.both, -UNBOUNDED), np.full_like(tables.both, UNBOUNDED))
    low, high = invert(lambda t: paired_ratio_score(tables, np.exp(t), how), z, ends)
    low = np.where((tables.both + tables.first == 0) | (low < 1 - UNBOUNDED), 0.0, np.exp(low))
    return low, np.where((tables.both + tables.second == 0) | (high > UNBOUNDED - 1), np.inf, np.exp(high))


def _mover(tables: PairedTables, level: float, interval: str, corrected: bool) -> Bounds:
    """Square-and-add, as a ratio, of two single intervals."""
    n, x1, x2 = tables.n, tables.both + tables.first, tables.both + tables.second
    first = Part(x1 / n, *proportion_bounds(n_events=x1, n=n, method=interval, level=level))
    second = Part(x2 / n, *proportion_bounds(n_events=x2, n=n, method=interval, level=level))
    return mover_ratio(first, second, phi_coefficient(*tables, corrected=corrected))


def _bonett_price(tables: PairedTables, z: float) -> Bounds:
    """Ratio of two Wilson-like intervals, their level lowered so that the ratio's variance is right.

    With m = a + b + c, p1 = (x1 + 1) / (m + 2) and p2 likewise, s_i² = (1 - p_i) / (x_i + 1) and
    k = sqrt((b + c + 2) / ((x1 + 1)(x2 + 1))) / (s1 + s2): each proportion x_i of m gets a Wilson interval with
    quantile k z, and the bounds are low1 / high2 and high1 / low2.
    """
    m = tables.both + tables.first + tables.second
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    spread = np.sqrt((1 - (x1 + 1) / (m + 2)) / (x1 + 1)) + np.sqrt((1 - (x2 + 1) / (m + 2)) / (x2 + 1))
    k = np.sqrt((tables.first + tables.second + 2) / ((x1 + 1) * (x2 + 1))) / spread * z
    (low1, high1), (low2, high2) = wilson_bounds(x1, m, k), wilson_bounds(x2, m, k)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(x1 == 0, 0.0, low1 / high2)
        return low, np.where(x2 == 0, np.inf, high1 / low2)


def _logarithmic(tables: PairedTables, z: float) -> Bounds:
    """exp(log r -+ z sqrt((b + c) / (x1 x2))), NaN where a proportion is 0."""
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    positive = (x1 > 0) & (x2 > 0)
    product = np.where(positive, x1 * x2, 1.0)
    half = np.where(positive, z * np.sqrt((tables.first + tables.second) / product), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(positive, np.log(x1 / np.where(positive, x2, 1.0)), np.nan)
    return np.exp(centre - half), np.exp(centre + half)


RATIO_METHODS: Mapping[str, str] = {
    "tang": "Tang score",
    "tang_bias_corrected": "Tang score, variance times n / (n - 1)",
    "tang_corrected": "Tang score with continuity correction",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "newcombe": "MOVER of Wilson intervals with Newcombe's correlation",
    "newcombe_jeffreys": "MOVER of Jeffreys intervals with Newcombe's correlation",
    "bonett_price": "Bonett-Price",
    "log": "log scale",
}

SCORES: Mapping[str, Corrections] = {
    "tang": Corrections(),
    "tang_bias_corrected": Corrections(bias=True),
    "tang_corrected": Corrections(continuity=0.5),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, tuple[str, bool]] = {
    "mover_wilson": ("wilson", False),
    "mover_jeffreys": ("jeffreys_modified", False),
    "newcombe": ("wilson", True),
    "newcombe_jeffreys": ("jeffreys_modified", True),
}
