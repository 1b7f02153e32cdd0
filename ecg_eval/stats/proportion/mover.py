"""Intervals for a difference or a ratio, made of the two intervals of its parts (MOVER, "square and add").

The distance from each part's value to its bound plays the role of the standard error on that side, so that a good
interval of each proportion gives a good one of the contrast (Newcombe, Stat Med 1998;17:873-890 and 2635-2650; Donner
and Zou, Stat Methods Med Res 2012;21:347-359).
"""

from typing import NamedTuple

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats
from ecg_eval.stats.proportion.proportions import Bounds


class Part(NamedTuple):
    """Values of one of the two proportions, with their bounds; arrays of one shape."""

    value: Floats
    low: Floats
    high: Floats


def mover_difference(first: Part, second: Part, correlation: Floats) -> Bounds:
    """Bounds of first - second.

    low = d - sqrt(l1² - 2 r l1 u2 + u2²), high = d + sqrt(u1² - 2 r u1 l2 + l2²), where l and u are the distances from
    a value to its lower and upper bound and r is the correlation between the parts.
    """
    l1, u1 = first.value - first.low, first.high - first.value
    l2, u2 = second.value - second.low, second.high - second.value
    down = np.sqrt(np.maximum(l1**2 - 2 * correlation * l1 * u2 + u2**2, 0.0))
    up = np.sqrt(np.maximum(u1**2 - 2 * correlation * u1 * l2 + l2**2, 0.0))
    return first.value - second.value - down, first.value - second.value + up


def mover_ratio(first: Part, second: Part, correlation: Floats) -> Bounds:
    """Bounds of first / second: those t for which 0 is a bound of first - t second; infinite where there is none."""
    p, q = first.value, second.value
    a = (p - first.low) * (second.high - q) * correlation - p * q
    b = (first.high - p) * (q - second.low) * correlation - p * q
    low_part = first.low * (2 * p - first.low)
    high_part = first.high * (2 * p - first.high)
    with np.errstate(divide="ignore", invalid="ignore"):
        under = np.sqrt(np.maximum(a**2 - low_part * second.high * (2 * q - second.high), 0.0))
        # the conjugate form of the quadratic's solution, which also holds where 2 q equals the bound
        low = low_part / (under - a)
        over = np.sqrt(np.maximum(b**2 - high_part * second.low * (2 * q - second.low), 0.0))
        high = (over - b) / (second.low * (2 * q - second.low))
    low = np.where(low_part == 0, 0.0, low)
    return np.maximum(low, 0.0), np.where((second.low > 0) & (high >= 0), high, np.inf)


def phi_coefficient(both: Floats, first: Floats, second: Floats, neither: Floats, *, corrected: bool) -> Floats:
    """Correlation of two events in pairs: (a d - b c) / sqrt((a + b)(c + d)(a + c)(b + d)); 0 where it has none.

    `corrected` takes n / 2 from a positive numerator, not below 0 (Newcombe 1998, method 10).
    """
    n = both + first + second + neither
    cross = both * neither - first * second
    if corrected:
        cross = np.where(cross > 0, np.maximum(cross - n / 2, 0.0), cross)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(margins > 0, cross / np.sqrt(margins), 0.0)
