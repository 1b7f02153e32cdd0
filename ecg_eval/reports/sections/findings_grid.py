"""All findings on one grid before any of them alone: what each reader found and wrongly named, and the AI beside."""

from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.findings import URGENCIES, vocabulary
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import basis, numbers
from ecg_eval.reports.view import Party, Shown, View, look

_MACHINES_AT_MOST, _PEOPLE_AT_MOST = 3, 4


class FindingsGrid(Section):
    """One row a finding, the most urgent first; its headings put it in the order of prevalence or difference."""

    title: ClassVar[dict[str, str]] = {"en": "Finding by finding", "fr": "Anomalie par anomalie"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the grid; nothing where there is one finding only, which the answer has told already."""
        view = look(result, language)
        parties = _parties(view)
        if len(view.findings) < 2 or not parties:
            return []
        ordered = sorted(view.findings, key=lambda f: (_urgency(f), -_positive(view, f)[0]))
        frame = pd.DataFrame.from_records([_record(view, finding, parties) for finding in ordered])
        words = view.words
        return [Paragraph(words("grid.reading")), Table(words("grid.caption"), frame, sorts=True)]


def _parties(view: View) -> list[Party]:
    """Return who has a column: models that say anything, then groups of people, or the people where they are few."""
    every = [
        p
        for p in view.few(view.parties([view.playing("found"), view.playing("cleared")]), at_most=2)
        if not view.is_trivial(p.reader)
    ]
    machines = [p for p in every if view.is_machine(p.reader)][:_MACHINES_AT_MOST]
    people = sorted((p for p in every if view.is_human(p.reader)), key=lambda p: not p.is_group)
    return [*machines, *people[:_PEOPLE_AT_MOST]]


def _urgency(code: str) -> int:
    named = vocabulary().get(code)
    return URGENCIES.index(named.urgency if named else "none")


def _positive(view: View, finding: str) -> tuple[int, int]:
    truth = view.result.study.truth(finding)
    return int((truth == 1).sum()), int((~np.isnan(truth)).sum())


def _record(view: View, finding: str, parties: list[Party]) -> dict[str, str]:
    words = view.words
    positive, n_known = _positive(view, finding)
    urgency = _urgency(finding)
    record = {
        words("finding"): words.finding(finding),
        words("grid.urgency"): f"{urgency + 1}. {words(f'grid.{URGENCIES[urgency]}')}",
        words("grid.with"): words(
            "answer.of", top=numbers.count(positive, words), bottom=numbers.count(n_known, words)
        ),
    }
    for party in parties:
        name = view.name(party, arms=view.has_aided)
        sensitivity, cleared = (view.one(view.playing(role), party, finding) for role in ("found", "cleared"))
        pair = _cell(view, sensitivity), _cell(view, cleared, turned=True)
        # one column a reader: two would not fit a page beside two models and people in two arms
        record[name] = (
            words("none") if set(pair) == {words("none")} else words("grid.cell", found=pair[0], wrong=pair[1])
        )
    machine = next((p.reader for p in parties if view.is_machine(p.reader)), None)
    other = next((p for p in parties if view.is_human(p.reader) and p.arm != AIDED), None)
    if machine is not None and other is not None:
        heading = words("grid.difference", machine=machine, other=view.name(other, arms=False))
        record[heading] = _difference(view, machine, other, finding)
    return record


def _cell(view: View, row: Shown | None, *, turned: bool = False) -> str:
    """Return so many in 100, or counts where there are fewer than ten such ECGs; `turned`, how many are not."""
    words = view.words
    if row is None or row.value is None:
        return words("none")
    if basis.is_counted(view, row):
        _, top, bottom = basis.counts(view, row)
        top = bottom - top if turned else top
        return words("answer.of", top=numbers.count(top, words), bottom=numbers.count(bottom, words))
    return numbers.per_hundred(1 - row.value if turned else row.value, words)


def _difference(view: View, machine: str, other: Party, finding: str) -> str:
    """Return the model's sensitivity minus people's, in 100 ECGs, with its interval where there is one."""
    words = view.words
    rows = view.of(view.playing("found_difference"), finding=finding)
    pair = {(r.reader, r.compared_with): r for r in rows}
    row, turned = pair.get((machine, other.reader)), False
    if row is None:
        row, turned = pair.get((other.reader, machine)), True
    if row is None or row.value is None or basis.is_counted(view, row):
        return words("none")
    sign = -1 if turned else 1
    ends = None
    if row.low is not None and row.high is not None and basis.interval_for(view, row):
        ends = (sign * row.low, sign * row.high)
    return numbers.estimate_per_hundred(sign * row.value, ends, words, signed=True)
