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
    first: float,
    second: float,
    n_first: int,
    n_second: int,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "pooled",
    far_tail: bool = False,
) -> Plan:
    """Say how probably two independent proportions are shown to differ.

    Phi{[|p1 - p2| - z sqrt(V0)] / sqrt(V1)}, V1 = p1 q1 / n1 + p2 q2 / n2 and V0 the same with the pooled proportion
    (Fleiss; R's power.prop.test) or V1 itself (unpooled); or the difference of arcsin sqrt(p), whose variance is
    (1 / n1 + 1 / n2) / 4 (Cohen's h).

    Parameters
    ----------
    first, second : float
        Proportions that are expected, in (0, 1), different.
    n_first, n_second : int
        Cases in each group.
    alpha, sides
        Of the test.
    test : {"pooled", "unpooled", "arcsine"}
    far_tail : bool
        Whether to add the chance of a significant difference the other way, which nobody wants; R and most textbooks
        leave it out, statsmodels counts it.
    """
    _check("two_proportions_power", first, second, alpha, sides, test)
    check_whole("two_proportions_power", 1, n_first=n_first, n_second=n_second)
    effect, null, spread = _spreads(first, second, n_second / n_first, test)
    reach = sqrt(n_first) * effect - special.ndtri(1 - alpha / sides) * null
    power = float(special.ndtr(reach / spread))
    if far_tail and sides == 2:
        power += float(special.ndtr((reach - 2 * sqrt(n_first) * effect) / spread))
    goal = f"a difference between {percent(first)} and {percent(second)}"
    inputs: dict[str, float | int | str] = {"first": first, "second": second, "n_first": n_first, "n_second": n_second}
    return _plan(inputs, alpha, sided(f"two proportions, {test}", sides), goal, power)


def arcsine_effect(*, first: float, second: float) -> float:
    """Return Cohen's h, 2 arcsin(sqrt(p1)) - 2 arcsin(sqrt(p2)), from -pi to pi.

    Parameters
    ----------
    first, second : float
        Proportions, in [0, 1].

    Examples
    --------
    >>> round(arcsine_effect(first=0.9, second=0.8), 4)
    0.2838
    """
    for name, value in (("first", first), ("second", second)):
        if not 0 <= value <= 1:
            raise ArgumentError("arcsine_effect", name, "in [0, 1]", value)
    return 2 * asin(sqrt(first)) - 2 * asin(sqrt(second))


def two_proportions_cases(
    *,
    first: float,
    second: float,
    power: float = 0.8,
    ratio: float = 1.0,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "pooled",
) -> Plan:
    """Give the cases that show two independent proportions to differ.

    Parameters
    ----------
    first, second, alpha, sides, test
        As in `two_proportions_power`.
    power : float
        Wanted, in (alpha, 1).
    ratio : float
        Cases in the second group for each one in the first, above 0.

    Returns
    -------
    Plan
        `n_total`; the first group's exact size is `inputs["n_first_exact"]`.
    """
    who = "two_proportions_cases"
    _check(who, first, second, alpha, sides, test)
    check_between(who, alpha, 1, power=power)
    check_positive(who, ratio=ratio)
    effect, null, spread = _spreads(first, second, ratio, test)
    root = special.ndtri(1 - alpha / sides) * null + special.ndtri(power) * spread
    goal = f"a difference between {percent(first)} and {percent(second)}"
    inputs: dict[str, float | int | str] = {"first": first, "second": second, "power": power, "ratio": ratio}
    return _sized(inputs, float((root / effect) ** 2), alpha, sided(f"two proportions, {test}", sides), goal)


def two_proportions_noninferiority_cases(
    *,
    first: float,
    second: float,
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
    first, second : float
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
    check_between(who, 0, 1, first=first, second=second, margin=margin, alpha=alpha)
    check_between(who, alpha, 1, power=power)
    check_positive(who, ratio=ratio)
    check_one_of(who, "test", test, MARGIN_TESTS)
    if first - second <= -margin:
        remedy = "No size shows what is not so."
        raise ArgumentError(who, "margin", "larger than the loss that is expected", margin, remedy)
    spread = sqrt(first * (1 - first) + second * (1 - second) / ratio)
    null = spread
    if test == "score":
        p1, p2 = restricted_proportions(first, second, ratio, -margin)
        null = sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
    root = special.ndtri(1 - alpha) * null + special.ndtri(power) * spread
    goal = f"that no more than {percent(margin)} is lost, if {percent(first)} follow {percent(second)},"
    method = f"non-inferiority of two proportions, {test}, one-sided"
    inputs: dict[str, float | int | str] = {
        "first": first,
        "second": second,
        "margin": margin,
        "power": power,
        "ratio": ratio,
    }
    return _sized(inputs, float((root / (first - second + margin)) ** 2), alpha, method, goal)


def restricted_proportions(first: float, second: float, ratio: float, difference: float) -> tuple[float, float]:
    """Return the likelihood's p1, p2 under p1 - p2 = `difference`, given expected proportions and n2 / n1.

    The root of the cubic of Farrington and Manning (1990, appendix).
    """
    s, theta = difference, ratio
    a = 1 + theta
    b = -(1 + theta + first + theta * second + s * (theta + 2))
    c = s**2 + s * (2 * first + theta + 1) + first + theta * second
    d = -first * s * (1 + s)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = copysign(sqrt(max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), v)
    angle = (pi + acos(min(max(v / u**3, -1.0), 1.0) if u else 0.0)) / 3
    p1 = 2 * u * cos(angle) - b / (3 * a)
    return p1, p1 - s


def _spreads(first: float, second: float, ratio: float, test: str) -> tuple[float, float, float]:
    """Return effect, and its standard deviations for one case of the first group under the null and the alternative."""
    if test == "arcsine":
        effect = abs(asin(sqrt(first)) - asin(sqrt(second)))
        spread = sqrt((1 + 1 / ratio) / 4)
        return effect, spread, spread
    spread = sqrt(first * (1 - first) + second * (1 - second) / ratio)
    pooled = (first + ratio * second) / (1 + ratio)
    null = sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)) if test == "pooled" else spread
    return abs(first - second), null, spread


def _check(who: str, first: float, second: float, alpha: float, sides: int, test: str) -> None:
    """Refuse what a comparison of two proportions cannot have."""
    check_between(who, 0, 1, first=first, second=second, alpha=alpha)
    check_sides(who, sides)
    check_one_of(who, "test", test, TESTS)
    if first == second:
        raise ArgumentError(who, "first", "other than second", first, "No size shows a difference of 0.")


def _sized(inputs: dict[str, float | int | str], exact: float, alpha: float, method: str, goal: str) -> Plan:
    """Round the sizes of both groups up."""
    n_first = round_up(exact)
    sizes: dict[str, float | int | str] = {
        "n_first": n_first,
        "n_second": round_up(n_first * float(inputs["ratio"])),
        "n_first_exact": exact,
    }
    return _plan({**inputs, **sizes}, alpha, method, goal, float(inputs["power"]))


def _plan(inputs: dict[str, float | int | str], alpha: float, method: str, goal: str, power: float) -> Plan:
    """Put the sizes of both groups into a plan."""
    n_first, n_second = int(inputs["n_first"]), int(inputs["n_second"])
    return Plan(
        method=method,
        sentence=f"{n_first} cases of the first group and {n_second} of the second show {goal} with a probability of "
        f"{percent(power)}.",
        n_total=n_first + n_second,
        power=power,
        alpha=alpha,
        effect=float(inputs["first"]) - float(inputs["second"]),
        inputs=inputs,
    )
