"""XML of carts: aECG, MUSE, Philips. Written by the tests from the formats' descriptions; docs/clinical-files.md says
against which files and programs of other people the readers were held besides.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_clinical_files import LEADS, counts, write_aecg, write_muse, write_philips

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.formats import format_of, read_clinical
from ecg_eval.datasets._clinical.philips_xli import unpack_xli
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.errors import SignalError

WRITERS: dict[str, Any] = {"hl7_aecg": write_aecg, "muse_xml": write_muse, "philips_xml": write_philips}


def read(path: Path, expected: str) -> ClinicalEcg:
    name, ecg = read_clinical(path)
    assert name == expected
    return ecg


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    stored = counts()
    ecg = read(WRITERS[name](tmp_path / "x.xml", stored), name)
    assert (ecg.leads, ecg.sampling_rate_hz, ecg.derived_leads) == (LEADS, 500, ())
    np.testing.assert_allclose(ecg.signal, stored * 0.0025, atol=1e-6)
    facts = ecg.facts
    assert facts.age_years == (61 if name == "muse_xml" else 69)
    assert facts.sex == "F"
    assert facts.patient_id in ("H3", "H5", "H9")
    assert facts.device in ("Maker Cart", "MAC55", "PageWriter")
    assert facts.statements in (("SINUS RHYTHM",), ("Sinus rhythm",), ("SINUS RHYTHM normal P axis",))


@pytest.mark.shared_data
@pytest.mark.parametrize("name", WRITERS)
def test_a_real_record_there_and_back(shared: Path, tmp_path: Path, name: str) -> None:
    signal, leads, rate = read_record(shared / "data/ptb-xl/records500/00000/00001_hr")
    stored = np.round(signal / 0.0025).astype(np.int16)
    ecg = read(WRITERS[name](tmp_path / "x.xml", stored), name)
    assert (ecg.leads, ecg.sampling_rate_hz) == (leads, rate)
    assert np.abs(ecg.signal - signal).max() <= 0.00125 + 1e-6


def test_leads_are_told_by_name_and_derived_where_absent(tmp_path: Path) -> None:
    order = [11, 10, 9, 8, 7, 6, 1, 0]
    stored = counts()[:, order]
    names = [LEADS[i] for i in order]
    for name in ("hl7_aecg", "muse_xml"):
        ecg = read(WRITERS[name](tmp_path / "x.xml", stored, names), name)
        assert ecg.leads == LEADS
        assert ecg.derived_leads == LEADS[2:6]
        np.testing.assert_allclose(ecg.signal, counts() * 0.0025, atol=1e-6)


def test_aecg_origin_scale_and_time_have_units_of_their_own(tmp_path: Path) -> None:
    changes = {
        '<origin value="0" unit="uV"/><scale value="2.5" unit="uV"/>': '<origin value="1" unit="mV"/>'
        '<scale value="4" unit="uV"/>',
        '<increment value="0.002" unit="s"/>': '<increment value="3.333333" unit="ms"/>',
    }
    ecg = read(write_aecg(tmp_path / "x.xml", counts(), changes=changes), "hl7_aecg")
    np.testing.assert_allclose(ecg.signal, 1 + counts() * 0.004, atol=1e-6)
    assert ecg.sampling_rate_hz == 300


def test_an_averaged_beat_beside_the_rhythm_is_left_aside(tmp_path: Path) -> None:
    beat = '<series><code code="REPRESENTATIVE_BEAT"/><component><sequenceSet/></component></series>'
    changes = {"<component><series>": f"<component>{beat}</component><component><series>"}
    assert read(write_aecg(tmp_path / "x.xml", counts(), changes=changes), "hl7_aecg").leads == LEADS


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('<scale value="2.5" unit="uV"/>', '<scale value="2.5"/>', "the unit of lead I must be a voltage"),
        ('<scale value="2.5" unit="uV"/>', '<scale value="0" unit="uV"/>', "scale of lead I must be other than 0"),
        ('<origin value="0" unit="uV"/>', "", "origin of lead I must be a number"),
        ('xsi:type="SLIST_PQ"', 'xsi:type="SLIST_INT"', "which has a unit"),
        ("<digits>", "<digits>one ", "digits of lead I must be numbers"),
        ('unit="s"', 'unit="min"', "increment of time"),
        ('<increment value="0.002" unit="s"/>', "", "increment of time"),
        ("TIME_ABSOLUTE", "TIME", "sampling rates must be one"),
        ("<component><sequenceSet>", "<component><sequenceSet/></component><component><sequenceSet>", "2 sets"),
        ('<code code="RHYTHM"/>', '<code code="X"/><component><sequenceSet/></component></series><series>', "0 series"),
        ("MDC_ECG_LEAD_II", "MDC_ECG_LEAD_I", "named once each"),
        ("MDC_ECG_LEAD_", "OTHER_", "the number of leads"),
    ],
)
def test_what_an_aecg_leaves_open_is_refused(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_aecg(tmp_path / "x.xml", counts(60), changes={old: new}), "hl7_aecg")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>", "", "the unit of lead I must be a voltage"),
        ("<LeadAmplitudeUnitsPerBit>2.5<", "<LeadAmplitudeUnitsPerBit>0<", "more than 0"),
        ("<LeadAmplitudeUnitsPerBit>2.5<", "<LeadAmplitudeUnitsPerBit><", "must be a number"),
        ("<FirstSampleBaseline>0<", "<FirstSampleBaseline>12<", "Programs disagree"),
        ("<LeadTimeOffset>0<", "<LeadTimeOffset>2500<", "LeadTimeOffset of lead I must be 0"),
        ("<LeadSampleCountTotal>60<", "<LeadSampleCountTotal>61<", "61 as stated"),
        ("<LeadSampleSize>2<", "<LeadSampleSize>4<", "2 bytes"),
        ("<LeadID>II</LeadID>", "", "LeadID must be given"),
        ("<WaveFormData>", "<WaveFormData>!", "base64"),
        ("<WaveFormData>", "<WaveFormData>AAAA", "checksum of lead I must be"),
        ("Median", "Rhythm", "rhythms must be one; got 2"),
        ("<SampleExponent>0<", "<SampleExponent>99<", "SampleExponent"),
        ("<SampleBase>500<", "<SampleBase><", "the sampling rate"),
    ],
)
def test_what_a_muse_file_leaves_open_is_refused(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_muse(tmp_path / "x.xml", counts(60), changes={old: new}), "muse_xml")


def test_muse_ages_and_a_file_without_a_diagnosis(tmp_path: Path) -> None:
    changes = {"YEARS": "MONTHS", "Diagnosis>": "Other>", ">FEMALE<": ">UNKNOWN<"}
    facts = read(write_muse(tmp_path / "x.xml", counts(), changes=changes), "muse_xml").facts
    assert facts.age_years == pytest.approx(61 / 12)
    assert (facts.sex, facts.statements) == (None, ())
    assert read(write_muse(tmp_path / "y.xml", counts(), changes={">61<": ">old<"}), "muse_xml").facts.age_years is None


def test_philips_plain_and_oldest_version(tmp_path: Path) -> None:
    stored = counts()
    plain = read(write_philips(tmp_path / "x.xml", stored, packed=False, encoding="utf-8"), "philips_xml")
    np.testing.assert_allclose(plain.signal, stored * 0.0025, atol=1e-6)
    changes = {
        **{f' numberofleads="12" leadlabels="{" ".join(LEADS)}"': "", 'compression="XLI"': 'compressmethod="XLI"'},
        **{"1.04<": "1.03<", "resolution>": "signalresolution>", 'samplespersecond="500"': ""},
        "<age><dateofbirth>1950-05-01</dateofbirth></age>": "<age><years>50</years></age>",
    }
    oldest = read(write_philips(tmp_path / "y.xml", stored, changes=changes), "philips_xml")
    np.testing.assert_allclose(oldest.signal, stored * 0.0025, atol=1e-6)
    assert (oldest.leads, oldest.facts.age_years) == (LEADS, 50)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("1.04<", "2.0<", "version of the document"),
        ("parsedwaveforms", "unparsedwaveforms", "parsedwaveforms and signalcharacteristics"),
        ("<resolution>2.5</resolution>", "", "resolution must be a number"),
        ("<signalsigned>True<", "<signalsigned>False<", "signed"),
        ("V5 V6", "V5", "names of leads must be 12 as stated"),
        ("I II III", "II I III", "as XLI packs them"),
        ('samplespersecond="500"', 'samplespersecond="0"', "the sampling rate"),
        ('durationperchannel="120"', 'durationperchannel="121"', "a whole number"),
        ('durationperchannel="120"', 'durationperchannel="9e99"', "a whole number"),
        ('durationperchannel="120"', 'durationperchannel="400"', "200 as stated"),
        ('compression="XLI"', 'compression="ZIP"', "encoding of the samples"),
        ('dataencoding="Base64"', 'dataencoding="Hex"', "encoding of the samples"),
        ('compression="XLI"', 'compression="None"', "16-bit samples|the number of samples"),
    ],
)
def test_what_a_philips_file_leaves_open_is_refused(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_philips(tmp_path / "x.xml", counts(60), changes={old: new}), "philips_xml")


def test_a_plain_philips_file_of_rests_is_refused(tmp_path: Path) -> None:
    stored = counts(60)
    stored[:, 2] = 0
    with pytest.raises(SignalError, match="lead III must be II - I"):
        read(write_philips(tmp_path / "x.xml", stored, packed=False), "philips_xml")


def test_packed_leads_that_are_broken_are_refused() -> None:
    def packed(codes: list[int]) -> bytes:
        bits = "".join(f"{code:010b}" for code in codes)
        data = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")
        return len(data).to_bytes(4, "little") + bytes(4) + data

    with pytest.raises(SignalError, match="The file is cut"):
        unpack_xli("x", packed([0] * 8)[:-1], 1, 4)
    with pytest.raises(SignalError, match="LZW of 10 bits"):
        unpack_xli("x", packed([0, 900]), 1, 4)
    with pytest.raises(SignalError, match="4 as stated"):
        unpack_xli("x", packed([0, 0, 1023, 0, 0, 0, 0, 0]), 1, 4)
    with pytest.raises(SignalError, match="of at most 20 bytes"):
        unpack_xli("x", packed([0] * 30), 1, 4)
    with pytest.raises(SignalError, match="of at most 20 bytes"):  # codes that double what they stand for
        unpack_xli("x", packed([0, 256, 257, 258, 259, 260, 261, 262]), 1, 4)
    with pytest.raises(SignalError, match="within 16 bits"):
        unpack_xli("x", packed([0x7F, 0, 0, 0, 0xFF, 0, 0, 0]), 1, 4)
    # on paper: stored 1, 3 and then a line that goes on: 5, 7
    np.testing.assert_array_equal(unpack_xli("x", packed([0, 0, 0, 0, 1, 3, 64, 64]), 1, 4)[0], [1, 3, 5, 7])


def test_formats_are_told_by_the_root() -> None:
    assert format_of(b"\xef\xbb\xbf<?xml?><!-- x --><h:AnnotatedECG xmlns:h='urn:hl7-org:v3'>") == "hl7_aecg"
    assert format_of("<restingecgdata>".encode("utf-16")) == "philips_xml"
    assert format_of(b"<RestingECGs>") is None
    assert format_of(b"RestingECG <RestingECG>") is None


@pytest.mark.parametrize(
    ("document", "match"),
    [
        ("<RestingECG>", "well-formed XML"),
        ("<Other><RestingECG></RestingECG></Other>", "root of the XML must be RestingECG; got 'Other'"),
        ('<?xml version="1.0" encoding="utf-7"?><RestingECG/>', "encoding of the XML"),
        ("<RestingECG>" + "<a>" * 101 + "</a>" * 101 + "</RestingECG>", "at most 100"),
        ("<RestingECG>" + "<a/>" * 1_000_001 + "</RestingECG>", "the number of tags"),
        ("<RestingECG " + "".join(f"a{i}='' " for i in range(1_000_001)) + "/>", "the number of attributes"),
    ],
    ids=["open", "root", "encoding", "deep", "tags", "attributes"],
)
def test_xml_that_is_no_ecg(tmp_path: Path, document: str, match: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(document)
    with pytest.raises(SignalError, match=match):
        read(path, "muse_xml")
