"""The beat measurements of many recordings as one table, and why some have none."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.signals.features import FEATURE_NAMES, beat_features

TABLE_NAMES = (*FEATURE_NAMES, "age_years", "sex_is_male")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatTable:
    """Measurements of recordings.

    Attributes
    ----------
    values : ndarray of float, shape (n_recordings, n_features)
        Columns as ``TABLE_NAMES``; NaN where not measurable or not known.
    measurable : ndarray of bool, shape (n_recordings,)
        Whether any beat could be measured.
    patients : ndarray of str, shape (n_recordings,)
        Who each recording is of; its own id where it could not be loaded.
    reasons : dict of str to int
        Why recordings could not be measured, and how many.
    """

    values: NDArray[np.float64]
    measurable: NDArray[np.bool_]
    patients: NDArray[np.str_]
    reasons: dict[str, int]


def beat_table(recordings: Recordings, *, who: str) -> BeatTable:
    """Measure every recording; one that cannot be loaded or measured is a row of NaN with its reason counted.

    Raises
    ------
    SignalError
        For a recording that is not in millivolts: an archive in other units must not be measured in silence.
    """
    values = np.full((len(recordings), len(TABLE_NAMES)), np.nan)
    measurable = np.zeros(len(recordings), dtype=bool)
    patients = list(recordings.ids)
    reasons: Counter[str] = Counter()
    for row, record_id in enumerate(recordings.watch(recordings.ids)):
        try:
            recording = recordings.load(record_id)
            signal = recording.select(STANDARD_LEADS)
        except SignalError as error:
            reasons[f"{error.what} is not {error.rule}"] += 1
            continue
        recording.require_millivolts(who=who)
        patients[row] = recording.patient_id
        _, features, reason = beat_features(signal_mv=signal, sampling_rate_hz=recording.sampling_rate_hz)
        values[row] = [*features, *_person(recording)]
        measurable[row] = reason is None
        if reason is not None:
            reasons[reason] += 1
    return BeatTable(
        values=values, measurable=measurable, patients=np.array(patients, dtype=str), reasons=dict(reasons)
    )


def _person(recording: Recording) -> tuple[float, float]:
    age = np.nan if recording.age_years is None else float(recording.age_years)
    return age, {"M": 1.0, "F": 0.0}.get(recording.sex or "", np.nan)
