"""Sensitivity at a given specificity and the other way round, read off the empirical ROC curve."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.roc.curve_statistics import SAME_RATE, Axis, checked_curve_inputs, curve_blocks, estimate_from_curve
from ecg_eval.stats.roc.roc_inputs import scored_cases


def _read_at(
    rising: NDArray[np.float64], read: NDArray[np.float64], at: NDArray[np.float64], focus: Axis
) -> NDArray[np.float64]:
    """Read piecewise linear curves (n_points, n) at a rising rate each; on a vertical stretch, the best."""
    last = rising.shape[0] - 1
    if focus == "specificity":
        before = np.minimum(np.sum(rising <= at + SAME_RATE, axis=0) - 1, last)
        after = np.minimum(before + 1, last)
        stay = before
    else:
        after = np.minimum(np.sum(rising < at - SAME_RATE, axis=0), last)
        before = np.maximum(after - 1, 0)
        stay = after
    x0, x1, y0, y1, here_x, here_y = (
        np.take_along_axis(curve, index[None], axis=0)[0]
        for index, curve in (
            (before, rising),
            (after, rising),
            (before, read),
            (after, read),
            (stay, rising),
            (stay, read),
        )
    )
    exact = np.abs(here_x - at) <= SAME_RATE
    step = np.divide(at - x0, x1 - x0, out=np.zeros_like(x0), where=x1 > x0)
    return np.asarray(np.where(exact, here_y, y0 + step * (y1 - y0)))


def _weighted(
    who: str, truth: ArrayLike, score: ArrayLike, weights: ArrayLike, focus: Axis, given: ArrayLike
) -> NDArray[np.float64]:
    rate = np.asarray(given, dtype=np.float64)
    if ((rate < 0) | (rate > 1)).any():
        raise ArgumentError(who, focus, "between 0 and 1", given)
    labels, values, w = checked_curve_inputs(who, truth, score, weights)
    if rate.shape not in ((), w.shape[:1]):
        raise ArgumentError(who, focus, f"one number, or one a resample ({w.shape[0]})", rate.shape)
    result = np.full(w.shape[0], np.nan)
    at = np.broadcast_to(1 - rate if focus == "specificity" else rate, w.shape[:1])
    for rows, rising, read in curve_blocks(labels, values, w, focus):
        with_both = ~np.isnan(rising[-1]) & ~np.isnan(read[-1]) & ~np.isnan(at[rows])
        result[rows] = np.where(with_both, _read_at(rising, read, np.nan_to_num(at[rows]), focus), np.nan)
    return result


def weighted_sensitivity_at_specificity(
    *, truth: ArrayLike, score: ArrayLike, weights: ArrayLike, specificity: ArrayLike
) -> NDArray[np.float64]:
    """Give the sensitivity at a specificity in every resample.

    Parameters
    ----------
    truth, score : array_like (n_cases,)
    weights : array_like (n_resamples, n_cases)
    specificity : float, or array_like (n_resamples,)
        One for all, or one for each resample, such as that of readers in the same resample; NaN for none.

    Returns
    -------
    ndarray (n_resamples,)
        NaN where a class has no weight.
    """
    return _weighted("weighted_sensitivity_at_specificity", truth, score, weights, "specificity", specificity)


def weighted_specificity_at_sensitivity(
    *, truth: ArrayLike, score: ArrayLike, weights: ArrayLike, sensitivity: float
) -> NDArray[np.float64]:
    """Give the specificity at a sensitivity in every resample.

    Parameters
    ----------
    truth, score : array_like (n_cases,)
    weights : array_like (n_resamples, n_cases)
    sensitivity : float

    Returns
    -------
    ndarray (n_resamples,)
        NaN where a class has no weight.
    """
    return _weighted("weighted_specificity_at_sensitivity", truth, score, weights, "sensitivity", sensitivity)


def sensitivity_at_specificity(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    specificity: float,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
) -> Estimate:
    """Give the sensitivity that goes with a specificity on the empirical ROC curve.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Scores that differ by rounding alone are no ties.
    specificity : float
        In [0, 1]. Between two points of the curve the sensitivity is interpolated linearly; where several points have
        this specificity, it is that of the most sensitive (as pROC).
    weights : array_like (n_resamples, n_cases), optional
        Resamples for the interval, which then allows for the choice of the threshold; without them there is none.
    cluster : array_like (n_cases,), optional
        Patient of each case, counted in the result; the weights must have been drawn by it.
    method, level
        As for `interval_from_replicates`.

    Returns
    -------
    Estimate
        In [0, 1]. Undefined where a class is empty.

    Notes
    -----
    Source: Platt, Hanley and Yang, Stat Med 2000;19:313 (bootstrap intervals).
    """
    who = "sensitivity_at_specificity"
    cases = scored_cases(who, truth, score, cluster)
    statistic = partial(_weighted, who, truth, score, focus="specificity", given=specificity)
    label = f"sensitivity at specificity {specificity:g}, interpolated"
    return estimate_from_curve(cases, label, statistic, weights, method, level)


def specificity_at_sensitivity(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    sensitivity: float,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    method: IntervalMethod = "percentile",
    level: float = 0.95,
) -> Estimate:
    """Give the specificity that goes with a sensitivity on the empirical ROC curve.

    Parameters
    ----------
    truth, score, weights, cluster, method, level
        As for `sensitivity_at_specificity`.
    sensitivity : float
        In [0, 1]. Between two points of the curve the specificity is interpolated linearly; where several points have
        this sensitivity, it is that of the most specific (as pROC).

    Returns
    -------
    Estimate
        In [0, 1]. Undefined where a class is empty.
    """
    who = "specificity_at_sensitivity"
    cases = scored_cases(who, truth, score, cluster)
    statistic = partial(_weighted, who, truth, score, focus="sensitivity", given=sensitivity)
    label = f"specificity at sensitivity {sensitivity:g}, interpolated"
    return estimate_from_curve(cases, label, statistic, weights, method, level)
