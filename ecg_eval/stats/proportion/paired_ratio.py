"""The ratio of two proportions on the same cases, as in relative sensitivity: its intervals.

A ratio says "a tenth more findings found"; a difference says how many. The default interval is Tang's score interval,
which exists where a count is 0; the logarithmic one of most papers does not.
"""

from collections.abc import Mapping

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats, normal_quantile
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.mover import Part, mover_ratio, phi_coefficient
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds, wilson_bounds
from ecg_eval.stats.proportion.score_statistics import (
    UNBOUNDED,
    Corrections,
    PairedTables,
    invert,
    paired_ratio_score,
)


def _bounds(tables: PairedTables, method: str, level: float) -> Bounds:
    z = normal_quantile("paired ratio", level)
    if method in _SCORES:
        return _inverted(tables, z, _SCORES[method])
    if method in _MOVERS:
        return _mover(tables, level, *_MOVERS[method])
    return _bonett_price(tables, z) if method == "bonett_price" else _logarithmic(tables, z)


def _point(tables: PairedTables) -> tuple[Floats, Floats]:
    """x1 / x2 and the error of its logarithm, sqrt((b + c) / (x1 x2)), NaN where a proportion is 0."""
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    with np.errstate(divide="ignore", invalid="ignore"):
        return x1 / x2, np.where(x1 * x2 > 0, np.sqrt((tables.first + tables.second) / (x1 * x2)), np.nan)


def _inverted(tables: PairedTables, z: float, how: Corrections) -> Bounds:
    """Invert the score statistic on the logarithmic scale."""
    ends = (np.full_like(tables.both, -UNBOUNDED), np.full_like(tables.both, UNBOUNDED))
    low, high = invert(lambda t: paired_ratio_score(tables, np.exp(t), how), z, ends)
    low = np.where((tables.both + tables.first == 0) | (low < 1 - UNBOUNDED), 0.0, np.exp(low))
    return low, np.where((tables.both + tables.second == 0) | (high > UNBOUNDED - 1), np.inf, np.exp(high))


def _mover(tables: PairedTables, level: float, interval: str, corrected: bool) -> Bounds:
    """Square-and-add, as a ratio, of two single intervals."""
    n, x1, x2 = tables.n, tables.both + tables.first, tables.both + tables.second
    first = Part(x1 / n, *proportion_bounds(n_events=x1, n=n, method=interval, level=level))
    second = Part(x2 / n, *proportion_bounds(n_events=x2, n=n, method=interval, level=level))
    return mover_ratio(first, second, phi_coefficient(*tables, corrected=corrected))


def _bonett_price(tables: PairedTables, z: float) -> Bounds:
    """Ratio of two Wilson-like intervals, their level lowered so that the ratio's variance is right.

    With m = a + b + c, p1 = (x1 + 1) / (m + 2) and p2 likewise, s_i² = (1 - p_i) / (x_i + 1) and
    k = sqrt((b + c + 2) / ((x1 + 1)(x2 + 1))) / (s1 + s2): each proportion x_i of m gets a Wilson interval with
    quantile k z, and the bounds are low1 / high2 and high1 / low2.
    """
    m = tables.both + tables.first + tables.second
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    spread = np.sqrt((1 - (x1 + 1) / (m + 2)) / (x1 + 1)) + np.sqrt((1 - (x2 + 1) / (m + 2)) / (x2 + 1))
    k = np.sqrt((tables.first + tables.second + 2) / ((x1 + 1) * (x2 + 1))) / spread * z
    (low1, high1), (low2, high2) = wilson_bounds(x1, m, k), wilson_bounds(x2, m, k)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(x1 == 0, 0.0, low1 / high2)
        return low, np.where(x2 == 0, np.inf, high1 / low2)


def _logarithmic(tables: PairedTables, z: float) -> Bounds:
    """exp(log r -+ z sqrt((b + c) / (x1 x2))), NaN where a proportion is 0."""
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    positive = (x1 > 0) & (x2 > 0)
    product = np.where(positive, x1 * x2, 1.0)
    half = np.where(positive, z * np.sqrt((tables.first + tables.second) / product), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(positive, np.log(x1 / np.where(positive, x2, 1.0)), np.nan)
    return np.exp(centre - half), np.exp(centre + half)


_METHODS: Mapping[str, str] = {
    "tang": "Tang score",
    "tang_bias_corrected": "Tang score, variance times n / (n - 1)",
    "tang_corrected": "Tang score with continuity correction",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "newcombe": "MOVER of Wilson intervals with Newcombe's correlation",
    "newcombe_jeffreys": "MOVER of Jeffreys intervals with Newcombe's correlation",
    "bonett_price": "Bonett-Price",
    "log": "log scale",
}

_SCORES: Mapping[str, Corrections] = {
    "tang": Corrections(),
    "tang_bias_corrected": Corrections(bias=True),
    "tang_corrected": Corrections(continuity=0.5),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, tuple[str, bool]] = {
    "mover_wilson": ("wilson", False),
    "mover_jeffreys": ("jeffreys_modified", False),
    "newcombe": ("wilson", True),
    "newcombe_jeffreys": ("jeffreys_modified", True),
}

RATIO = Contrast(
    equal=1.0,
    default="tang",
    methods=_METHODS,
    scores=_SCORES,
    score=paired_ratio_score,
    bounds=_bounds,
    point=_point,
    no_value=(("no pair has the event", lambda tables: tables.both + tables.first + tables.second == 0),),
)
