"""DICOM waveforms: 12-lead, general, ambulatory ECGs, read with pydicom, their meaning checked here.

What is stored means ``stored * sensitivity * correction factor + baseline`` in the channel's unit (DICOM PS3.3
C.10.9.1.4.2). Groups of channels that begin one after the other are the columns of a page: each lead is there at its
time and missing at all others. A channel's lead is told by its code, of the ISO/IEEE 11073-10101 or SCP-ECG list, never
by its place; a free text that says otherwise makes the file unreadable rather than one of the two right.

Refused: deflated files (their size is not known before they are unpacked), 8-bit companded samples, channels that do
not start together.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._clinical.ecg import (
    MAX_SAMPLES,
    ClinicalEcg,
    Facts,
    LeadSignal,
    age_on,
    assemble,
    check_rate,
    day_of,
    patient_of,
    printable,
    unread_age,
    years_of,
)
from ecg_eval.datasets._wfdb_files.headers import MAX_LEADS, units_per_millivolt
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.errors import SignalError

if TYPE_CHECKING:
    from pydicom import Dataset

MAX_BYTES = 1 << 25
_MAX_ITEMS = 10_000
_OFFSET = "MultiplexGroupTimeOffset"

# the last number of SCP-ECG's "5.6.3-9-61" and of MDC's "2:61"
_LEAD_NUMBERS = {
    **{1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF", 65: "-aVR"},
    **{i + 2: f"V{i}" for i in range(1, 7)},
}
_LEAD_CODE = re.compile(r"(?:5\.6\.3-9-|2:|MDC_ECG_LEAD_)(\w+)")
_LEAD_TEXT = re.compile(r"(?:lead\s+)?([-\u2212]?\s*[^\s(,]+)", re.IGNORECASE)
# three digits by the standard; some programs leave out the leading zeros
_SAMPLES = {("SS", 16): "i2", ("US", 16): "u2", ("SB", 8): "i1", ("UB", 8): "u1", ("SL", 32): "i4", ("UL", 32): "u4"}
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_KEPT = (
    "SpecificCharacterSet",
    "PatientID",
    "PatientSex",
    "PatientAge",
    "PatientBirthDate",
    "AcquisitionDateTime",
    "AcquisitionDate",
    "StudyDate",
    "Manufacturer",
    "ManufacturerModelName",
    "WaveformSequence",
    "WaveformAnnotationSequence",
)


def read_dicom(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of a DICOM file.

    Raises
    ------
    SignalError
        When it holds no waveform, or one whose leads, units or rate cannot be known.
    """
    import pydicom

    for item_tag in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"):
        if data.count(item_tag) > _MAX_ITEMS:
            raise SignalError(who, "items of sequences", f"at most {_MAX_ITEMS}", data.count(item_tag))
    if _DEFLATED in data:  # pydicom would unpack it whole as it opens it
        remedy = "Convert it, for example with dcmconv."
        raise SignalError(who, "transfer syntax", "one that is not deflated", _DEFLATED.decode(), remedy)
    dataset = pydicom.dcmread(BytesIO(data), specific_tags=list(_KEPT))
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    groups = _recorded_groups(who, dataset)
    rate = _number(who, "SamplingFrequency", groups[0].get("SamplingFrequency"))
    check_rate(who, rate)
    parts = [_leads(who, group, rate, ">" if syntax == _BIG_ENDIAN else "<") for group in groups]
    if len(parts) == 1:
        return assemble(who, parts[0], rate, _facts(dataset))
    starts = [round(_number(who, "MultiplexGroupTimeOffset", g.get(_OFFSET)) / 1000 * rate) for g in groups]
    page = assemble(who, _page(who, parts, starts), rate, _facts(dataset))
    strips = "; ".join(f"{', '.join(n for n, _ in p)} from {s / rate:g} s" for p, s in zip(parts, starts, strict=True))
    return page._replace(changes=(*page.changes, f"a page of leads recorded one after the other: {strips}"))


def _recorded_groups(who: str, dataset: "Dataset") -> "list[Dataset]":
    """Return the groups of channels that were recorded: one, or the columns of a page; averaged beats are derived.

    The columns of a page (3 leads for 2.5 s, the next 3 after them) say when they begin, at one rate; anything else in
    several groups is more than one recording.
    """
    groups = list(dataset.get("WaveformSequence") or ())
    recorded = [g for g in groups if str(g.get("WaveformOriginality", "")).upper() != "DERIVED"]
    columns = {(g.get("SamplingFrequency"), g.get(_OFFSET) is not None) for g in recorded}
    starts = {g.get(_OFFSET) for g in recorded}
    is_page = 1 < len(recorded) <= MAX_LEADS and len(columns) == 1 and None not in starts and len(starts) > 1
    if len(recorded) != 1 and not is_page:
        labels = [str(g.get("MultiplexGroupLabel", "")) for g in recorded]
        remedy = "An image or another waveform?" if not groups else "Export the rhythm alone."
        rule = "one, or the columns of a page, each with its time offset"
        raise SignalError(who, "groups of recorded channels", rule, labels[:8], remedy)
    return recorded


def _page(who: str, parts: Sequence[list[LeadSignal]], starts: Sequence[int]) -> list[LeadSignal]:
    """Return the leads of a page at their times, missing at others; of a lead in two columns, the longer strip."""
    first = min(starts)
    length = max(start - first + len(leads[0][1]) for leads, start in zip(parts, starts, strict=True))
    if length > MAX_SAMPLES:
        raise SignalError(who, "the length of the page in samples", f"at most {MAX_SAMPLES}", length)
    whole: dict[str, tuple[int, NDArray[np.float64]]] = {}
    for leads, start in zip(parts, starts, strict=True):
        for name, samples in leads:
            if name in whole and len(whole[name][1]) == len(samples):
                raise SignalError(who, f"lead {name}", "recorded once, or in one strip longer than the other", "twice")
            if name not in whole or len(samples) > len(whole[name][1]):
                whole[name] = (start - first, samples)
    placed = {name: np.full(length, np.nan) for name in whole}
    for name, (start, samples) in whole.items():
        placed[name][start : start + len(samples)] = samples
    return list(placed.items())


def _leads(who: str, group: "Dataset", rate_hz: float, byte_order: str) -> list[LeadSignal]:
    kind = (str(group.get("WaveformSampleInterpretation")), group.get("WaveformBitsAllocated"))
    if kind not in _SAMPLES:
        raise SignalError(who, "kind of samples", "linear integers", kind)
    channels = list(group.get("ChannelDefinitionSequence") or ())
    n_leads, n_samples = group.get("NumberOfWaveformChannels"), group.get("NumberOfWaveformSamples")
    if len(channels) != n_leads or not 0 < len(channels) <= MAX_LEADS:
        raise SignalError(who, "defined channels", f"{n_leads}, at most {MAX_LEADS}", len(channels))
    dtype = np.dtype(byte_order + _SAMPLES[kind])
    stored = group.get("WaveformData")
    # an odd number of bytes is padded to an even one
    needed = n_samples * n_leads * dtype.itemsize
    if not isinstance(stored, bytes) or len(stored) != needed + needed % 2:
        got = len(stored) if isinstance(stored, bytes) else "none"
        raise SignalError(who, "bytes of the waveform", f"{needed} as its header says", got)
    samples = np.frombuffer(stored[:needed], dtype=dtype).reshape(n_samples, n_leads).astype(np.float64)
    padding = _padding(group.get("WaveformPaddingValue"), dtype)
    if padding is not None:
        samples[_is_padding(samples, padding, rate_hz)] = np.nan
    names = [_lead(who, channel, i) for i, channel in enumerate(channels)]
    _check_together(who, channels, rate_hz)
    return [(n, _millivolts(who, samples[:, i], c, n)) for i, (n, c) in enumerate(zip(names, channels, strict=True))]


def _padding(value: bytes | float | None, dtype: np.dtype[np.generic]) -> float | None:
    """Return the stored value that stands for no sample; pydicom may hand over its bytes."""
    if value is None or value == b"":
        return None
    return float(np.frombuffer(value[: dtype.itemsize], dtype=dtype)[0]) if isinstance(value, bytes) else float(value)


def _is_padding(samples: NDArray[np.float64], padding: float, rate_hz: float) -> NDArray[np.bool_]:
    """Return which samples are padding, shape (n_samples, n_leads).

    Some programs declare a value that lies among the recorded ones (0, say). Such a value stands for no sample only
    where it fills a whole lead, an end of all leads, or a tenth of a second or more at an end of one.
    """
    equal: NDArray[np.bool_] = samples == padding
    others = samples[~equal]
    if not others.size or not others.min() <= padding <= others.max():
        return equal
    everywhere = np.repeat(equal.all(axis=1, keepdims=True), samples.shape[1], axis=1)
    at_ends = np.zeros_like(equal)
    for mask, shortest in ((everywhere, 2), (equal, max(round(rate_hz / 10), 2))):
        for backwards in (1, -1):
            run = np.logical_and.accumulate(mask[::backwards], axis=0)
            at_ends |= (run & (run.sum(axis=0) >= shortest))[::backwards]
    return at_ends


def _millivolts(who: str, stored: NDArray[np.float64], channel: "Dataset", lead: str) -> NDArray[np.float64]:
    units = list(channel.get("ChannelSensitivityUnitsSequence") or [])
    if "ChannelSensitivity" not in channel or len(units) != 1:
        remedy = "Amplitudes of unknown size are not read."
        raise SignalError(who, f"sensitivity of lead {lead}", "given with one unit", remedy=remedy)
    sensitivity = _number(who, f"sensitivity of lead {lead}", channel.get("ChannelSensitivity"))
    correction = _number(who, f"correction of lead {lead}", channel.get("ChannelSensitivityCorrectionFactor", 1))
    baseline = _number(who, f"baseline of lead {lead}", channel.get("ChannelBaseline") or 0)
    if sensitivity * correction == 0:
        raise SignalError(who, f"sensitivity of lead {lead}", "other than 0", 0)
    per_millivolt = units_per_millivolt(who, str(units[0].get("CodeValue", "")).strip(), lead)
    return (stored * (sensitivity * correction) + baseline) / per_millivolt


def _lead(who: str, channel: "Dataset", position: int) -> str:
    """Return the lead of a channel by its code, or by its text where the code is of no known list."""
    sources = list(channel.get("ChannelSourceSequence") or [])
    if len(sources) != 1:
        raise SignalError(who, f"source of channel {position + 1}", "given once", len(sources))
    code, text = (str(sources[0].get(key, "")).strip() for key in ("CodeValue", "CodeMeaning"))
    match, word = _LEAD_CODE.fullmatch(code), _LEAD_TEXT.match(text)
    lead_in_text = canonical_lead(word[1]) if word else ""
    if match is None or (match[1].isdigit() and int(match[1]) not in _LEAD_NUMBERS):
        # a lead of no standard name, such as V4R, keeps the text that the file gives it
        if _is_standard(lead_in_text) and match is not None:
            raise SignalError(who, f"code and text of channel {position + 1}", "of one lead", (code, text))
        if not lead_in_text:
            raise SignalError(who, f"source of channel {position + 1}", "a known lead", (code, text))
        return lead_in_text
    lead = _LEAD_NUMBERS[int(match[1])] if match[1].isdigit() else canonical_lead(match[1])
    if _is_standard(lead_in_text) and lead_in_text != lead:
        raise SignalError(who, f"code and text of channel {position + 1}", "of one lead", (code, text))
    return lead


def _is_standard(lead: str) -> bool:
    return lead.removeprefix("-") in STANDARD_LEADS


def _check_together(who: str, channels: Sequence["Dataset"], rate_hz: float) -> None:
    """Refuse channels that start more than a sample apart; converters that take turns stay below one."""
    starts = []
    for channel in channels:
        seconds = sum(_number(who, k, channel.get(k) or 0) for k in ("ChannelTimeSkew", "ChannelOffset"))
        starts.append(_number(who, "ChannelSampleSkew", channel.get("ChannelSampleSkew") or 0) + seconds * rate_hz)
    if max(starts) - min(starts) > 1:
        raise SignalError(who, "channels", "recorded together", f"{max(starts) - min(starts):g} samples apart")


def _number(who: str, what: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number):
        raise SignalError(who, what, "a number", str(value)[:40])
    return number


def _facts(dataset: "Dataset") -> Facts:
    stated_age = str(dataset.get("PatientAge") or "").strip()
    day = next((d for k in ("AcquisitionDateTime", "AcquisitionDate", "StudyDate") if (d := dataset.get(k))), None)
    age = years_of(stated_age)
    if age is None:
        age = age_on(day_of(str(dataset.get("PatientBirthDate", ""))), day_of(str(day)))
    sex = str(dataset.get("PatientSex", "")).strip()
    device = " ".join(str(dataset.get(k) or "").strip() for k in ("Manufacturer", "ManufacturerModelName")).strip()
    notes = (str(a.get("UnformattedTextValue") or "").strip() for a in dataset.get("WaveformAnnotationSequence") or ())
    return Facts(
        patient_id=patient_of(str(dataset.get("PatientID", ""))),
        age_years=age,
        sex=sex if sex in ("F", "M") else None,
        device=printable(device) or None,
        statements=tuple(note for note in notes if note),
        unreadable=unread_age(stated_age, age),
    )
