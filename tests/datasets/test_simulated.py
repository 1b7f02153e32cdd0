"""The embedded cohort: the same files from the same arguments, read by the ordinary loader, marked as simulated."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.datasets.simulated import Simulated, write_cohort
from ecg_eval.domain.findings import expand_findings
from ecg_eval.errors import ArgumentError, SignalError
from ecg_eval.pipeline.plugins import load


@pytest.fixture(scope="module")
def cohort() -> Simulated:
    return Simulated(n_records=40, seed=3)


def digest(folder: Path) -> str:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    parts = [str(p.relative_to(folder)).encode() + p.read_bytes() for p in files]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_is_found_by_its_name_and_says_that_it_is_simulated() -> None:
    assert load("datasets", "simulated") is Simulated
    assert Simulated.access == "simulated"
    assert Simulated().problems() == []


def test_records(cohort: Simulated) -> None:
    records = cohort.records()
    assert list(records.index) == [str(i) for i in range(1, 41)]
    assert records["has_signal"].all()
    assert records["patient_id"].nunique() < 40  # some patients have several ECGs, all in one fold
    assert len(records[["patient_id", "fold"]].drop_duplicates()) == records["patient_id"].nunique()
    assert records["difficulty"].notna().all()
    assert set(records["sex"]) == {"F", "M"}
    assert records["age_years"].between(18, 90).all()


def test_recordings_obey_einthoven_in_the_files(cohort: Simulated) -> None:
    recording = cohort.load("7")
    assert recording.signal.shape == (5000, 12)
    assert recording.units == "mV"
    stored = np.rint(recording.signal.astype(float) * 1000).astype(int)
    assert (stored[:, 2] == stored[:, 1] - stored[:, 0]).all()
    assert 0.3 < np.abs(recording.signal).max() < 10


def test_another_program_reads_the_same(cohort: Simulated) -> None:
    signal, fields = wfdb.rdsamp(str(cohort.archive.root / "records500/00000/00007_hr"))
    np.testing.assert_array_equal(signal.astype(np.float32), cohort.load("7").signal)
    assert fields["units"] == ["mV"] * 12


def test_labels_are_complete_and_say_where_they_come_from(cohort: Simulated) -> None:
    reference = cohort.labels(expand_findings(["gp_core"]))
    assert not reference.table.isna().any().any()
    assert reference.method.startswith("Simulated")
    truth = cohort.truth()
    said = truth["severity"].fillna("").str.contains("AFIB")
    assert (reference.table["AF"] == said.astype(float)).all()
    # what nobody of a small cohort has is absent, not unknown to the archive
    everything = cohort.labels(expand_findings(["superclasses", "gp_core", "code"]))
    assert everything.table.shape == (40, 14)


def test_truth_is_beside_the_records(cohort: Simulated) -> None:
    truth = cohort.truth()
    assert list(truth.index) == list(cohort.records().index)
    assert truth["rate_per_min"].between(25, 200).all()
    assert (truth["qrs_ms"] < truth["qt_ms"]).all()
    assert (truth["pr_ms"].isna() | truth["pr_ms"].between(80, 320)).all()


def test_the_same_arguments_give_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder, seed in zip(folders, (3, 3, 4), strict=True):
        folder.mkdir()
        write_cohort(folder, 6, seed, "enriched", (100, 500))
    same, again, other = map(digest, folders)
    assert same == again
    assert same != other
    assert len(list(folders[0].rglob("*_lr.dat"))) == 6


def test_a_longer_cohort_begins_with_the_shorter_one(tmp_path: Path, cohort: Simulated) -> None:
    short = Simulated(n_records=5, seed=3, root=tmp_path)
    np.testing.assert_array_equal(short.load("4").signal, cohort.load("4").signal)


def test_a_kept_cohort_is_found_again(tmp_path: Path) -> None:
    first = Simulated(n_records=3, root=tmp_path / "new")
    first.records()
    written = (first.archive.root / "truth.csv").stat().st_mtime_ns
    again = Simulated(n_records=3, root=tmp_path / "new")
    assert again.archive.root == first.archive.root
    assert (again.archive.root / "truth.csv").stat().st_mtime_ns == written
    assert again.digests() == first.digests()
    assert Simulated(n_records=4, root=tmp_path / "new").archive.root != first.archive.root
    assert sorted(p.name for p in (tmp_path / "new").iterdir() if p.name.startswith("making")) == []


def test_another_process_that_was_faster_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Simulated(n_records=2, root=tmp_path).archive.root
    slow = Simulated(n_records=2, root=tmp_path)
    real = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda self: self.name != "ptbxl_database.csv" and real(self))
    root = slow.archive.root
    assert root == ready
    assert [p.name for p in tmp_path.iterdir()] == [ready.name]


def test_a_temporary_cohort_goes_with_its_dataset() -> None:
    dataset = Simulated(n_records=1)
    root = dataset.archive.root
    assert root.is_dir()
    del dataset
    assert not root.exists()


def test_at_100_hz(tmp_path: Path) -> None:
    slow = Simulated(n_records=2, sampling_rate_hz=100, root=tmp_path)
    fast = Simulated(n_records=2, root=tmp_path)
    recording = slow.load("1")
    assert recording.signal.shape == (1000, 12)
    assert recording.sampling_rate_hz == 100
    # the same heart beat: the two agree where the faster one is looked at slowly
    smooth = fast.load("1").signal.reshape(1000, 5, 12).mean(axis=1)
    assert np.corrcoef(recording.signal[:, 1], smooth[:, 1])[0, 1] > 0.95


def test_primary_care_is_mostly_normal_and_enriched_is_not() -> None:
    normal = {}
    for prevalence in ("primary_care", "enriched"):
        dataset = Simulated(n_records=150, prevalence=prevalence, sampling_rate_hz=100)
        normal[prevalence] = dataset.labels(["NORM"]).table["NORM"].mean()
    assert normal["primary_care"] > 0.38
    assert 0.12 < normal["enriched"] < 0.42 < normal["primary_care"] + 0.05


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can be written to" in str(Simulated(root=tmp_path / "file" / "below").problems()[0])
    assert Simulated(root=tmp_path / "not yet" / "there").problems() == []


def test_an_unknown_record_is_refused(cohort: Simulated) -> None:
    (cohort.archive.root / "records500/00000/00009_hr.dat").unlink()
    with pytest.raises(SignalError):
        cohort.load("9")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_records": 0}, "from 1 to 100000"),
        ({"n_records": 2.5}, "whole number"),
        ({"seed": -1}, "0 or more"),
        ({"sampling_rate_hz": 250}, "100 or 500"),
        ({"prevalence": "enrichd"}, "Did you mean 'enriched'"),
    ],
)
def test_refuses_arguments(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        Simulated(**arguments)  # type: ignore[arg-type]


def test_importing_it_loads_neither_wfdb_nor_scipy() -> None:
    code = "import sys, ecg_eval.datasets.simulated; print(sorted({'wfdb', 'scipy', 'matplotlib'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    got = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
    )
    assert got.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_thousand_records_take_under_twenty_seconds(tmp_path: Path) -> None:
    start = time.process_time()
    write_cohort(tmp_path, 1000, 1, "enriched", (500,))
    assert time.process_time() - start < 20
    dataset = PtbXl(tmp_path)
    assert dataset.problems() == []
    assert isinstance(dataset.records(), pd.DataFrame)
