"""What a question about a study's size is: the values that it asks for, the kernel that answers, and its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.plan import Plan

# values of a question by name, numbers but for the metric's name: what each may be is checked where it is asked for
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a value may be: as words say it in English and French, and as a plan is checked.

    Attributes
    ----------
    low, high : float
    has_low, has_high : bool
        Whether an end is itself allowed.
    is_whole : bool
    """

    low: float
    high: float = inf
    has_low: bool = False
    has_high: bool = False
    is_whole: bool = False

    def holds(self, value: float) -> bool:
        """Whether a number may be given; one that is not a number may not."""
        above = value >= self.low if self.has_low else value > self.low
        below = value <= self.high if self.has_high else value < self.high
        return above and below and (not self.is_whole or value == value // 1)

    def nearest(self, value: float) -> float | None:
        """Return the nearest number that may be given; None where there is none (an end is not itself allowed)."""
        if value < self.low or (value == self.low and not self.has_low):
            return self.low if self.has_low else None
        if self.is_whole and self.holds(value // 1):
            return value // 1
        return self.high if value > self.high and self.has_high else None

    def text(self, language: str = "en") -> str:
        """Return the range in words: "in [0, 1)" and "2 or more", "dans [0 ; 1[" and "2 ou plus"."""
        if self.high < inf:
            ends = ("[" if self.has_low else "]", "]" if self.has_high else "[")
            if language == "fr":
                return f"dans {ends[0]}{self.low:g} ; {self.high:g}{ends[1]}".replace(".", ",")
            return f"in {'[' if self.has_low else '('}{self.low:g}, {self.high:g}{']' if self.has_high else ')'}"
        if not self.has_low:
            return f"above {self.low:g}" if language == "en" else f"plus de {self.low:g}"
        whole = {"en": ", whole", "fr": ", entier"}[language] if self.is_whole else ""
        return f"{self.low:g} {'or more' if language == 'en' else 'ou plus'}{whole}"


def at_least(low: int) -> Range:
    """Return counts from `low` on."""
    return Range(low, has_low=True, is_whole=True)


SHARE, SHARE_OR_NONE, SHARE_OR_ALL = Range(0, 1), Range(0, 1, has_low=True), Range(0, 1, has_high=True)
HALF, ABOVE_CHANCE = Range(0, 0.5), Range(0.5, 1)
CORRELATION, EITHER_WAY = Range(0, 1, has_low=True, has_high=True), Range(-1, 1, has_low=True, has_high=True)
POSITIVE, NOT_NEGATIVE, ONE_OR_MORE = Range(0), Range(0, has_low=True), Range(1, has_low=True)


@dataclass(frozen=True, slots=True)
class Value:
    """One planning value.

    Attributes
    ----------
    default : float, int, str or None
        None where the plan's maker must give it; the name of a published value stands for its number.
    what, what_fr : str
        In English and French words, without the range.
    within : Range or None
        None for a word, and where the kernel alone knows what goes together.
    """

    default: float | int | str | None
    what: str
    what_fr: str
    within: Range | None = None

    def text(self, language: str = "en") -> str:
        """Return what the value is, with its range."""
        what = self.what if language == "en" else self.what_fr
        return what if self.within is None else f"{what}, {self.within.text(language)}"


POWER = Value(0.8, "power wanted", "puissance voulue", SHARE)
ALPHA = Value(0.05, "type I error, two-sided", "risque de première espèce, bilatéral", SHARE)
ONE_SIDED = Value(0.025, "type I error, one-sided", "risque de première espèce, unilatéral", SHARE)
COUNTED = Value(
    1.0,
    "share of the ECGs drawn that count (for sensitivity, with the finding)",
    "part des ECG tirés qui comptent (pour la sensibilité, avec l'anomalie)",
    SHARE_OR_ALL,
)


def among_drawn(plan: Plan, counted_share: float) -> Plan:
    """Return a plan whose cases are those that count, with the others that are drawn beside them.

    Parameters
    ----------
    plan : Plan
    counted_share : float
        In (0, 1].
    """
    if plan.n_total is None or counted_share == 1:
        return plan
    total = ceil(plan.n_total / counted_share)
    return replace(plan, n_total=total, n_positive=plan.n_total, n_negative=total - plan.n_total, n_total_exact=None)


def check_margin(who: str, margin: float, *, ai: float, reader: float) -> None:
    """Refuse a margin within which the AI is not expected to be, with the nearest that works."""
    if not margin > max(reader - ai, 0):
        rule = f"above {max(reader - ai, 0):.3g}, what the AI is expected to lose"
        better = f"an AI that is right in more than {reader - margin:.3g}"
        remedy = f"No size shows what is not so: a wider margin, or {better}, can be planned."
        raise ArgumentError(who, "--set margin", rule, margin, remedy)


@dataclass(frozen=True, kw_only=True)
class SizeDesign:
    """A question about size.

    Attributes
    ----------
    name : str
    question, question_fr : str
        In a study lead's words, in English and French.
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
    question_fr: str
    values: Mapping[str, Value]
    solve: Callable[[Values], Plan]
    paragraph: Mapping[str, str]
    method_fr: str
    varied: str = ""
    answer: str = "ecgs"

    def asked(self, language: str = "en") -> str:
        """Return the question in a language."""
        return self.question if language == "en" else self.question_fr
