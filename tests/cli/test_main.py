"""The command line from outside: words, exit codes, JSON, and nothing heavy for --help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOYS = Path(__file__).parents[1] / "toys"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def cli(tmp_path: Path):  # type: ignore[no-untyped-def]
    (tmp_path / "toy.yaml").write_text((TOYS / "toy.yaml").read_text())

    def call(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ecg_eval", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{TOYS}"},
        )

    return call


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['ecg-eval', '--help']\n"
        "from ecg_eval.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code\n"
        "heavy = {'numpy', 'pandas', 'torch', 'mlflow', 'sklearn', 'matplotlib', 'pydantic', 'wfdb', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout


def test_a_run_from_outside(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = cli("run", "toy.yaml", "--out", "here")
    assert done.returncode == 0, done.stderr
    assert "here/report.en.html" in done.stdout
    assert "%|" not in done.stderr  # no progress bar in a pipe
    again = json.loads(cli("run", "toy.yaml", "--out", "here", "--json").stdout)
    assert again["stages_done"] == []
    assert cli("run", "toy.yaml", "--out", "here", "--quiet").stdout == ""
    seeded = json.loads(cli("run", "toy.yaml", "--out", "here", "--seed", 4, "--json").stdout)
    assert seeded["stages_done"] == ["study", "evaluation", "report"]
    assert "Report: here/report.en.html" in cli("report", "here").stdout
    assert "switched off" in cli("track", "here").stdout
    shown = cli("compare", "here", "here", "--metric", "sensitivity", "--finding", "AF")
    assert "looks, unaided: 1.000" in shown.stdout
    table = json.loads(cli("compare", "here", "--metric", "sensitivity", "--json").stdout)
    assert table["warnings"] == []


def test_check(cli) -> None:  # type: ignore[no-untyped-def]
    assert cli("check", "toy.yaml").stdout == "toy.yaml: nothing wrong found.\n"
    wrong = cli("check", "toy.yaml", "--set", "metrics=[sensitivty, auroq]")
    assert wrong.returncode == 2
    assert "Did you mean 'sensitivity'" in wrong.stderr
    assert "Did you mean 'auroc'" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    said = json.loads(cli("check", "toy.yaml", "--set", "metrics=[sensitivty]", "--json").stdout)
    assert not said["ok"]
    assert len(said["problems"]) == 1


def test_wrong_usage_and_failures_have_their_codes(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert cli("run", "nowhere.yaml").returncode == 2
    assert cli("no-such-command").returncode == 2
    assert cli("report", tmp_path).returncode == 2
    assert cli("list", "metrix").returncode == 2
    assert cli().returncode in (0, 2)


@pytest.mark.parametrize("kind", ["datasets", "models", "panels", "references", "metrics", "sections", "findings"])
def test_lists(cli, kind: str) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(cli("list", kind, "--json").stdout)
    assert found
    assert all(found.values())
    assert next(iter(found)) in cli("list", kind).stdout


def test_schema_and_version(cli) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(cli("schema").stdout)["title"] == "RunConfig"
    assert cli("version").stdout.strip()
