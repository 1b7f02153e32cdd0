"""The difference of two proportions on the same cases: its intervals.

The default is Tango's score interval, which keeps a width without discordant pairs (Fagerland, Lydersen and Laake,
Stat Med 2014;33:2850-2875).
"""

from collections.abc import Callable, Mapping

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats, normal_quantile
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.mover import Part, mover_difference, phi_coefficient
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, PairedTables, invert, paired_difference_score


def _bounds(tables: PairedTables, method: str, level: float) -> Bounds:
    z = normal_quantile("paired difference", level)
    if method in _SCORES:
        one = np.ones_like(tables.n)  # all differences d with |score at d| <= z
        low, high = invert(lambda d: paired_difference_score(tables, d, _SCORES[method]), z, (-one, one))
    elif method in _MOVERS:
        low, high = _mover_bounds(tables, level, *_MOVERS[method])
    else:
        low, high = _WALDS[method](tables, z)
    return np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)


def _point(tables: PairedTables) -> tuple[Floats, Floats]:
    """(b - c) / n and Wald's error sqrt(b + c - (b - c)² / n) / n."""
    n, b, c = tables.n, tables.first, tables.second
    with np.errstate(divide="ignore", invalid="ignore"):
        return (b - c) / n, np.sqrt(b + c - (b - c) ** 2 / n) / n


def _mover_bounds(tables: PairedTables, level: float, interval: str, corrected: bool) -> Bounds:
    """Square-and-add of two single intervals."""
    n = tables.n
    x1, x2 = tables.both + tables.first, tables.both + tables.second
    first = Part(x1 / n, *proportion_bounds(n_events=x1, n=n, method=interval, level=level))
    second = Part(x2 / n, *proportion_bounds(n_events=x2, n=n, method=interval, level=level))
    return mover_difference(first, second, phi_coefficient(*tables, corrected=corrected))


def _around(b: Floats, c: Floats, n: Floats, z: float, extra: Floats | float = 0.0) -> Bounds:
    """(b - c) / n -+ (z sqrt(b + c - (b - c)² / n) / n + extra)."""
    half = z * np.sqrt(np.maximum(b + c - (b - c) ** 2 / n, 0.0)) / n + extra
    return (b - c) / n - half, (b - c) / n + half


_METHODS: Mapping[str, str] = {
    "tango": "Tango score",
    "tango_bias_corrected": "Tango score, variance times n / (n - 1)",
    "tango_corrected": "Tango score with continuity correction",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "newcombe": "Newcombe method 10",
    "newcombe_jeffreys": "Newcombe method 10 with Jeffreys intervals",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "agresti_min": "Agresti-Min",
    "bonett_price": "Bonett-Price",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
}

_SCORES: Mapping[str, Corrections] = {
    "tango": Corrections(),
    "tango_bias_corrected": Corrections(bias=True),
    "tango_corrected": Corrections(continuity=0.5),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, tuple[str, bool]] = {
    "newcombe": ("wilson", True),
    "newcombe_jeffreys": ("jeffreys_modified", True),
    "mover_wilson": ("wilson", False),
    "mover_jeffreys": ("jeffreys_modified", False),
}

_WALDS: Mapping[str, Callable[[PairedTables, float], Bounds]] = {
    "agresti_min": lambda t, z: _around(t.first + 0.5, t.second + 0.5, t.n + 2, z),
    "bonett_price": lambda t, z: _around(t.first + 1, t.second + 1, t.n + 2, z),
    "wald": lambda t, z: _around(t.first, t.second, t.n, z),
    "wald_corrected": lambda t, z: _around(t.first, t.second, t.n, z, 1 / t.n),
}

DIFFERENCE = Contrast(
    equal=0.0,
    default="tango",
    methods=_METHODS,
    scores=_SCORES,
    score=paired_difference_score,
    bounds=_bounds,
    point=_point,
    no_value=(("there is no pair", lambda tables: tables.n == 0),),
    no_interval="no discordant pair: this method gives an interval of zero width",
)
