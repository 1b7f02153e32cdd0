"""How often a diseased case is scored above a healthy one: the sums that the AUC and all its variances are made of.

With psi = 1, 1/2 or 0 as the diseased case's score is above, equal to or below the healthy one's, the sums of psi over
the healthy cases (one a diseased case) and over the diseased ones come from ranks, so that no table of pairs is built:
rank among all minus rank within the own class counts the other class below, ties as one half (DeLong, DeLong and
Clarke-Pearson 1988; Sun and Xu 2014).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSums:
    """Sums of psi in each cell (reader x modality).

    Attributes
    ----------
    per_positive : ndarray (n_cells, n_positive_cases)
        Sum of psi over the healthy cases that the cell read; 0 where the cell did not read the diseased case.
    per_negative : ndarray (n_cells, n_negative_cases)
        The same over the diseased cases.
    total : ndarray (n_cells,)
        Sum of psi over all pairs.
    n_positive, n_negative : ndarray (n_cells,)
        Cases read, of each class.
    """

    per_positive: FloatArray
    per_negative: FloatArray
    total: FloatArray
    n_positive: FloatArray
    n_negative: FloatArray

    @property
    def auc(self) -> FloatArray:
        """Total over the number of pairs, (n_cells,); NaN where the cell has no pair."""
        return quotient(self.total, self.n_positive * self.n_negative)


def quotient(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide, with NaN where the denominator is 0."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result


def pair_sums(scores: FloatArray, truth: BoolArray) -> PairSums:
    """Sum psi over the pairs of each cell.

    Parameters
    ----------
    scores : ndarray (n_cells, n_cases)
        NaN where the cell did not read the case.
    truth : ndarray (n_cases,), bool
    """
    read = ~np.isnan(scores)
    # missing reads sort above everything and so are never counted as below
    filled = np.where(read, scores, np.inf)
    ranks = rankdata(filled, axis=1)
    positives, negatives = filled[:, truth], filled[:, ~truth]
    n_positive = read[:, truth].sum(axis=1).astype(np.float64)
    n_negative = read[:, ~truth].sum(axis=1).astype(np.float64)
    per_positive = ranks[:, truth] - rankdata(positives, axis=1)
    per_negative = n_positive[:, None] - (ranks[:, ~truth] - rankdata(negatives, axis=1))
    per_positive = np.where(read[:, truth], per_positive, 0.0)
    return PairSums(
        per_positive=per_positive,
        per_negative=np.where(read[:, ~truth], per_negative, 0.0),
        total=per_positive.sum(axis=1),
        n_positive=n_positive,
        n_negative=n_negative,
    )


def cluster_sums(values: FloatArray, cluster: IntArray, n_clusters: int) -> FloatArray:
    """Sum values (n_cells, n_cases) over the cases of each cluster; every cluster has a case."""
    order = np.argsort(cluster, kind="stable")
    if n_clusters == cluster.size:
        return values[:, order]
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    return np.add.reduceat(values[:, order], starts, axis=1)


def sums_within_clusters(scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
    """Sum psi over the pairs whose two cases lie in one cluster, (n_cells, n_clusters)."""
    sums = np.zeros((scores.shape[0], n_clusters))
    positive, negative = pairs_within_clusters(truth, cluster, n_clusters)
    if positive.size == 0:
        return sums
    with np.errstate(invalid="ignore"):
        psi = (np.sign(scores[:, positive] - scores[:, negative]) + 1) / 2
    starts = np.flatnonzero(np.diff(cluster[positive], prepend=-1))
    sums[:, cluster[positive][starts]] = np.add.reduceat(np.nan_to_num(psi), starts, axis=1)
    return sums


def pairs_within_clusters(truth: BoolArray, cluster: IntArray, n_clusters: int) -> tuple[IntArray, IntArray]:
    """List the (diseased, healthy) pairs that share a cluster, ordered by cluster, as two arrays of case indices."""
    positive, negative = (np.flatnonzero(of_class) for of_class in (truth, ~truth))
    positive = positive[np.argsort(cluster[positive], kind="stable")]
    negative = negative[np.argsort(cluster[negative], kind="stable")]
    count = np.bincount(cluster[negative], minlength=n_clusters)
    start = np.cumsum(count) - count
    partners = count[cluster[positive]]
    repeated = np.repeat(positive, partners)
    offset = np.arange(repeated.size) - np.repeat(np.cumsum(partners) - partners, partners)
    return repeated.astype(np.intp), negative[np.repeat(start[cluster[positive]], partners) + offset].astype(np.intp)
