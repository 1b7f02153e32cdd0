"""Many paired differences at once, as columns of estimates.

The batch form of `compare_paired_proportions` (Tango's interval, its score test) and, where patients have several
cases, of `clustered_mcnemar`.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.clusters.clustered_paired import ClusteredTables, clustered_mcnemars
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.paired import compare_many_paired_proportions
from ecg_eval.stats.proportion.score_statistics import PairedTables

Floats = NDArray[np.float64]


class Pairs(NamedTuple):
    """Two calls on the same cases.

    Attributes
    ----------
    first, second : ndarray (..., n_cases)
        1 event, 0 none, NaN unknown or not concerned; a case counts where both are known.
    cluster : ndarray of int (n_cases,), or None
        Patient of each case, from 0; None where every case is a patient of its own.
    """

    first: Floats
    second: Floats
    cluster: NDArray[np.int64] | None

    def tables(self) -> ClusteredTables:
        """Count the pairs of each patient, (..., n_patients)."""
        both = ~(np.isnan(self.first) | np.isnan(self.second))
        one, two = self.first == 1, self.second == 1
        kinds = (both & one & two, both & one & ~two, both & ~one & two, both & ~one & ~two)
        return ClusteredTables(*(patient_sums(values=kind, cluster=self.cluster) for kind in kinds))


def paired_estimates(tables: ClusteredTables, *, repeated: bool, empty: str, level: float = 0.95) -> Estimates:
    """Estimate and test many paired differences, first - second.

    Parameters
    ----------
    tables : ClusteredTables
        Pairs of each patient, (..., n_patients).
    repeated : bool
        Whether patients have several cases in this study.
    empty : str
        The reason to give where there is no pair.
    level : float

    Returns
    -------
    Estimates
        One for each of the leading axes, in their order.
    """
    flat = ClusteredTables(*(part.reshape(-1, part.shape[-1]) for part in tables))
    return _clustered(flat, empty, level) if repeated else _alone(flat, empty, level)


def _alone(tables: ClusteredTables, empty: str, level: float) -> Estimates:
    counts = PairedTables(*(part.sum(-1) for part in tables))
    differences = compare_many_paired_proportions(
        n_both=counts.both,
        n_only_first=counts.first,
        n_only_second=counts.second,
        n_neither=counts.neither,
        level=level,
    )
    return replace(_told(differences, empty), n_clusters=tables.k.astype(np.int64))


def _clustered(tables: ClusteredTables, empty: str, level: float) -> Estimates:
    differences = _told(clustered_mcnemars(tables, level=level), empty)
    return replace(differences, n_clusters=np.maximum(differences.n_clusters, 0))


def _told(estimates: Estimates, empty: str) -> Estimates:
    return replace(estimates, reason=np.where(estimates.n == 0, empty, estimates.reason).astype(object))
