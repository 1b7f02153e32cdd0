"""What the AI's help did: aided minus unaided, where the AI was right, where it was wrong, and who switched."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.design import design_of
from ecg_eval.domain.notes import READERS
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import aid_figure, slopes_figure
from ecg_eval.reports.figures.forest import clearest
from ecg_eval.reports.group_means import beside_means
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.tests_of import families, p_cells
from ecg_eval.reports.view import Party, View, look

_PANELS = 3


class Aid(Section):
    """Metrics of the aid; each reader is compared with himself or herself."""

    title: ClassVar[dict[str, str]] = {"en": "What the AI's help did", "fr": "Ce qu'a fait l'aide de l'IA"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return figures and tables; nothing where nobody read both with and without help."""
        view = look(result, language)
        family = [m for m in view.answering("aid") if view.of(m)]
        if not view.has_aided or not family:
            return []
        parties = view.parties(family)
        if all(row.value is None for m in family for row in view.of(m)):
            reasons = sorted({view.words.phrase(row.reason) for m in family for row in view.of(m)})
            return [Note(view.words("aid.nothing", reasons=view.words.apart(reasons)))]
        design = design_of(result.study)
        blocks: list[Block] = [
            Paragraph(view.words("aid.design", design=view.words(f"design.{design.name}"))),
            Paragraph(view.words(f"aid.reading.{design.analysis}")),
        ]
        slopes = slopes_figure(result, language=language)
        blocks += [] if slopes is None else [slopes]
        effects = [m for m in family if view.is_signed(m)]
        for start in range(0, len(effects), _PANELS):
            panels = effects[start : start + _PANELS]
            figure = aid_figure(result, metrics=panels, language=language)
            blocks += [] if figure is None else [figure]
        finding = clearest(view, family, parties)
        blocks += [*_table(view, family, finding, parties), *_tests(view, effects, finding, parties)]
        blocks += beside_means(view, effects, view.overall, parties)
        blocks += _by_readers(view, effects)
        if len(view.findings) > 1:
            for reader in dict.fromkeys(p.reader for p in view.few(parties, at_most=2)):
                name = next(view.name(p, arms=False) for p in parties if p.reader == reader)
                blocks += _by_finding(view, family, reader, name)
        return blocks


def _by_readers(view: View, metrics: list[str]) -> list[Block]:
    """Return what help did to some readers of a kind, and how they differ from the others of it."""
    words, reasons = view.words, Reasons(view)
    rows = [r for r in view.of_some_readers if r.metric in metrics and r.finding == view.overall]
    labels = dict.fromkeys((r.reader, r.subgroup) for r in rows)
    if not labels:
        return []
    records = []
    for reader, label in labels:
        mine = {r.metric: r for r in rows if (r.reader, r.subgroup) == (reader, label)}
        part = label.removeprefix(f"{READERS}: ").removesuffix(" - others")
        name = words("aid.parts.others", part=part) if label.endswith(" - others") else part
        cells = {words.metric(m, short=True): reasons.cell(mine.get(m), signed=True) for m in metrics}
        records.append({words("reader"): view.reader(reader, is_group=True), words("aid.parts.part"): name} | cells)
    scope = words.finding(view.overall)
    return [Table(words("aid.parts", scope=scope), pd.DataFrame.from_records(records)), *reasons.blocks()]


def _table(view: View, metrics: list[str], finding: str, parties: list[Party]) -> list[Block]:
    words, reasons = view.words, Reasons(view)
    by_reader: dict[str, Party] = {}
    for party in parties:
        by_reader.setdefault(party.reader, party)
    records = [
        {words("reader"): view.name(party, arms=False)}
        | {words.metric(m, short=True): _cell(view, m, reader, finding, reasons) for m in metrics}
        for reader, party in by_reader.items()
    ]
    caption = words("aid.table", scope=words.finding(finding))
    return [Table(caption, pd.DataFrame.from_records(records)), *reasons.blocks()]


def _tests(view: View, metrics: list[str], finding: str, parties: list[Party]) -> list[Block]:
    """Return the tests of no effect that belong to the intervals: of groups and readers, the planned ones first."""
    words = view.words
    chosen = [(p, row) for p in view.few(parties) for m in metrics if (row := view.one(m, p, finding)) is not None]
    rows = [(p, row) for p, row in chosen if row.p_value is not None]
    if not rows:
        return []
    rows.sort(key=lambda pair: not pair[1].pre_specified)
    planned = any(row.pre_specified for _, row in rows)
    records = [
        {
            words("reader"): view.name(p, arms=False),
            words("methods.metric"): words.metric(row.metric, short=True),
            words("estimate"): numbers.number(row.value or 0.0, words, signed=True),
        }
        | p_cells(view, row, adjusted=True, planned=planned)
        for p, row in rows
    ]
    caption = words("aid.tests", scope=words.finding(finding))
    return [Table(caption, pd.DataFrame.from_records(records)), *families(view, [row for _, row in rows])]


def _by_finding(view: View, metrics: list[str], reader: str, name: str) -> list[Block]:
    words, reasons = view.words, Reasons(view)
    records = [
        {words("finding"): words.finding(f)}
        | {words.metric(m, short=True): _cell(view, m, reader, f, reasons) for m in metrics}
        for f in view.findings_of(metrics)
    ]
    caption = words("aid.by_finding", reader=name)
    return [Table(caption, pd.DataFrame.from_records(records), folds=True), *reasons.blocks()]


def _cell(view: View, metric: str, reader: str, finding: str, reasons: Reasons) -> str:
    """Return a change with its sign, a rate without; whatever arm the metric is filed under."""
    row = next(iter(view.of(metric, reader=reader, finding=finding, compared_with="")), None)
    return reasons.cell(row, signed=view.is_signed(metric))
