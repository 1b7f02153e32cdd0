"""The gallery of disagreements: the ECGs on which readers and a model, or readers and the reference, part most.

``gallery_of`` finds them in the readings; ``gallery_page`` puts them into words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from ecg_eval.domain.findings import URGENCIES, vocabulary
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.result import StudyResult
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.domain.vote import is_vote
from ecg_eval.reports.view import look

Direction = Literal["missed", "over_called", "model_yes", "model_no"]
DIRECTIONS: tuple[Direction, ...] = ("missed", "over_called", "model_yes", "model_no")
ECGS_AT_MOST = 40
LEAST_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class Side:
    """People who part from the reference, or from machines, on one finding of one ECG.

    Attributes
    ----------
    direction : {"missed", "over_called", "model_yes", "model_no"}
        People say no and the reference yes; yes and no; a machine says yes and people no; no and yes.
    machines : tuple of str
        From whom they part; empty where it is the reference.
    parted : tuple of str
        The people.
    n_answered : int
        People who answered, those among them.
    """

    direction: Direction
    machines: tuple[str, ...]
    parted: tuple[str, ...]
    n_answered: int

    @property
    def share(self) -> float:
        """Share of those who answered, 0 to 1."""
        return len(self.parted) / self.n_answered


@dataclass(frozen=True, kw_only=True)
class Parting:
    """One finding of one ECG on which they part.

    Attributes
    ----------
    record_id, finding : str
    urgency : str
        One of ``domain.findings.URGENCIES``.
    truth : float
        1, 0, or NaN where nothing is known.
    sides : tuple of Side
        At least one.
    present, absent : tuple of str
        People who say so, in the arm of the gallery.
    """

    record_id: str
    finding: str
    urgency: str
    truth: float
    sides: tuple[Side, ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def share(self) -> float:
        """The largest share of people who part."""
        return max(side.share for side in self.sides)

    @property
    def parted(self) -> tuple[str, ...]:
        """Who parts from anybody."""
        return tuple(dict.fromkeys(reader for side in self.sides for reader in side.parted))


@dataclass(frozen=True, kw_only=True)
class GalleryEcg:
    """An ECG of the gallery.

    Attributes
    ----------
    record_id : str
    partings : tuple of Parting
        The most urgent finding first.
    """

    record_id: str
    partings: tuple[Parting, ...]


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """What a gallery shows, before words.

    Attributes
    ----------
    arm : str
        In which people are compared: without help where there is such an arm.
    people, machines : tuple of str
        Who is compared.
    findings : tuple of str
        The findings looked at.
    least_share : float
        Least share of people who part, for a finding of an ECG to count.
    ecgs : tuple of GalleryEcg
    n_ecgs, n_partings : int
        Of all ECGs, on how many and how often they part so.
    """

    arm: str
    people: tuple[str, ...]
    machines: tuple[str, ...]
    findings: tuple[str, ...]
    least_share: float
    ecgs: tuple[GalleryEcg, ...]
    n_ecgs: int
    n_partings: int

    @property
    def partings(self) -> list[Parting]:
        """Every parting shown, in the order of the page."""
        return [parting for ecg in self.ecgs for parting in ecg.partings]


def gallery_of(
    result: StudyResult,
    *,
    findings: Collection[str] = (),
    at_most: int = ECGS_AT_MOST,
    least_share: float = LEAST_SHARE,
) -> Gallery:
    """Return the ECGs on which people part most from a machine or from the reference.

    Each finding and direction takes its turn with the ECG on which the largest share of people part, so that a finding
    with many such ECGs does not fill the gallery alone.

    Parameters
    ----------
    result : StudyResult
    findings : collection of str
        Only these; all that were read where none is named.
    at_most : int
        ECGs.
    least_share : float
        Of the people who answered, above 0 and up to 1.
    """
    view, study = look(result, "en"), result.study
    people, arm = _people(study)
    machines = [m for m, a in study.reader_arms if study.is_machine(m) and not view.is_trivial(m)]
    looked_at = tuple(f for f in view.findings if not findings or f in findings)
    partings = _partings(study, looked_at, people, arm, list(dict.fromkeys(machines)), least_share)
    by_record: dict[str, list[Parting]] = {}
    for parting in partings:
        by_record.setdefault(parting.record_id, []).append(parting)
    chosen = _in_turn(partings)[:at_most]
    ecgs = [GalleryEcg(record_id=r, partings=tuple(sorted(by_record[r], key=_harm))) for r in chosen]
    return Gallery(
        arm=arm,
        people=tuple(people),
        machines=tuple(dict.fromkeys(machines)),
        findings=looked_at,
        least_share=least_share,
        ecgs=tuple(sorted(ecgs, key=lambda ecg: _harm(ecg.partings[0]))),
        n_ecgs=len(by_record),
        n_partings=len(partings),
    )


def _people(study: ReaderStudy) -> tuple[list[str], str]:
    """Return the people who are compared, and in which arm: without help where anybody read so."""
    arms = {r: a for r, a in reversed(study.reader_arms) if study.is_human(r) and not is_vote(study.readers, r)}
    arm = UNAIDED if UNAIDED in arms.values() else next(iter(arms.values()), UNAIDED)
    return [r for r in study.readers_with(arm) if r in arms], arm


def _partings(
    study: ReaderStudy,
    findings: Sequence[str],
    people: Sequence[str],
    arm: str,
    machines: Sequence[str],
    least_share: float,
) -> list[Parting]:
    """Return every parting, a finding after another."""
    if not people:
        return []
    calls = study.cube("calls")
    of_people = calls[list(study.places(people, arm).values())]  # shape (n_people, n_findings, n_records)
    arms = dict(reversed(study.reader_arms))
    of_machines = [(m, calls[study.place(m, arms[m])]) for m in machines]
    truths = study.truths() if study.reference.exists else np.full(of_people.shape[1:], np.nan)
    made = []
    for finding in findings:
        f = study.findings.index(finding)
        given = of_people[:, f]
        n_yes, n_no = (given == 1).sum(axis=0), (given == 0).sum(axis=0)
        with np.errstate(invalid="ignore"):
            share = {1.0: n_no / (n_yes + n_no), 0.0: n_yes / (n_yes + n_no)}  # of those who say otherwise
        others: list[tuple[str, Floats]] = [("", truths[f]), *((m, of_machine[f]) for m, of_machine in of_machines)]
        parts = [np.where(calls == 1, share[1.0], np.where(calls == 0, share[0.0], np.nan)) for _, calls in others]
        for place in np.flatnonzero(np.nanmax([np.zeros_like(parts[0]), *parts], axis=0) >= least_share).tolist():
            apart = [
                (who, calls[place])
                for (who, calls), part in zip(others, parts, strict=True)
                if part[place] >= least_share
            ]
            made.append(_parting(study, finding, place, people, given[:, place], float(truths[f, place]), apart))
    return made


def _parting(
    study: ReaderStudy,
    finding: str,
    place: int,
    people: Sequence[str],
    calls: Floats,
    truth: float,
    others: Sequence[tuple[str, float]],
) -> Parting:
    """Return one parting: from the reference ("" among the others) and from machines that say the same."""
    says = {answer: tuple(p for p, call in zip(people, calls, strict=True) if call == answer) for answer in (1.0, 0.0)}
    n_answered = len(says[1.0]) + len(says[0.0])
    sides = []
    if any(not who for who, _ in others):
        direction: Direction = "missed" if truth == 1 else "over_called"
        sides.append(Side(direction=direction, machines=(), parted=says[1.0 - truth], n_answered=n_answered))
    directions: tuple[tuple[Direction, float], ...] = (("model_yes", 1.0), ("model_no", 0.0))
    for direction, answer in directions:
        alike = tuple(who for who, call in others if who and call == answer)
        if alike:
            sides.append(Side(direction=direction, machines=alike, parted=says[1.0 - answer], n_answered=n_answered))
    entry = vocabulary().get(finding)
    return Parting(
        record_id=str(study.records.index[place]),
        finding=finding,
        urgency=entry.urgency if entry else URGENCIES[-1],
        truth=truth,
        sides=tuple(sides),
        present=says[1.0],
        absent=says[0.0],
    )


def _harm(parting: Parting) -> tuple[int, float]:
    return URGENCIES.index(parting.urgency), -parting.share


def _in_turn(partings: Sequence[Parting]) -> list[str]:
    """Return the ECGs, each once: of each finding and direction the widest parting, then the second of each."""
    queues: dict[tuple[int, str, str], list[tuple[float, int, str]]] = {}
    for parting in partings:
        for side in parting.sides:
            key = (URGENCIES.index(parting.urgency), parting.finding, side.direction)
            queues.setdefault(key, []).append((-side.share, -side.n_answered, parting.record_id))
    ordered = [sorted(queue) for _, queue in sorted(queues.items())]
    return list(dict.fromkeys(entry[2] for turn in zip_longest(*ordered) for entry in turn if entry))
