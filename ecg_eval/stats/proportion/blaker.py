"""Blaker's exact interval: never below the nominal coverage, and never longer than Clopper and Pearson's."""

import numpy as np
from scipy.special import bdtr, bdtrik, betaincinv, ndtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.proportion.binary_data import Floats

GRID, PASSES, HALVINGS = 400, 2, 50


def blaker_bounds(x: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """Return the smallest interval that holds every p whose acceptability is at least alpha.

    The acceptability of p is the probability of x or more extreme on its side plus the largest tail on the other side
    that does not exceed it (Blaker, Can J Stat 2000;28:783-798). It is not monotone, so that the search starts at
    Clopper and Pearson's bounds, which enclose it, and walks inwards on ever finer grids before it halves. One count
    after the other: for thousands of counts take another method.
    """
    if not np.all(x == np.floor(x)) or not np.all(n == np.floor(n)):
        raise ArgumentError("blaker", "n_events and n", "whole numbers", x.tolist(), "Use wilson for effective counts.")
    alpha = 2 * float(ndtr(-z))
    lower = np.vectorize(lambda events, cases: _lower(events, cases, alpha), otypes=[np.float64])
    return lower(x, n), 1 - lower(n - x, n)


def _lower(x: float, n: float, alpha: float) -> float:
    if x == 0:
        return 0.0
    start = low = float(betaincinv(x, n - x + 1, alpha / 2))
    high = x / n
    for _ in range(PASSES):
        grid = np.asarray(np.linspace(start, high, GRID), dtype=np.float64)
        first = int(np.argmax(_acceptability(x, n, grid) >= alpha))
        low, high = float(grid[max(first - 1, 0)]), float(grid[first])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = bool(_acceptability(x, n, np.array([middle]))[0] >= alpha)
        low, high = (low, middle) if inside else (middle, high)
    return high


def _acceptability(x: float, n: float, p: Floats) -> Floats:
    """P(X >= x) plus the largest lower tail that does not exceed it, or the mirror image, whichever is smaller."""
    up, down = _tail(n - x, n, 1 - p), _tail(x, n, p)
    return np.asarray(np.minimum(up + _largest_tail(up, n, p), down + _largest_tail(down, n, 1 - p)))


def _tail(k: Floats | float, n: float, p: Floats) -> Floats:
    """Return P(X <= k), 0 below no event."""
    return np.asarray(np.where(np.asarray(k) < 0, 0.0, bdtr(np.clip(k, 0.0, n), int(n), p)))


def _largest_tail(limit: Floats, n: float, p: Floats) -> Floats:
    """Return the largest P(X <= k) that does not exceed the limit; tails that are equal but for rounding count."""
    near = np.floor(np.nan_to_num(bdtrik(np.clip(limit, 0.0, 1.0), n, p)))
    tails = np.stack([_tail(near + step, n, p) for step in (-1, 0, 1)])
    return np.asarray(np.where(tails <= limit * (1 + 1e-9), tails, 0.0).max(0))
