"""The same commands without a new process, for what a pipe cannot show."""

import sys
from pathlib import Path

import pytest

from ecg_eval.cli import main as cli
from ecg_eval.errors import EcgEvalError

TOYS = Path(__file__).parents[1] / "toys"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text((TOYS / "toy.yaml").read_text())

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["ecg-eval", *words])
        try:
            cli.main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run


def test_run_report_compare_and_lists(call, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    assert call("run", "toy.yaml", "--out", "r", "--seed", "3") == 0
    assert "Report:  r/report.en.html" in capsys.readouterr().out
    assert call("run", "toy.yaml", "--out", "r", "--seed", "3") == 0
    assert "Nothing had changed" in capsys.readouterr().out
    assert call("run", "toy.yaml", "--out", "r", "--json") == 0
    assert call("run", "toy.yaml", "--out", "r", "--quiet") == 0
    assert call("report", "r") == 0
    assert call("report", "r", "--json") == 0
    assert call("track", "r") == 0
    assert call("compare", "r", "--finding", "AF") == 0
    assert call("compare", "r", "--json") == 0
    assert call("list", "metrics") == 0
    assert call("list", "metrics", "--json") == 0
    assert call("schema") == 0
    assert call("version") == 0


def test_check_and_errors(call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert call("check", "toy.yaml") == 0
    assert call("check", "toy.yaml", "--json") == 0
    assert call("check", "toy.yaml", "--set", "metrics=[a]") == 2
    assert call("check", "toy.yaml", "--set", "metrics=[a]", "--json") == 2
    assert call("list", "metrix") == 2
    assert "Did you mean 'metrics'" in capsys.readouterr().err

    def fails(*_: object, **__: object) -> None:
        raise EcgEvalError("run", "machine", "well")

    monkeypatch.setattr("ecg_eval.pipeline.run.run", fails)
    assert call("run", "toy.yaml") == 1

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ecg_eval.pipeline.run.run", interrupted)
    assert call("demo") == 1
    assert "Interrupted" in capsys.readouterr().err


def test_ui_passes_the_server_s_code_on(call, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("ecg_eval.pipeline.ui.serve", lambda port, say: 3)
    assert call("ui", "--port", "5050") == 3


def test_bars_pass_everything_through() -> None:
    assert list(cli._bar(["a", "b"], "Doing")) == ["a", "b"]
    assert list(cli._silent(["a"], "Doing")) == ["a"]
