"""Cases for a proportion to a stated precision: sensitivity and specificity above all.

A size by precision asks for an interval of a given half-width if the proportion is as expected. The interval that the
report will print should be the one that was planned with: near 0 or 1 the exact one needs more cases than Wald's.
"""

from collections.abc import Callable
from math import inf, sqrt

from scipy import special

from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_positive
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up, with_and_without

INTERVALS = ("wald", "wilson", "agresti_coull", "clopper_pearson")
MEASURES = ("sensitivity", "specificity")


def expected_half_width(*, proportion: float, n: float, interval: str = "wald", level: float = 0.95) -> float:
    """Half the width of the interval that is to be expected: with `proportion` x n events among n.

    Parameters
    ----------
    proportion : float
        In (0, 1).
    n : float
        Cases, above 0; neither it nor the number of events need be whole.
    interval : {"wald", "wilson", "agresti_coull", "clopper_pearson"}
    level : float

    Returns
    -------
    float
        Above 0; below 0.5 except for Wald and Agresti-Coull with very few cases.
    """
    who = "expected_half_width"
    check_between(who, 0, 1, proportion=proportion, level=level)
    check_positive(who, n=n)
    check_one_of(who, "interval", interval, INTERVALS)
    z = float(special.ndtri((1 + level) / 2))
    spread = proportion * (1 - proportion)
    match interval:
        case "wald":
            return z * sqrt(spread / n)
        case "wilson":
            return z * sqrt(spread / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        case "agresti_coull":
            m = n + z**2
            centre = (proportion * n + z**2 / 2) / m
            return z * sqrt(centre * (1 - centre) / m)
        case _:
            tail, x = (1 - level) / 2, proportion * n
            low = special.betaincinv(x, n - x + 1, tail)
            return float(special.betainccinv(x + 1, n - x, tail) - low) / 2


def proportion_cases(*, expected: float, half_width: float, interval: str = "wald", level: float = 0.95) -> Plan:
    """Give the cases for which the interval of a proportion has a half-width of at most so much.

    Wald: n = z^2 p (1 - p) / L^2. The others: the smallest whole n whose `expected_half_width` is at most L.

    Parameters
    ----------
    expected : float
        Proportion that is expected, in (0, 1).
    half_width : float
        L, in (0, 0.5).
    interval, level
        Of the interval that the report will print.

    Returns
    -------
    Plan
        `n_total`, and `half_width` as it will be with that number.
    """
    who = "proportion_cases"
    check_between(who, 0, 1, expected=expected, level=level)
    check_between(who, 0, 0.5, half_width=half_width)
    check_one_of(who, "interval", interval, INTERVALS)
    exact = _cases(expected, half_width, interval, level)
    n = round_up(exact)
    reached = expected_half_width(proportion=expected, n=n, interval=interval, level=level)
    return Plan(
        method=f"precision of a proportion, {interval.replace('_', '-')} interval",
        sentence=(
            f"{n} cases give a {percent(level)} interval of {percent(expected)} plus or minus {percent(reached)}, if "
            "the proportion is as expected."
        ),
        n_total=n,
        n_total_exact=exact,
        alpha=1 - level,
        half_width=reached,
        inputs={"expected": expected, "half_width": half_width, "interval": interval, "level": level},
    )


def accuracy_cases(
    *,
    measure: str,
    expected: float,
    half_width: float,
    prevalence: float,
    interval: str = "wald",
    level: float = 0.95,
) -> Plan:
    """Give the cases to recruit consecutively, so that sensitivity or specificity is known to a stated precision.

    n cases of the kind that counts (`proportion_cases`), over their share: n / prevalence for sensitivity,
    n / (1 - prevalence) for specificity (Buderer, Acad Emerg Med 1996;3:895-900; epiR's epi.ssdxsesp). For both at once
    take the larger.

    Parameters
    ----------
    measure : {"sensitivity", "specificity"}
    expected : float
        Its value that is expected, in (0, 1).
    half_width : float
        In (0, 0.5), on the same scale.
    prevalence : float
        Share of cases with the finding among those recruited, in (0, 1).
    interval, level
        Of the interval that the report will print.

    Returns
    -------
    Plan
        `n_total` to recruit, of which `n_positive` with and `n_negative` without the finding are to be expected.
    """
    check_one_of("accuracy_cases", "measure", measure, MEASURES)
    check_between("accuracy_cases", 0, 1, prevalence=prevalence)
    kind = proportion_cases(expected=expected, half_width=half_width, interval=interval, level=level)
    counted = kind.n_total_exact or 0.0
    exact = counted / (prevalence if measure == "sensitivity" else 1 - prevalence)
    n_total = round_up(exact)
    n_positive = round_up(counted) if measure == "sensitivity" else n_total - round_up(counted)
    n_negative = n_total - n_positive
    return Plan(
        method=f"precision of {measure}, {interval.replace('_', '-')} interval, Buderer 1996",
        sentence=(
            f"{n_total} cases in a row (about {with_and_without(n_positive, n_negative)}) give a {percent(level)} "
            f"interval of {percent(expected)} plus or minus {percent(kind.half_width or half_width)} for {measure}."
        ),
        n_total=n_total,
        n_positive=n_positive,
        n_negative=n_negative,
        n_total_exact=exact,
        n_positive_exact=exact * prevalence,
        n_negative_exact=exact * (1 - prevalence),
        alpha=1 - level,
        half_width=kind.half_width,
        inputs={**kind.inputs, "measure": measure, "prevalence": prevalence},
    )


def _cases(expected: float, half_width: float, interval: str, level: float) -> float:
    """Return the size, exact for Wald and whole for the others."""
    if interval == "wald":
        z = float(special.ndtri((1 + level) / 2))
        return z**2 * expected * (1 - expected) / half_width**2

    def narrow(n: int) -> bool:
        return expected_half_width(proportion=expected, n=n, interval=interval, level=level) <= half_width

    return float(smallest_whole(narrow))


def smallest_whole(enough: Callable[[int], bool], *, low: int = 1, high: float = inf) -> int:
    """Return the smallest whole number from `low` on that is enough, where all larger ones are too.

    The search doubles, then halves; it never looks beyond `high`, which it returns where nothing below is enough.
    """
    top = low
    while top < high and not enough(top):
        low, top = top + 1, int(min(2 * top, high))
    while low < top:
        middle = (low + top) // 2
        low, top = (low, middle) if enough(middle) else (middle + 1, top)
    return top
