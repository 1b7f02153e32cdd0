"""Differences between readers on the same recordings, with intervals, tests and their adjustment."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import forest_figure
from ecg_eval.reports.reasons import Footnote, Reasons
from ecg_eval.reports.tests_of import families, p_cells
from ecg_eval.reports.view import Shown, View, look

_MACHINES_AT_MOST = 2
_ROWS_AT_MOST = 16


class Differences(Section):
    """Metrics of one reader minus another, and tests of whether there is a difference."""

    title: ClassVar[dict[str, str]] = {"en": "Differences between readers", "fr": "Différences entre lecteurs"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return forest plots, the differences with their p-values, and tests that have no difference of their own."""
        view = look(result, language)
        family = [m for m in view.answering("difference") if view.of(m)]
        if not family:
            return []
        blocks: list[Block] = [Paragraph(view.words("differences.reading", level=view.level_percent))]
        sized = [m for m in family if not view.is_test(m)]
        tests = [m for m in family if m not in sized]
        return [*blocks, *_figures(view, sized), *_table(view, sized), *_table(view, tests, tests=True)]


def _figures(view: View, metrics: list[str]) -> list[Block]:
    """Return one plot of all pairs where they have an overall estimate, and each machine against people by finding."""
    result, language = view.result, view.language
    figures = [forest_figure(result, metrics=metrics, language=language)]
    pairs = view.pairs(metrics)
    machines = dict.fromkeys(r for p in pairs for r in p if view.is_machine(r))
    if len(view.findings) > 1:
        figures += [
            forest_figure(result, metrics=metrics, reader=reader, language=language)
            for reader in list(machines)[:_MACHINES_AT_MOST]
        ]
    return [figure for figure in figures if figure is not None]


def _table(view: View, metrics: list[str], *, tests: bool = False) -> list[Block]:
    """Return one row an estimate with p and adjusted p: overall ones first, then the strongest evidence by finding."""
    words, reasons = view.words, Reasons(view, intervals=not tests)
    pairs = set(view.pairs(metrics))
    rows = [r for m in metrics for r in view.of(m) if (r.reader, r.compared_with) in pairs]
    rows.sort(key=lambda r: (r.finding != view.overall, *_evidence(r)))
    worth = rows if len(rows) <= _ROWS_AT_MOST else [r for r in rows if _is_head(view, r) or _is_clear(r)]
    shown = worth[:_ROWS_AT_MOST]
    columns = {
        "finding": len({r.finding for r in shown}) > 1,
        "p": any(r.p_value is not None for r in rows),
        "p_adjusted": any(r.p_adjusted is not None for r in rows),
        "planned": any(r.pre_specified for r in rows),
    }
    records = [_record(view, row, reasons, columns) for row in shown]
    if not records:
        return []
    kind = "tests" if tests else "caption"
    some = "" if len(shown) == len(rows) else ".some" if all(map(_is_clear, shown)) else ".some.overall"
    caption = words(f"differences.{kind}{some}")
    blocks: list[Block] = [
        Table(caption, pd.DataFrame.from_records(records), folds=True, sorts=True),
        *reasons.blocks(),
    ]
    blocks += families(view, shown)
    if len(shown) < len(rows):
        counted = words("differences.some", shown=numbers.count(len(shown), words), n=numbers.count(len(rows), words))
        blocks.append(Footnote(counted))
    return blocks


def _record(view: View, row: Shown, reasons: Reasons, columns: dict[str, bool]) -> dict[str, str]:
    words = view.words
    record = {
        words("differences.pair"): words(
            "differences.versus",
            first=view.first(row),
            second=view.second(row),
        )
    }
    if columns["finding"]:
        record[words("finding")] = words.finding(row.finding)
    record[words("methods.metric")] = words.metric(row.metric, short=True)
    record[words("estimate")] = reasons.cell(row, signed=view.is_signed(row.metric))
    if not columns["p"]:
        return record
    return record | p_cells(view, row, adjusted=columns["p_adjusted"], planned=columns["planned"])


def _is_head(view: View, row: Shown) -> bool:
    return row.finding == view.overall or row.pre_specified


def _is_clear(row: Shown) -> bool:
    """Whether there is evidence of a difference: by the interval, or by the test where there is no interval."""
    p = row.p_adjusted if row.p_adjusted is not None else row.p_value
    return row.leaves_zero_out if row.has_interval else p is not None and p < 1 - row.level


def _evidence(row: Shown) -> tuple[float, float]:
    """Rank by the adjusted p-value, then by how many widths of the interval the value stands from zero."""
    p = row.p_adjusted if row.p_adjusted is not None else row.p_value
    width = 0.0 if row.low is None or row.high is None else row.high - row.low
    return (2.0 if p is None else p), -abs(row.value or 0.0) / width if width else 0.0
