"""The same numbers, to the byte, whoever does the work; and words where nobody is there to do it."""

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from ecg_eval.config.load import make_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ClusterError, SignalError
from ecg_eval.pipeline.analysis import open_run
from ecg_eval.pipeline.executors.dask_cluster import DaskCluster, _checked
from ecg_eval.pipeline.executors.executor import Executor, Item, OneProcess, Result
from ecg_eval.pipeline.study import run as run_module
from ecg_eval.pipeline.study.run import run
from ecg_eval.pipeline.study.spread import executor_of, identity, looked_at

SAME = ("evaluation.csv", "readings.parquet", "quality.csv", "measurements.csv", "excluded.csv")


class Handed(Executor):
    """Does here what it would hand over: tasks, items and results are pickled."""

    shares = True

    def __init__(self) -> None:
        self.handed: list[object] = []

    def results(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        for item in items:
            self.handed.append(item)
            yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(task))(pickle.loads(pickle.dumps(item)))))


def study(out: Path, cohort: Path, **changes: object) -> RunConfig:
    base: dict[str, object] = {
        "name": "shared",
        "dataset": {"name": "simulated", "n_records": 100, "seed": 3, "sampling_rate_hz": 100, "root": str(cohort)},
        "findings": ["AF", "LBBB"],
        "split": {"train": [1, 2, 3], "threshold": [4, 5], "test": [6, 7, 8, 9, 10]},
        "models": ["rules", "beat_boosting", "prevalence"],
        "metrics": ["sensitivity", "auroc", "cohen_kappa", "prevalence"],
        "subgroups": {"by": ["sex"]},
        "report": {"sections": ["answer"]},
        "tracking": {"enabled": False},
        "intervals": {"resamples": 100},
        "out": str(out),
    }
    return make_config(base | changes)


def whole(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SAME}


def test_work_that_is_shared_leaves_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(study(tmp_path / "alone", tmp_path))
    handed = Handed()
    monkeypatch.setattr(run_module, "executor_of", lambda _: nullcontext(handed))
    run(study(tmp_path / "shared", tmp_path))
    assert whole(tmp_path / "alone") == whole(tmp_path / "shared")
    pieces = [item for item in handed.handed if isinstance(item, tuple)]
    assert sum(map(len, pieces)) > 200  # looked at, by rules twice, by trees, and measured
    assert [item for item in handed.handed if isinstance(item, str)][:2] == ["sensitivity", "auroc"]


class Lost(Handed):
    """Is gone after some pieces of work, and for good."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def results(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        for item in items:
            if len(self.handed) >= self.after:
                raise ClusterError("executor", "scheduler", "there until the work is done", "a lost connection")
            yield from super().results(task, [item])


@pytest.mark.parametrize("after", [2, 3, 5])  # in the middle of what a model reads
def test_a_cluster_that_is_lost_ends_the_run_and_costs_no_model_its_answers(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for a failure of the model: its recordings had no answer, and the next run kept that."""
    config = study(tmp_path / "run", tmp_path, models=["rules", "prevalence"])
    with monkeypatch.context() as lost:
        lost.setattr(run_module, "executor_of", lambda _: nullcontext(Lost(after)))
        with pytest.raises(ClusterError, match="a lost connection"):
            run(config)
    made = open_run(run(config).folder)
    assert not any(model.failed for model in made.result.provenance.models.values())
    assert set(made.study.readings["reader_id"]) == {"rules", "prevalence"}
    assert made.study.readings["reading"].notna().all()


def _refuse(load: Callable[[str], Recording], record_id: str) -> str:
    if record_id == "7":
        raise SignalError("recording 7", "signal", "whole")
    return record_id


def test_an_error_comes_at_its_recording(tmp_path: Path) -> None:
    config, loaded = study(tmp_path, tmp_path), list[str]()
    looks = looked_at(config, Handed(), loaded.append, [str(i) for i in range(1, 99)], _refuse, iter)  # type: ignore[arg-type]
    assert [next(looks) for _ in range(6)] == ["1", "2", "3", "4", "5", "6"]
    with pytest.raises(SignalError, match="recording 7: signal must be whole"):
        next(looks)
    assert loaded == ["7"]  # by this process, which remembers what it loaded last


def test_one_process_is_the_default(tmp_path: Path) -> None:
    with executor_of(study(tmp_path, tmp_path)) as executor:
        assert isinstance(executor, OneProcess)
        assert list(executor.results(str, [1, 2])) == ["1", "2"]


def test_a_worker_of_another_program_is_refused() -> None:
    assert _checked(identity, identity(), str, 1) == "1"
    with pytest.raises(ClusterError, match="versions of workers must be those of the run"):
        _checked(identity, "another", str, 1)


def test_without_a_scheduler_a_run_says_so() -> None:
    cluster = DaskCluster("tcp://127.0.0.1:9", identity=identity, limit_s=1)
    assert list(cluster.results(str, [])) == []
    with pytest.raises(ClusterError, match="scheduler must be there within 1 s"):
        list(cluster.results(str, [1]))


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=-3, stderr=-3)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, as their owner starts them."""
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    here = ("--no-dashboard", "--scheduler-file", str(file))
    worker = ("worker", *here, "--nthreads", "1", "--local-directory", str(file.parent))
    with started("scheduler", "--host", "127.0.0.1", "--port", "0", *here):
        while not file.exists():
            time.sleep(0.05)
        with started(*worker), started(*worker):
            yield json.loads(file.read_text())["address"]


@pytest.mark.slow
def test_two_workers_leave_the_same_bytes(tmp_path: Path, scheduler: str) -> None:
    run(study(tmp_path / "alone", tmp_path))
    executor = {"name": "dask", "scheduler": scheduler}
    run(study(tmp_path / "there", tmp_path, executor=executor))
    assert whole(tmp_path / "alone") == whole(tmp_path / "there")
    run(study(tmp_path / "here", tmp_path, executor="dask"))
    assert whole(tmp_path / "alone") == whole(tmp_path / "here")


def _fail(item: int) -> float:
    return 1 / item


@pytest.mark.slow
def test_what_a_worker_raises_is_said(scheduler: str) -> None:
    cluster = DaskCluster(scheduler, identity=identity, limit_s=20)
    with pytest.raises(
        ClusterError, match="work must be done by its workers; got 'ZeroDivisionError: division by zero'"
    ):
        list(cluster.results(_fail, [1, 0, 1]))
