"""What readers say of each case: the share of each answer, and the answer of most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Votes of each case.

    Attributes
    ----------
    counts : ndarray, shape (n_cases, n_classes)
    """

    counts: Floats

    @property
    def shares(self) -> Floats:
        """Share of each answer, shape (n_cases, n_classes), rows summing to 1; NaN for a case without an answer."""
        total = self.counts.sum(axis=1, keepdims=True)
        shares: Floats = np.divide(self.counts, total, out=np.full_like(self.counts, np.nan), where=total > 0)
        return shares

    @property
    def leading(self) -> NDArray[np.bool_]:
        """Whether a class has the most votes of a case, alone or with others, shape (n_cases, n_classes)."""
        most = self.counts.max(axis=1, keepdims=True)
        return np.asarray((self.counts == most) & (most > 0), bool)

    @property
    def is_tied(self) -> NDArray[np.bool_]:
        """Whether several classes share the most votes, shape (n_cases,)."""
        return np.asarray(self.leading.sum(axis=1) > 1, bool)

    @property
    def majority(self) -> Floats:
        """Class with the most votes, shape (n_cases,); NaN for a tie or no vote."""
        alone = self.leading.sum(axis=1) == 1
        return np.where(alone, self.leading.argmax(axis=1), np.nan)


def count_votes(*, answers: ArrayLike, n_classes: int = 2) -> Votes:
    """Count answers.

    Parameters
    ----------
    answers : array_like, shape (n_cases, n_readers)
        Classes from 0 to n_classes - 1; NaN for none.
    n_classes : int

    Examples
    --------
    >>> votes = count_votes(answers=[[1, 1, 0], [1, 0, np.nan]])
    >>> print(votes.majority, votes.is_tied)
    [ 1. nan] [False  True]
    """
    return Votes(indicators("count_votes", answers, n_classes).sum(axis=1))


def indicators(who: str, answers: ArrayLike, n_classes: int) -> Floats:
    """Return 1 where a reader gave an answer, shape (n_cases, n_readers, n_classes)."""
    given = np.asarray(answers, float)
    if given.ndim != 2 or n_classes < 2:
        raise ArgumentError(who, "answers", "of shape (n_cases, n_readers), in two classes or more", given.shape)
    classes = np.arange(n_classes)
    if not (np.isnan(given) | np.isin(given, classes)).all():
        rule = f"whole numbers from 0 to {n_classes - 1}, NaN for none"
        raise ArgumentError(who, "answers", rule, float(given[~np.isnan(given)].max()))
    return np.asarray(given[:, :, None] == classes, float)
