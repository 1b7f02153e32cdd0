"""What the AI's help did: aided minus unaided, where the AI was right, where it was wrong, and who switched."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports.figures import aid_figure
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import Party, View

_PANELS = 3


class Aid(Section):
    """The aid family; each reader is compared with himself or herself."""

    title: ClassVar[dict[str, str]] = {"en": "What the AI's help did", "fr": "Ce qu'a fait l'aide de l'IA"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return figures and tables; nothing where nobody read both with and without help."""
        view = View(result, language)
        family = [m for m in view.family("aid") if view.of(m)]
        if not view.has_aided or not family:
            return []
        parties = view.parties(family)
        if all(row.value is None for m in family for row in view.of(m)):
            reasons = sorted({view.words.phrase(row.reason) for m in family for row in view.of(m)})
            return [Note(view.words("aid.nothing", reasons="; ".join(reasons)))]
        blocks: list[Block] = [Paragraph(view.words("aid.reading"))]
        effects = [m for m in family if view.is_signed(m)]
        for start in range(0, len(effects), _PANELS):
            panels = effects[start : start + _PANELS]
            figure = aid_figure(result.study, result.evaluation, metrics=panels, language=language)
            blocks += [] if figure is None else [figure]
        blocks += _table(view, family, view.overall, parties)
        head = view.few(parties, at_most=0)
        if view.overall not in view.findings:
            for party in head:
                blocks += _by_finding(view, family, party)
        return blocks


def _table(view: View, metrics: list[str], finding: str, parties: list[Party]) -> list[Block]:
    words, reasons = view.words, Reasons(view)
    records = [
        {words("reader"): words.reader(p.reader)}
        | {words.metric(m, short=True): _cell(view, m, p, finding, reasons) for m in metrics}
        for p in parties
    ]
    caption = words("aid.table", scope=words.finding(finding))
    return [Table(caption, pd.DataFrame.from_records(records)), *reasons.blocks()]


def _by_finding(view: View, metrics: list[str], party: Party) -> list[Block]:
    words, reasons = view.words, Reasons(view)
    records = [
        {words("finding"): words.finding(f)}
        | {words.metric(m, short=True): _cell(view, m, party, f, reasons) for m in metrics}
        for f in view.findings
    ]
    caption = words("aid.by_finding", reader=words.reader(party.reader))
    return [Table(caption, pd.DataFrame.from_records(records)), *reasons.blocks()]


def _cell(view: View, metric: str, party: Party, finding: str, reasons: Reasons) -> str:
    """Return a change with its sign, a rate without."""
    return reasons.cell(view.one(metric, party, finding), signed=view.is_signed(metric))
