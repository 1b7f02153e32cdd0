"""How often a call and the truth say what: the four counts, for one reading or for thousands of resamples at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.binary_data import Floats, binary_array


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionCounts:
    """True and false, positive and negative calls, and the measures that are made of them.

    Attributes
    ----------
    true_positive, false_positive, false_negative, true_negative : float arrays of one shape
        Sums of weights; whole numbers where every case weighs 1. Of no dimension for one reading without weights.

    Notes
    -----
    The measures are arrays of that shape, fractions from 0 to 1, with NaN where the denominator is 0: they feed
    resampling. For one reading with its interval, see `ecg_eval.stats.diagnostic.rates`.
    """

    true_positive: Floats
    false_positive: Floats
    false_negative: Floats
    true_negative: Floats

    @property
    def n(self) -> Floats:
        """All cases that were read."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def sensitivity(self) -> Floats:
        """TP / (TP + FN)."""
        return _share(self.true_positive, self.false_negative)

    @property
    def specificity(self) -> Floats:
        """TN / (TN + FP)."""
        return _share(self.true_negative, self.false_positive)

    @property
    def positive_predictive_value(self) -> Floats:
        """TP / (TP + FP)."""
        return _share(self.true_positive, self.false_positive)

    @property
    def negative_predictive_value(self) -> Floats:
        """TN / (TN + FN)."""
        return _share(self.true_negative, self.false_negative)

    @property
    def accuracy(self) -> Floats:
        """(TP + TN) / n."""
        return _share(self.true_positive + self.true_negative, self.false_positive + self.false_negative)

    @property
    def f1(self) -> Floats:
        """2 TP / (2 TP + FP + FN)."""
        return _share(2 * self.true_positive, self.false_positive + self.false_negative)

    @property
    def youden(self) -> Floats:
        """Sensitivity + specificity - 1, from -1 to 1; 0 is chance."""
        return self.sensitivity + self.specificity - 1


def confusion_counts(*, truth: ArrayLike, call: ArrayLike, weights: ArrayLike | None = None) -> ConfusionCounts:
    """Count true and false, positive and negative calls.

    Parameters
    ----------
    truth, call : (..., n_cases) arrays of 0, 1; NaN where missing
        The reference and what was called; leading axes (readers, findings) broadcast. A case that lacks either counts
        nowhere.
    weights : (n_cases,) or (n_resamples, n_cases) array, optional
        How often each case counts, 0 or more, in one or in many resamples: all resamples, readers and findings are
        counted in one matrix product.

    Returns
    -------
    ConfusionCounts
        Arrays of shape ``(...)`` without weights, or with one row of them, and ``(n_resamples, ...)`` with a matrix.

    Raises
    ------
    ArgumentError
        For other values than 0, 1 and NaN, shapes that do not fit, negative weights.

    Examples
    --------
    >>> counts = confusion_counts(truth=[1, 1, 0, 0], call=[1, 0, 0, 0], weights=[[1, 1, 1, 1], [2, 0, 1, 1]])
    >>> counts.sensitivity
    array([0.5, 1. ])
    """
    who = "confusion_counts"
    reference, called = binary_array(who, "truth", truth), binary_array(who, "call", call)
    if reference.ndim == 0 or called.ndim == 0 or reference.shape[-1] != called.shape[-1]:
        raise ArgumentError(who, "call", "of shape (..., n_cases) like truth", (reference.shape, called.shape))
    try:
        reference, called = np.broadcast_arrays(reference, called)
    except ValueError:
        rule = "of a shape that broadcasts with truth"
        raise ArgumentError(who, "call", rule, (reference.shape, called.shape)) from None
    # comparisons with NaN are false, so that a missing value enters no cell
    cells = np.stack(
        [
            (reference == 1) & (called == 1),
            (reference == 0) & (called == 1),
            (reference == 1) & (called == 0),
            (reference == 0) & (called == 0),
        ]
    ).astype(np.float64)
    counts = cells.sum(-1) if weights is None else _weighted(who, cells, weights)
    return ConfusionCounts(
        true_positive=counts[0], false_positive=counts[1], false_negative=counts[2], true_negative=counts[3]
    )


def _weighted(who: str, cells: Floats, weights: ArrayLike) -> Floats:
    matrix = np.asarray(weights, dtype=np.float64)
    n_cases = cells.shape[-1]
    if matrix.ndim not in (1, 2) or matrix.shape[-1] != n_cases or not np.all(matrix >= 0):
        rule = f"of shape (n_cases,) or (n_resamples, n_cases) with n_cases = {n_cases}, 0 or more"
        raise ArgumentError(who, "weights", rule, matrix.shape)
    flat = matrix @ cells.reshape(-1, n_cases).T
    counts = flat.reshape(*matrix.shape[:-1], *cells.shape[:-1])
    return np.moveaxis(counts, matrix.ndim - 1, 0)


def _share(part: Floats, rest: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(part / np.asarray(part + rest))
