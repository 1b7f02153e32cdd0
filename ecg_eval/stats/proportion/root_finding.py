"""Interval bounds that have no closed form: bisection on whole arrays at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bisect(function: Callable[[Floats], Floats], low: Floats, high: Floats, n_steps: int = 100) -> Floats:
    """Find where a function changes its sign, for every element of an array at once.

    Parameters
    ----------
    function : callable
        Takes and gives an array of the shape of `low`; positive on the side of `low`, negative on the side of `high`
        (its value at the ends themselves is never asked). NaN counts as negative.
    low, high : arrays of one shape
        Brackets; `low` may be the greater one.
    n_steps : int
        Halvings; it stops as soon as no bracket gets smaller any more.

    Returns
    -------
    array
        The middle of the last brackets; within rounding of the crossing.

    Examples
    --------
    >>> print(bisect(lambda x: 2 - x**2, np.array([0.0]), np.array([2.0])))
    [1.41421356]
    """
    low, high = low.astype(np.float64), high.astype(np.float64)
    middle = (low + high) / 2
    for _ in range(n_steps):
        before = function(middle) > 0
        low, high = np.where(before, middle, low), np.where(before, high, middle)
        following = (low + high) / 2
        if np.array_equal(following, middle, equal_nan=True):
            break
        middle = following
    return middle
