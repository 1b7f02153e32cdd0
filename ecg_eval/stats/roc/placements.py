"""Placement values and the covariance of AUCs that follows from them, for cases that have been checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.roc.roc_inputs import ScoredCases

ZERO_VARIANCE = 1e-15
"""A DeLong variance below this is rounding noise about 0."""


def placements(cases: ScoredCases) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give V10 (n_readers, n_positive) and V01 (n_readers, n_negative); both classes have cases.

    The place of a score in the sorted scores of the other class, ties half way, is the share below it: n log n.
    """
    positive, negative = cases.scores[:, cases.truth], cases.scores[:, ~cases.truth]
    above = np.stack([_share_below(p, np.sort(n)) for p, n in zip(positive, negative, strict=True)])
    below = np.stack([_share_below(n, np.sort(p)) for p, n in zip(positive, negative, strict=True)])
    return above, 1 - below


def _share_below(scores: NDArray[np.float64], rising: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the share of `rising` below each score, ties counted one half."""
    order = np.argsort(scores)  # looked up in order, neighbours stay in the cache
    ordered = scores[order]
    share = np.empty(scores.size)
    share[order] = np.searchsorted(rising, ordered, side="left") + np.searchsorted(rising, ordered, side="right")
    return share / (2 * rising.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class AurocCovariance:
    """Covariance of the AUCs of several readers of the same cases, by where it comes from.

    Attributes
    ----------
    of_positives, of_negatives : ndarray (n_readers, n_readers)
        S10 / n_positive and S01 / n_negative, the share of either class.
    within_patients : ndarray (n_readers, n_readers)
        What patients with cases of both classes add; 0 where each case is a patient of its own.
    n_positive_units, n_negative_units : int
        Independent units with a case of the class.
    """

    of_positives: NDArray[np.float64]
    of_negatives: NDArray[np.float64]
    within_patients: NDArray[np.float64]
    n_positive_units: int
    n_negative_units: int

    @property
    def total(self) -> NDArray[np.float64]:
        """Add the parts."""
        return self.of_positives + self.of_negatives + self.within_patients

    def contrast(self, weights: NDArray[np.float64]) -> tuple[float, float]:
        """Give the variance of a contrast of AUCs and its Satterthwaite degrees of freedom.

        df = (v1 + v0)^2 / (v1^2 / (units1 - 1) + v0^2 / (units0 - 1)) with v1, v0 the shares of the two classes, as
        Brunner and Munzel (2000) have it for one AUC. Infinite where both shares are 0.
        """
        v1 = float(weights @ self.of_positives @ weights)
        v0 = float(weights @ self.of_negatives @ weights)
        lost = v1**2 / (self.n_positive_units - 1) + v0**2 / (self.n_negative_units - 1)
        return float(weights @ self.total @ weights), (v1 + v0) ** 2 / lost if lost > 0 else np.inf


def auroc_covariance(
    cases: ScoredCases, placed: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
) -> AurocCovariance | None:
    """Give the covariance of the AUCs, or None with fewer than two independent units in a class."""
    of_positives, of_negatives = placements(cases) if placed is None else placed
    auc = of_positives.mean(axis=1, keepdims=True)
    p_dev = (of_positives - auc) / of_positives.shape[1]
    n_dev = (of_negatives - auc) / of_negatives.shape[1]
    none_within = np.zeros((auc.size, auc.size))
    if cases.cluster is None:
        if min(p_dev.shape[1], n_dev.shape[1]) < 2:
            return None
        return _from_deviations(p_dev, n_dev, none_within)
    p_units, p_unit = np.unique(cases.cluster[cases.truth], return_inverse=True)
    n_units, n_unit = np.unique(cases.cluster[~cases.truth], return_inverse=True)
    if min(p_units.size, n_units.size) < 2:
        return None
    p_dev, n_dev = _sum_by(p_dev, p_unit, p_units.size), _sum_by(n_dev, n_unit, n_units.size)
    _, in_p, in_n = np.intersect1d(p_units, n_units, return_indices=True)
    n_all = cases.n_clusters
    cross = n_all / (n_all - 1) * p_dev[:, in_p] @ n_dev[:, in_n].T
    return _from_deviations(p_dev, n_dev, cross + cross.T)


def _from_deviations(
    p_dev: NDArray[np.float64], n_dev: NDArray[np.float64], within: NDArray[np.float64]
) -> AurocCovariance:
    """Square deviations (n_readers, n_units) that are already divided by the class size."""
    p_units, n_units = p_dev.shape[1], n_dev.shape[1]
    return AurocCovariance(
        of_positives=p_units / (p_units - 1) * p_dev @ p_dev.T,
        of_negatives=n_units / (n_units - 1) * n_dev @ n_dev.T,
        within_patients=within,
        n_positive_units=p_units,
        n_negative_units=n_units,
    )


def _sum_by(values: NDArray[np.float64], unit: NDArray[np.intp], n_units: int) -> NDArray[np.float64]:
    """Sum the columns of values (n_readers, n_cases) that belong to the same unit."""
    return np.stack([np.bincount(unit, weights=row, minlength=n_units) for row in values])
