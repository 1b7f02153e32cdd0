"""F-measures of yes/no calls, the best F over thresholds, and the sample-centric Fmax of multi-label work.

F weighs precision and recall and never looks at true negatives; like precision, it depends on how common the finding
is. The best F over thresholds of the same cases is optimistic, and its `method` says so.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.auroc_intervals import wald_bounds
from ecg_eval.stats.roc.precision_recall import precision_recall_curve
from ecg_eval.stats.roc.roc_inputs import checked_weights, scored_cases, truth_values


def f_beta(
    *, truth: ArrayLike, call: ArrayLike, beta: float = 1.0, cluster: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Give F = (1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP) of yes/no calls.

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    beta : float
        b: how many times recall matters as much as precision.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        From 0 (no true positive) to 1. Undefined where there is neither a positive case nor a positive call. The
        interval for b = 1 and no clusters is Wilson's for TP / (TP + FP + FN), which F = 2 J / (1 + J) follows
        (Flores et al. 2022); otherwise F as a ratio of sums, linearised over patients, on the logit scale, and at 0
        or 1 Wilson's interval for TP / (TP + FP + FN), all errors taken as of the kind that widens it.

    Notes
    -----
    Sources: van Rijsbergen 1979; Flores et al., arXiv:2208.11276 (Wilson); ratio of sums: Cochran 1977, chapter 6.
    """
    who = "f_beta"
    if not beta > 0:
        raise ArgumentError(who, "beta", "more than 0", beta)
    cases = scored_cases(who, truth, truth_values(who, call, "call"), cluster)
    called = cases.scores[0] == 1
    tp, fp, fn = called & cases.truth, called & ~cases.truth, ~called & cases.truth
    estimate = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters)
    name = f"F{beta:g}"
    involved = int(np.sum(called | cases.truth))
    if involved == 0:
        return estimate(value=None, method=name, reason="there is neither a positive case nor a positive call")
    above = (1 + beta**2) * tp
    below = above + beta**2 * fn + fp
    value = float(above.sum() / below.sum())
    if value in (0, 1) or (beta == 1 and cluster is None):
        wilson = binomtest(int(tp.sum()), involved).proportion_ci(confidence_level=level, method="wilson")
        low, high = _f_of(wilson.low, beta, max(1, beta**2)), _f_of(wilson.high, beta, min(1, beta**2))
        return estimate(value=value, low=low, high=high, method=f"{name}; Wilson on TP / (TP + FP + FN)")
    unit = np.arange(cases.n) if cases.cluster is None else cases.cluster
    residual = np.bincount(unit, weights=above - value * below)
    n_units = residual.size
    if n_units < 2:
        return estimate(value=value, method=name, reason="one patient: no variance can be had")
    error = float(np.sqrt(n_units / (n_units - 1) * np.sum(residual**2)) / below.sum())
    low, high = wald_bounds(value, error, level, logit=True)
    return estimate(value=value, low=low, high=high, standard_error=error, method=f"{name}; ratio of sums, logit scale")


def _f_of(jaccard: float, beta: float, error_weight: float) -> float:
    """Give F at J = TP / (TP + FP + FN) when an error weighs between 1 (FP) and b^2 (FN)."""
    return (1 + beta**2) * jaccard / ((1 + beta**2) * jaccard + (1 - jaccard) * error_weight)


def weighted_f_beta(*, truth: ArrayLike, call: ArrayLike, weights: ArrayLike, beta: float = 1.0) -> NDArray[np.float64]:
    """Give F-beta of every resample, for one finding or many.

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases,) or (n_cases, n_findings)
        NaN where missing; such a case is left out for that finding only.
    weights : array_like (n_resamples, n_cases)
        Multiplicities or other weights, 0 or more.
    beta : float
        How many times recall matters as much as precision.

    Returns
    -------
    ndarray (n_resamples,) or (n_resamples, n_findings)
        NaN where neither a positive case nor a positive call has weight.
    """
    tp, fp, fn = _weighted_counts("weighted_f_beta", truth, call, weights)
    return _share((1 + beta**2) * tp, (1 + beta**2) * tp + fp + beta**2 * fn)


def weighted_g_beta(*, truth: ArrayLike, call: ArrayLike, weights: ArrayLike, beta: float = 1.0) -> NDArray[np.float64]:
    """Give G = TP / (TP + FP + b FN) of every resample, for one finding or many.

    Parameters
    ----------
    truth, call, weights
        As for `weighted_f_beta`.
    beta : float
        b: how many times a false negative counts as much as a false positive; 1 gives the Jaccard index.

    Returns
    -------
    ndarray (n_resamples,) or (n_resamples, n_findings)
        NaN where neither a positive case nor a positive call has weight.

    Notes
    -----
    Source: PhysioNet/CinC Challenge 2020, unofficial phase.
    """
    tp, fp, fn = _weighted_counts("weighted_g_beta", truth, call, weights)
    return _share(tp, tp + fp + beta * fn)


def _weighted_counts(
    who: str, truth: ArrayLike, call: ArrayLike, weights: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the weight of true positives, false positives and false negatives in every resample."""
    labels, calls = truth_values(who, truth), truth_values(who, call, "call")
    if labels.ndim not in (1, 2) or labels.shape != calls.shape:
        raise ArgumentError(who, "call", f"of the shape of truth {labels.shape}", calls.shape)
    w = checked_weights(who, weights, labels.shape[0]).astype(np.float64)
    kinds = ((labels == 1) & (calls == 1), (labels == 0) & (calls == 1), (labels == 1) & (calls == 0))
    tp, fp, fn = (w @ kind.astype(np.float64) for kind in kinds)
    return tp, fp, fn


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class BestF:
    """The threshold with the highest F-beta on these cases.

    Attributes
    ----------
    threshold : float
        Lowest score that is called positive.
    next_lower_score : float or None
        Highest score that is called negative; every threshold above it and up to `threshold` makes the same calls.
    f : Estimate
        Interval as if the threshold had been fixed beforehand, as its `method` says.
    precision, recall : float
    n_called : int
        Cases called positive.
    """

    threshold: float
    next_lower_score: float | None
    f: Estimate
    precision: float
    recall: float
    n_called: int


def best_f(*, truth: ArrayLike, score: ArrayLike, beta: float = 1.0, level: float = 0.95) -> BestF:
    """Find the threshold with the highest F-beta on these cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence.
    beta : float
        How many times recall matters as much as precision.
    level : float
        Coverage of the interval.

    Returns
    -------
    BestF
        Of several best thresholds the highest.

    Raises
    ------
    ArgumentError
        Without a positive case.
    """
    cases = scored_cases("best_f", truth, score)
    curve = precision_recall_curve(truth=truth, score=score)
    down = beta**2 * curve.precision + curve.recall
    f = np.divide((1 + beta**2) * curve.precision * curve.recall, down, out=np.zeros_like(down), where=down > 0)
    best = int(np.flatnonzero(f >= f.max() - 1e-12)[0])
    threshold = float(curve.thresholds[best])
    called = cases.scores[0] >= threshold
    estimate = f_beta(truth=cases.truth, call=called, beta=beta, level=level)
    return BestF(
        threshold=threshold,
        next_lower_score=float(curve.thresholds[best + 1]) if best + 1 < curve.thresholds.size else None,
        f=replace(estimate, method=f"{estimate.method}, threshold chosen on these cases"),
        precision=float(curve.precision[best]),
        recall=float(curve.recall[best]),
        n_called=int(called.sum()),
    )


def weighted_fmax(
    *, truth: ArrayLike, score: ArrayLike, weights: ArrayLike, thresholds: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Give the sample-centric Fmax of every resample.

    At each threshold t, precision is averaged over the cases with at least one finding scored t or more, recall over
    the cases with at least one true finding; Fmax is the highest 2 P R / (P + R) over the thresholds.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases, n_findings)
    score : array_like (n_cases, n_findings)
        Probabilities; no missing value.
    weights : array_like (n_resamples, n_cases)
    thresholds : array_like (n_thresholds,), optional
        0, 0.01, ..., 1 unless given.

    Returns
    -------
    ndarray (n_resamples,)
        In [0, 1]; NaN where no case has weight and a true finding.

    Notes
    -----
    Source: Strodthoff et al., IEEE JBHI 2021;25:1519 (PTB-XL benchmark), after the CAFA challenges.
    """
    who = "weighted_fmax"
    labels, values = truth_values(who, truth), np.asarray(score, dtype=np.float64)
    if labels.ndim != 2 or labels.shape != values.shape:
        raise ArgumentError(who, "truth and score", "of one shape (n_cases, n_findings)", (labels.shape, values.shape))
    if np.isnan(labels).any() or np.isnan(values).any():
        raise ArgumentError(who, "truth and score", "complete", "NaN", "Leave out cases that are not fully labelled.")
    cuts = np.linspace(0, 1, 101) if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    w = checked_weights(who, weights, labels.shape[0]).astype(np.float64)
    n_true = labels.sum(axis=1)
    called = np.stack([(values >= t).sum(axis=1) for t in cuts], axis=1)
    right = np.stack([((values >= t) & (labels == 1)).sum(axis=1) for t in cuts], axis=1)
    precision = _mean_over(w, right, called)
    recall = _mean_over(w, right, np.broadcast_to(n_true[:, None], right.shape))
    total = precision + recall
    f = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return np.where(w @ (n_true > 0) > 0, f.max(axis=1), np.nan)


def _mean_over(
    weights: NDArray[np.float64], part: NDArray[np.float64], whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average part / whole over the cases where whole is not 0; 0 where there is none."""
    share = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    weight = weights @ (whole > 0)
    mean: NDArray[np.float64] = np.divide(weights @ share, weight, out=np.zeros_like(weight), where=weight > 0)
    return mean


def fmax(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    thresholds: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
) -> Estimate:
    """Give the sample-centric Fmax of a multi-label score.

    Parameters
    ----------
    truth, score, thresholds
        As for `weighted_fmax`.
    weights : array_like (n_resamples, n_cases), optional
        Resamples for the interval; without them there is none.
    method, level
        As for `interval_from_replicates`.

    Returns
    -------
    Estimate
        In [0, 1], the highest F over thresholds chosen on these cases. Undefined where no case has a true finding.
    """
    n_cases = np.shape(truth)[0] if np.ndim(truth) else 0
    of_resamples = partial(weighted_fmax, truth=truth, score=score, thresholds=thresholds)
    value = float(of_resamples(weights=np.ones((1, n_cases), dtype=np.int8))[0])
    label = "Fmax (sample-centric), threshold chosen on these cases"
    if np.isnan(value):
        return Estimate.undefined(reason="no case has a true finding", method=label, n=n_cases, level=level)
    if weights is None:
        return Estimate(value=value, method=label, n=n_cases, level=level, reason="no resamples were given (weights)")
    replicates = of_resamples(weights=weights)
    return interval_from_replicates(
        value=value, replicates=replicates, label=label, n=n_cases, method=method, level=level
    )
