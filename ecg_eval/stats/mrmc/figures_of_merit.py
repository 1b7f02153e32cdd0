"""What is measured in one cell (one reader in one modality), and what it would be without one patient.

A figure of merit turns the scores of all cells into one number a cell. The jackknife needs the same number without each
patient in turn; closed forms give all of them at once for the AUC and for proportions, so that no loop over cases is
needed. Any other statistic may be given as a function of (truth, score); it is then called once a patient.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.pair_sums import cluster_sums, pair_sums, quotient, sums_within_clusters
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, IntArray

CasesUsed = Literal["all", "positive", "negative"]
Statistic = Callable[[BoolArray, FloatArray], float]


class FigureOfMerit(ABC):
    """A number that says how well one cell's scores tell diseased from healthy.

    Attributes
    ----------
    name : str
        As a paper would print it.
    bounds : (float, float) or None
        Smallest and largest possible value.
    cases_used : {"all", "positive", "negative"}
        Cases that enter; the jackknife leaves out only those, as MRMCaov does for sensitivity and specificity.
    by_order : bool
        Whether nothing but the order of scores counts, so that infinite ones are as good as any. Scores are equal where
        they are so to the last bit: round those that were computed by ways that differ.
    """

    name: str
    bounds: tuple[float, float] | None = (0.0, 1.0)
    cases_used: CasesUsed = "all"
    by_order: ClassVar[bool] = False

    @abstractmethod
    def values(self, scores: FloatArray, truth: BoolArray) -> FloatArray:
        """Return the figure of each cell, (n_cells,), from scores (n_cells, n_cases); NaN where it is undefined."""

    @abstractmethod
    def left_out(self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        """Return the figure of each cell without each cluster in turn, (n_cells, n_clusters).

        A cluster that a cell did not read leaves its figure unchanged.
        """

    def with_left_out(
        self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return both, for figures that share work between them."""
        return self.values(scores, truth), self.left_out(scores, truth, cluster, n_clusters)


class AreaUnderCurve(FigureOfMerit):
    """Area under the empirical ROC curve: the chance that a diseased case is scored above a healthy one, ties 1/2."""

    name = "AUC"
    by_order = True

    def values(self, scores: FloatArray, truth: BoolArray) -> FloatArray:
        """Return the AUC of each cell."""
        return pair_sums(scores, truth).auc

    def left_out(self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        """Return the AUCs without each cluster: the pairs that have a case in it are taken off the sum of psi."""
        return self.with_left_out(scores, truth, cluster, n_clusters)[1]

    def with_left_out(
        self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return both from one ranking."""
        sums = pair_sums(scores, truth)
        per_case = np.zeros(scores.shape)
        per_case[:, truth], per_case[:, ~truth] = sums.per_positive, sums.per_negative
        lost = cluster_sums(per_case, cluster, n_clusters)
        if n_clusters < cluster.size:
            lost -= sums_within_clusters(scores, truth, cluster, n_clusters)
        read = ~np.isnan(scores)
        n_positive = sums.n_positive[:, None] - cluster_sums((read & truth).astype(float), cluster, n_clusters)
        n_negative = sums.n_negative[:, None] - cluster_sums((read & ~truth).astype(float), cluster, n_clusters)
        return sums.auc, quotient(sums.total[:, None] - lost, n_positive * n_negative)


@dataclass(frozen=True)
class Proportion(FigureOfMerit):
    """A proportion of calls (scores 0 and 1): successes over trials, both sums over cases.

    Parameters
    ----------
    name : str
        Name of the proportion.
    successes, trials : callable of (call, truth) -> ndarray
        What each case adds to numerator and denominator; call and truth are boolean and broadcast.
    cases_used : {"all", "positive", "negative"}
        See `FigureOfMerit`.
    """

    name: str
    successes: Callable[[BoolArray, BoolArray], BoolArray]
    trials: Callable[[BoolArray, BoolArray], BoolArray]
    cases_used: CasesUsed = "all"

    def _terms(self, scores: FloatArray, truth: BoolArray) -> tuple[FloatArray, FloatArray]:
        read = ~np.isnan(scores)
        if not np.isin(scores[read], (0.0, 1.0)).all():
            remedy = "Turn scores into calls at a threshold first."
            raise ArgumentError(self.name, "score", "0 or 1 for a figure of merit of calls", "other values", remedy)
        call = scores == 1.0
        truth_of_reads = np.broadcast_to(truth, scores.shape)
        successes = self.successes(call, truth_of_reads) & read
        trials = self.trials(call, truth_of_reads) & read
        return successes.astype(np.float64), trials.astype(np.float64)

    def values(self, scores: FloatArray, truth: BoolArray) -> FloatArray:
        """Return successes over trials of each cell."""
        successes, trials = self._terms(scores, truth)
        return quotient(successes.sum(axis=1), trials.sum(axis=1))

    def left_out(self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        """Return the proportions with each cluster's successes and trials taken off."""
        remaining = [
            term.sum(axis=1, keepdims=True) - cluster_sums(term, cluster, n_clusters)
            for term in self._terms(scores, truth)
        ]
        return quotient(*remaining)


@dataclass(frozen=True)
class UserStatistic(FigureOfMerit):
    """Any statistic of one cell, given as a function of (truth, score) of the cases that the cell read.

    Called once a cell and once for each cluster that the cell read (once for each distinct pair of truth and score
    where every case is a cluster of its own). A value that is not finite counts as undefined.

    Parameters
    ----------
    statistic : callable (truth (n,), score (n,)) -> float
    name : str
    bounds : (float, float) or None
    cases_used : {"all", "positive", "negative"}
        See `FigureOfMerit`.
    """

    statistic: Statistic
    name: str = "user statistic"
    bounds: tuple[float, float] | None = None
    cases_used: CasesUsed = "all"

    def _value(self, truth: BoolArray, score: FloatArray) -> float:
        value = float(self.statistic(truth, score)) if truth.size else np.nan
        return value if np.isfinite(value) else np.nan

    def values(self, scores: FloatArray, truth: BoolArray) -> FloatArray:
        """Return the statistic of each cell."""
        return np.array([self._value(truth[~np.isnan(row)], row[~np.isnan(row)]) for row in scores])

    def left_out(self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        """Return the statistic of each cell without each cluster."""
        result = np.repeat(self.values(scores, truth)[:, None], n_clusters, axis=1)
        for row, target in zip(scores, result, strict=True):
            read = ~np.isnan(row)
            score, status, unit = row[read], truth[read], cluster[read]
            alike = unit
            if n_clusters == cluster.size:  # cases with the same truth and score leave the same others behind
                alike = np.unique(np.stack((status, score)), axis=1, return_inverse=True)[1].reshape(-1)
            for group in np.unique(alike):
                members = unit[alike == group]
                rest = unit != members[0]
                target[members] = self._value(status[rest], score[rest])
        return result


SENSITIVITY = Proportion("sensitivity", lambda call, truth: call & truth, lambda _, truth: truth, "positive")
SPECIFICITY = Proportion("specificity", lambda call, truth: ~call & ~truth, lambda _, truth: ~truth, "negative")
ACCURACY = Proportion("accuracy", lambda call, truth: call == truth, lambda _, truth: truth | ~truth)
POSITIVE_PREDICTIVE_VALUE = Proportion(
    "positive predictive value", lambda call, truth: call & truth, lambda call, _: call
)
NEGATIVE_PREDICTIVE_VALUE = Proportion(
    "negative predictive value", lambda call, truth: ~call & ~truth, lambda call, _: ~call
)
