"""Two yes/no outcomes of the same recordings, compared with patients as the independent unit."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.stats.clusters.clustered_paired import clustered_mcnemar
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.paired import paired_proportion_difference


def paired_difference(first: Floats, second: Floats, cluster: Codes | None, level: float, *, empty: str) -> Estimate:
    """Return the share of `first` minus that of `second` among recordings where both are known.

    Parameters
    ----------
    first, second : ndarray, shape (n_records,)
        1 event, 0 none, NaN unknown or not concerned.
    cluster : ndarray or None, shape (n_records,)
        Patient of each record where patients repeat.
    level : float
    empty : str
        Why there is no value when no recording is left.
    """
    both = ~(np.isnan(first) | np.isnan(second))
    one, other = first[both], second[both]
    if not both.any():
        return Estimate.undefined(reason=empty, method="Tango", level=level)
    if cluster is not None:
        return clustered_mcnemar(first=one, second=other, cluster=cluster[both], level=level)
    return paired_proportion_difference(
        n_both=int(np.sum((one == 1) & (other == 1))),
        n_only_first=int(np.sum((one == 1) & (other == 0))),
        n_only_second=int(np.sum((one == 0) & (other == 1))),
        n_neither=int(np.sum((one == 0) & (other == 0))),
        level=level,
    )


def where(condition: NDArray[np.bool_], values: Floats) -> Floats:
    """Return the values where the condition holds, NaN elsewhere."""
    return np.where(condition, values, np.nan)


def correct(call: Floats, truth: Floats) -> Floats:
    """Return 1 where the call is right, 0 where it is wrong, NaN where either is unknown."""
    return np.where(np.isnan(call) | np.isnan(truth), np.nan, (call == truth).astype(float))
