"""Whether the first of two calls is not worse than the second by more than a margin, or equivalent within it.

The margin is the largest loss that would still be accepted; it is chosen before the data are seen. Not being able to
show a difference is no proof of its absence: these tests turn the burden round, their null hypothesis is that the loss
is at least the margin. They are score tests, dual to the score intervals: the first is non-inferior at the one-sided
level alpha exactly when the lower bound of the interval with level 1 - 2 alpha lies above minus the margin.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.clustered_paired import clustered_paired_difference, clustered_tables, independent_table
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.proportion.binary_data import Floats, check_method
from ecg_eval.stats.proportion.paired import SCORES as PAIRED_SCORES
from ecg_eval.stats.proportion.paired import paired_proportion_difference
from ecg_eval.stats.proportion.paired_ratio import SCORES as RATIO_SCORES
from ecg_eval.stats.proportion.paired_ratio import paired_proportion_ratio
from ecg_eval.stats.proportion.score_statistics import PairedTables, paired_difference_score, paired_ratio_score
from ecg_eval.stats.proportion.unpaired import SCORES as UNPAIRED_SCORES
from ecg_eval.stats.proportion.unpaired import unpaired_proportion_difference
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, unpaired_difference_score


def paired_non_inferiority(
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    margin: float,
    equivalence: bool = False,
    method: str = "tango",
    level: float = 0.95,
) -> Estimate:
    """Test whether the first proportion is less than `margin` below the second, on the same cases.

    H0: first - second <= -margin. z is the score statistic at -margin (Tango, Stat Med 1998;17:891-908; Nam, Biometrics
    1997;53:1422-1430, the same statistic); p = P(Z >= z).

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : int
        Pairs where both, only the first, only the second, none of the two has the event.
    margin : float
        Largest loss that is still accepted, in (0, 1).
    equivalence : bool
        Whether a gain of `margin` must be excluded too: two one-sided tests, p is the larger one and `statistic` its z.
    method : str
        A score method of `paired_difference_bounds`: ``tango``, ``tango_bias_corrected``, ``tango_corrected``,
        ``score_skewness``.
    level : float
        Coverage of the interval. A test at the one-sided level 0.025 goes with 0.95, one at 0.05 with 0.90.

    Returns
    -------
    Estimate
        Value and interval of first - second; `p_value` is one-sided. Undefined without pairs.

    Raises
    ------
    ArgumentError
        For counts that are no counts, a margin outside (0, 1), another method.

    Examples
    --------
    >>> e = paired_non_inferiority(n_both=43, n_only_first=0, n_only_second=1, n_neither=0, margin=0.1)
    >>> round(e.statistic, 3), round(e.p_value, 3)
    (1.709, 0.044)
    """
    who = "paired_non_inferiority"
    _check(who, margin, method, PAIRED_SCORES)
    estimate = paired_proportion_difference(
        n_both=n_both,
        n_only_first=n_only_first,
        n_only_second=n_only_second,
        n_neither=n_neither,
        method=method,
        level=level,
    )
    tables = PairedTables(*(np.array(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither)))

    def score(d: float) -> Floats:
        return paired_difference_score(tables, np.array(d), PAIRED_SCORES[method])

    return _tested(estimate, score, (-margin, margin if equivalence else None))


def paired_ratio_non_inferiority(
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    smallest_ratio: float,
    equivalence: bool = False,
    method: str = "tang",
    level: float = 0.95,
) -> Estimate:
    """Test whether first / second exceeds the smallest ratio that is still accepted, on the same cases.

    H0: first / second <= smallest_ratio; score statistic of Tang, Tang and Chan (Stat Med 2003;22:1217-1233), which is
    that of Nam and Blackwelder (2002).

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither, method, level
        As for `paired_proportion_ratio`; score methods only.
    smallest_ratio : float
        In (0, 1), for instance 0.9.
    equivalence : bool
        Whether the ratio must also be shown to lie below 1 / smallest_ratio.

    Returns
    -------
    Estimate
        Value and interval of first / second; `p_value` is one-sided. Undefined when no pair has an event.

    Raises
    ------
    ArgumentError
        For counts that are no counts, a ratio outside (0, 1), another method.
    """
    who = "paired_ratio_non_inferiority"
    if not 0 < smallest_ratio < 1:
        raise ArgumentError(who, "smallest_ratio", "between 0 and 1", smallest_ratio, "A loss of a tenth is 0.9.")
    check_method(who, method, RATIO_SCORES)
    estimate = paired_proportion_ratio(
        n_both=n_both,
        n_only_first=n_only_first,
        n_only_second=n_only_second,
        n_neither=n_neither,
        method=method,
        level=level,
    )
    tables = PairedTables(*(np.array(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither)))

    def score(r: float) -> Floats:
        return paired_ratio_score(tables, np.array(r), RATIO_SCORES[method])

    return _tested(estimate, score, (smallest_ratio, 1 / smallest_ratio if equivalence else None))


def unpaired_non_inferiority(
    *,
    n_events_first: int,
    n_first: int,
    n_events_second: int,
    n_second: int,
    margin: float,
    equivalence: bool = False,
    method: str = "miettinen_nurminen",
    level: float = 0.95,
) -> Estimate:
    """Test whether the first proportion is less than `margin` below the second, on independent cases.

    H0: first - second <= -margin; z is the score statistic at -margin. With ``mee`` it is Farrington and Manning's
    (Stat Med 1990;9:1447-1454).

    Parameters
    ----------
    n_events_first, n_first, n_events_second, n_second : int
        Events and cases of each group.
    margin, equivalence, level
        As for `paired_non_inferiority`.
    method : str
        A score method of `unpaired_difference_bounds`: ``miettinen_nurminen``, ``mee``, ``score_skewness``.

    Returns
    -------
    Estimate
        Value and interval of first - second; `p_value` is one-sided. Undefined when a group has no case.

    Raises
    ------
    ArgumentError
        For counts that are no counts, a margin outside (0, 1), another method.
    """
    who = "unpaired_non_inferiority"
    _check(who, margin, method, UNPAIRED_SCORES)
    estimate = unpaired_proportion_difference(
        n_events_first=n_events_first,
        n_first=n_first,
        n_events_second=n_events_second,
        n_second=n_second,
        method=method,
        level=level,
    )
    groups = TwoGroups(*(np.array(x, dtype=np.float64) for x in (n_events_first, n_first, n_events_second, n_second)))

    def score(d: float) -> Floats:
        return unpaired_difference_score(groups, np.array(d), UNPAIRED_SCORES[method])

    return _tested(estimate, score, (-margin, margin if equivalence else None))


def clustered_paired_non_inferiority(
    *,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike,
    margin: float,
    equivalence: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Test whether the first call is less than `margin` below the second, on the same cases of repeated patients.

    Tango's statistic on the table divided by the design effect, compared with t(patients - 1); with one case a patient
    exactly `paired_non_inferiority`.

    Parameters
    ----------
    first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The two calls on each case.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    margin, equivalence, level
        As for `paired_non_inferiority`.

    Returns
    -------
    Estimate
        Value and interval of first - second (`clustered_paired_difference`); `p_value` is one-sided. Undefined without
        pairs; no p-value for a single patient with several cases.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, a margin outside (0, 1).
    """
    who = "clustered_paired_non_inferiority"
    _check(who, margin, "tango", PAIRED_SCORES)
    estimate = clustered_paired_difference(first=first, second=second, cluster=cluster, level=level)
    if estimate.low is None:
        return estimate
    table, df = independent_table(clustered_tables(who, first, second, cluster))

    def score(d: float) -> Floats:
        return paired_difference_score(table, np.array(d))

    return _tested(estimate, score, (-margin, margin if equivalence else None), df=float(df))


def _check(who: str, margin: float, method: str, known: Collection[str]) -> None:
    if not 0 < margin < 1:
        raise ArgumentError(who, "margin", "between 0 and 1", margin, "A loss of 5 percentage points is 0.05.")
    check_method(who, method, known)


def _tested(
    estimate: Estimate, score: Callable[[float], Floats], limits: tuple[float, float | None], df: float = np.inf
) -> Estimate:
    """Put the one-sided test of a contrast beyond the lower limit (and below the upper one) into its Estimate."""
    if not is_defined(estimate) and estimate.low is None:
        return estimate
    low, high = limits
    z = float(score(low))
    words = "non-inferiority, one-sided"
    if high is not None:
        z, words = min(z, -float(score(high))), "equivalence, two one-sided tests"
    p = float(stdtr(df, -z))
    return replace(estimate, statistic=z, p_value=p, method=f"{estimate.method}; {words}")
