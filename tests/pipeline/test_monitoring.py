"""How far a study is, from its configuration, its schedule and the answers that have come in so far."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of

from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.monitoring import monitor
from ecg_eval.pipeline.scheduling import ScheduleSettings, write_plan

TODAY = date(2027, 1, 5)
STUDY = """\
name: study
dataset: {name: study_table, path: cases.csv}
findings: [AF, LBBB]
design: crossover
panels:
  - {name: readings_file, path: answers.csv, readers: readers.csv}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a study of two readers and eight ECGs in a crossover, planned and without an answer."""
    cases = pd.DataFrame({"record_id": [f"e{i}" for i in range(8)], "AF": [0, 1] * 4, "LBBB": [0, 0, 1, 1] * 2})
    cases.to_csv(tmp_path / "cases.csv", index=False)
    settings = ScheduleSettings(session_ecgs=4, start=date(2027, 1, 4))
    write_plan(tmp_path / "cases.csv", 2, tmp_path / "plan", settings=settings)
    readers = pd.DataFrame({"reader_id": ["gp01", "gp02", "gp03", "ai"], "kind": ["gp", "gp", "gp", "model"]})
    readers.to_csv(tmp_path / "readers.csv", index=False)
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def answers(folder: Path, reader: str, sessions: int) -> pd.DataFrame:
    """Return the answers of a reader's first sessions, as the schedule has them."""
    schedule, key = (pd.read_csv(folder / "plan" / name) for name in ("schedule.csv", "key.csv"))
    rows = schedule.merge(key[["blinded_id", "record_id"]], on="blinded_id")
    rows = rows[(rows["reader_id"] == reader) & (rows["session"] <= sessions)]
    one = rows[["record_id", "reader_id", "arm", "period", "position"]].assign(seconds=30.0)
    return pd.concat([one.assign(finding=f, reading="absent") for f in ("AF", "LBBB")], ignore_index=True)


def test_before_anything_has_come_in_everything_is_left(folder: Path) -> None:
    seen = monitor(folder / "study.yaml", schedule=folder / "plan", today=TODAY)
    assert [(r.reader, r.n_planned, r.n_read) for r in seen.progress.readers] == [("gp01", 16, 0), ("gp02", 16, 0)]
    # the first session was on the 4th, the second is today
    assert [r.n_overdue for r in seen.progress.readers] == [4, 4]
    assert seen.waiting == ("answers.csv",)
    assert "answers.csv" in seen.text("fr")
    assert "0 of 32 planned readings" in seen.text()


def test_answers_are_matched_with_the_schedule_and_never_shown(folder: Path) -> None:
    came = pd.concat([answers(folder, "gp01", 2), answers(folder, "gp02", 1)])
    came = came[~((came["finding"] == "LBBB") & (came["reader_id"] == "gp02"))]
    machine = pd.DataFrame({"record_id": [f"e{i}" for i in range(8)], "reader_id": "ai", "finding": "AF"})
    pd.concat([came, machine.assign(reading="present")]).to_csv(folder / "answers.csv", index=False)
    seen = monitor(folder / "study.yaml", schedule=folder / "plan", today=TODAY)
    gp01, gp02 = seen.progress.readers
    assert (gp01.n_read, gp01.seconds, gp01.n_unanswered, gp01.n_overdue) == (8, 30.0, 0, 0)
    assert (gp02.n_read, gp02.n_unanswered) == (4, 4)
    assert [(s.session, s.n_read) for s in seen.progress.sessions if s.reader == "gp01"] == [
        (1, 4),
        (2, 4),
        (3, 0),
        (4, 0),
    ]
    assert seen.progress.departures == ()
    # the design is half read: it is too early to say that it is another one
    assert seen.breaches == ()
    assert "as planned" in seen.text()


def test_breaches_of_the_design_are_named_at_once(folder: Path) -> None:
    came = answers(folder, "gp01", 2).assign(ai_reading="present")
    came.to_csv(folder / "answers.csv", index=False)
    seen = monitor(folder / "study.yaml", schedule=folder / "plan", today=TODAY)
    (breach,) = seen.breaches
    assert (breach.kind, breach.reader, breach.count) == ("ai_shown_unaided", "gp01", 4)
    assert "- gp01 (unaided): 4 of 4 ECGs" in seen.text().replace("without help", "unaided")


def test_without_a_schedule_every_reader_reads_every_ecg_as_the_design_says(folder: Path) -> None:
    answers(folder, "gp01", 2).to_csv(folder / "answers.csv", index=False)
    seen = monitor(folder / "study.yaml", today=TODAY)
    counts = {r.reader: (r.n_planned, r.n_read) for r in seen.progress.readers}
    assert counts["gp01"] == (16, 8)
    assert counts["gp02"] == counts["gp03"] == (16, 0)
    once = monitor(folder / "study.yaml", overrides=["design=parallel"], today=TODAY)
    assert once.progress.readers[0].n_planned == 8
    with pytest.raises(InputFileError, match="--schedule"):
        monitor(folder / "study.yaml", overrides=["design=nested"], today=TODAY)


def test_files_of_readers_who_have_not_begun_are_waited_for(folder: Path) -> None:
    (folder / "sheets").mkdir()
    answers(folder, "gp01", 1).drop(columns="reader_id").to_csv(folder / "sheets" / "one.csv", index=False)
    panel = "panels=[{name: readings_file, path: sheets, files: {gp01: one.csv, gp02: two.csv}, readers: readers.csv}]"
    seen = monitor(folder / "study.yaml", schedule=folder / "plan", overrides=[panel], today=TODAY)
    assert seen.waiting == ("two.csv",)
    assert seen.progress.readers[0].n_read == 4


def test_a_file_that_cannot_be_read_is_named_and_costs_its_own_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(folder, "gp01", 1).assign(reading=np.array(["absent", "perhaps"] * 4)).to_csv(folder / "answers.csv")
    words = ["progress", str(folder / "study.yaml"), "--schedule", str(folder / "plan"), "--json"]
    assert status_of(*words) == 2
    said = capsys.readouterr()
    assert "perhaps" in said.err
    assert json.loads(said.out)["readers"][0]["n_planned"] == 16
