"""The answer in plain words and natural frequencies; its numbers, what their intervals are for, and what limits it."""

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.metric import Role
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.result import Block, Note, StudyResult, Table
from ecg_eval.reports import basis, numbers, sentences
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.statements.comparison import rows_between
from ecg_eval.reports.statements.reading import heads
from ecg_eval.reports.tests_of import families, p_cells
from ecg_eval.reports.view import Party, Shown, View, look

_PARTS: Mapping[str, Role] = {"found": "found", "wrong": "cleared"}
_ROWS_AT_MOST = 12


class Answer(Section):
    """How well the models read beside the people, and what their help did."""

    title: ClassVar[dict[str, str]] = {"en": "The answer", "fr": "La réponse"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the answer in words, its numbers, the comparisons, and a note."""
        view = look(result, language)
        paragraphs = sentences.paragraphs(view)
        notes = Note(" ".join(sentences.notes(view)))
        return [*_departing(view), *_failed(view), *paragraphs, *_table(view), *_differences(view), notes]


def _failed(view: View) -> list[Block]:
    """Return who was asked and failed, and why: what they would have said is in no number."""
    facts, words = view.result.provenance, view.words
    named = [("failed.model", label, model.failed) for label, model in facts.models.items()]
    named += [("failed.panel", panel.plugin, panel.failed) for panel in facts.panels]
    named.append(("failed.reference", facts.reference.plugin, facts.reference.failed))
    return [Note(words(sentence, who=who, reason=words.phrase(reason))) for sentence, who, reason in named if reason]


def _departing(view: View) -> list[Block]:
    """Return that choices are not those of the locked plan: whoever reads the answer must know it."""
    plan = view.result.provenance.plan
    if plan is None or not plan.departures:
        return []
    key = "plan.departs.one" if len(plan.departures) == 1 else "plan.departs"
    n = numbers.count(len(plan.departures), view.words)
    return [Note(view.words(key, n=n, date=plan.locked_at[:10]))]


def _table(view: View) -> list[Block]:
    """Return what the sentences say, with intervals: one row a machine, and people without and with help."""
    words = view.words
    records, quoted, counted = [], [], False
    metrics = {part: view.playing(role) for part, role in _PARTS.items()}
    for party in view.few(view.parties(metrics.values())):
        rows = {part: view.one(metric, party, view.overall) for part, metric in metrics.items()}
        if any(row is None or row.value is None for row in rows.values()):
            continue
        who = basis.who_of(view, party)
        sensitivity = rows["found"]
        findings = () if sensitivity is None else basis.findings_behind(view, sensitivity)
        record = {words("reader"): view.name(party, arms=view.has_aided)}
        record[words("answer.ecgs")] = numbers.count(int(basis.ecgs(view, who, findings).sum()), words)
        if len(view.findings) > 1:
            record[words("answer.behind")] = numbers.count(len(findings), words)
        for part, row in rows.items():
            record[words(f"answer.{part}")] = words("none") if row is None else _cell(view, row, part)
        record[words("answer.covers")] = _covers(view, party, sensitivity)
        records.append(record)
        counted = counted or any(row is not None and basis.is_counted(view, row) for row in rows.values())
        if sensitivity is not None:
            quoted.append((who, sensitivity))
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
    value = _turned(row.value or 0.0, part)
    if row.low is None or row.high is None or not basis.interval_for(view, row):
        return f"{numbers.per_hundred(value, words)} ({words('answer.no_interval')})"
    return numbers.estimate_per_hundred(value, (_turned(row.low, part), _turned(row.high, part)), words)


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
    machines, people = heads(view, view.playing("found"))
    records: list[tuple[bool, dict[str, str]]] = []
    tested: list[Shown] = []
    for machine in machines:
        for other in people:
            if other.arm == AIDED or len(rows := rows_between(view, machine, other)) < len(_PARTS):
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
    value = sign * (row.value or 0.0)
    if row.low is None or row.high is None or not basis.interval_for(view, row):
        return f"{numbers.per_hundred(value, words, signed=True)} ({words('answer.no_interval')})"
    return numbers.estimate_per_hundred(value, (sign * row.low, sign * row.high), words, signed=True)
