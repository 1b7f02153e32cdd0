"""Interval of a weighted difference of two proportions, recovered from their Wilson intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Vector = NDArray[np.float64]


def wilson_bounds(share: Vector, n: Vector, level: float) -> tuple[Vector, Vector]:
    """Give Wilson bounds of shares of n; n may be an effective size and need not be whole."""
    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # at 0 and 1 rounding must not push a bound past the share itself
    return np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)


def weighted_difference_bounds(
    gained: tuple[Vector, Vector],
    lost: tuple[Vector, Vector],
    scales: tuple[Vector | float, Vector],
    correlation: Vector | float,
    level: float,
) -> tuple[Vector, Vector]:
    """Give bounds of d = a p - b q from the Wilson bounds of the proportions p and q.

    Parameters
    ----------
    gained, lost : tuple of ndarray (n_thresholds,)
        p and q, each with the number of cases that it is a share of.
    scales : tuple of ndarray (n_thresholds,) or float
        a and b, 0 or more.
    correlation : ndarray (n_thresholds,) or float
        r, between the estimates of p and q.
    level : float

    Returns
    -------
    low, high : ndarray (n_thresholds,)
        d - sqrt(x^2 + y^2 - 2 r x y), with x and y the distances of a p to its lower and b q to its upper bound, and
        the mirror image above.

    Notes
    -----
    Source: Zou and Donner, Stat Med 2008;27:1693 (method of variance estimates recovery).
    """
    (p, n_p), (q, n_q), (a, b) = gained, lost, scales
    p_low, p_high = wilson_bounds(p, n_p, level)
    q_low, q_high = wilson_bounds(q, n_q, level)

    def distance(x: Vector, y: Vector) -> Vector:
        return np.asarray(np.sqrt(np.maximum(x**2 + y**2 - 2 * correlation * x * y, 0)))

    d = a * p - b * q
    below = distance(a * (p - p_low), b * (q_high - q))
    above = distance(a * (p_high - p), b * (q - q_low))
    return np.asarray(d - below), np.asarray(d + above)


def weighted_sum_bounds(shares: Vector, scales: Vector, n: float, level: float) -> tuple[float, float]:
    """Give how far below and above its value a weighted sum of the shares of one multinomial may reach.

    Parameters
    ----------
    shares : ndarray (n_categories,)
        Of n cases, adding up to 1.
    scales : ndarray (n_categories,)
        Weight of each share, 0 or more.
    n : float
        Cases; may be an effective size.
    level : float

    Returns
    -------
    below, above : float
        Roots of sum_jk r_jk d_j d_k with d_j the distance of scales_j shares_j to its lower (upper) Wilson bound and
        r_jk = -sqrt(p_j p_k / ((1 - p_j)(1 - p_k))) the correlation of two shares.

    Notes
    -----
    Source: Zou and Donner, Stat Med 2008;27:1693, for sums of more than two terms.
    """
    low, high = wilson_bounds(shares, np.full(shares.shape, n), level)
    odds = np.sqrt(np.divide(shares, 1 - shares, out=np.zeros_like(shares), where=shares < 1))
    correlation = -np.outer(odds, odds)
    np.fill_diagonal(correlation, 1.0)
    reach = [scales * (shares - low), scales * (high - shares)]
    below, above = (float(np.sqrt(max(d @ correlation @ d, 0.0))) for d in reach)
    return below, above
