"""Full disks, tables of headers alone and ids that are formulas: a sentence, and nothing half-written."""

import json
import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from commands import status_of

from ecg_eval.datasets.simulated import Simulated
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.errors import InputFileError
from ecg_eval.models.predictions_file import PredictionsFile
from ecg_eval.storage.atomic import write_atomically
from ecg_eval.tables.table_files import read_table

STUDY = """
name: formulas
dataset: {name: simulated, n_records: 40, seed: 3, sampling_rate_hz: 100}
findings: [AF]
metrics: [sensitivity]
models: [{name: prevalence, id: '=1+1'}]
split: {threshold: [1, 2, 3, 4, 5], train: [6, 7], test: [8, 9, 10]}
tracking: {enabled: false}
intervals: {resamples: 100}
"""


def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "evaluation.csv").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        write_atomically(tmp_path / "evaluation.csv", "new")
    assert raised.value.filename == str(tmp_path / "evaluation.csv")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"evaluation.csv": "old"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere files have no such limit")
def test_a_run_goes_on_where_the_full_disk_stopped_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    config, whole, cut = tmp_path / "s.yaml", tmp_path / "whole", tmp_path / "cut"
    config.write_text(STUDY)
    assert status_of("run", str(config), "--out", str(whole), "-q") == 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:  # no file may be as large as the report: as a disk that is full then
        resource.setrlimit(resource.RLIMIT_FSIZE, ((whole / "report.en.html").stat().st_size // 2, hard))
        assert status_of("run", str(config), "--out", str(cut), "-q") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = capsys.readouterr().err
    assert said == f"ecg-eval: File too large: {cut / 'report.en.html'}. " + (
        "Finished stages stay; run it again when that is mended.\n"
    )
    assert not list(cut.glob(".*.part"))
    assert status_of("run", str(config), "--out", str(cut), "--json") == 0
    assert json.loads(capsys.readouterr().out)["stages_done"] == ["report"]
    for name in ("evaluation.csv", "readings.parquet"):
        assert (whole / name).read_bytes() == (cut / name).read_bytes()
    table = (cut / "evaluation.csv").read_text()
    assert ",'=1+1," in table
    assert ",=1+1," not in table
    assert "=1+1" in set(Evaluation.from_csv(cut / "evaluation.csv").frame["reader"])
    assert "'=1+1,model" in (cut / "readers.csv").read_text()


def test_a_cohort_that_was_killed_or_found_no_room_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    dead = tmp_path / f"making-{socket.gethostname()}-{2**22 + 1}-abc"  # no process has such a number
    others = tmp_path / "making-elsewhere-1-abc"
    for folder in (dead, others):
        folder.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("ecg_eval.datasets.simulated.write_tables", full)
        with pytest.raises(OSError, match="No space left"):
            Simulated(n_records=2, root=tmp_path).records()
    assert [p.name for p in tmp_path.iterdir()] == [others.name]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(InputFileError, match="a folder in which folders can be made"):
            Simulated(n_records=2, root=tmp_path).records()
    assert len(Simulated(n_records=2, root=tmp_path).records()) == 2


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_table_of_headers_alone_is_refused_in_words(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"readings.{ending}"
    table = pd.DataFrame(columns=["record_id", "finding", "reading"], dtype="object")
    {"csv": table.to_csv, "parquet": table.to_parquet, "xlsx": table.to_excel}[ending](path, index=False)
    with pytest.raises(InputFileError, match="rows must be there below the names of the columns; got 'none'"):
        read_table(path)


def test_predictions_of_nothing_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("record_id,AF\n")
    with pytest.raises(InputFileError, match="rows must be there below the names of the columns"):
        PredictionsFile(tmp_path / "p.csv", record_id="record_id", columns={"AF": "AF"}, trained_on=[])
