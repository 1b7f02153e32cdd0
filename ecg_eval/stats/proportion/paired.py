"""Two calls on the same cases: by how much one has the event more often than the other, as a difference or a ratio.

Only the discordant pairs (one has the event, the other has not) tell which is better; the concordant ones tell how much
that matters. McNemar's test (`mcnemar`) looks at the former; the contrasts here and their intervals use both.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.proportion.binary_data import check_count, check_method
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.paired_difference import DIFFERENCE
from ecg_eval.stats.proportion.paired_ratio import RATIO
from ecg_eval.stats.proportion.proportions import Bounds
from ecg_eval.stats.proportion.score_statistics import PairedTables

PAIRED: Mapping[str, Contrast[PairedTables]] = {"difference": DIFFERENCE, "ratio": RATIO}


def compare_paired_proportions(
    *,
    n_both: int,
    n_only_first: int,
    n_only_second: int,
    n_neither: int,
    contrast: str = "difference",
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate by how much two proportions on the same cases differ.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : int
        Pairs where both, only the first, only the second, none of the two has the event.
    contrast : {"difference", "ratio"}
        first - second (default), or first / second.
    method : str, optional
        How the interval is made, see `paired_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        A difference is from -1 to 1, a ratio 0 or more; above 0, or 1, the first has the event more often.
        `standard_error` is Wald's, for a ratio that of the logarithm, ``sqrt((b + c) / (x1 x2))``, None where a count
        is 0. The score methods also give their statistic z of equality and its two-sided p-value, ``log`` that on the
        log scale. Undefined without pairs, a ratio also when no pair has an event; without events of the second it is
        infinite: the value is None and the lower bound stands. The interval is None where a method gives zero width.

    Raises
    ------
    ArgumentError
        For counts that are no counts, an unknown contrast or method, a level outside (0, 1).

    Examples
    --------
    >>> print(compare_paired_proportions(n_both=48, n_only_first=0, n_only_second=0, n_neither=12))
    0.000 (95 % CI -0.060 to 0.060; Tango score, n = 60)
    >>> print(compare_paired_proportions(n_both=52, n_only_first=14, n_only_second=9, n_neither=45, contrast="ratio"))
    1.082 (95 % CI 0.929 to 1.271; Tang score, n = 120)
    """
    who = "compare_paired_proportions"
    given = {"n_both": n_both, "n_only_first": n_only_first, "n_only_second": n_only_second, "n_neither": n_neither}
    counts = {name: [check_count(who, name, count)] for name, count in given.items()}
    return compare_many_paired_proportions(**counts, contrast=contrast, method=method, level=level)[0]


def compare_many_paired_proportions(
    *,
    n_both: ArrayLike,
    n_only_first: ArrayLike,
    n_only_second: ArrayLike,
    n_neither: ArrayLike,
    contrast: str = "difference",
    method: str | None = None,
    level: float = 0.95,
) -> Estimates:
    """Compare many pairs of proportions at once; parameters as for `compare_paired_proportions`, counts (n_tables,).

    Returns
    -------
    Estimates
        One a table: what `compare_paired_proportions` gives for it alone. `n_discordant` counts the pairs in which
        only one of the two has the event.

    Raises
    ------
    ArgumentError
        For negative numbers, an unknown contrast or method, a level outside (0, 1).
    """
    who = "compare_paired_proportions"
    tables, how = _tables(who, n_both, n_only_first, n_only_second, n_neither), paired_contrast(who, contrast)
    method = how.chosen(who, method, level)
    discordant = tables.first + tables.second
    return how.estimates(
        tables,
        _bounds(tables, how, method, level),
        method=method,
        level=level,
        tested=discordant > 0,
        n=tables.n,
        n_discordant=discordant,
    )


def paired_bounds(
    n_both: ArrayLike,
    n_only_first: ArrayLike,
    n_only_second: ArrayLike,
    n_neither: ArrayLike,
    *,
    contrast: str = "difference",
    method: str | None = None,
    level: float = 0.95,
) -> Bounds:
    """Give the interval bounds of many contrasts of pairs at once.

    Parameters
    ----------
    n_both, n_only_first, n_only_second, n_neither : arrays of one shape
        Pairs of each kind; they need not be whole numbers.
    contrast : {"difference", "ratio"}
        first - second (default), or first / second.
    method : str, optional
        Of a difference ``tango`` (default), of a ratio ``tang`` (Tang, Tang and Chan 2003): score intervals; either
        with ``_bias_corrected`` (variance times n / (n - 1)) or ``_corrected`` (with the continuity correction of
        McNemar's test) behind it. Of both: ``score_skewness`` (bias and skewness corrected, Laud 2017);
        ``mover_wilson``, ``mover_jeffreys`` (of two single intervals, with the correlation as it is; Donner and Zou
        2012), ``newcombe``, ``newcombe_jeffreys`` (with Newcombe's corrected correlation, his method 10);
        ``bonett_price`` (difference: Wald after adding 1 to each discordant cell, J Educ Behav Stat 2012;37:479-488;
        ratio: Biometrics 2006;62:1147-1153). Of a difference: ``agresti_min`` (Wald after adding 1/2 to each cell, Stat
        Med 2005;24:729-740); ``wald``; ``wald_corrected``. Of a ratio: ``log`` (exp(log r -+ z sqrt((b + c) / (x1
        x2))), Cheng and Macaluso 1997; R's DTComPair).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : arrays
        Inside [-1, 1], or from 0 to infinity; NaN without pairs, of a ratio also when no pair has an event, and by
        ``log`` where a count is 0.

    Raises
    ------
    ArgumentError
        For negative numbers, an unknown contrast or method, a level outside (0, 1).
    """
    who = "paired_bounds"
    tables, how = _tables(who, n_both, n_only_first, n_only_second, n_neither), paired_contrast(who, contrast)
    return _bounds(tables, how, how.chosen(who, method, level), level)


def paired_contrast(who: str, contrast: str) -> Contrast[PairedTables]:
    """Give the formulas of a contrast; refuse an unknown one, with a suggestion."""
    check_method(f"{who} contrast", contrast, PAIRED)
    return PAIRED[contrast]


def _tables(who: str, *counts: ArrayLike) -> PairedTables:
    tables = PairedTables(*np.broadcast_arrays(*(np.asarray(count, dtype=np.float64) for count in counts)))
    if not all(np.all((x >= 0) & np.isfinite(x)) for x in tables):
        raise ArgumentError(who, "counts", "0 or more", [x.tolist() for x in tables])
    return tables


def _bounds(tables: PairedTables, how: Contrast[PairedTables], method: str, level: float) -> Bounds:
    empty = how.missing(tables)
    low, high = how.bounds(PairedTables(*(np.where(empty, 1.0, part) for part in tables)), method, level)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
