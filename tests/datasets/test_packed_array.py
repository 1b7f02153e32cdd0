"""Recordings in one array: the unit is said, the manifest is translated, nothing is unpickled."""

from pathlib import Path

import numpy as np
import pytest

from ecg_eval.datasets.packed_array import PackedArray
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make

MANIFEST = "row,ecg_id,patient_id,age,sex,strat_fold,site,NORM,AF\n2,a,p1,50,1,3,x,1,0\n0,b,p2,,0,10,,0,\n"
COLUMNS = {"record_id": "ecg_id", "age_years": "age", "fold": "strat_fold"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    signals = np.random.default_rng(1).normal(size=(3, 50, 12)).astype(np.float16)
    np.save(tmp_path / "signals.npy", signals)
    (tmp_path / "manifest.csv").write_text(MANIFEST)
    return tmp_path


def packed(root: Path, **more: object) -> PackedArray:
    given: dict[str, object] = {"columns": COLUMNS, "sex_words": {1: "F", 0: "M"}} | more
    return PackedArray(root / "signals.npy", root / "manifest.csv", 100, "z-score", **given)  # type: ignore[arg-type]


def test_is_found_by_its_name_and_its_paths_are_relative(root: Path) -> None:
    assert load("datasets", "packed_array") is PackedArray
    given = {"signals": "signals.npy", "manifest": "manifest.csv", "sampling_rate_hz": 100, "units": "mV"}
    made = make("datasets", "packed_array", {**given, "columns": COLUMNS}, root=root)
    assert made.problems() == []


def test_records_and_labels(root: Path) -> None:
    dataset = packed(root)
    records = dataset.records()
    assert list(records.index) == ["a", "b"]
    assert list(records["patient_id"]) == ["p1", "p2"]
    assert list(records["fold"]) == [3, 10]
    assert list(records["sex"]) == ["F", "M"]
    np.testing.assert_array_equal(records["age_years"], [50, np.nan])
    table = dataset.labels(["AF", "NORM"]).table
    np.testing.assert_array_equal(table["AF"], [0, np.nan])
    np.testing.assert_array_equal(table["NORM"], [1, 0])
    with pytest.raises(UnknownNameError, match="Known: AF, NORM"):
        dataset.labels(["LVH"])
    assert dataset.digests().keys() == {"manifest.csv", "signals.npy"}


def test_loads_by_row_and_in_its_unit(root: Path) -> None:
    recording = packed(root).load("a")
    np.testing.assert_array_equal(recording.signal, np.load(root / "signals.npy")[2].astype(np.float32))
    assert recording.leads == STANDARD_LEADS
    assert (recording.sampling_rate_hz, recording.age_years, recording.sex) == (100, 50, "F")
    with pytest.raises(SignalError, match="z-score"):
        recording.require_millivolts(who="a voltage criterion")
    with pytest.raises(UnknownNameError):
        packed(root).load("c")


def test_without_rows_patients_and_facts_the_order_is_the_array_s(tmp_path: Path) -> None:
    np.save(tmp_path / "signals.npy", np.arange(20.0).reshape(2, 5, 2))
    (tmp_path / "manifest.csv").write_text("record_id\n7\n8\n")
    dataset = PackedArray(tmp_path / "signals.npy", tmp_path / "manifest.csv", 250, "mV", leads=["ii", "V1"])
    assert dataset.problems() == []
    assert list(dataset.records()["patient_id"]) == ["7", "8"]
    recording = dataset.load("8")
    assert recording.leads == ("II", "V1")
    assert recording.signal[0, 0] == 10


def test_problems_are_told_at_once(root: Path) -> None:
    assert "of shape (n_records, n_samples, 2 leads)" in str(packed(root, leads=["I", "II"]).problems()[0])
    assert "a table with nobody" in str(packed(root, columns={"record_id": "nobody"}).problems()[0])
    (root / "manifest.csv").write_text("row,ecg_id,age,strat_fold\n9,a,1,1\n0,a,1,1\n")
    problems = [str(p) for p in packed(root).problems()]
    assert "between 0 and 2" in problems[0]
    assert "once a record" in problems[1]
    (root / "manifest.csv").write_text("row,ecg_id,age,strat_fold\n9,a,1,1\n")
    with pytest.raises(SignalError, match="between 0 and 2"):
        packed(root).load("a")
    (root / "manifest.csv").unlink()
    (root / "signals.npy").unlink()
    assert len(packed(root).problems()) == 2


def test_a_pickle_is_never_opened(root: Path) -> None:
    np.save(root / "signals.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "a .npy array" in str(packed(root).problems()[0])


def test_strange_numbers_are_named_by_row(root: Path) -> None:
    (root / "manifest.csv").write_text(MANIFEST.replace("50", "fifty"))
    with pytest.raises(InputFileError, match="age of row 2 must be a number or blank; got 'fifty'"):
        packed(root).records()


def test_refuses_arguments(root: Path) -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'record_id'"):
        packed(root, columns={"recrd_id": "ecg_id"})
    with pytest.raises(ArgumentError, match="positive"):
        PackedArray(root / "signals.npy", root / "manifest.csv", 0, "mV")
    with pytest.raises(EcgEvalError, match="units"):
        make("datasets", "packed_array", {"signals": "s", "manifest": "m", "sampling_rate_hz": 100}, root=root)


@pytest.mark.shared_data
def test_real_z_scores(shared: Path) -> None:
    folder = shared / "data/ptb-xl-zscored"
    columns = {"record_id": "ecg_id", "age_years": "age", "fold": "strat_fold"}
    dataset = PackedArray(
        folder / "signals_100hz_float16.npy", folder / "manifest.csv", 100, "z-score",
        columns=columns, sex_words={1: "F", 0: "M"},
    )  # fmt: skip
    assert dataset.problems() == []
    assert len(dataset.records()) == 2032
    table = dataset.labels(["NORM", "MI", "STTC", "CD", "HYP"]).table
    assert table.sum().to_dict() == {"NORM": 1123, "MI": 289, "STTC": 534, "CD": 467, "HYP": 204}
    recording = dataset.load("1")
    assert recording.signal.shape == (1000, 12)
    assert abs(recording.signal.mean()) < 0.1
