"""Reading recordings one after the other without letting a broken one stop the rest."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.signals.preparation import prepare

# of a lead's SD: far below noise, and far above the last bits in which processors differ and which training amplifies
_GRID = 2.0**-10
AT_ONCE = 2048  # recordings whose signals are held at a time where they are read, about 100 MB
FEWEST_PATIENTS = 5  # with, and without, a finding, below which it is not taught


def twelve_leads(recordings: Recordings) -> Iterator[tuple[Recording | None, NDArray[np.float32], str]]:
    """Yield each recording, its signal in standard lead order, and ""; or None, no samples, and why not."""
    for record_id in recordings.watch(recordings.ids):
        yield twelve_leads_of(recordings.load, record_id)


def twelve_leads_of(
    load: Callable[[str], Recording], record_id: str
) -> tuple[Recording | None, NDArray[np.float32], str]:
    """Return one recording, its signal in standard lead order, and ""; or None, no samples, and why not."""
    try:
        recording = load(record_id)
        return recording, recording.select(STANDARD_LEADS), ""
    except SignalError as error:
        nothing = np.empty((0, len(STANDARD_LEADS)), dtype=np.float32)
        return None, nothing, f"{error.what} is not {error.rule}"


def known_leads_of(
    load: Callable[[str], Recording], record_id: str
) -> tuple[Recording | None, NDArray[np.float32], str]:
    """Return one recording, its signal in standard lead order with NaN for leads that it has not, and "".

    One with none of the twelve, or one of them twice, gives None, no samples, and why not.
    """
    try:
        recording = load(record_id)
        names = [canonical_lead(name) for name in recording.leads]
        present = [lead for lead in STANDARD_LEADS if lead in names]
        if not present:
            raise SignalError(f"recording {record_id}", "a standard lead", "there", list(recording.leads))
        chosen = recording.select(tuple(present))
    except SignalError as error:
        nothing = np.empty((0, len(STANDARD_LEADS)), dtype=np.float32)
        return None, nothing, f"{error.what} is not {error.rule}"
    if len(present) == len(STANDARD_LEADS):
        return recording, chosen, ""
    signal = np.full((len(chosen), len(STANDARD_LEADS)), np.nan, dtype=np.float32)
    signal[:, [STANDARD_LEADS.index(lead) for lead in present]] = chosen
    return recording, signal, ""


def teachable(
    labels: pd.DataFrame, usable: NDArray[np.bool_], patients: NDArray[np.str_]
) -> tuple[dict[str, NDArray[np.bool_]], dict[str, str]]:
    """Return, by finding, which recordings can teach it, and for the others why they are not taught.

    A recording teaches where it could be used and the finding is known; a finding is taught from ``FEWEST_PATIENTS``
    patients with it and as many without.
    """
    taught, untaught = {}, {}
    for code in labels.columns:
        y = labels[code].to_numpy(dtype=float, na_value=np.nan)
        can_teach = usable & np.isfinite(y)
        n_with, n_without = (len(set(patients[can_teach & (y == value)])) for value in (1, 0))
        if min(n_with, n_without) < FEWEST_PATIENTS:
            have = f"{n_with} patients with it and {n_without} without"
            untaught[str(code)] = f"{have}; at least {FEWEST_PATIENTS} of each are needed"
        else:
            taught[str(code)] = can_teach
    return taught, untaught


def waveforms(
    recordings: Recordings, *, sampling_rate_hz: float, duration_s: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.str_], dict[str, int]]:
    """Return the recordings as networks take them: one rate, one length, each lead with mean 0 and SD 1.

    Baseline wander is removed; longer recordings give their middle, shorter ones end in zeros; a flat lead is zero.
    Samples are whole multiples of 1/1024 of the SD, so that a network is taught the same on every processor.

    Returns
    -------
    signals : ndarray of float32, shape (n_recordings, 12, n_samples)
    usable : ndarray of bool, shape (n_recordings,)
    patients : ndarray of str, shape (n_recordings,)
    reasons : dict of str to int
        Why recordings are not usable, and how many.
    """
    n_samples = round(sampling_rate_hz * duration_s)
    signals = np.zeros((len(recordings), len(STANDARD_LEADS), n_samples), dtype=np.float32)
    usable = np.zeros(len(recordings), dtype=bool)
    patients, reasons = list(recordings.ids), dict[str, int]()
    for row, (recording, signal, reason) in enumerate(twelve_leads(recordings)):
        why = reason
        if recording is not None:
            patients[row] = recording.patient_id
            prepared = prepare(
                signal_mv=signal, sampling_rate_hz=recording.sampling_rate_hz, working_rate_hz=sampling_rate_hz
            )
            why = prepared.reason or ""
            if not why:
                signals[row] = _normed(prepared.signal, n_samples)
        usable[row] = not why
        if why:
            reasons[why] = reasons.get(why, 0) + 1
    return signals, usable, np.array(patients, dtype=str), reasons


def _normed(signal: NDArray[np.float64], n_samples: int) -> NDArray[np.float32]:
    first = max((len(signal) - n_samples) // 2, 0)
    x = signal[first : first + n_samples]
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    x = np.round(x / _GRID) * _GRID
    return np.asarray(np.pad(x, ((0, n_samples - len(x)), (0, 0))).T, dtype=np.float32)
