"""Part of a ROC curve: the area over a range of specificity or sensitivity, and one rate at a given other rate.

Between the points of the empirical curve everything is interpolated linearly, as in pROC and scikit-learn. Intervals
come from resamples (weights), since a patient moves a part of the curve in a way that no simple formula gives.
"""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.roc.curve_statistics import Axis, checked_curve_inputs, curve_blocks, estimate_from_curve
from ecg_eval.stats.roc.roc_inputs import scored_cases


def _range(
    who: str, specificity: tuple[float, float] | None, sensitivity: tuple[float, float] | None
) -> tuple[Axis, float, float]:
    """Return which rate is bounded and its bounds, low before high."""
    if (specificity is None) == (sensitivity is None):
        given = {"specificity": specificity, "sensitivity": sensitivity}
        raise ArgumentError(who, "the range", "of either specificity or sensitivity", given)
    focus: Axis = "specificity" if specificity is not None else "sensitivity"
    low, high = sorted(float(v) for v in (specificity or sensitivity or ()))
    if not 0 <= low < high <= 1:
        raise ArgumentError(who, focus, "two different numbers from 0 to 1", (low, high))
    return focus, low, high


def _area_between(
    rising: NDArray[np.float64], read: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Integrate a piecewise linear curve (n_points, n) over low to high: trapezia cut at the two ends."""
    left, right = rising[:-1], rising[1:]
    width = right - left
    slope = np.divide(np.diff(read, axis=0), width, out=np.zeros_like(width), where=width > 0)
    start, stop = np.clip(left, low, high), np.clip(right, low, high)
    middle = read[:-1] + slope * ((start + stop) / 2 - left)
    return np.asarray(np.sum((stop - start) * middle, axis=0))


def weighted_partial_auc(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    weights: ArrayLike,
    specificity: tuple[float, float] | None = None,
    sensitivity: tuple[float, float] | None = None,
    corrected: bool = False,
) -> NDArray[np.float64]:
    """Give the partial AUC of every resample.

    Parameters
    ----------
    truth, score : array_like (n_cases,)
        NaN where missing; such cases are left out.
    weights : array_like (n_resamples, n_cases)
        See `ecg_eval.stats.resampling.draws.draw_weights`.
    specificity, sensitivity, corrected
        As for `partial_auc`.

    Returns
    -------
    ndarray (n_resamples,)
        NaN where a class has no weight.
    """
    who = "weighted_partial_auc"
    focus, low, high = _range(who, specificity, sensitivity)
    labels, values, w = checked_curve_inputs(who, truth, score, weights)
    area = np.full(w.shape[0], np.nan)
    # 1 - specificity rises along the curve, so that a range of specificity is turned round
    start, stop = (1 - high, 1 - low) if focus == "specificity" else (low, high)
    for rows, rising, read in curve_blocks(labels, values, w, focus):
        area[rows] = _area_between(rising, read, start, stop)
    if not corrected:
        return area
    least, most = (2 - low - high) * (high - low) / 2, high - low
    return (1 + (area - least) / (most - least)) / 2


def partial_auc(  # noqa: PLR0913 - the range, the resamples and the interval each have their own argument
    *,
    truth: ArrayLike,
    score: ArrayLike,
    specificity: tuple[float, float] | None = None,
    sensitivity: tuple[float, float] | None = None,
    corrected: bool = False,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
) -> Estimate:
    """Give the area under the part of a ROC curve where specificity (or sensitivity) lies in a range.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Scores that differ by rounding alone are no ties.
    specificity : tuple of float, optional
        Range of specificity, such as (0.9, 1): area of sensitivity over 1 - specificity.
    sensitivity : tuple of float, optional
        Range of sensitivity: area of specificity over sensitivity. One of the two ranges is given.
    corrected : bool
        McClish: (1 + (area - least) / (most - least)) / 2, with least the area under the diagonal and most the width
        of the range. 0.5 is then chance and 1 perfect; below 0.5 is possible where the curve lies under the diagonal.
    weights : array_like (n_resamples, n_cases), optional
        Resamples for the interval; without them there is none.
    cluster : array_like (n_cases,), optional
        Patient of each case, counted in the result; the weights must have been drawn by it.
    method, level
        As for `interval_from_replicates`.

    Returns
    -------
    Estimate
        From 0 to the width of the range, or, corrected, usually from 0.5 to 1. Undefined where a class is empty.

    Notes
    -----
    Sources: McClish, Med Decis Making 1989;9:190; range of sensitivity: Jiang et al., Radiology 1996;201:745.
    """
    who = "partial_auc"
    focus, low, high = _range(who, specificity, sensitivity)
    cases = scored_cases(who, truth, score, cluster)
    label = f"partial AUC, {focus} {low:g} to {high:g}" + (", McClish-corrected" if corrected else "")
    area = partial(
        weighted_partial_auc,
        truth=truth,
        score=score,
        specificity=specificity,
        sensitivity=sensitivity,
        corrected=corrected,
    )
    return estimate_from_curve(cases, label, area, weights, method, level)
