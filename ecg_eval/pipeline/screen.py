"""Which recordings can be read at all: each is loaded once, and what is broken is named instead of stopping the rest."""

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
    missing = np.isnan(signal)
    with np.errstate(invalid="ignore"):
        flat = ~missing.all(axis=0) & (
            np.nanmax(np.where(missing, -np.inf, signal), axis=0)
            == np.nanmin(np.where(missing, np.inf, signal), axis=0)
        )
    named = dict(zip(recording.leads, zip(missing.all(axis=0), missing.any(axis=0), flat, strict=True), strict=True))
    if all(everything or still for everything, _, still in named.values()):
        return True, ["no lead carries a signal (all flat or missing)"]
    words = {
        "missing": [lead for lead in STANDARD_LEADS if lead not in named],
        "without any sample (all NaN)": [lead for lead, (everything, _, _) in named.items() if everything],
        "with missing samples (NaN)": [
            lead for lead, (everything, some, _) in named.items() if some and not everything
        ],
        "flat": [lead for lead, (_, _, still) in named.items() if still],
    }
    return False, [f"{'lead' if len(x) == 1 else 'leads'} {', '.join(x)} {what}" for what, x in words.items() if x]
