"""Whether deleting what was pointed at moves an answer more than deleting as much elsewhere: area between two curves.

A curve holds, for each share of a case that was deleted, how far the answer fell. Cases of one patient are drawn
together.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import draw_weights, interval_from_replicates

FEWEST_PATIENTS = 5


def area_between(*, first: ArrayLike, second: ArrayLike, shares: ArrayLike) -> NDArray[np.float64]:
    """Return the mean height of the first curve above the second, case by case, shape (n_cases,).

    The trapezoid rule over the shares from 0, where nothing is deleted and both are 0, divided by the largest share:
    in the unit of the curves, below 0 where the second lies above.

    Parameters
    ----------
    first, second : array_like (n_cases, n_shares)
    shares : array_like (n_shares,)
        Rising, above 0 and up to 1.

    Examples
    --------
    >>> area_between(first=[[1.0, 2.0]], second=[[0.0, 0.0]], shares=[0.1, 0.2]).tolist()
    [1.0]
    """
    x = np.concatenate([[0.0], np.asarray(shares, dtype=np.float64)])
    a, b = (np.asarray(curve, dtype=np.float64) for curve in (first, second))
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != x.size - 1:
        raise ArgumentError("area_between", "first and second", f"of shape (n_cases, {x.size - 1})", (a.shape, b.shape))
    if x[-1] > 1 or (np.diff(x) <= 0).any():
        raise ArgumentError("area_between", "shares", "rising, above 0 and up to 1", x[1:].tolist())
    height = np.pad(a - b, ((0, 0), (1, 0)))
    return np.asarray(np.trapezoid(height, x, axis=1) / x[-1])


def mean_by_patient(
    *, value: ArrayLike, patient: ArrayLike, label: str, n_resamples: int, level: float, rng: np.random.Generator
) -> Estimate:
    """Return the mean over cases, with a percentile interval over resampled patients.

    Parameters
    ----------
    value : array_like (n_cases,)
        NaN for a case without one, which is left out.
    patient : array_like (n_cases,)
    label : str
        What it is the mean of; begins the `method` of the result.
    n_resamples : int
    level : float
    rng : numpy Generator

    Returns
    -------
    Estimate
        Without interval for fewer than five patients, and where all cases are alike.
    """
    x, who = np.asarray(value, dtype=np.float64), np.asarray(patient)
    there = np.isfinite(x)
    x, who = x[there], who[there]
    if not x.size:
        return Estimate.undefined(reason="no case has a value", method=label, level=level)
    n_patients = len(np.unique(who))
    drawn = draw_weights(cluster=who, n_resamples=n_resamples, rng=rng)
    if n_patients < FEWEST_PATIENTS:
        reason = f"{n_patients} patients; at least {FEWEST_PATIENTS} are needed for an interval"
        return Estimate(
            value=float(x.mean()), reason=reason, method=label, level=level, n=x.size, n_clusters=n_patients
        )
    return interval_from_replicates(
        value=float(x.mean()),
        replicates=drawn @ x / drawn.sum(axis=1),
        label=label,
        n=x.size,
        n_clusters=n_patients,
        level=level,
    )
