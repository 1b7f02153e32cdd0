"""A proportion when cases share patients: several ECGs of one patient, several readings of one ECG.

Cases of one patient resemble each other, so that n cases tell less than n independent ones. The ratio estimator with
its between-patient variance measures how much less (the design effect), without a model for the resemblance. The
default interval is Wilson's on the effective number of cases: with one case a patient it is exactly Wilson's, and at
0 and 1, where every between-patient variance is 0 and tells nothing, it takes the number of cases that would be left
if the cases of a patient were all copies of each other.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit

from ecg_eval.stats.clusters.cluster_totals import ClusterTotals, independent_cases, t_quantile
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, complete_cases, normal_quantile
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds, score_skewness_bounds, wilson_bounds


def clustered_proportion(
    *, event: ArrayLike, cluster: ArrayLike, method: str = "wilson_rao_scott", level: float = 0.95
) -> Estimate:
    """Estimate a proportion from cases that share patients.

    Parameters
    ----------
    event : (n_cases,) array of 0, 1; NaN where missing (left out)
        Whether the event happened.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    method : str
        One of `CLUSTERED_METHODS`, see `clustered_bounds`.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        Events over cases, in [0, 1], every case weighing the same; undefined without cases. The interval is None, with
        the reason, for a single patient, and where the method has none.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, values other than 0, 1 and NaN, cases without a patient, an unknown method.

    Examples
    --------
    >>> print(clustered_proportion(event=[1, 1, 0, 1, 1, 1], cluster=[1, 1, 2, 3, 3, 4]))
    0.833 (95 % CI 0.316 to 0.982; Wilson on the effective number of cases (Rao-Scott), n = 6)
    """
    check_method("clustered_proportion", method, CLUSTERED_METHODS)
    cases = complete_cases("clustered_proportion", cluster=cluster, event=event)
    n, k = cases.columns[0].size, cases.n_clusters
    words = CLUSTERED_METHODS[method]
    if n == 0:
        return Estimate.undefined(reason="there is no case", method=words, level=level)
    totals = ClusterTotals(np.bincount(cases.cluster, weights=cases.columns[0]), np.bincount(cases.cluster))
    low, high = (float(b) for b in _bounds(totals, method, level))
    reason = None
    if not low < high:
        one = "all cases come from one patient, so that nothing is known about others"
        reason = one if k == 1 else "all cases are alike, so that this method has no interval"
    error = float(totals.standard_error)
    return Estimate(
        value=float(totals.p),
        low=None if reason else low,
        high=None if reason else high,
        level=level,
        method=words,
        n=n,
        n_positive=int(totals.x),
        n_clusters=k,
        standard_error=error if error > 0 else None,
        df=k - 1 if k > 1 else None,
        reason=reason,
    )


def clustered_bounds(
    *, n_events: ArrayLike, n_cases: ArrayLike, method: str = "wilson_rao_scott", level: float = 0.95
) -> Bounds:
    """Give the interval bounds of many clustered proportions at once, from the sums of each patient.

    Parameters
    ----------
    n_events, n_cases : (..., n_clusters) arrays
        Events and cases of each patient; a patient with 0 cases does not count.
    method : str
        ``wilson_rao_scott`` (default): Wilson with ``n / design effect`` cases, never more than n, times
        ``(t(n - 1) / t(k - 1))^2`` for the uncertainty of that effect with k patients (Rao and Scott 1992; Korn and
        Graubard, Surv Methodol 1998;24:193-201); at 0 and 1 the design effect is that of identical copies.
        ``ratio``: p -+ t(k - 1) SE. ``rao_scott``: p -+ z SE, Wald on Rao and Scott's effective counts.
        ``logit`` and ``arcsine``: the same t interval on those scales. ``beta``: Clopper-Pearson on the effective
        number of cases (Korn and Graubard; R's survey). ``saha_wilson``: Wilson with the variance inflated by the
        ANOVA intracluster correlation (Saha, Miller and Wang, Int J Biostat 2016;12:20150042); ``saha_score``: the same
        with a correction for skewness (R's ratesci, clusterpci).
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    low, high : (...) arrays
        NaN where there is no case, one patient, or no interval by this method (0 and 1, for all but the default).
    """
    check_method("clustered_bounds", method, CLUSTERED_METHODS)
    return _bounds(ClusterTotals(n_events, n_cases), method, level)


def _bounds(totals: ClusterTotals, method: str, level: float) -> Bounds:
    normal_quantile("clustered_bounds", level)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = _BOUNDS[method](totals, level)
    unknown = (totals.k < 2) & (totals.n != 1)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def effective_cases(n: Floats, k: Floats, design_effect: Floats, kish: Floats, level: float) -> Floats:
    """Return how many independent cases would tell as much as n cases of k patients.

    `independent_cases` times (t(n - 1) / t(k - 1))², where the last factor pays for estimating the design effect from
    k patients; n itself with one case a patient.
    """
    shrink = (t_quantile(level, n - 1) / t_quantile(level, k - 1)) ** 2
    return np.where(k == n, n, independent_cases(n, k, design_effect, kish) * shrink)


def _wilson_rao_scott(totals: ClusterTotals, level: float) -> Bounds:
    """Wilson on n* = n / max(design effect, 1) * (t(n - 1) / t(k - 1))^2 cases."""
    effective = effective_cases(totals.n, totals.k, totals.design_effect, totals.kish, level)
    x = np.where(totals.constant, np.where(totals.x == 0, 0.0, effective), totals.p * effective)
    return proportion_bounds(n_events=np.minimum(np.nan_to_num(x), effective), n=effective, level=level)


def _around(totals: ClusterTotals, half: Floats) -> Bounds:
    half = np.where(totals.constant, np.nan, half)
    return np.maximum(totals.p - half, 0.0), np.minimum(totals.p + half, 1.0)


def _ratio(totals: ClusterTotals, level: float) -> Bounds:
    """P -+ t(k - 1) SE."""
    return _around(totals, t_quantile(level, totals.k - 1) * totals.standard_error)


def _rao_scott(totals: ClusterTotals, level: float) -> Bounds:
    """P -+ z SE."""
    return _around(totals, normal_quantile("clustered_bounds", level) * totals.standard_error)


def _logit(totals: ClusterTotals, level: float) -> Bounds:
    """Turn back logit p -+ t(k - 1) SE / (p (1 - p))."""
    p = np.where(totals.constant, np.nan, totals.p)
    half = t_quantile(level, totals.k - 1) * totals.standard_error / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def _arcsine(totals: ClusterTotals, level: float) -> Bounds:
    """sin²(asin sqrt p -+ t(k - 1) SE / (2 sqrt(p (1 - p))))."""
    p = np.where(totals.constant, np.nan, totals.p)
    angle = np.arcsin(np.sqrt(p))
    half = t_quantile(level, totals.k - 1) * totals.standard_error / (2 * np.sqrt(p * (1 - p)))
    return np.sin(np.maximum(angle - half, 0.0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _beta(totals: ClusterTotals, level: float) -> Bounds:
    """Clopper-Pearson with n* = p (1 - p) / SE² (t(n - 1) / t(k - 1))² cases, of which p n* are events."""
    p = np.where(totals.constant, np.nan, totals.p)
    shrink = (t_quantile(level, totals.n - 1) / t_quantile(level, totals.k - 1)) ** 2
    n = p * (1 - p) / totals.standard_error**2 * shrink
    tail = 0.5 - level / 2
    return betaincinv(p * n, n * (1 - p) + 1, tail), betaincinv(p * n + 1, n * (1 - p), 1 - tail)


def _saha_wilson(totals: ClusterTotals, level: float) -> Bounds:
    """Wilson's interval with its variance times xi."""
    z = normal_quantile("clustered_bounds", level)
    inflation = totals.variance_inflation
    return wilson_bounds(totals.x, totals.n, z * np.sqrt(np.where(inflation > 0, inflation, np.nan)))


def _saha_score(totals: ClusterTotals, level: float) -> Bounds:
    """Skewness-corrected score interval with its variance times xi."""
    z = normal_quantile("clustered_bounds", level)
    inflation = totals.variance_inflation
    return score_skewness_bounds(totals.x, totals.n, z, np.where(inflation > 0, inflation, np.nan))


CLUSTERED_METHODS: Mapping[str, str] = {
    "wilson_rao_scott": "Wilson on the effective number of cases (Rao-Scott)",
    "ratio": "ratio estimator, t",
    "rao_scott": "ratio estimator, normal",
    "logit": "ratio estimator, logit scale, t",
    "arcsine": "ratio estimator, arcsine scale, t",
    "beta": "Clopper-Pearson on the effective number of cases (Korn-Graubard)",
    "saha_wilson": "Wilson with ANOVA variance inflation (Saha)",
    "saha_score": "skewness-corrected score with ANOVA variance inflation",
}

_BOUNDS: Mapping[str, Callable[[ClusterTotals, float], Bounds]] = {
    "wilson_rao_scott": _wilson_rao_scott,
    "ratio": _ratio,
    "rao_scott": _rao_scott,
    "logit": _logit,
    "arcsine": _arcsine,
    "beta": _beta,
    "saha_wilson": _saha_wilson,
    "saha_score": _saha_score,
}
