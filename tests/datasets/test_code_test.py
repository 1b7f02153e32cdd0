"""CODE-test: patients and the gold standard, with and without tracings."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets.code_test import CodeTest
from ecg_eval.domain.findings import label_sets
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError, InputFileError, ReadingsError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load

COLUMNS = ["1dAVb", "RBBB", "LBBB", "SB", "AF", "ST"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "annotations").mkdir()
    pd.DataFrame({"age": [34, 70, 52], "sex": ["M", "F", "X"]}).to_csv(tmp_path / "attributes.csv", index=False)
    gold = pd.DataFrame([[0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 0]], columns=COLUMNS)
    gold.to_csv(tmp_path / "annotations/gold_standard.csv", index=False)
    return tmp_path


def test_is_found_by_its_name() -> None:
    assert load("datasets", "code_test") is CodeTest


def test_records_are_numbered_from_0_and_have_no_signal(root: Path) -> None:
    records = CodeTest(root).records()
    assert list(records.index) == ["0", "1", "2"]
    assert list(records["patient_id"]) == ["0", "1", "2"]
    assert not records["has_signal"].any()
    assert list(records["sex"].fillna("?")) == ["M", "F", "?"]
    with pytest.raises(SignalError, match="none was given"):
        CodeTest(root).load("0")


def test_labels_are_the_gold_standard_and_say_who_formed_it(root: Path) -> None:
    reference = CodeTest(root).labels(["AF", "1AVB", "SBRAD", "CD"])
    assert reference.table["AF"].tolist() == [0, 1, 0]
    assert reference.table["1AVB"].tolist() == [0, 0, 1]
    assert reference.table["SBRAD"].tolist() == [0, 0, 1]
    assert reference.table["CD"].tolist() == [0, 1, 1]  # block of the left bundle, block of the AV node
    assert reference.formed_by == ("cardiologist1", "cardiologist2")
    assert not reference.is_independent_of("cardiologist1")
    assert "third specialist" in reference.method
    with pytest.raises(UnknownNameError, match="speak of; got 'LVH'"):
        CodeTest(root).labels(["LVH"])


def test_problems(root: Path) -> None:
    assert CodeTest(root).problems() == []
    assert CodeTest(root / "nowhere").problems()
    with pytest.raises(InputFileError, match="root must be a folder"):
        CodeTest(root / "nowhere").records()
    pd.DataFrame({"age": [34], "sex": ["M"]}).to_csv(root / "attributes.csv", index=False)
    assert "as long as attributes.csv (1 rows); got 3" in str(CodeTest(root).problems()[0])
    with pytest.raises(InputFileError):
        CodeTest(root).labels(["AF"])
    (root / "attributes.csv").unlink()
    (root / "annotations/gold_standard.csv").unlink()
    assert len(CodeTest(root).problems()) == 2


def test_a_strange_cell_is_named_by_its_row(root: Path) -> None:
    path = root / "annotations/gold_standard.csv"
    path.write_text(path.read_text().replace("1,0,0,1,0,0", "1,0,0,2,0,0"))
    with pytest.raises(ReadingsError, match=r"row 4 of annotations/gold_standard\.csv must be 0 or 1"):
        CodeTest(root).labels(["AF"])


def test_digests_name_both_tables(root: Path) -> None:
    assert CodeTest(root).digests().keys() == {"attributes.csv", "annotations/gold_standard.csv"}


@pytest.mark.shared_data
def test_real_counts(shared: Path) -> None:
    """Table 1 of Ribeiro et al., Nat Commun 2020;11:1760: 28, 34, 30, 16, 13 and 37 of 827."""
    dataset = CodeTest(shared / "data/code-test")
    assert dataset.problems() == []
    assert len(dataset.records()) == 827
    table = dataset.labels(label_sets()["code"]).table
    assert table.sum().to_dict() == {"1AVB": 28, "RBBB": 34, "LBBB": 30, "SBRAD": 16, "AF": 13, "STACH": 37}


def test_tracings_by_row_their_leads_in_standard_order(root: Path) -> None:
    made = np.zeros((3, 4096, 12), dtype=np.float64)
    made[:, 48:4048] = np.arange(1, 13) + 20 * np.arange(3)[:, None, None]
    with h5py.File(root / "ecg_tracings.hdf5", "w") as file:
        file["tracings"] = made
    dataset = CodeTest(root, tracings=root / "ecg_tracings.hdf5", mv_per_unit=1)
    assert dataset.problems() == []
    assert dataset.records()["has_signal"].all()
    recording = dataset.load("1")
    assert recording.signal.shape == (4000, 12)
    assert (recording.leads, recording.units, recording.age_years) == (STANDARD_LEADS, "mV", 70)
    # the file has I, II, III, aVL, aVF, aVR, V1 ... (the archive's README)
    np.testing.assert_array_equal(recording.signal[0], 20 + np.array([1, 2, 3, 6, 4, 5, 7, 8, 9, 10, 11, 12]))
    with pytest.raises(UnknownNameError, match="a row number"):
        dataset.load("3")
    with pytest.raises(SignalError, match="1e-4 V or mV"):
        CodeTest(root, tracings=root / "ecg_tracings.hdf5").load("1").require_millivolts(who="a test")
    assert dataset.facts().units.startswith("1 mV, as the configuration declares")
    with pytest.raises(ArgumentError, match="mv_per_unit"):
        CodeTest(root, mv_per_unit=-1)


def test_tracings_that_do_not_belong_to_the_tables(root: Path) -> None:
    with h5py.File(root / "ecg_tracings.hdf5", "w") as file:
        file["tracings"] = np.ones((2, 4096, 12), dtype=np.float32)
    dataset = CodeTest(root, tracings=root / "ecg_tracings.hdf5")
    assert "which they are numbered by; got 2" in str(dataset.problems()[0])
    assert not dataset.records()["has_signal"].any()
    assert "must be there" in str(CodeTest(root, tracings=root / "nowhere.hdf5").problems()[0])
