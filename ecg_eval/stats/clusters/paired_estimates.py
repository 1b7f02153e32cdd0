"""Many paired differences at once, as columns of estimates.

The batch form of `paired_proportion_difference` (Tango's interval, its score test) and, where patients have several
cases, of `clustered_mcnemar`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ecg_eval.stats.clusters.clustered_paired import (
    INTERVALS,
    TESTS,
    ClusteredTables,
    chi_squared_p,
    clustered_mcnemar_statistics,
    clustered_paired_bounds,
    clustered_paired_error,
)
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.paired import DIFFERENCE_METHODS, paired_difference_bounds
from ecg_eval.stats.proportion.score_statistics import PairedTables, paired_difference_score

Floats = NDArray[np.float64]
ONE_PATIENT = "all pairs come from one patient, so that nothing is known about others"
UNTESTED = "no patient has more discordant pairs of one kind, or there is one patient: no test"


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
    n, changed = counts.n, counts.first + counts.second
    low, high = paired_difference_bounds(*counts, level=level)
    some = PairedTables(*(np.where(changed > 0, part, 1.0) for part in counts))
    z = np.where(changed > 0, paired_difference_score(some, np.zeros(n.shape)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (counts.first - counts.second) / n
        error = np.sqrt(changed - (counts.first - counts.second) ** 2 / n) / n
    return Estimates.of_columns(
        value=value,
        low=low,
        high=high,
        level=level,
        method=DIFFERENCE_METHODS["tango"],
        n=n,
        n_clusters=tables.k,
        n_discordant=changed,
        standard_error=np.where(error > 0, error, np.nan),
        statistic=z,
        p_value=2 * ndtr(-np.abs(z)),
        reason=np.where(n == 0, empty, ""),
    )


def _clustered(tables: ClusteredTables, empty: str, level: float) -> Estimates:
    n, k = tables.pairs.sum(-1), tables.k
    low, high = clustered_paired_bounds(tables, level=level)
    error = clustered_paired_error(tables)
    statistic = np.where(k > 1, clustered_mcnemar_statistics(tables), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = tables.surplus.sum(-1) / n
    known = low < high
    tested = np.isfinite(statistic)
    why = np.where(known, np.where(tested, "", UNTESTED), ONE_PATIENT)
    return Estimates.of_columns(
        value=value,
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
        level=level,
        method=f"{TESTS['obuchowski']}; difference: {INTERVALS['tango_rao_scott']}",
        n=n,
        n_clusters=k,
        n_discordant=(tables.first + tables.second).sum(-1),
        standard_error=np.where(error > 0, error, np.nan),
        statistic=np.where(tested, statistic, np.nan),
        p_value=np.where(tested, chi_squared_p(statistic), np.nan),
        reason=np.where(n == 0, empty, why),
    )
