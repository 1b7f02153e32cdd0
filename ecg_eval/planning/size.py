"""Answers a question about size: values are checked by name, published ones cited, losses added, words written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.planning.designs import (
    above_goal,
    agreement,
    ai_alone,
    ai_beside_readers,
    another_mix,
    auroc,
    crossover,
    from_pilot,
    not_worse,
    parallel,
    parallel_from_pilot,
    precision,
    reading_time,
    split_plot,
    stepped_wedge,
    two_readers,
)
from ecg_eval.planning.priors import Prior, priors
from ecg_eval.planning.size_design import SHARE_OR_NONE, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.clustering import with_dropout
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.proportions import smallest_whole

_WHO = "plan size"
DESIGNS: dict[str, SizeDesign] = {
    module.DESIGN.name: module.DESIGN
    for module in (
        *(crossover, from_pilot, another_mix, split_plot, parallel, parallel_from_pilot, stepped_wedge, two_readers),
        *(not_worse, ai_beside_readers, above_goal, precision, ai_alone, auroc, agreement, reading_time),
    )
}
# what any study loses; shares of ECGs lost and of answers left uncertain add up as independent losses
LOSSES = {
    "lost_ecgs": Value(
        0.0,
        "share of ECGs that will not be read or judged",
        "part des ECG qui ne seront pas lus ou jugés",
        SHARE_OR_NONE,
    ),
    "uncertain": Value(
        0.0,
        "share of answers left uncertain and not analysed",
        "part des réponses laissées incertaines et non analysées",
        SHARE_OR_NONE,
    ),
    "lost_readers": Value(0.0, "share of readers that will stop", "part des lecteurs qui abandonneront", SHARE_OR_NONE),
}
_POWERS = (0.7, 0.8, 0.9)
_WIDTHS = (0.5, 1, 1.5)  # of the half-width that was asked for
_LADDERS = {"readers": (4, 6, 8, 10, 12, 16, 20, 30), "blocks": (2, 3, 4, 6, 8, 12), "ecgs": (5, 10, 20, 40, 80, 160)}
_MOST = {"readers": 200, "blocks": 60}  # where a nearest plan is no longer looked for, one by one
_FINE_POWERS = tuple(hundredths / 100 for hundredths in range(50, 96, 5))
_FINE_WIDTHS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
_LINES_AT_MOST = 4


class Neighbour(NamedTuple):
    """The same question with one value changed."""

    name: str
    value: float
    plan: Plan


@dataclass(frozen=True, kw_only=True)
class SizeCurve:
    """The size that is needed along one value, a line for each choice of another.

    Attributes
    ----------
    along : {"power", "half_width"}
    x : tuple of float
    choice : str
        What the lines differ in, such as readers; empty for a single line.
    lines : mapping of float to tuple of int or None
        Value of the choice (0 for a single line) -> sizes at `x`; None where no size will do.
    answer : {"ecgs", "readers", "practices"}
        What the sizes count.
    """

    along: str
    x: tuple[float, ...]
    choice: str
    lines: Mapping[float, tuple[int | None, ...]]
    answer: str


@dataclass(frozen=True, kw_only=True)
class SizeAnswer:
    """How large a study must be, with all that it rests on.

    Attributes
    ----------
    design : str
    plan : Plan
    values : mapping of str to float, int or str
        Every planning value, published ones as numbers.
    cited : mapping of str to Prior
        Those that were named by a published value.
    curve : tuple of (str, float, Plan)
        The same question with another value: its name, the value, and the plan; for other powers, precisions, and
        numbers of readers, blocks or ECGs where one of these is chosen.
    nearest : tuple of (str, float, Plan) or None
        Where no size will do: the nearest change that does, and its plan.
    """

    design: str
    plan: Plan
    values: Mapping[str, float | int | str]
    cited: Mapping[str, Prior]
    curve: tuple[Neighbour, ...] = ()
    nearest: Neighbour | None = None


def plan_size(design: str, **given: float | int | str) -> SizeAnswer:
    """Say how many readers and ECGs a study needs.

    Parameters
    ----------
    design : str
        One of ``DESIGNS``: the question.
    **given : float, int or str
        Planning values by name (``DESIGNS[design].values`` and ``LOSSES``), or the name of a published one
        (``planning.priors``).

    Returns
    -------
    SizeAnswer
        `plan.reason` is given, and `nearest` where one was reached, when no size will do.

    Raises
    ------
    UnknownNameError, ArgumentError
        For a question, a value or a published value that there is not, or that a kernel refuses.

    Examples
    --------
    >>> answer = plan_size("above_goal", expected=0.9)
    >>> answer.plan.n_total, answer.cited["goal"].source
    (113, 'SAFE: Mant et al., BMJ 2007;335:380')
    """
    if design not in DESIGNS:
        rule = f"one of {', '.join(DESIGNS)}"
        raise UnknownNameError(_WHO, "question", rule, design, suggestion(design, DESIGNS))
    question = DESIGNS[design]
    all_values = {**question.values, **LOSSES}
    if unknown := [name for name in given if name not in all_values]:
        raise UnknownNameError(
            f"{_WHO} {design}",
            "value",
            f"one of {', '.join(all_values)}",
            unknown[0],
            suggestion(unknown[0], all_values),
        )
    if missing := [name for name, value in all_values.items() if given.get(name, value.default) is None]:
        what = "; ".join(f"{name}: {all_values[name].text()}" for name in missing)
        remedy = f"Give {', '.join(f'{name}=...' for name in missing)}: a number or one of {', '.join(priors())}."
        raise ArgumentError(f"{_WHO} {design}", ", ".join(missing), f"given ({what})", None, remedy)
    values: dict[str, Any] = {}
    cited: dict[str, Prior] = {}
    for name, value in all_values.items():
        values[name] = _value(f"{_WHO} {design}", name, value, given.get(name, value.default), cited)
    plan = _solved(question, values)
    curve = _curve(question, values, has_size=plan.reason is None)
    nearest = None if plan.reason is None else _nearest(question, values)
    return SizeAnswer(design=design, plan=plan, values=values, cited=cited, curve=curve, nearest=nearest)


def _value(who: str, name: str, value: Value, given: float | int | str | None, cited: dict[str, Prior]) -> Any:
    """Return one value as a number or word; a published one is looked up and cited."""
    if name == "metric":
        return given
    number = given
    if isinstance(given, str) and given in priors():
        cited[name] = priors()[given]
        number = cited[name].value
    try:
        number = float(number)  # type: ignore[arg-type] # None was refused as missing
    except ValueError:
        rule = "a number, or the name of a published value"
        raise ArgumentError(who, f"--set {name}", rule, given, suggestion(str(given), priors())) from None
    if value.within is None:
        return number
    if not value.within.holds(number):
        near = value.within.nearest(number)
        remedy = "" if near is None else f"The nearest that works: {name}={near:g}."
        if near is None and value.default is not None:
            remedy = f"Without it, {name}={value.default} is taken."
        came = int(number) if number.is_integer() else number
        raise ArgumentError(who, f"--set {name}", value.within.text(), came, remedy)
    return int(number) if value.within.is_whole else number


def _solved(question: SizeDesign, values: Values) -> Plan:
    if "metric" in question.values and values["metric"] not in ("sensitivity", "specificity", "auroc"):
        rule = "sensitivity, specificity or auroc"
        raise ArgumentError(f"{_WHO} {question.name}", "metric", rule, values["metric"])
    try:
        plan = question.solve(values)
    except ArgumentError as error:  # a kernel speaks of itself; who asks has the question's name before his eyes
        raise ArgumentError(f"{_WHO} {question.name}", error.what, error.rule, error.value, error.remedy) from error
    lost = 1 - (1 - values["lost_ecgs"]) * (1 - values["uncertain"])
    if plan.reason is not None or not (lost or values["lost_readers"]):
        return plan
    return with_dropout(plan=plan, cases=lost, readers=values["lost_readers"])


def _curve(question: SizeDesign, values: Values, *, has_size: bool) -> tuple[Neighbour, ...]:
    """Return the size for other numbers of what is chosen, and, where there is a size, other powers and precisions."""
    steps: dict[str, list[float]] = {}
    if question.varied:
        steps[question.varied] = sorted({*_LADDERS[question.varied], values[question.varied]})
    if has_size and "power" in question.values:
        steps["power"] = sorted({*_POWERS, values["power"]})
    if has_size and "half_width" in question.values:
        steps["half_width"] = [values["half_width"] * factor for factor in _WIDTHS]
    return tuple(
        Neighbour(name, value, _solved(question, {**values, name: value}))
        for name, steps_of_one in steps.items()
        for value in steps_of_one
    )


def _nearest(question: SizeDesign, values: Values) -> Neighbour | None:
    """Return the least of what is chosen with which the question has an answer, or else the largest power.

    What is enough with some readers is with more, and what reaches a power reaches a lower one: half of what is left is
    ruled out at each step, since a question may take a tenth of a second for each.
    """
    tried: dict[str, Sequence[float]] = {}
    if question.varied in _MOST:
        tried[question.varied] = range(values[question.varied] + 1, _MOST[question.varied] + 1)
    elif question.varied:
        tried[question.varied] = [n for n in _LADDERS[question.varied] if n > values[question.varied]]
    if "power" in question.values:
        tried["power"] = [hundredths / 100 for hundredths in range(round(100 * values["power"]) - 1, 10, -1)]
    for name, steps in tried.items():
        if nearest := _first_enough(question, values, name, steps):
            return nearest
    return None


def _first_enough(question: SizeDesign, values: Values, name: str, steps: Sequence[float]) -> Neighbour | None:
    """Return the first step with which the question has an answer; None where the last has none."""

    def plan_at(place: int) -> Plan:
        return _solved(question, {**values, name: steps[place - 1]})

    if not steps or plan_at(len(steps)).reason is not None:
        return None
    first = smallest_whole(lambda place: plan_at(place).reason is None, high=len(steps))
    return Neighbour(name, steps[first - 1], plan_at(first))


def size_curve(answer: SizeAnswer) -> SizeCurve:
    """Return the size along the power, or along the precision, for a few numbers of what is chosen.

    Parameters
    ----------
    answer : SizeAnswer
    """
    question, values = DESIGNS[answer.design], answer.values
    if "power" in question.values:
        along, x = "power", tuple(sorted({*_FINE_POWERS, float(values["power"])}))
    else:
        along, x = "half_width", tuple(float(values["half_width"]) * factor for factor in _FINE_WIDTHS)
    choices: list[Any] = [0]
    if question.varied:
        asked: Any = values[question.varied]
        ladder = sorted(_LADDERS[question.varied], key=lambda n: (abs(n - asked), n))
        choices = sorted({asked, *[n for n in ladder if n != asked][: _LINES_AT_MOST - 1]})
    lines = {}
    for choice in choices:
        chosen = {question.varied: choice} if question.varied else {}
        plans = [_solved(question, {**values, **chosen, along: value}) for value in x]
        lines[choice] = tuple(counted(plan, question.answer) for plan in plans)
    return SizeCurve(along=along, x=x, choice=question.varied, lines=lines, answer=question.answer)


def counted(plan: Plan, answer: str) -> int | None:
    """Return what a question asks for: ECGs, readers or practices of a plan."""
    if plan.reason is not None:
        return None
    return {"ecgs": plan.n_total, "readers": plan.n_readers, "practices": plan.n_clusters}[answer]
