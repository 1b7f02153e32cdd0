"""The ratio and the odds ratio of two independent proportions: their intervals.

The score intervals are the defaults: they exist when a count is 0, where the logarithm has no standard error.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats, normal_quantile
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.mover import Part, mover_ratio
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import UNBOUNDED, Corrections, invert
from ecg_eval.stats.proportion.unpaired_scores import (
    TwoGroups,
    no_case,
    unpaired_odds_ratio_score,
    unpaired_ratio_score,
)


def _ratio_bounds(groups: TwoGroups, method: str, level: float) -> Bounds:
    x1, n1, x2, n2 = groups
    z = normal_quantile("unpaired ratio", level)
    if method in _SCORES:
        return _inverted(unpaired_ratio_score, groups, _SCORES[method], z)
    if method in _MOVERS:
        first = Part(x1 / n1, *proportion_bounds(n_events=x1, n=n1, method=_MOVERS[method], level=level))
        second = Part(x2 / n2, *proportion_bounds(n_events=x2, n=n2, method=_MOVERS[method], level=level))
        return mover_ratio(first, second, np.zeros_like(n1))
    return _logarithmic(*_ratio_point(groups), z)


def _ratio_point(groups: TwoGroups) -> tuple[Floats, Floats]:
    """p1 / p2 and the error of its logarithm (Katz), sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2)."""
    x1, n1, x2, n2 = groups
    with np.errstate(divide="ignore", invalid="ignore"):
        return (x1 / n1) / (x2 / n2), np.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)


def _odds_bounds(groups: TwoGroups, method: str, level: float) -> Bounds:
    x1, n1, x2, n2 = groups
    z = normal_quantile("unpaired odds ratio", level)
    if method not in _ODDS_SCORES:
        return _logarithmic(*_odds_point(groups), z)
    low, high = _inverted(unpaired_odds_ratio_score, groups, _ODDS_SCORES[method], z)
    low = np.where((x1 == 0) | (x2 == n2), 0.0, low)
    return low, np.where((x1 == n1) | (x2 == 0), np.inf, high)


def _odds_point(groups: TwoGroups) -> tuple[Floats, Floats]:
    """x1 y2 / (y1 x2), y being the cases without the event, and the error of its logarithm (Woolf)."""
    x1, n1, x2, n2 = groups
    y1, y2 = n1 - x1, n2 - x2
    with np.errstate(divide="ignore", invalid="ignore"):
        return x1 * y2 / (y1 * x2), np.sqrt(1 / x1 + 1 / y1 + 1 / x2 + 1 / y2)


def _inverted(
    score: Callable[[TwoGroups, Floats, Corrections], Floats], groups: TwoGroups, how: Corrections, z: float
) -> Bounds:
    """Invert a score statistic on the logarithmic scale."""
    ends = (np.full_like(groups.n1, -UNBOUNDED), np.full_like(groups.n1, UNBOUNDED))
    low, high = invert(lambda t: score(groups, np.exp(t), how), z, ends)
    low = np.where((groups.x1 == 0) | (low < 1 - UNBOUNDED), 0.0, np.exp(low))
    return low, np.where((groups.x2 == 0) | (high > UNBOUNDED - 1), np.inf, np.exp(high))


def _logarithmic(value: Floats, error: Floats, z: float) -> Bounds:
    """exp(log value -+ z error), NaN where either is not finite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(value)
        half = z * np.where(np.isfinite(centre) & np.isfinite(error), error, np.nan)
        return np.exp(centre - half), np.exp(centre + half)


_METHODS: Mapping[str, str] = {
    "miettinen_nurminen": "Miettinen-Nurminen score",
    "koopman": "Koopman score",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "mover_wilson": "MOVER of Wilson intervals",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "log": "log scale (Katz)",
}

_ODDS_METHODS: Mapping[str, str] = {
    "score": "Miettinen-Nurminen score",
    "score_uncorrected": "score",
    "score_gart": "score less Gart's bias",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "log": "log scale (Woolf)",
}

_SCORES: Mapping[str, Corrections] = {
    "miettinen_nurminen": Corrections(bias=True),
    "koopman": Corrections(),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_ODDS_SCORES: Mapping[str, Corrections] = {
    "score": Corrections(bias=True),
    "score_uncorrected": Corrections(),
    "score_gart": Corrections(gart=True),
    "score_skewness": Corrections(bias=True, skewness=True, gart=True),
}

_MOVERS: Mapping[str, str] = {"mover_wilson": "wilson", "mover_jeffreys": "jeffreys_modified"}

RATIO = Contrast(
    equal=1.0,
    default="miettinen_nurminen",
    methods=_METHODS,
    scores=_SCORES,
    score=unpaired_ratio_score,
    bounds=_ratio_bounds,
    point=_ratio_point,
    no_value=(
        ("a group has no case", no_case),
        ("neither group has an event", lambda groups: groups.x1 + groups.x2 == 0),
    ),
)
ODDS_RATIO = Contrast(
    equal=1.0,
    default="score",
    methods=_ODDS_METHODS,
    scores=_ODDS_SCORES,
    score=unpaired_odds_ratio_score,
    bounds=_odds_bounds,
    point=_odds_point,
    no_value=(
        *RATIO.no_value,
        ("every case of both groups has the event", lambda groups: groups.x1 + groups.x2 == groups.n1 + groups.n2),
    ),
)
