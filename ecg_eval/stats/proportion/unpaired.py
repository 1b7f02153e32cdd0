"""Two independent proportions: their difference, ratio or odds ratio.

For calls on different patients, such as two arms that read different ECGs. For calls on the same cases see `paired`,
for patients with several cases `clustered_comparison`, for tests of equality `unpaired_test`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import check_method, check_part
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.proportions import Bounds
from ecg_eval.stats.proportion.unpaired_difference import DIFFERENCE
from ecg_eval.stats.proportion.unpaired_ratio import ODDS_RATIO, RATIO
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, no_case

UNPAIRED: Mapping[str, Contrast[TwoGroups]] = {"difference": DIFFERENCE, "ratio": RATIO, "odds_ratio": ODDS_RATIO}


def compare_unpaired_proportions(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    contrast: str = "difference",
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate by how much two proportions of independent cases differ.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    contrast : {"difference", "ratio", "odds_ratio"}
        first - second (default), first / second, or the odds of the first over those of the second.
    method : str, optional
        How the interval is made, see `unpaired_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        A difference is from -1 to 1, a ratio 0 or more, 1 meaning equal. `standard_error` is Wald's, for ratios that of
        the logarithm, None where a count is 0. The score methods also give their statistic z of equality and its
        two-sided p-value, ``log`` that on the log scale. Undefined when a group has no case, a ratio also when neither
        has an event. A ratio that is infinite (no events in the second group; odds also where all cases of the first
        have the event) has no value, and its lower bound stands. The interval is None where a method gives zero width.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown contrast or method, a level outside (0, 1).

    Examples
    --------
    >>> print(compare_unpaired_proportions(n_events_first=56, n_first=70, n_events_second=48, n_second=80))
    0.200 (95 % CI 0.052 to 0.334; Newcombe, n = 150)
    """
    who = "compare_unpaired_proportions"
    counts = checked_groups(who, n_events_first, n_first, n_events_second, n_second)
    how = unpaired_contrast(who, contrast)
    method = how.chosen(who, method, level)
    groups = TwoGroups(*(np.array([count], dtype=np.float64) for count in counts))
    n, events = groups.n1 + groups.n2, groups.x1 + groups.x2
    return how.estimates(
        groups,
        _bounds(groups, how, method, level),
        method=method,
        level=level,
        tested=(events > 0) & (events < n) & ~no_case(groups),
        n=n,
        n_positive=events,
    )[0]


def unpaired_bounds(
    n_events_first: ArrayLike,
    n_first: ArrayLike,
    n_events_second: ArrayLike,
    n_second: ArrayLike,
    *,
    contrast: str = "difference",
    method: str | None = None,
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many contrasts of independent proportions at once.

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : arrays of one shape
        Events and cases of each group; they need not be whole numbers.
    contrast : {"difference", "ratio", "odds_ratio"}
        first - second (default), first / second, or the odds of the first over those of the second.
    method : str, optional
        Of a difference: ``newcombe`` (default: square-and-add of two Wilson intervals, Stat Med 1998;17:873-890, method
        10); ``newcombe_corrected`` (of two with continuity correction, method 11); ``mover_jeffreys``;
        ``miettinen_nurminen`` (score, variance times n / (n - 1)); ``mee`` (score); ``score_skewness`` (bias and
        skewness corrected, Laud 2017); ``agresti_caffo`` (Wald after adding 1 event and 1 non-event to each group, Am
        Stat 2000;54:280-288); ``wald``; ``wald_corrected`` (Yates).
        Of a ratio: ``miettinen_nurminen`` (default); ``koopman`` (score); ``score_skewness``; ``mover_wilson`` and
        ``mover_jeffreys`` (Donner and Zou 2012); ``log`` (Katz: exp(log r -+ z sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2))).
        Of an odds ratio: ``score`` (default, variance times n / (n - 1)); ``score_uncorrected``; ``score_gart``
        (uncorrected, less Gart's bias, as R's ratesci without its other corrections); ``score_skewness`` (all
        corrections, Laud 2018); ``log`` (Woolf: SE² = 1/x1 + 1/y1 + 1/x2 + 1/y2).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        Inside [-1, 1], or from 0 to infinity; NaN when a group has no case, and by ``log`` where a count is 0.

    Raises
    ------
    ArgumentError
        For numbers that are no counts, an unknown contrast or method, a level outside (0, 1).
    """
    who = "unpaired_bounds"
    counts = (np.asarray(count, dtype=np.float64) for count in (n_events_first, n_first, n_events_second, n_second))
    groups = TwoGroups(*np.broadcast_arrays(*counts))
    x1, n1, x2, n2 = groups
    if not np.all((x1 >= 0) & (x1 <= n1) & np.isfinite(n1) & (x2 >= 0) & (x2 <= n2) & np.isfinite(n2)):
        raise ArgumentError(who, "events", "between 0 and the cases of each group", [x1.tolist(), x2.tolist()])
    how = unpaired_contrast(who, contrast)
    return _bounds(groups, how, how.chosen(who, method, level), level)


def unpaired_contrast(who: str, contrast: str) -> Contrast[TwoGroups]:
    """Give the formulas of a contrast; refuse an unknown one, with a suggestion."""
    check_method(f"{who} contrast", contrast, UNPAIRED)
    return UNPAIRED[contrast]


def checked_groups(who: str, x1: float, n1: float, x2: float, n2: float) -> tuple[int, int, int, int]:
    """Return the counts of two groups as int; refuse what is no count, and more events than cases."""
    return (
        *check_part(who, "n_events_first", x1, "n_first", n1),
        *check_part(who, "n_events_second", x2, "n_second", n2),
    )


def _bounds(groups: TwoGroups, how: Contrast[TwoGroups], method: str, level: float) -> Bounds:
    empty = no_case(groups)
    some = groups._replace(n1=np.where(groups.n1 == 0, 1.0, groups.n1), n2=np.where(groups.n2 == 0, 1.0, groups.n2))
    low, high = how.bounds(some, method, level)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
