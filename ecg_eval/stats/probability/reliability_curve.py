"""A smooth reliability curve with a pointwise band."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.lowess import smoothing_weights
from ecg_eval.stats.probability.probability_inputs import predicted_cases, units_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityCurve:
    """Smoothed share of cases with the finding over the predicted probability.

    Attributes
    ----------
    predicted : ndarray (n_points,)
    observed : ndarray (n_points,)
        In [0, 1].
    low, high : ndarray (n_points,)
        Pointwise band, cut to [0, 1].
    level : float
    n : int
        Cases that entered.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float
    n: int


def reliability_curve(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    cluster: ArrayLike | None = None,
    at: ArrayLike | None = None,
    span: float = 2 / 3,
    level: float = 0.95,
) -> ReliabilityCurve:
    """Smooth the outcome over the prediction by local lines, with a pointwise band.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1].
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    at : array_like (n_points,), optional
        Predictions at which to read the curve; 101 points between the smallest and the largest unless given. Beyond
        those it is NaN.
    span : float
        Share of the cases in a window.
    level : float
        Pointwise coverage of the band.

    Returns
    -------
    ReliabilityCurve
        On the diagonal when calibrated. The band is sum_u (sum over a patient's cases of weight x residual)^2 to
        either side; it does not hold for the curve as a whole.

    Raises
    ------
    ArgumentError
        With fewer than two cases.

    Notes
    -----
    Sources: Cleveland 1979 (smoother); Austin and Steyerberg, Stat Med 2014;33:517 (its use for calibration).
    """
    who = "reliability_curve"
    cases = predicted_cases(who, truth, probability, cluster)
    if cases.n < 2:
        raise ArgumentError(who, "truth", "of two cases or more", cases.n)
    p, y = cases.scores[0], cases.truth.astype(np.float64)
    points = np.linspace(p.min(), p.max(), 101) if at is None else np.asarray(at, dtype=np.float64)
    unit = units_of(cases)
    observed, error = (np.full(points.shape, np.nan) for _ in range(2))
    fitted = np.empty(cases.n)
    order = np.argsort(p, kind="stable")
    grid = np.linspace(p.min(), p.max(), 101)
    fitted[order] = np.interp(p[order], grid, [smoothing_weights(p[order], g, span) @ y[order] for g in grid])
    residual = (y - np.clip(fitted, 0, 1))[order]
    for index in np.flatnonzero((points >= p.min()) & (points <= p.max())):
        weight = smoothing_weights(p[order], points[index], span)
        observed[index] = weight @ y[order]
        error[index] = np.sqrt(np.sum(np.bincount(unit[order], weights=weight * residual) ** 2))
    half = float(ndtri((1 + level) / 2)) * error
    return ReliabilityCurve(
        predicted=points,
        observed=np.clip(observed, 0, 1),
        low=np.clip(observed - half, 0, 1),
        high=np.clip(observed + half, 0, 1),
        level=level,
        n=cases.n,
    )
