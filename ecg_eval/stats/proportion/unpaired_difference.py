"""The difference of two independent proportions: its intervals.

The default is Newcombe's square-and-add of two Wilson intervals.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ecg_eval.stats.proportion.binary_data import Floats, normal_quantile
from ecg_eval.stats.proportion.contrast import Contrast
from ecg_eval.stats.proportion.mover import Part, mover_difference
from ecg_eval.stats.proportion.proportions import Bounds, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, invert
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, no_case, unpaired_difference_score


def _bounds(groups: TwoGroups, method: str, level: float) -> Bounds:
    z = normal_quantile("unpaired difference", level)
    if method in _SCORES:
        one = np.ones_like(groups.n1)
        low, high = invert(lambda d: unpaired_difference_score(groups, d, _SCORES[method]), z, (-one, one))
    elif method in _MOVERS:
        low, high = _mover(groups, level, _MOVERS[method])
    else:
        low, high = _WALDS[method](groups, z)
    return np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)


def _point(groups: TwoGroups) -> tuple[Floats, Floats]:
    """p1 - p2 and Wald's error."""
    x1, n1, x2, n2 = groups
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
        return p1 - p2, np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)


def _mover(groups: TwoGroups, level: float, interval: str) -> Bounds:
    """Square-and-add of two single intervals."""
    x1, n1, x2, n2 = groups
    first = Part(x1 / n1, *proportion_bounds(n_events=x1, n=n1, method=interval, level=level))
    second = Part(x2 / n2, *proportion_bounds(n_events=x2, n=n2, method=interval, level=level))
    return mover_difference(first, second, np.zeros_like(n1))


def _wald(groups: TwoGroups, z: float, extra: Floats | float = 0.0) -> Bounds:
    """p1 - p2 -+ (z sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2) + extra)."""
    x1, n1, x2, n2 = groups
    p1, p2 = x1 / n1, x2 / n2
    half = z * np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) + extra
    return p1 - p2 - half, p1 - p2 + half


def _agresti_caffo(groups: TwoGroups, z: float) -> Bounds:
    x1, n1, x2, n2 = groups
    return _wald(TwoGroups(x1 + 1, n1 + 2, x2 + 1, n2 + 2), z)


def _wald_corrected(groups: TwoGroups, z: float) -> Bounds:
    """Wald with Yates's correction: half widened by (1 / n1 + 1 / n2) / 2, at most |p1 - p2| as R's prop.test."""
    x1, n1, x2, n2 = groups
    return _wald(groups, z, np.minimum((1 / n1 + 1 / n2) / 2, np.abs(x1 / n1 - x2 / n2)))


_METHODS: Mapping[str, str] = {
    "newcombe": "Newcombe",
    "newcombe_corrected": "Newcombe with continuity correction",
    "mover_jeffreys": "MOVER of Jeffreys intervals",
    "miettinen_nurminen": "Miettinen-Nurminen score",
    "mee": "Mee score",
    "score_skewness": "score with bias and skewness correction (Laud)",
    "agresti_caffo": "Agresti-Caffo",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
}

_SCORES: Mapping[str, Corrections] = {
    "miettinen_nurminen": Corrections(bias=True),
    "mee": Corrections(),
    "score_skewness": Corrections(bias=True, skewness=True),
}

_MOVERS: Mapping[str, str] = {
    "newcombe": "wilson",
    "newcombe_corrected": "wilson_corrected",
    "mover_jeffreys": "jeffreys_modified",
}

_WALDS: Mapping[str, Callable[[TwoGroups, float], Bounds]] = {
    "agresti_caffo": _agresti_caffo,
    "wald": _wald,
    "wald_corrected": _wald_corrected,
}

DIFFERENCE = Contrast(
    equal=0.0,
    default="newcombe",
    methods=_METHODS,
    scores=_SCORES,
    score=unpaired_difference_score,
    bounds=_bounds,
    point=_point,
    no_value=(("a group has no case", no_case),),
    no_interval="nothing varies inside the groups: this method gives an interval of zero width",
)
