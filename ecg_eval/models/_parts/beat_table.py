"""The beat measurements of many recordings as one table, and why some have none."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.models._parts.loading import twelve_leads, twelve_leads_of
from ecg_eval.signals.features import BETWEEN_LEADS, FEATURE_NAMES, beat_features

_PARALLEL_FROM = 1000  # recordings from which starting processes pays
_AT_ONCE = 200  # recordings in memory at a time
_TYPICAL_SD_MV = 0.2  # of a lead; leads without a unit are brought to it, as what is flat is told in mV
TABLE_NAMES = (*FEATURE_NAMES, "age_years", "sex_is_male")
NEEDS_NO_UNIT = np.array([name not in BETWEEN_LEADS for name in TABLE_NAMES])  # columns, where leads were scaled


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatTable:
    """Measurements of recordings.

    Attributes
    ----------
    values : ndarray of float, shape (n_recordings, n_features)
        Columns as ``TABLE_NAMES``; NaN where not measurable, not known, or without meaning for leads that were scaled.
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


def lacks_millivolts(recordings: Recordings) -> bool:
    """Return whether all recordings that can be loaded are in other units; in most archives the first one tells."""
    unit = ""
    for record_id in recordings.ids:
        try:
            unit = recordings.load(record_id).units
        except SignalError:
            continue
        if unit == "mV":
            return False
    return unit != ""


def beat_table(recordings: Recordings, *, who: str, scale_leads: bool = False) -> BeatTable:
    """Measure every recording; one that cannot be loaded or measured is a row of NaN with its reason counted.

    Above some thousand recordings two processes measure while one goes on reading.

    Parameters
    ----------
    recordings : Recordings
    who : str
        The model that asks, for errors.
    scale_leads : bool
        Give each lead the same standard deviation before it is measured, whatever its unit: amplitudes are then told in
        standard deviations of their own lead, and what compares leads is NaN.

    Raises
    ------
    SignalError
        For a recording that is not in millivolts, unless leads are scaled: an archive in other units must not be
        measured in silence.
    """
    values = np.full((len(recordings), len(TABLE_NAMES)), np.nan)
    patients = list(recordings.ids)
    reasons = [""] * len(recordings)
    measured = (
        recordings.each(look_at_beats(who, scale_leads=scale_leads))
        if recordings.share
        else _here(recordings, who, scale_leads)
    )
    for row, (patient, about, features, reason) in enumerate(measured):
        reasons[row] = reason
        if patient is not None:
            patients[row] = patient
            values[row] = [*features, *about]
    if scale_leads:
        values[:, ~NEEDS_NO_UNIT] = np.nan
    return BeatTable(
        values=values,
        measurable=np.array([reason == "" for reason in reasons], dtype=bool),
        patients=np.array(patients, dtype=str),
        reasons=dict(Counter(reason for reason in reasons if reason)),
    )


def look_at_beats(who: str, *, scale_leads: bool) -> "partial[_Row]":
    """Return the look that measures one recording, for ``Recordings.each``; arguments as for `beat_table`."""
    return partial(_look, who, scale_leads)


# what is known of a recording: its patient, None where it cannot be loaded; age and sex; features; why there are none
_Row = tuple[str | None, tuple[float, float], list[float], str]


def _here(recordings: Recordings, who: str, scale_leads: bool) -> Iterator[_Row]:
    """Measure in this process, with another beside it where there are many recordings."""
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    with Parallel(n_jobs=2 if len(recordings) > _PARALLEL_FROM else 1) as pool:
        waiting: list[tuple[_Row, NDArray[np.float32], float]] = []

        def settled() -> Iterator[_Row]:
            answers = iter(
                pool(delayed(_features)(signal, rate) for row, signal, rate in waiting if row[0] is not None)
            )
            for row, _, _ in waiting:
                yield row if row[0] is None else (*row[:2], *next(answers))
            waiting.clear()

        for recording, signal, reason in twelve_leads(recordings):
            waiting.append(_prepared(recording, signal, reason, who, scale_leads))
            if len(waiting) == _AT_ONCE:
                yield from settled()
        yield from settled()


def _look(who: str, scale_leads: bool, load: Callable[[str], Recording], record_id: str) -> _Row:
    """Measure one recording."""
    row, signal, rate = _prepared(*twelve_leads_of(load, record_id), who, scale_leads)
    return row if row[0] is None else (*row[:2], *_features(signal, rate))


def _prepared(
    recording: Recording | None, signal: NDArray[np.float32], reason: str, who: str, scale_leads: bool
) -> tuple[_Row, NDArray[np.float32], float]:
    """Return what is known before anything is measured, the signal to measure, and its rate."""
    if recording is None:
        return (None, (np.nan, np.nan), [], reason), signal, 0.0
    if not scale_leads:
        recording.require_millivolts(who=who)
    row: _Row = (recording.patient_id, person(recording), [], reason)
    return row, _scaled(signal) if scale_leads else signal, recording.sampling_rate_hz


def _scaled(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the leads with one standard deviation; a flat or missing lead stays as it is."""
    usable = np.isfinite(signal).any(axis=0)
    spread = np.ones(signal.shape[1])
    spread[usable] = np.nanstd(signal[:, usable].astype(np.float64), axis=0)
    return np.asarray(signal * (_TYPICAL_SD_MV / np.where(spread > 0, spread, _TYPICAL_SD_MV)), dtype=np.float32)


def person(recording: Recording) -> tuple[float, float]:
    """Return age in years and whether the sex is male (1 or 0), NaN where unknown."""
    age = np.nan if recording.age_years is None else float(recording.age_years)
    return age, {"M": 1.0, "F": 0.0}.get(recording.sex or "", np.nan)


def _features(signal: NDArray[np.float32], sampling_rate_hz: float) -> tuple[list[float], str]:
    _, values, reason = beat_features(signal_mv=signal, sampling_rate_hz=sampling_rate_hz)
    return values.tolist(), reason or ""
