"""ecg-eval fetch from outside: words, exit codes, JSON, Ctrl-C and sudden death."""

import functools
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from toys import loopback_archive as server
from typer.testing import CliRunner

from ecg_eval.cli.main import _ask, app
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.archives import fetch as corridor

ROOT = Path(__file__).parents[2]
FILES = server.ptb_xl_files()
DAT = "records500/00000/00001_hr.dat"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def cli(tmp_path: Path):  # type: ignore[no-untyped-def]
    def call(*words: object):  # type: ignore[no-untyped-def]
        return CliRunner().invoke(app, ["fetch", *map(str, words), "--to", str(tmp_path)])

    return call


def test_what_is_there_is_said(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with server.Archive(dict(FILES)) as source:
        done = cli("ptb-xl", "--url", source.url, "--folds", "1-2", "--sampling-rate", 100)
        assert done.exit_code == 0
        assert done.stderr == ""  # nothing is drawn in a pipe
        assert done.stdout.splitlines()[0] == f"ptb-xl 1.0.3 from {source.url}"
        assert "4 records, 10 files" in done.stdout
        said = json.loads(cli("ptb_xl", "--url", source.url, "--ids", "1,2-3", "--json").stdout)
        assert said["complete"]
        assert (said["n_records"], said["n_there"], said["n_fetched"], said["missing"]) == (3, 6, 8, {})
        assert said["folder"] == str(tmp_path / "ptb-xl")
        quiet = cli("ptb-xl", "--url", source.url, "--first", 1, "--quiet")
        assert (quiet.exit_code, quiet.output) == (0, "")


def test_what_is_missing_is_named_and_fails(cli) -> None:  # type: ignore[no-untyped-def]
    with server.Archive(dict(FILES), always={DAT: server.status(404)}) as source:
        quiet = cli("ptb-xl", "--url", source.url, "--quiet")
        assert quiet.exit_code == 1
        assert f"{DAT}: the server does not have it (404)" in quiet.stderr
        said = json.loads(cli("ptb-xl", "--url", source.url, "--json").stdout)
        assert not said["complete"]
        assert list(said["missing"]) == [DAT]


def test_folds_are_numbers(cli) -> None:  # type: ignore[no-untyped-def]
    assert isinstance(cli("ptb-xl", "--folds", "test").exception, ArgumentError)


def test_a_password_is_asked_for_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("typer.prompt", lambda *words, **how: asked.append((words, how)) or "typed")
    assert _ask("PhysioNet password: ", True) == "typed"
    assert asked == [(("PhysioNet password",), {"hide_input": True, "err": True})]


def until(true: Callable[[], bool]) -> None:
    for _ in range(6000):
        if true():
            return
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_in_the_middle_of_a_file_and_run_again(tmp_path: Path, how: signal.Signals) -> None:
    released = threading.Event()
    part = tmp_path / "ptb-xl" / f"{DAT}.part"
    with server.Archive(dict(FILES), faults={DAT: [server.hang(30, released)]}) as source:
        words = [sys.executable, "-m", "ecg_eval", "fetch", "ptb-xl", "--url", source.url, "--to", str(tmp_path)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        with subprocess.Popen(words, env=env, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as process:
            until(lambda: part.exists() and part.stat().st_size > 0)
            process.send_signal(how)
            _, stderr = process.communicate(timeout=120)
        assert process.returncode == (1 if how == signal.SIGINT else -signal.SIGKILL)
        assert "Traceback" not in stderr
        released.set()
        again = subprocess.run([*words, "--json"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert said["n_there"] + said["n_fetched"] == 26
    got = {p.relative_to(tmp_path / "ptb-xl").as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert got == source.files


def test_the_script_fetches_a_small_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fetch_dataset.py", str(tmp_path)])
    with server.Archive(dict(FILES)) as source:
        monkeypatch.setattr(corridor, "fetch", functools.partial(corridor.fetch, url=source.url))
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "scripts" / "fetch_dataset.py"))
    assert ended.value.code == 0
    assert "6 records, 14 files" in capsys.readouterr().out
    assert (tmp_path / "ptb-xl" / "records100" / "00000" / "00006_lr.dat").is_file()


@pytest.mark.slow
def test_killed_again_and_again_at_any_moment(tmp_path: Path) -> None:
    moments = random.Random(11)
    files = server.ptb_xl_files(60)

    def lag(handler: object, path: str, content: bytes) -> bool:
        time.sleep(0.15)  # the whole takes ten seconds, so that a machine of any speed is killed amid it
        return False

    with server.Archive(files, always=dict.fromkeys(list(files), lag)) as source:
        words = [sys.executable, "-m", "ecg_eval", "fetch", "ptb-xl", "--url", source.url, "--to", str(tmp_path)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        quiet = subprocess.DEVNULL
        killed = 0
        for _ in range(8):
            with subprocess.Popen(words, env=env, cwd=tmp_path, stdout=quiet, stderr=quiet) as process:
                try:
                    process.wait(moments.uniform(0.3, 1.5))
                except subprocess.TimeoutExpired:
                    process.kill()
                    killed += 1
            for path in (p for p in tmp_path.rglob("*") if p.is_file() and p.suffix in (".hea", ".dat", ".csv")):
                assert path.read_bytes() == files[path.relative_to(tmp_path / "ptb-xl").as_posix()]
        again = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert killed > 2
        got = {
            p.relative_to(tmp_path / "ptb-xl").as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()
        }
        assert got == source.files
