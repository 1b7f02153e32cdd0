"""Which readings are disputed: readers who differ without help, and readers who all differ from the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecg_eval.domain.findings import URGENCIES, vocabulary
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.domain.vote import is_vote
from ecg_eval.references.votes.voters import votes_of

FEWEST_AGAINST = 2  # readers who must all differ from the truth


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """One record and finding on which there is no agreement.

    Attributes
    ----------
    record_id, finding : str
    urgency : str
        One of ``domain.findings.URGENCIES``.
    present, absent : tuple of str
        Readers who say so, without help.
    truth : float
        What stands now: 1, 0, or NaN where nothing is known.
    """

    record_id: str
    finding: str
    urgency: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    truth: float

    @property
    def split(self) -> float:
        """Share of the smaller side, 0 (all say the same, against the truth) to 0.5 (even)."""
        return min(len(self.present), len(self.absent)) / (len(self.present) + len(self.absent))


def disputes_of(study: ReaderStudy) -> list[Dispute]:
    """Return the disputed readings, the most urgent findings first and among them the most split."""
    people = [r for r in study.readers_with(UNAIDED) if study.is_human(r) and not is_vote(study.readers, r)]
    if not people:
        return []
    votes = votes_of(people, readings=study.readings, records=study.records.index, findings=study.findings)
    # shape (n_people, n_records, n_findings)
    cube = np.stack([table.to_numpy(dtype=float) for table in votes.values()])
    yes, no = (cube == 1).sum(axis=0), (cube == 0).sum(axis=0)
    truth = study.truths().T
    split = (yes > 0) & (no > 0)
    against = (yes + no >= FEWEST_AGAINST) & (((yes == 0) & (truth == 1)) | ((no == 0) & (truth == 0)))
    disputed = [
        _dispute(study, people, cube[:, r, f], r, f, float(truth[r, f]))
        for r, f in np.argwhere(split | against).tolist()
    ]
    return sorted(disputed, key=lambda d: (URGENCIES.index(d.urgency), -d.split))


def _dispute(study: ReaderStudy, people: Sequence[str], cast: np.ndarray, r: int, f: int, truth: float) -> Dispute:
    code = study.findings[f]
    entry = vocabulary().get(code)
    return Dispute(
        record_id=str(study.records.index[r]),
        finding=code,
        urgency=entry.urgency if entry else URGENCIES[-1],
        present=tuple(p for p, vote in zip(people, cast, strict=True) if vote == 1),
        absent=tuple(p for p, vote in zip(people, cast, strict=True) if vote == 0),
        truth=truth,
    )
