"""A schedule's folder: written, read again, checked again after an edit; the key kept elsewhere."""

import json
import stat
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.errors import ArgumentError, InputFileError
from ecg_eval.pipeline.scheduling import checked_folder, write_plan
from ecg_eval.planning.schedules.files import read_schedule, write_schedule
from ecg_eval.planning.schedules.schedule import make_schedule
from ecg_eval.planning.schedules.settings import ScheduleSettings


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    cases = pd.DataFrame({"record_id": [f"{i:05d}" for i in range(1, 31)], "AF": [0, 1, 1] * 10})
    cases.to_csv(tmp_path / "cases.csv", index=False)
    readers = pd.DataFrame({"reader": ["gp1", "gp2", "gp3", "gp4"], "practice": ["a", "a", "b", "b"]})
    readers.to_excel(tmp_path / "readers.xlsx", index=False)
    return tmp_path / "cases.csv", tmp_path / "readers.xlsx"


def test_what_is_read_is_what_was_written(tables: tuple[Path, Path], tmp_path: Path) -> None:
    schedule = make_schedule(*tables, ScheduleSettings(session_ecgs=10, repeats=3))
    write_schedule(schedule, tmp_path / "plan")
    again = read_schedule(tmp_path / "plan")
    pd.testing.assert_frame_equal(again.table, schedule.table, check_dtype=False)
    pd.testing.assert_frame_equal(again.key, schedule.key, check_dtype=False)
    pd.testing.assert_frame_equal(again.readers, schedule.readers)
    assert again.settings == schedule.settings
    assert again.key["record_id"].str.len().eq(5).all()  # ids keep their zeros
    assert stat.S_IMODE((tmp_path / "plan" / "key.csv").stat().st_mode) == 0o600


def test_a_folder_with_edits_is_never_written_over(tables: tuple[Path, Path], tmp_path: Path) -> None:
    write_plan(*tables, tmp_path / "plan")
    with pytest.raises(InputFileError, match="new or empty"):
        write_plan(*tables, tmp_path / "plan")


def test_the_key_may_be_kept_elsewhere(tables: tuple[Path, Path], tmp_path: Path) -> None:
    report = write_plan(*tables, tmp_path / "plan", key=tmp_path / "safe" / "key.csv")
    assert not (tmp_path / "plan" / "key.csv").exists()
    assert not any("00001" in p.read_text() for p in (tmp_path / "plan").glob("*"))
    with pytest.raises(InputFileError, match="the key of the schedule"):
        checked_folder(tmp_path / "plan")
    again = checked_folder(tmp_path / "plan", key=tmp_path / "safe" / "key.csv")
    assert again.key_sha256 == report.key_sha256
    assert again.is_kept


def test_the_commands_make_and_check_a_schedule(tables: tuple[Path, Path], tmp_path: Path) -> None:
    run = CliRunner().invoke
    plan = str(tmp_path / "plan")
    options = ["--out", plan, "--session", "10", "--start", "2027-01-04", "--balance", "AF"]
    made = run(app, ["plan", "schedule", *map(str, tables), *options])
    assert made.exit_code == 0, made.output
    assert "4 readers read 30 ECGs: crossover, 240 readings in 24 sessions" in made.stdout
    assert "summary.fr.txt" in made.stdout
    assert "SHA-256" in made.stdout
    said = json.loads(run(app, ["plan", "check", plan, "--json"]).stdout)
    assert said["ok"]
    assert (said["readings"], said["days"]) == (240, 33)
    table = pd.read_csv(tmp_path / "plan" / "schedule.csv", dtype="string")
    table.loc[table["period"] == "2", "day"] = "5"
    table.to_csv(tmp_path / "plan" / "schedule.csv", index=False)
    checked = run(app, ["plan", "check", plan, "--language", "fr"])
    assert checked.exit_code == 1
    assert "NON RESPECTÉE  l'intervalle entre deux lectures d'un ECG suffit : 120 sur 120" in checked.stdout


def test_a_number_of_readers_and_a_bad_date(tables: tuple[Path, Path], tmp_path: Path) -> None:
    run = CliRunner().invoke
    arguments = ["plan", "schedule", str(tables[0]), "3", "--out", str(tmp_path / "plan")]
    assert isinstance(run(app, [*arguments, "--start", "31/01/2027"]).exception, ArgumentError)
    said = json.loads(run(app, [*arguments, "--json"]).stdout)
    assert said["readers"] == 3


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("schedule.json", "{", "as it was written"),
        ("schedule.json", '{"settings": {"colour": 1}, "not_balanced": []}', "settings must be among"),
        ("schedule.csv", "blinded_id\nX\n", "without"),
        ("schedule.csv", None, "a whole number"),
    ],
)
def test_a_folder_that_is_no_schedule(
    tables: tuple[Path, Path], tmp_path: Path, file: str, text: str | None, message: str
) -> None:
    plan = tmp_path / "plan"
    write_plan(*tables, plan)
    if text is None:
        table = pd.read_csv(plan / file, dtype="string")
        table.loc[0, "day"] = "Monday"
        text = table.to_csv(index=False)
    (plan / file).write_text(text)
    with pytest.raises(InputFileError, match=message):
        checked_folder(plan)
    with pytest.raises(InputFileError, match="a folder of a schedule"):
        checked_folder(tmp_path)
