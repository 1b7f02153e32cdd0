"""Intervals of a share of cases that may be clustered or weighted, by way of the effective number of cases.

p (1 - p) / SE^2 with the linearised standard error is the number of independent cases that would be as uncertain;
the intervals of Agresti and Coull, of Wilson, and of Clopper and Pearson are taken for that number. Without
clusters and weights it is the number of cases itself.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.influence import NO_SPREAD, LinearisedError

Floats = NDArray[np.float64]
ProportionInterval = Literal["agresti-coull", "wilson", "exact", "wald"]

NAMES = {"agresti-coull": "Agresti-Coull", "wilson": "Wilson", "exact": "Clopper-Pearson"}

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
    words = f"{method}, {NAMES[interval]} interval"
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
    quantile = error.quantile(level)
    if interval == "exact":
        low, high = exact_bounds(share, effective * (norm.ppf(0.5 + level / 2) / quantile) ** 2, level)
    else:
        bounds = wilson_bounds if interval == "wilson" else agresti_coull_bounds
        low, high = (float(x) for x in bounds(np.asarray(share), np.asarray(effective), np.asarray(quantile)))
    return replace(
        blank,
        low=min(low, share),
        high=max(high, share),
        standard_error=se if spread else None,
        df=error.df,
        reason=None,
    )


def agresti_coull_bounds(share: Floats, n: Floats, quantile: Floats) -> tuple[Floats, Floats]:
    r"""Give Wald's bounds with :math:`z^2` cases added, half of them events, by element."""
    total = n + quantile**2
    middle = (share * n + quantile**2 / 2) / total
    half = quantile * np.sqrt(middle * (1 - middle) / total)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def wilson_bounds(share: Floats, n: Floats, quantile: Floats) -> tuple[Floats, Floats]:
    r"""Give Wilson's bounds, :math:`(p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4 n^2}) / (1 + z^2 / n)`."""
    ratio = quantile**2 / n
    half = quantile * np.sqrt(share * (1 - share) / n + ratio / (4 * n))
    middle = share + ratio / 2
    return np.maximum((middle - half) / (1 + ratio), 0.0), np.minimum((middle + half) / (1 + ratio), 1.0)


def exact_bounds(share: float, n: float, level: float) -> tuple[float, float]:
    """Give the Clopper-Pearson bounds of a share of n cases; n need not be whole (Korn and Graubard)."""
    tail, x = (1 - level) / 2, share * n
    low = 0.0 if share <= 0 else float(beta.ppf(tail, x, n - x + 1))
    high = 1.0 if share >= 1 else float(beta.ppf(1 - tail, x + 1, n - x))
    return low, high
