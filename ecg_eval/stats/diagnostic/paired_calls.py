"""Two calls and the truth of the same cases, as the comparisons of two readers or models need them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.clusters.linearised import Grouping
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, complete_cases


class PairedCalls(NamedTuple):
    """Cases that have a truth and both calls.

    Attributes
    ----------
    truth, first, second : (n_cases,) float arrays of 0 and 1
    grouping : Grouping
        The patient of each case.
    """

    truth: Floats
    first: Floats
    second: Floats
    grouping: Grouping

    def among(self, truth: int) -> "PairedCalls":
        """Return the cases with this truth."""
        of_truth = self.truth == truth
        patients, codes = np.unique(self.grouping.cluster[of_truth], return_inverse=True)
        return PairedCalls(
            self.truth[of_truth], self.first[of_truth], self.second[of_truth], Grouping(codes, patients.size)
        )

    def complement(self) -> "PairedCalls":
        """Return the same cases with negative calls as the event."""
        return PairedCalls(self.truth, 1 - self.first, 1 - self.second, self.grouping)

    @property
    def table(self) -> tuple[int, int, int, int]:
        """PairedCalls with the event in both, only the first, only the second, neither."""
        a, b = float(self.first @ self.second), float(self.first @ (1 - self.second))
        c = float((1 - self.first) @ self.second)
        return int(a), int(b), int(c), int(self.truth.size - a - b - c)

    def undefined(self, reason: str, method: str, level: float) -> Estimate:
        """Return the Estimate that these cases do not allow."""
        return Estimate.undefined(
            reason=reason, method=method, n=self.truth.size, n_clusters=self.grouping.n_clusters, level=level
        )


def paired_calls(
    who: str, truth: ArrayLike, first: ArrayLike, second: ArrayLike, cluster: ArrayLike | None
) -> PairedCalls:
    """Check the arrays of a public function and leave out the cases that miss one."""
    (truth_, first_, second_), codes, k = complete_cases(who, cluster=cluster, truth=truth, first=first, second=second)
    return PairedCalls(truth_, first_, second_, Grouping(codes, k))
