"""Questions that the configuration asked beside the usual ones: each with its picture, its numbers and its caveat."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures.questions import question_figure
from ecg_eval.reports.reasons import Footnote, Reasons
from ecg_eval.reports.view import Shown, View, look

_ROWS_AT_MOST = 24


class Questions(Section):
    """One part for each question that was asked, in the order of the configuration."""

    title: ClassVar[dict[str, str]] = {"en": "Further questions", "fr": "Autres questions"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the parts; nothing where none of these questions was asked."""
        view = look(result, language)
        return [block for metric in view.answering("question") for block in _part(view, metric)]


def _part(view: View, metric: str) -> list[Block]:
    """Return a question, its figure, its table and its caveat."""
    words, rows = view.words, list(view.of(metric))
    facts = view.result.provenance.metrics[metric]
    blocks: list[Block] = [Paragraph(f"{words.metric(metric)}. {words.phrase(facts.question)}")]
    if not rows or all(row.value is None for row in rows):
        reasons = sorted({words.phrase(row.reason) for row in rows if row.reason}) or [words("unknown")]
        return [*blocks, Note(words("questions.nothing", reasons="; ".join(reasons)))]
    figure = question_figure(view.result, metric=metric, language=view.language)
    blocks += [] if figure is None else [figure]
    return [*blocks, *_table(view, metric, rows), Footnote(words.phrase(facts.caveat))]


def _table(view: View, metric: str, rows: list[Shown]) -> list[Block]:
    """Return one row an estimate, groups first, with how it was made, which says what follows from a margin."""
    words, reasons = view.words, Reasons(view)
    ordered = sorted(rows, key=lambda r: (not (r.is_group or r.with_group), r.finding != view.overall, r.value is None))
    shown = ordered[:_ROWS_AT_MOST]
    columns = {
        "compared": any(r.compared_with for r in shown),
        "arm": len({r.arm for r in shown}) > 1,
        "p": any(r.p_value is not None for r in shown),
    }
    records = []
    for row in shown:
        record = {words("reader"): view.reader(row.reader, is_group=row.is_group)}
        if columns["compared"]:
            other = view.reader(row.compared_with, is_group=row.with_group) if row.compared_with else ""
            record[words("questions.beside")] = other
        if columns["arm"]:
            record[words("questions.arm")] = words.arm(row.arm)
        record[words("finding")] = words.finding(row.finding)
        record[words("estimate")] = reasons.cell(row, signed=view.is_signed(metric))
        if columns["p"]:
            record[words("p")] = numbers.p_value(row.p_value, words)
        record[words("methods.method")] = words.phrase(row.method)
        records.append(record)
    blocks: list[Block] = [Table(words("questions.table"), pd.DataFrame.from_records(records)), *reasons.blocks()]
    if len(shown) < len(ordered):
        some = words("differences.some", shown=numbers.count(len(shown), words), n=numbers.count(len(ordered), words))
        blocks.append(Footnote(some))
    return blocks
