"""The delta method, one case at a time, so that cases of one patient can be added up before they are squared.

A proportion of sums, such as a predictive value, has the logarithm log(sum a) - log(sum b); what case i adds to its
error is a_i / sum a - b_i / sum b. Squared and summed over cases this is the multinomial delta method of the papers;
summed over patients first, it is the robust variance between patients.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from ecg_eval.stats.clusters.cluster_totals import t_quantile
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Codes, Floats


class Grouping(NamedTuple):
    """The patient of each case.

    Attributes
    ----------
    cluster : (n_cases,) int array
        From 0 to n_clusters - 1.
    n_clusters : int
    """

    cluster: Codes
    n_clusters: int

    @property
    def repeated(self) -> bool:
        """Whether any patient has more than one case."""
        return self.n_clusters < self.cluster.size

    @property
    def df(self) -> float:
        """Degrees of freedom of a variance between patients; infinite where no patient is repeated."""
        return self.n_clusters - 1 if self.repeated else float("inf")

    def covariance(self, deviations: Floats) -> Floats:
        """Return the covariance matrix of statistics from what each case adds to their errors.

        Parameters
        ----------
        deviations : (n_statistics, n_cases) array

        Returns
        -------
        (n_statistics, n_statistics) array
            Sums of products over patients, times k / (k - 1) where patients are repeated; NaN for a single one.
        """
        sums = np.stack([np.bincount(self.cluster, weights=row, minlength=self.n_clusters) for row in deviations])
        k = self.n_clusters
        factor = (k / (k - 1) if k > 1 else np.nan) if self.repeated else 1.0
        return np.asarray(factor * (sums @ sums.T))


def log_share(part: Floats, whole: Floats) -> tuple[float, Floats]:
    """Return log(sum part / sum whole), and what each case adds to its error; both sums must be above 0."""
    a, b = float(part.sum()), float(whole.sum())
    return float(np.log(a / b)), part / a - whole / b


def exponentiated(
    log_value: float, variance: float, grouping: Grouping, *, method: str, level: float, n_positive: int | None = None
) -> Estimate:
    """Return exp(log value -+ t SE) as an Estimate, with the test of a ratio of 1."""
    df = grouping.df
    words = f"{method}, between patients, t" if grouping.repeated else method
    n = grouping.cluster.size
    if not variance > 1e-30:
        return Estimate(
            value=float(np.exp(log_value)),
            level=level,
            method=words,
            n=n,
            n_positive=n_positive,
            n_clusters=grouping.n_clusters,
            reason="no case or patient differs from another: this method has no interval",
        )
    error = float(np.sqrt(variance))
    half = float(t_quantile(level, df)) * error
    statistic = log_value / error
    return Estimate(
        value=float(np.exp(log_value)),
        low=float(np.exp(log_value - half)),
        high=float(np.exp(log_value + half)),
        level=level,
        method=words,
        n=n,
        n_positive=n_positive,
        n_clusters=grouping.n_clusters,
        standard_error=error,
        df=df if grouping.repeated else None,
        statistic=statistic,
        p_value=float(2 * stdtr(df, -abs(statistic))),
    )
