"""Every fault that a run must survive, tried: kills, full disks, damage, stores, two at once, plug-ins, surroundings.

``python scripts/faults.py --kills 200`` writes docs/faults.md; Linux only. "Survived" means: the run that follows
leaves evaluation and readings as the undisturbed run left them, to the byte, nothing half-written stays, and what was
said is words and no traceback. Tests try a few of each (tests/faults/test_matrix.py).
"""

import argparse
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from faults_bench import ROOT, TOYS, Bench, Ended

TRAINING = """\
name: faults
dataset: {{name: ptb_xl, root: {cohort}, sampling_rate_hz: 100}}
findings: [NORM, MI]
split: {{train: [1, 2, 3, 4, 5, 6], threshold: [7, 8, 9], test: [10]}}
training: {{epochs: 3, input: {{sampling_rate_hz: 50, duration_s: 4, units: any, normalisation: z_score_lead}}}}
tracking: {{enabled: false}}
"""
Process = subprocess.Popen[bytes]
_MANY = 20  # kills from which on the other faults are tried in all their forms too


@dataclass(frozen=True)
class Outcome:
    """What came of one fault: whether all was as it should be afterwards, and what was said meanwhile."""

    survived: bool
    said: str = ""


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes
    ----------
    name : str
        As the page says it.
    outcomes : callable
        (bench, how many kills) -> what came of each try.
    """

    name: str
    outcomes: Callable[[Bench, int], Iterator[Outcome]]


def after(ended: Ended, *, status: int | None = None, words: str = "") -> bool:
    """Return whether a command spoke words and no traceback, with that exit status and those words among them."""
    right = status is None or ended.status == status
    return right and "Traceback" not in ended.said and words in ended.said


def killed_run(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill a run anywhere; run it again."""
    for _ in range(kills):
        out = bench.new()
        bench.command(*bench.run_words(out), kill_after_s=bench.moment(bench.seconds))
        again = bench.command(*bench.run_words(out))
        yield Outcome(after(again, status=0) and bench.is_whole(out), again.said)
        shutil.rmtree(out, ignore_errors=True)


def killed_track(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill logging to a new store anywhere; log again: each reader stands there once, finished."""
    store = bench.new("store")
    out = bench.new()
    words = bench.run_words(out, "--set", f"tracking.uri=sqlite:///{store}.db")
    bench.expect(0, *words)
    whole = _runs_in(Path(f"{store}.db"))
    seconds = bench.expect(0, "track", str(out)).seconds
    for _ in range(max(kills // 4, 1)):
        _remove_store(Path(f"{store}.db"))
        bench.command("track", str(out), kill_after_s=bench.moment(seconds * 1.5))
        again = bench.command("track", str(out))
        yield Outcome(after(again, status=0) and _runs_in(Path(f"{store}.db")) == whole, again.said)


def _runs_in(store: Path) -> list[tuple[str, str, str]]:
    """Return the runs of a store that were not deleted: name, status, lifecycle."""
    with sqlite3.connect(store) as connection:
        rows = connection.execute("select name, status, lifecycle_stage from runs").fetchall()
    connection.close()
    return sorted(row for row in rows if row[2] == "active")


def _remove_store(store: Path) -> None:
    for path in store.parent.glob(f"*{store.name}*"):
        if path.is_file():
            path.unlink()


def killed_fetch(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill a fetch from a slow server on this machine anywhere; fetch again."""
    sys.path.insert(0, str(TOYS.parent))
    from toys import loopback_archive as server

    def slow(_handler: object, _path: str, _content: bytes) -> bool:
        time.sleep(0.03)
        return False

    files = server.ptb_xl_files(8)

    def serve(ready: Callable[[str], None]) -> None:
        with server.Archive(dict(files), always=dict.fromkeys(files, slow)) as archive:
            ready(archive.url)
            time.sleep(10_000)

    with bench.beside(serve) as url:
        for _ in range(kills):
            to = bench.new("fetched")
            words = ("fetch", "ptb-xl", "--to", str(to), "--url", url, "--quiet")
            bench.command(*words, kill_after_s=bench.moment(1.2))
            again = bench.command(*words)
            there = {p.name: p.read_bytes() for p in to.rglob("*") if p.is_file()}
            right = all(there.get(Path(name).name) == body for name, body in files.items() if body)
            right = right and not any(name.endswith(".part") for name in there)
            yield Outcome(after(again, status=0) and right, again.said)
            shutil.rmtree(to, ignore_errors=True)


def killed_train(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill the training of a network anywhere; train again: the weights are those of an undisturbed one."""
    config = bench.folder / "train.yaml"
    config.write_text(TRAINING.format(cohort=bench.cohort), encoding="utf-8")
    whole = bench.new("trained")
    seconds = bench.expect(0, "train", str(config), "--out", str(whole), "--quiet").seconds
    weights = (whole / "network.safetensors").read_bytes()
    for _ in range(kills):
        out = bench.new("trained")
        words = ("train", str(config), "--out", str(out), "--quiet")
        bench.command(*words, kill_after_s=bench.moment(seconds))
        again = bench.command(*words)
        right = after(again, status=0) and (out / "network.safetensors").read_bytes() == weights
        yield Outcome(right and not any(out.glob(".*.part")), again.said)
        shutil.rmtree(out, ignore_errors=True)


def full_disk(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Let no room be left for the first, second, ... file that a run writes; then run again."""
    for n in range(0, 20, max(60 // kills, 1)):
        out = bench.new()
        ended = bench.command(*bench.run_words(out), harm=partial(_no_room_for, n))
        clean = not any(out.glob(".*.part"))
        again = bench.command(*bench.run_words(out))
        worked = ended.status == 0 or after(ended, status=1, words="No space left on device")
        yield Outcome(worked and clean and after(again, status=0) and bench.is_whole(out), ended.said)


def _no_room_for(n: int) -> None:
    """Let the nth file that is written find no room, in this process."""
    real, written = os.fsync, [0]

    def sync(file: int) -> None:
        written[0] += 1
        if written[0] > n:
            raise OSError(28, "No space left on device")
        real(file)

    os.fsync = sync  # type: ignore[assignment]


def forbidden_folder(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Run into a folder in which nothing may be written, before the first stage and after the last; then mend that."""
    bench.folder.chmod(0o755)  # for whom it is not
    for out in (bench.new(), bench.copy()):
        out.mkdir(exist_ok=True)
        out.chmod(0o555)
        words = bench.run_words(out, "--set", "seed=7") if any(out.iterdir()) else bench.run_words(out)
        ended = bench.command(*words, harm=_as_nobody)
        out.chmod(0o777)
        again = bench.command(*bench.run_words(out))
        told = after(ended, status=1, words=f"Permission denied: {out}") and len(ended.said.splitlines()) == 1
        yield Outcome(told and after(again, status=0) and bench.is_whole(out), ended.said)


def _as_nobody() -> None:
    """Give up the rights of an administrator, who may write everywhere."""
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def full_cache(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Let the folder of caches be one that cannot be written, or a file."""
    for path in (Path("/proc/nowhere"), bench.study):
        out = bench.new()
        ended = bench.command(*bench.run_words(out, "--set", f"cache={path}"))
        yield Outcome(after(ended, status=0) and bench.is_whole(out), ended.said)


def damaged_folder(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Cut, empty, overwrite or delete each file of a run folder: the report refuses it in words, a run mends it."""
    names = sorted(p.name for p in bench.whole.iterdir() if p.suffix in (".parquet", ".csv", ".json", ".html"))
    harms = (_cut, _empty, _overwrite, Path.unlink)
    for i, name in enumerate(names if kills >= _MANY else names[:2]):
        for harm in harms if kills >= 5 * _MANY else (harms[i % 4],):
            out = bench.copy()
            harm(out / name)
            told = bench.command("track", str(out))
            again = bench.command(*bench.run_words(out))
            yield Outcome(after(told, status=2) and after(again, status=0) and bench.is_whole(out), told.said)
            shutil.rmtree(out)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _overwrite(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def damaged_cache(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Cut, empty, overwrite or delete each file of the cache of signals, and run anew."""
    for harm in (_cut, _empty, _overwrite, Path.unlink):
        out = bench.new()
        for path in [p for p in (bench.folder / "cache").rglob("*") if p.is_file()]:
            path.chmod(0o600)
            harm(path)
        ended = bench.command(*bench.run_words(out))
        yield Outcome(after(ended, status=0) and bench.is_whole(out), ended.said)


class _Dripping(BaseHTTPRequestHandler):
    """Answers with a byte every tenth of a second, so that no wait for a byte is ever too long."""

    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            self.wfile.write(b" ")
            time.sleep(0.1)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        return


def broken_stores(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Track into a store that is unreachable, silent, broken, half a file, or held by another program."""
    from filelock import FileLock

    half, held = bench.new("half"), bench.new("held")
    half.write_bytes(b"SQLite format 3\0" + b"half")

    def serve(ready: Callable[[str], None]) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Dripping)
        ready(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()

    with bench.beside(serve) as dripping, FileLock(held.parent / f".{held.name}.lock"):
        for address in ("http://127.0.0.1:9", dripping, f"sqlite:///{half}", f"sqlite:///{held}"):
            out = bench.new()
            words = ("--set", f"tracking.uri={address}", "--set", "tracking.limit_s=3")
            ended = bench.command(*bench.run_words(out, *words))
            told = bench.command("track", str(out))
            yield Outcome(after(ended, status=0) and bench.is_whole(out) and after(told), told.said)


def two_at_once(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Run two in one folder at once: one is done, the other is told who holds it or finds all done."""
    for _ in range(max(kills // 10, 1)):
        out = bench.new()
        first = bench.start(bench.run_words(out), bench.folder / "first")
        second = bench.command(*bench.run_words(out))
        status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        first_said = (bench.folder / "first").read_text(encoding="utf-8")
        right = {status, second.status} <= {0, 2} and 0 in (status, second.status) and after(second)
        yield Outcome(right and bench.is_whole(out), second.said or first_said)


def harmful_models(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Let a model hang, die, leave, fork, grow, or leave things behind: the others' answers stay as they were."""
    names = ("Hangs", "KillsItself", "EndsItself", "Leaves", "Interrupts", "ClosesAll", "Grows", "Forks", "LeavesFiles")
    for name in names if kills >= _MANY else names[1:2]:
        out = bench.new()
        models = f"models=[rules, prevalence, {{name: 'toys.harmful:{name}', traces: '{bench.folder}'}}]"
        limits = "limits={model_s: 20, memory_gb: 1}"
        ended = bench.command(*bench.run_words(out, "--set", models, "--set", limits), harm=_with_toys)
        yield Outcome(after(ended, status=0) and _others_are_whole(bench, out, name), ended.said)


def _with_toys() -> None:
    sys.path.insert(0, str(TOYS.parent))


def _others_are_whole(bench: Bench, out: Path, name: str) -> bool:
    """Return whether the readings of all but one model are as they were."""
    import pandas as pd

    whole, left = (pd.read_parquet(folder / "readings.parquet") for folder in (bench.whole, out))
    left = left[left["reader_id"] != name].reset_index(drop=True)
    return bool(whole.equals(left.astype(whole.dtypes)))


def lost_worker(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill one of two Dask workers at a random moment: the other does its work."""
    for _ in range(max(kills // 20, 1)):
        with _cluster(bench) as (address, _, workers):
            ended, out = _shared_run(bench, address, workers[0])
            yield Outcome(after(ended, status=0) and bench.is_whole(out), ended.said)


def lost_scheduler(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Kill the Dask scheduler at a random moment: the run says so, and goes on without it the next time."""
    for _ in range(max(kills // 20, 1)):
        with _cluster(bench) as (address, scheduler, _):
            ended, out = _shared_run(bench, address, scheduler)
            told = ended.status == 0 or after(ended, status=1, words=f"executor {address}: ")
            again = bench.command(*bench.run_words(out))
            yield Outcome(told and after(again, status=0) and bench.is_whole(out), ended.said)


def _shared_run(bench: Bench, address: str, doomed: Process) -> tuple[Ended, Path]:
    """Run on a cluster of which one process is killed meanwhile; return how the run ended, and its folder."""
    out, said = bench.new(), bench.folder / "said-shared"
    executor = f"executor={{name: dask, scheduler: '{address}', limit_s: 10}}"
    start = time.perf_counter()
    process = bench.start(bench.run_words(out, "--set", executor), said)
    time.sleep(bench.moment(1.5 * bench.seconds))
    doomed.kill()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return Ended(status, said.read_text(encoding="utf-8").strip(), time.perf_counter() - start), out


@contextmanager
def _cluster(bench: Bench) -> Iterator[tuple[str, Process, list[Process]]]:
    """Start a scheduler and two workers that nobody replaces; yield its address and the processes."""
    file = bench.new("scheduler")
    here = ("--no-dashboard", "--scheduler-file", str(file))
    worker = ("worker", *here, "--nthreads", "1", "--no-nanny", "--local-directory", str(bench.folder))
    started: list[Process] = []
    try:
        started.append(_dask("scheduler", "--host", "127.0.0.1", "--port", "0", *here))
        while not file.exists():
            time.sleep(0.05)
        started += [_dask(*worker), _dask(*worker)]
        yield json.loads(file.read_text(encoding="utf-8"))["address"], started[0], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def _dask(*words: str) -> Process:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    return Process([sys.executable, "-m", "dask", *words], env=environment, stdout=quiet, stderr=quiet)


def surroundings(bench: Bench, kills: int) -> Iterator[Outcome]:
    """Run in other languages, time zones and folders."""
    odd = bench.folder / 'd\'un "été" à Orléans'
    odd.mkdir(exist_ok=True)
    worlds: list[tuple[dict[str, str], Path]] = [
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, bench.folder),
        ({"LC_ALL": "fr_FR.UTF-8", "LANG": "fr_FR.UTF-8"}, bench.folder),
        ({"TZ": "Pacific/Kiritimati"}, bench.folder),
        ({"TZ": "America/St_Johns"}, bench.folder),
        ({}, odd),
    ]
    for env, cwd in worlds if kills >= _MANY else worlds[:1]:
        out = cwd / f"run {bench.new().name}"
        ended = bench.program(*bench.run_words(out), env=env, cwd=cwd)
        yield Outcome(after(ended, status=0) and bench.is_whole(out), ended.said)


FAULTS = (
    Fault("a run killed (-9) at a random moment", killed_run),
    Fault("`track` killed at a random moment, into a new store", killed_track),
    Fault("`fetch` killed at a random moment", killed_fetch),
    Fault("`train` killed at a random moment", killed_train),
    Fault("no room on the disk for each file in turn", full_disk),
    Fault("a folder in which nothing may be written", forbidden_folder),
    Fault("a folder of caches that cannot be written", full_cache),
    Fault("a file of the run folder cut, emptied, overwritten, deleted", damaged_folder),
    Fault("the cache of signals cut, emptied, overwritten, deleted", damaged_cache),
    Fault("a store unreachable, dripping, half a file, held by another", broken_stores),
    Fault("two runs in one folder at once", two_at_once),
    Fault("a model that hangs, dies, leaves, forks, grows, litters", harmful_models),
    Fault("one of two Dask workers killed at a random moment", lost_worker),
    Fault("the Dask scheduler killed at a random moment", lost_scheduler),
    Fault("locale C and fr_FR, time zones, blanks, quotes and accents in paths", surroundings),
)


def tried(fault: Fault, bench: Bench, kills: int) -> str:
    """Try a fault; return its row of the page."""
    outcomes = list(fault.outcomes(bench, kills))
    survived = sum(outcome.survived for outcome in outcomes)
    said = next((o.said for o in outcomes if not o.survived), next((o.said for o in outcomes if o.said), ""))
    line = (
        (said.splitlines() or ["nothing"])[-1]
        .replace(str(bench.folder), "…")
        .replace(f" on {socket.gethostname()} ", " on … ")
        .replace("|", "/")
    )
    return f"| {fault.name} | {len(outcomes)} | {survived} | {len(outcomes) - survived} | {line[:220]} |"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="of each command")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "faults.md")
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="ecg-eval-faults-") as folder:
        bench = Bench(Path(folder))
        for fault in (f for f in FAULTS if asked.only in f.name):
            start = time.perf_counter()
            rows.append(tried(fault, bench, asked.kills))
            print(f"{rows[-1]} {time.perf_counter() - start:.0f} s", flush=True)
    page = asked.out.read_text(encoding="utf-8") if asked.out.exists() else ""
    head, _, made = page.partition("<!-- made -->\n")
    if asked.only:  # the other rows stay, and each says in its second column how often it was tried
        rows = _with_others(made, rows)
    table = "\n".join(["| fault | tried | survived | lost | said |", "|---|--:|--:|--:|---|", *rows])
    how = "Made by `python scripts/faults.py`; `--kills` says how often, `--only` makes some rows anew."
    asked.out.write_text(f"{head}<!-- made -->\n\n{how}\n\n{table}\n", encoding="utf-8")


def _with_others(page: str, rows: list[str]) -> list[str]:
    """Return the rows of a page in the order of the faults, those that were made again in the place of the old."""
    known = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if line.startswith("| ")}
    known |= {row.split(" | ")[0].removeprefix("| "): row for row in rows}
    return [known[fault.name] for fault in FAULTS if fault.name in known]


if __name__ == "__main__":
    main()
