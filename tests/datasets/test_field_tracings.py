"""Files that real carts and programs write and that were read wrongly before; each folder says what is right."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_clinical_files import counts, write_dicom, write_edf

import ecg_eval
from ecg_eval.datasets._wfdb_files.corrections import turned_upright, without_calibration, without_filling
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


def page(n: int = 5000, *, filling: float = 0.0, strip: bool = True) -> np.ndarray:
    """Return twelve leads in four columns of 2.5 s at 500 Hz, II as a strip of 10 s below where so asked."""
    drawn = np.random.default_rng(4).normal(0, 0.3, (n, 12)).astype(np.float32)
    for i in range(12):
        if not (strip and i == 1):
            column = slice(n // 4 * (i // 3), n // 4 * (i // 3 + 1))
            drawn[: column.start, i] = drawn[column.stop :, i] = filling
    return drawn


@pytest.mark.parametrize("filling", [0.0, -5.12])
@pytest.mark.parametrize("strip", [True, False])
def test_what_fills_up_a_page_is_missing(filling: float, strip: bool) -> None:
    filled, (said,) = without_filling(page(filling=filling, strip=strip), 500.0)
    n_missing = np.isnan(filled).sum(axis=0)
    assert n_missing.tolist() == [0 if strip and i == 1 else 3750 for i in range(12)]
    assert "0 to 2.5 s, 2.5 to 5 s, 5 to 7.5 s, 7.5 to 10 s" in said
    shown = ~np.isnan(filled)
    np.testing.assert_array_equal(filled[shown], page(filling=filling, strip=strip)[shown])


def test_a_lead_that_falls_off_makes_no_page() -> None:
    drawn = page()
    whole = np.random.default_rng(5).normal(0, 0.3, drawn.shape).astype(np.float32)
    fallen = whole.copy()
    fallen[3000:, 7] = 0  # one electrode falls off
    late = whole.copy()
    late[:2000, 6:] = 0  # chest leads are put on later
    part = drawn.copy()
    part[:, 9:] = 0  # the last column was never recorded
    flat = np.zeros_like(drawn)
    for signal in (whole, fallen, late, part, flat):
        same, said = without_filling(signal, 500.0)
        assert same is signal
        assert said == ()


def test_a_page_in_a_hospital_file_is_read_as_one(tmp_path: Path) -> None:
    stored = np.rint(page() * 400).astype(np.int16)
    recording = ecg_eval.read_recording(write_dicom(tmp_path / "page.dcm", stored))
    assert np.isnan(recording.signal).sum(axis=0).tolist() == [0 if i == 1 else 3750 for i in range(12)]
    assert any("one after the other" in change for change in recording.changes)


def test_what_fills_up_a_page_enters_no_computed_lead(tmp_path: Path) -> None:
    stored = counts(2000)[:, [0, 1, *range(6, 12)]]
    stored[1000:, :4] = stored[:1000, 4:] = 0
    names = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    recording = ecg_eval.read_recording(write_dicom(tmp_path / "x.dcm", stored, names))
    computed = recording.select(("III", "aVF"))
    assert np.isnan(computed[1000:]).all()
    assert not np.isnan(computed[:1000]).any()


def test_a_flat_lead_of_a_page_stays_flat() -> None:
    drawn = page()
    drawn[:, 11] = 0
    filled, _ = without_filling(drawn, 500.0)
    assert np.isnan(filled[:, 10]).sum() == 3750
    assert (filled[:, 11] == 0).all()


CHEST = ("C1", "C2", "C3", "C4", "C5", "C6")


@pytest.mark.parametrize("limb", [("DI", "DII", "DIII", "VR", "VL", "VF"), ("I", "II", "III", "aVR", "aVL", "aVF")])
def test_chest_electrodes_beside_limb_leads_are_the_chest_leads(limb: tuple[str, ...], tmp_path: Path) -> None:
    path = write_edf(tmp_path / "x.edf", counts() * 0.0025, [*limb, *CHEST])
    recording = ecg_eval.read_recording(path)
    assert recording.leads == STANDARD_LEADS
    assert any("C1, C2, C3, C4, C5, C6 read as V1, V2" in change for change in recording.changes)
    prefixed = write_edf(tmp_path / "y.edf", counts() * 0.0025, [f"ECG {name}" for name in (*limb, *CHEST)])
    np.testing.assert_array_equal(ecg_eval.read_recording(prefixed).signal, recording.signal)


def test_places_of_the_eeg_are_no_leads(tmp_path: Path) -> None:
    signals = counts()[:, :8] * 0.0025
    sleep = write_edf(tmp_path / "x.edf", signals, ["ECG I", "ECG II", "C1", "C2", "C3", "C4", "O1", "O2"])
    recording = ecg_eval.read_recording(sleep)
    assert "V3" not in recording.leads
    assert "channel C3 (uV) left aside: it is no ECG lead" in recording.changes
    few = write_edf(tmp_path / "y.edf", signals[:, :4], ["I", "II", "C3", "C4"])
    assert "channel C4 (uV) left aside: it is no ECG lead" in ecg_eval.read_recording(few).changes


def test_chest_electrodes_of_a_wfdb_record_go_by_the_same_table(tmp_path: Path) -> None:
    stored = counts()[:, [0, 1, 6, 7]].astype("<i2")
    stored.tofile(tmp_path / "x.dat")
    sums = stored.sum(axis=0, dtype=np.int16)
    names = zip(("D1", "D2", "C1", "C2"), sums, strict=True)
    lines = [f"x.dat 16 400(0)/mV 16 0 0 {checksum} 0 {name}" for name, checksum in names]
    (tmp_path / "x.hea").write_text("\n".join(["x 4 500 500", *lines]) + "\n")
    recording = ecg_eval.read_recording(tmp_path / "x.hea")
    assert {"I", "II", "V1", "V2"} <= set(recording.leads)
    np.testing.assert_allclose(recording.select(("V2",))[:, 0], counts()[:, 7] / 400, atol=1e-6)
    assert any("read as V1, V2" in change for change in recording.changes)
