"""Where networks' answers come from, and whether deleting what they point at says that this means anything."""

from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.explained import (
    ExplainedAnswer,
    Number,
    Verdict,
    explained_answers,
    leads_in_words,
    unexplained,
)
from ecg_eval.reports.figures.deletion import deletion_figure
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View, look
from ecg_eval.reports.words import Words

_VERDICTS: tuple[Verdict, ...] = ("more", "no_more_than_large", "nothing")


class Explanations(Section):
    """The deletion test of each network and finding, the leads that moved it, and what that does not say."""

    title: ClassVar[dict[str, str]] = {
        "en": "Where networks' answers come from",
        "fr": "D'où viennent les réponses des réseaux",
    }

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how it was tested, what came of it, a figure and a table; nothing where nobody asked."""
        table = result.explanations
        if table is None or table.empty:
            return []
        view = look(result, language)
        answers = explained_answers(table)
        blocks: list[Block] = []
        if answers:
            blocks += [Paragraph(view.words("explanations.intro")), *_said(view, answers)]
            figure = deletion_figure(view, answers)
            blocks += [] if figure is None else [figure]
            blocks += [_table(view, answers), *_footnotes(view, answers)]
            blocks.append(Note(view.words("explanations.caveat")))
        return [*blocks, *_unexplained(view, table)]


def _said(view: View, answers: Sequence[ExplainedAnswer]) -> list[Block]:
    """Say of each model which findings pass the test, which do not, and where one lead is all that it looks at."""
    words, lines = view.words, []
    for reader in dict.fromkeys(a.reader for a in answers):
        parts = []
        for verdict in _VERDICTS:
            named = [words.finding(a.finding) for a in answers if a.reader == reader and a.verdict == verdict]
            if named:
                parts.append(words(f"explanations.said.{verdict}", findings=words.listed(named)))
        lines.append(words("explanations.said", reader=reader, parts=words.apart(parts)))
    lines += [
        words(
            "explanations.one_lead",
            reader=a.reader,
            finding=words.finding(a.finding),
            share=numbers.per_hundred(a.leads[0][1], words),
            lead=a.only_lead,
        )
        for a in answers
        if a.only_lead
    ]
    return [Paragraph(line) for line in lines]


def _table(view: View, answers: Sequence[ExplainedAnswer]) -> Table:
    words, rows = view.words, []
    for a in answers:
        rows.append(
            {
                words("reader"): a.reader,
                words("explanations.finding"): words.finding(a.finding),
                words("explanations.n"): numbers.count(a.area.n, words),
                words("explanations.area", level=view.level_percent): _cell(words, a.area),
                words("explanations.above_largest", level=view.level_percent): _cell(words, a.above_largest),
                words("explanations.leads"): _leads(words, a),
                words("explanations.likeness"): _value(words, a.likeness),
                words("explanations.verdict"): words(f"explanations.verdict.{a.verdict}"),
            }
        )
    return Table(words("explanations.caption"), pd.DataFrame.from_records(rows), sorts=True)


def _cell(words: Words, number: Number) -> str:
    if number.value is None:
        return words("none")
    value = numbers.number(number.value, words, signed=True)
    return value if number.low is None else f"{value} ({numbers.interval(number.low, number.high, words, signed=True)})"


def _value(words: Words, number: Number) -> str:
    return words("none") if number.value is None else numbers.number(number.value, words)


def _leads(words: Words, answer: ExplainedAnswer) -> str:
    shown = leads_in_words(answer.leads)
    return words("none") if not shown else words.apart(
        [words("explanations.lead", lead=lead, share=numbers.per_hundred(share, words)) for lead, share in shown]
    )  # fmt: skip


def _footnotes(view: View, answers: Sequence[ExplainedAnswer]) -> list[Block]:
    """Return how the columns are to be read, and why a number or an interval is missing."""
    words = view.words
    missing: dict[str, list[str]] = {}
    for a in answers:
        if a.area.reason:
            missing.setdefault(a.area.reason, []).append(f"{a.reader}, {words.finding(a.finding)}")
    return [
        Footnote(words("explanations.how")),
        *(
            Footnote(words("explanations.missing", who=words.listed(who), reason=words.phrase(reason)))
            for reason, who in missing.items()
        ),
    ]


def _unexplained(view: View, table: pd.DataFrame) -> list[Block]:
    words = view.words
    return [
        Paragraph(words("explanations.without", readers=words.listed(who), reason=words.phrase(reason)))
        for reason, who in unexplained(table).items()
    ]
