"""MIMIC-IV-ECG: studies by their path, patients by their number, labels by nobody."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_eval.datasets.mimic_iv_ecg import MimicIvEcg
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make

# the order of the files: aVF before aVL
FILE_LEADS = ["I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6"]
HEADER = "subject_id,study_id,file_name,ecg_time,path\n"
ROWS = (
    "10000032,40689238,40689238,2180-07-23 08:44:00,files/p1000/p10000032/s40689238/40689238\n"
    "10000032,44458630,44458630,2180-07-23 09:54:00,files/p1000/p10000032/s44458630/44458630\n"
    "10000117,45090959,45090959,2181-03-04 17:14:00,files/p1000/p10000117/s45090959/45090959\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "record_list.csv").write_text(HEADER + ROWS)
    folder = tmp_path / "files/p1000/p10000032/s40689238"
    folder.mkdir(parents=True)
    stored = np.tile(np.arange(1, 13) * 200, (50, 1))
    wfdb.wrsamp(
        "40689238", fs=500, units=["mV"] * 12, sig_name=FILE_LEADS, d_signal=stored, fmt=["16"] * 12,
        adc_gain=[200.0] * 12, baseline=[0] * 12, write_dir=str(folder),
    )  # fmt: skip
    return tmp_path


def test_records(root: Path) -> None:
    assert load("datasets", "mimic_iv_ecg") is MimicIvEcg
    dataset = make("datasets", "mimic_iv_ecg", {"root": "."}, root=root)
    assert dataset.problems() == []
    records = dataset.records()
    assert list(records.index) == ["40689238", "44458630", "45090959"]
    assert list(records["patient_id"]) == ["10000032", "10000032", "10000117"]
    assert list(records["has_signal"]) == [True, False, False]
    assert "age_years" not in records
    assert list(dataset.digests()) == ["record_list.csv"]


def test_leads_by_name_whatever_the_order_of_the_file(root: Path) -> None:
    recording = MimicIvEcg(root).load("40689238")
    assert recording.leads == STANDARD_LEADS
    np.testing.assert_array_equal(recording.signal[0], [1, 2, 3, 4, 6, 5, 7, 8, 9, 10, 11, 12])
    assert (recording.patient_id, recording.units, recording.age_years) == ("10000032", "mV", None)
    with pytest.raises(SignalError):
        MimicIvEcg(root).load("44458630")
    with pytest.raises(UnknownNameError, match="a study_id"):
        MimicIvEcg(root).load("1")


def test_nobody_labelled_it(root: Path) -> None:
    reference = MimicIvEcg(root).labels(["AF", "NORM"])
    assert reference.table.isna().all(axis=None)
    assert not reference.exists
    with pytest.raises(UnknownNameError):
        MimicIvEcg(root).labels(["AFF"])


@pytest.mark.parametrize("path", ["../files/a/b/40689238", "/files/p1000/p10000032/s40689238/40689238", ""])
def test_a_path_that_leads_elsewhere_is_not_opened(root: Path, path: str) -> None:
    (root / "record_list.csv").write_text(f"{HEADER}1,2,2,t,{path}\n")
    dataset = MimicIvEcg(root)
    assert not dataset.records()["has_signal"].any()
    with pytest.raises(SignalError, match="nothing was opened"):
        dataset.load("2")


def test_problems(root: Path) -> None:
    (root / "files/p1000/p10000032/s40689238/40689238.dat").unlink()
    assert "a folder of recordings" in str(MimicIvEcg(root).problems()[0])
    (root / "record_list.csv").unlink()
    with pytest.raises(InputFileError, match="mimic-iv-ecg"):
        MimicIvEcg(root).records()
