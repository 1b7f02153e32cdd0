"""From a record's files and its row in an archive's table to a recording, without a table look-up for each."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from ecg_eval.datasets._wfdb_files.corrections import turned_upright, without_calibration, without_filling
from ecg_eval.datasets._wfdb_files.headers import read_header
from ecg_eval.datasets._wfdb_files.records import (
    Signal,
    channels_left_aside,
    header_path,
    read_signal,
    standard_order,
)
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError

UNCALIBRATED = "not calibrated"


class Person(NamedTuple):
    """What may be known of the patient of a record.

    Attributes
    ----------
    patient_id : str
    age_years : float or None
    sex : str or None
        "F", "M" or None.
    """

    patient_id: str
    age_years: float | None
    sex: str | None


def people_of(records: pd.DataFrame) -> dict[str, Person]:
    """Return the patient of each record, by its id, from the table that ``Dataset.records`` gives."""
    n = len(records)
    ages = records["age_years"].tolist() if "age_years" in records.columns else [None] * n
    sexes = records["sex"].tolist() if "sex" in records.columns else [None] * n
    rows = zip(records.index, records["patient_id"], ages, sexes, strict=True)
    return {
        str(record): Person(str(patient), None if pd.isna(age) else float(age), None if pd.isna(sex) else str(sex))
        for record, patient, age, sex in rows
    }


def is_below(name: str) -> bool:
    """Return whether a path that a table gives stays in the folder that it is relative to."""
    parts = PurePosixPath(name)
    return not (parts.is_absolute() or ".." in parts.parts or "\0" in name)


def path_below(root: Path, name: str, *, who: str) -> Path:
    """Return the path of a record that a table names, below the folder of the records.

    Raises
    ------
    SignalError
        When the name leads out of the folder; nothing is opened.
    """
    if not is_below(name):
        remedy = "Give paths below the folder; nothing was opened."
        raise SignalError(who, "record_id", f"a path in {root}", name, remedy)
    return root / name


def read_recording(path: Path, record_id: str, person: Person) -> Recording:
    """Return the recording of a WFDB record, in mV, or in no unit where its header says that it is not calibrated.

    Raises
    ------
    SignalError
        When its files are missing or broken.
    """
    header = read_header(header_path(path))
    units = "mV" if header.layout.is_calibrated else UNCALIBRATED
    record = read_signal(header)
    if header.layout.others or header.segments:
        aside = tuple(f"channel {c} left aside: it is no ECG lead" for c in channels_left_aside(header))
        return as_recording(record, record_id, person, units, aside)
    return as_recording(record, record_id, person, units)


def as_recording(
    record: tuple[Signal, tuple[str, ...], float],
    record_id: str,
    person: Person,
    units: str = "mV",
    changes: tuple[str, ...] = (),
) -> Recording:
    """Return the recording of a record: signal, leads and rate, as ``read_signal`` gives them.

    Leads stored turned over are turned back, what fills up a page is missing, a calibration pulse is cut off; each is
    named in its changes.
    """
    stored, stored_leads, rate = record
    signal, leads, turned = turned_upright(stored, stored_leads)
    order = standard_order(leads) if turned else None
    if order is not None:
        signal, leads = signal[:, order], tuple([leads[i] for i in order])
    signal, filled = without_filling(signal, rate)
    signal, cut = without_calibration(signal, rate)
    return Recording(
        record_id=record_id,
        patient_id=person.patient_id,
        signal=signal,
        leads=leads,
        sampling_rate_hz=rate,
        units=units,
        age_years=person.age_years,
        sex=person.sex,
        changes=(*changes, *turned, *filled, *cut),
    )
