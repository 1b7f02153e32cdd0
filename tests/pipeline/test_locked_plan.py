"""A plan is locked once; what departs from it afterwards is named, and the lock cannot be changed unseen."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecg_eval.cli.main import app
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.pipeline.locked_plan import lock_lines, lock_path, lock_plan, protocol_paths

STUDY = """\
name: study
dataset: {name: simulated, n_records: 200}
findings: [AF]
models: [prevalence]
split: {train: [1, 2, 3, 4, 5, 6, 7], threshold: [8, 9], test: [10]}
metrics: [sensitivity]
primary: [{metric: sensitivity, reader: prevalence}]
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_a_plan_is_locked_once_and_compared_afterwards(study: Path) -> None:
    first = lock_plan(study)
    held = lock_path(study).read_bytes()
    again = lock_plan(study)
    assert first.is_new
    assert not again.is_new
    assert not again.deviations
    assert (first.sha256, first.locked_at) == (again.sha256, again.locked_at)
    assert lock_path(study).read_bytes() == held
    assert json.loads(held)["plan"]["primary"][0]["metric"] == "sensitivity"


def test_what_decides_the_numbers_is_named_when_it_changes(study: Path) -> None:
    lock_plan(study)
    study.write_text(STUDY + "family: finding\nintervals: {level: 0.9}\n", encoding="utf-8")
    assert lock_plan(study).deviations == (
        'family: locked "metric", now "finding"',
        "intervals.level: locked 0.95, now 0.9",
    )


def test_looks_and_places_may_change(study: Path) -> None:
    lock_plan(study)
    study.write_text(STUDY + "title: A study\nout: elsewhere\nreport: {languages: [fr]}\n", encoding="utf-8")
    assert not lock_plan(study).deviations


def test_a_lock_that_was_changed_by_hand_is_refused(study: Path) -> None:
    lock_plan(study)
    path = lock_path(study)
    path.write_text(path.read_text(encoding="utf-8").replace("0.95", "0.90"), encoding="utf-8")
    with pytest.raises(InputFileError, match="changed after it was locked"):
        lock_plan(study)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(InputFileError, match="ecg-eval lock"):
        lock_plan(study)


def test_a_plan_without_a_primary_estimate_is_not_locked(study: Path) -> None:
    study.write_text(STUDY.replace("primary", "# primary"), encoding="utf-8")
    with pytest.raises(ConfigError, match="primary must be given"):
        lock_plan(study)
    assert not lock_path(study).exists()


def test_the_command_and_the_run_name_departures(study: Path) -> None:
    invoke = CliRunner().invoke
    assert "Register that number" in invoke(app, ["lock", str(study)]).stdout
    assert "as it was locked" in invoke(app, ["lock", str(study)]).stdout
    study.write_text(STUDY + "family: finding\n", encoding="utf-8")
    told = invoke(app, ["lock", str(study), "--json"])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["deviations"] == ['family: locked "metric", now "finding"']
    out = ["--out", str(study.parent / "run"), "--set", "tracking.enabled=false", "--set", "intervals.resamples=100"]
    ran = invoke(app, ["run", str(study), *out, "--quiet"])
    assert ran.exit_code == 0, ran.output
    assert 'family: locked "metric", now "finding"' in ran.stderr
    assert "intervals.resamples: locked 1000, now 100" in ran.stderr
    facts = json.loads((study.parent / "run" / "provenance.json").read_text(encoding="utf-8"))["plan"]
    assert 'family: locked "metric", now "finding"' in facts["departures"]
    page = (study.parent / "run" / "report.en.html").read_text(encoding="utf-8")
    assert "departs in 2 choices from the plan that was locked on" in page
    assert "family: locked &#34;metric&#34;, now &#34;finding&#34;" in page
    again = invoke(app, ["run", str(study), *out])
    assert "Nothing had changed" in again.stdout


READ = """\
name: study
dataset: {name: study_table, path: cases.csv}
findings: [AF]
panels: [{name: readings_file, path: answers.csv, readers: readers.csv, words: {ja: present}}]
primary: [{metric: sensitivity}]
"""


@pytest.fixture
def reading(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(READ, encoding="utf-8")
    (tmp_path / "readers.csv").write_text("reader_id,kind\ngp01,gp\ngp02,gp\n", encoding="utf-8")
    (tmp_path / "cases.csv").write_text("record_id,AF\ne1,1\ne2,0\n", encoding="utf-8")
    return path


def test_readers_and_how_answers_are_read_are_locked(reading: Path) -> None:
    lock_plan(reading)
    (reading.parent / "readers.csv").write_text("reader_id,kind\ngp01,gp\ngp03,nurse\n", encoding="utf-8")
    reading.write_text(READ.replace("present", "absent").replace("answers.csv", "came.csv"), encoding="utf-8")
    assert lock_plan(reading).deviations == (
        'panels.0.words.ja: locked "present", now "absent"',
        'readers.gp02: locked "gp", now nothing',
        'readers.gp03: locked nothing, now "nurse"',
    )


def test_readers_who_are_not_listed_yet_are_not_locked_and_it_says_so(reading: Path) -> None:
    table = reading.parent / "readers.csv"
    text = table.read_text(encoding="utf-8")
    table.unlink()
    first = lock_plan(reading)
    assert first.not_there == (str(table),)
    assert "not locked, since it is not there yet" in "\n".join(lock_lines(first))
    table.write_text(text, encoding="utf-8")
    assert not lock_plan(reading).deviations


def test_files_are_locked_by_what_they_hold(reading: Path) -> None:
    with pytest.raises(InputFileError, match="an existing one"):
        lock_plan(reading, [reading.parent / "key.csv"])
    protocol_paths(reading)["en"].write_text("# Plan\n", encoding="utf-8")
    cases = reading.parent / "cases.csv"
    lock_plan(reading, [cases])
    held = json.loads(lock_path(reading).read_text(encoding="utf-8"))["plan"]["files"]
    assert set(held) == {"cases.csv", "study.protocol.en.md"}
    assert not lock_plan(reading).deviations
    cases.write_text("record_id,AF\ne1,1\ne2,1\n", encoding="utf-8")
    protocol_paths(reading)["en"].unlink()
    changed, gone = lock_plan(reading).deviations
    assert changed.startswith("files.cases.csv: locked")
    assert gone.endswith("now nothing")


def test_a_lock_of_before_panels_were_locked_is_compared_in_what_it_holds(reading: Path) -> None:
    lock_plan(reading)
    path = lock_path(reading)
    held = json.loads(path.read_text(encoding="utf-8"))
    plan = {key: value for key, value in held["plan"].items() if key not in ("panels", "readers")}
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    held |= {"plan": plan, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    path.write_text(json.dumps(held), encoding="utf-8")
    assert not lock_plan(reading).deviations
