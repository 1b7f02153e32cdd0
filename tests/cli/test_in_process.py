"""The same commands without a new process, for what a pipe cannot show."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import status_of

from ecg_eval.cli.bars import bar, silent
from ecg_eval.errors import EcgEvalError
from ecg_eval.tracking.store import sqlite_uri

TOYS = Path(__file__).parents[1] / "toys"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text((TOYS / "toy.yaml").read_text())

    return status_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was made once; tests take copies of it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "toy.yaml").write_text((TOYS / "toy.yaml").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOYS))
        patch.chdir(folder)
        patch.setenv("ECG_EVAL_CACHE", str(folder / "cache"))
        assert status_of("run", "toy.yaml", "--out", "r", "--quiet") == 0
    return folder / "r"


@pytest.fixture
def run_folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "r")


def test_a_run_says_where_its_report_is(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "toy.yaml", "--out", "r", "--seed", 3) == 0
    assert "Report:  r/report.en.html" in capsys.readouterr().out


def test_a_run_again_does_what_has_changed(
    call: Callable[..., int], run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("run", "toy.yaml", "--out", "r") == 0
    assert "Nothing had changed" in capsys.readouterr().out
    assert call("run", "toy.yaml", "--out", "r", "--quiet") == 0
    assert capsys.readouterr().out == ""
    version = version_of_the_model(run_folder)
    assert call("run", "toy.yaml", "--out", "r", "--seed", 4, "--json") == 0
    assert json.loads(capsys.readouterr().out)["stages_done"] == ["study", "evaluation", "report"]
    assert len(version) == 64
    assert version_of_the_model(run_folder) != version, "it was taught with another seed"


def version_of_the_model(run_folder: Path) -> str:
    facts = json.loads((run_folder / "provenance.json").read_text(encoding="utf-8"))
    return str(facts["models"]["looks"]["digest"])


def test_report_and_tracking_of_a_folder(
    call: Callable[..., int], run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("report", "r") == 0
    assert "Report: r/report.en.html" in capsys.readouterr().out
    assert call("report", "r", "--json") == 0
    assert call("track", "r") == 0
    assert "switched off" in capsys.readouterr().out


def test_a_run_says_how_often_its_test_set_was_looked_at_and_the_ledger_lists_it(
    call: Callable[..., int], run_folder: Path, empty_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = shutil.copy(empty_store, run_folder.parent / "m.db")
    tracked = ("--set", "tracking.enabled=true", "--set", f"tracking.uri={sqlite_uri(store)}")
    assert call("ledger", "toy.yaml") == 2
    assert "Run it first" in capsys.readouterr().err
    assert call("run", "toy.yaml", "--out", "r", *tracked) == 0
    no_look_before = "This test set was scored by no model before in this store; this run adds 1 version."
    closing = capsys.readouterr().out.splitlines()
    assert f"Ledger:  {no_look_before}" in closing
    (mlflow,) = (i for i, line in enumerate(closing) if line.startswith("MLflow:"))
    assert "Open it with: ecg-eval ui" in closing[mlflow + 1], "which is MLflow, not the ledger"
    assert call("run", "toy.yaml", "--out", "r", "--json", *tracked) == 0
    told = json.loads(capsys.readouterr().out)["ledger"]
    assert told["sentences"] == [no_look_before]
    assert (told["models_before"], told["versions_before"], told["versions_new"]) == (0, 0, 1)
    assert [(version["model"], version["value"]) for version in told["versions"]] == [("looks", 1.0)]
    assert call("track", "r") == 0
    assert no_look_before in capsys.readouterr().out
    assert call("ledger", "r") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["model", "version", "first", "last", "runs", "sens/AF"]
    assert lines[3].startswith("looks")
    assert lines[-1] == no_look_before
    assert call("ledger", "r", "--json") == 0
    assert json.loads(capsys.readouterr().out) == told


def test_compared_folders(call: Callable[..., int], run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "r", "r", "--metric", "sensitivity", "--finding", "AF") == 0
    assert "looks, unaided: 1.000" in capsys.readouterr().out
    assert call("compare", "r", "--metric", "sensitivity", "--json") == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []


@pytest.mark.parametrize("kind", ["datasets", "models", "panels", "references", "metrics", "sections", "findings"])
def test_lists(call: Callable[..., int], kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list", kind, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found
    assert all(found.values())
    assert call("list", kind) == 0
    assert next(iter(found)) in capsys.readouterr().out


def test_schema_and_version(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "RunConfig"
    assert call("version") == 0
    assert capsys.readouterr().out.strip()


def test_wrong_usage_has_its_code(call: Callable[..., int], tmp_path: Path) -> None:
    assert call("run", "nowhere.yaml") == 2
    assert call("no-such-command") == 2
    assert call("report", tmp_path) == 2
    assert call("list", "metrix") == 2
    assert call() in (0, 2)


def test_nothing_wrong_is_said_and_problems_are_data(
    call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", "toy.yaml") == 0
    first, *odd = capsys.readouterr().out.splitlines()
    assert first == "toy.yaml: nothing wrong found."
    assert odd[0] == "Odd in these data (the report says what follows):"
    assert odd[1].startswith("  - A reader gives every ECG the same answer: Atrial fibrillation, sure (unaided)")
    assert call("check", "toy.yaml", "--set", "metrics=[sensitivty]", "--json") == 2
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"]
    assert len(said["problems"]) == 1


def test_what_an_archive_states_without_a_translation(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("untranslated", "toy.yaml") == 0
    assert "everything stated has a translation" in capsys.readouterr().out
    (tmp_path / "archive").mkdir()
    for name, codes in (("A0001", "164889003,84114007"), ("A0002", "84114007,999")):
        (tmp_path / f"archive/{name}.hea").write_text(
            f"{name} 1 500 20\n{name}.mat 16 1000/mV 16 0 0 0 0 I\n#Dx: {codes}\n"
        )
    (tmp_path / "a.yaml").write_text(
        "name: a\ndata_root: archive\ndataset: challenge2021\nfindings: [AF]\nreference: dataset_labels\n"
    )
    assert call("untranslated", "a.yaml", "--set", "models=[prevalence]") == 0
    assert capsys.readouterr().out.splitlines() == [
        "      2  84114007 (heart failure: a disease of the patient, not a finding of the ECG)",
        "      1  999",
    ]
    assert call("untranslated", "a.yaml", "--set", "models=[prevalence]", "--json") == 0
    assert '"times": 2' in capsys.readouterr().out
    assert call("untranslated", "a.yaml", "--set", "models=[prevalence]", "--set", "data_root=nowhere") == 2


def test_check_and_errors(
    call: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("check", "toy.yaml") == 0
    assert call("check", "toy.yaml", "--json") == 0
    assert call("check", "toy.yaml", "--set", "metrics=[a]") == 2
    assert call("check", "toy.yaml", "--set", "metrics=[a]", "--json") == 2
    assert call("list", "metrix") == 2
    assert "Did you mean 'metrics'" in capsys.readouterr().err

    def fails(*_: object, **__: object) -> None:
        raise EcgEvalError("run", "machine", "well")

    monkeypatch.setattr("ecg_eval.pipeline.study.run.run", fails)
    assert call("run", "toy.yaml") == 1

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ecg_eval.pipeline.study.run.run", interrupted)
    assert call("demo") == 1
    assert "Interrupted" in capsys.readouterr().err


def test_ui_passes_the_server_s_code_on(call: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_eval.pipeline.ui.serve", lambda port, say: 3)
    assert call("ui", "--port", "5050") == 3


def test_bars_pass_everything_through() -> None:
    assert list(bar(["a", "b"], "Doing")) == ["a", "b"]
    assert list(silent(["a"], "Doing")) == ["a"]


def test_shards_are_made_and_merged(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "toy.yaml", "--out", "r", "--shard", "1/2") == 0
    first = capsys.readouterr().out
    assert "Shard 1/2: 12 of 24 recordings, 0 unusable.\n  looks: " in first
    assert "When all 2 are there: ecg-eval merge toy.yaml" in first
    assert call("merge", "toy.yaml", "--out", "r") == 2
    assert "without 2/2" in capsys.readouterr().err
    assert call("run", "toy.yaml", "--out", "r", "--shard", "2/2", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["shard"], made["recordings"], made["stood"]) == ("2/2", 12, False)
    assert call("run", "toy.yaml", "--out", "r", "--shard", "1/2", "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert call("merge", "toy.yaml", "--out", "r") == 0
    merged = capsys.readouterr().out
    assert merged.startswith("Merged 2 shards of 24 recordings.\n")
    assert "Report:  r/report.en.html" in merged
    assert call("merge", "toy.yaml", "--out", "r", "--json") == 0
    assert json.loads(capsys.readouterr().out)["worked_out_again"] == 0
    assert call("run", "toy.yaml", "--out", "r", "--shard", "3/2") == 2
