"""Which recordings can be read at all: each is loaded once, and what is broken is named and does not stop the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.progress import Progress

STAGE = "signal"
STAGE_KEPT = "signal, kept"


@dataclass(frozen=True)
class Screened:
    """What became of the recordings.

    Attributes
    ----------
    usable : list of str
        Record ids that every later stage may load.
    left_out : list of tuple
        (record_id, reader_id, stage, reason) of those that cannot be read, and of flaws in those that are kept.
    """

    usable: list[str]
    left_out: list[tuple[str, str, str, str]]


def screen(dataset: Dataset, record_ids: Sequence[str], progress: Progress) -> Screened:
    """Load every recording once and sort out those that cannot be read."""
    usable: list[str] = []
    left_out: list[tuple[str, str, str, str]] = []
    for record_id in progress(record_ids, "Reading signals"):
        try:
            recording = dataset.load(record_id)
        except EcgEvalError as error:
            left_out.append((record_id, "", STAGE, str(error)))
            continue
        fatal, flaws = flaws_of(recording)
        left_out += [(record_id, "", STAGE if fatal else STAGE_KEPT, flaw) for flaw in flaws]
        if not fatal:
            usable.append(record_id)
    return Screened(usable, left_out)


def flaws_of(recording: Recording) -> tuple[bool, list[str]]:
    """Return whether a recording is of no use, and its flaws in words.

    A missing, flat or partly missing lead is a flaw that readers live with; no sample at all, or no lead that carries a
    signal, is not.
    """
    signal = recording.signal
    if not signal.size:
        return True, ["the signal has no sample"]
    known = ~np.isnan(signal)
    highest = np.where(known, signal, -np.inf).max(axis=0)
    flat = known.any(axis=0) & (highest == np.where(known, signal, np.inf).min(axis=0))
    empty, gaps = ~known.any(axis=0), ~known.all(axis=0)
    if (empty | flat).all():
        return True, ["no lead carries a signal (all flat or missing)"]
    leads = np.array(recording.leads)
    words = {
        "missing": [lead for lead in STANDARD_LEADS if lead not in recording.leads],
        "without any sample (all NaN)": leads[empty].tolist(),
        "with missing samples (NaN)": leads[gaps & ~empty].tolist(),
        "flat": leads[flat].tolist(),
    }
    return False, [f"{'lead' if len(x) == 1 else 'leads'} {', '.join(x)} {what}" for what, x in words.items() if x]
