"""Planning for the command line and for Python: settings as text in, the plan and its words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.priors import priors
from ecg_eval.planning.size import DESIGNS, LOSSES, SizeAnswer, plan_size
from ecg_eval.planning.size_words import protocol_paragraph, size_table

__all__ = ["SizeReport", "plan_size", "protocol_paragraph", "questions_text", "size_report", "size_table"]


@dataclass(frozen=True)
class SizeReport:
    """A plan's size as the command line prints it.

    Attributes
    ----------
    answer : SizeAnswer
    paragraph : str
    rows : list of dict
        The table of the plan and its neighbours.
    """

    answer: SizeAnswer
    paragraph: str
    rows: list[dict[str, float | int | str | None]]

    @property
    def table(self) -> str:
        """The table in aligned columns; where there is no size, why."""
        lines = ["plan                      readers    ECGs  power"]
        for row in self.rows:
            readers, ecgs = ("" if row[k] is None else str(row[k]) for k in ("readers", "ecgs"))
            power = "" if row["power"] is None else f"{row['power']:.3f}"
            lines.append(f"{row['plan']!s:<24} {readers:>8} {ecgs:>7}  {power or row['reason'] or ''}".rstrip())
        return "\n".join(lines)


def size_report(question: str, settings: Sequence[str], language: str = "en") -> SizeReport:
    """Answer a question about size from settings of the form name=value.

    Raises
    ------
    EcgEvalError
        For what cannot be planned, in words.
    """
    given: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ArgumentError("plan size", "--set", "name=value", setting)
        given[name.strip()] = value.strip()
    answer = plan_size(question, **given)
    return SizeReport(answer, protocol_paragraph(answer, language), size_table(answer))


def questions_text() -> str:
    """List the questions, what each asks for, and the published values that may stand for a number."""
    lines = []
    for design in DESIGNS.values():
        lines += [f"{design.name}: {design.question}", *map(_line, design.values.items())]
    lines += ["any question:", *map(_line, LOSSES.items()), "published values:"]
    lines += [f"  {prior.name:<28} {prior.cited()}" for prior in priors().values()]
    return "\n".join(lines)


def _line(item: tuple[str, Any]) -> str:
    name, value = item
    default = "to be given" if value.default is None else value.default
    return f"  {name + '=':<20} {value.what} [{default}]"
