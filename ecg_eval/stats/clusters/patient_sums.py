"""Sums over the cases of each patient, for many rows at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]


def patient_sums(*, values: ArrayLike, cluster: ArrayLike | None) -> Floats:
    """Add up the values of each patient's cases.

    Parameters
    ----------
    values : array_like (..., n_cases)
    cluster : array_like of int (n_cases,), or None
        Patient of each case, numbered from 0 without gaps; None where every case is a patient of its own.

    Returns
    -------
    ndarray (..., n_patients)

    Examples
    --------
    >>> patient_sums(values=[[1, 2, 4], [0, 0, 1]], cluster=[1, 0, 1]).tolist()
    [[2.0, 5.0], [0.0, 1.0]]
    """
    cells = np.asarray(values, dtype=np.float64)
    if cluster is None:
        return cells
    codes = np.asarray(cluster)
    if codes.shape != cells.shape[-1:]:
        rule = f"one patient for each of the {cells.shape[-1]} cases"
        raise ArgumentError("patient_sums", "cluster", rule, codes.shape)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return np.asarray(np.add.reduceat(cells[..., order], starts, axis=-1))
