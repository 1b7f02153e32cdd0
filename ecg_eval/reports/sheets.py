"""A sheet for each reader: where the reader stands among peers, what to look out for, and ECGs worth another look.

Facts first: ``sheet_of`` takes numbers from the evaluation and the readings, ``render_sheet`` puts them on a page. Of
peers a sheet shows their mean and range alone, never anybody's own number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecg_eval.domain.facts.metric import Role
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.domain.vote import is_vote
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of, parts_of
from ecg_eval.reports.view import Party, Shown, View, look

_STANDING: tuple[Role, ...] = ("found", "cleared")
ECGS_AT_MOST = 5
_FINDINGS_AT_MOST = 6


@dataclass(frozen=True, kw_only=True)
class WorthALook:
    """An ECG that a reader read otherwise than the reference, where most peers did not.

    Attributes
    ----------
    record_id : str
    missed, overcalled : tuple of str
        Findings that the reader said no to although they are there, and yes to although they are not.
    peers_right, peers_read : int
        How many of the peers' readings of those findings agree with the reference, and of how many; of a single peer,
        which would be that peer's own answer, both are 0.
    """

    record_id: str
    missed: tuple[str, ...]
    overcalled: tuple[str, ...]
    peers_right: int
    peers_read: int


@dataclass(frozen=True, kw_only=True)
class Tracing:
    """A drawing of an ECG, or why there is none.

    Attributes
    ----------
    svg : str
        Empty where it cannot be drawn.
    not_drawn : str
        Why; empty where it is drawn.
    """

    svg: str = ""
    not_drawn: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a sheet says, before words.

    Attributes
    ----------
    reader : str
    arm : str
        The arm in which the reader is compared with peers: without help where there is one.
    peers : tuple of str
        The other readers of the kind who read in that arm.
    standing : dict of str to Quote or None
        Part in the answer -> the reader's own estimate over all findings.
    errors : tuple of (str, int, int, int, int)
        Finding, missed, ECGs with it, named wrongly, ECGs without it; the most errors first.
    aid : dict of str to Quote
        Metric -> what help changed for this reader.
    ecgs : tuple of WorthALook
    """

    reader: str
    arm: str
    peers: tuple[str, ...]
    standing: Mapping[Role, Shown | None]
    errors: tuple[tuple[str, int, int, int, int], ...]
    aid: Mapping[str, Shown]
    ecgs: tuple[WorthALook, ...]


def people_of(result: StudyResult) -> list[str]:
    """Return the readers who get a sheet: people who read anything, simulated ones included, but no vote of several."""
    study = result.study
    read = dict.fromkeys(reader for reader, _ in study.reader_arms)
    return [reader for reader in read if study.is_human(reader) and not is_vote(study.readers, reader)]


def sheet_of(result: StudyResult, reader: str, *, language: str = "en") -> Sheet:
    """Return the facts of one reader's sheet.

    Parameters
    ----------
    result : StudyResult
    reader : str
    language : str
        Only for the view that is shared with the report.
    """
    view, study = look(result, language), result.study
    arms = [arm for who, arm in study.reader_arms if who == reader]
    arm = UNAIDED if UNAIDED in arms else arms[0]
    peers = tuple(
        who
        for who, other in study.reader_arms
        if other == arm and who != reader and study.kind(who) == study.kind(reader)
    )
    party = Party(reader, arm)
    effects = {m: row for m in view.answering("aid") for row in view.of(m, reader=reader, finding=view.overall)}
    return Sheet(
        reader=reader,
        arm=arm,
        peers=peers,
        standing={role: view.one(view.playing(role), party, view.overall) for role in _STANDING},
        errors=_errors(view, reader, arm),
        aid={m: row for m, row in effects.items() if row.value is not None and not row.compared_with},
        ecgs=_worth_a_look(view, reader, arm, peers),
    )


def _errors(view: View, reader: str, arm: str) -> tuple[tuple[str, int, int, int, int], ...]:
    """Return, a finding, how many ECGs with it were missed and how many without it were named."""
    study = view.result.study
    rows = []
    for finding in view.findings:
        calls, truth = study.calls(reader, arm, finding), study.truth(finding)
        is_read = ~np.isnan(calls) & ~np.isnan(truth)
        there, absent = is_read & (truth == 1), is_read & (truth == 0)
        missed, named = int((calls[there] == 0).sum()), int((calls[absent] == 1).sum())
        if missed or named:
            rows.append((finding, missed, int(there.sum()), named, int(absent.sum())))
    return tuple(sorted(rows, key=lambda row: -(row[1] + row[3])))


def _worth_a_look(view: View, reader: str, arm: str, peers: Sequence[str]) -> tuple[WorthALook, ...]:
    """Return the ECGs read otherwise than the reference, first those that most peers read as it does."""
    study = view.result.study
    if not study.reference.exists:
        return ()
    wrong: dict[int, tuple[list[str], list[str], list[bool]]] = {}
    for finding in view.findings:
        calls, truth = study.calls(reader, arm, finding), study.truth(finding)
        others = np.array([study.calls(peer, arm, finding) for peer in peers]).reshape(len(peers), len(truth))
        for place in np.flatnonzero(~np.isnan(calls) & ~np.isnan(truth) & (calls != truth)):
            missed, overcalled, right = wrong.setdefault(int(place), ([], [], []))
            (missed if truth[place] == 1 else overcalled).append(finding)
            peers_calls = others[:, place][~np.isnan(others[:, place])]
            right.extend((peers_calls == truth[place]).tolist() if len(peers) > 1 else [])
    ids = [str(r) for r in study.records.index]
    ecgs = [
        WorthALook(
            record_id=ids[place],
            missed=tuple(missed),
            overcalled=tuple(overcalled),
            peers_right=sum(right),
            peers_read=len(right),
        )
        for place, (missed, overcalled, right) in wrong.items()
    ]
    return tuple(
        sorted(ecgs, key=lambda e: (-e.peers_right / max(e.peers_read, 1), not e.missed, e.record_id))[:ECGS_AT_MOST]
    )


def render_sheet(result: StudyResult, sheet: Sheet, *, language: str = "en", tracings: Mapping[str, Tracing]) -> str:
    """Return a sheet as one HTML page that prints on one page of A4.

    Parameters
    ----------
    result : StudyResult
    sheet : Sheet
    language : str
        "en" or "fr".
    tracings : mapping of str to Tracing
        Record id -> its drawing; an ECG without one is named with its readings and the reason.

    Returns
    -------
    str
        A page that asks for nothing from anywhere.
    """
    view = look(result, language)
    words = view.words
    chosen: list[tuple[str, str, list[Block]]] = [
        ("standing", words("sheet.standing"), _standing(view, sheet)),
        ("errors", words("sheet.errors"), _error_table(view, sheet)),
        ("aid", words("sheet.aid"), _aid(view, sheet)),
    ]
    return page_of(
        view,
        "sheet.html.j2",
        title=words("sheet.title", reader=sheet.reader),
        kind=words("sheet.kind"),
        look="sheet",
        beside={},
        footer=words("sheet.footer"),
        script=None,
        parts=parts_of(chosen),
        ecgs=[_ecg(view, ecg, tracings.get(ecg.record_id, Tracing())) for ecg in sheet.ecgs],
    )


def _standing(view: View, sheet: Sheet) -> list[Block]:
    words = view.words
    records = []
    for role in _STANDING:
        standing = sheet.standing[role]
        if standing is None or standing.value is None:
            continue
        peers = [view.one(view.playing(role), Party(peer, sheet.arm), view.overall) for peer in sheet.peers]
        values = [row.value for row in peers if row is not None and row.value is not None]
        record = {words("sheet.what"): words(f"sheet.{role}"), words("sheet.you"): standing.text(words)}
        if len(values) > 1:  # of a single peer, the mean would be that peer's own number
            spread = words("interval", low=numbers.number(min(values), words), high=numbers.number(max(values), words))
            record[words("sheet.peers", n=len(values))] = f"{numbers.number(float(np.mean(values)), words)} ({spread})"
        records.append(record)
    if not records:
        return [Paragraph(words("sheet.no_standing"))]
    arm = f" {words('sheet.arm', arm=words.arm(sheet.arm))}" if view.has_aided else ""
    text = words("sheet.reading", level=view.level_percent) + arm
    return [Table(words("sheet.standing.caption"), pd.DataFrame.from_records(records)), Paragraph(text)]


def _error_table(view: View, sheet: Sheet) -> list[Block]:
    words = view.words
    if not sheet.errors:
        return [Paragraph(words("sheet.no_errors"))]
    records = [
        {
            words("finding"): words.finding(finding),
            words("sheet.missed"): words("answer.of", top=missed, bottom=there),
            words("sheet.overcalled"): words("answer.of", top=named, bottom=absent),
        }
        for finding, missed, there, named, absent in sheet.errors[:_FINDINGS_AT_MOST]
    ]
    return [Table(words("sheet.errors.caption"), pd.DataFrame.from_records(records))]


def _aid(view: View, sheet: Sheet) -> list[Block]:
    words = view.words
    names = {m: words(f"sheet.aid.{m}") if words.has(f"sheet.aid.{m}") else words.metric(m) for m in sheet.aid}
    records = [
        {words("methods.metric"): names[m], words("estimate"): row.text(words, signed=view.is_signed(m))}
        for m, row in sheet.aid.items()
    ]
    return [Table(words("sheet.aid.caption"), pd.DataFrame.from_records(records))] if records else []


def _ecg(view: View, ecg: WorthALook, tracing: Tracing) -> dict[str, object]:
    words = view.words
    errors = []
    for key, findings in (("sheet.ecg.missed", ecg.missed), ("sheet.ecg.overcalled", ecg.overcalled)):
        if findings:
            errors.append(words(key, findings=words.listed([words.finding(f) for f in findings])))
    peers = words("sheet.ecg.peers", n=ecg.peers_right, of=ecg.peers_read) if ecg.peers_read else ""
    why = words("sheet.ecg.not_drawn", reason=words.phrase(tracing.not_drawn)) if tracing.not_drawn else ""
    return {
        "record_id": ecg.record_id,
        "said": " ".join(text for text in (f"{words.apart(errors)}.", peers, why) if text),
        "tracing": tracing.svg,
    }
