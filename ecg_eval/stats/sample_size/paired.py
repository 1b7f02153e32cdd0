"""Cases for two readings of the same cases, right or wrong: McNemar's test, and non-inferiority.

Only cases on which the two readings differ count. Their shares are what has to be assumed: `p_only_first`, the first
reading right and the second wrong, and `p_only_second`, the other way round. `discordant_shares` works them out from
the two proportions and their correlation; assuming independence (correlation 0) asks for too many cases, as a rule.
"""

from math import ceil, floor, sqrt

import numpy as np
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_at_least, check_between, check_one_of, check_sides, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, sided

TESTS = ("unconditional", "conditional", "exact", "mid_p")
MARGIN_TESTS = ("score", "wald")


def discordant_shares(*, first: float, second: float, correlation: float = 0.0) -> tuple[float, float]:
    """Return (p_only_first, p_only_second) from the proportions right and the correlation of the two readings.

    p_both = p1 p2 + phi sqrt(p1 q1 p2 q2); p_only_first = p1 - p_both, p_only_second = p2 - p_both.

    Parameters
    ----------
    first, second : float
        Proportions right (sensitivity, say), in (0, 1).
    correlation : float
        Phi coefficient of being right, as large as the proportions allow.

    Returns
    -------
    (float, float)
        Shares of all cases, each in [0, 1].
    """
    check_between("discordant_shares", 0, 1, first=first, second=second)
    spread = sqrt(first * (1 - first) * second * (1 - second))
    both = first * second + correlation * spread
    least, most = max(0.0, first + second - 1), min(first, second)
    if not least - 1e-12 <= both <= most + 1e-12:
        rule = f"possible for proportions of {first:g} and {second:g}"
        low, high = ceil(1000 * (least - first * second) / spread), floor(1000 * (most - first * second) / spread)
        remedy = f"It may lie from {low / 1000:g} to {high / 1000:g}."
        raise ArgumentError("discordant_shares", "correlation", rule, correlation, remedy)
    return max(first - both, 0.0), max(second - both, 0.0)


def mcnemar_power(
    *,
    p_only_first: float,
    p_only_second: float,
    n: int,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "unconditional",
) -> Plan:
    """Say how probably McNemar's test finds a difference between two readings of n cases.

    With d = p_only_first - p_only_second and psi = p_only_first + p_only_second:

    * unconditional (Connor, Biometrics 1987;43:207-211; Lachin, Stat Med 1992;11:1239-1251):
      Phi{[sqrt(n) |d| - z sqrt(psi)] / sqrt(psi - d^2)};
    * conditional (Miettinen, Biometrics 1968;24:339-352):
      Phi{[sqrt(n psi) |d| - z psi] / sqrt(psi^2 - d^2 (3 + psi) / 4)};
    * exact, mid-p: the exact conditional test and its mid-p version, averaged over the number of discordant cases.

    Parameters
    ----------
    p_only_first, p_only_second : float
        Shares of the two kinds of discordant cases among all, not equal.
    n : int
        Cases of the kind that counts (those with the finding, for sensitivity).
    alpha, sides
        Of the test.
    test : {"unconditional", "conditional", "exact", "mid_p"}
    """
    _check("mcnemar_power", p_only_first, p_only_second, alpha, sides, test)
    check_whole("mcnemar_power", 1, n=n)
    inputs: dict[str, float | int | str] = {
        "p_only_first": p_only_first,
        "p_only_second": p_only_second,
        "sides": sides,
        "test": test,
    }
    return _plan(inputs, n, alpha, _mcnemar_power(p_only_first, p_only_second, n, alpha, sides, test))


def mcnemar_cases(
    *,
    p_only_first: float,
    p_only_second: float,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: int = 2,
    test: str = "unconditional",
) -> Plan:
    """Give the cases with which McNemar's test finds a difference.

    The normal formulae are solved for n; for the exact tests, whose power falls and rises as n grows, the smallest size
    from which on it never falls below the power wanted again (within half as many again).

    Parameters
    ----------
    p_only_first, p_only_second, alpha, sides, test
        As in `mcnemar_power`.
    power : float
        Wanted, in (alpha, 1).
    """
    _check("mcnemar_cases", p_only_first, p_only_second, alpha, sides, test)
    check_between("mcnemar_cases", alpha, 1, power=power)
    psi, d = p_only_first + p_only_second, abs(p_only_first - p_only_second)
    z, z_power = float(special.ndtri(1 - alpha / sides)), float(special.ndtri(power))
    exact = ((z * sqrt(psi) + z_power * sqrt(psi - d**2)) / d) ** 2
    if test == "conditional":
        exact = (z * psi + z_power * sqrt(psi**2 - d**2 * (3 + psi) / 4)) ** 2 / (psi * d**2)
    n = round_up(exact)
    if test in ("exact", "mid_p"):
        sizes = range(max(1, n // 2), n + n // 2 + 50)
        enough = [_mcnemar_power(p_only_first, p_only_second, size, alpha, sides, test) >= power for size in sizes]
        n = sizes[len(enough) - enough[::-1].index(False)] if not all(enough) else sizes[0]
    reached = _mcnemar_power(p_only_first, p_only_second, n, alpha, sides, test)
    inputs: dict[str, float | int | str] = {
        "p_only_first": p_only_first,
        "p_only_second": p_only_second,
        "sides": sides,
        "test": test,
        "power": power,
    }
    return _plan(inputs, n, alpha, reached, exact=exact if test in ("unconditional", "conditional") else None)


def paired_noninferiority_power(
    *, p_only_first: float, p_only_second: float, margin: float, n: int, alpha: float = 0.025, test: str = "score"
) -> Plan:
    """Say how probably n cases show that the first reading is not worse than the second by the margin or more.

    Phi{[sqrt(n) (d + margin) - z sqrt(V0)] / sqrt(V1)}, d = p_only_first - p_only_second, V1 = psi - d^2, and V0 the
    same variance under d = -margin, its discordant share estimated under that restriction (Nam, Biometrics
    1997;53:1422-1430; it goes with Tango's score interval), or V1 itself (wald; Lu and Bean, Stat Med
    1995;14:1831-1839).

    Parameters
    ----------
    p_only_first, p_only_second : float
        Shares of discordant cases that are expected; equal where the readings are as good as each other.
    margin : float
        Above 0: the loss that is still acceptable, as a difference of proportions.
    n : int
        Cases of the kind that counts.
    alpha : float
        One-sided.
    test : {"score", "wald"}
    """
    _check_margin("paired_noninferiority_power", p_only_first, p_only_second, margin, alpha, test)
    check_whole("paired_noninferiority_power", 1, n=n)
    null, spread = _noninferiority_spreads(p_only_first, p_only_second, margin, test)
    reach = sqrt(n) * (p_only_first - p_only_second + margin) - special.ndtri(1 - alpha) * null
    inputs: dict[str, float | int | str] = {
        "p_only_first": p_only_first,
        "p_only_second": p_only_second,
        "margin": margin,
        "test": test,
    }
    return _plan(inputs, n, alpha, float(special.ndtr(reach / spread)))


def paired_noninferiority_cases(
    *,
    p_only_first: float,
    p_only_second: float,
    margin: float,
    power: float = 0.8,
    alpha: float = 0.025,
    test: str = "score",
) -> Plan:
    """Give the cases that show non-inferiority of the first: [z sqrt(V0) + z_power sqrt(V1)]^2 / (d + margin)^2.

    Parameters and sources as in `paired_noninferiority_power`; `power` is wanted, in (alpha, 1).
    """
    _check_margin("paired_noninferiority_cases", p_only_first, p_only_second, margin, alpha, test)
    check_between("paired_noninferiority_cases", alpha, 1, power=power)
    null, spread = _noninferiority_spreads(p_only_first, p_only_second, margin, test)
    root = special.ndtri(1 - alpha) * null + special.ndtri(power) * spread
    exact = float((root / (p_only_first - p_only_second + margin)) ** 2)
    n = round_up(exact)
    reach = sqrt(n) * (p_only_first - p_only_second + margin) - special.ndtri(1 - alpha) * null
    inputs: dict[str, float | int | str] = {
        "p_only_first": p_only_first,
        "p_only_second": p_only_second,
        "margin": margin,
        "test": test,
        "power": power,
    }
    return _plan(inputs, n, alpha, float(special.ndtr(reach / spread)), exact=exact)


def _mcnemar_power(p_only_first: float, p_only_second: float, n: int, alpha: float, sides: int, test: str) -> float:
    """Return the power of one test at one size."""
    psi, d = p_only_first + p_only_second, abs(p_only_first - p_only_second)
    z = float(special.ndtri(1 - alpha / sides))
    if test == "unconditional":
        return float(special.ndtr((sqrt(n) * d - z * sqrt(psi)) / sqrt(psi - d**2)))
    if test == "conditional":
        return float(special.ndtr((sqrt(n * psi) * d - z * psi) / sqrt(psi**2 - d**2 * (3 + psi) / 4)))
    discordant = np.arange(n + 1)
    # largest count of the rarer kind that still rejects in one tail; -1 where none does
    count = np.asarray(stats.binom.ppf(alpha / sides, discordant, 0.5))
    tail = _tail(count, discordant, test)
    count = np.where(tail > alpha / sides, count - 1, count)
    if test == "mid_p":
        count = np.where(_tail(count + 1, discordant, test) <= alpha / sides, count + 1, count)
    share = max(p_only_first, p_only_second) / psi
    power = stats.binom.cdf(count, discordant, 1 - share)
    if sides == 2:
        power = power + stats.binom.cdf(count, discordant, share)
    return float(np.sum(stats.binom.pmf(discordant, n, psi) * power))


def _tail(count: np.ndarray, discordant: np.ndarray, test: str) -> np.ndarray:
    """Return the one-sided p-value of a count under a half; mid-p counts half of the count itself."""
    tail = stats.binom.cdf(count, discordant, 0.5)
    return np.asarray(tail if test == "exact" else tail - stats.binom.pmf(count, discordant, 0.5) / 2)


def _noninferiority_spreads(p_only_first: float, p_only_second: float, margin: float, test: str) -> tuple[float, float]:
    """Return sqrt(V0) and sqrt(V1) for one case.

    Under p_only_first - p_only_second = -m the likelihood's p_only_second solves 2 q^2 + B q + C = 0 with B = -psi - m
    (2 - d) and C = p_only_second m (1 + m); V0 = 2 q - m - m^2.
    """
    d = p_only_first - p_only_second
    spread = sqrt(p_only_first + p_only_second - d**2)
    if test == "wald":
        return spread, spread
    b = -(p_only_first + p_only_second) - margin * (2 - d)
    c = p_only_second * margin * (1 + margin)
    q = (sqrt(b**2 - 8 * c) - b) / 4
    return sqrt(2 * q - margin - margin**2), spread


def _check(who: str, p_only_first: float, p_only_second: float, alpha: float, sides: int, test: str) -> None:
    """Refuse what McNemar's test cannot have."""
    check_at_least(who, 0, p_only_first=p_only_first, p_only_second=p_only_second)
    check_between(who, 0, 1, alpha=alpha)
    check_sides(who, sides)
    check_one_of(who, "test", test, TESTS)
    if p_only_first + p_only_second > 1 or p_only_first == p_only_second:
        rule = "different and at most 1 together"
        raise ArgumentError(who, "p_only_first and p_only_second", rule, (p_only_first, p_only_second))
    if min(p_only_first, p_only_second) == 0 and p_only_first + p_only_second == 1:
        raise ArgumentError(who, "p_only_first and p_only_second", "short of certainty", (p_only_first, p_only_second))


def _check_margin(who: str, p_only_first: float, p_only_second: float, margin: float, alpha: float, test: str) -> None:
    """Refuse what no test of non-inferiority can have."""
    check_at_least(who, 0, p_only_first=p_only_first, p_only_second=p_only_second)
    check_between(who, 0, 1, alpha=alpha, margin=margin)
    check_one_of(who, "test", test, MARGIN_TESTS)
    if p_only_first + p_only_second - (p_only_first - p_only_second) ** 2 <= 0 or p_only_first + p_only_second > 1:
        raise ArgumentError(
            who, "p_only_first and p_only_second", "above 0 and at most 1 together", (p_only_first, p_only_second)
        )
    if p_only_first - p_only_second <= -margin:
        remedy = "No size shows what is not so."
        raise ArgumentError(who, "margin", "larger than the loss that is expected", margin, remedy)


def _plan(
    inputs: dict[str, float | int | str], n: int, alpha: float, power: float, *, exact: float | None = None
) -> Plan:
    """Put a size and its power into a plan; with a margin among the inputs, that of non-inferiority."""
    gain, loss, test = float(inputs["p_only_first"]), float(inputs["p_only_second"]), str(inputs["test"])
    if "margin" in inputs:
        method = f"non-inferiority of paired proportions, {test}, one-sided"
        goal = f"that no more than {percent(float(inputs['margin']))} is lost"
    else:
        method = sided(f"McNemar, {test.replace('_', '-')}", int(inputs["sides"]))
        goal = f"a difference of {percent(gain - loss)}"
    return Plan(
        method=method,
        sentence=(
            f"{n} cases read both ways show {goal} with a probability of {percent(power)}, if {percent(gain)} are "
            f"gained and {percent(loss)} lost."
        ),
        n_total=n,
        n_total_exact=exact,
        power=power,
        alpha=alpha,
        effect=gain - loss,
        inputs=inputs,
    )
