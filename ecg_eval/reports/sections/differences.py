"""Differences between readers on the same recordings, with intervals, tests and their adjustment."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import forest_figure
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import Shown, View

_PAIRS_BY_FINDING = 2
_ROWS_AT_MOST = 24


class Differences(Section):
    """The comparison family: reader minus the other reader."""

    title: ClassVar[dict[str, str]] = {"en": "Differences between readers", "fr": "Différences entre lecteurs"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return forest plots, the differences with their p-values, and tests that have no difference of their own."""
        view = View(result, language)
        family = [m for m in view.family("comparison") if view.of(m)]
        if not family:
            return []
        sized = [m for m in family if any(row.low is not None or row.high is not None for row in view.of(m))]
        blocks: list[Block] = [Paragraph(view.words("differences.reading", level=view.level_percent))]
        blocks += _figures(view, sized)
        blocks += _table(view, sized, [view.overall], "differences.caption")
        tests = [m for m in family if m not in sized]
        blocks += _table(view, tests, [*view.findings, view.overall], "differences.tests")
        return blocks


def _figures(view: View, metrics: list[str]) -> list[Block]:
    """Return one plot of all pairs, then finding by finding the first pairs of a machine and a person or group."""
    if not metrics:
        return []
    study, evaluation, language = view.result.study, view.result.evaluation, view.language
    figures = [forest_figure(study, evaluation, metrics=metrics, language=language)]
    mixed = [p for p in view.pairs(metrics) if view.is_machine(p[0]) != view.is_machine(p[1])]
    mixed = [p for p in mixed if not any(view.is_trivial(reader) for reader in p)]
    if view.overall not in view.findings:
        figures += [
            forest_figure(study, evaluation, metrics=metrics, pair=pair, language=language)
            for pair in mixed[:_PAIRS_BY_FINDING]
        ]
    return [figure for figure in figures if figure is not None]


def _table(view: View, metrics: list[str], findings: list[str], caption: str) -> list[Block]:
    """Return one row an estimate: who, what, the estimate, p and adjusted p; the strongest evidence first if many."""
    words, reasons = view.words, Reasons(view, intervals=caption != "differences.tests")
    pairs = set(view.pairs(metrics))
    rows = [r for m in metrics for r in view.of(m) if (r.reader, r.compared_with) in pairs and r.finding in findings]
    shown = rows
    if len(rows) > _ROWS_AT_MOST:
        shown = sorted(rows, key=lambda r: (_evidence(r), r.metric))[:_ROWS_AT_MOST]
    columns = {"finding": len({r.finding for r in shown}) > 1, "planned": any(r.pre_specified for r in rows)}
    records = [_record(view, row, reasons, columns) for row in shown]
    if not records:
        return []
    blocks: list[Block] = [Table(words(caption), pd.DataFrame.from_records(records)), *reasons.blocks()]
    if len(shown) < len(rows):
        told = words("differences.some", shown=numbers.count(len(shown), words), n=numbers.count(len(rows), words))
        blocks.append(Paragraph(told))
    return blocks


def _record(view: View, row: Shown, reasons: Reasons, columns: dict[str, bool]) -> dict[str, str]:
    words = view.words
    record = {
        words("differences.pair"): words(
            "differences.versus", first=words.reader(row.reader), second=words.reader(row.compared_with)
        )
    }
    if columns["finding"]:
        record[words("finding")] = words.finding(row.finding)
    record[words("methods.metric")] = words.metric(row.metric)
    record[words("estimate")] = reasons.cell(row, signed=view.is_signed(row.metric))
    record[words("p")] = numbers.p_value(row.p_value, words)
    record[words("p_adjusted")] = numbers.p_value(row.p_adjusted, words)
    if columns["planned"]:
        record[words("planned")] = words("yes") if row.pre_specified else words("no")
    return record


def _evidence(row: Shown) -> float:
    known = row.p_adjusted if row.p_adjusted is not None else row.p_value
    return 2.0 if known is None else known
