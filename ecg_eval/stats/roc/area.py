"""Area under the ROC curve, its variance, and differences between areas.

The AUC is the probability that a case with the finding gets a higher score than one without, ties counted one half.
Its variance here is that of DeLong (1988), extended by Obuchowski (1997) to patients with several ECGs. An AUC of
exactly 0 or 1 has a DeLong variance of 0, which is not certainty: such an interval is made by another method that is
named, or not at all. What this file refuses: an interval of no width, and an AUC of one class.
"""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.auroc_intervals import (
    hanley_mcneil_variance,
    obuchowski_variance,
    score_bounds,
    wald_bounds,
)
from ecg_eval.stats.roc.placements import ZERO_VARIANCE, auroc_covariance, placements
from ecg_eval.stats.roc.roc_inputs import ScoredCases, checked_weights, scored_cases, truth_values
from ecg_eval.stats.roc.staircase import area_under, build_staircase, column_blocks

AurocMethod = Literal["score", "delong", "delong_logit", "newcombe", "hanley_mcneil", "obuchowski"]

_METHOD_NAMES: dict[str, str] = {
    "score": "score interval (Newcombe method 5), DeLong variance where larger",
    "delong": "DeLong",
    "delong_logit": "DeLong, logit scale",
    "newcombe": "Newcombe method 5",
    "hanley_mcneil": "Hanley-McNeil exponential variance",
    "obuchowski": "Obuchowski binormal variance",
}


def placement_values(*, truth: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say for each case where its score stands among the other class (DeLong's structural components).

    V10(i) = share of negatives with a score below that of positive i, plus half the share of ties; V01(j) = share of
    positives above negative j, plus half ties. Both average to the AUC.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    scores : array_like (n_cases,) or (n_cases, n_readers)
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
    Sorted once, in n log n (Sun and Xu, IEEE Signal Process Lett 2014;21:1389).
    """
    return placements(_complete("placement_values", truth, scores, at_least=1))


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


def delong_covariance(*, truth: ArrayLike, scores: ArrayLike, cluster: ArrayLike | None = None) -> NDArray[np.float64]:
    """Give the covariance matrix of the AUCs of several readers of the same cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    scores : array_like (n_cases,) or (n_cases, n_readers)
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
    covariance = auroc_covariance(cases)
    if covariance is None:
        raise ArgumentError(who, "cluster", "two or more patients with cases of either class", cases.n_clusters)
    return covariance.total


def auroc(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike | None = None,
    method: AurocMethod = "score",
    level: float = 0.95,
) -> Estimate:
    """Give the probability that a case with the finding scores above one without, with its interval.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing.
    score : array_like (n_cases,)
        Higher speaks for presence, infinite ones too; NaN where missing. Ties count one half: scores that are equal to
        the last bit. Those that differ by rounding alone are none, so round scores that were computed in different
        ways.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    method : {"score", "delong", "delong_logit", "newcombe", "hanley_mcneil", "obuchowski"}
        "score" (default) solves (A - t)^2 = z^2 r V(t) with V the exponential model's variance and r the ratio of
        DeLong's variance to it at A, not below 1; "newcombe" has r = 1. "delong" is A -+ z SE cut to [0, 1] (as
        pROC), "delong_logit" the same on the logit scale; both cover too little when a class is small or A is near 1
        (docs/statistics/roc.md). "hanley_mcneil" and "obuchowski" are A -+ z SE with the exponential and the binormal
        variance, which know nothing of the scores but A.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        1 orders all pairs rightly, 0.5 is chance, 0 orders all wrongly. `standard_error` is DeLong's (with `cluster`,
        Obuchowski's) unless the method has its own. Undefined where a class is empty. Where the DeLong variance is 0
        (A of 0 or 1, all scores tied) or cannot be had (one case or patient in a class), the interval is Newcombe's
        and `method` says so.

    Notes
    -----
    Sources: Hanley and McNeil, Radiology 1982;143:29; DeLong et al., Biometrics 1988;44:837; Obuchowski, Biometrics
    1997;53:567; Newcombe, Stat Med 2006;25:559 (method 5); logit scale: Pepe 2003, section 5.2.

    Examples
    --------
    >>> auroc(truth=[0, 0, 1, 1], score=[1, 2, 2, 3]).value
    0.875
    """
    if method not in _METHOD_NAMES:
        raise ArgumentError("auroc", "method", f"one of {', '.join(_METHOD_NAMES)}", method)
    cases = scored_cases("auroc", truth, score, cluster)
    estimate = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters)
    if cases.one_class:
        return estimate(value=None, reason=cases.one_class, method=_METHOD_NAMES[method])
    placed = placements(cases)
    value = float(placed[0].mean())
    if method in ("hanley_mcneil", "obuchowski"):
        return _model_based(value, cases, method, estimate)
    covariance = auroc_covariance(cases, placed)
    variance = None if covariance is None else float(covariance.total[0, 0])
    error = None if variance is None or variance < ZERO_VARIANCE else variance**0.5
    words = _METHOD_NAMES[method] + ("" if cluster is None else ", patients as units (Obuchowski 1997)")
    if method == "newcombe" or error is None:
        if error is None and method != "newcombe":
            why = "one case or patient of a class" if variance is None else "the DeLong variance is 0"
            words = f"{_METHOD_NAMES['newcombe']}, as {why}"
        low, high = score_bounds(value, _class_sizes(cases), level)
    elif method == "score":
        sizes = (cases.n_positive, cases.n - cases.n_positive)
        inflation = max(1.0, error**2 / hanley_mcneil_variance(value, sizes, average=True))
        low, high = score_bounds(value, sizes, level, inflation)
    else:
        low, high = wald_bounds(value, error, level, logit=method == "delong_logit")
    return estimate(value=value, low=low, high=high, standard_error=error, method=words)


def _model_based(value: float, cases: ScoredCases, method: str, estimate: partial[Estimate]) -> Estimate:
    """Give A -+ z SE with a variance that a model derives from A and the class sizes alone."""
    variance_of = hanley_mcneil_variance if method == "hanley_mcneil" else obuchowski_variance
    error = variance_of(value, _class_sizes(cases)) ** 0.5
    if error == 0:
        return estimate(value=value, method=_METHOD_NAMES[method], reason="the model's variance at this value is 0")
    low, high = wald_bounds(value, error, estimate.keywords["level"])
    return estimate(value=value, low=low, high=high, standard_error=error, method=_METHOD_NAMES[method])


def _class_sizes(cases: ScoredCases) -> tuple[int, int]:
    """Count positive and negative cases; with clusters, patients with a case of the class (a cautious count)."""
    if cases.cluster is None:
        return cases.n_positive, cases.n - cases.n_positive
    return np.unique(cases.cluster[cases.truth]).size, np.unique(cases.cluster[~cases.truth]).size


def weighted_auroc(*, truth: ArrayLike, score: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Give the AUC of every resample, for one finding or many, from one set of weights.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,) or (n_cases, n_findings)
        NaN where missing; such a case is left out for that finding only.
    score : array_like of the same shape
        NaN where missing.
    weights : array_like (n_resamples, n_cases)
        Multiplicities or other weights, 0 or more (see `ecg_eval.stats.resampling.draws.draw_weights`).

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
    labels, values = np.asarray(truth), np.asarray(score)
    if labels.ndim not in (1, 2) or labels.shape != values.shape:
        raise ArgumentError(who, "score", f"of the shape of truth {labels.shape}", values.shape)
    w = checked_weights(who, weights, labels.shape[0])
    # finding by finding, so that labels kept as one byte never grow to eight all at once
    by_finding = zip(labels.reshape(len(labels), -1).T, values.reshape(len(labels), -1).T, strict=True)
    stairs = [build_staircase(truth_values(who, t), np.asarray(s, dtype=np.float64)) for t, s in by_finding]
    result = np.full((w.shape[0], len(stairs)), np.nan)
    for block in column_blocks(w):
        for finding, one in enumerate(stairs):
            if one is not None:
                result[block.rows, finding] = area_under(one, block)
    return result[:, 0] if labels.ndim == 1 else result
