"""Cases for two proportions of different cases: readers or practices with and without help, each with its own cases.

A paired design (`paired.py`) needs far fewer cases where the same recordings can be read both ways.
"""

from math import acos, asin, copysign, cos, pi, sqrt

from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive, check_sides, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, sided

TESTS = ("pooled", "unpooled", "arcsine")
MARGIN_TESTS = ("score", "unpooled")


def two_proportions_power(
    *,
    new: float,
    old: float,
    n_new: int,
    n_old: int,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "pooled",
) -> Plan:
    """Say how probably two independent proportions are shown to differ.

    Phi{[|p1 - p2| - z sqrt(V0)] / sqrt(V1)}, V1 = p1 q1 / n1 + p2 q2 / n2 and V0 the same with the pooled proportion
    (Fleiss; R's power.prop.test) or V1 itself (unpooled); or the difference of arcsin sqrt(p), whose variance is
    (1 / n1 + 1 / n2) / 4 (Cohen's h).

    Parameters
    ----------
    new, old : float
        Proportions that are expected, in (0, 1), different.
    n_new, n_old : int
        Cases in each group.
    alpha, sides
        Of the test.
    test : {"pooled", "unpooled", "arcsine"}
    """
    _check("two_proportions_power", new, old, alpha, sides, test)
    check_whole("two_proportions_power", 1, n_new=n_new, n_old=n_old)
    effect, null, spread = _spreads(new, old, n_old / n_new, test)
    reach = sqrt(n_new) * effect - special.ndtri(1 - alpha / sides) * null
    power = float(special.ndtr(reach / spread))
    goal = f"a difference between {percent(new)} and {percent(old)}"
    inputs: dict[str, float | int | str] = {"new": new, "old": old, "n_new": n_new, "n_old": n_old}
    return _plan(inputs, alpha, sided(f"two proportions, {test}", sides), goal, power)


def two_proportions_cases(
    *,
    new: float,
    old: float,
    power: float = 0.8,
    ratio: float = 1.0,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "pooled",
) -> Plan:
    """Give the cases that show two independent proportions to differ.

    Parameters
    ----------
    new, old, alpha, sides, test
        As in `two_proportions_power`.
    power : float
        Wanted, in (alpha, 1).
    ratio : float
        Cases in the old group for each one in the new, above 0.

    Returns
    -------
    Plan
        `n_total`; the new group's exact size is `inputs["n_new_exact"]`.
    """
    who = "two_proportions_cases"
    _check(who, new, old, alpha, sides, test)
    check_between(who, alpha, 1, power=power)
    check_positive(who, ratio=ratio)
    effect, null, spread = _spreads(new, old, ratio, test)
    root = special.ndtri(1 - alpha / sides) * null + special.ndtri(power) * spread
    goal = f"a difference between {percent(new)} and {percent(old)}"
    inputs: dict[str, float | int | str] = {"new": new, "old": old, "power": power, "ratio": ratio}
    return _sized(inputs, float((root / effect) ** 2), alpha, sided(f"two proportions, {test}", sides), goal)


def two_proportions_noninferiority_cases(
    *,
    new: float,
    old: float,
    margin: float,
    power: float = 0.8,
    ratio: float = 1.0,
    alpha: float = 0.025,
    test: str = "score",
) -> Plan:
    """Give the cases that show an independent proportion to be lower by less than a margin.

    n1 = [z sqrt(V0) + z_power sqrt(V1)]^2 / (p1 - p2 + margin)^2 with V1 = p1 q1 + p2 q2 / ratio and V0 the same at the
    maximum likelihood under p1 - p2 = -margin (score; Farrington and Manning, Stat Med 1990;9:1447-1454) or V1
    (unpooled; Blackwelder, Control Clin Trials 1982;3:345-353; epiR's epi.ssninfb).

    Parameters
    ----------
    new, old : float
        Proportions that are expected, in (0, 1).
    margin : float
        In (0, 1), larger than the loss expected.
    power, ratio
        As in `two_proportions_cases`.
    alpha : float
        One-sided.
    test : {"score", "unpooled"}
    """
    who = "two_proportions_noninferiority_cases"
    check_between(who, 0, 1, new=new, old=old, margin=margin, alpha=alpha)
    check_between(who, alpha, 1, power=power)
    check_positive(who, ratio=ratio)
    check_one_of(who, "test", test, MARGIN_TESTS)
    if new - old <= -margin:
        remedy = "No size shows what is not so."
        raise ArgumentError(who, "margin", "larger than the loss that is expected", margin, remedy)
    spread = sqrt(new * (1 - new) + old * (1 - old) / ratio)
    null = spread
    if test == "score":
        first, second = restricted_proportions(new, old, ratio, -margin)
        null = sqrt(first * (1 - first) + second * (1 - second) / ratio)
    root = special.ndtri(1 - alpha) * null + special.ndtri(power) * spread
    goal = f"that no more than {percent(margin)} is lost, if {percent(new)} follow {percent(old)},"
    method = f"non-inferiority of two proportions, {test}, one-sided"
    inputs: dict[str, float | int | str] = {"new": new, "old": old, "margin": margin, "power": power, "ratio": ratio}
    return _sized(inputs, float((root / (new - old + margin)) ** 2), alpha, method, goal)


def restricted_proportions(new: float, old: float, ratio: float, difference: float) -> tuple[float, float]:
    """Return the likelihood's p1, p2 under p1 - p2 = `difference`, given expected proportions and n2 / n1.

    The root of the cubic of Farrington and Manning (1990, appendix).
    """
    s, theta = difference, ratio
    a = 1 + theta
    b = -(1 + theta + new + theta * old + s * (theta + 2))
    c = s**2 + s * (2 * new + theta + 1) + new + theta * old
    d = -new * s * (1 + s)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = copysign(sqrt(max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), v)
    angle = (pi + acos(min(max(v / u**3, -1.0), 1.0) if u else 0.0)) / 3
    first = 2 * u * cos(angle) - b / (3 * a)
    return first, first - s


def _spreads(new: float, old: float, ratio: float, test: str) -> tuple[float, float, float]:
    """Return effect, and its standard deviations for one new case under the null and the alternative."""
    if test == "arcsine":
        effect = abs(asin(sqrt(new)) - asin(sqrt(old)))
        spread = sqrt((1 + 1 / ratio) / 4)
        return effect, spread, spread
    spread = sqrt(new * (1 - new) + old * (1 - old) / ratio)
    pooled = (new + ratio * old) / (1 + ratio)
    null = sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)) if test == "pooled" else spread
    return abs(new - old), null, spread


def _check(who: str, new: float, old: float, alpha: float, sides: int, test: str) -> None:
    """Refuse what a comparison of two proportions cannot have."""
    check_between(who, 0, 1, new=new, old=old, alpha=alpha)
    check_sides(who, sides)
    check_one_of(who, "test", test, TESTS)
    if new == old:
        raise ArgumentError(who, "new", "other than old", new, "No size shows a difference of 0.")


def _sized(inputs: dict[str, float | int | str], exact: float, alpha: float, method: str, goal: str) -> Plan:
    """Round the sizes of both groups up."""
    n_new = round_up(exact)
    sizes: dict[str, float | int | str] = {
        "n_new": n_new,
        "n_old": round_up(n_new * float(inputs["ratio"])),
        "n_new_exact": exact,
    }
    return _plan({**inputs, **sizes}, alpha, method, goal, float(inputs["power"]))


def _plan(inputs: dict[str, float | int | str], alpha: float, method: str, goal: str, power: float) -> Plan:
    """Put the sizes of both groups into a plan."""
    n_new, n_old = int(inputs["n_new"]), int(inputs["n_old"])
    return Plan(
        method=method,
        sentence=f"{n_new} new and {n_old} old cases show {goal} with a probability of {percent(power)}.",
        n_total=n_new + n_old,
        power=power,
        alpha=alpha,
        effect=float(inputs["new"]) - float(inputs["old"]),
        inputs=inputs,
    )
