"""From influence values to an interval: one linearised standard error for independent and for clustered cases.

A statistic that is a smooth function of means has, per case, an influence value (how much that case pulls the result).
Their spread gives the standard error; summed by patient first, it stays right when one patient gives several ECGs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
NO_SPREAD = 1e-12  # a standard error below this is rounding, not information


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearisedError:
    """A standard error from influence values, and what it rests on.

    Attributes
    ----------
    standard_error : float or None
        None where there are fewer than two independent units.
    n_clusters : int or None
        Independent units; None where no clusters were named.
    df : float or None
        Units minus one; None for the large-sample form, which has no small-sample factor.
    """

    standard_error: float | None
    n_clusters: int | None
    df: float | None

    def quantile(self, level: float) -> float:
        """Give the two-sided quantile: t with `df`, or normal where there is none."""
        upper = 0.5 + level / 2
        return float(norm.ppf(upper) if self.df is None else t.ppf(upper, self.df))

    def p_value(self, statistic: float) -> float:
        """Give the two-sided p-value of a statistic on the same distribution."""
        return float(2 * (norm.sf(abs(statistic)) if self.df is None else t.sf(abs(statistic), self.df)))


def check_choice(who: str, what: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a choice that is not known, with a suggestion."""
    if value not in choices:
        raise ArgumentError(who, what, "a known choice", value, suggestion(value, choices))


def check_level(who: str, level: float) -> None:
    """Refuse a level outside (0, 1)."""
    if not 0 < level < 1:
        raise ArgumentError(who, "level", "between 0 and 1", level)


def linearised_error(
    *, influence: Floats, cluster: NDArray[np.intp] | None = None, small_sample: bool = True
) -> LinearisedError:
    r"""Give the standard error of a mean-like statistic from its influence values.

    Independent cases: :math:`SE^2 = c \sum_i u_i^2 / n^2` with :math:`c = n / (n - 1)`, or 1 in the large-sample
    form. Clusters: :math:`SE^2 = \frac{G}{G - 1} \sum_g (\sum_{i \in g} u_i)^2 / n^2`, t on G - 1 degrees of
    freedom. With one case a cluster it is the first form with its small-sample factor.

    Parameters
    ----------
    influence : ndarray, shape (n_cases,)
        Influence values, summing to zero.
    cluster : ndarray of int, shape (n_cases,), optional
        Cluster codes.
    small_sample : bool
        Whether the unclustered form carries the factor n / (n - 1) and uses t.

    Returns
    -------
    LinearisedError

    References
    ----------
    Binder DA. On the variances of asymptotically normal estimators from complex surveys. Int Stat Rev 1983;51:279-292.
    """
    n = len(influence)
    if cluster is None:
        units: Floats = influence
        factor = n / (n - 1) if small_sample and n > 1 else 1.0
        df = float(n - 1) if small_sample else None
    else:
        units = np.bincount(cluster, weights=influence).astype(float)
        factor, df = len(units) / max(len(units) - 1, 1), float(len(units) - 1)
    n_clusters = None if cluster is None else len(units)
    if len(units) < 2:
        return LinearisedError(standard_error=None, n_clusters=n_clusters, df=None)
    return LinearisedError(standard_error=float(np.sqrt(factor * np.sum(units**2)) / n), n_clusters=n_clusters, df=df)


def wald_estimate(
    *,
    value: float,
    error: LinearisedError,
    n: int,
    level: float,
    method: str,
    bounds: tuple[float, float] = (-1.0, 1.0),
    n_positive: int | None = None,
    no_spread: str = "the influence of every case is the same, so the standard error is 0 and says nothing",
) -> Estimate:
    """Give value plus and minus quantile times standard error, cut at the bounds, with the test of value = 0.

    A standard error of 0 yields no interval but the reason `no_spread`: a zero-width interval would read as certainty.
    """
    words = f"{method}, t interval" if error.df is not None else f"{method}, normal interval"
    if error.n_clusters is not None:
        words += ", cluster-robust"
    se = error.standard_error
    if se is None or se < NO_SPREAD:
        unit = "case" if error.n_clusters is None else "cluster"
        reason = no_spread if se is not None else f"one {unit} alone has no spread"
        return Estimate(
            value=value,
            level=level,
            method=words,
            n=n,
            n_positive=n_positive,
            n_clusters=error.n_clusters,
            reason=reason,
        )
    half = error.quantile(level) * se
    statistic = value / se
    return Estimate(
        value=value,
        low=max(value - half, min(bounds[0], value)),
        high=min(value + half, max(bounds[1], value)),
        level=level,
        method=words,
        n=n,
        n_positive=n_positive,
        n_clusters=error.n_clusters,
        standard_error=se,
        df=error.df,
        statistic=statistic,
        p_value=error.p_value(statistic),
    )
