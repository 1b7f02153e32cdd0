"""Answers a question about size: values are checked by name, published ones cited, losses added, words written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.planning.designs import (
    above_goal,
    agreement,
    ai_alone,
    auroc,
    crossover,
    not_worse,
    parallel,
    precision,
    two_readers,
)
from ecg_eval.planning.priors import Prior, priors
from ecg_eval.planning.size_design import SizeDesign, Value
from ecg_eval.stats.sample_size.clustering import with_dropout
from ecg_eval.stats.sample_size.plan import Plan

_WHO = "plan size"
DESIGNS: dict[str, SizeDesign] = {
    module.DESIGN.name: module.DESIGN
    for module in (crossover, parallel, two_readers, not_worse, above_goal, precision, ai_alone, auroc, agreement)
}
# what any study loses; shares of ECGs lost and of answers left uncertain add up as independent losses
LOSSES = {
    "lost_ecgs": Value(0.0, "share of ECGs that will not be read or judged, in [0, 1)"),
    "uncertain": Value(0.0, "share of answers left uncertain and not analysed, in [0, 1)"),
    "lost_readers": Value(0.0, "share of readers that will stop, in [0, 1)"),
}
_POWERS = (0.7, 0.8, 0.9)
_READERS = (4, 6, 8, 10, 12, 16, 20, 30)


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
    curve : tuple of (label, Plan)
        The same question for other powers, and other numbers of readers where readers are planned.
    nearest : tuple of (str, Plan) or None
        Where no size will do: the nearest change that does, in words, and its plan.
    """

    design: str
    plan: Plan
    values: Mapping[str, float | int | str]
    cited: Mapping[str, Prior]
    curve: tuple[tuple[str, Plan], ...] = ()
    nearest: tuple[str, Plan] | None = None


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
    known = {**question.values, **LOSSES}
    if unknown := [name for name in given if name not in known]:
        raise UnknownNameError(
            f"{_WHO} {design}", "value", f"one of {', '.join(known)}", unknown[0], suggestion(unknown[0], known)
        )
    values: dict[str, Any] = {}
    cited: dict[str, Prior] = {}
    for name, value in known.items():
        values[name] = _value(f"{_WHO} {design}", name, value, given.get(name, value.default), cited)
    plan = _solved(question, values)
    curve = _curve(question, values) if plan.reason is None else ()
    nearest = None if plan.reason is None else _nearest(question, values)
    return SizeAnswer(design=design, plan=plan, values=values, cited=cited, curve=curve, nearest=nearest)


def _value(who: str, name: str, value: Value, given: float | int | str | None, cited: dict[str, Prior]) -> Any:
    """Return one value as a number or word; a published one is looked up and cited."""
    if given is None:
        remedy = f"Give {name}=..., a number or one of {', '.join(priors())}."
        raise ArgumentError(who, name, f"given: {value.what}", None, remedy)
    is_word = name == "metric"
    if is_word or not isinstance(given, str):
        return given
    if given in priors():
        cited[name] = priors()[given]
        return cited[name].value
    try:
        number = float(given)
    except ValueError:
        rule = "a number, or the name of a published value"
        raise ArgumentError(who, name, rule, given, suggestion(given, priors())) from None
    return int(number) if isinstance(value.default, int) and number.is_integer() else number


def _solved(question: SizeDesign, values: Mapping[str, Any]) -> Plan:
    if "metric" in question.values and values["metric"] not in ("sensitivity", "specificity", "auroc"):
        rule = "sensitivity, specificity or auroc"
        raise ArgumentError(f"{_WHO} {question.name}", "metric", rule, values["metric"])
    plan = question.solve(values)
    lost = 1 - (1 - values["lost_ecgs"]) * (1 - values["uncertain"])
    if plan.reason is not None or not (lost or values["lost_readers"]):
        return plan
    return with_dropout(plan=plan, cases=lost, readers=values["lost_readers"])


def _curve(question: SizeDesign, values: Mapping[str, Any]) -> tuple[tuple[str, Plan], ...]:
    """Return the size for other powers, and for other numbers of readers."""
    rows = []
    if "readers" in question.values:
        readers = sorted({*_READERS, values["readers"]})
        rows += [(f"{n} readers", _solved(question, {**values, "readers": n})) for n in readers]
    if "power" in question.values:
        powers = sorted({*_POWERS, values["power"]})
        rows += [(f"power {p:g}", _solved(question, {**values, "power": p})) for p in powers]
    if "half_width" in question.values:
        widths = [values["half_width"] * factor for factor in (0.5, 1, 1.5)]
        rows += [(f"plus or minus {w:g}", _solved(question, {**values, "half_width": w})) for w in widths]
    return tuple(rows)


def _nearest(question: SizeDesign, values: Mapping[str, Any]) -> tuple[str, Plan] | None:
    """Return the fewest readers with which the question has an answer, or else the largest power that has one."""
    if "readers" in question.values:
        for n in range(values["readers"] + 1, 201):
            if (plan := _solved(question, {**values, "readers": n})).reason is None:
                return f"{n} readers", plan
    if "power" in question.values:
        for hundredths in range(round(100 * values["power"]) - 1, 10, -1):
            if (plan := _solved(question, {**values, "power": hundredths / 100})).reason is None:
                return f"power {hundredths / 100:g}", plan
    return None
