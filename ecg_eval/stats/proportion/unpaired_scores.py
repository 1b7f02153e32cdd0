"""Score statistics of two independent proportions at a hypothetical difference, ratio or odds ratio.

Each takes arrays of tables (events and cases of the first and second group) and of hypotheses, and divides the observed
contrast by the standard deviation at the proportions that are most likely under the hypothesis.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.proportion.binary_data import Floats
from ecg_eval.stats.proportion.score_statistics import PLAIN, Corrections, standardise


class TwoGroups(NamedTuple):
    """Events and cases of two independent groups; arrays of one shape."""

    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats


def no_case(groups: TwoGroups) -> NDArray[np.bool_]:
    """Tell where a group has no case."""
    return np.asarray((groups.n1 == 0) | (groups.n2 == 0))


def unpaired_difference_score(groups: TwoGroups, difference: Floats, how: Corrections = PLAIN) -> Floats:
    """Score statistic of p1 - p2 = d (Mee 1984; Miettinen and Nurminen, Stat Med 1985;4:213-226, with how.bias).

    The most likely p2 under the hypothesis is the middle root of a cubic (their formula, also Farrington and Manning,
    Stat Med 1990;9:1447-1454); p1 = p2 + d; the variance is p1 (1 - p1) / n1 + p2 (1 - p2) / n2.
    """
    (x1, n1, x2, n2), d = groups, difference
    n, x = n1 + n2, x1 + x2
    b = ((n1 + 2 * n2) * d - n - x) / (3 * n)
    c = ((n2 * d - n - 2 * x2) * d + x) / (3 * n)
    v = b**3 - 3 * b * c / 2 + x2 * d * (1 - d) / (2 * n)
    u = np.where(v > 0, 1.0, -1.0) * np.sqrt(np.maximum(b**2 - c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(u == 0, 0.0, v / u**3)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    p2 = np.clip(2 * u * np.cos(angle) - b, np.maximum(0.0, -d), np.minimum(1.0, 1 - d))
    p1 = np.clip(p2 + d, 0.0, 1.0)
    correction = how.continuity / np.minimum(n1, n2)
    return _score(groups, x1 / n1 - x2 / n2 - d, p1, p2, np.ones_like(d), correction, how)


def unpaired_ratio_score(groups: TwoGroups, ratio: Floats, how: Corrections = PLAIN) -> Floats:
    """Score statistic of p1 / p2 = r (Koopman, Biometrics 1984;40:513-517; Miettinen and Nurminen with how.bias).

    The most likely p2 is the smaller root of n r q² - (n1 r + x1 + n2 + x2 r) q + x1 + x2 = 0; p1 = r p2; the variance
    of p1 - r p2 is p1 (1 - p1) / n1 + r² p2 (1 - p2) / n2.
    """
    (x1, n1, x2, n2), r = groups, ratio
    b = n1 * r + x1 + n2 + x2 * r
    root = np.sqrt(np.maximum(b**2 - 4 * (n1 + n2) * r * (x1 + x2), 0.0))
    p2 = np.clip(2 * (x1 + x2) / (b + root), 0.0, np.minimum(1.0, 1 / r))
    correction = how.continuity * (1 / n1 + r / n2)
    return _score(groups, x1 / n1 - r * x2 / n2, np.minimum(r * p2, 1.0), p2, r, correction, how)


def unpaired_odds_ratio_score(groups: TwoGroups, odds_ratio: Floats, how: Corrections = PLAIN) -> Floats:
    """Score statistic of [p1 / (1 - p1)] / [p2 / (1 - p2)] = o (Miettinen and Nurminen 1985; Gart 1985).

    The most likely p2 solves n2 (o - 1) q² + (n1 o + n2 - x (o - 1)) q - x = 0 with x = x1 + x2; with w_i = 1 / (n_i
    p_i (1 - p_i)) the contrast is (x1 - n1 p1) w1 - (x2 - n2 p2) w2 and its variance w1 + w2. With how.gart the bias
    (p1 - p2) w1 w2 / (w1 + w2) is taken off.
    """
    (x1, n1, x2, n2), o = groups, odds_ratio
    x = x1 + x2
    b = n1 * o + n2 - x * (o - 1)
    root = np.sqrt(np.maximum(b**2 + 4 * n2 * (o - 1) * x, 0.0))
    tiny = 1e-12  # keeps the weights finite where a proportion is 0 or 1 under the hypothesis
    with np.errstate(divide="ignore", invalid="ignore"):
        # two forms of the same root; each is exact where the other cancels
        p2 = np.where(b > 0, 2 * x / (b + root), (root - b) / (2 * n2 * (o - 1)))
    p2 = np.clip(p2, tiny, 1 - tiny)
    p1 = np.clip(p2 * o / (1 + p2 * (o - 1)), tiny, 1 - tiny)
    w1, w2 = 1 / (n1 * p1 * (1 - p1)), 1 / (n2 * p2 * (1 - p2))
    contrast = (x1 - n1 * p1) * w1 - (x2 - n2 * p2) * w2
    if how.gart:
        contrast = contrast - (p1 - p2) * w1 * w2 / (w1 + w2)
    third = (1 - 2 * p1) * w1**2 - (1 - 2 * p2) * w2**2
    contrast = np.where((x == 0) | (x == n1 + n2), 0.0, contrast)
    return standardise(contrast, _inflated(w1 + w2, groups, how), third, how.continuity * (w1 + w2), how)


def _score(
    groups: TwoGroups, contrast: Floats, p1: Floats, p2: Floats, r: Floats, correction: Floats, how: Corrections
) -> Floats:
    """Standardise p1 - r p2 by its moments at the hypothesis."""
    _, n1, _, n2 = groups
    v1, v2 = p1 * (1 - p1), p2 * (1 - p2)
    third = v1 * (1 - 2 * p1) / n1**2 - r**3 * v2 * (1 - 2 * p2) / n2**2
    return standardise(contrast, _inflated(v1 / n1 + r**2 * v2 / n2, groups, how), third, correction, how)


def _inflated(variance: Floats, groups: TwoGroups, how: Corrections) -> Floats:
    n = groups.n1 + groups.n2
    return variance * n / np.maximum(n - 1, 1.0) if how.bias else variance
