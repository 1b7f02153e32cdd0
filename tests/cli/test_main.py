"""The command line from outside: words, exit codes, JSON, and nothing heavy for --help and version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecg_eval.pipeline.study.version import own_version

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


HEAVY = {"numpy", "pandas", "torch", "mlflow", "sklearn", "matplotlib", "wfdb", "rich"}


@pytest.mark.parametrize(
    ("word", "said", "heavy"),
    # typer reads the arguments of a command with pydantic
    [("--help", "compare", HEAVY | {"pydantic"}), ("version", own_version(), HEAVY)],
)
def test_help_and_version_load_nothing_heavy(word: str, said: str, heavy: set[str]) -> None:
    code = (
        f"import sys; sys.argv = ['ecg-eval', {word!r}]\n"
        "from ecg_eval.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code\n"
        f"heavy = set({sorted(heavy)})\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_a_run_from_outside(cli) -> None:  # type: ignore[no-untyped-def]
    done = cli("run", "toy.yaml", "--out", "here")
    assert done.returncode == 0, done.stderr
    assert "here/report.en.html" in done.stdout
    assert "%|" not in done.stderr  # no progress bar in a pipe
    again = json.loads(cli("run", "toy.yaml", "--out", "here", "--json").stdout)
    assert again["stages_done"] == []


def test_what_is_wrong_is_said_from_outside(cli) -> None:  # type: ignore[no-untyped-def]
    wrong = cli("check", "toy.yaml", "--set", "metrics=[sensitivty, auroq]")
    assert wrong.returncode == 2
    assert "Did you mean 'sensitivity'" in wrong.stderr
    assert "Did you mean 'auroc'" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_lists_are_for_programs_too(cli) -> None:  # type: ignore[no-untyped-def]
    assert "sensitivity" in json.loads(cli("list", "metrics", "--json").stdout)
