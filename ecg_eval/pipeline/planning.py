"""Planning for the command line and for Python: settings as text in, the plan and its words out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_eval.domain.result import Figure
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.pilot import mix_values, pilot_values
from ecg_eval.planning.designs import another_mix, from_pilot, parallel_from_pilot
from ecg_eval.planning.priors import priors
from ecg_eval.planning.size import DESIGNS, LOSSES, SizeAnswer, plan_size, size_curve
from ecg_eval.planning.size_design import Value
from ecg_eval.planning.size_words import axis_name, neighbour_name, protocol_paragraph, size_table, table_text
from ecg_eval.reports.figures.size_curve import size_curve_figure
from ecg_eval.reports.words import Words

__all__ = [
    "SizeReport",
    "curve_figure",
    "plan_size",
    "protocol_paragraph",
    "questions_text",
    "size_report",
    "size_table",
    "write_curve",
]


_OF_COMPONENTS = (from_pilot.DESIGN.name, parallel_from_pilot.DESIGN.name)


@dataclass(frozen=True)
class SizeReport:
    """A plan's size as the command line prints it.

    Attributes
    ----------
    answer : SizeAnswer
    paragraph : str
    rows : list of dict
        The table of the plan and its neighbours.
    table : str
        The same in aligned columns.
    """

    answer: SizeAnswer
    paragraph: str
    rows: list[dict[str, float | int | str | None]]
    table: str


def size_report(
    question: str, settings: Sequence[str], language: str = "en", *, pilot: Path | None = None, finding: str = ""
) -> SizeReport:
    """Answer a question about size from settings of the form name=value, and from a pilot's run folder.

    Raises
    ------
    EcgEvalError
        For what cannot be planned, in words.
    """
    given: dict[str, float | int | str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ArgumentError("plan size", "--set", "name=value", setting)
        given[name.strip()] = value.strip()
    if pilot is not None:
        if question in _OF_COMPONENTS:
            is_parallel = question == parallel_from_pilot.DESIGN.name
            metric = str(given.get("metric", "sensitivity"))
            given = {**pilot_values(pilot, metric=metric, finding=finding, is_parallel=is_parallel), **given}
        elif question == another_mix.DESIGN.name:
            given = {**mix_values(pilot, finding=finding), **given}
        else:
            rule = f"given with the question {', '.join(_OF_COMPONENTS)} or {another_mix.DESIGN.name}"
            raise ArgumentError("plan size", "--pilot", rule, question)
    answer = plan_size(question, **given)
    paragraph, phrase = protocol_paragraph(answer, language), Words(language).phrase
    return SizeReport(answer, paragraph, size_table(answer, language, phrase), table_text(answer, language, phrase))


def curve_figure(answer: SizeAnswer, language: str = "en") -> Figure:
    """Draw the size along the power, or along the precision, with its table.

    Parameters
    ----------
    answer : SizeAnswer
    language : {"en", "fr"}
    """
    curve = size_curve(answer)
    lines = {
        neighbour_name(curve.choice, choice, language) if curve.choice else "": sizes
        for choice, sizes in curve.lines.items()
    }
    return size_curve_figure(
        curve.x,
        lines,
        x_label=axis_name(curve.along, language),
        y_label=axis_name(curve.answer, language),
        caption=protocol_paragraph(answer, language),
        language=language,
    )


def write_curve(answer: SizeAnswer, path: Path, language: str = "en") -> tuple[Path, Path]:
    """Write the curve as an SVG picture, and its table beside it as CSV; return both paths.

    Raises
    ------
    ArgumentError
        When the path does not end in .svg.
    """
    if path.suffix.lower() != ".svg":
        raise ArgumentError("plan size", "--curve", "a file that ends in .svg", str(path))
    figure, table = curve_figure(answer, language), path.with_suffix(".csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.save(path)
    figure.frame.to_csv(table, index=False, lineterminator="\n")
    return path, table


def questions_text(language: str = "en") -> str:
    """List the questions, what each asks for, and the published values that may stand for a number.

    Parameters
    ----------
    language : {"en", "fr"}
    """
    words = Words(language)
    lines = []
    for design in DESIGNS.values():
        question = words("plan.size.question", name=design.name, question=design.asked(language))
        lines += [question, *_lines(design.values, words)]
    lines += [words("plan.size.any"), *_lines(LOSSES, words), words("plan.size.published")]
    lines += [f"  {prior.name:<28} {prior.cited(language)}" for prior in priors().values()]
    return "\n".join(lines)


def _lines(values: Mapping[str, Value], words: Words) -> Iterator[str]:
    for name, value in values.items():
        default = words("plan.size.to_give") if value.default is None else value.default
        yield f"  {name + '=':<20} {value.text(words.language)} [{default}]"
