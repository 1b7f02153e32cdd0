"""Many proportions at once: the batch form of `single_proportion` and `clustered_proportion`, as columns."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.clusters.cluster_totals import ClusterTotals
from ecg_eval.stats.clusters.clustered import CLUSTERED_METHODS, clustered_bounds
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.proportions import PROPORTION_METHODS, proportion_bounds

Floats = NDArray[np.float64]
CLUSTERED, ALONE = CLUSTERED_METHODS["wilson_rao_scott"], PROPORTION_METHODS["wilson"]
ONE_PATIENT = "all cases come from one patient, so that nothing is known about others"


def proportion_estimates(
    *, n_events: Floats, n_cases: Floats, repeated: bool, empty: str, level: float = 0.95
) -> Estimates:
    """Estimate many proportions, with Wilson's interval, on the effective number of cases where patients repeat.

    Parameters
    ----------
    n_events, n_cases : ndarray (..., n_patients)
        Events and cases of each patient. They need not be whole: the mean over several reference standards.
    repeated : bool
        Whether patients have several cases in this study.
    empty : str
        The reason to give where there is no case.
    level : float

    Returns
    -------
    Estimates
        One for each of the leading axes, in their order; as `single_proportion` or `clustered_proportion` gives one.
    """
    totals = ClusterTotals(n_events.reshape(-1, n_events.shape[-1]), n_cases.reshape(-1, n_cases.shape[-1]))
    if repeated:
        low, high = clustered_bounds(n_events=totals.events, n_cases=totals.cases, level=level)
        error, df = totals.standard_error, np.where(totals.k > 1, totals.k - 1, np.nan)
        unknown = ~(low < high)
    else:
        low, high = proportion_bounds(n_events=totals.x, n=totals.n, level=level)
        with np.errstate(invalid="ignore", divide="ignore"):
            error, df = np.sqrt(totals.p * (1 - totals.p) / totals.n), np.full(totals.n.shape, np.nan)
        unknown = totals.n == 0
    none = totals.n == 0
    count = np.where(none, 0, totals.k).astype(np.int64)
    return Estimates.of_columns(
        value=totals.p,
        low=np.where(unknown, np.nan, low),
        high=np.where(unknown, np.nan, high),
        level=level,
        method=CLUSTERED if repeated else ALONE,
        n=np.rint(totals.n),
        n_positive=np.rint(totals.x),
        n_clusters=count,
        standard_error=np.where(error > 0, error, np.nan),
        df=df,
        reason=np.where(none, empty, np.where(unknown, ONE_PATIENT, "")),
    )
