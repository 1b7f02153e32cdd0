"""Cases for agreement: a kappa to a stated precision, or above a stated value.

Two ways of varying are on offer. `cohen` lets two raters have different prevalences and uses the large-sample variance
of Cohen's kappa (Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323-327). `common` is for two or more raters who share
one prevalence: the counts of raters who say yes follow the common-correlation model, and the reference is the
goodness-of-fit statistic of Donner and Eliasziw (Stat Med 1992;11:1511-1519; Donner and Rotondi, Int J Biostat
2010;6:31, for more raters), which holds up better where kappa is high or the finding rare.
"""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_sides, check_whole
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, sided
from ecg_eval.stats.sample_size.proportions import smallest_whole

Array = NDArray[np.float64]

_MAX_CASES = 10_000_000


def cohen_kappa_variance(*, table: ArrayLike) -> float:
    """Large-sample variance of Cohen's kappa for one case, at a table of expected proportions.

    {sum p_ii [(1 - pe) - (p_i. + p_.i)(1 - po)]^2 + (1 - po)^2 sum_{i != j} p_ij (p_.i + p_j.)^2
    - (po pe - 2 pe + po)^2} / (1 - pe)^4 (Fleiss, Cohen and Everitt 1969).

    Parameters
    ----------
    table : array_like, shape (n_categories, n_categories)
        Proportions by first and second rater, summing to 1.

    Returns
    -------
    float
        At least 0; divide by the number of cases.
    """
    p = np.asarray(table, float)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ArgumentError("cohen_kappa_variance", "table", "square, not negative, summing to 1", p.tolist())
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    po, pe = float(np.trace(p)), float(rows @ columns)
    if pe >= 1:
        raise ArgumentError("cohen_kappa_variance", "table", "of more than one category", p.tolist())
    diagonal = np.diag(p) @ ((1 - pe) - (rows + columns) * (1 - po)) ** 2
    other = p * (columns[:, None] + rows[None, :]) ** 2
    rest = (1 - po) ** 2 * (other.sum() - np.trace(other))
    return float((diagonal + rest - (po * pe - 2 * pe + po) ** 2) / (1 - pe) ** 4)


def binary_agreement_table(*, kappa: float, first: float, second: float) -> Array:
    """Build the table of two raters' yes and no from kappa and their two prevalences.

    po = kappa (1 - pe) + pe; both yes = (po + p1 + p2 - 1) / 2.

    Returns
    -------
    ndarray, shape (2, 2)
        Yes first. Refused where kappa is not possible with these prevalences.
    """
    who = "binary_agreement_table"
    check_between(who, 0, 1, first=first, second=second)
    pe = first * second + (1 - first) * (1 - second)
    po = kappa * (1 - pe) + pe
    yes = (po + first + second - 1) / 2
    table = np.array([[yes, first - yes], [second - yes, po - yes]])
    if (table < -1e-12).any():
        raise ArgumentError(who, "kappa", f"possible with prevalences of {first:g} and {second:g}", kappa)
    return np.asarray(np.maximum(table, 0.0))


def cohen_kappa_cases(
    *, kappa: float, half_width: float, first: float, second: float | None = None, level: float = 0.95
) -> Plan:
    """Give the cases for which the interval of Cohen's kappa has a half-width of so much: n = z^2 V / L^2.

    Parameters
    ----------
    kappa : float
        Expected, in (-1, 1).
    half_width : float
        L, in (0, 1).
    first, second : float
        Prevalence of yes by the two raters, in (0, 1); the second as the first if left out.
    level : float
        Of the interval.
    """
    check_between("cohen_kappa_cases", 0, 1, half_width=half_width, level=level)
    other = first if second is None else second
    variance = cohen_kappa_variance(table=binary_agreement_table(kappa=kappa, first=first, second=other))
    exact = float(special.ndtri((1 + level) / 2) ** 2 * variance / half_width**2)
    n = round_up(exact)
    reached = float(special.ndtri((1 + level) / 2) * sqrt(variance / n))
    return Plan(
        method="precision of Cohen's kappa, large-sample variance",
        sentence=f"{n} cases read by both give a {percent(level)} interval of {kappa:g} plus or minus {reached:.3g}.",
        n_total=n,
        n_total_exact=exact,
        alpha=1 - level,
        half_width=reached,
        inputs={"kappa": kappa, "half_width": half_width, "first": first, "second": other},
    )


def cohen_kappa_test_cases(
    *,
    kappa: float,
    null: float,
    first: float,
    second: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: int = 1,
) -> Plan:
    """Give the cases that show Cohen's kappa to differ from a stated value.

    n = [z sqrt(V(null)) + z_power sqrt(V(kappa))]^2 / (kappa - null)^2 (Cantor, Psychol Methods 1996;1:150-153; irr's
    N.cohen.kappa).

    Parameters
    ----------
    kappa, null : float
        Expected, and to be refuted; different.
    first, second : float
        Prevalence of yes by the two raters, in (0, 1); the second as the first if left out.
    power : float
        Wanted, in (alpha, 1).
    alpha, sides
        Of the test; one-sided ("kappa above 0.6") by default, as in the source.
    """
    who = "cohen_kappa_test_cases"
    check_between(who, 0, 1, alpha=alpha)
    check_between(who, alpha, 1, power=power)
    check_sides(who, sides)
    if kappa == null:
        raise ArgumentError(who, "kappa", "other than null", kappa, "No size shows a difference of 0.")
    other = first if second is None else second
    spreads = [
        sqrt(cohen_kappa_variance(table=binary_agreement_table(kappa=k, first=first, second=other)))
        for k in (null, kappa)
    ]
    root = special.ndtri(1 - alpha / sides) * spreads[0] + special.ndtri(power) * spreads[1]
    exact = float((root / (kappa - null)) ** 2)
    return _tested(exact, kappa, null, power, alpha, sided("Cohen's kappa, Cantor 1996", sides), 2)


def common_kappa_cases(
    *, kappa: float, low: float, high: float | None = None, prevalence: float, n_raters: int = 2, level: float = 0.95
) -> Plan:
    """Give the cases for which a common kappa's lower limit is expected above `low` (and the upper below `high`).

    The smallest n whose expected goodness-of-fit statistic at both limits exceeds chi-squared(1) at the level; with a
    lower limit alone the interval is one-sided (Rotondi and Donner, J Clin Epidemiol 2012;65:778-784).

    Parameters
    ----------
    kappa : float
        Expected, in (0, 1).
    low, high : float
        Limits around it; the upper may be left out.
    prevalence : float
        Of yes, shared by all raters, in (0, 1).
    n_raters : int
        At least 2, all reading all cases.
    level : float
        Of the interval.
    """
    who = "common_kappa_cases"
    check_between(who, 0, 1, kappa=kappa, prevalence=prevalence, level=level)
    check_between(who, 0, kappa, low=low)
    check_whole(who, 2, n_raters=n_raters)
    limits = [low]
    if high is not None:
        check_between(who, kappa, 1, high=high)
        limits.append(high)
    alpha = 1 - level if high is not None else 2 * (1 - level)
    needed = float(stats.chi2.isf(alpha, 1))
    exact = max(needed / _misfit(kappa, limit, prevalence, n_raters) for limit in limits)
    n = smallest_whole(lambda size: size >= exact * (1 - 1e-12), high=_MAX_CASES)
    between = f"above {low:g}" if high is None else f"between {low:g} and {high:g}"
    return Plan(
        method="precision of a common kappa, goodness of fit, Rotondi and Donner 2012",
        sentence=f"{n} cases read by {_everybody(n_raters)} give an interval {between}, if kappa is {kappa:g}.",
        n_total=n,
        n_total_exact=exact,
        n_readers=n_raters,
        alpha=1 - level,
        inputs={"kappa": kappa, "low": low, "prevalence": prevalence, **({} if high is None else {"high": high})},
    )


def common_kappa_test_cases(
    *,
    kappa: float,
    null: float,
    prevalence: float,
    n_raters: int = 2,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Plan:
    """Give the cases that show a common kappa to differ from a stated value, two-sided.

    n = lambda / sum (P_k(kappa) - P_k(null))^2 / P_k(null), lambda the noncentrality at which chi-squared(1) has the
    power (Donner and Eliasziw 1992; kappaSize's PowerBinary).

    Parameters
    ----------
    kappa, null : float
        Expected, and to be refuted, in (0, 1), different.
    prevalence, n_raters
        As in `common_kappa_cases`.
    power : float
        Wanted, in (alpha, 1).
    alpha : float
        Two-sided.
    """
    who = "common_kappa_test_cases"
    check_between(who, 0, 1, kappa=kappa, null=null, prevalence=prevalence, alpha=alpha)
    check_between(who, alpha, 1, power=power)
    check_whole(who, 2, n_raters=n_raters)
    if kappa == null:
        raise ArgumentError(who, "kappa", "other than null", kappa, "No size shows a difference of 0.")
    noncentrality = float(special.chndtrinc(stats.chi2.isf(alpha, 1), 1, 1 - power))
    exact = noncentrality / _misfit(kappa, null, prevalence, n_raters)
    method = "common kappa, goodness of fit, Donner and Eliasziw 1992, two-sided"
    return _tested(exact, kappa, null, power, alpha, method, n_raters)


def _misfit(kappa: float, other: float, prevalence: float, n_raters: int) -> float:
    """Return the goodness-of-fit statistic of one case expected under `kappa`, against `other`."""
    expected, against = (_yes_counts(k, prevalence, n_raters) for k in (kappa, other))
    return float(np.sum((expected - against) ** 2 / against))


def _yes_counts(kappa: float, prevalence: float, n_raters: int) -> Array:
    """Return the probabilities of 0 to n raters saying yes.

    With probability kappa all say the same, otherwise each says yes by chance (common-correlation model).
    """
    counts = (1 - kappa) * np.asarray(stats.binom.pmf(np.arange(n_raters + 1), n_raters, prevalence))
    counts[0] += kappa * (1 - prevalence)
    counts[-1] += kappa * prevalence
    return counts


def _everybody(n_raters: int) -> str:
    return "both readers" if n_raters == 2 else f"all {n_raters} readers"


def _tested(exact: float, kappa: float, null: float, power: float, alpha: float, method: str, n_raters: int) -> Plan:
    """Round a size up and put it into a plan."""
    n = round_up(exact)
    return Plan(
        method=method,
        sentence=(
            f"{n} cases read by {_everybody(n_raters)} show that kappa is not {null:g} with a probability of "
            f"{percent(power)}, if it is {kappa:g}."
        ),
        n_total=n,
        n_total_exact=exact,
        n_readers=n_raters,
        power=power,
        alpha=alpha,
        effect=kappa - null,
        inputs={"kappa": kappa, "null": null},
    )
