"""Files that real carts and programs write and that were read wrongly before; each folder says what is right."""

import json
from pathlib import Path

import numpy as np
import pytest

import ecg_eval
from ecg_eval.datasets._wfdb_files.corrections import turned_upright, without_calibration
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead, signed_lead
from ecg_eval.domain.recording import Recording

FIELD = Path(__file__).parents[1] / "field"


def expected(folder: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads((FIELD / folder / "expected.json").read_text(encoding="utf-8"))
    return answer


def lead(recording: Recording, name: str) -> np.ndarray:
    return recording.select((name,))[:, 0].astype(float)


def test_a_calibration_pulse_is_no_ecg() -> None:
    folder = "01_philips_calibration_pulse"
    recording = ecg_eval.read_recording(FIELD / folder / "pulse.xml")
    assert len(recording.signal) == expected(folder)["n_samples"]
    assert any("200 samples" in change and "calibration pulse" in change for change in recording.changes)
    assert not any("limb" in oddity for oddity in recording.oddities)


@pytest.mark.parametrize("name", ["minus.edf", "minus.dcm"])
def test_minus_avr_is_turned_over(name: str) -> None:
    recording = ecg_eval.read_recording(FIELD / "02_minus_aVR" / name)
    goldberger = -(lead(recording, "I") + lead(recording, "II")) / 2
    assert np.corrcoef(lead(recording, "aVR"), goldberger)[0, 1] > 0.999


def test_a_sentinel_among_the_samples_is_a_sample() -> None:
    folder = FIELD / "03_dicom_padding_zero"
    dicom, scp = (ecg_eval.read_recording(folder / name) for name in ("pad0.dcm", "same.scp"))
    assert not np.isnan(dicom.signal).any()
    assert (dicom.signal == 0).sum() == expected(folder.name)["zeros_in_signal"]
    np.testing.assert_allclose(dicom.signal, scp.select(dicom.leads), atol=1e-6)


def test_leads_counted_from_sample_0() -> None:
    folder = "04_scp_samples_from_0"
    recording = ecg_eval.read_recording(FIELD / folder / "from0.scp")
    assert recording.signal.shape == (expected(folder)["n_samples"], 12)
    assert "III, aVR, aVL, aVF computed from I and II" in recording.changes
    assert not any("checksum" in oddity for oddity in recording.oddities)


@pytest.mark.parametrize("name", ["di.edf", "di_bare.edf"])
def test_leads_of_other_countries(name: str) -> None:
    recording = ecg_eval.read_recording(FIELD / "05_leads_DI_DII_DIII" / name)
    assert recording.leads == STANDARD_LEADS


@pytest.mark.parametrize("name", ["x", "x.hea", "x.dat"])
def test_a_channel_beside_the_leads_is_left_aside_and_named(name: str) -> None:
    recording = ecg_eval.read_recording(FIELD / "06_wfdb_ecg_beside_other_signals" / name)
    assert recording.leads == ("I", "II", "III")
    assert "channel RESP (NU) left aside: it is no ECG lead" in recording.changes
    np.testing.assert_allclose(lead(recording, "III"), lead(recording, "II") - lead(recording, "I"), atol=0.006)


def test_an_age_of_two_digits() -> None:
    assert ecg_eval.read_recording(FIELD / "17_dicom_age_two_digits" / "age.dcm").age_years == 61


@pytest.mark.parametrize(
    ("name", "lead_and_sign"),
    [
        ("DI", ("I", 1)),
        ("D2", ("II", 1)),
        ("ECG DIII", ("III", 1)),
        ("VR", ("aVR", 1)),
        ("aVr", ("aVR", 1)),
        ("-aVR", ("aVR", -1)),
        ("\u2212aVR", ("aVR", -1)),
        ("ECG -aVR", ("aVR", -1)),
        ("- avr", ("aVR", -1)),
        ("ECG_V1", ("V1", 1)),
        ("EKG V-6", ("V6", 1)),
        ("Ableitung II", ("II", 1)),
        ("Abl. V2", ("V2", 1)),
        ("dériv. III", ("III", 1)),
        ("Lead-II", ("II", 1)),
        ("\u2161", ("II", 1)),
        ("C4", ("C4", 1)),
        ("MDC_ECG_LEAD_AVL", ("aVL", 1)),
        ("MLII", ("MLII", 1)),
        ("V3R", ("V3R", 1)),
        ("-V3R", ("-V3R", 1)),
        ("D", ("D", 1)),
        ("V", ("V", 1)),
        ("", ("", 1)),
    ],
)
def test_spellings_keep_the_sign(name: str, lead_and_sign: tuple[str, int]) -> None:
    assert signed_lead(name) == lead_and_sign
    assert canonical_lead(name) == ("-" if lead_and_sign[1] < 0 else "") + lead_and_sign[0]


def test_an_end_in_which_all_leads_are_one_is_cut_only_when_it_moves() -> None:
    rng = np.random.default_rng(1)
    heart = rng.normal(size=(1000, 4)).astype(np.float32)
    pulse = np.repeat(np.r_[np.zeros(50), np.ones(100), np.zeros(50)], 4).reshape(-1, 4).astype(np.float32)
    at_both = np.vstack([pulse, heart, pulse])
    cut, changes = without_calibration(at_both, 500.0)
    np.testing.assert_array_equal(cut, heart)
    assert [c.split(" ", maxsplit=1)[0] for c in changes] == ["last", "first"]
    for whole in (heart, np.vstack([heart, np.zeros_like(pulse)]), np.vstack([pulse, pulse]), pulse[:, :2], heart[:1]):
        assert without_calibration(whole, 500.0) == (pytest.approx(whole), ())
    short = np.vstack([heart, pulse[40:60]])  # 0.04 s: equal by chance, or too short to be a pulse
    assert len(without_calibration(short, 500.0)[0]) == len(short)


def test_only_leads_said_to_be_turned_are_turned() -> None:
    signal = np.ones((3, 2), dtype=np.float32)
    same, leads, changes = turned_upright(signal, ("I", "aVR"))
    assert same is signal
    assert (leads, changes) == (("I", "aVR"), ())
    upright, leads, changes = turned_upright(signal, ("I", "-aVR"))
    assert leads == ("I", "aVR")
    assert changes == ("aVR turned over: the file holds -aVR",)
    assert upright.tolist() == [[1, -1]] * 3
    assert signal.tolist() == [[1, 1]] * 3
