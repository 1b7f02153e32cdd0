"""Area under the ROC curve, its variance, and differences between areas.

The AUC is the probability that a case with the finding gets a higher score than one without, ties counted one half.
Its variance here is that of DeLong (1988), extended by Obuchowski (1997) to patients with several ECGs. An AUC of
exactly 0 or 1 has a DeLong variance of 0, which is not certainty: such an interval is made by another method that is
named, or not at all. What this file refuses: an interval of no width, and an AUC of one class.
"""

from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import rankdata

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc_inputs import ScoredCases, checked_weights, scored_cases, truth_values
from ecg_eval.stats.staircase import area_under, build_staircase, weight_blocks

AurocMethod = Literal["delong_logit", "delong", "newcombe", "hanley_mcneil", "obuchowski"]


def placement_values(*, truth: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say for each case where its score stands among the other class (DeLong's structural components).

    V10(i) = share of negatives with a score below that of positive i, plus half the share of ties; V01(j) = share of
    positives above negative j, plus half ties. Both average to the AUC.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    scores : array_like (n_cases,) or (n_readers, n_cases)
        No missing value.

    Returns
    -------
    of_positives : ndarray (n_readers, n_positive)
    of_negatives : ndarray (n_readers, n_negative)
        In [0, 1], cases in the order given.

    Raises
    ------
    ArgumentError
        A missing value, or a class without cases.

    Notes
    -----
    By ranks in n log n: Sun and Xu, IEEE Signal Process Lett 2014;21:1389.
    """
    return _placements(_complete("placement_values", truth, scores, at_least=1))


def _complete(
    who: str, truth: ArrayLike, scores: ArrayLike, *, at_least: int, cluster: ArrayLike | None = None
) -> ScoredCases:
    """Check arrays that may have no missing value and need some cases of either class."""
    cases = scored_cases(who, truth, scores, cluster)
    if cases.n != np.size(truth):
        remedy = "Leave incomplete cases out, or compare readers on the cases that both have read."
        raise ArgumentError(who, "truth and scores", "complete", f"{np.size(truth) - cases.n} missing", remedy)
    smaller = min(cases.n_positive, cases.n - cases.n_positive)
    if smaller < at_least:
        counts = (cases.n_positive, cases.n - cases.n_positive)
        raise ArgumentError(who, "truth", f"with at least {at_least} case(s) of either class", counts)
    return cases


def _placements(cases: ScoredCases) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    positive, negative = cases.scores[:, cases.truth], cases.scores[:, ~cases.truth]
    rank = rankdata(cases.scores, axis=1)
    above = rank[:, cases.truth] - rankdata(positive, axis=1)
    below = rank[:, ~cases.truth] - rankdata(negative, axis=1)
    return above / negative.shape[1], 1 - below / positive.shape[1]


def delong_covariance(*, truth: ArrayLike, scores: ArrayLike, cluster: ArrayLike | None = None) -> NDArray[np.float64]:
    """Give the covariance matrix of the AUCs of several readers of the same cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    scores : array_like (n_cases,) or (n_readers, n_cases)
        No missing value.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.

    Returns
    -------
    ndarray (n_readers, n_readers)
        S10 / n_positive + S01 / n_negative, with S the sample covariances of the placement values (DeLong). With
        `cluster`, sums of deviations over each patient take the place of single cases, and the covariance of a
        patient's positive and negative cases is added (Obuchowski). Zero for an AUC of 0 or 1.

    Raises
    ------
    ArgumentError
        A missing value, or fewer than two cases (with `cluster`: two patients) of a class.

    Notes
    -----
    Sources: DeLong et al., Biometrics 1988;44:837; Obuchowski, Biometrics 1997;53:567.
    """
    who = "delong_covariance"
    cases = _complete(who, truth, scores, at_least=2, cluster=cluster)
    covariance = _covariance(cases)
    if covariance is None:
        raise ArgumentError(who, "cluster", "two or more patients with cases of either class", cases.n_clusters)
    return covariance


def _covariance(cases: ScoredCases) -> NDArray[np.float64] | None:
    """Give the covariance of the AUCs, or None with fewer than two independent units in a class."""
    of_positives, of_negatives = _placements(cases)
    auc = of_positives.mean(axis=1, keepdims=True)
    unit = np.arange(cases.n) if cases.cluster is None else cases.cluster
    p_units, p_unit = np.unique(unit[cases.truth], return_inverse=True)
    n_units, n_unit = np.unique(unit[~cases.truth], return_inverse=True)
    if min(p_units.size, n_units.size) < 2:
        return None
    p_dev = _sum_by(of_positives - auc, p_unit, p_units.size) / of_positives.shape[1]
    n_dev = _sum_by(of_negatives - auc, n_unit, n_units.size) / of_negatives.shape[1]
    inflate_p, inflate_n = p_units.size / (p_units.size - 1), n_units.size / (n_units.size - 1)
    covariance = inflate_p * p_dev @ p_dev.T + inflate_n * n_dev @ n_dev.T
    if cases.cluster is not None:
        _, in_p, in_n = np.intersect1d(p_units, n_units, return_indices=True)
        n_all = cases.n_clusters
        cross = n_all / (n_all - 1) * p_dev[:, in_p] @ n_dev[:, in_n].T
        covariance = covariance + cross + cross.T
    return np.asarray(covariance)


def _sum_by(values: NDArray[np.float64], unit: NDArray[np.intp], n_units: int) -> NDArray[np.float64]:
    """Sum the columns of values (n_readers, n_cases) that belong to the same unit."""
    if n_units == values.shape[1]:
        return values
    return np.stack([np.bincount(unit, weights=row, minlength=n_units) for row in values])


def auroc(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike | None = None,
    method: AurocMethod = "delong_logit",
    level: float = 0.95,
) -> Estimate:
    """Give the probability that a case with the finding scores above one without, with its interval.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing.
    score : array_like (n_cases,)
        Higher speaks for presence; NaN where missing. Ties count one half.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    method : {"delong_logit", "delong", "newcombe", "hanley_mcneil", "obuchowski"}
        "delong_logit" (default: it covers best, see docs/statistics/roc.md) uses the DeLong variance on the logit
        scale, "delong" on the AUC's own scale, cut to [0, 1] (as pROC); "newcombe" solves (A - t)^2 = z^2 V(t) with
        the exponential model's variance; "hanley_mcneil" uses that variance at A, "obuchowski" the binormal one, both
        cut to [0, 1]. The last three know nothing of the scores but A.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        1 orders all pairs rightly, 0.5 is chance, 0 orders all wrongly. Undefined where a class is empty. Where the
        DeLong variance is 0 (A of 0 or 1, all scores tied) or cannot be had (one case or patient in a class), the
        interval is Newcombe's and `method` says so.

    Notes
    -----
    Sources: Hanley and McNeil, Radiology 1982;143:29; DeLong et al., Biometrics 1988;44:837; Obuchowski, Biometrics
    1997;53:567; Newcombe, Stat Med 2006;25:559 (method 5); logit scale: Pepe 2003, section 5.2.

    Examples
    --------
    >>> auroc(truth=[0, 0, 1, 1], score=[1, 2, 2, 3]).value
    0.875
    """
    if method not in get_args(AurocMethod):
        raise ArgumentError("auroc", "method", f"one of {', '.join(get_args(AurocMethod))}", method)
    cases = scored_cases("auroc", truth, score, cluster)
    estimate = partial(
        Estimate,
        level=level,
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
    )
    if cases.one_class:
        return estimate(value=None, reason=cases.one_class, method=_METHOD_NAMES[method])
    value = _placements(cases)[0].mean()
    if method.startswith("delong"):
        covariance = _covariance(cases)
        variance = None if covariance is None else float(covariance[0, 0])
        if variance is not None and variance > 1e-15:
            error = variance**0.5
            low, high = _wald(value, error, level, logit=method == "delong_logit")
            words = _METHOD_NAMES[method] + ("" if cluster is None else ", patients as units (Obuchowski)")
            return estimate(value=value, low=low, high=high, standard_error=error, method=words)
        why = "the DeLong variance is 0" if variance is not None else "one case or patient of a class"
        low, high = _newcombe_bounds(value, _class_sizes(cases), level)
        return estimate(value=value, low=low, high=high, method=f"{_METHOD_NAMES['newcombe']}, as {why}")
    if method == "newcombe":
        low, high = _newcombe_bounds(value, _class_sizes(cases), level)
        return estimate(value=value, low=low, high=high, method=_METHOD_NAMES[method])
    variance_at = _hanley_mcneil_variance if method == "hanley_mcneil" else _obuchowski_variance
    error = variance_at(value, _class_sizes(cases)) ** 0.5
    low, high = _wald(value, error, level, logit=False)
    if error == 0:
        return estimate(value=value, method=_METHOD_NAMES[method], reason="the variance at this value is 0")
    return estimate(value=value, low=low, high=high, standard_error=error, method=_METHOD_NAMES[method])


_METHOD_NAMES = {
    "delong_logit": "DeLong variance, logit scale",
    "delong": "DeLong",
    "newcombe": "Newcombe 2006 method 5",
    "hanley_mcneil": "Hanley-McNeil exponential variance",
    "obuchowski": "Obuchowski binormal variance",
}


def _class_sizes(cases: ScoredCases) -> tuple[int, int]:
    """Count positive and negative cases; with clusters, patients with a case of the class (a cautious count)."""
    if cases.cluster is None:
        return cases.n_positive, cases.n - cases.n_positive
    return np.unique(cases.cluster[cases.truth]).size, np.unique(cases.cluster[~cases.truth]).size


def _wald(value: float, error: float, level: float, *, logit: bool) -> tuple[float, float]:
    """Give value -+ z error, cut to [0, 1]; or the same on the logit scale, where the error is e / (A (1 - A))."""
    z = ndtri((1 + level) / 2)
    if not logit:
        return max(0.0, value - z * error), min(1.0, value + z * error)
    centre, half = np.log(value / (1 - value)), z * error / (value * (1 - value))
    return float(1 / (1 + np.exp(half - centre))), float(1 / (1 + np.exp(-half - centre)))


def _hanley_mcneil_variance(auc: float, sizes: tuple[int, int]) -> float:
    """Give [A(1-A) + (m-1)(A/(2-A) - A^2) + (n-1)(2A^2/(1+A) - A^2)] / (mn), m positives and n negatives."""
    m, n = sizes
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    return (auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)) / (m * n)


def _obuchowski_variance(auc: float, sizes: tuple[int, int]) -> float:
    """Give 0.0099 exp(-a^2/2) (5a^2 + 8 + (a^2 + 8)/k) / m with a = 1.414 Phi^-1(A), k = n/m (Obuchowski 2004)."""
    m, n = sizes
    a = 1.414 * float(ndtri(auc))
    return 0.0 if np.isinf(a) else 0.0099 * np.exp(-(a**2) / 2) * (5 * a**2 + 8 + (a**2 + 8) * m / n) / m


def _newcombe_bounds(auc: float, sizes: tuple[int, int], level: float) -> tuple[float, float]:
    """Solve (A - t)^2 = z^2 V(t), V(t) = t(1-t) [1 + N ((1-t)/(2-t) + t/(1+t))] / (mn), N = (m+n)/2 - 1."""
    return _newcombe_low(auc, sizes, level), 1 - _newcombe_low(1 - auc, sizes, level)  # V is symmetric about 1/2


def _newcombe_low(auc: float, sizes: tuple[int, int], level: float) -> float:
    """Find the lower root; the factor 1 - t that both sides share at A = 1 is divided out."""
    if auc == 0:
        return 0.0
    m, n = sizes
    z, rest = float(ndtri((1 + level) / 2)), (m + n) / 2 - 1

    def excess(t: float) -> float:
        squared = (1 - t) / t if auc == 1 else (auc - t) ** 2 / (t * (1 - t))
        return squared - z**2 * (1 + rest * ((1 - t) / (2 - t) + t / (1 + t))) / (m * n)

    return float(brentq(excess, auc * 1e-12, auc))


def weighted_auroc(*, truth: ArrayLike, score: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Give the AUC of every resample, for one finding or many, from one set of weights.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,) or (n_cases, n_findings)
        NaN where missing; such a case is left out for that finding only.
    score : array_like of the same shape
        NaN where missing.
    weights : array_like (n_resamples, n_cases)
        Multiplicities or other weights, 0 or more (see `ecg_eval.stats.resampling.draw_weights`).

    Returns
    -------
    ndarray (n_resamples,) or (n_resamples, n_findings)
        In [0, 1]; NaN where a class has no weight, which `interval_from_replicates` counts as unusable.

    Raises
    ------
    ArgumentError
        Shapes that do not fit, labels other than 0/1/NaN, negative weights.

    Notes
    -----
    A finding is sorted once (n log n); a resample then costs at most one addition a case. Blocks of resamples keep
    the extra memory to the sorted order of each finding (4 bytes a case and finding) and about two megabytes.
    """
    who = "weighted_auroc"
    labels, values = truth_values(who, truth), np.asarray(score)
    if labels.ndim not in (1, 2) or labels.shape != values.shape:
        raise ArgumentError(who, "score", f"of the shape of truth {labels.shape}", values.shape)
    w = checked_weights(who, weights, labels.shape[0])
    columns = labels.reshape(labels.shape[0], -1), values.reshape(labels.shape[0], -1)
    stairs = [build_staircase(columns[0][:, f], columns[1][:, f]) for f in range(columns[0].shape[1])]
    result = np.full((w.shape[0], len(stairs)), np.nan)
    for block in weight_blocks(w):
        for finding, one in enumerate(stairs):
            if one is not None:
                result[block.rows, finding] = area_under(one, block)
    return result[:, 0] if labels.ndim == 1 else result
