"""Hospital files for tests: written by other people's programs (pydicom, EDFlib) or byte by byte."""

import struct
from binascii import crc_hqx
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
MDC_NUMBERS = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))
ECG_LABELS = tuple(f"ECG {lead}" for lead in LEADS)


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
    from pydicom.uid import UID, ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

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
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = UID("1.2.3")
    said = {"PatientID": "H7", "PatientSex": "F", "PatientAge": "061Y", "Manufacturer": "Cart"} | dict(patient or {})
    for key, value in said.items():
        setattr(dataset, key, value)
    dataset.WaveformSequence = [item] * n_groups
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_edf(
    path: Path,
    millivolts: NDArray[np.floating],
    labels: Sequence[str] = ECG_LABELS,
    *,
    rates_hz: Sequence[int] | None = None,
    units: Sequence[str] | None = None,
    plus: bool = True,
    bdf: bool = False,
) -> Path:
    """Write EDF, EDF+ or BDF+ with EDFlib (pyedflib); a second a data record."""
    import pyedflib

    rates = list(rates_hz or [500] * len(labels))
    units = list(units or ["uV"] * len(labels))
    kind = pyedflib.FILETYPE_EDFPLUS if plus else pyedflib.FILETYPE_EDF
    bits = 24 if bdf else 16
    file = pyedflib.EdfWriter(str(path), len(labels), pyedflib.FILETYPE_BDFPLUS if bdf else kind)
    per_millivolt = {"uV": 1e3, "mV": 1.0, "V": 1e-3}
    factors = [per_millivolt.get(unit, 1.0) for unit in units]
    file.setSignalHeaders(
        [
            {
                **{"label": label, "dimension": unit, "sample_frequency": rate, "transducer": "", "prefilter": ""},
                **{"digital_max": 2 ** (bits - 1) - 1, "digital_min": -(2 ** (bits - 1))},
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


def write_aecg(
    path: Path,
    stored: NDArray[np.int16],
    leads: Sequence[str] = LEADS,
    *,
    changes: Mapping[str, str] | None = None,
) -> Path:
    """Write an aECG as its implementation guide lays it out; `changes` replaces pieces of its text."""
    columns = "".join(
        f"""<component><sequence><code code="MDC_ECG_LEAD_{lead.upper()}" codeSystem="2.16.840.1.113883.6.24"/>
        <value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/><scale value="2.5" unit="uV"/>
        <digits>{" ".join(map(str, stored[:, i]))}</digits></value></sequence></component>"""
        for i, lead in enumerate(leads)
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject><id extension="H3"/>
  <subjectDemographicPerson><administrativeGenderCode code="F"/><birthTime value="19500501"/></subjectDemographicPerson>
 </trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf>
 <component><series><code code="RHYTHM"/><effectiveTime><low value="20200430100000.000"/></effectiveTime>
  <author><seriesAuthor><manufacturedSeriesDevice><manufacturerModelName>Cart</manufacturerModelName>
  </manufacturedSeriesDevice><manufacturerOrganization><name>Maker</name></manufacturerOrganization></seriesAuthor></author>
  <component><sequenceSet>
   <component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS"><head value="20200430100000.000"/>
    <increment value="0.002" unit="s"/></value></sequence></component>
   {columns}
  </sequenceSet></component>
  <subjectOf><annotationSet><component><annotation><code code="MDC_ECG_INTERPRETATION_STATEMENT"/>
   <value xsi:type="ST">SINUS RHYTHM</value></annotation></component></annotationSet></subjectOf>
 </series></component>
</AnnotatedECG>"""
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def write_muse(
    path: Path,
    stored: NDArray[np.int16],
    leads: Sequence[str] = LEADS,
    *,
    changes: Mapping[str, str] | None = None,
) -> Path:
    """Write a MUSE file: averaged beat first, then the rhythm; `changes` replaces pieces of its text."""
    columns = "".join(
        f"""<LeadData><LeadTimeOffset>0</LeadTimeOffset><LeadSampleCountTotal>{len(stored)}</LeadSampleCountTotal>
        <LeadAmplitudeUnitsPerBit>2.5</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
        <LeadID>{lead}</LeadID><FirstSampleBaseline>0</FirstSampleBaseline><LeadSampleSize>2</LeadSampleSize>
        <LeadDataCRC32>{crc32(stored[:, i].astype("<i2").tobytes())}</LeadDataCRC32>
        <WaveFormData>{in_lines(stored[:, i].astype("<i2").tobytes())}</WaveFormData></LeadData>"""
        for i, lead in enumerate(leads)
    )
    text = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">
<RestingECG>
 <PatientDemographics><PatientID>H5</PatientID><PatientAge>61</PatientAge><AgeUnits>YEARS</AgeUnits>
  <Gender>FEMALE</Gender></PatientDemographics>
 <TestDemographics><AcquisitionDevice>MAC55</AcquisitionDevice></TestDemographics>
 <Diagnosis><DiagnosisStatement><StmtText>Sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>
 <Waveform><WaveformType>Median</WaveformType><SampleBase>500</SampleBase></Waveform>
 <Waveform><WaveformType>Rhythm</WaveformType><SampleBase>500</SampleBase><SampleExponent>0</SampleExponent>
 {columns}</Waveform>
</RestingECG>"""
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="latin-1")
    return path


def in_lines(stored: bytes) -> str:
    """Return base64 in lines, as carts write it."""
    from base64 import encodebytes

    return encodebytes(stored).decode()


def pack_xli(columns: NDArray[np.int64]) -> bytes:
    """Pack leads, shape (n_samples, n_leads), as XLI unpacks them, by an LZW of codes of ten bits."""
    chunks = []
    for x in columns.T.astype(int).tolist():
        errors = [2 * x[n - 1] - x[n - 2] - x[n] for n in range(2, len(x))]
        words = [x[0], x[1], *(e + 64 for e in errors[1:]), 64]
        halves = bytes(w >> 8 & 255 for w in words) + bytes(w & 255 for w in words)
        packed = _lzw(halves)
        chunks.append(
            len(packed).to_bytes(4, "little") + bytes(2) + errors[0].to_bytes(2, "little", signed=True) + packed
        )
    return b"".join(chunks)


def _lzw(data: bytes) -> bytes:
    codes, table, word = [], {bytes([i]): i for i in range(256)}, b""
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        codes.append(table[word])
        if len(table) < 1023:
            table[longer] = len(table)
        word = bytes([byte])
    bits = "".join(f"{code:010b}" for code in [*codes, table[word], 1023])
    return int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")


def write_philips(
    path: Path,
    stored: NDArray[np.int16],
    *,
    packed: bool = True,
    changes: Mapping[str, str] | None = None,
    encoding: str = "utf-16",
) -> Path:
    """Write a Philips file of version 1.04; a packed one stores the limb leads III to aVF as rests."""
    columns = stored.astype(np.int64)
    if packed:
        one, two, three = columns[:, :3].T
        columns = columns.copy()
        columns[:, 2] = two - one - three
        columns[:, 3] = -((one + two) // 2) - stored[:, 3]
        columns[:, 4] = (one - three) // 2 - stored[:, 4]
        columns[:, 5] = (two + three) // 2 - stored[:, 5]
    data = pack_xli(columns) if packed else stored.T.astype("<i2").tobytes()
    packing = ' compression="XLI"' if packed else ""
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<restingecgdata xmlns="http://www3.medical.philips.com" lang="en">
 <documentinfo><documenttype>PhilipsECG</documenttype><documentversion>1.04</documentversion></documentinfo>
 <dataacquisition date="2020-04-30"><machine>PageWriter</machine><signalcharacteristics><samplingrate>500</samplingrate>
  <resolution>2.5</resolution><acquisitiontype>STD-12</acquisitiontype><signaloffset>0</signaloffset>
  <signalsigned>True</signalsigned><numberchannelsallocated>12</numberchannelsallocated></signalcharacteristics>
 </dataacquisition>
 <patient><generalpatientdata><patientid>H9</patientid><age><dateofbirth>1950-05-01</dateofbirth></age>
  <sex>Female</sex></generalpatientdata></patient>
 <interpretations><interpretation><statement><leftstatement>SINUS RHYTHM</leftstatement>
  <rightstatement>normal P axis</rightstatement></statement></interpretation></interpretations>
 <waveforms><parsedwaveforms dataencoding="Base64"{packing} numberofleads="12" leadlabels="{" ".join(LEADS)}"
  durationperchannel="{2 * len(stored)}" samplespersecond="500">{in_lines(data)}</parsedwaveforms></waveforms>
</restingecgdata>"""
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding=encoding)
    return path


ISHNE_CODES = dict(zip(LEADS, range(5, 17), strict=True))


def write_ishne(
    path: Path,
    stored: NDArray[np.int16],
    leads: Sequence[str] = LEADS,
    *,
    codes: Sequence[int] | None = None,
    resolution_nv: int = 2500,
    rate_hz: int = 500,
    declared: int | None = None,
    checksum: bool = True,
) -> Path:
    """Write an ISHNE Holter file by Badilini's tables; `declared` is the number of samples a lead in its header."""
    codes = list(codes or [ISHNE_CODES[lead] for lead in leads])
    twelve = [*codes, *[-9] * (12 - len(codes))]
    block = struct.pack("<iiiih", 0, len(stored) if declared is None else declared, 522, 522, 1)
    block += b"Given".ljust(40, b"\0") + b"Name".ljust(40, b"\0") + b"H8".ljust(20, b"\0")
    block += struct.pack("<hh", 2, 0) + struct.pack("<3h", 30, 4, 1959) + struct.pack("<3h", 1, 5, 2020)
    block += struct.pack("<3h", 1, 5, 2020) + struct.pack("<3h", 8, 0, 0) + struct.pack("<h", len(codes))
    block += struct.pack("<12h", *twelve) + struct.pack("<12h", *[1] * 12) + struct.pack("<12h", *[resolution_nv] * 12)
    block += struct.pack("<h", 0) + b"digital".ljust(40, b"\0") + struct.pack("<h", rate_hz) + bytes(80 + 80 + 88)
    assert len(block) == 512
    crc = crc_hqx(block, 0xFFFF) if checksum else 0xFFFF
    path.write_bytes(b"ISHNE1.0" + struct.pack("<H", crc) + block + stored.astype("<i2").tobytes())
    return path


SCP_CODES = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))


def write_scp(
    path: Path,
    stored: NDArray[np.int16],
    leads: Sequence[str] = LEADS,
    *,
    packed: bool = True,
    rhythm: tuple[int, int, int] = (2500, 2000, 0),
    definitions: Sequence[tuple[int, int, int]] | None = None,
    flags: int = 0x04,
) -> Path:
    """Write SCP-ECG by EN 1064; packed: second differences in the default Huffman code.

    `rhythm` is the multiplier in nV, the interval in us and the byte of bimodal packing; `definitions` are
    first and last sample and code of each lead.
    """
    columns = [_scp_packed(x) if packed else x.astype("<i2").tobytes() for x in stored.T]
    entries = definitions or [(1, len(stored), SCP_CODES[lead]) for lead in leads]
    tags = {2: b"H8\0", 4: struct.pack("<HB", 61, 1), 8: b"\x02", 25: struct.pack("<HBB", 2020, 4, 30)}
    bodies = {
        1: b"".join(struct.pack("<BH", t, len(v)) + v for t, v in tags.items()) + struct.pack("<BH", 255, 0),
        **({2: struct.pack("<H", 19999)} if packed else {}),
        3: struct.pack("<BB", len(leads), flags) + b"".join(struct.pack("<IIB", *e) for e in entries),
        6: struct.pack("<HHBB", rhythm[0], rhythm[1], 2 if packed else 0, rhythm[2])
        + struct.pack(f"<{len(columns)}H", *map(len, columns))
        + b"".join(columns),
        8: bytes([0])
        + struct.pack("<HBB", 2020, 4, 30)
        + bytes(3)
        + bytes([1, 1])
        + struct.pack("<H", 13)
        + b"SINUS RHYTHM\0",
    }
    place, sections, pointers = 6 + 16 + 120, b"", {}
    for number, body in bodies.items():
        section = _scp_section(number, body + bytes(len(body) % 2))
        pointers[number] = (number, len(section), place + 1)
        place, sections = place + len(section), sections + section
    pointers[0] = (0, 136, 7)
    listed = b"".join(struct.pack("<HII", *pointers.get(n, (n, 0, 0))) for n in range(12))
    rest = _scp_section(0, listed, b"SCPECG") + sections
    whole = struct.pack("<I", 6 + len(rest)) + rest
    path.write_bytes(struct.pack("<H", crc_hqx(whole, 0xFFFF)) + whole)
    return path


def _scp_section(number: int, body: bytes, reserved: bytes = bytes(6)) -> bytes:
    rest = struct.pack("<HIBB", number, 16 + len(body), 20, 20) + reserved + body
    return struct.pack("<H", crc_hqx(rest, 0xFFFF)) + rest


def _scp_packed(x: NDArray[np.int16]) -> bytes:
    values = x.astype(int)
    differences = [*values[:2], *(values[2:] - 2 * values[1:-1] + values[:-2])]
    bits = ""
    for d in differences:
        if d == 0:
            bits += "0"
        elif abs(d) <= 8:
            bits += "1" * abs(d) + "0" + ("1" if d < 0 else "0")
        elif -128 <= d < 128:
            bits += "1111111110" + f"{d & 0xFF:08b}"
        else:
            bits += "1111111111" + f"{d & 0xFFFF:016b}"
    n_bytes = 2 * -(-len(bits) // 16)
    return int(bits.ljust(8 * n_bytes, "0"), 2).to_bytes(n_bytes, "big")
