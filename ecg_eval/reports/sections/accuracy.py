"""How often each reader is right, against the reference: the mean over findings first, then finding by finding."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.basis import findings_behind
from ecg_eval.reports.group_means import beside_means
from ecg_eval.reports.missing import NOT_ASKED, why_missing
from ecg_eval.reports.reasons import Footnote, Reasons
from ecg_eval.reports.view import Party, View, look


class Accuracy(Section):
    """Tables of what calls and scores are worth against the reference, with intervals."""

    title: ClassVar[dict[str, str]] = {"en": "Accuracy", "fr": "Exactitude diagnostique"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how to read the tables, the overall tables, and one table a finding."""
        view = look(result, language)
        families = [view.answering("reading", scores=False), view.answering("reading", scores=True)]
        further = _further(view)
        rows = [row for family in families for m in family for row in view.of(m)]
        if not rows:
            return further
        if all(row.value is None for row in rows):
            reasons = sorted({view.words.phrase(row.reason) for row in rows})
            return [Note(view.words("accuracy.nothing", reasons=view.words.apart(reasons))), *further]
        blocks: list[Block] = [Paragraph(view.words("accuracy.reading", level=view.level_percent))]
        if view.overall not in view.findings:
            blocks += _table(view, families[0], view.overall, view.parties(families[0]))
            heading = view.words("accuracy.discrimination.overall")
            blocks += _table(view, families[1], view.overall, view.parties(families[1]), heading=heading)
            both = [*families[0], *families[1]]
            blocks += beside_means(view, both, view.overall, view.parties(both))
        shown = view.few(view.parties(families[0]))
        if len(shown) < len(view.parties(families[0])):
            blocks.append(Paragraph(view.words("accuracy.few")))
        for finding in view.findings:
            blocks += _table(view, families[0], finding, shown, folds=len(view.findings) > 1)
        return [*blocks, *_discrimination(view, families[1]), *_subgroups(view, families), *further]


def _table(
    view: View, metrics: list[str], finding: str, parties: list[Party], *, heading: str = "", folds: bool = False
) -> list[Block]:
    """Return one finding's table, its footnotes, and who is not in it and why."""
    reasons = Reasons(view)
    by_reader = [m for m in metrics if any(view.one(m, p, finding) is not None for p in parties)]
    records: list[dict[str, str]] = []
    silent: dict[str, list[Party]] = {}
    unasked: list[Party] = []
    behind: list[int] = []
    for party in parties:
        rows = [view.one(m, party, finding) for m in by_reader]
        if all(row is None or row.value is None for row in rows):
            if any(row is not None and why_missing(view, row) == NOT_ASKED for row in rows):
                unasked.append(party)
                continue
            why = next((row.reason for row in rows if row is not None), "")
            silent.setdefault(view.words.phrase(why) or view.words("unknown"), []).append(party)
            continue
        cells = {view.words.metric(m, short=True): reasons.cell(r) for m, r in zip(by_reader, rows, strict=True)}
        records.append({view.words("reader"): view.name(party, arms=view.has_aided)} | cells)
        behind.append(len(findings_behind(view, next(r for r in rows if r is not None and r.value is not None))))
    blocks: list[Block] = []
    if records:
        frame = pd.DataFrame.from_records(records)
        if finding not in view.findings and len(set(behind)) > 1:
            frame.insert(1, view.words("answer.behind"), [numbers.count(n, view.words) for n in behind])
        blocks.append(Table(heading or _caption(view, finding, behind), frame, folds=folds))
        blocks += reasons.blocks()
    if names := view.words.listed(view.rolled(unasked)):
        blocks.append(Footnote(view.words("accuracy.not_asked", readers=names)))
    for why, parties_without in silent.items():
        names = view.words.listed(view.rolled(parties_without))
        if names:
            silent_note = view.words("accuracy.silent", readers=names, reason=why)
            blocks.append(
                Footnote(silent_note) if records else Paragraph(f"{heading or _caption(view, finding)}. {silent_note}")
            )
    return blocks


def _caption(view: View, finding: str, behind: Sequence[int] = ()) -> str:
    if finding not in view.findings:
        if len(set(behind)) > 1:
            return view.words("accuracy.overall.apart")
        return view.words("accuracy.overall", findings=view.counted("finding", max(behind, default=0)))
    truth = view.result.study.truth(finding)
    n_known = numbers.count(int((~np.isnan(truth)).sum()), view.words)
    positive = numbers.count(int((truth == 1).sum()), view.words)
    return view.words("accuracy.finding", finding=view.words.finding(finding), positive=positive, known=n_known)


def _discrimination(view: View, metrics: list[str]) -> list[Block]:
    """Return, for readers who gave scores, how well these sort the records: one row a finding and reader."""
    reasons = Reasons(view)
    records = []
    for finding in view.findings:
        for party in view.parties(metrics):
            rows = [view.one(m, party, finding) for m in metrics]
            if any(row is not None and row.value is not None for row in rows):
                cells = {view.words.metric(m, short=True): reasons.cell(r) for m, r in zip(metrics, rows, strict=True)}
                name = view.name(party, arms=view.has_aided)
                records.append({view.words("finding"): view.words.finding(finding), view.words("reader"): name} | cells)
    if not records:
        return []
    return [
        Table(view.words("accuracy.discrimination"), pd.DataFrame.from_records(records), folds=True),
        *reasons.blocks(),
    ]


def _further(view: View) -> list[Block]:
    """Return readers' own estimates of metrics that no other part shows: one row a reader and finding."""
    metrics = [m for m in view.answering("description") if view.parties([m])]
    reasons, words = Reasons(view), view.words
    findings = ["", *view.findings_of(metrics)]
    several = any(view.one(m, p, f) for m in metrics for p in view.parties(metrics) for f in findings[1:])
    records = []
    for finding in findings:
        for party in view.parties(metrics):
            rows = {m: view.one(m, party, finding) for m in metrics}
            if any(row is not None for row in rows.values()):
                record = {words("finding"): words.finding(finding) or words("none")} if several else {}
                record = {words("reader"): view.name(party, arms=view.has_aided)} | record
                records.append(record | {words.metric(m): reasons.cell(row) for m, row in rows.items()})
    if not records:
        return []
    return [Table(words("accuracy.further"), pd.DataFrame.from_records(records)), *reasons.blocks()]


def _subgroups(view: View, families: list[list[str]]) -> list[Block]:
    """Return the overall estimates within each subgroup, one row a subgroup and reader; too small ones are named."""
    metrics = [m for family in families for m in family]
    parties = [p for p in view.few(view.parties(metrics), at_most=0) if not view.is_trivial(p.reader)]
    words, reasons = view.words, Reasons(view)
    columns = [m for m in metrics if any(view.within(s, m, p, view.overall) for s in view.subgroups for p in parties)]
    records = []
    silent: dict[str, None] = {}
    for subgroup in view.subgroups:
        for party in parties:
            rows = {m: view.within(subgroup, m, party, view.overall) for m in columns}
            if any(row is not None and row.value is not None for row in rows.values()):
                name = view.name(party, arms=view.has_aided)
                cells = {
                    words.metric(m, short=True): reasons.cell(row, signed=view.is_signed(m)) for m, row in rows.items()
                }
                records.append(
                    {words("subgroup"): numbers.capital(words.subgroup(subgroup)), words("reader"): name} | cells
                )
            else:
                silent.update(
                    {f"{words.subgroup(subgroup)} ({words.phrase(r.reason)})": None for r in rows.values() if r}
                )
    blocks: list[Block] = []
    if records:
        blocks += [
            Table(words("accuracy.subgroups"), pd.DataFrame.from_records(records), folds=True),
            *reasons.blocks(),
        ]
    if silent:
        blocks.append(Footnote(words("accuracy.subgroups.silent", subgroups=words.apart(list(silent)))))
    return blocks
