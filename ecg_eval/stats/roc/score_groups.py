"""Cases grouped from the highest score down, and the weight of either class in each group over all resamples.

A ROC or precision-recall curve changes only between groups of cases with equal scores. Neighbouring groups that cannot
change the curve's shape are joined first, so that a resample costs one addition a case and a few more a corner.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecg_eval.stats.roc.staircase import WeightBlock


@dataclass(frozen=True, slots=True)
class ScoreGroups:
    """Groups of cases in descending order of score.

    Attributes
    ----------
    members : scipy.sparse.csr_array (2 * n_groups, n_cases)
        1 where a case is in the group; the positives of all groups first, then the negatives.
    n_groups : int
    """

    members: sparse.csr_array
    n_groups: int

    def sums(self, block: WeightBlock) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the weight of the positives and of the negatives in each group, both (n_groups, n_in_block)."""
        both = (self.members @ block.columns).astype(np.float64)
        return both[: self.n_groups], both[self.n_groups :]


def group_by_score(
    truth: NDArray[np.float64], score: NDArray[np.float64], *, join: Literal["curve", "precision"]
) -> ScoreGroups | None:
    """Group the cases of a finding; None when it has no positive case.

    Parameters
    ----------
    truth, score : ndarray (n_cases,)
        NaN where missing; such cases belong to no group.
    join : {"curve", "precision"}
        "curve" joins neighbouring scores of positives only, and of negatives only, which keeps the ROC curve;
        "precision" joins negatives with the next lower score that has a positive, and leaves out those below all
        positives, which keeps the precision at every positive.
    """
    complete = np.flatnonzero(~(np.isnan(truth) | np.isnan(score)))
    order = complete[np.argsort(-score[complete], kind="stable")]
    positive, values = truth[order] == 1, score[order]
    if not positive.any():
        return None
    starts = np.r_[0, np.flatnonzero(values[1:] != values[:-1]) + 1]
    n_positive = np.add.reduceat(positive.astype(np.intp), starts)
    size = np.diff(np.r_[starts, order.size])
    if join == "precision":
        has_positive = n_positive > 0
        group_of_value: NDArray[np.intp] = np.cumsum(has_positive) - has_positive
        n_groups = int(has_positive.sum())
    else:
        kind = np.where(n_positive == 0, 0, np.where(n_positive == size, 1, 2))
        new_group = (np.diff(kind) != 0) | (kind[1:] == 2)
        group_of_value = np.cumsum(np.r_[0, new_group.astype(np.intp)])
        n_groups = int(group_of_value[-1]) + 1
    group: NDArray[np.intp] = np.repeat(group_of_value, size)
    row = np.where(positive, group, group + n_groups)
    in_use = group < n_groups
    entries = np.ones(int(in_use.sum()), dtype=np.float32)
    shape = (2 * n_groups, truth.size)
    return ScoreGroups(sparse.csr_array((entries, (row[in_use], order[in_use])), shape=shape), n_groups)


def rates(groups: ScoreGroups, block: WeightBlock) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give false and true positive rates down the scores, each (n_groups + 1, n_in_block), from 0 to 1.

    NaN where a class has no weight.
    """
    positive, negative = groups.sums(block)
    return _share_so_far(negative), _share_so_far(positive)


def _share_so_far(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the share of a class (n_groups, n) that lies in the groups so far, a row of zeros first."""
    so_far = np.cumsum(np.vstack([np.zeros((1, weight.shape[1])), weight]), axis=0)
    share: NDArray[np.float64] = np.divide(so_far, so_far[-1], out=np.full(so_far.shape, np.nan), where=so_far[-1] > 0)
    return share
