"""CSV and NumPy files, one a recording: what they hold, what must be said, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets.array_files import ArrayFiles
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import SignalError

TWELVE = (np.random.default_rng(1).normal(size=(500, 12)) * 1000).round()  # microvolts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "array.npy", TWELVE)
    np.save(tmp_path / "turned.npy", TWELVE.T)
    np.savez(tmp_path / "packed.npz", signal=TWELVE)
    pd.DataFrame(TWELVE, columns=["D1", "D2", "D3", *STANDARD_LEADS[3:]]).to_csv(tmp_path / "cart.csv", index=False)
    timed = pd.DataFrame(TWELVE[:, :2], columns=["ECG II", "V1"])
    timed.insert(0, "Time", np.arange(500) / 500)
    timed.to_csv(tmp_path / "holter.csv", index=False)
    (tmp_path / "notes.docx").write_bytes(b"PK\3\4")
    return tmp_path


def test_arrays_of_either_orientation_and_tables_give_the_same_millivolts(folder: Path) -> None:
    dataset = ArrayFiles(folder, sampling_rate_hz=500, units="uV")
    assert list(dataset.records().index) == ["array.npy", "cart.csv", "holter.csv", "packed.npz", "turned.npy"]
    for name in ("array.npy", "turned.npy", "packed.npz", "cart.csv"):
        recording = dataset.load(name)
        assert (recording.leads, recording.units, recording.sampling_rate_hz) == (STANDARD_LEADS, "mV", 500.0)
        np.testing.assert_allclose(recording.signal, TWELVE / 1000, atol=1e-6)


def test_a_column_of_times_is_left_aside_and_named(folder: Path) -> None:
    recording = ArrayFiles(folder, sampling_rate_hz=500, units="uV").load("holter.csv")
    assert recording.leads == ("II", "V1")
    assert recording.changes == ("channel Time left aside: it is no ECG lead",)


def test_numbers_that_are_no_voltage_keep_their_unit(folder: Path) -> None:
    recording = ArrayFiles(folder, sampling_rate_hz=500, units="z-score").load("array.npy")
    assert recording.units == "z-score"
    np.testing.assert_allclose(recording.signal, TWELVE, atol=1e-3)


def test_every_other_file_of_the_folder_is_named(folder: Path) -> None:
    dataset = ArrayFiles(folder, sampling_rate_hz=500, units="uV")
    assert dataset.other_files() == {"notes.docx": "in no format that is read (docs/clinical-files.md)"}


def test_a_table_of_labels_in_the_folder_is_no_recording(folder: Path) -> None:
    labels = folder / "labels.csv"
    labels.write_text("record_id,AF\narray.npy,1\ncart.csv,0\n")
    dataset = ArrayFiles(folder, sampling_rate_hz=500, units="uV", labels=labels)
    assert list(dataset.records().index) == ["array.npy", "cart.csv"]
    assert dataset.labels(["AF"]).table["AF"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("few.npy", lambda p: np.save(p, TWELVE[:, :8]), "one of them of the 12 leads"),
        ("square.npy", lambda p: np.save(p, TWELVE[:12]), "one of them of the 12 leads"),
        ("words.npy", lambda p: np.save(p, np.array(["a", "b"])), "of numbers"),
        ("two.npz", lambda p: np.savez(p, a=TWELVE, b=TWELVE), "one array; got '2 \\(a, b\\)'"),
        ("pickle.npy", lambda p: np.save(p, np.array([{}], dtype=object), allow_pickle=True), "an array of numbers"),
        ("words.csv", lambda p: p.write_text("I,II\n1,a\n2,b\n"), "column II must be numbers"),
        ("twice.csv", lambda p: p.write_text("I,D1\n1,2\n2,3\n"), "named once each"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, name: str, write: object, words: str) -> None:
    write(tmp_path / name)  # type: ignore[operator]
    with pytest.raises(SignalError, match=words):
        ArrayFiles(tmp_path, sampling_rate_hz=500, units="mV").load(name)
