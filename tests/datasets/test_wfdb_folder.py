"""One's own folder of WFDB records, with or without a table of labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_eval.datasets._ptb_xl.layout import stored_units, write_record
from ecg_eval.datasets._wfdb_files.content_digest import HEADERS
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.errors import ArgumentError, InputFileError, ReadingsError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make

TABLE = """record_id,patient_id,age_years,sex,fold,site,device,AF,MI
a/one,p1,61,Female,1,Lyon,X1,1,0
two,,,m,2,,,0,
three,p1,50.5,,10,,,,1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    leads = np.random.default_rng(1).normal(0, 0.3, size=(40, 12))
    (tmp_path / "ecgs/a").mkdir(parents=True)
    write_record(tmp_path / "ecgs/a/one", stored_units(leads), 250)
    write_record(tmp_path / "ecgs/two", stored_units(leads), 250)
    (tmp_path / "labels.csv").write_text(TABLE)
    return tmp_path


def folder(root: Path, **more: Any) -> WfdbFolder:
    return WfdbFolder(root / "ecgs", root / "labels.csv", **more)


def test_is_found_by_its_name_and_its_paths_are_relative(root: Path) -> None:
    assert load("datasets", "wfdb_folder") is WfdbFolder
    made = make("datasets", "wfdb_folder", {"root": "ecgs", "labels": "labels.csv"}, root=root)
    assert made.problems() == []
    assert len(made.records()) == 3


def test_records_are_the_rows_of_the_table(root: Path) -> None:
    records = folder(root).records()
    assert list(records.index) == ["a/one", "two", "three"]
    assert list(records["patient_id"]) == ["p1", "two", "p1"]
    assert list(records["has_signal"]) == [True, True, False]
    assert list(records["sex"].fillna("?")) == ["F", "M", "?"]
    assert list(records["fold"]) == [1, 2, 10]
    assert records["site"].iloc[0] == "Lyon"
    np.testing.assert_array_equal(records["age_years"], [61, np.nan, 50.5])


def test_labels_keep_blank_as_unknown(root: Path) -> None:
    reference = folder(root, about={"labelled_by": "two GPs"}).labels(["MI", "AF"])
    np.testing.assert_array_equal(reference.table["AF"], [1, 0, np.nan])
    np.testing.assert_array_equal(reference.table["MI"], [0, np.nan, 1])
    assert "two GPs" in reference.method
    with pytest.raises(UnknownNameError, match="Known: AF, MI"):
        folder(root).labels(["LVH"])


def test_loads_a_recording(root: Path) -> None:
    recording = folder(root).load("a/one")
    assert recording.sampling_rate_hz == 250
    assert (recording.patient_id, recording.age_years, recording.sex) == ("p1", 61.0, "F")
    assert folder(root).load("two").age_years is None
    with pytest.raises(SignalError):
        folder(root).load("three")
    with pytest.raises(UnknownNameError, match="Did you mean 'two'"):
        folder(root).load("tow")


def test_without_a_table_every_record_is_read(root: Path) -> None:
    plain = WfdbFolder(root / "ecgs")
    assert plain.problems() == []
    assert list(plain.records().index) == ["a/one", "two"]
    assert plain.load("two").age_years is None
    assert plain.digests().keys() == {HEADERS}
    with pytest.raises(UnknownNameError):
        plain.labels(["AF"])


def test_another_scheme_s_spelling(root: Path) -> None:
    (root / "labels.csv").write_text("record_id,AFIB,CLBBB\ntwo,1,0\n")
    table = folder(root, spelling="scp").labels(["AF", "LBBB"]).table
    assert table.loc["two"].tolist() == [1, 0]
    assert "AFIB" in str(folder(root).problems()[0])
    with pytest.raises(ArgumentError, match="Did you mean 'snomed_ct'"):
        folder(root, spelling="snomedct")
    (root / "labels.csv").write_text("record_id,164889003,314208002\ntwo,1,0\n")
    assert "spell the same finding" in str(folder(root, spelling="snomed_ct").problems()[0])


def test_problems_are_told_at_once(root: Path) -> None:
    (root / "labels.csv").write_text("record_id,afib,AFF,AF\ntwo,1,1,1\ntwo,1,1,1\n,0,0,0\n")
    problems = [str(p) for p in folder(root).problems()]
    assert len(problems) == 4
    assert "record_id of row 4" in problems[0]
    assert "once a record; got ['two']" in problems[1]
    assert "got 'afib'" in problems[2]
    assert "Did you mean 'AF'" in problems[3]
    with pytest.raises(InputFileError):
        folder(root).records()
    (root / "labels.csv").write_text("ecg,AF\ntwo,1\n")
    assert "with record_id" in str(folder(root).problems()[0])
    (root / "labels.csv").unlink()
    assert "a CSV table" in str(folder(root).problems()[0])
    assert "a folder" in str(WfdbFolder(root / "nowhere").problems()[0])
    (root / "empty").mkdir()
    assert "a folder with .hea files" in str(WfdbFolder(root / "empty").problems()[0])


def test_a_strange_column_far_from_any_finding_gets_a_place_to_look(root: Path) -> None:
    (root / "labels.csv").write_text("record_id,zzzzqqqq\ntwo,1\n")
    assert "ecg-eval list findings" in str(folder(root).problems()[0])


def test_cells_that_are_no_numbers_are_named_by_row(root: Path) -> None:
    (root / "labels.csv").write_text("record_id,age_years,AF\ntwo,60,yes\n")
    with pytest.raises(ReadingsError, match="AF of row 2 must be a number or blank; got 'yes'"):
        folder(root).labels(["AF"])
    (root / "labels.csv").write_text("record_id,age_years,AF\ntwo,sixty,2\n")
    with pytest.raises(ReadingsError, match="age_years of row 2"):
        folder(root).records()
    with pytest.raises(ReadingsError, match="1, 0 or blank"):
        folder(root).labels(["AF"])


@pytest.mark.parametrize("name", ["../labels", "/etc/passwd"])
def test_a_path_out_of_the_folder_is_refused(root: Path, name: str) -> None:
    (root / "labels.csv").write_text(f"record_id,AF\n{name},1\n")
    with pytest.raises(SignalError, match="nothing was opened"):
        folder(root).records()


def test_a_broken_header_is_found_out_when_it_is_loaded(root: Path) -> None:
    (root / "ecgs/two.hea").write_bytes(b"\x00\x01")
    dataset = folder(root)
    assert list(dataset.records()["has_signal"]) == [True, True, False]
    with pytest.raises(SignalError, match="text"):
        dataset.load("two")
    assert dataset.load("a/one").leads[0] == "I"


def test_digests_are_of_the_table_and_the_headers(root: Path) -> None:
    assert folder(root).digests().keys() == {HEADERS, "labels.csv"}
