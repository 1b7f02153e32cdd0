"""An interval for agreement that keeps its level where findings are rare: four imagined cases more, over all cells.

The usual interval of a kappa, value plus and minus quantile times standard error, is far too short where a finding
is rare: with prevalence 0.02 and 1,000 cases it covers a kappa of 0 in a third of all samples. As Agresti and Coull
do for a share, the interval here is centred on the coefficient of the table with four cases added, the same number
to every pair of categories, and made of the standard error there; the point estimate stays as it is. With two
categories that is one case in each of four cells. With clusters the four are four more patients, whose size is the
design effect that the data show, between 1 and the mean number of cases a patient. `docs/statistics/coverage.md`
holds the simulations.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
AgreementInterval = Literal["adjusted", "wald"]

ADDED_CASES = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedFit:
    """A coefficient after cases were added, and the influence of real and added cases on it.

    Attributes
    ----------
    value : float
        The coefficient of real and added cases together.
    influence : ndarray, shape (n,)
        Of the real cases.
    added_influence, added_weights : ndarray, shape (n_kinds,)
        Of the kinds of added cases, and how many cases each kind stands for.
    """

    value: float
    influence: Floats
    added_influence: Floats
    added_weights: Floats


def adjusted_bounds(
    *,
    fit: Callable[[float], AdjustedFit],
    cluster: NDArray[np.intp] | None,
    level: float,
    normal: bool = False,
    unit: float = 1.0,
) -> tuple[float, float]:
    r"""Give the bounds of a coefficient with cases added.

    :math:`SE^2 = c \left[\sum_g (\sum_{i \in g} u_i)^2 + d \sum_a \omega_a u_a^2\right] / (n + 4 d)^2` over the G
    clusters (or cases) and the kinds a of added cases, with :math:`\sum_a \omega_a = 4 d`, d the size of an added
    patient (1 without clusters) and :math:`c = (G + 4) / (G + 3)`; t on G - 1, or the normal quantile and c = 1.

    Parameters
    ----------
    fit : callable
        Gives the coefficient with 4 d cases added, for a given d.
    cluster : ndarray of int, shape (n,), or None
        Cluster codes of the real cases; two clusters or more.
    level : float
        Coverage that the interval aims at.
    normal : bool
        Whether the normal quantile is used (without clusters only).
    unit : float
        Size of an added case without clusters, where cases do not count alike (d is a multiple of it).

    References
    ----------
    Agresti A, Coull BA. Am Stat 1998;52:119-126 (the idea, for a share); the form for agreement is this project's, and
    checked by simulation.
    """
    size, fitted = unit, fit(unit)
    units: Floats = fitted.influence
    if cluster is not None:
        units = np.bincount(cluster, weights=fitted.influence).astype(float)
        design_effect = (units**2).sum() / max((fitted.influence**2).sum(), np.finfo(float).tiny)
        size = unit * float(np.clip(design_effect, 1.0, len(cluster) / len(units)))
        fitted = fit(size)
        units = np.bincount(cluster, weights=fitted.influence).astype(float)
    total = len(fitted.influence) + ADDED_CASES * size
    squares = (units**2).sum() + size * (fitted.added_weights * fitted.added_influence**2).sum()
    n_units = len(units) + ADDED_CASES
    upper = 0.5 + level / 2
    if normal and cluster is None:
        half = norm.ppf(upper) * np.sqrt(squares) / total
    else:
        half = t.ppf(upper, max(len(units) - 1, 1)) * np.sqrt(n_units / (n_units - 1) * squares) / total
    return float(fitted.value - half), float(fitted.value + half)


def with_adjusted_interval(
    plain: Estimate, *, bounds: tuple[float, float], limits: tuple[float, float] = (-1.0, 1.0)
) -> Estimate:
    """Put adjusted bounds in the place of an estimate's interval, within the limits and around the value.

    A reason that only told why there was no interval is dropped.
    """
    value = plain.value
    if value is None:
        return plain
    return replace(
        plain,
        low=min(max(bounds[0], limits[0]), value),
        high=max(min(bounds[1], limits[1]), value),
        method=plain.method.replace("normal interval", "adjusted interval").replace("t interval", "adjusted interval"),
        reason=None,
    )
