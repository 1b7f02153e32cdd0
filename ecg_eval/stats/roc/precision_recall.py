"""Precision and recall over all thresholds: the curve, its average precision, and the best F-measure on it.

Both depend on how common the finding is in these cases: an average precision is compared with that of another score on
the same cases, or with the prevalence, which is what chance gets. No interpolation between points: a straight line in
precision-recall space promises what no threshold gives (Davis and Goadrich, ICML 2006).
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.auroc_intervals import wald_bounds
from ecg_eval.stats.roc.roc_inputs import ScoredCases, checked_weights, scored_cases, truth_values
from ecg_eval.stats.roc.score_groups import ScoreGroups, group_by_score
from ecg_eval.stats.roc.staircase import WeightBlock, column_blocks

Method = Literal["logit", "percentile", "basic", "normal", "bc", "bca"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRecallCurve:
    """Precision and recall at every distinct score, from the highest to the lowest.

    Attributes
    ----------
    thresholds : ndarray (n_points,)
        A case is called positive at or above the threshold.
    precision, recall : ndarray (n_points,)
    prevalence : float
        Precision of a score that knows nothing.
    """

    thresholds: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    prevalence: float


def precision_recall_curve(*, truth: ArrayLike, score: ArrayLike) -> PrecisionRecallCurve:
    """Give precision TP / (TP + FP) and recall TP / (TP + FN) at every distinct score.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence.

    Returns
    -------
    PrecisionRecallCurve

    Raises
    ------
    ArgumentError
        Without a positive case, since recall does not exist then.
    """
    cases = scored_cases("precision_recall_curve", truth, score)
    if cases.n_positive == 0:
        raise ArgumentError("precision_recall_curve", "truth", "with a positive case", 0)
    order = np.argsort(-cases.scores[0], kind="stable")
    values = cases.scores[0][order]
    last = np.r_[np.flatnonzero(values[1:] != values[:-1]), cases.n - 1]
    tp = np.cumsum(cases.truth[order])[last]
    return PrecisionRecallCurve(
        thresholds=values[last],
        precision=tp / (last + 1),
        recall=tp / cases.n_positive,
        prevalence=cases.n_positive / cases.n,
    )


def weighted_average_precision(*, truth: ArrayLike, score: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Give the average precision of every resample, for one finding or many, from one set of weights.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,) or (n_cases, n_findings)
        NaN where missing; such a case is left out for that finding only.
    score : array_like of the same shape
    weights : array_like (n_resamples, n_cases)
        Multiplicities or other weights, 0 or more.

    Returns
    -------
    ndarray (n_resamples,) or (n_resamples, n_findings)
        NaN where no positive case has weight.
    """
    who = "weighted_average_precision"
    labels, values = np.asarray(truth), np.asarray(score)
    if labels.ndim not in (1, 2) or labels.shape != values.shape:
        raise ArgumentError(who, "score", f"of the shape of truth {labels.shape}", values.shape)
    w = checked_weights(who, weights, labels.shape[0])
    by_finding = zip(labels.reshape(len(labels), -1).T, values.reshape(len(labels), -1).T, strict=True)
    groups = [
        group_by_score(truth_values(who, t), np.asarray(s, dtype=np.float64), join="precision") for t, s in by_finding
    ]
    result = np.full((w.shape[0], len(groups)), np.nan)
    for block in column_blocks(w):
        for finding, one in enumerate(groups):
            if one is not None:
                result[block.rows, finding] = _average(one, block)
    return result[:, 0] if labels.ndim == 1 else result


def _average(groups: ScoreGroups, block: WeightBlock) -> NDArray[np.float64]:
    """Sum over groups: share of the positives that are in it, times the precision down to it."""
    positive, negative = groups.sums(block)
    so_far = np.cumsum(positive, axis=0)
    called = so_far + np.cumsum(negative, axis=0)
    precision = np.divide(so_far, called, out=np.zeros_like(called), where=called > 0)
    total = so_far[-1]
    average: NDArray[np.float64] = np.divide(
        np.sum(positive * precision, axis=0), total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return average


def average_precision(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    method: Method = "logit",
    jackknife: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the average precision (area under the precision-recall steps) with its interval.

    AP = sum over distinct scores, from the highest, of (recall step) x (precision there).

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Cases of equal score enter together; scores that differ by rounding alone are not
        equal.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    weights : array_like (n_resamples, n_cases), optional
        Resamples; needed by every method but "logit", which does not use them.
    method : {"logit", "percentile", "basic", "normal", "bc", "bca"}
        "logit" is AP as a proportion of the positives: logit AP -+ z / sqrt(m AP (1 - AP)), with m positive cases
        (with `cluster`, patients); at AP = 1 Wilson's interval for m out of m. The others are those of
        `interval_from_replicates`, and cover too little when positives are few (docs/statistics/roc.md).
    jackknife : array_like (n_clusters,), optional
        AP with each patient left out, for "bca".
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        In (0, 1]; chance gets about the prevalence. Undefined without a positive case; without a negative case it is
        1 whatever the score, and has no interval.

    Notes
    -----
    Sources: Boyd, Eng and Page, ECML 2013 (logit interval); scikit-learn's and the PhysioNet Challenges' definition.

    Examples
    --------
    >>> round(average_precision(truth=[0, 1, 0, 1], score=[0.1, 0.4, 0.35, 0.8]).value, 3)
    1.0
    """
    who = "average_precision"
    if method not in get_args(Method):
        raise ArgumentError(who, "method", f"one of {', '.join(get_args(Method))}", method)
    cases = scored_cases(who, truth, score, cluster)
    estimate = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters)
    if cases.n_positive == 0:
        return estimate(value=None, method="average precision", reason=cases.one_class)
    ones = np.ones((1, cases.n), dtype=np.int8)
    value = float(weighted_average_precision(truth=cases.truth, score=cases.scores[0], weights=ones)[0])
    if cases.n_positive == cases.n:
        return estimate(value=value, method="average precision", reason=f"{cases.one_class}: AP is 1 for any score")
    if method == "logit":
        return _binomial(value, cases, estimate)
    if weights is None:
        raise ArgumentError(who, "weights", f'given for method "{method}"', None, "See draw_weights.")
    return interval_from_replicates(
        value=value,
        replicates=weighted_average_precision(truth=truth, score=score, weights=weights),
        label="average precision",
        method=method,
        level=level,
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
        jackknife=jackknife,
    )


def _binomial(value: float, cases: ScoredCases, estimate: "partial[Estimate]") -> Estimate:
    """Treat AP as a proportion of the positive units, on the logit scale; Wilson's interval at 1."""
    m = cases.n_positive if cases.cluster is None else int(np.unique(cases.cluster[cases.truth]).size)
    level = estimate.keywords["level"]
    if value == 1:
        interval = binomtest(m, m).proportion_ci(confidence_level=level, method="wilson")
        return estimate(value=value, low=interval.low, high=1.0, method="average precision; Wilson, as AP is 1")
    error = (value * (1 - value) / m) ** 0.5
    low, high = wald_bounds(value, error, level, logit=True)
    return estimate(
        value=value, low=low, high=high, standard_error=error, method="average precision; binomial, logit scale"
    )
