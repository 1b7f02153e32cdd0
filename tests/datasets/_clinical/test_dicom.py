"""DICOM waveforms: the test file that pydicom ships, a real record written with pydicom, and what is refused."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from made_clinical_files import LEADS, counts, write_dicom
from pydicom.data import get_testdata_file

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.errors import SignalError


def read(path: Path) -> ClinicalEcg:
    name, ecg = read_clinical(path)
    assert name == "dicom"
    return ecg


def test_a_cart_s_own_file() -> None:
    """pydicom's waveform_ecg.dcm, of a Mortara cart: the rhythm, not the averaged beat; scaled as pydicom scales it."""
    path = Path(str(get_testdata_file("waveform_ecg.dcm")))
    ecg = read(path)
    assert ecg.leads == LEADS
    assert (ecg.signal.shape, ecg.sampling_rate_hz, ecg.derived_leads) == ((10000, 12), 1000, ())
    assert (ecg.facts.age_years, ecg.facts.sex, ecg.facts.patient_id) == (42, "F", "642341")
    assert ecg.facts.statements == ("RITMO SINUSALE", "ECG NORMALE")
    microvolts = pydicom.dcmread(path).waveform_array(0)
    np.testing.assert_allclose(ecg.signal, microvolts / 1000, atol=1e-7)
    # first stored samples of leads I and II are 80 and 90, at 1.25 uV each
    np.testing.assert_allclose(ecg.signal[0, :2], [0.1, 0.1125], atol=1e-7)


@pytest.mark.shared_data
def test_a_real_record_there_and_back(shared: Path, tmp_path: Path) -> None:
    signal, leads, rate = read_record(shared / "data/ptb-xl/records500/00000/00001_hr")
    stored = np.round(signal / 0.0025).astype(np.int16)
    backwards = list(range(11, -1, -1))
    path = write_dicom(tmp_path / "x.dcm", stored[:, backwards], [leads[i] for i in backwards])
    ecg = read(path)
    assert ecg.leads == leads
    assert ecg.sampling_rate_hz == rate
    assert np.abs(ecg.signal - signal).max() <= 0.00125 + 1e-6


def test_scale_is_sensitivity_times_correction_plus_baseline(tmp_path: Path) -> None:
    channel = {"ChannelSensitivity": "0.004", "ChannelSensitivityCorrectionFactor": "1.5", "ChannelBaseline": "0.2"}
    stored = counts()
    ecg = read(write_dicom(tmp_path / "x.dcm", stored, channel={**channel, "Unit": "mV"}))
    np.testing.assert_allclose(ecg.signal[:, 11], stored[:, 11] * 0.006 + 0.2, atol=1e-6)
    np.testing.assert_allclose(ecg.signal[:, :11], stored[:, :11] * 0.0025, atol=1e-6)


def test_padding_is_missing_and_eight_leads_become_twelve(tmp_path: Path) -> None:
    stored = counts()[:, [0, 1, 6, 7, 8, 9, 10, 11]]
    stored[7, 2] = -32768
    leads = (*LEADS[:2], *LEADS[6:])
    ecg = read(write_dicom(tmp_path / "x.dcm", stored, leads, group={"WaveformPaddingValue": b"\x00\x80"}))
    assert ecg.leads == LEADS
    assert ecg.derived_leads == LEADS[2:6]
    assert np.isnan(ecg.signal[7, 6])
    assert np.isnan(ecg.signal).sum() == 1
    np.testing.assert_allclose(ecg.signal[:, 2], counts()[:, 2] * 0.0025, atol=1e-6)


def test_leads_of_scp_codes_and_of_no_standard_name(tmp_path: Path) -> None:
    known = {"CodeValue": "5.6.3-9-8", "CodeMeaning": "V6"}
    assert read(write_dicom(tmp_path / "a.dcm", counts(), channel=known)).leads == LEADS
    right = {"CodeValue": "2:12", "CodeMeaning": "V4R, right"}
    assert read(write_dicom(tmp_path / "b.dcm", counts(), channel=right)).leads[-1] == "V4R"
    own = {"CodeValue": "L-6", "CodeMeaning": "Lead V6"}
    assert read(write_dicom(tmp_path / "c.dcm", counts(), channel=own)).leads == LEADS
    word = {"CodeValue": "MDC_ECG_LEAD_V6", "CodeMeaning": ""}
    assert read(write_dicom(tmp_path / "d.dcm", counts(), channel=word)).leads == LEADS


def test_ages(tmp_path: Path) -> None:
    def age(**patient: str) -> float | None:
        return read(write_dicom(tmp_path / "x.dcm", counts(), patient=patient)).facts.age_years

    assert age(PatientAge="006M") == pytest.approx(0.5)
    assert age(PatientAge="", PatientBirthDate="19710123", StudyDate="20130122") == 41
    assert age(PatientAge="", PatientBirthDate="") is None


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"channel": {"ChannelSensitivity": None}}, "sensitivity of lead V6 must be given with one unit"),
        ({"channel": {"ChannelSensitivityUnitsSequence": None}}, "given with one unit"),
        ({"channel": {"Unit": "mm[Hg]"}}, "the unit of lead V6 must be a voltage"),
        ({"channel": {"ChannelSensitivity": "0"}}, "other than 0"),
        ({"channel": {"CodeMeaning": "Lead V5"}}, "code and text of channel 12 must be of one lead"),
        ({"channel": {"CodeValue": "2:99", "CodeMeaning": "Lead V5"}}, "code and text of channel 12"),
        ({"channel": {"CodeValue": "2:99", "CodeMeaning": ""}}, "a known lead"),
        ({"channel": {"ChannelSourceSequence": []}}, "source of channel 12"),
        ({"channel": {"CodeValue": "2:1", "CodeMeaning": "Lead I"}}, "named once each"),
        ({"channel": {"ChannelSampleSkew": "2"}}, "recorded together"),
        ({"channel": {"ChannelTimeSkew": "0.1", "ChannelSampleSkew": None}}, "50 samples apart"),
        ({"group": {"SamplingFrequency": "0"}}, "the sampling rate"),
        ({"group": {"SamplingFrequency": ""}}, "SamplingFrequency must be a number"),
        ({"group": {"WaveformSampleInterpretation": "MB"}}, "linear integers"),
        ({"group": {"NumberOfWaveformSamples": 2**32 - 1}}, "bytes of the waveform"),
        ({"group": {"NumberOfWaveformChannels": 11}}, "defined channels"),
        ({"group": {"WaveformOriginality": "DERIVED"}}, "groups of recorded channels"),
        ({"n_groups": 2}, "groups of recorded channels must be one, or the columns of a page"),
    ],
)
def test_what_cannot_be_known_is_refused(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(SignalError, match=match):
        read(write_dicom(tmp_path / "x.dcm", counts(), **changes))


def test_an_image_a_deflated_file_and_a_swarm_of_items_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SignalError, match="An image"):
        read(Path(str(get_testdata_file("CT_small.dcm"))))
    with pytest.raises(SignalError, match="deflated"):
        read(Path(str(get_testdata_file("image_dfl.dcm"))))
    path = write_dicom(tmp_path / "x.dcm", counts())
    path.write_bytes(path.read_bytes() + b"\xfe\xff\x00\xe0\0\0\0\0" * 20_000)
    with pytest.raises(SignalError, match="at most 10000"):
        read(path)


def test_the_columns_of_a_page_stand_at_their_times_and_are_missing_elsewhere(tmp_path: Path) -> None:
    """Four columns of 2.5 s at 500 Hz, three leads each, and lead II as a strip of 10 s."""
    stored = np.arange(5000 * 12).reshape(5000, 12) % 1000 - 500
    path = write_dicom(tmp_path / "page.dcm", stored.astype(np.int16))
    dataset = pydicom.dcmread(path)
    whole = dataset.WaveformSequence[0]
    columns = []
    for k, places in enumerate([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [1]]):
        rows = slice(0, 5000) if k == 4 else slice(1250 * k, 1250 * (k + 1))
        group = deepcopy(whole)
        group.ChannelDefinitionSequence = [whole.ChannelDefinitionSequence[i] for i in places]
        group.NumberOfWaveformChannels = len(places)
        group.NumberOfWaveformSamples = rows.stop - rows.start
        group.WaveformData = np.ascontiguousarray(stored[rows][:, places].astype("<i2")).tobytes()
        group.MultiplexGroupTimeOffset = "0" if k == 4 else str(2500 * k)
        columns.append(group)
    dataset.WaveformSequence = columns
    dataset.save_as(path)
    ecg = read(path)
    assert (ecg.leads, ecg.signal.shape) == (LEADS, (5000, 12))
    expected = np.full((5000, 12), np.nan)
    for i in range(12):
        rows = slice(0, 5000) if i == 1 else slice(1250 * (i // 3), 1250 * (i // 3 + 1))
        expected[rows, i] = stored[rows, i] * 0.0025
    np.testing.assert_allclose(ecg.signal, expected, atol=1e-6)
    assert ecg.changes[-1].startswith(
        "a page of leads recorded one after the other: I, II, III from 0 s; aVR, aVL, aVF"
    )
