"""Two yes/no outcomes of the same recordings, compared with patients as the independent unit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.stats.clusters.clustered_paired import ClusteredTables, clustered_mcnemars
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.paired import compare_many_paired_proportions

NUMBERS_AT_ONCE = 1 << 22  # of one array of rows and patients held at once


def paired_differences(first: Floats, second: Floats, cluster: Codes | None, level: float, *, empty: str) -> Estimates:
    """Return the share of `first` minus that of `second` of each row, among recordings where both are known.

    Parameters
    ----------
    first, second : ndarray, shape (n_rows, n_records)
        1 event, 0 none, NaN unknown or not concerned.
    cluster : ndarray or None, shape (n_records,)
        Patient of each record where patients repeat.
    level : float
    empty : str
        Why there is no value when no recording is left.
    """
    both = ~(np.isnan(first) | np.isnan(second))
    kinds = [both & (first == a) & (second == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    if cluster is None:
        n_both, n_first, n_second, n_neither = (kind.sum(axis=1) for kind in kinds)
        differences = compare_many_paired_proportions(
            n_both=n_both, n_only_first=n_first, n_only_second=n_second, n_neither=n_neither, level=level
        )
    else:
        differences = _clustered(kinds, cluster, level)
    nothing = ~both.any(axis=1)
    reason = np.where(nothing, empty, differences.reason).astype(object)
    return replace(differences, reason=reason, method=np.where(nothing, "Tango", differences.method).astype(object))


def _clustered(kinds: list[NDArray[np.bool_]], cluster: Codes, level: float) -> Estimates:
    """Count the pairs of every patient, some rows at a time, and compare."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    rows_at_once = max(1, NUMBERS_AT_ONCE // max(len(cluster), 1))
    parts = []
    for start in range(0, len(kinds[0]), rows_at_once):
        rows = slice(start, start + rows_at_once)
        counts = (np.add.reduceat(kind[rows][:, order], starts, axis=1, dtype=np.float64) for kind in kinds)
        parts.append(clustered_mcnemars(ClusteredTables(*counts), level=level))
    return Estimates.concatenate(parts)


def where(condition: NDArray[np.bool_], values: Floats) -> Floats:
    """Return the values where the condition holds, NaN elsewhere."""
    return np.where(condition, values, np.nan)


def correct(call: Floats, truth: Floats) -> Floats:
    """Return 1 where the call is right, 0 where it is wrong, NaN where either is unknown."""
    return np.where(np.isnan(call) | np.isnan(truth), np.nan, (call == truth).astype(float))
