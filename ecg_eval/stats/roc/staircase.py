"""The ROC staircase of a finding as a sparse matrix, so that all resamples are summed at once.

Sorting is done once a finding; a resample changes only how often each case counts. The numerator of an AUC,
sum over positives i and negatives j of w_i w_j [s_i > s_j] + half ties, needs the negatives only in sums between
neighbouring positives, so that a resample costs one addition a case at most. Those sums over all resamples are one
product of a sparse 0/1/2 matrix with the weights, cases along rows. The longest of the sums, as a rule the many
negatives below every positive, is never added up: it is the total less the others. Whole weights stay exact, in
float32 as long as twice their total is below 2**24, else in float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

CHUNK_BYTES = 2**20
"""Aimed size of a block of weights: it stays in the second-level cache for a few thousand cases."""


@dataclass(frozen=True, slots=True)
class Staircase:
    """How the cases of a finding enter the sums behind its ROC curve.

    Attributes
    ----------
    sums : scipy.sparse.csr_array (2 * n_steps + 1, n_cases)
        Rows 0 to n_steps: negatives between step k - 1 and step k, doubled, a negative tied with a step counted once
        on either side; the last of them lies above all steps. Rows after that: positives of each step.
    n_steps : int
        Runs of positives that no negative separates.
    omitted : int
        Row whose entries are left out, to be had from the total.
    mirrored : bool
        Whether positives and negatives have changed places (the smaller class makes the steps).
    not_missing : ndarray of int or None
        Cases that are not missing, where some are.
    """

    sums: sparse.csr_array
    n_steps: int
    omitted: int
    mirrored: bool
    not_missing: NDArray[np.intp] | None


def _ranges(start: NDArray[np.intp], length: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Concatenate the ranges start[k] ... start[k] + length[k] - 1; return their row k and their members."""
    row = np.repeat(np.arange(start.size), length)
    offset = np.cumsum(length) - length
    return row, np.arange(row.size) - offset[row] + start[row]


def build_staircase(truth: NDArray[np.float64], score: NDArray[np.float64]) -> Staircase | None:
    """Sort a finding once; None when a class is empty.

    Parameters
    ----------
    truth : ndarray (n_cases,)
        0, 1, NaN where missing.
    score : ndarray (n_cases,)
        NaN where missing.
    """
    missing = np.isnan(truth) | np.isnan(score)
    steps, between = np.flatnonzero((truth == 1) & ~missing), np.flatnonzero((truth == 0) & ~missing)
    if steps.size == 0 or between.size == 0:
        return None
    mirrored = steps.size > between.size
    if mirrored:
        steps, between, score = between, steps, -score
    between, steps = between[np.argsort(score[between])], steps[np.argsort(score[steps])]
    below = np.searchsorted(score[between], score[steps], side="left")
    upto = np.searchsorted(score[between], score[steps], side="right")
    first = np.flatnonzero(np.r_[True, (np.diff(below) > 0) | (np.diff(upto) > 0)])
    below, upto = below[first], upto[first]

    start, stop = np.r_[0, below], np.r_[upto, between.size]
    length = stop - start
    omitted = int(np.argmax(length))
    length[omitted] = 0
    row, member = _ranges(start, length)
    tied = (member < np.r_[0, upto][row]) | (member >= np.r_[below, between.size][row])
    # one row a step for the positives, after the rows of the negatives
    pointer = np.r_[0, np.cumsum(length), member.size + np.r_[first[1:], steps.size]]
    entries = np.r_[np.where(tied, 1, 2), np.ones(steps.size)].astype(np.float32)
    columns = np.r_[between[member], steps]
    shape = (2 * first.size + 1, truth.size)
    sums = sparse.csr_array((entries, columns.astype(np.int32), pointer.astype(np.int32)), shape=shape)
    return Staircase(sums, first.size, omitted, mirrored, np.flatnonzero(~missing) if missing.any() else None)


@dataclass(frozen=True, slots=True)
class WeightBlock:
    """Some resamples, cases along rows so that a case's weights lie side by side.

    Attributes
    ----------
    rows : slice
        Which resamples.
    columns : ndarray of float32 or float64 (n_cases, n_in_block)
    total : ndarray of float64 (n_in_block,)
        Weight of all cases in each resample.
    """

    rows: slice
    columns: NDArray[np.floating]
    total: NDArray[np.float64]


def column_blocks(weights: NDArray[np.generic]) -> Iterator[WeightBlock]:
    """Cut resamples into blocks, in the smallest float type in which their sums stay exact.

    Parameters
    ----------
    weights : ndarray (n_resamples, n_cases)
    """
    n_resamples, n_cases = weights.shape
    whole = weights.dtype.kind in "biu"
    total = weights.sum(axis=1, dtype=np.int64 if whole else np.float64)
    kind: type[np.floating] = np.float32 if whole and total.max(initial=0) < 2**23 else np.float64
    width = max(64, CHUNK_BYTES // (np.dtype(kind).itemsize * max(n_cases, 1)))
    for start in range(0, n_resamples, width):
        rows = slice(start, min(start + width, n_resamples))
        yield WeightBlock(rows, np.ascontiguousarray(weights[rows].T, dtype=kind), total[rows].astype(np.float64))


def area_under(stairs: Staircase, block: WeightBlock) -> NDArray[np.float64]:
    """Give the AUC of each resample of a block; NaN where a class has no weight."""
    n_known = (
        block.total if stairs.not_missing is None else block.columns[stairs.not_missing].sum(axis=0, dtype=np.float64)
    )
    sums = (stairs.sums @ block.columns).astype(np.float64)
    between, steps = sums[: stairs.n_steps + 1], sums[stairs.n_steps + 1 :]
    in_steps = steps.sum(axis=0)
    in_between = n_known - in_steps
    between[stairs.omitted] = 2 * in_between - between.sum(axis=0)
    # AUC = sum_k steps_k (2 below_k + tied_k) / (2 in_steps in_between)
    doubled = np.einsum("kb,kb->b", steps, np.cumsum(between[:-1], axis=0))
    pairs = 2 * in_steps * in_between
    area: NDArray[np.float64] = np.divide(doubled, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
    return area
