"""What a question about a study's size is: the values that it asks for, the kernel that answers, and its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.plan import Plan

# values of a question by name, numbers but for the metric's name: what each may be is checked where it is asked for
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """One planning value.

    Attributes
    ----------
    default : float, int, str or None
        None where the plan's maker must give it.
    what : str
        In words, with the range.
    """

    default: float | int | str | None
    what: str


POWER = Value(0.8, "power wanted")
ALPHA = Value(0.05, "type I error, two-sided")
ONE_SIDED = Value(0.025, "type I error, one-sided")
COUNTED = Value(1.0, "share of the ECGs drawn that count (for sensitivity, with the finding), in (0, 1]")


def among_drawn(plan: Plan, counted_share: float) -> Plan:
    """Return a plan whose cases are those that count, with the others that are drawn beside them.

    Raises
    ------
    ArgumentError
        When the share that counts is not in (0, 1].
    """
    if not 0 < counted_share <= 1:
        raise ArgumentError("plan size", "counted_share", "in (0, 1]", counted_share)
    if plan.n_total is None or counted_share == 1:
        return plan
    total = ceil(plan.n_total / counted_share)
    return replace(plan, n_total=total, n_positive=plan.n_total, n_negative=total - plan.n_total, n_total_exact=None)


def check_margin(who: str, margin: float, *, ai: float, reader: float) -> None:
    """Refuse a margin within which the AI is not expected to be, with the nearest that works."""
    if not margin > max(reader - ai, 0):
        rule = f"above {max(reader - ai, 0):.3g}, what the AI is expected to lose"
        remedy = "No size shows what is not so: " + (
            f"a wider margin, or an AI that is right in more than {reader - margin:.3g}, can be planned."
            if margin > 0
            else "give the loss that would not matter."
        )
        raise ArgumentError(who, "margin", rule, margin, remedy)


@dataclass(frozen=True, kw_only=True)
class SizeDesign:
    """A question about size.

    Attributes
    ----------
    name : str
    question : str
        In a study lead's words.
    values : mapping of str to Value
    solve : callable
        Takes the values by name, returns the plan.
    paragraph : mapping of language to str
        The protocol's sentence on the assumptions, with the values in braces.
    method_fr : str
        The kernel's method in French; the plan says it in English.
    varied : str
        A value that a study lead chooses as freely as the power, such as readers: the table and the curve go along it.
    answer : {"ecgs", "readers", "practices"}
        What the question asks for; the rest of the plan is assumed.
    """

    name: str
    question: str
    values: Mapping[str, Value]
    solve: Callable[[Values], Plan]
    paragraph: Mapping[str, str]
    method_fr: str
    varied: str = ""
    answer: str = "ecgs"
