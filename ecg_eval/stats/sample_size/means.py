"""Readers or cases for a difference of two means by the t test: times or confidence, with and without help.

The effect is in standard deviations: paired, of the differences (each reader with and without help); independent, of
the numbers themselves (one arm with help and one without). Times are planned on their logarithm: log(0.8) for a fifth
less. Power is that of the non-central t, both tails counted, and sizes are solved without rounding first.
"""

from collections.abc import Callable
from math import inf, sqrt

import numpy as np
from scipy import special, stats
from scipy.optimize import brentq

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_positive, check_sides, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, sided

_MOST = 1e7  # units beyond which no study is planned
PAIRED, INDEPENDENT = "paired t test", "two-sample t test"


def paired_means_power(*, effect: float, n: float, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Say how probably n pairs show a mean difference of `effect` standard deviations of the differences.

    P(|T| > t_{1 - alpha / 2, n - 1}), T non-central with n - 1 degrees of freedom and effect sqrt(n).

    Parameters
    ----------
    effect : float
        Mean difference over the standard deviation of the differences, not 0.
    n : float
        Pairs (readers), 2 or more; it need not be whole.
    alpha, sides
        Of the test; one-sided in the direction of the effect.
    """
    _check("paired_means_power", effect, alpha, sides)
    if not n >= 2:
        raise ArgumentError("paired_means_power", "n", "2 or more", n)
    return _plan(PAIRED, effect, n, alpha, sides, _paired(abs(effect), n, alpha, sides))


def paired_means_cases(*, effect: float, power: float = 0.8, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Give the pairs that show a mean difference of `effect` standard deviations of the differences.

    Parameters
    ----------
    effect, alpha, sides
        As in `paired_means_power`.
    power : float
        Wanted, in (alpha, 1).

    Returns
    -------
    Plan
        `n_total` pairs, `n_total_exact` before rounding; None with a reason where it would be more than ten million.
    """
    _check("paired_means_cases", effect, alpha, sides)
    check_between("paired_means_cases", alpha, 1, power=power)
    exact = _solved(lambda n: _paired(abs(effect), n, alpha, sides) - power, 2.0)
    if exact is None:
        return _none(PAIRED, effect, alpha, sides)
    return _plan(PAIRED, effect, exact, alpha, sides, _paired(abs(effect), round_up(exact), alpha, sides))


def paired_means_effect(*, n: int, power: float = 0.8, alpha: float = 0.05, sides: int = 2) -> Plan:
    """Give the smallest mean difference, in standard deviations of the differences, that n pairs show.

    Parameters
    ----------
    n : int
        Pairs, 2 or more.
    power, alpha, sides
        As in `paired_means_cases`.

    Returns
    -------
    Plan
        Its `effect`.
    """
    who = "paired_means_effect"
    check_whole(who, 2, n=n)
    check_between(who, 0, 1, alpha=alpha)
    check_sides(who, sides)
    check_between(who, alpha, 1, power=power)
    most = 0.1
    while _paired(most, n, alpha, sides) < power:
        most *= 2
    effect = brentq(lambda d: _paired(d, n, alpha, sides) - power, 1e-9, most, xtol=1e-10)
    return _plan(PAIRED, float(effect), n, alpha, sides, power)


def independent_means_power(
    *, effect: float, n_first: float, ratio: float = 1.0, alpha: float = 0.05, sides: int = 2
) -> Plan:
    """Say how probably two groups show means that lie `effect` standard deviations apart.

    The t test of equal variances on n1 + n2 - 2 degrees of freedom, non-centrality effect sqrt(n1 n2 / (n1 + n2)).

    Parameters
    ----------
    effect : float
        Difference of the means over the common standard deviation, not 0.
    n_first : float
        Units of the first group, 2 or more.
    ratio : float
        Units of the second group for each of the first.
    alpha, sides
        As in `paired_means_power`.
    """
    who = "independent_means_power"
    _check(who, effect, alpha, sides)
    check_positive(who, ratio=ratio)
    if not n_first >= 2:
        raise ArgumentError(who, "n_first", "2 or more", n_first)
    power = _independent(abs(effect), n_first, ratio, alpha, sides)
    return _plan(INDEPENDENT, effect, n_first * (1 + ratio), alpha, sides, power, ratio)


def independent_means_cases(
    *, effect: float, power: float = 0.8, ratio: float = 1.0, alpha: float = 0.05, sides: int = 2
) -> Plan:
    """Give the units that show means of two groups `effect` standard deviations apart.

    Parameters
    ----------
    effect, ratio, alpha, sides
        As in `independent_means_power`.
    power : float
        Wanted, in (alpha, 1).

    Returns
    -------
    Plan
        `n_total` of both groups; the first group's exact size is `inputs["n_first_exact"]`.
    """
    who = "independent_means_cases"
    _check(who, effect, alpha, sides)
    check_positive(who, ratio=ratio)
    check_between(who, alpha, 1, power=power)
    exact = _solved(lambda n: _independent(abs(effect), n, ratio, alpha, sides) - power, 2.0)
    if exact is None:
        return _none(INDEPENDENT, effect, alpha, sides)
    first = round_up(exact)
    made = _independent(abs(effect), first, round_up(first * ratio) / first, alpha, sides)
    return _plan(INDEPENDENT, effect, exact * (1 + ratio), alpha, sides, made, ratio)


def _paired(effect: float, n: float, alpha: float, sides: int) -> float:
    return _power(effect * sqrt(n), n - 1, alpha, sides)


def _independent(effect: float, n_first: float, ratio: float, alpha: float, sides: int) -> float:
    n_second = ratio * n_first
    return _power(effect * sqrt(n_first * n_second / (n_first + n_second)), n_first + n_second - 2, alpha, sides)


def _power(noncentrality: float, df: float, alpha: float, sides: int) -> float:
    critical = float(special.stdtrit(df, 1 - alpha / sides))
    beyond = float(stats.nct.sf(critical, df, noncentrality))
    return beyond + (float(np.nan_to_num(special.nctdtr(df, noncentrality, -critical))) if sides == 2 else 0.0)


def _solved(excess: Callable[[float], float], least: float) -> float | None:
    """Return the size at which the power is reached; the least one where it is more than enough."""
    if excess(least) >= 0:
        return least
    most = least
    while excess(most) < 0:
        most *= 4
        if most > _MOST:
            return None
    return float(brentq(excess, least, most, xtol=1e-8))


def _check(who: str, effect: float, alpha: float, sides: int) -> None:
    if not 0 < abs(effect) < inf:
        raise ArgumentError(who, "effect", "finite and not 0", effect)
    check_between(who, 0, 1, alpha=alpha)
    check_sides(who, sides)


def _plan(
    method: str, effect: float, exact: float, alpha: float, sides: int, power: float, ratio: float | None = None
) -> Plan:
    first = exact if ratio is None else exact / (1 + ratio)
    whole = round_up(first)
    total = whole if ratio is None else whole + round_up(whole * ratio)
    units = f"{total} pairs" if ratio is None else f"{total} units in two groups"
    inputs: dict[str, float | int | str] = {"effect": effect, "sides": sides, "n_first_exact": first}
    return Plan(
        method=sided(f"{method}, non-central t", sides),
        sentence=f"{units} show a difference of {effect:.3g} standard deviations with a power of {percent(power)}.",
        n_total=total,
        n_total_exact=exact,
        power=power,
        alpha=alpha,
        effect=effect,
        inputs=inputs if ratio is None else inputs | {"ratio": ratio},
    )


def _none(method: str, effect: float, alpha: float, sides: int) -> Plan:
    reason = f"an effect of {effect:.3g} standard deviations needs more than ten million"
    return Plan(
        method=sided(f"{method}, non-central t", sides),
        sentence=f"No size is given: {reason}.",
        alpha=alpha,
        effect=effect,
        inputs={"effect": effect},
        reason=reason,
    )
