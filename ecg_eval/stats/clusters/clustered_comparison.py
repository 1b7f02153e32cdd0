"""Two groups of cases that share patients: difference of proportions, association of two classifications.

The groups may be two readings of the same cases stacked, or different cases, or overlap in part: what counts is which
patient each case is of. For two complete calls on the same cases `clustered_paired` is sharper at small numbers.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import null_space
from scipy.special import chdtrc, fdtrc, stdtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.cluster_totals import ClusterTotals, independent_cases, t_quantile
from ecg_eval.stats.clusters.clustered import clustered_bounds
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, cluster_codes, complete_cases, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_difference
from ecg_eval.stats.proportion.proportions import Bounds

METHODS: Mapping[str, str] = {
    "mover": "MOVER of clustered Wilson intervals",
    "linearised": "linearised between patients, t",
}


class RaoScottTest(NamedTuple):
    """Rao and Scott's test of a table.

    Attributes
    ----------
    test : Estimate
        F (or chi-squared) with its degrees of freedom and p-value.
    design_effect : float or None
        Mean design effect by which Pearson's chi-squared was divided.
    """

    test: Estimate
    design_effect: float | None


def clustered_proportion_difference(
    *, event: ArrayLike, group: ArrayLike, cluster: ArrayLike, method: str = "mover", level: float = 0.95
) -> Estimate:
    """Estimate the difference of two proportions, group 1 - group 0, when cases share patients.

    Parameters
    ----------
    event, group : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        Whether the event happened, and the group of the case.
    cluster : (n_cases,) array of int or str
        The patient of each case; a patient may be in both groups.
    method : str
        ``mover`` (default): square-and-add of the clustered Wilson intervals of the groups, with their correlation
        between patients lowered as in Newcombe's method 10; never of zero width. ``linearised``: d -+ t SE, SE² =
        k / (k - 1) sum (u_1i - u_0i)², u_gi = (x_gi - p_g n_gi) / n_g, with k - 2 degrees of freedom (R's survey,
        svyttest).
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; `standard_error`, `df`, `statistic` (t) and `p_value` are those of the linearised difference.
        Undefined when a group has no case.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    who = "clustered_proportion_difference"
    check_method(who, method, METHODS)
    normal_quantile(who, level)
    (y, g), codes, k = complete_cases(who, cluster=cluster, event=event, group=group)
    words, n = METHODS[method], y.size
    if not g.any() or g.all():
        return Estimate.undefined(reason="a group has no case", method=words, n=n, n_clusters=k, level=level)
    groups = []
    for members in (g, 1 - g):
        cases = np.bincount(codes, weights=members, minlength=k)
        groups.append(ClusterTotals(np.bincount(codes, weights=members * y, minlength=k), cases))
    one, two = ((group.events - group.p * group.cases) / group.n for group in groups)
    difference = float(groups[0].p - groups[1].p)
    error = float(np.sqrt(k / (k - 1) * ((one - two) @ (one - two)))) if k > 2 else 0.0
    if method == "mover":
        low, high = _mover(groups[0], groups[1], one, two, level)
    else:
        half = float(t_quantile(level, k - 2)) * error if error > 0 else np.nan
        low, high = np.array(max(difference - half, -1.0)), np.array(min(difference + half, 1.0))
    has_interval = bool(low < high)
    t = difference / error if error > 0 else None
    return Estimate(
        value=difference,
        low=float(low) if has_interval else None,
        high=float(high) if has_interval else None,
        level=level,
        method=words,
        n=n,
        n_positive=int(y.sum()),
        n_clusters=k,
        standard_error=error if error > 0 else None,
        df=k - 2 if error > 0 else None,
        statistic=t,
        p_value=None if t is None else float(2 * stdtr(k - 2, -abs(t))),
        reason=None
        if has_interval
        else "nothing varies between patients, or there are too few: this method has no interval",
    )


def _mover(first: ClusterTotals, second: ClusterTotals, one: Floats, two: Floats, level: float) -> Bounds:
    """Square-and-add of two clustered Wilson intervals.

    A positive correlation is lowered by 1 / (2 n sqrt(p1 (1 - p1) p2 (1 - p2))), not below 0, with n the smaller number
    of independent cases: what Newcombe's n / 2 does to the phi coefficient. Without it the interval is too short at
    small numbers.
    """
    scale = float(np.sqrt((one @ one) * (two @ two)))
    correlation = float(one @ two) / scale if scale > 0 else 0.0
    if correlation > 0:
        sizes = [float(independent_cases(t.n, t.k, t.design_effect, t.kish)) for t in (first, second)]
        spread = float(np.sqrt(first.p * (1 - first.p) * second.p * (1 - second.p)))
        correlation = max(correlation - 1 / (2 * max(min(sizes), 1.0) * spread), 0.0)
    parts = []
    for totals in (first, second):
        bounds = clustered_bounds(n_events=totals.events, n_cases=totals.cases, level=level)
        parts.append(Part(totals.p, *bounds))
    return mover_difference(parts[0], parts[1], np.array(correlation))


def rao_scott_test(*, rows: ArrayLike, columns: ArrayLike, cluster: ArrayLike, method: str = "f") -> RaoScottTest:
    """Test the independence of two classifications of cases that share patients.

    Parameters
    ----------
    rows, columns : (n_cases,) arrays of int, bool or str
        The two classes of each case, such as the reader's arm and whether the reading was right; missing ones are not
        accepted.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    method : str
        ``f`` (default, second order: Pearson's chi-squared over the summed design effects, as F with d and d (k - 1)
        degrees of freedom) or ``chi_squared`` (first order: over the mean design effect, chi-squared with (r - 1)(c -
        1)).

    Returns
    -------
    RaoScottTest
        The test is undefined when a classification has one class only or there is one patient.

    Raises
    ------
    ArgumentError
        For arrays of unequal length or an unknown method.

    Notes
    -----
    Rao and Scott, Ann Stat 1984;12:46-60; the second-order form as in R's survey (svychisq, statistic = "F").
    """
    who = "rao_scott_test"
    check_method(who, method, {"f", "chi_squared"})
    words = "Rao-Scott F" if method == "f" else "Rao-Scott chi-squared"
    first, second = _classes(who, "rows", rows), _classes(who, "columns", columns)
    if first[1].shape != second[1].shape:
        raise ArgumentError(who, "columns", "as long as rows", second[1].shape)
    n = first[1].size
    codes = cluster_codes(who, cluster, n)
    n_rows, n_columns, k = first[0], second[0], int(codes.max()) + 1 if n else 0
    if n_rows < 2 or n_columns < 2 or k < 2:
        reason = "a classification has one class only, or there is one patient"
        undefined = Estimate.undefined(reason=reason, method=words, n=n, n_clusters=k)
        return RaoScottTest(undefined, None)
    cells = np.zeros((k, n_rows * n_columns))
    np.add.at(cells, (codes, first[1] * n_columns + second[1]), 1.0)
    pearson, effects = _pearson(cells, n_rows, n_columns)
    total, m = float(np.trace(effects)), (n_rows - 1) * (n_columns - 1)
    if not total > 1e-12:
        undefined = Estimate.undefined(reason="no patient differs from another", method=words, n=n, n_clusters=k)
        return RaoScottTest(undefined, None)
    if method == "f":
        statistic, df = pearson / total, total**2 / float(np.trace(effects @ effects))
        denominator = df * (k - 1)
        p = float(fdtrc(df, denominator, statistic))
    else:
        statistic, df, denominator = pearson / (total / m), float(m), None
        p = float(chdtrc(df, statistic))
    estimate = Estimate(
        value=statistic,
        method=words,
        n=n,
        n_clusters=k,
        df=df,
        df_denominator=denominator,
        statistic=statistic,
        p_value=p,
        reason="a test statistic has no interval",
    )
    return RaoScottTest(estimate, total / m)


def _classes(who: str, name: str, values: ArrayLike) -> tuple[int, NDArray[np.intp]]:
    """Return the number of classes and the class of each case."""
    array = np.asarray(values)
    missing = np.isnan(array) if array.dtype.kind == "f" else np.array([v is None for v in array.ravel()], dtype=bool)
    if array.ndim != 1 or missing.any():
        raise ArgumentError(who, name, "of one dimension, without missing values", array.shape)
    kinds, codes = np.unique(array, return_inverse=True)
    return kinds.size, codes


def _pearson(cells: Floats, n_rows: int, n_columns: int) -> tuple[float, Floats]:
    """Return Pearson's chi-squared of the summed table, and the matrix of generalised design effects.

    With C a basis of the interactions, D the diagonal of the cell shares p and V their covariance between patients, the
    matrix is (C' D^-1 C / n)^-1 (C' D^-1 V D^-1 C); empty cells have no weight.
    """
    k, n = cells.shape[0], float(cells.sum())
    share = cells.sum(0) / n
    table = cells.sum(0).reshape(n_rows, n_columns)
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / n
    around = cells - share * cells.sum(1, keepdims=True)
    covariance = k / (k - 1) * around.T @ around / n**2
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    main = np.hstack([row[:, None] == np.arange(n_rows), column[:, None] == np.arange(n_columns)]).astype(np.float64)
    interactions = null_space(main.T)
    weighted = interactions * np.where(share > 0, 1 / np.where(share > 0, share, 1.0), 0.0)[:, None]
    effects = np.linalg.solve(interactions.T @ weighted / n, weighted.T @ covariance @ weighted)
    return float(((table - expected) ** 2 / expected).sum()), np.asarray(effects)
