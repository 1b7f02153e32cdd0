"""Readers x cases: power and size of a reader study that compares two arms (multi-reader multi-case).

The variance components come from a pilot (`stats.mrmc`) or from planning values (`planning_values.py`). What happens
when the study grows is Hillis, Obuchowski and Berbaum (Acad Radiol 2011;18:129-142): the parts that come from cases
(Var(error) and the three covariances) shrink in proportion to the number of cases; the part that comes from readers
(Var(TR)) does not. So a study with few readers has a power that no number of cases can buy. `mrmc_variance.py` has the
formulae, `mrmc_design.py` the designs.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_whole
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.mrmc_variance import PowerCurve, power_curve
from ecg_eval.stats.sample_size.plan import Plan, percent

_FIRST_PIECE = 512  # sizes that are looked at together


def mrmc_power(*, components: MrmcComponents, n_readers: int, n_cases: int, design: MrmcDesign) -> Plan:
    """Say how probably a reader study of a given size finds a given difference between two arms.

    Parameters
    ----------
    components : MrmcComponents
        From a pilot or from planning values.
    n_readers : int
        Readers (in each arm where the arms have different readers), at least 2.
    n_cases : int
        Cases in all; where each reader has cases of their own (own-cases), cases a reader; where each arm has its own
        (parallel-cases), cases an arm.
    design : MrmcDesign
        The difference, the test and how readers and cases meet.

    Returns
    -------
    Plan
        Power in (0, 1], noncentrality, df2 (None for the test of fixed readers, which is chi-squared), critical value;
        with a margin, noncentrality and critical value are on the scale of t.

    Raises
    ------
    ArgumentError
        On fewer than 2 readers or cases, on a split-plot whose blocks are uneven or have a single reader, and where the
        design needs Var(R) and the components have none.
    """
    _check_sizes("mrmc_power", components, design, n_readers, n_cases)
    curve = power_curve(components, design, [n_readers], [n_cases])
    inputs = {**components.inputs, **design.inputs, "n_readers": n_readers, "n_cases": n_cases}
    if not np.isfinite(curve.power[0]):
        reason = "the components leave no variance for the mean square to estimate; the pilot is too small to plan from"
        return Plan(method=design.test, sentence=f"Not computable: {reason}.", reason=reason, inputs=inputs)
    return Plan(
        method=design.test,
        sentence=f"{_finding(curve, 0, design, n_readers, n_cases)}.",
        n_total=n_cases,
        n_readers=n_readers,
        inputs=inputs,
        **_test_of(curve, 0, design),
    )


def mrmc_required_cases(
    *, components: MrmcComponents, n_readers: int, design: MrmcDesign, power: float = 0.8, max_cases: int = 100_000
) -> Plan:
    """Give the smallest number of cases with which a number of readers reaches a power.

    Power need not grow with the cases: the reader part of the variance stays, and Hillis's degrees of freedom fall. So
    every size up to `max_cases` is looked at, and None with a reason comes back where none will do.

    Parameters
    ----------
    components, n_readers, design
        As in `mrmc_power`; cases are counted as there.
    power : float
        Wanted, in (alpha, 1).
    max_cases : int
        Where to stop looking.

    Returns
    -------
    Plan
        `n_total` is the size, `power` what it reaches.

    Examples
    --------
    >>> pilot = MrmcComponents(
    ...     test_reader=2.0040252e-4, cov1=3.4661371e-4, cov2=3.4407483e-4, cov3=2.3902837e-4, error=8.0228827e-4,
    ...     n_cases=114,
    ... )
    >>> mrmc_required_cases(components=pilot, n_readers=10, design=MrmcDesign(effect=0.05)).n_total
    119
    """
    who = "mrmc_required_cases"
    check_between(who, design.alpha, 1, power=power)
    check_whole(who, 2 * design.n_blocks, max_cases=max_cases)
    sizes = np.arange(2 * design.n_blocks, max_cases + 1, design.n_blocks)
    _check_sizes(who, components, design, n_readers, int(sizes[0]))
    best, start = 0.0, 0
    while start < len(sizes):  # in pieces that double: most plans need a few hundred cases, the limit is far beyond
        piece = sizes[start : 2 * start + _FIRST_PIECE]
        curve = power_curve(components, design, [n_readers], piece)
        if (at := curve.first_reaching(power)) is not None:
            break
        best, start = max(best, curve.best), start + len(piece)
    inputs = {**components.inputs, **design.inputs, "n_readers": n_readers, "power": power, "max_cases": max_cases}
    if at is None:
        reason = (
            f"{n_readers} readers reach at most {percent(best)} with up to {max_cases} cases: the spread between "
            "readers is the limit, not the number of cases"
        )
        sentence = f"No number of cases gives a power of {percent(power)}: {reason}."
        return Plan(method=design.test, sentence=sentence, n_readers=n_readers, reason=reason, inputs=inputs)
    n_cases = int(piece[at])
    return Plan(
        method=design.test,
        sentence=f"{_finding(curve, at, design, n_readers, n_cases)}; fewer cases do not reach {percent(power)}.",
        n_total=n_cases,
        n_readers=n_readers,
        inputs=inputs,
        **_test_of(curve, at, design),
    )


def mrmc_required_readers(
    *, components: MrmcComponents, n_cases: int, design: MrmcDesign, power: float = 0.8, max_readers: int = 1_000
) -> Plan:
    """Give the smallest number of readers with which a number of cases reaches a power.

    Parameters
    ----------
    components, n_cases, design
        As in `mrmc_power`.
    power : float
        Wanted, in (alpha, 1).
    max_readers : int
        Where to stop looking.

    Returns
    -------
    Plan
        `n_readers` is the size, `power` what it reaches; None with a reason where the cases are the limit.
    """
    who = "mrmc_required_readers"
    check_between(who, design.alpha, 1, power=power)
    check_whole(who, 2 * design.n_blocks, max_readers=max_readers)
    sizes = np.arange(2 * design.n_blocks, max_readers + 1, design.n_blocks)
    _check_sizes(who, components, design, int(sizes[0]), n_cases)
    curve = power_curve(components, design, sizes, [n_cases])
    at = curve.first_reaching(power)
    inputs = {**components.inputs, **design.inputs, "n_cases": n_cases, "power": power, "max_readers": max_readers}
    if at is None:
        reason = (
            f"{n_cases} cases reach at most {percent(curve.best)} with up to {max_readers} readers: the number of "
            "cases is the limit, not the number of readers"
        )
        sentence = f"No number of readers gives a power of {percent(power)}: {reason}."
        return Plan(method=design.test, sentence=sentence, n_total=n_cases, reason=reason, inputs=inputs)
    n_readers = int(sizes[at])
    return Plan(
        method=design.test,
        sentence=f"{_finding(curve, at, design, n_readers, n_cases)}; fewer readers do not reach {percent(power)}.",
        n_total=n_cases,
        n_readers=n_readers,
        inputs=inputs,
        **_test_of(curve, at, design),
    )


def mrmc_size_table(
    *,
    components: MrmcComponents,
    n_readers: Sequence[int],
    design: MrmcDesign,
    power: float = 0.8,
    max_cases: int = 100_000,
) -> tuple[Plan, ...]:
    """Give the cases that each of several numbers of readers needs: the table a study lead chooses from."""
    return tuple(
        mrmc_required_cases(components=components, n_readers=j, design=design, power=power, max_cases=max_cases)
        for j in n_readers
    )


def _check_sizes(who: str, components: MrmcComponents, design: MrmcDesign, n_readers: int, n_cases: int) -> None:
    """Refuse sizes and components that the design cannot use."""
    check_whole(who, 2, n_readers=n_readers, n_cases=n_cases)
    blocks = design.n_blocks
    for what, size in (("n_readers", n_readers), ("n_cases", n_cases)):
        if size % blocks or size < 2 * blocks:
            raise ArgumentError(who, what, f"a multiple of the {blocks} blocks with at least 2 a block", size)
    if design.design in ("parallel_readers", "one_arm") and components.reader is None:
        remedy = "Without the same readers in both arms Var(R) does not cancel."
        raise ArgumentError(who, "components.reader", f"given for the design {design.design}", None, remedy)


def _finding(curve: PowerCurve, at: int, design: MrmcDesign, n_readers: int, n_cases: int) -> str:
    """Say what a study of one size shows, in words."""
    chance = f"with a probability of {percent(curve.power[at])}"
    return f"{design.who_reads(n_readers, n_cases)} show {design.goal} {chance}, {design.generalises}"


class _Test(TypedDict):
    power: float
    alpha: float
    effect: float
    noncentrality: float
    df_numerator: float
    df_denominator: float | None
    critical_value: float


def _test_of(curve: PowerCurve, at: int, design: MrmcDesign) -> _Test:
    """Gather the numbers of the test at one size for a plan."""
    df = float(curve.df[at])
    return {
        "power": float(curve.power[at]),
        "alpha": design.alpha,
        "effect": design.effect,
        "noncentrality": float(curve.noncentrality[at]),
        "df_numerator": 1.0,
        "df_denominator": df if np.isfinite(df) else None,
        "critical_value": float(curve.critical[at]),
    }
