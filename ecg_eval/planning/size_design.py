"""What a question about a study's size is: the values that it asks for, the kernel that answers, and its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecg_eval.stats.sample_size.plan import Plan


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
    """

    name: str
    question: str
    values: Mapping[str, Value]
    solve: Callable[[Mapping[str, Any]], Plan]
    paragraph: Mapping[str, str]
    method_fr: str
