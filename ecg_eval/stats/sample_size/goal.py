"""Cases to show that a proportion exceeds a goal: "sensitivity above 0.80".

One-sided by nature: the goal is met when the lower limit lies above it. The exact test is the default, because with the
few positive cases of a rare finding the normal one promises power that is not there.
"""

from math import sqrt

import numpy as np
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up

TESTS = ("exact", "normal")


def goal_power(*, expected: float, goal: float, n: int, alpha: float = 0.025, test: str = "exact") -> Plan:
    """Say how probably n cases show that a proportion exceeds a goal.

    exact: P(X >= c | n, p1), c the smallest count with P(X >= c | n, p0) <= alpha.
    normal: Phi{[sqrt(n) (p1 - p0) - z_alpha sqrt(p0 q0)] / sqrt(p1 q1)}.

    Parameters
    ----------
    expected : float
        p1, the true proportion, above the goal.
    goal : float
        p0, in (0, 1).
    n : int
        Cases of the kind that counts.
    alpha : float
        One-sided.
    test : {"exact", "normal"}
    """
    _check("goal_power", expected, goal, alpha, test)
    check_whole("goal_power", 1, n=n)
    power = float(_power(expected, goal, np.array([n]), alpha, test)[0])
    return _plan({"expected": expected, "goal": goal, "test": test}, n, alpha, power)


def goal_cases(
    *, expected: float, goal: float, power: float = 0.8, alpha: float = 0.025, test: str = "exact", max_n: int = 20_000
) -> Plan:
    """Give the cases that show that a proportion exceeds a goal.

    The power of the exact test falls and rises as n grows; the size given is the smallest from which on it never falls
    below the power wanted again.

    Parameters
    ----------
    expected, goal, alpha, test
        As in `goal_power`.
    power : float
        Wanted, in (alpha, 1).
    max_n : int
        Where to stop looking; None with a reason where it is not enough.
    """
    _check("goal_cases", expected, goal, alpha, test)
    check_between("goal_cases", alpha, 1, power=power)
    check_whole("goal_cases", 1, max_n=max_n)
    inputs: dict[str, float | int | str] = {"expected": expected, "goal": goal, "test": test, "power": power}
    root = special.ndtri(1 - alpha) * sqrt(goal * (1 - goal)) + special.ndtri(power) * sqrt(expected * (1 - expected))
    normal = float((root / (expected - goal)) ** 2)
    if test == "normal" and round_up(normal) <= max_n:
        n = round_up(normal)
        reached = float(_power(expected, goal, np.array([n]), alpha, test)[0])
        return _plan(inputs, n, alpha, reached, exact=normal)
    # the saw-tooth is narrow beside the normal size, so that twice that size lies beyond its last fall
    top = min(max_n, 2 * round_up(normal) + 200)
    sizes = np.arange(1, top + 1)
    reached_at = _power(expected, goal, sizes, alpha, test)
    below = np.flatnonzero(reached_at < power)
    start = int(below[-1]) + 1 if below.size else 0
    if start >= len(sizes):
        reason = f"{max_n} cases, the most allowed, are not enough"
        sentence = f"No size up to {max_n} gives a power of {percent(power)}."
        return Plan(method=_method(test), sentence=sentence, reason=reason, inputs=inputs)
    return _plan(inputs, int(sizes[start]), alpha, float(reached_at[start]))


def _power(expected: float, goal: float, n: np.ndarray, alpha: float, test: str) -> np.ndarray:
    """Return the power at each size."""
    if test == "normal":
        reach = np.sqrt(n) * (expected - goal) - special.ndtri(1 - alpha) * sqrt(goal * (1 - goal))
        return np.asarray(special.ndtr(reach / sqrt(expected * (1 - expected))))
    # isf gives the smallest k with P(X > k) <= alpha, so that c = k + 1
    critical = stats.binom.isf(alpha, n, goal)
    return np.asarray(stats.binom.sf(critical, n, expected))


def _check(who: str, expected: float, goal: float, alpha: float, test: str) -> None:
    """Refuse what no goal can have."""
    check_between(who, 0, 1, expected=expected, goal=goal, alpha=alpha)
    check_one_of(who, "test", test, TESTS)
    if expected <= goal:
        raise ArgumentError(who, "expected", f"above the goal of {goal:g}", expected, "What is not so cannot be shown.")


def _method(test: str) -> str:
    """Name the test."""
    return f"one proportion above a goal, {test} binomial test, one-sided"


def _plan(
    inputs: dict[str, float | int | str], n: int, alpha: float, power: float, *, exact: float | None = None
) -> Plan:
    """Put a size and its power into a plan."""
    expected, goal = float(inputs["expected"]), float(inputs["goal"])
    return Plan(
        method=_method(str(inputs["test"])),
        sentence=(
            f"{n} cases show a proportion above {percent(goal)} with a probability of {percent(power)}, if it is "
            f"{percent(expected)}."
        ),
        n_total=n,
        n_total_exact=exact,
        power=power,
        alpha=alpha,
        effect=expected - goal,
        inputs=inputs,
    )
