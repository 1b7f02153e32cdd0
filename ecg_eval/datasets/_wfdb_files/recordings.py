"""From a record's files and its row in an archive's table to a recording, without a table look-up for each."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from ecg_eval.datasets._wfdb_files.headers import read_header
from ecg_eval.datasets._wfdb_files.records import Signal, header_path, read_signal
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
    return as_recording(read_signal(header), record_id, person, "mV" if header.layout.is_calibrated else UNCALIBRATED)


def as_recording(
    record: tuple[Signal, tuple[str, ...], float], record_id: str, person: Person, units: str = "mV"
) -> Recording:
    """Return the recording of a record: signal, leads and rate, as ``read_signal`` gives them."""
    signal, leads, rate = record
    return Recording(
        record_id=record_id,
        patient_id=person.patient_id,
        signal=signal,
        leads=leads,
        sampling_rate_hz=rate,
        units=units,
        age_years=person.age_years,
        sex=person.sex,
    )
