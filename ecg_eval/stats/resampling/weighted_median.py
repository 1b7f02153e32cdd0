"""The median of every resample from one sort of the values."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError


def weighted_median(*, values: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Give the median of every resample: the mean of the lower and the upper one where the weights divide evenly.

    Parameters
    ----------
    values : array_like (n_cases,)
        NaN where missing; such a case has no weight.
    weights : array_like (n_resamples, n_cases)
        Multiplicities, 0 or more.

    Returns
    -------
    ndarray (n_resamples,)
        NaN where no case has weight.

    Examples
    --------
    >>> weighted_median(values=[1, 9, 4], weights=[[1, 1, 1], [0, 1, 1], [0, 0, 0]]).tolist()
    [4.0, 6.5, nan]
    """
    x, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if x.ndim != 1 or w.ndim != 2 or w.shape[1] != x.size:
        raise ArgumentError("weighted_median", "weights", f"of shape (n_resamples, {x.size})", w.shape)
    order = np.argsort(x, kind="stable")
    order = order[~np.isnan(x[order])]
    if not order.size:
        return np.full(len(w), np.nan)
    so_far = np.cumsum(w[:, order], axis=1)
    half = so_far[:, -1:] / 2
    lower = np.argmax(so_far >= half - 1e-9, axis=1)
    upper = np.argmax(so_far > half + 1e-9, axis=1)
    ordered = x[order]
    return np.where(half[:, 0] > 0, (ordered[lower] + ordered[upper]) / 2, np.nan)
