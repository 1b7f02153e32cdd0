"""EDF, EDF+ and BDF files, read with edfio after their own header has been held against their size.

A signal counts as a lead when its label says so ("ECG II", "EKG V1", "II"); other signals (breathing, annotations) are
left aside and named. A header that leaves the number of data records open (-1, as recorders write while they record) is
completed from the size of the file. What is stored runs from the digital to the physical minimum and maximum, in the
physical dimension, which must be a voltage (Kemp et al., Electroencephalogr Clin Neurophysiol 1992;82:391; Kemp and
Olivan, Clin Neurophysiol 2003;114:1755).

Refused: files with gaps (EDF+D), leads sampled at different rates, files longer or shorter than their header says.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ecg_eval.datasets._clinical.ecg import (
    ClinicalEcg,
    Facts,
    LeadSignal,
    age_on,
    assemble,
    check_rate,
    patient_of,
    printable,
)
from ecg_eval.datasets._wfdb_files.headers import units_per_millivolt
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead, chest_electrodes
from ecg_eval.errors import SignalError

if TYPE_CHECKING:
    from edfio import Bdf, BdfSignal, Edf, EdfSignal

Field = TypeVar("Field")

MAX_BYTES = 1 << 28
_MAX_SIGNALS = 512
_BDF = b"\xff"  # BioSemi's format begins so: EDF with 24-bit samples


def read_edf(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of an EDF or EDF+ file.

    Raises
    ------
    SignalError
        When it holds no lead, or leads whose unit or rate cannot be known.
    """
    data = _checked(data, who)
    import edfio

    read = edfio.read_bdf if data[:1] == _BDF else edfio.read_edf
    file = read(data, header_encoding="latin-1")
    if file.reserved.startswith("EDF+D"):
        raise SignalError(who, "the recording", "without gaps", "EDF+D", "Export the continuous parts one by one.")
    signals = [*file.signals]
    names = _leads([signal.label for signal in signals])
    chosen = [(lead, signal) for lead, signal in zip(names, signals, strict=True) if lead is not None]
    others = [_with_unit(signal) for lead, signal in zip(names, signals, strict=True) if lead is None]
    if not chosen:
        raise SignalError(who, "signals", "among them an ECG lead", list(file.labels)[:24])
    rates = sorted({float(signal.sampling_frequency) for _, signal in chosen})
    if len(rates) != 1:
        raise SignalError(who, "leads", "sampled at one rate", rates[:8], "Nothing is resampled unasked.")
    check_rate(who, rates[0])
    leads: list[LeadSignal] = []
    for lead, signal in chosen:
        ranges = (signal.physical_min, signal.physical_max, signal.digital_min, signal.digital_max)
        if not all(map(isfinite, ranges)) or ranges[0] == ranges[1] or ranges[2] >= ranges[3]:
            raise SignalError(who, f"ranges of lead {lead}", "those of a scale", ranges)
        per_millivolt = units_per_millivolt(who, signal.physical_dimension.strip(), lead)
        leads.append((lead, np.asarray(signal.data, dtype=np.float64) / per_millivolt))
    return assemble(who, leads, rates[0], _facts(file), left_aside=others)


def _checked(data: bytes, who: str) -> bytes:
    """Return the file with its number of data records; refuse a header that is not of a file of this very size."""
    width = 3 if data[:1] == _BDF else 2
    try:
        header_bytes, n_records, n_signals = (int(data[a:b]) for a, b in ((184, 192), (236, 244), (252, 256)))
        if not 0 < n_signals <= _MAX_SIGNALS:
            raise SignalError(who, "the number of signals", f"between 1 and {_MAX_SIGNALS}", n_signals)
        start = 256 + 216 * n_signals
        per_record = [int(data[i : i + 8]) for i in range(start, start + 8 * n_signals, 8)]
    except ValueError as error:
        raise SignalError(who, "the header", "numbers where EDF has them", str(error)[:80]) from None
    record_bytes = width * sum(per_record)
    if n_records == -1 and record_bytes > 0 and len(data) > header_bytes:
        n_records = (len(data) - header_bytes) // record_bytes
        data = (
            data[:236] + str(n_records).ljust(8).encode("ascii") + data[244 : header_bytes + n_records * record_bytes]
        )
    if header_bytes != 256 * (n_signals + 1) or min(per_record) < 0 or not 1 <= n_records < 10**8:
        rule = f"of {n_signals} signals and at least one data record"
        raise SignalError(who, "the header", rule, (header_bytes, n_records, min(per_record)))
    size = header_bytes + n_records * record_bytes
    if size != len(data):
        raise SignalError(
            who, "the file", f"{size} bytes long as its header says", len(data), "It is cut or unfinished."
        )
    return data


def _leads(labels: Sequence[str]) -> list[str | None]:
    """Return the lead that each label names; None for a label of something else.

    Chest electrodes beside limb leads ("C1") keep their name, which `assemble` knows; in a file of the EEG they are no
    leads.
    """
    chest = chest_electrodes(tuple(label.strip() for label in labels))
    return [label.strip() if label.strip() in chest else _lead(label) for label in labels]


def _lead(label: str) -> str | None:
    kind, _, rest = label.strip().partition(" ")
    if kind.upper() in ("ECG", "EKG") and rest.strip():
        return canonical_lead(rest)
    lead = canonical_lead(label)
    return lead if lead.removeprefix("-") in STANDARD_LEADS else None


def _with_unit(signal: "BdfSignal | EdfSignal") -> str:
    return f"{printable(signal.label)} ({printable(signal.physical_dimension) or 'no unit'})"


def _facts(file: "Edf | Bdf") -> Facts:
    """Return what the fields of patient and recording say, where they are written as EDF+ asks."""
    if not file.reserved.startswith("EDF+"):
        return Facts()
    sex = _said(lambda: file.patient.sex)
    device = _said(lambda: file.recording.equipment_code)
    return Facts(
        patient_id=patient_of(_said(lambda: file.patient.code)),
        age_years=age_on(_said(lambda: file.patient.birthdate), _said(lambda: file.startdate)),
        sex=sex if sex in ("F", "M") else None,
        device=None if device in (None, "", "X") else printable(str(device)),
    )


def _said(ask: Callable[[], Field]) -> Field | None:
    """Return a field's value; None where it is anonymised or not written as EDF+ asks, which harms no signal."""
    try:
        return ask()
    except (ValueError, IndexError):
        return None
