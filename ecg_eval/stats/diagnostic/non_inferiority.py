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
from ecg_eval.stats.proportion.paired import PAIRED, compare_paired_proportions, paired_contrast
from ecg_eval.stats.proportion.score_statistics import PairedTables, paired_difference_score
from ecg_eval.stats.proportion.unpaired import UNPAIRED, compare_unpaired_proportions
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups


def paired_non_inferiority(  # noqa: PLR0913 - four counts and what is asked of them
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    margin: float,
    contrast: str = "difference",
    equivalence: bool = False,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Test whether the first proportion is not worse than the second by the margin, on the same cases.

    H0: first - second <= -margin, or first / second <= margin. z is the score statistic there (difference: Tango, Stat
    Med 1998;17:891-908, and Nam, Biometrics 1997;53:1422-1430, the same; ratio: Tang, Tang and Chan, Stat Med
    2003;22:1217-1233, and Nam and Blackwelder, Stat Med 2002;21:689-699, the same); p = P(Z >= z).

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : int
        Pairs where both, only the first, only the second, none of the two has the event.
    margin : float
        In (0, 1): of a difference the largest loss that is still accepted, of a ratio the smallest ratio (0.9, say).
    contrast : str
        ``difference`` (default), first - second, or ``ratio``, first / second.
    equivalence : bool
        Whether a gain as large must be excluded too (a difference of `margin`, a ratio of 1 / `margin`): two one-sided
        tests, p is the larger one and `statistic` its z.
    method : str, optional
        A score method of `paired_bounds` (default ``tango`` or ``tang``):
        also ``..._bias_corrected``, ``..._corrected``, ``score_skewness``.
    level : float
        Coverage of the interval. A test at the one-sided level 0.025 goes with 0.95, one at 0.05 with 0.90.

    Returns
    -------
    Estimate
        Value and interval of the contrast; `p_value` is one-sided. Undefined without pairs, a ratio also when no pair
        has an event.

    Raises
    ------
    ArgumentError
        For counts that are no counts, a margin outside (0, 1), another contrast or method.

    Examples
    --------
    >>> e = paired_non_inferiority(n_both=43, n_only_first=0, n_only_second=1, n_neither=0, margin=0.1)
    >>> round(e.statistic, 3), round(e.p_value, 3)
    (1.709, 0.044)
    """
    who = "paired_non_inferiority"
    how = paired_contrast(who, contrast)
    method = method or how.default
    _check(who, margin, method, how.scores)
    tables = PairedTables(*(np.array(x, dtype=np.float64) for x in (n_both, n_only_first, n_only_second, n_neither)))
    estimate = compare_paired_proportions(
        n_both=n_both,
        n_only_first=n_only_first,
        n_only_second=n_only_second,
        n_neither=n_neither,
        contrast=contrast,
        method=method,
        level=level,
    )
    limits = (margin, 1 / margin) if contrast == "ratio" else (-margin, margin)
    return _tested(estimate, lambda at: how.score(tables, np.array(at), how.scores[method]), limits, equivalence)


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
        As for a difference by `paired_non_inferiority`, whose result and errors are those here.
    method : str
        A score method of `unpaired_bounds`: ``miettinen_nurminen``, ``mee``, ``score_skewness``.
    """
    how = UNPAIRED["difference"]
    _check("unpaired_non_inferiority", margin, method, how.scores)
    estimate = compare_unpaired_proportions(
        n_events_first=n_events_first,
        n_first=n_first,
        n_events_second=n_events_second,
        n_second=n_second,
        method=method,
        level=level,
    )
    groups = TwoGroups(*(np.array(x, dtype=np.float64) for x in (n_events_first, n_first, n_events_second, n_second)))
    return _tested(
        estimate, lambda at: how.score(groups, np.array(at), how.scores[method]), (-margin, margin), equivalence
    )


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
        As for a difference by `paired_non_inferiority`, whose result and errors are those here; no p-value for a single
        patient with several cases.
    """
    who = "clustered_paired_non_inferiority"
    _check(who, margin, "tango", PAIRED["difference"].scores)
    estimate = clustered_paired_difference(first=first, second=second, cluster=cluster, level=level)
    if estimate.low is None:
        return estimate
    table, df = independent_table(clustered_tables(who, first, second, cluster))
    return _tested(
        estimate,
        lambda at: paired_difference_score(table, np.array(at)),
        (-margin, margin),
        equivalence,
        df=float(df),
    )


def _check(who: str, margin: float, method: str, methods: Collection[str]) -> None:
    if not 0 < margin < 1:
        remedy = "A loss of 5 percentage points is 0.05; a ratio that loses a tenth is 0.9."
        raise ArgumentError(who, "margin", "between 0 and 1", margin, remedy)
    check_method(who, method, methods)


def _tested(
    estimate: Estimate,
    score: Callable[[float], Floats],
    limits: tuple[float, float],
    equivalence: bool,
    df: float = np.inf,
) -> Estimate:
    """Put the one-sided test of a contrast beyond the lower limit (and below the upper one) into its Estimate."""
    if not is_defined(estimate) and estimate.low is None:
        return estimate
    z, words = float(score(limits[0])), "non-inferiority, one-sided"
    if equivalence:
        z, words = min(z, -float(score(limits[1]))), "equivalence, two one-sided tests"
    p = float(stdtr(df, -z))
    return replace(estimate, statistic=z, p_value=p, method=f"{estimate.method}; {words}")
