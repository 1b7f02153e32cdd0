"""A number at a stated prevalence, where the prevalence itself was estimated elsewhere and has an interval of its own.

The two sources do not know of one another, so that the distances that each of them leaves from the value to a bound are
squared and added, on the scale on which they add up: a logarithm for a product, log odds for a predictive value (the
odds after a call are the odds before it times a likelihood ratio).
"""

from collections.abc import Callable
from dataclasses import replace
from math import exp, hypot, inf, isinf, log, log1p
from typing import Literal

from scipy.special import ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

Scale = Literal["identity", "log", "logit"]


def prevalence_bounds(
    *, value: float, low: float, high: float, level: float = 0.95, stated_level: float = 0.95
) -> tuple[float, float]:
    """Return the bounds of a prevalence at another level than the one at which they were stated.

    Parameters
    ----------
    value, low, high : float
        Prevalence and its bounds, 0 < low <= value <= high < 1.
    level, stated_level : float
        Of the bounds that are asked for, and of those that are given.

    Returns
    -------
    tuple of float
        Low and high: distances in log odds are those given times the ratio of the two normal quantiles.

    Raises
    ------
    ArgumentError
        When the three are not in that order within (0, 1).

    Examples
    --------
    >>> prevalence_bounds(value=0.07, low=0.05, high=0.1)
    (0.05, 0.1)
    """
    if not 0 < low <= value <= high < 1:
        rule = "0 < low <= value <= high < 1"
        raise ArgumentError("prevalence_bounds", "low, value, high", rule, (low, value, high))
    if level == stated_level:
        return low, high
    ratio = float(ndtri((1 + level) / 2) / ndtri((1 + stated_level) / 2))
    at = _log_odds(value)
    return _share(at - ratio * (at - _log_odds(low))), _share(at + ratio * (_log_odds(high) - at))


def with_uncertain_prevalence(at: Estimate, at_low: Estimate, at_high: Estimate, *, scale: Scale) -> Estimate:
    """Return a number at a stated prevalence with an interval that carries the uncertainty of the prevalence too.

    Distance from value to bound = sqrt(d1² + d2²), d1 that of the interval at the prevalence taken as known, d2 that to
    the value at the prevalence's own bound (square-and-add: Zou and Donner, Stat Med 2008;27:1693-1702). Where the
    value is at an end of the scale (no finding missed, say), distances cannot be told: the widest of the three
    intervals is given, which covers more often than it says.

    Parameters
    ----------
    at, at_low, at_high : Estimate
        The same number of the same readings at the prevalence, and at its lower and upper bound (`prevalence_bounds`).
    scale : {"identity", "log", "logit"}
        Where the two sources add up: "log" for a share of ECGs that is prevalence times a rate, "logit" for a
        predictive value, "identity" for a net benefit.

    Returns
    -------
    Estimate
        Without standard error, statistic and p-value; `at` itself where it has no interval.
    """
    bounds = [e.low for e in (at, at_low, at_high)], [e.high for e in (at, at_low, at_high)]
    values = (at.value, at_low.value, at_high.value)
    if any(number is None for numbers in (*bounds, values) for number in numbers):
        return at
    lows, highs = ([float(b) for b in side if b is not None] for side in bounds)
    value, first, second = (float(v) for v in values if v is not None)
    there, back = _SCALES[scale]
    where = there(value)
    if isinf(where):
        low, high = min(lows), max(highs)
    else:
        down, up = (pick(where, there(first), there(second)) for pick in (min, max))
        low = back(where - hypot(where - there(lows[0]), where - down))
        high = back(where + hypot(there(highs[0]) - where, up - where))
    return replace(at, low=low, high=high, standard_error=None, statistic=None, p_value=None)


def _log_odds(share: float) -> float:
    return -inf if share <= 0 else inf if share >= 1 else log(share) - log1p(-share)


def _share(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds)) if log_odds > -700 else 0.0


_SCALES: dict[Scale, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "identity": (float, float),
    "log": (lambda x: log(x) if x > 0 else -inf, exp),
    "logit": (_log_odds, _share),
}
