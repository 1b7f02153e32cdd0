"""Score statistics of two proportions at a hypothetical difference or ratio, and the intervals that invert them.

A score statistic divides what was observed by the standard deviation that holds if the hypothesis is true, so that it
keeps a meaning where a cell of the table is 0. All functions work on arrays of tables at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats
from ecg_eval.stats.proportion.root_finding import bisect


class Corrections(NamedTuple):
    """What is done to a plain score statistic.

    Attributes
    ----------
    bias : bool
        Variance times n / (n - 1), n being all cases (Miettinen and Nurminen, Stat Med 1985;4:213-226).
    skewness : bool
        Third moment taken into account (Gart and Nam, Biometrics 1988;44:323-338; Laud, Pharm Stat 2017;16:334-348).
    continuity : float
        Part of one case that the observed contrast is moved towards the hypothesis; 0.5 gives the customary tests.
    gart : bool
        The odds ratio's score taken less its own bias (Gart, Biometrika 1985;72:673-677); no other contrast has one.
    """

    bias: bool = False
    skewness: bool = False
    continuity: float = 0.0
    gart: bool = False


PLAIN = Corrections()
UNBOUNDED = 60.0  # natural logarithm beyond which a ratio is taken as 0 or infinite


def standardise(
    contrast: Floats, variance: Floats, third_moment: Floats, correction: Floats, how: Corrections
) -> Floats:
    """Return the statistic z that a normal quantile is compared with.

    Without skewness z = s = (contrast -+ correction) / sqrt(variance). With it z solves a z² + z - (s + a) = 0 with
    a = third moment / (6 variance^(3/2)), the first terms of the Cornish-Fisher expansion.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shifted = np.sign(contrast) * np.maximum(np.abs(contrast) - correction, 0.0)
        s = np.where(shifted == 0, 0.0, shifted / np.sqrt(variance))
        if not how.skewness:
            return s
        a = third_moment / (6 * variance**1.5)
        a = np.where((np.abs(third_moment) < 1e-10) | (np.abs(variance) < 1e-10), 0.0, a)
        # this form of the quadratic's solution stays exact as a tends to 0
        z = 2 * (s + a) / (1 + np.sqrt(np.maximum(1 + 4 * a * (s + a), 0.0)))
    return np.where(np.abs(contrast) < correction, 0.0, z)


def invert(score: Callable[[Floats], Floats], z: Floats | float, ends: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return all hypotheses with |score| <= z; the score must fall as the hypothesis rises between the ends."""
    sides = np.stack(np.broadcast_arrays(z, np.negative(z), ends[0])[:2])  # both bounds in one search
    from_low, from_high = (np.stack([end, end]) for end in ends)
    low, high = bisect(lambda t: score(t) - sides, from_low, from_high)
    return low, high


class PairedTables(NamedTuple):
    """Many 2 x 2 tables of pairs.

    Attributes
    ----------
    both, first, second, neither : arrays of one shape
        Pairs where both, only the first, only the second, none of the two has the event.
    """

    both: Floats
    first: Floats
    second: Floats
    neither: Floats

    @property
    def n(self) -> Floats:
        """All pairs."""
        return self.both + self.first + self.second + self.neither


def paired_difference_score(tables: PairedTables, difference: Floats, how: Corrections = PLAIN) -> Floats:
    """Score statistic of first - second = difference in pairs (Tango, Stat Med 1998;17:891-908).

    z = (b - c - n d) / sqrt(n (2 q + d (1 - d))), where b and c count the pairs with only the first and only the second
    event, and q is the probability of the latter that is most likely under the hypothesis: the greater root of
    2 n q² + (-b - c + (2 n - b + c) d) q - c d (1 - d) = 0. Nam's statistic (Biometrics 1997;53:1422-1430) is the same.
    """
    n, b, c, d = tables.n, tables.first, tables.second, difference
    middle = -b - c + (2 * n - b + c) * d
    q = (np.sqrt(np.maximum(middle**2 + 8 * n * c * d * (1 - d), 0.0)) - middle) / (4 * n)
    variance = np.maximum(2 * q + d * (1 - d), 0.0) / n
    third = np.zeros_like(d)
    if how.skewness:
        with np.errstate(invalid="ignore"):
            share = np.where(tables.both == 0, 0.0, tables.both / (tables.both + tables.neither))
        p11 = share * (1 - (q + d) - q)
        second = np.clip(q + p11, 0.0, 1.0)
        third = _paired_third_moment(p11, q + d, q, second + d, second, np.ones_like(d)) / n**2
    return standardise((b - c) / n - d, _inflated(variance, n, how), third, 2 * how.continuity / n, how)


def paired_ratio_score(tables: PairedTables, ratio: Floats, how: Corrections = PLAIN) -> Floats:
    """Score statistic of first / second = ratio in pairs (Tang, Tang and Chan, Stat Med 2003;22:1217-1233).

    z = (x1 - r x2) / sqrt(n (1 + r) q + (a + b + c)(r - 1)), where x1 and x2 are the events of the first and second,
    a, b and c the pairs with both, only the first, only the second, and q the most likely probability of only the
    second.
    Nam and Blackwelder's statistic (Stat Med 2002;21:689-699) is the same.
    """
    n, a, b, c, r = tables.n, tables.both, tables.first, tables.second, ratio
    some = (a + b + c) / n
    middle = (a + c) * r**2 - (a + b + 2 * c)
    root = np.sqrt(np.maximum(middle**2 - 4 * n * (1 + r) * c * (1 - r) * some, 0.0))
    q21 = np.maximum(root - middle, 0.0) / (2 * n * (1 + r))
    q12 = np.maximum(q21 + (r - 1) * some, 0.0) / r
    q11 = np.maximum(some - (1 + r) * q21, 0.0) / r
    second = q21 + q11
    variance = np.maximum(r * (q12 + q21), 0.0) / n
    third = _paired_third_moment(q11, q12, q21, second * r, second, r) / n**2
    correction = how.continuity * (1 + r) / n
    return standardise((a + b) / n - r * (a + c) / n, _inflated(variance, n, how), third, correction, how)


def _paired_third_moment(p11: Floats, p12: Floats, p21: Floats, p1: Floats, p2: Floats, r: Floats) -> Floats:
    """Third central moment of x1 - r x2 for one pair."""
    apart = p1 * (1 - p1) * (1 - 2 * p1) - r**3 * p2 * (1 - p2) * (1 - 2 * p2)
    first_twice = p11 * (1 - p1) ** 2 + p21 * p1**2 - p1 * p2 * (1 - p1)
    second_twice = p11 * (1 - p2) ** 2 + p12 * p2**2 - p1 * p2 * (1 - p2)
    return apart - 3 * r * first_twice + 3 * r**2 * second_twice


def _inflated(variance: Floats, n: Floats, how: Corrections) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 1, variance * n / (n - 1), variance) if how.bias else variance
