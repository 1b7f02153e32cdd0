"""Two programs at once, kills, full disks and slow stores leave nothing half-made, and each is told in words."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from commands import status_of

from ecg_eval.config.load import make_config
from ecg_eval.datasets.simulated import _clear_left_behind
from ecg_eval.errors import ProblemsError, RunFolderError, TrackingError
from ecg_eval.storage.lock import held
from ecg_eval.tracking import mlflow_tracker
from ecg_eval.tracking.mlflow_tracker import log_to_mlflow
from ecg_eval.tracking.store import alone_in, sqlite_uri

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
CONFIG = {"name": "x", "dataset": "simulated", "findings": ["AF"], "models": ["prevalence"]}


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        time.sleep(0.02)
    raise TimeoutError


def holder_of(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a program that holds a run folder until it is killed."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom ecg_eval.storage.lock import held\n"
        "with held(Path(sys.argv[1])):\n    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], env=ENV)
    until((folder / ".lock-holder").exists)
    return process


def test_a_run_folder_is_one_program_s_and_a_kill_frees_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = holder_of(folder)
    try:
        with pytest.raises(RunFolderError, match=f"in use by process {process.pid} on ") as raised, held(folder):
            pass
        assert "choose another folder with --out" in str(raised.value)
    finally:
        process.kill()
        process.wait()
    (folder / ".evaluation.csv.abc.part").write_text("half")
    with held(folder):
        assert not (folder / ".evaluation.csv.abc.part").exists()
    assert not (folder / ".lock-holder").exists()


def test_a_holder_that_wrote_nothing_is_another_program(tmp_path: Path) -> None:
    with held(tmp_path):
        (tmp_path / ".lock-holder").unlink()
        with pytest.raises(RunFolderError, match="in use by another program"), held(tmp_path):
            pass


def test_a_store_that_was_killed_while_it_was_made_is_made_whole(tmp_path: Path) -> None:
    store = tmp_path / "mlflow.db"
    (tmp_path / ".mlflow.db.making-1").write_bytes(b"half")
    store.write_bytes(b"")  # what SQLite leaves first
    with mlflow_tracker.quiet(), alone_in(sqlite_uri(store), limit_s=60):
        assert store.read_bytes()[:15] == b"SQLite format 3"
    assert not list(tmp_path.glob(".mlflow.db.making-*"))


def test_a_store_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(engine: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlflow.store.db.utils._initialize_tables", full)
    outcome = log_to_mlflow([], uri=sqlite_uri(tmp_path / "mlflow.db"), experiment="e", run_folder=tmp_path)
    assert not outcome.logged
    assert "No space left on device" in outcome.message
    assert [p.name for p in tmp_path.iterdir()] in ([], [".mlflow.db.lock"])


def test_a_file_that_is_no_whole_store_is_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    import sqlite3

    store = tmp_path / ("a long name of a folder " * 8) / "mlflow.db"
    store.parent.mkdir()
    with sqlite3.connect(store) as connection:
        connection.execute("create table experiments (experiment_id integer)")
    connection.close()
    outcome = log_to_mlflow([], uri=sqlite_uri(store), experiment="e", run_folder=tmp_path)
    assert not outcome.logged
    assert f"Move it away with `mv '{store}' '{store}.broken'`" in outcome.message


def test_who_waits_too_long_for_a_store_is_told(tmp_path: Path) -> None:
    from filelock import FileLock

    store = tmp_path / "mlflow.db"
    others = FileLock(tmp_path / ".mlflow.db.lock")
    said = pytest.raises(TrackingError, match=r"free within 0\.05 s")
    with others, said, alone_in(sqlite_uri(store), limit_s=0.05):
        pass


class _Dripping(BaseHTTPRequestHandler):
    """Answers with a byte every tenth of a second, so that no wait for a byte is ever too long."""

    enough = threading.Event()

    def do_GET(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self.enough.is_set():
                self.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            return

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        return


def test_a_server_that_drips_is_left_alone_after_the_limit_and_its_password_is_never_said(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    uri = f"http://me:secret@127.0.0.1:{server.server_port}"
    start = time.perf_counter()
    outcome = log_to_mlflow([], uri=uri, experiment="e", run_folder=tmp_path, limit_s=1.0)
    assert time.perf_counter() - start < 20  # a machine under load is slow to start the thread
    assert not outcome.logged
    assert "more than 1 s" in outcome.message
    assert "secret" not in outcome.message + outcome.uri
    _Dripping.enough.set()
    server.shutdown()
    server.server_close()


def test_a_database_without_its_driver_is_a_sentence(tmp_path: Path) -> None:
    outcome = log_to_mlflow([], uri="postgresql://me:secret@127.0.0.1/db", experiment="e", run_folder=tmp_path)
    assert not outcome.logged
    assert "which is not installed: `pip install psycopg" in outcome.message
    assert "secret" not in outcome.message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tracking": {"uri": "http://me:secret@host"}}, "uri must not hold a password"),
        ({"name": ".."}, "name"),
        ({"name": "-x"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"models": [{"name": "prevalence", "id": "x" * 5000}]}, "id"),
    ],
)
def test_names_and_addresses_that_would_leave_or_break_the_run_folder(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ProblemsError, match=said) as raised:
        make_config(CONFIG | changes)
    assert "secret" not in str(raised.value)


def test_json_is_spoken_also_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("run", str(tmp_path / "nowhere.yaml"), "--json") == 2
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["exit_code"]) == (False, 2)
    assert "nowhere.yaml" in said["error"]

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/runs/x")

    monkeypatch.setattr("ecg_eval.pipeline.study.run.run", full)
    assert status_of("demo") == 1
    said_in_words = capsys.readouterr().err
    assert said_in_words == (
        "ecg-eval: No space left on device: /runs/x. Finished stages stay; run it again when that is mended.\n"
    )


def test_a_run_folder_that_is_a_file_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert status_of("demo", "--out", str(tmp_path / "file")) == 1
    assert "Traceback" not in capsys.readouterr().err


OTHER_SIGNALS = [pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGINT, signal.SIGHUP)]


@pytest.mark.parametrize("number", [signal.SIGTERM, *OTHER_SIGNALS])
def test_the_pages_end_with_all_their_children_on_every_signal(tmp_path: Path, number: signal.Signals) -> None:
    child = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    )
    child += f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); time.sleep(600)"
    code = (
        "import sys\nfrom ecg_eval.pipeline import ui\nimport ecg_eval.tracking.served_pages as pages\n"
        f"pages.ui_command = lambda uri, port: [sys.executable, '-c', {child!r}]\n"
        "ui.serve(5000, say=print)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=ENV, cwd=tmp_path, stdout=subprocess.DEVNULL)
    until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    process.send_signal(number)
    assert process.wait(30) == (0 if number == signal.SIGINT else 128 + number)
    grandchild = int((tmp_path / "pid").read_text())
    until(lambda: not is_running(grandchild))


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_cohorts_of_killed_programs_are_cleared(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"ecg-eval-simulated-{p}-abc" for p in (ended.pid, os.getpid(), "old")]
    for name in names:
        (tmp_path / name).mkdir()
    _clear_left_behind(tmp_path, "ecg-eval-simulated-")
    assert {p.name for p in tmp_path.iterdir()} == set(names[1:])


def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_eval.datasets import simulated

    def refused(process: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert simulated._is_alive(1)
