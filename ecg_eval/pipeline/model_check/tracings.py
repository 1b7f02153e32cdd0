"""Tracings that a model is tried on: the same written otherwise, changed ones, and ones that nobody should read."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ecg_eval.domain.recording import Recording
from ecg_eval.pipeline.study.recordings import resampled

SHORT_S, LONG_S = 1.0, 60.0


@dataclass(frozen=True)
class Odd:
    """A change of a recording, and what a good model does with it.

    Attributes
    ----------
    change : callable
        Recording -> the changed one.
    words : str
        What it is, for a line of the check.
    is_no_ecg : bool
        Whether nothing can be read from it: an answer to it is an answer without grounds.
    same_answer : bool
        Whether it is the same tracing, so that the answers should be about the same.
    """

    change: Callable[[Recording], Recording]
    words: str
    is_no_ecg: bool = False
    same_answer: bool = False


def renamed(recording: Recording) -> Recording:
    """Return the same tracing under another id of record and patient."""
    return replace(recording, record_id=f"other-{recording.record_id}", patient_id=f"other-{recording.patient_id}")


def reordered(recording: Recording) -> Recording:
    """Return the same tracing with its leads stored the other way round, each under its name."""
    return replace(recording, signal=np.ascontiguousarray(recording.signal[:, ::-1]), leads=recording.leads[::-1])


def _arms_exchanged(recording: Recording) -> Recording:
    """Return what is recorded with the electrodes of the arms exchanged: I turned over, II and III, aVR and aVL."""
    places = {lead: i for i, lead in enumerate(recording.leads)}
    signal = recording.signal.copy()
    if "I" in places:
        signal[:, places["I"]] *= -1
    for first, second in (("II", "III"), ("aVR", "aVL")):
        if first in places and second in places:
            both = [places[first], places[second]]
            signal[:, both] = recording.signal[:, both[::-1]]
    return replace(recording, signal=signal)


def _flat(recording: Recording) -> Recording:
    return replace(recording, signal=np.zeros_like(recording.signal))


def _missing(recording: Recording) -> Recording:
    return replace(recording, signal=np.full_like(recording.signal, np.nan))


def _gap(recording: Recording) -> Recording:
    """Return the recording without a tenth of its first lead."""
    signal = recording.signal.copy()
    n = len(signal)
    signal[n // 2 : n // 2 + max(n // 10, 1), 0] = np.nan
    return replace(recording, signal=signal)


def _one_lead(recording: Recording) -> Recording:
    return replace(recording, signal=recording.signal[:, :1].copy(), leads=recording.leads[:1])


def _lasting(seconds: float) -> Callable[[Recording], Recording]:
    def change(recording: Recording) -> Recording:
        n = round(seconds * recording.sampling_rate_hz)
        times = -(-n // max(len(recording.signal), 1))
        return replace(recording, signal=np.tile(recording.signal, (times, 1))[:n])

    return change


def _twice_the_rate(recording: Recording) -> Recording:
    return resampled(recording, 2 * recording.sampling_rate_hz)


def _other_unit(recording: Recording) -> Recording:
    spread = float(np.nanstd(recording.signal)) or 1.0
    unit = "mV" if recording.units != "mV" else "z-score"
    return replace(recording, signal=(recording.signal / spread).astype(np.float32), units=unit)


ODD: dict[str, Odd] = {
    "flat line": Odd(_flat, "zeros in every lead", is_no_ecg=True),
    "all samples missing": Odd(_missing, "NaN in every lead", is_no_ecg=True),
    "some samples missing": Odd(_gap, "a tenth of the first lead is NaN"),
    "one lead": Odd(_one_lead, "all leads but the first are gone"),
    "arms exchanged": Odd(_arms_exchanged, "the electrodes of the arms are exchanged"),
    "short": Odd(_lasting(SHORT_S), f"{SHORT_S:g} s"),
    "long": Odd(_lasting(LONG_S), f"{LONG_S:g} s"),
    "other sampling rate": Odd(_twice_the_rate, "the same tracing at twice the rate", same_answer=True),
    "other unit": Odd(_other_unit, "divided by its spread, and said to be in another unit"),
}
