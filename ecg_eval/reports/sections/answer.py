"""The answer in plain words and natural frequencies; its numbers, what their intervals are for, and what limits it."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import basis, numbers, sentences
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.statements.comparison import rows_between
from ecg_eval.reports.statements.reading import heads
from ecg_eval.reports.tests_of import families, p_cells
from ecg_eval.reports.view import Party, Shown, View, look

_METRICS = {"found": "sensitivity", "wrong": "specificity"}
_ROWS_AT_MOST = 12


class Answer(Section):
    """How well the models read beside the people, and what their help did."""

    title: ClassVar[dict[str, str]] = {"en": "The answer", "fr": "La réponse"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the answer in words, its numbers, the comparisons, and a note."""
        view = look(result, language)
        told = [Paragraph(text) for text in sentences.paragraphs(view)]
        return [*told, *_table(view), *_differences(view), Note(" ".join(sentences.notes(view)))]


def _table(view: View) -> list[Block]:
    """Return what the sentences say, with intervals: one row a machine, and people without and with help."""
    words = view.words
    records, quoted, counted = [], [], False
    for party in view.few(view.parties(_METRICS.values())):
        rows = {part: view.one(metric, party, view.overall) for part, metric in _METRICS.items()}
        if any(row is None or row.value is None for row in rows.values()):
            continue
        who = basis.who_of(view, party)
        found = rows["found"]
        findings = () if found is None else basis.findings_behind(view, found)
        record = {words("reader"): view.name(party, arms=view.has_aided)}
        record[words("answer.ecgs")] = numbers.count(int(basis.ecgs(view, who, findings).sum()), words)
        if len(view.findings) > 1:
            record[words("answer.behind")] = numbers.count(len(findings), words)
        for part, row in rows.items():
            record[words(f"answer.{part}")] = words("none") if row is None else _cell(view, row, part)
        record[words("answer.covers")] = _covers(view, party, found)
        records.append(record)
        counted = counted or any(row is not None and basis.is_counted(view, row) for row in rows.values())
        if found is not None:
            quoted.append((who, found))
    if not records:
        return []
    table = Table(words("answer.table", level=view.level_percent), pd.DataFrame.from_records(records))
    apart = [] if basis.common(view, quoted) else [Footnote(words("answer.apart"))]
    return [table, *([Footnote(words("answer.counted"))] if counted else []), *apart]


def _cell(view: View, row: Shown, part: str) -> str:
    """Return so many in 100 with the interval, or counts where fewer than ten ECGs stand behind them."""
    words = view.words
    if basis.is_counted(view, row):
        _, top, bottom = basis.counts(view, row)
        top = bottom - top if part == "wrong" else top
        return words("answer.of", top=numbers.count(top, words), bottom=numbers.count(bottom, words))
    text = numbers.per_hundred(_turned(row.value or 0.0, part), words)
    if row.low is None or row.high is None or not basis.interval_for(view, row):
        return f"{text} ({words('answer.no_interval')})"
    low, high = (numbers.per_hundred(x, words) for x in sorted(_turned(end, part) for end in (row.low, row.high)))
    return f"{text} ({words('interval', low=low, high=high)})"


def _turned(value: float, part: str) -> float:
    """Return a specificity as the share that is named wrongly."""
    return 1 - value if part == "wrong" else value


def _covers(view: View, party: Party, row: Shown | None) -> str:
    """Return whom and what an interval is for."""
    covers = "" if row is None else basis.interval_for(view, row)
    if not covers and party.is_group:
        return view.words("answer.covers.few", n=len(view.members(party.reader, party.arm)))
    return view.words(f"answer.covers.{covers}") if covers else view.words("none")


def _differences(view: View) -> list[Block]:
    """Return models minus people, each with the interval and the p-value: the planned ones first."""
    words = view.words
    machines, people = heads(view, "sensitivity")
    records: list[tuple[bool, dict[str, str]]] = []
    tested: list[Shown] = []
    for machine in machines:
        for other in people:
            if other.arm == AIDED or len(rows := rows_between(view, machine, other)) < len(_METRICS):
                continue
            planned = any(row.pre_specified for row in rows.values())
            name = words("differences.versus", first=machine.reader, second=view.name(other, arms=False))
            record = {words("differences.pair"): name}
            for part, row in rows.items():
                record[words(f"answer.difference.{part}")] = _change(view, row, part)
                short = words(f"answer.short.{part}")
                for name, cell in p_cells(view, row, adjusted=row.p_adjusted is not None, planned=False).items():
                    record[f"{name}, {short}"] = cell
            tested += rows.values()
            record[words("planned")] = words("yes" if planned else "no")
            records.append((not planned, record))
    if not records:
        return []
    records.sort(key=lambda pair: pair[0])
    shown = [record for _, record in records[:_ROWS_AT_MOST]]
    caption = words("answer.differences", level=view.level_percent)
    more = words("differences.some", shown=len(shown), n=len(records))
    table = Table(caption, pd.DataFrame.from_records(shown).fillna(words("none")))
    return [table, *families(view, tested), *([Footnote(more)] if len(records) > len(shown) else [])]


def _change(view: View, row: Shown, part: str) -> str:
    words = view.words
    sign = -1 if part == "wrong" else 1
    if basis.is_counted(view, row):
        return words("answer.few")
    text = numbers.per_hundred(sign * (row.value or 0.0), words, signed=True)
    if row.low is None or row.high is None or not basis.interval_for(view, row):
        return f"{text} ({words('answer.no_interval')})"
    low, high = (numbers.per_hundred(x, words, signed=True) for x in sorted((sign * row.low, sign * row.high)))
    return f"{text} ({words('interval', low=low, high=high)})"
