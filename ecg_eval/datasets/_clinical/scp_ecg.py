"""SCP-ECG (EN 1064, ISO 11073-91064): sections 1, 3 and 6, Huffman codes, differences and subtracted beats.

Decoded with ecgdatakit, after what it would spend of memory and time has been bounded. Not trusted on: rates, which it
rounds (here they come from the interval in the file), leads named twice, which it renames, and checksums, which it only
warns of.

Refused: a checksum that does not fit, amplitudes without a multiplier, leads that do not start together, bimodal
packing and the long-term section of version 3, which it cannot decode.
"""

import struct
from binascii import crc_hqx
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import numpy as np

from ecg_eval.datasets._clinical.ecg import ClinicalEcg, Facts, LeadSignal, assemble, check_rate, patient_of, printable
from ecg_eval.datasets._wfdb_files.headers import MAX_LEADS
from ecg_eval.errors import SignalError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord, Lead

MAX_BYTES = 1 << 23
# three minutes of twelve leads at 1,000 Hz; each sample is decoded by itself
_MAX_SAMPLES, _MAX_BEATS = 1 << 21, 2_000
_HEADER, _POINTER = 16, 10
COPY_PREFIX = "ecg_eval-"


def read_scp_ecg(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of an SCP-ECG file.

    Raises
    ------
    SignalError
        When it is damaged, packed in a way that cannot be undone, or leaves amplitude or rate open.
    """
    _check_claims(data, who)
    from ecgdatakit.parsing.parsers.scp_ecg import SCPECGParser

    changed = _counted_from_one(data)
    if changed is data:
        record = SCPECGParser().parse(Path(who))
    else:  # the parser takes a path alone
        with NamedTemporaryFile(prefix=COPY_PREFIX, suffix=".scp") as copy:
            copy.write(changed)
            copy.flush()
            record = SCPECGParser().parse(Path(copy.name))
    metadata = record.raw_metadata
    if not metadata["checksum_valid"]:
        raise SignalError(who, "checksums", "those of its content", remedy="The file is damaged.")
    rate = 1e6 / metadata["rhythm_sample_interval_us"]
    check_rate(who, rate)
    return assemble(who, [_lead(who, lead) for lead in record.leads], rate, _facts(record))


def _check_claims(data: bytes, who: str) -> None:
    """Refuse leads named twice or apart, and more leads, samples and beats than an ECG has, before any is decoded."""
    try:
        sections = _sections(data)
        leads = _body(data, sections, 3)
        entries = [struct.unpack_from("<IIB", leads, 2 + 9 * i) for i in range(leads[0])]
        n_beats = struct.unpack_from("<H", _body(data, sections, 4), 4)[0] if 4 in sections else 0
    except (struct.error, IndexError, KeyError) as error:
        raise SignalError(who, "sections", "where its pointers say", f"{type(error).__name__}: {error}"[:80]) from None
    codes = [code for _, _, code in entries]
    if not 0 < len(codes) <= MAX_LEADS or len(set(codes)) != len(codes):
        raise SignalError(who, "leads", "named once each", codes[:24])
    if len({first for first, _, _ in entries}) != 1:
        raise SignalError(who, "leads", "recorded together", [first for first, _, _ in entries][:24])
    n_samples = sum(max(last - first + 1, 0) for first, last, _ in entries)
    if n_samples > _MAX_SAMPLES or n_beats > _MAX_BEATS:
        rule = f"at most {_MAX_SAMPLES} and {_MAX_BEATS}"
        raise SignalError(who, "samples and beats", rule, (n_samples, n_beats))


def _counted_from_one(data: bytes) -> bytes:
    """Return the file with samples counted from 1, as EN 1064 asks, where its leads say that they begin at sample 0.

    Such a lead "0 to 2500" holds 2,500 samples, 1 to 2500. Checksums that fitted fit again; a damaged file stays one.
    """
    sections = _sections(data)
    start = sections[3][0] + _HEADER
    n_leads = data[start]
    firsts = [struct.unpack_from("<I", data, start + 2 + 9 * i)[0] for i in range(n_leads)]
    if any(firsts):
        return data
    fitted = _checksums_fit(data, sections)
    changed = bytearray(data)
    for i in range(n_leads):
        struct.pack_into("<I", changed, start + 2 + 9 * i, 1)
    if fitted:
        for first, length in (sections[3], (0, len(data))):
            struct.pack_into("<H", changed, first, crc_hqx(bytes(changed[first + 2 : first + length]), 0xFFFF))
    return bytes(changed)


def _checksums_fit(data: bytes, sections: dict[int, tuple[int, int]]) -> bool:
    """Whether the checksums of the whole file and of the leads' section are those of their content (CRC-CCITT)."""
    parts = [(0, len(data)), sections[3]]
    return all(
        crc_hqx(data[first + 2 : first + length], 0xFFFF) == struct.unpack_from("<H", data, first)[0]
        for first, length in parts
    )


def _sections(data: bytes) -> dict[int, tuple[int, int]]:
    """Return place and length of each section by its number, as the pointers of section 0 say."""
    end = 6 + struct.unpack_from("<I", data, 10)[0]
    pointers = (struct.unpack_from("<HII", data, i) for i in range(6 + _HEADER, min(end, len(data)) - 9, _POINTER))
    return {number: (index - 1, length) for number, length, index in pointers if length and index}


def _body(data: bytes, sections: dict[int, tuple[int, int]], number: int) -> bytes:
    start, length = sections[number]
    return data[start + _HEADER : start + length]


def _lead(who: str, lead: "Lead") -> LeadSignal:
    if lead.resolution_unit != "uV" or not lead.resolution > 0:
        raise SignalError(who, f"amplitude multiplier of lead {lead.label}", "more than 0", lead.resolution)
    return lead.label, np.asarray(lead.samples, dtype=np.float64) * (lead.resolution / 1000)


def _facts(record: "ECGRecord") -> Facts:
    patient, device = record.patient, record.recording.device
    return Facts(
        patient_id=patient_of(patient.patient_id),
        age_years=None if patient.age is None else float(patient.age),
        sex=patient.sex if patient.sex in ("F", "M") else None,
        device=printable(" ".join(word for word in (device.manufacturer, device.model) if word)) or None,
        statements=tuple(text for text, _ in record.interpretation.statements),
    )
