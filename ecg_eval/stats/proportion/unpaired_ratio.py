"""Two independent proportions: their ratio and their odds ratio.

The score intervals are the defaults: they exist when a count is 0, where the logarithm has no standard error.
"""

from collections.abc import Callable, Mapping
from math import isfinite, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_ratio
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, invert
from ecg_eval.stats.proportion.unpaired import checked_arrays, checked_groups
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, unpaired_odds_ratio_score, unpaired_ratio_score

UNBOUNDED = 60.0  # natural logarithm beyond which a ratio is taken as 0 or infinite


def unpaired_proportion_ratio(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    method: str = "miettinen_nurminen",
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of two proportions of independent cases: first / second.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    method : str
        One of `RATIO_METHODS`, see `unpaired_ratio_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        0 or more; 1 means equal. `standard_error` is that of the logarithm, None where a count is 0; `statistic` and
        two-sided `p_value` of the score methods are those of a ratio of 1. Undefined when a group has no case or
        neither has an event; without events in the second group the value is None (infinite) and the lower bound
        stands.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown method, a level outside (0, 1).
    """
    who = "unpaired_proportion_ratio"
    x1, n1, x2, n2 = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    check_method(who, method, RATIO_METHODS)
    groups = TwoGroups(*(np.array(count, dtype=np.float64) for count in (x1, n1, x2, n2)))
    bounds = unpaired_ratio_bounds(*groups, method=method, level=level)
    error = np.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2) if x1 and x2 else 0.0
    value = (x1 / n1) / (x2 / n2) if n1 and x2 else None
    z = None
    if method in _SCORES and n1 and n2 and 0 < x1 + x2 < n1 + n2:
        z = float(unpaired_ratio_score(groups, np.array(1.0), _SCORES[method]))
    return _ratio_estimate((x1, n1, x2, n2), value, bounds, float(error), z, RATIO_METHODS[method], level)


def unpaired_odds_ratio(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    method: str = "score",
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of the odds of two groups of independent cases: first / second.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    method : str
        One of `ODDS_RATIO_METHODS`, see `unpaired_odds_ratio_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        0 or more; 1 means equal. As `unpaired_proportion_ratio`; infinite also where all cases of the first group have
        the event.
    """
    who = "unpaired_odds_ratio"
    x1, n1, x2, n2 = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    check_method(who, method, ODDS_RATIO_METHODS)
    groups = TwoGroups(*(np.array(count, dtype=np.float64) for count in (x1, n1, x2, n2)))
    bounds = unpaired_odds_ratio_bounds(*groups, method=method, level=level)
    y1, y2 = n1 - x1, n2 - x2
    error = np.sqrt(1 / x1 + 1 / y1 + 1 / x2 + 1 / y2) if x1 and y1 and x2 and y2 else 0.0
    value = x1 * y2 / (y1 * x2) if y1 and x2 else None
    z = None
    if method in _ODDS_SCORES and n1 and n2 and 0 < x1 + x2 < n1 + n2:
        z = float(unpaired_odds_ratio_score(groups, np.array(1.0), _ODDS_SCORES[method]))
    return _ratio_estimate((x1, n1, x2, n2), value, bounds, float(error), z, ODDS_RATIO_METHODS[method], level)


def unpaired_ratio_bounds(
    n_events_first: ArrayLike,
    n_first: ArrayLike,
    n_events_second: ArrayLike,
    n_second: ArrayLike,
    *,
    method: str = "miettinen_nurminen",
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many ratios of proportions at once.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : arrays of one shape
        Events and cases of each group; they need not be whole numbers.
    method : str
        ``miettinen_nurminen`` (default, score with variance times n / (n - 1)); ``koopman`` (score); ``score_skewness``
        (bias and skewness corrected, Laud 2017); ``mover_wilson`` and ``mover_jeffreys`` (Donner and Zou 2012); ``log``
        (Katz: exp(log r -+ z sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2))).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        From 0 to infinity; NaN when a group has no case, and by ``log`` where a count is 0.
    """
    who = "unpaired_ratio_bounds"
    z = normal_quantile(who, level)
    check_method(who, method, RATIO_METHODS)
    groups, empty = checked_arrays(who, n_events_first, n_first, n_events_second, n_second)
    x1, n1, x2, n2 = groups
    if method in _SCORES:
        low, high = _inverted(unpaired_ratio_score, groups, _SCORES[method], z)
    elif method in _MOVERS:
        first = Part(x1 / n1, *proportion_bounds(n_events=x1, n=n1, method=_MOVERS[method], level=level))
        second = Part(x2 / n2, *proportion_bounds(n_events=x2, n=n2, method=_MOVERS[method], level=level))
        low, high = mover_ratio(first, second, np.zeros_like(n1))
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = _logarithmic(np.log(x1 / n1) - np.log(x2 / n2), 1 / x1 - 1 / n1 + 1 / x2 - 1 / n2, z)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def unpaired_odds_ratio_bounds(
    n_events_first: ArrayLike,
    n_first: ArrayLike,
    n_events_second: ArrayLike,
    n_second: ArrayLike,
    *,
    method: str = "score",
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many odds ratios at once.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : arrays of one shape
        Events and cases of each group; they need not be whole numbers.
    method : str
        ``score`` (default, variance times n / (n - 1)); ``score_uncorrected``; ``score_gart`` (uncorrected, less Gart's
        bias, as R's ratesci without its other corrections); ``score_skewness`` (all corrections, Laud 2018); ``log``
        (Woolf: SE² = 1/x1 + 1/y1 + 1/x2 + 1/y2).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        From 0 to infinity; NaN when a group has no case, and by ``log`` where a count is 0.
    """
    who = "unpaired_odds_ratio_bounds"
    z = normal_quantile(who, level)
    check_method(who, method, ODDS_RATIO_METHODS)
    groups, empty = checked_arrays(who, n_events_first, n_first, n_events_second, n_second)
    x1, n1, x2, n2 = groups
    y1, y2 = n1 - x1, n2 - x2
    if method in _ODDS_SCORES:
        low, high = _inverted(unpaired_odds_ratio_score, groups, _ODDS_SCORES[method], z)
        low = np.where((x1 == 0) | (y2 == 0), 0.0, low)
        high = np.where((y1 == 0) | (x2 == 0), np.inf, high)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = _logarithmic(np.log(x1 * y2) - np.log(y1 * x2), 1 / x1 + 1 / y1 + 1 / x2 + 1 / y2, z)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def _inverted(
    score: Callable[[TwoGroups, Floats, Corrections], Floats], groups: TwoGroups, how: Corrections, z: float
) -> Bounds:
    """Invert a score statistic on the logarithmic scale."""
    ends = (np.full_like(groups.n1, -UNBOUNDED), np.full_like(groups.n1, UNBOUNDED))
    low, high = invert(lambda t: score(groups, np.exp(t), how), z, ends)
    low = np.where((groups.x1 == 0) | (low < 1 - UNBOUNDED), 0.0, np.exp(low))
    return low, np.where((groups.x2 == 0) | (high > UNBOUNDED - 1), np.inf, np.exp(high))


def _logarithmic(centre: Floats, variance: Floats, z: float) -> Bounds:
    """exp(centre -+ z sqrt(variance)), NaN where either is not finite."""
    finite = np.isfinite(centre) & np.isfinite(variance)
    half = z * np.sqrt(np.where(finite, variance, np.nan))
    return np.exp(centre - half), np.exp(centre + half)


def _ratio_estimate(
    counts: tuple[int, int, int, int],
    value: float | None,
    bounds: Bounds,
    error: float,
    z: float | None,
    words: str,
    level: float,
) -> Estimate:
    x1, n1, x2, n2 = counts
    low, high = (float(b) for b in bounds)
    unknown = {
        "a group has no case": n1 == 0 or n2 == 0,
        "neither group has an event": x1 + x2 == 0,
        "every case of both groups has the event": value is None and x1 + x2 == n1 + n2,
    }
    for why, holds in unknown.items():
        if holds:
            return Estimate.undefined(reason=why, method=words, n=n1 + n2, n_positive=x1 + x2, level=level)
    if low == high:
        low = high = nan
    reasons = {
        "the ratio is infinite": value is None,
        "nothing varies or a count is 0, so that this method has no interval": not isfinite(low),
        "there is no upper bound": not isfinite(high) and value is not None and isfinite(low),
    }
    return Estimate(
        value=value,
        low=low if isfinite(low) else None,
        high=high if isfinite(high) else None,
        level=level,
        method=words,
        n=n1 + n2,
        n_positive=x1 + x2,
        standard_error=error or None,
        statistic=z,
        p_value=None if z is None else float(2 * ndtr(-abs(z))),
        reason=next((why for why, holds in reasons.items() if holds), None),
    )


RATIO_METHODS: Mapping[str, str] = {
    "miettinen_nurminen": "Miettinen-Nurminen score",
    "koopman": "Koopman score",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "log": "log scale (Katz)",
}

ODDS_RATIO_METHODS: Mapping[str, str] = {
    "score": "Miettinen-Nurminen score",
    "score_uncorrected": "score",
    "score_gart": "score less Gart's bias",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "log": "log scale (Woolf)",
}

_SCORES: Mapping[str, Corrections] = {
    "miettinen_nurminen": Corrections(bias=True),
    "koopman": Corrections(),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_ODDS_SCORES: Mapping[str, Corrections] = {
    "score": Corrections(bias=True),
    "score_uncorrected": Corrections(),
    "score_gart": Corrections(gart=True),
    "score_skewness": Corrections(bias=True, skewness=True, gart=True),
}

_MOVERS: Mapping[str, str] = {"mover_wilson": "wilson", "mover_jeffreys": "jeffreys_modified"}
