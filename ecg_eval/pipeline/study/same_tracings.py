"""The same tracing twice: under two ids, or of two patients, on both sides of a split, or within the recordings read.

Archives have such copies (PTB-XL 145 and 463, of two patients by its table). On both sides of a split a copy is a
patient on both sides, whatever the patient ids say: the run fails, or leaves that patient out of training if it is told
to. Among the recordings read it weighs double, which is counted and said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ecg_eval.domain.facts.screening import TracingFacts
from ecg_eval.domain.result import STAGE_KEPT
from ecg_eval.errors import ConfigError, EcgEvalError
from ecg_eval.pipeline.study.provenance import digest
from ecg_eval.storage.run_folder import DIGEST_COLUMNS

_LATER = {"train": ("threshold", "test"), "threshold": ("test",)}
_NAMED = 5


@dataclass(frozen=True)
class SameTracings:
    """What was found of tracings that are there twice.

    Attributes
    ----------
    problems : list of EcgEvalError
        One a pair of parts that share tracings.
    copies : dict of str to dict of str to str
        Part ("train", "threshold") -> its records that must not be used -> why, in words.
    noted : list of tuple
        (record_id, reader_id, stage, reason) of copies among the recordings read.
    facts : TracingFacts
        The digest of all tracings read, how many are copies, how many of them of another patient.
    """

    problems: list[EcgEvalError]
    copies: dict[str, dict[str, str]]
    noted: list[tuple[str, str, str, str]]
    facts: TracingFacts


def find_same(
    digests: Mapping[str, str], parts: Mapping[str, Sequence[str]], patient_of: Mapping[str, str]
) -> SameTracings:
    """Return which tracings are there twice.

    Parameters
    ----------
    digests : mapping of record id to signal digest
    parts : mapping of "train", "threshold" and "test" to record ids
    patient_of : mapping of record id to patient id
    """
    problems: list[EcgEvalError] = []
    copies: dict[str, dict[str, str]] = {}
    for part, later in _LATER.items():
        for other in later:
            where = {digests[r]: r for r in parts[other]}
            pairs = [(r, where[digests[r]]) for r in parts[part] if digests[r] in where]
            if pairs:
                problems.append(_problem(part, other, pairs))
                copies[part] = _of_patients(pairs, parts[part], other, patient_of) | copies.get(part, {})
    return SameTracings(problems, copies, *_within(digests, parts["test"], patient_of))


def _problem(part: str, other: str, pairs: Sequence[tuple[str, str]]) -> EcgEvalError:
    what = f"{len(pairs)} tracings"
    remedy = (
        "They are the same under two ids, so that a model would be judged on what it learnt from. `split: "
        "{same_tracing: leave_out}` leaves their patients out of training and thresholds."
    )
    return ConfigError(f"split.{part}, split.{other}", what, "on one side only", list(pairs[:_NAMED]), remedy)


def _of_patients(
    pairs: Sequence[tuple[str, str]], ids: Sequence[str], other: str, patient_of: Mapping[str, str]
) -> dict[str, str]:
    """Return all records of the patients whose tracing is on the other side too, each with the reason."""
    seen = {
        patient_of[tracing]: f"a tracing of this patient, {tracing}, is {copy} of the {other} split"
        for tracing, copy in pairs
    }
    return {r: seen[patient_of[r]] for r in ids if patient_of[r] in seen}


def _within(
    digests: Mapping[str, str], ids: Sequence[str], patient_of: Mapping[str, str]
) -> tuple[list[tuple[str, str, str, str]], TracingFacts]:
    first: dict[str, str] = {}
    unique, n_of_others = [], 0
    for record_id in ids:
        before = first.setdefault(digests[record_id], record_id)
        if before != record_id:
            of_another = patient_of[before] != patient_of[record_id]
            n_of_others += of_another
            reason = f"the same tracing as record {before}" + (", of another patient" if of_another else "")
            unique.append((record_id, "", STAGE_KEPT, reason))
    facts = TracingFacts(
        records=len(ids),
        sha256=digest(sorted(digests[r] for r in ids)),
        copies=len(unique),
        copies_of_another_patient=n_of_others,
    )
    return unique, facts


def digests_table(digests: Mapping[str, str], parts: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the digests of a run's recordings, one row a record: ``DIGEST_COLUMNS``."""
    rows = [(r, part, digests[r]) for part, ids in parts.items() for r in ids]
    return pd.DataFrame(rows, columns=list(DIGEST_COLUMNS), dtype="string")
