"""Bounds of a bootstrap interval: percentile, basic, normal, bias-corrected and BCa."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

IntervalMethod = Literal["percentile", "basic", "normal", "bc", "bca"]

METHOD_NAMES: dict[str, str] = {
    "percentile": "bootstrap percentile",
    "basic": "basic bootstrap",
    "normal": "bootstrap standard error, normal quantiles",
    "bc": "bias-corrected bootstrap percentile",
    "bca": "BCa bootstrap",
}


def _share_below(value: float, usable: NDArray[np.float64]) -> float:
    """Give the share of replicates below the value, ties counted one half (up to rounding of the last digits)."""
    tied = np.abs(usable - value) <= 1e-12 * max(1.0, abs(value))
    return float(np.mean((usable < value) & ~tied) + np.mean(tied) / 2)


def _shifted_tails(below: float, tails: NDArray[np.float64], acceleration: float) -> NDArray[np.float64] | None:
    """Shift the tail probabilities to Phi(z0 + (z0 + z) / (1 - a (z0 + z))) with z0 = Phi^-1(share below)."""
    if below in (0, 1):
        return None
    z0 = ndtri(below)
    shifted = z0 + ndtri(tails)
    stretch = 1 - acceleration * shifted
    return None if (stretch <= 0).any() else np.asarray(ndtr(z0 + shifted / stretch))


def acceleration_from_jackknife(*, jackknife: ArrayLike) -> float:
    """Give the acceleration of BCa: sum d^3 / (6 (sum d^2)^1.5) with d = mean - jackknife value.

    Parameters
    ----------
    jackknife : array_like (n_clusters,)
        The statistic with each cluster left out; NaN where it cannot be computed, and then left out.

    Returns
    -------
    float
        0 when all values are equal.
    """
    values = np.asarray(jackknife, dtype=np.float64)
    values = values[~np.isnan(values)]
    if values.size == 0:
        return 0.0
    d = values.mean() - values
    square = float(np.sum(d**2))
    return float(np.sum(d**3) / (6 * square**1.5)) if square > 0 else 0.0


def bootstrap_bounds(
    *,
    value: float,
    usable: NDArray[np.float64],
    method: IntervalMethod,
    level: float,
    jackknife: ArrayLike | None = None,
) -> tuple[float, float] | None:
    """Give the two bounds of an interval, or None where a bias correction would be infinite.

    Parameters
    ----------
    value : float
        The statistic on the data themselves.
    usable : ndarray (n_usable,)
        Its replicates, without NaN, at least two.
    method, level, jackknife
        As for `interval_from_replicates`.

    Returns
    -------
    tuple of float, or None
    """
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "normal":
        half = float(ndtri(tails[1]) * np.std(usable, ddof=1))
        return value - half, value + half
    if method in ("bc", "bca"):
        a = acceleration_from_jackknife(jackknife=jackknife) if method == "bca" and jackknife is not None else 0.0
        shifted = _shifted_tails(_share_below(value, usable), tails, a)
        if shifted is None:
            return None
        tails = shifted
    low, high = (float(q) for q in np.quantile(usable, tails))
    return (2 * value - high, 2 * value - low) if method == "basic" else (low, high)
