"""Commands of ecg-eval that are killed and disturbed: each is a copy of this process, so that many are cheap."""

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
TOYS = ROOT / "tests" / "toys"
SAME = ("evaluation.csv", "readings.parquet", "report.en.html")  # to the byte, whatever happened before
_WAIT_S = 300.0

STUDY = """\
name: faults
dataset: {{name: ptb_xl, root: {cohort}, sampling_rate_hz: 100}}
findings: [AF, LBBB]
split: {{train: [1, 2], threshold: [3, 4, 5], test: [6, 7, 8, 9, 10]}}
models: [rules, prevalence]
metrics: [sensitivity, specificity, auroc]
intervals: {{resamples: 100}}
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    status : int
        Its exit status; minus the signal that ended it.
    said : str
        What it wrote on standard output and error.
    seconds : float
    """

    status: int
    said: str
    seconds: float


@dataclass
class Bench:
    """A cohort, a study and the folder that an undisturbed run of it leaves.

    Attributes
    ----------
    folder : Path
        Where everything is made; a new or empty one.
    n_records : int
    rng : numpy Generator
        Draws the moments of kills.
    """

    folder: Path
    n_records: int = 60
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __post_init__(self) -> None:
        _import_all()
        os.environ["ECG_EVAL_CACHE"] = str(self.folder / "cache")
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        self.cohort, self.study = self.folder / "cohort", self.folder / "study.yaml"
        words = ("--records", str(self.n_records), "--sampling-rate", "100", "--seed", "3")
        self.expect(0, "simulate", "cohort", "--out", str(self.cohort), *words)
        self.study.write_text(STUDY.format(cohort=self.cohort), encoding="utf-8")
        self.whole = self.folder / "whole"
        self.seconds = self.expect(0, *self.run_words(self.whole)).seconds
        self._n = 0

    def new(self, name: str = "run") -> Path:
        """Return the path of a folder that is not there yet."""
        self._n += 1
        return self.folder / f"{name}-{self._n}"

    def copy(self) -> Path:
        """Return a copy of the undisturbed run."""
        return Path(shutil.copytree(self.whole, self.new()))

    def run_words(self, out: Path, *further: str) -> tuple[str, ...]:
        """Return the words of a run of the study into a folder, without tracking unless `further` says where."""
        tracking = () if any("tracking" in word for word in further) else ("--set", "tracking.enabled=false")
        return ("run", str(self.study), "--out", str(out), "--quiet", *tracking, *further)

    def moment(self, seconds: float) -> float:
        """Return a random moment of something that takes so long."""
        return float(self.rng.uniform(0.0, seconds))

    def is_whole(self, out: Path) -> bool:
        """Return whether a folder holds what the undisturbed run left, and nothing half-written."""
        if any(out.glob(".*.part")):
            return False
        return all((out / name).is_file() and self._same(out, name) for name in SAME)

    def _same(self, out: Path, name: str) -> bool:
        if name.endswith(".html"):  # measured seconds and a date stand in it
            return (out / name).stat().st_size > 0
        return (out / name).read_bytes() == (self.whole / name).read_bytes()

    def expect(self, status: int, *words: str) -> Ended:
        """Return how a command ended that must end so."""
        ended = self.command(*words)
        if ended.status != status:
            raise RuntimeError(f"ecg-eval {' '.join(words)} ended with {ended.status}: {ended.said}")
        return ended

    def command(self, *words: str, kill_after_s: float | None = None, harm: Callable[[], None] | None = None) -> Ended:
        """Return how a command ended, killed after so many seconds, or with something done to its process first."""
        start = time.perf_counter()
        out = self.folder / f"said-{time.monotonic_ns()}"
        process = self.start(words, out, harm)
        end = start + (_WAIT_S if kill_after_s is None else kill_after_s)
        status: int | None = None
        while status is None:
            pid, raw = os.waitpid(process, os.WNOHANG)
            if pid:
                status = os.waitstatus_to_exitcode(raw)
            elif time.perf_counter() > end:
                os.killpg(process, signal.SIGKILL)
                status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            else:
                time.sleep(0.005)
        said = out.read_text(encoding="utf-8", errors="replace").strip() if out.exists() else ""
        out.unlink(missing_ok=True)
        return Ended(status, said, time.perf_counter() - start)

    def start(self, words: Sequence[str], out: Path, harm: Callable[[], None] | None = None) -> int:
        """Start a command as a copy of this process; return its number."""
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            status = 70
            try:
                status = _as_command(words, out, self.folder, harm)
            finally:
                os._exit(status)
        with suppress(OSError):  # whichever of the two is faster: the group must be there when it is killed
            os.setpgid(process, process)
        return process

    @contextmanager
    def beside(self, serve: Callable[[Callable[[str], None]], None]) -> Iterator[str]:
        """Let a server run in a process of its own, since threads of this one would be in no copy; yield its address.

        `serve` is given a function that it must call with the address, and then serves for ever.
        """
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            serve(lambda address: os.close(writing) if os.write(writing, address.encode()) else None)
            os._exit(0)
        os.close(writing)
        try:
            yield os.read(reading, 1000).decode()
        finally:
            os.close(reading)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    def program(self, *words: str, env: Mapping[str, str], cwd: Path | None = None) -> Ended:
        """Return how a command ended that began as a program of its own, in another environment."""
        start = time.perf_counter()
        code = "from ecg_eval.cli.main import main; main()"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=environment,
            cwd=cwd,
            capture_output=True,
            timeout=_WAIT_S,
            check=False,
        )
        said = (done.stdout + done.stderr).decode("utf-8", errors="replace").strip()
        return Ended(done.returncode, said, time.perf_counter() - start)


def _as_command(words: Sequence[str], out: Path, folder: Path, harm: Callable[[], None] | None) -> int:
    os.setpgid(0, 0)
    os.chdir(folder)
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = ["ecg-eval", *words]
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        if harm is not None:
            harm()
        from ecg_eval.cli.main import main

        main()
    except SystemExit as ended:
        return int(ended.code or 0) if isinstance(ended.code, int | None) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _import_all() -> None:
    """Import what the commands need, so that no copy has to; nothing of it is used, which would start threads."""
    import importlib

    for name in (
        "ecg_eval.cli.main",
        "ecg_eval.datasets.ptb_xl",
        "ecg_eval.models.rules",
        "ecg_eval.pipeline.archives.fetch",
        "ecg_eval.pipeline.study.check",
        "ecg_eval.pipeline.study.run",
        "ecg_eval.pipeline.training.train",
        "ecg_eval.reports.build",
        "ecg_eval.tracking.mlflow_tracker",
        "mlflow.tracking",
        "neurokit2",
        "pyarrow.parquet",
        "scipy.stats",
        "torch",
    ):
        importlib.import_module(name)
