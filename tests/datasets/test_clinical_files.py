"""Files of hospitals: a file, a folder, a table of labels, and what every format has in common."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from made_clinical_files import LEADS, counts, write_dicom, write_edf

from ecg_eval.datasets._clinical import formats
from ecg_eval.datasets._clinical.ecg import Facts, age_on, assemble, day_of, patient_of, plausible_age
from ecg_eval.datasets._wfdb_files.content_digest import FILES
from ecg_eval.datasets.clinical_files import ClinicalFiles
from ecg_eval.errors import InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ecgs"
    (folder / "ward").mkdir(parents=True)
    write_dicom(folder / "ward/one", counts())  # hospitals often give no ending
    write_dicom(folder / "two.dcm", counts(seed=4), patient={"PatientID": "anonymous", "PatientSex": "O"})
    write_dicom(folder / "three.dcm", counts(seed=5))
    write_edf(folder / "four.EDF", counts(1000) * 0.0025)
    (folder / "notes.txt").write_text("ours")
    (folder / ".hidden.dcm").write_text("an editor's")
    return folder


def test_is_found_by_its_name_and_reads_a_folder(root: Path) -> None:
    assert load("datasets", "clinical_files") is ClinicalFiles
    dataset = make("datasets", "clinical_files", {"root": "ecgs"}, root=root.parent)
    assert dataset.problems() == []
    records = dataset.records()
    assert list(records.index) == ["four.EDF", "three.dcm", "two.dcm", "ward/one"]
    assert list(records["file_format"]) == ["edf", "dicom", "dicom", "dicom"]
    assert records["has_signal"].all()
    assert set(records["derived_leads"]) == {""}


def test_patients_are_told_apart_and_their_numbers_replaced(root: Path) -> None:
    records = ClinicalFiles(root).records()
    assert list(records["patient_id"]) == ["patient 1", "patient 2", "two.dcm", "patient 2"]
    assert list(records["sex"].fillna("?")) == ["F", "F", "?", "F"]
    np.testing.assert_array_equal(records["age_years"], [69, 61, 61, 61])  # born 1 May 1950, recorded 30 April 2020
    assert list(records["device"]) == ["Cart7", "Cart", "Cart", "Cart"]


def test_one_file(root: Path) -> None:
    dataset = ClinicalFiles(root / "two.dcm")
    assert list(dataset.records().index) == ["two.dcm"]
    recording = dataset.load("two.dcm")
    assert recording.leads == LEADS
    assert recording.signal.dtype == np.float32
    assert recording.sampling_rate_hz == 500
    assert (recording.age_years, recording.sex, recording.patient_id) == (61.0, None, "two.dcm")
    assert dataset.digests().keys() == {FILES}
    assert dataset.statements("two.dcm") == ()
    with pytest.raises(UnknownNameError, match=r"Did you mean 'two\.dcm'"):
        dataset.load("tow.dcm")
    with pytest.raises(UnknownNameError):
        dataset.labels(["AF"])


def test_leads_that_were_computed_are_named(root: Path) -> None:
    write_dicom(root / "eight.dcm", counts()[:, [0, 1, 6, 7, 8, 9, 10, 11]], (*LEADS[:2], *LEADS[6:]))
    dataset = ClinicalFiles(root)
    assert dataset.records().loc["eight.dcm", "derived_leads"] == "III aVR aVL aVF"
    assert dataset.load("eight.dcm").changes == ("III, aVR, aVL, aVF computed from I and II",)
    assert dataset.load("two.dcm").changes == ()


def test_the_table_comes_before_the_files(root: Path) -> None:
    table = root.parent / "labels.csv"
    table.write_text("record_id,patient_id,age_years,sex,fold,site,AF\nthree.dcm,p1,50,M,2,Lyon,1\nfour.EDF,,,,3,,0\n")
    dataset = ClinicalFiles(root, table, about={"labelled_by": "two GPs"})
    records = dataset.records()
    assert list(records.index) == ["three.dcm", "four.EDF"]
    assert list(records["patient_id"]) == ["p1", "patient 2"]
    assert list(records["sex"]) == ["M", "F"]
    np.testing.assert_array_equal(records["age_years"], [50, 69])
    assert list(records["fold"]) == [2, 3]
    assert dataset.labels(["AF"]).table["AF"].tolist() == [1, 0]
    assert dataset.digests().keys() == {FILES, "labels.csv"}
    assert dataset.load("three.dcm").sex == "M"


def test_a_broken_file_stops_nothing_and_is_named_when_it_is_loaded(root: Path) -> None:
    (root / "two.dcm").write_text("not DICOM")
    (root / "three.dcm").write_bytes((root / "three.dcm").read_bytes()[:-200])
    dataset = ClinicalFiles(root)
    records = dataset.records()
    assert list(records["file_format"].fillna("?")) == ["edf", "?", "?", "dicom"]
    assert records["has_signal"].all()
    with pytest.raises(SignalError, match=r"two\.dcm: content must be one of DICOM.*Nothing was guessed"):
        dataset.load("two.dcm")
    with pytest.raises(SignalError, match=r"three\.dcm"):
        dataset.load("three.dcm")
    assert dataset.load("ward/one").leads == LEADS


def test_problems(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a file or a folder" in str(ClinicalFiles(tmp_path / "nowhere").problems()[0])
    (tmp_path / "empty").mkdir()
    assert "a folder with ECG files" in str(ClinicalFiles(tmp_path / "empty").problems()[0])
    table = tmp_path / "labels.csv"
    table.write_text("record_id,AFF\ntwo.dcm,1\n")
    assert "Did you mean 'AF'" in str(ClinicalFiles(root, table).problems()[0])
    with pytest.raises(UnknownNameError):
        ClinicalFiles(root, table).records()
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    assert 'pip install "ecg-eval[formats]"' in str(ClinicalFiles(root).problems()[0])
    with pytest.raises(InputFileError, match=r"without .*'pydicom'"):
        formats.read_clinical(root / "two.dcm")


@pytest.mark.parametrize("name", ["../two.dcm", "/etc/passwd"])
def test_a_path_out_of_the_folder_is_refused(root: Path, name: str) -> None:
    table = root.parent / "labels.csv"
    table.write_text(f"record_id,AF\n{name},1\n")
    with pytest.raises(SignalError, match="nothing was opened"):
        ClinicalFiles(root, table).records()


def test_a_listed_file_that_is_not_there(root: Path) -> None:
    table = root.parent / "labels.csv"
    table.write_text("record_id,AF\ngone.dcm,1\n")
    dataset = ClinicalFiles(root, table)
    assert not dataset.records()["has_signal"].any()
    with pytest.raises(SignalError, match="there and readable"):
        dataset.load("gone.dcm")


def test_a_file_above_the_bound_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_eval.datasets._clinical.dicom.MAX_BYTES", 1000)
    with pytest.raises(SignalError, match="at most 1000 bytes"):
        formats.read_clinical(root / "two.dcm")


def test_an_unreadable_file_is_no_candidate(tmp_path: Path) -> None:
    assert not formats.is_candidate(tmp_path / "gone")


def test_limb_leads_follow_from_two() -> None:
    one, two = np.array([0.1, 0.2]), np.array([0.4, 0.6])
    ecg = assemble("x", [("V1", one), ("LEAD II", two), ("i", one)], 500, Facts())
    assert ecg.leads == ("I", "II", "III", "aVR", "aVL", "aVF", "V1")
    assert ecg.derived_leads == ("III", "aVR", "aVL", "aVF")
    # on paper: III = 0.4 - 0.1, aVR = -(0.1 + 0.4) / 2, aVL = 0.1 - 0.4 / 2, aVF = 0.4 - 0.1 / 2
    np.testing.assert_allclose(ecg.signal[0], [0.1, 0.4, 0.3, -0.25, -0.1, 0.35, 0.1], atol=1e-7)
    # one of the four is stored: nothing is added beside what the cart itself measured
    assert assemble("x", [("I", one), ("II", two), ("aVF", two)], 500, Facts()).derived_leads == ()


@pytest.mark.parametrize(
    ("leads", "rate", "match"),
    [
        ([], 500, "the number of leads"),
        ([("I", np.zeros(3)), ("lead I", np.zeros(3))], 500, r"named once each; got \['I'\]"),
        ([("I", np.zeros(3)), ("II", np.zeros(4))], 500, r"of one length; got \[3, 4\]"),
        ([("I", np.zeros(0))], 500, "the number of samples"),
        ([("I", np.zeros(3))], 0, "the sampling rate"),
        ([("I", np.zeros(3))], float("nan"), "the sampling rate"),
        ([("I", np.full(3, 1e200))], 500, "numbers of mV; got 'infinity'"),
    ],
)
def test_what_no_format_may_say(leads: list[tuple[str, np.ndarray]], rate: float, match: str) -> None:
    with pytest.raises(SignalError, match=match):
        assemble("x", leads, rate, Facts())


def test_facts() -> None:
    assert [patient_of(x) for x in (" 12 ", "ANONYMOUS", "0", "", None)] == ["12", None, None, None, None]
    assert [plausible_age(x) for x in (61.0, -1.0, 999.0, None)] == [61.0, None, None, None]
    assert str(day_of("19710123")) == str(day_of("1971-01-23T10:00")) == "1971-01-23"
    assert [day_of(x) for x in ("19711323", "yesterday", "", None)] == [None] * 4
    assert age_on(day_of("19710123"), day_of("20130125105919")) == 42
    assert age_on(None, day_of("20130125")) is None


def test_a_copy_is_found_by_its_content(root: Path) -> None:
    shutil.copy(root / "four.EDF", root / "five.dcm")  # a wrong ending misleads nobody
    assert ClinicalFiles(root).records().loc["five.dcm", "file_format"] == "edf"
