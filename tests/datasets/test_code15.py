"""CODE-15 %: tracings found by exam id, padding removed, the unit not guessed, hostile HDF5 refused."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from ecg_eval.datasets._tables.hdf5_tracings import TracingsFile
from ecg_eval.datasets._wfdb_files.recordings import Person
from ecg_eval.datasets.code15 import Code15
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ArgumentError, InputFileError, ReadingsError, SignalError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make

HEADER = "exam_id,age,is_male,nn_predicted_age,1dAVb,RBBB,LBBB,SB,ST,AF,patient_id,death,timey,normal_ecg,trace_file\n"
EXAMS = (
    "1169160,38,True,40.2,False,False,False,False,False,False,523632,False,2.1,True,exams_part0.hdf5\n"
    "2873686,73,False,67.1,True,False,True,False,False,True,1724173,,,False,exams_part0.hdf5\n"
    "168405,67,True,79.6,False,True,False,False,False,False,51421,,,False,exams_part1.hdf5\n"
)


def tracings(n: int = 3) -> np.ndarray:
    """Return tracings of the archive's shape, padded as a 7 s recording is: 648 zeros, 2,800 samples, 648 zeros."""
    made = np.zeros((n, 4096, 12), dtype=np.float32)
    made[:, 648:3448] = np.random.default_rng(1).normal(size=(n, 2800, 12))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "exams.csv").write_text(HEADER + EXAMS)
    with h5py.File(tmp_path / "exams_part0.hdf5", "w") as file:
        file["tracings"] = tracings()
        # not in the order of the table, and one row too many, as in the archive
        file["exam_id"] = np.array([2873686, 1169160, 0])
    return tmp_path


def test_records_and_labels(root: Path) -> None:
    assert load("datasets", "code15") is Code15
    dataset = make("datasets", "code15", {"root": "."}, root=root)
    assert dataset.problems() == []
    records = dataset.records()
    assert list(records.index) == ["1169160", "2873686", "168405"]
    assert list(records["patient_id"]) == ["523632", "1724173", "51421"]
    assert list(records["has_signal"]) == [True, True, False]
    assert list(records["sex"]) == ["M", "F", "M"]
    assert list(records["age_years"]) == [38, 73, 67]
    table = dataset.labels(["1AVB", "AF", "RBBB", "CD"]).table
    np.testing.assert_array_equal(table.to_numpy(), [[0, 0, 0, 0], [1, 1, 0, 1], [0, 0, 1, 1]])
    with pytest.raises(UnknownNameError, match="speak of; got 'NORM'"):
        dataset.labels(["NORM"])
    assert list(dataset.digests()) == ["exams.csv"]


def test_a_tracing_is_found_by_its_id_and_loses_its_padding(root: Path) -> None:
    recording = Code15(root).load("1169160")
    np.testing.assert_array_equal(recording.signal, tracings()[1, 648:3448])
    assert recording.leads == STANDARD_LEADS
    assert (recording.sampling_rate_hz, recording.duration_s, recording.age_years) == (400, 7, 38)
    assert recording.changes == ("648 samples of padding removed before, 648 after",)


def test_the_unit_is_not_guessed(root: Path) -> None:
    with pytest.raises(SignalError, match="1e-4 V or mV"):
        Code15(root).load("1169160").require_millivolts(who="a voltage criterion")
    recording = Code15(root, mv_per_unit=0.1).load("1169160")
    recording.require_millivolts(who="a voltage criterion")
    np.testing.assert_allclose(recording.signal, tracings()[1, 648:3448] / 10, rtol=1e-6)
    assert Code15(root, mv_per_unit=0.1).facts().units.startswith("0.1 mV, as the configuration declares")
    assert Code15(root).facts().units.startswith("not known")
    with pytest.raises(ArgumentError, match="mv_per_unit must be positive"):
        Code15(root, mv_per_unit=0)


def test_what_cannot_be_loaded_is_named(root: Path) -> None:
    dataset = Code15(root)
    with pytest.raises(SignalError, match="file of exam 168405 must be in"):
        dataset.load("168405")
    with pytest.raises(UnknownNameError, match=r"an exam_id of exams\.csv"):
        dataset.load("1")
    with h5py.File(root / "exams_part1.hdf5", "w") as file:
        file["tracings"], file["exam_id"] = np.zeros((1, 4096, 12), dtype=np.float32), np.array([168405])
    with pytest.raises(SignalError, match="something other than zeros"):
        Code15(root).load("168405")
    (root / "exams_part1.hdf5").write_bytes(b"no HDF5")
    dataset = Code15(root)
    assert list(dataset.records()["has_signal"]) == [True, True, False]
    with pytest.raises(SignalError, match="HDF5 that can be read"):
        dataset.load("168405")
    (root / "exams.csv").write_text(HEADER + EXAMS.replace("168405", "99"))
    with h5py.File(root / "exams_part1.hdf5", "w") as file:
        file["tracings"], file["exam_id"] = tracings(1), np.array([5])
    with pytest.raises(SignalError, match="holding exam 99"):
        Code15(root).load("99")


def test_problems(root: Path) -> None:
    (root / "exams_part0.hdf5").unlink()
    assert "a folder with HDF5 files of its exams" in str(Code15(root).problems()[0])
    (root / "exams.csv").write_text(HEADER + EXAMS.replace("exams_part0.hdf5", "../exams_part0.hdf5"))
    assert not Code15(root).records()["has_signal"].any()
    (root / "exams.csv").write_text(HEADER + EXAMS.replace("True,False,True", "maybe,False,True"))
    with pytest.raises(ReadingsError, match=r"1dAVb of row 3 of exams\.csv must be True or False; got 'maybe'"):
        Code15(root).labels(["AF"])
    (root / "exams.csv").unlink()
    with pytest.raises(InputFileError, match="zenodo"):
        Code15(root).records()


def file_of(path: Path) -> TracingsFile:
    return TracingsFile(path, STANDARD_LEADS, 400, 1.0, "")


def test_a_link_to_another_file_is_not_followed(root: Path) -> None:
    for link in (h5py.ExternalLink("exams_part0.hdf5", "tracings"), h5py.SoftLink("/elsewhere")):
        with h5py.File(root / "hostile.hdf5", "w") as file:
            file["tracings"] = link
        with pytest.raises(SignalError, match=r"in the file itself; got '(External|Soft)Link'"):
            file_of(root / "hostile.hdf5").count()


def test_data_kept_in_other_files_is_not_read(root: Path) -> None:
    with h5py.File(root / "hostile.hdf5", "w") as file:
        shape = (2, 4096, 12)
        file.create_dataset("tracings", shape, dtype="f4", external=[(str(root / "exams.csv"), 0, 2 * 4096 * 12 * 4)])
    with pytest.raises(SignalError, match="made of other files"):
        file_of(root / "hostile.hdf5").count()
    layout = h5py.VirtualLayout((3, 4096, 12), dtype="f4")
    layout[:] = h5py.VirtualSource(str(root / "exams_part0.hdf5"), "tracings", (3, 4096, 12))
    with h5py.File(root / "virtual.hdf5", "w") as file:
        file.create_virtual_dataset("tracings", layout)
    with pytest.raises(SignalError, match="made of other files"):
        file_of(root / "virtual.hdf5").count()


@pytest.mark.parametrize(
    ("shape", "dtype", "chunks"),
    [
        ((3, 4096, 11), "f4", None),
        ((3, 4096), "f4", None),
        ((3, 4096, 12), "i4", None),
        ((3, 1 << 20, 12), "f4", (1, 64, 12)),
        ((1 << 30, 4096, 12), "f4", (1, 64, 12)),
        ((4096, 4096, 12), "f4", (4096, 4096, 12)),
    ],
)
def test_claims_that_no_archive_makes(
    root: Path, shape: tuple[int, ...], dtype: str, chunks: tuple[int, ...] | None
) -> None:
    with h5py.File(root / "hostile.hdf5", "w") as file:
        # nothing is written, so that the file is small whatever it claims
        file.create_dataset("tracings", shape, dtype=dtype, chunks=chunks)
    with pytest.raises(SignalError, match="tracings"):
        file_of(root / "hostile.hdf5").count()


def test_other_damage(root: Path) -> None:
    with h5py.File(root / "odd.hdf5", "w") as file:
        file.create_group("tracings")
    with pytest.raises(SignalError, match="must be a data set; got 'Group'"):
        file_of(root / "odd.hdf5").count()
    with h5py.File(root / "odd.hdf5", "w") as file:
        file["tracings"], file["exam_id"] = tracings(2), np.array([1, 2, 3])
    with pytest.raises(SignalError, match=r"exam_id must be whole numbers of shape \(2,\)"):
        file_of(root / "odd.hdf5").rows_by_id()
    with h5py.File(root / "odd.hdf5", "w") as file:
        file["other"] = 1
    with pytest.raises(SignalError, match=r"data set 'tracings' must be there; got \['other'\]"):
        file_of(root / "odd.hdf5").count()
    with pytest.raises(SignalError, match="the row must be between 0 and 2; got 3"):
        file_of(root / "exams_part0.hdf5").recording(3, "x", Person("x", None, None))
    with pytest.raises(SignalError, match="file of tracings must be there"):
        file_of(root / "nowhere.hdf5").count()
