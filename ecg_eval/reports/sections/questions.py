"""Questions that the configuration asked beside the usual ones: each with its picture, its numbers and its caveat."""

from collections.abc import Callable, Mapping
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.facts.metric import Picture
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures.questions import question_figure
from ecg_eval.reports.parts.over_time import over_time_part
from ecg_eval.reports.parts.policies import policies_part
from ecg_eval.reports.parts.probabilities import coverage_part, reliability_part
from ecg_eval.reports.reasons import Footnote, Reasons
from ecg_eval.reports.view import Shown, View, look

_ROWS_AT_MOST = 24
# questions whose estimates say more in a picture of their own than side by side
_OWN_PARTS: Mapping[Picture, Callable[[View, str], list[Block]]] = {
    "policies": policies_part,
    "by_place": over_time_part,
    "by_sitting": over_time_part,
    "carried": over_time_part,
}
# pictures that stand above the usual table
_DRAWINGS: Mapping[Picture, Callable[[View, str], list[Block]]] = {
    "reliability": reliability_part,
    "coverage": coverage_part,
}


class Questions(Section):
    """One part for each question that was asked, in the order of the configuration."""

    title: ClassVar[dict[str, str]] = {"en": "Further questions", "fr": "Autres questions"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the parts; nothing where none of these questions was asked."""
        view = look(result, language)
        return [block for metric in view.answering("question") for block in part_of(view, metric)]


def part_of(view: View, metric: str) -> list[Block]:
    """Return a question, its figure, its table and its caveat.

    Parameters
    ----------
    view : View
    metric : str
    """
    words, rows = view.words, [*view.asked(metric), *view.under_policies(metric, view.overall)]
    facts = view.result.provenance.metrics[metric]
    name = words.metric(metric)
    blocks: list[Block] = [Paragraph(f"{name}. {words.phrase(facts.question)}", about=name)]
    if all(row.value is None and not numbers.is_infinite(row.reason) for row in rows):
        reasons = sorted({words.phrase(row.reason) for row in rows if row.reason}) or [words("unknown")]
        return [*blocks, Note(words("questions.nothing", reasons=view.words.apart(reasons)))]
    if facts.picture in _DRAWINGS:
        return [
            *blocks,
            *_DRAWINGS[facts.picture](view, metric),
            *_table(view, metric, rows),
            Footnote(words.phrase(facts.caveat)),
        ]
    if facts.picture in _OWN_PARTS:
        return [*blocks, *_OWN_PARTS[facts.picture](view, metric), Footnote(words.phrase(facts.caveat))]
    figure = question_figure(view.result, metric=metric, language=view.language)
    blocks += [] if figure is None else [figure]
    return [*blocks, *_table(view, metric, rows), Footnote(words.phrase(facts.caveat))]


def _order(view: View, row: Shown) -> tuple[bool, ...]:
    """Put values before reasons, groups before single readers, the whole before parts, the mean before findings."""
    return (
        row.value is None and not numbers.is_infinite(row.reason),
        not (row.is_group or row.with_group),
        bool(row.subgroup),
        row.finding not in (view.overall, POOLED),
    )


def _table(view: View, metric: str, rows: list[Shown]) -> list[Block]:
    """Return one row an estimate, groups first, with how it was made, which says what follows from a margin."""
    words, reasons = view.words, Reasons(view)
    ordered = sorted(rows, key=lambda r: _order(view, r))
    shown = ordered[:_ROWS_AT_MOST]
    columns = {
        "compared": any(r.compared_with for r in shown),
        "arm": len({r.arm for r in shown}) > 1,
        "part": any(r.subgroup for r in shown),
        "finding": metric not in view.answering("management"),  # what would be done is asked once an ECG
        "p": any(r.p_value is not None for r in shown),
    }
    heading = "questions.table.margin" if any("margin" in r.method for r in shown) else "questions.table"
    records = []
    for row in shown:
        record = {words("reader"): view.first(row)}
        if columns["compared"]:
            other = view.second(row) if row.compared_with else ""
            record[words("questions.beside")] = other
        if columns["arm"]:
            record[words("questions.arm")] = words.arm(row.arm)
        if columns["finding"]:
            record[words("finding")] = words.finding(row.finding)
        if columns["part"]:
            record[words("subgroup")] = view.part(row) if row.subgroup else ""
        record[words("estimate")] = reasons.cell(row, signed=view.is_signed(metric))
        if columns["p"]:
            record[words("p")] = numbers.p_value(row.p_value, words)
        record[words("methods.method")] = words.phrase(row.method)
        records.append(record)
    blocks: list[Block] = [Table(words(heading), pd.DataFrame.from_records(records)), *reasons.blocks()]
    if len(shown) < len(ordered):
        some = words("differences.some", shown=numbers.count(len(shown), words), n=numbers.count(len(ordered), words))
        blocks.append(Footnote(some))
    return blocks
