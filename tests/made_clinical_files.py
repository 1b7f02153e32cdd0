"""Hospital files for tests: written by other people's programs (pydicom, EDFlib) or byte by byte."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
MDC_NUMBERS = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))


def counts(n_samples: int = 500, *, seed: int = 3) -> NDArray[np.int16]:
    """Return stored samples of a 12-lead ECG, shape (n_samples, 12), in which the limb leads follow from I and II."""
    rng = np.random.default_rng(seed)
    first, second = 2 * rng.integers(-300, 300, size=(2, n_samples))
    limb = [first, second, second - first, -(first + second) // 2, first - second // 2, second - first // 2]
    chest = rng.integers(-900, 900, size=(6, n_samples))
    return np.column_stack([*limb, *chest]).astype(np.int16)


def dicom_channel(lead: str, **changes: Any) -> Any:
    """Return a channel's definition; a change to None takes the element out."""
    from pydicom.dataset import Dataset

    source, unit, channel = Dataset(), Dataset(), Dataset()
    source.CodeValue, source.CodingSchemeDesignator = f"2:{MDC_NUMBERS[lead]}", "MDC"
    source.CodeMeaning = f"Lead {lead}"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    channel.ChannelSourceSequence = [source]
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = "2.5", "1"
    channel.ChannelSensitivityUnitsSequence = [unit]
    channel.ChannelBaseline, channel.ChannelSampleSkew = "0", "0"
    channel.WaveformBitsStored = 16
    for key, value in changes.items():
        if value is None:
            delattr(channel, key)
        elif key in ("CodeValue", "CodeMeaning"):
            setattr(source, key, value)
        elif key == "Unit":
            unit.CodeValue = value
        else:
            setattr(channel, key, value)
    return channel


def write_dicom(
    path: Path,
    stored: NDArray[np.int16],
    leads: Sequence[str] = LEADS,
    *,
    channel: Mapping[str, Any] | None = None,
    group: Mapping[str, Any] | None = None,
    patient: Mapping[str, Any] | None = None,
    n_groups: int = 1,
) -> Path:
    """Write a 12-lead ECG with pydicom; `channel` changes the last channel, `group` and `patient` their parts."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

    item = Dataset()
    item.WaveformOriginality, item.MultiplexGroupLabel = "ORIGINAL", "RHYTHM"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = stored.shape[1], stored.shape[0]
    item.SamplingFrequency, item.WaveformBitsAllocated, item.WaveformSampleInterpretation = "500", 16, "SS"
    item.ChannelDefinitionSequence = [dicom_channel(lead) for lead in leads[:-1]]
    item.ChannelDefinitionSequence.append(dicom_channel(leads[-1], **(channel or {})))
    item.WaveformData = stored.astype("<i2").tobytes()
    for key, value in (group or {}).items():
        setattr(item, key, value)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = TwelveLeadECGWaveformStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    said = {"PatientID": "H7", "PatientSex": "F", "PatientAge": "061Y", "Manufacturer": "Cart"} | dict(patient or {})
    for key, value in said.items():
        setattr(dataset, key, value)
    dataset.WaveformSequence = [item] * n_groups
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_edf(
    path: Path,
    millivolts: NDArray[np.floating],
    labels: Sequence[str] = tuple(f"ECG {lead}" for lead in LEADS),
    *,
    rates_hz: Sequence[int] | None = None,
    units: Sequence[str] | None = None,
    plus: bool = True,
) -> Path:
    """Write EDF or EDF+ with EDFlib (pyedflib); a second a data record."""
    import pyedflib

    rates = list(rates_hz or [500] * len(labels))
    units = list(units or ["uV"] * len(labels))
    kind = pyedflib.FILETYPE_EDFPLUS if plus else pyedflib.FILETYPE_EDF
    file = pyedflib.EdfWriter(str(path), len(labels), kind)
    per_millivolt = {"uV": 1e3, "mV": 1.0, "V": 1e-3}
    factors = [per_millivolt.get(unit, 1.0) for unit in units]
    file.setSignalHeaders(
        [
            {
                **{"label": label, "dimension": unit, "sample_frequency": rate, "transducer": "", "prefilter": ""},
                **{"digital_max": 32767, "digital_min": -32768},
                **{"physical_max": 6.5534 * factor, "physical_min": -6.5536 * factor},
            }
            for label, unit, rate, factor in zip(labels, units, rates, factors, strict=True)
        ]
    )
    if plus:
        file.setPatientCode("H12")
        file.setSex(0)
        file.setBirthdate(date(1950, 5, 1))
        file.setEquipment("Cart7")
    file.setStartdatetime(datetime(2020, 4, 30, 10))
    seconds = len(millivolts) // 500
    columns = [millivolts[:, i].astype(float) * factor for i, factor in enumerate(factors)]
    file.writeSamples([c[: seconds * rate] for c, rate in zip(columns, rates, strict=True)])
    file.close()
    return path
