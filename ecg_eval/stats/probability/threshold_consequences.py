"""Everything that follows from a threshold, over many thresholds at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.stats.probability.decision import decision_curve


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdConsequences:
    """What follows from calling cases positive at or above each threshold; every array (n_thresholds,).

    Attributes
    ----------
    thresholds : ndarray
    prevalence : float
    test_positive_rate : ndarray
        True and false positive rates together.
    true_positive_rate, false_positive_rate, false_negative_rate, true_negative_rate : ndarray
        Per case; they add up to 1.
    ppv, npv, sensitivity, specificity : ndarray
        NaN where the denominator is 0.
    positive_likelihood_ratio, negative_likelihood_ratio : ndarray
        sensitivity / (1 - specificity) and (1 - sensitivity) / specificity; NaN where the denominator is 0.
    n : int
        Cases that entered.
    """

    thresholds: NDArray[np.float64]
    prevalence: float
    test_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    false_positive_rate: NDArray[np.float64]
    false_negative_rate: NDArray[np.float64]
    true_negative_rate: NDArray[np.float64]
    ppv: NDArray[np.float64]
    npv: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    specificity: NDArray[np.float64]
    positive_likelihood_ratio: NDArray[np.float64]
    negative_likelihood_ratio: NDArray[np.float64]
    n: int


def threshold_consequences(
    *, truth: ArrayLike, probability: ArrayLike, thresholds: ArrayLike, prevalence: float | None = None
) -> ThresholdConsequences:
    """Give the rates, predictive values and likelihood ratios at each threshold.

    Parameters
    ----------
    truth, probability, thresholds, prevalence
        As for `decision_curve`.

    Returns
    -------
    ThresholdConsequences
        Point values; for intervals of one threshold see `ecg_eval.stats.roc.operating_points.operating_point`.
    """
    curve = decision_curve(truth=truth, probability=probability, thresholds=thresholds, prevalence=prevalence)
    tp, fp = curve.true_positive_rate, curve.false_positive_rate
    fn, tn = np.maximum(curve.prevalence - tp, 0), np.maximum(1 - curve.prevalence - fp, 0)
    sensitivity, specificity = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    return ThresholdConsequences(
        thresholds=curve.thresholds,
        prevalence=curve.prevalence,
        test_positive_rate=tp + fp,
        true_positive_rate=tp,
        false_positive_rate=fp,
        false_negative_rate=fn,
        true_negative_rate=tn,
        ppv=_ratio(tp, tp + fp),
        npv=_ratio(tn, tn + fn),
        sensitivity=sensitivity,
        specificity=specificity,
        positive_likelihood_ratio=_ratio(sensitivity, 1 - specificity),
        negative_likelihood_ratio=_ratio(1 - sensitivity, specificity),
        n=curve.n,
    )


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 1e-15)
    return ratio
