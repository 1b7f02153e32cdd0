"""Means over many resamples at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError


def weighted_mean(*, values: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Give the weighted mean of values in every resample, sum w v / sum w.

    Parameters
    ----------
    values : array_like (n_cases,)
    weights : array_like (n_resamples, n_cases)
        Multiplicities, 0 or more.

    Returns
    -------
    ndarray (n_resamples,)
        NaN where a resample has drawn no case.

    Raises
    ------
    ArgumentError
        For shapes that do not belong together.
    """
    v, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if v.ndim != 1 or w.ndim != 2 or w.shape[1] != v.size:
        rule = "of shapes (n_cases,) and (n_resamples, n_cases)"
        raise ArgumentError("weighted_mean", "values and weights", rule, (v.shape, w.shape))
    total = w.sum(axis=1)
    mean: NDArray[np.float64] = np.divide(w @ v, total, out=np.full(len(w), np.nan), where=total > 0)
    return mean
