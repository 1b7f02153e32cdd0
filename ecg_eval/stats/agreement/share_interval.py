"""Intervals of a share of cases that may be clustered or weighted, by way of the effective number of cases.

p (1 - p) / SE^2 with the linearised standard error is the number of independent cases that would be as uncertain;
with t instead of the normal quantile it shrinks by the square of their ratio. The interval of a proportion is taken
for that number (`proportions.py`). Without clusters and weights it is the number of cases itself.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from ecg_eval.stats.clusters.influence import NO_SPREAD, LinearisedError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.proportions import PROPORTION_METHODS, proportion_bounds

Floats = NDArray[np.float64]
ProportionInterval = Literal["agresti_coull", "wilson", "clopper_pearson", "mid_p", "jeffreys", "wald"]

NO_CLUSTERS = "one cluster alone has no spread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a share was counted from: cases, those with the event, clusters, and units if there were no spread."""

    n: int
    n_positive: int
    n_clusters: int | None
    units: float


def share_estimate(
    *,
    share: float,
    error: LinearisedError,
    counted: Counted,
    level: float,
    method: str,
    interval: ProportionInterval,
) -> Estimate:
    """Give a share with its interval for the effective number of cases.

    Where all agree or none does, the standard error is 0 and the effective number is taken as that of the units: cases,
    or clusters, as if each cluster told one thing.
    """
    words = f"{method}, {PROPORTION_METHODS[interval]} interval"
    if counted.n_clusters is not None:
        words += ", effective sample size from clusters"
    blank = Estimate(
        value=share,
        level=level,
        method=words,
        n=counted.n,
        n_positive=counted.n_positive,
        n_clusters=counted.n_clusters,
        reason=NO_CLUSTERS,
    )
    se = error.standard_error
    if se is None and counted.n_clusters is not None:
        return blank
    spread = se is not None and se > NO_SPREAD
    effective = share * (1 - share) / se**2 if se is not None and spread else counted.units
    low, high = effective_bounds(share, effective, error.quantile(level), interval, level)
    return replace(
        blank,
        low=min(float(low), share),
        high=max(float(high), share),
        standard_error=se if spread else None,
        df=error.df,
        reason=None,
    )


def effective_bounds(
    share: ArrayLike, n: ArrayLike, quantile: ArrayLike, interval: ProportionInterval, level: float
) -> tuple[Floats, Floats]:
    """Give the bounds of shares of effective numbers of cases, arrays of one shape; NaN where there is no case.

    `quantile` is that of the share's own distribution, t or normal, for the level.
    """
    size = np.asarray(n, dtype=float) * (norm.ppf(0.5 + level / 2) / np.asarray(quantile, dtype=float)) ** 2
    usable = np.isfinite(size) & (size > 0)
    size = np.where(usable, size, 0.0)
    events = np.where(usable, np.clip(np.nan_to_num(share), 0.0, 1.0), 0.0) * size
    return proportion_bounds(n_events=events, n=size, method=interval, level=level)
