"""EDF and EDF+, written by EDFlib (pyedflib) and read with edfio: two programs of different people."""

from pathlib import Path

import numpy as np
import pytest
from made_clinical_files import LEADS, counts, write_edf

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.errors import SignalError


def read(path: Path) -> ClinicalEcg:
    name, ecg = read_clinical(path)
    assert name == "edf"
    return ecg


@pytest.mark.shared_data
@pytest.mark.parametrize("unit", ["uV", "mV"])
def test_a_real_record_there_and_back(shared: Path, tmp_path: Path, unit: str) -> None:
    signal, leads, rate = read_record(shared / "data/ptb-xl/records500/00000/00001_hr")
    labels = [f"ECG {lead}" for lead in reversed(leads)]
    ecg = read(write_edf(tmp_path / "x.edf", signal[:, ::-1], labels, units=[unit] * 12))
    assert ecg.leads == leads
    assert ecg.sampling_rate_hz == rate
    # 16 bits over 13.1 mV: a step of 0.2 uV; EDFlib's 8-character ranges add to it
    assert np.abs(ecg.signal - signal).max() < 0.0003


def test_what_edf_plus_says_of_the_patient(tmp_path: Path) -> None:
    facts = read(write_edf(tmp_path / "x.edf", counts() * 0.0025)).facts
    assert (facts.patient_id, facts.age_years, facts.sex, facts.device) == ("H12", 69, "F", "Cart7")
    plain = read(write_edf(tmp_path / "y.edf", counts() * 0.0025, plus=False)).facts
    assert (plain.patient_id, plain.age_years, plain.sex, plain.device) == (None, None, None, None)


def test_a_patient_field_that_nobody_can_read_harms_no_signal(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "x.edf", counts() * 0.0025)
    path.write_bytes(path.read_bytes()[:8] + b"?".ljust(160) + path.read_bytes()[168:])
    ecg = read(path)
    assert ecg.leads == LEADS
    assert (ecg.facts.age_years, ecg.facts.device) == (None, None)


def test_other_signals_are_left_aside_whatever_their_rate(tmp_path: Path) -> None:
    labels = ["EKG II", "Resp", "V1"]
    path = write_edf(
        tmp_path / "x.edf", counts(1000)[:, :3] * 0.0025, labels, rates_hz=[500, 25, 500], units=["mV", "", "uV"]
    )
    assert read(path).leads == ("II", "V1")


def test_what_cannot_be_known_is_refused(tmp_path: Path) -> None:
    signal = counts() * 0.0025

    def write(**more: object) -> Path:
        return write_edf(tmp_path / "x.edf", signal, **more)  # type: ignore[arg-type]

    with pytest.raises(SignalError, match="sampled at one rate"):
        read(write(rates_hz=[500] * 11 + [250]))
    with pytest.raises(SignalError, match="the unit of lead V6 must be a voltage"):
        read(write(units=["uV"] * 11 + [""]))
    with pytest.raises(SignalError, match="among them an ECG lead"):
        read(write(labels=[f"EEG {i}" for i in range(12)]))
    with pytest.raises(SignalError, match="named once each"):
        read(write(labels=["ECG I", *(f"ECG {lead}" for lead in LEADS[:11])]))


def test_a_header_that_lies_is_refused(tmp_path: Path) -> None:
    whole = write_edf(tmp_path / "x.edf", counts() * 0.0025).read_bytes()

    def changed(start: int, text: str) -> Path:
        path = tmp_path / "y.edf"
        path.write_bytes(whole[:start] + text.encode() + whole[start + len(text) :])
        return path

    n_signals = int(whole[252:256])
    for start, text, match in [
        (236, "99999999", "bytes long as its header says"),
        (236, "-2      ", "at least one data record"),
        (252, "9999", "the number of signals"),
        (252, "many", "numbers where EDF has them"),
        (184, "1       ", "the header"),
        (192, "EDF+D", "without gaps"),
        (244, "0       ", "a EDF, EDF\\+ or BDF file that can be read"),
        (244, "1e-9    ", "the sampling rate"),
        (256 + n_signals * 120, "32767   ", "ranges of lead I"),
    ]:
        with pytest.raises(SignalError, match=match):
            read(changed(start, text))
    (tmp_path / "y.edf").write_bytes(whole[:-2])
    with pytest.raises(SignalError, match="cut or unfinished"):
        read(tmp_path / "y.edf")


def test_a_recording_that_was_never_closed_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "x.edf", counts(1000) * 0.0025)
    whole, closed = path.read_bytes(), read(path)
    for cut in (0, 100):  # the last data record may be there in part
        (tmp_path / "y.edf").write_bytes(whole[:236] + b"-1      " + whole[244 : len(whole) - cut])
        ecg = read(tmp_path / "y.edf")
        assert len(ecg.signal) == (1000 if not cut else 500)
        np.testing.assert_array_equal(ecg.signal, closed.signal[: len(ecg.signal)])


def test_what_is_left_aside_is_named(tmp_path: Path) -> None:
    labels = ["EKG II", "Resp", "V1"]
    path = write_edf(tmp_path / "x.edf", counts(1000)[:, :3] * 0.0025, labels, units=["mV", "", "uV"])
    aside = [change for change in read(path).changes if "left aside" in change]
    assert aside[0] == "channel Resp (no unit) left aside: it is no ECG lead"


def test_bdf_has_24_bits(tmp_path: Path) -> None:
    signal = counts(1000) * 0.0025
    ecg = read(write_edf(tmp_path / "x.bdf", signal, bdf=True))
    assert ecg.leads == LEADS
    assert np.abs(ecg.signal - signal).max() < 1e-4
