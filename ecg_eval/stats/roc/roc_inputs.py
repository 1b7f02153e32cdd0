"""What every ROC kernel asks of its arrays, checked in one place.

Truth is 1 where the finding is present by the reference standard and 0 where it is absent; NaN is missing, never
absent. A higher score speaks for presence, and infinite ones are the lowest and the highest. Scores tie where they are
equal to the last bit, never where they differ by rounding alone: no kernel can know how a score was computed, and its
user can round it. Cases with a missing truth or score are left out, and an `Estimate` counts only those that entered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCases:
    """Cases with a known truth and a score in every row, ready for a kernel.

    Attributes
    ----------
    truth : ndarray of bool (n_cases,)
    scores : ndarray of float64 (n_readers, n_cases)
    cluster : ndarray of int (n_cases,) or None
        Number of the patient, 0 to n_clusters - 1; None where each case is a patient of its own.
    complete : ndarray of int
        Positions of these cases among those that were given.
    n_given : int
        Cases that were given, with those that are missing.
    """

    truth: NDArray[np.bool_]
    scores: NDArray[np.float64]
    cluster: NDArray[np.intp] | None
    complete: NDArray[np.intp]
    n_given: int

    @property
    def n(self) -> int:
        """Count the cases."""
        return self.truth.size

    @property
    def n_positive(self) -> int:
        """Count the cases with the finding."""
        return int(np.count_nonzero(self.truth))

    @property
    def n_clusters(self) -> int:
        """Count the patients."""
        return self.n if self.cluster is None else int(np.unique(self.cluster).size)

    @property
    def one_class(self) -> str | None:
        """Say which class is empty, or None when both are there."""
        if self.n == 0:
            return "no case has both a truth and a score"
        if self.n_positive == 0:
            return "no case has the finding"
        return "every case has the finding" if self.n_positive == self.n else None


def truth_values(who: str, truth: ArrayLike, what: str = "truth") -> NDArray[np.float64]:
    """Return 0/1 values as floats, NaN where missing; refuse anything else."""
    values = np.asarray(truth, dtype=np.float64)
    odd = ~np.isnan(values) & (values != 0) & (values != 1)
    if odd.any():
        raise ArgumentError(who, what, "0, 1 or NaN (missing)", values[odd].flat[0])
    return values


def scored_cases(who: str, truth: ArrayLike, scores: ArrayLike, cluster: ArrayLike | None = None) -> ScoredCases:
    """Check truth (n_cases,), scores (n_cases,) or (n_cases, n_readers) and cluster; leave out missing cases."""
    labels = truth_values(who, truth)
    table = np.asarray(scores, dtype=np.float64)
    values = np.atleast_2d(table.T)
    if labels.ndim != 1:
        raise ArgumentError(who, "truth", "one-dimensional (n_cases,)", labels.shape)
    if values.ndim != 2 or values.shape[1] != labels.size:
        turned = table.ndim == 2 and table.shape[1] == labels.size
        remedy = "Transpose them: cases are rows, readers are columns." if turned else ""
        raise ArgumentError(who, "the scores", f"of {labels.size} cases, as many as truth", table.shape, remedy)
    groups = None if cluster is None else np.asarray(cluster)
    if groups is not None and groups.shape != labels.shape:
        raise ArgumentError(who, "cluster", f"of {labels.size} cases, as many as truth", groups.shape)
    complete = np.flatnonzero(~(np.isnan(labels) | np.isnan(values).any(axis=0)))
    codes = None if groups is None else np.unique(groups[complete], return_inverse=True)[1].astype(np.intp)
    return ScoredCases(
        truth=labels[complete] == 1, scores=values[:, complete], cluster=codes, complete=complete, n_given=labels.size
    )


def checked_weights(who: str, weights: ArrayLike, n_cases: int) -> NDArray[np.generic]:
    """Return weights (n_resamples, n_cases), none negative."""
    array = np.asarray(weights)
    if array.ndim != 2 or array.shape[1] != n_cases:
        raise ArgumentError(who, "weights", f"of shape (n_resamples, {n_cases})", array.shape)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(who, "weights", "numbers", array.dtype)
    if array.size and not array.min() >= 0:
        raise ArgumentError(who, "weights", "0 or more", array.min())
    return array
