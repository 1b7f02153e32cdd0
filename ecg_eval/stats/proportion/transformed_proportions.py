"""Intervals of a proportion made on another scale and turned back, as R's binom offers them.

Where no case or every case has the event the scale has no finite value; there all of them give the one-sided exact
bound, as that program does. On the logit scale the coverage is good; the complementary log-log scale treats events and
non-events differently.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

from ecg_eval.stats.proportion.binary_data import Floats

Bounds = tuple[Floats, Floats]


def logit_bounds(x: Floats, n: Floats, z: float) -> Bounds:
    """Turn back logit p -+ z sqrt(1 / x + 1 / (n - x))."""
    inner, p = _inner(x, n)
    centre, half = np.log(p / (1 - p)), z / np.sqrt(n * p * (1 - p))
    return _with_ends(x, n, z, inner, (expit(centre - half), expit(centre + half)))


def probit_bounds(x: Floats, n: Floats, z: float) -> Bounds:
    """Turn back q -+ z sqrt(p (1 - p) / n) / phi(q), q the normal quantile of p and phi its density."""
    inner, p = _inner(x, n)
    q = ndtri(p)
    half = z * np.sqrt(p * (1 - p) / n) / (np.exp(-(q**2) / 2) / np.sqrt(2 * np.pi))
    return _with_ends(x, n, z, inner, (ndtr(q - half), ndtr(q + half)))


def cloglog_bounds(x: Floats, n: Floats, z: float) -> Bounds:
    """Turn back log(-log p) +- z sqrt((1 - p) / (n p)) / -log p."""
    inner, p = _inner(x, n)
    centre, half = np.log(-np.log(p)), z * np.sqrt((1 - p) / (n * p)) / -np.log(p)
    return _with_ends(x, n, z, inner, (np.exp(-np.exp(centre + half)), np.exp(-np.exp(centre - half))))


def _inner(x: Floats, n: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Return where the proportion is neither 0 nor 1, and the proportion (1/2 elsewhere, never used)."""
    inner = (x > 0) & (x < n)
    return inner, np.asarray(np.where(inner, x / n, 0.5), dtype=np.float64)


def _with_ends(x: Floats, n: Floats, z: float, inner: NDArray[np.bool_], bounds: Bounds) -> Bounds:
    """Put the one-sided exact bounds in, (alpha / 2)^(1 / n) for n of n and its mirror image for 0."""
    exact = ndtr(-z) ** (1 / n)
    low = np.where(inner, bounds[0], np.where(x == 0, 0.0, exact))
    return low, np.where(inner, bounds[1], np.where(x == n, 1.0, 1 - exact))
