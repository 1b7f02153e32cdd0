"""Two-by-two counts of several studies; what a study does not tell is NaN and leaves the rest of it in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]

CORRECTIONS = ("studies_with_zero", "all_if_any_zero", "none")


@dataclass(frozen=True, slots=True, eq=False)
class StudyCounts:
    """Counts of ECGs, one a study.

    Attributes
    ----------
    true_positive, false_negative, false_positive, true_negative : ndarray, shape (n_studies,)
        At least 0; NaN in both of a pair that a study does not tell.
    """

    true_positive: Floats
    false_negative: Floats
    false_positive: Floats
    true_negative: Floats

    @classmethod
    def of(
        cls,
        *,
        true_positive: ArrayLike,
        false_negative: ArrayLike,
        false_positive: ArrayLike,
        true_negative: ArrayLike,
    ) -> "StudyCounts":
        """Check counts and take them in; a pair of which one is missing, or which is 0 of 0, is not told."""
        given = (true_positive, false_negative, false_positive, true_negative)
        arrays = [np.array(counts, float) for counts in given]
        if any(a.ndim != 1 or a.shape != arrays[0].shape for a in arrays):
            raise ArgumentError("StudyCounts", "counts", "four of one length", [a.shape for a in arrays])
        if any((a < 0).any() for a in arrays):
            raise ArgumentError("StudyCounts", "counts", "0 or more", "a negative count")
        for first, second in (arrays[:2], arrays[2:]):
            lost = ~(first + second > 0)
            first[lost] = second[lost] = np.nan
        return cls(*arrays)

    def __len__(self) -> int:
        """Count the studies."""
        return len(self.true_positive)

    @property
    def n_with_zero(self) -> int:
        """Count the studies with a 0 among their counts."""
        return int(self._has_zero().sum())

    def successes(self) -> tuple[Floats, Floats]:
        """Return right calls and trials, shape (n_studies, 2) each: of those with the finding, and of those without."""
        right = np.column_stack([self.true_positive, self.true_negative])
        wrong = np.column_stack([self.false_negative, self.false_positive])
        return right, right + wrong

    def logits(self, correction: str) -> tuple[Floats, Floats]:
        """Return logits of sensitivity and specificity and their variances, shape (n_studies, 2) each.

        Parameters
        ----------
        correction : {"studies_with_zero", "all_if_any_zero", "none"}
            To which studies 0.5 is added, in all four counts (mada's correction.control: "single", "all", "none").
        """
        right, trials = self.successes()
        add = np.zeros(len(self))
        if correction == "studies_with_zero":
            add = np.where(self._has_zero(), 0.5, 0.0)
        elif correction == "all_if_any_zero" and self.n_with_zero:
            add = np.full(len(self), 0.5)
        right, wrong = right + add[:, None], trials - right + add[:, None]
        return np.log(right / wrong), 1 / right + 1 / wrong

    def _has_zero(self) -> NDArray[np.bool_]:
        four = (self.true_positive, self.false_negative, self.false_positive, self.true_negative)
        return np.asarray(np.logical_or.reduce([counts == 0 for counts in four]), bool)
