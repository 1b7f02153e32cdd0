"""The points of an empirical ROC curve."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.roc.roc_inputs import scored_cases

ThresholdStyle = Literal["midpoint", "observed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RocCurve:
    """All points of an empirical ROC curve, from the highest threshold (none positive) to the lowest (all positive).

    Attributes
    ----------
    thresholds : ndarray (n_points,)
        A case is positive at or above the threshold. The first is infinity, and the last minus infinity where
        thresholds are midpoints.
    sensitivity, specificity : ndarray (n_points,)
    true_positives, false_positives : ndarray of int (n_points,)
    n_positive, n_negative : int
    """

    thresholds: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    specificity: NDArray[np.float64]
    true_positives: NDArray[np.intp]
    false_positives: NDArray[np.intp]
    n_positive: int
    n_negative: int


def roc_curve(*, truth: ArrayLike, score: ArrayLike, thresholds: ThresholdStyle = "midpoint") -> RocCurve:
    """Give the points of the empirical ROC curve, one a distinct score.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Scores that differ by rounding alone are different.
    thresholds : {"midpoint", "observed"}
        Half way between neighbouring scores, as pROC; or the scores themselves, as scikit-learn. Sensitivity and
        specificity are the same.

    Returns
    -------
    RocCurve

    Raises
    ------
    ArgumentError
        Where a class is empty, since one of the two axes does not exist then.

    Examples
    --------
    >>> roc_curve(truth=[0, 1, 1], score=[1, 2, 3], thresholds="observed").sensitivity.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    who = "roc_curve"
    if thresholds not in ("midpoint", "observed"):
        raise ArgumentError(who, "thresholds", "one of midpoint, observed", thresholds)
    cases = scored_cases(who, truth, score)
    if cases.one_class:
        raise ArgumentError(who, "truth", "with cases of both classes", cases.one_class)
    order = np.argsort(-cases.scores[0], kind="stable")
    values, positive = cases.scores[0][order], cases.truth[order]
    last = np.r_[np.flatnonzero(values[1:] != values[:-1]), values.size - 1]  # last case of each distinct score
    distinct = values[last]
    tp, fp = np.cumsum(positive)[last], np.cumsum(~positive)[last]
    # half of each first, so that scores near the largest float do not overflow
    middle = distinct[:-1] / 2 + distinct[1:] / 2
    # neighbours too close (or infinite) for a number between them: the upper score itself
    midpoints = np.r_[np.where(middle > distinct[1:], middle, distinct[:-1]), -np.inf]
    n_positive = cases.n_positive
    return RocCurve(
        thresholds=np.r_[np.inf, midpoints if thresholds == "midpoint" else distinct],
        sensitivity=np.r_[0, tp] / n_positive,
        specificity=1 - np.r_[0, fp] / (cases.n - n_positive),
        true_positives=np.r_[0, tp],
        false_positives=np.r_[0, fp],
        n_positive=n_positive,
        n_negative=cases.n - n_positive,
    )
