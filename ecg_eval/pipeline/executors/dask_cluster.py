"""Work shared by the processes of a Dask cluster: one that is there already, or one of this machine, made for a run.

Workers must see the same files under the same paths, and have the same versions of this package and of the libraries
that numbers depend on; each piece of work checks that first. A worker that dies is Dask's to replace: its work is given
to another. A connection is opened for one stretch of work and closed after it, so that nothing of it is in this process
when a plug-in from outside is asked in a copy of it.
"""

import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import TYPE_CHECKING, cast

from ecg_eval.errors import ClusterError, EcgEvalError
from ecg_eval.pipeline.executors.executor import Executor, Item, Result

if TYPE_CHECKING:
    from distributed import Client, Future

_AHEAD = 3  # pieces of work that are given out for each thread of the workers: none waits, and few results do
_LOOK_S = 1.0  # how often it is looked whether anybody is still there
_AGAIN = "Finished stages stay; run it again when the cluster is there."
_START = """
import ctypes, runpy
try:
    ctypes.CDLL(None).prctl(1, 15)  # end with the process that started this one, on Linux
except (AttributeError, OSError):
    pass
runpy.run_module("dask", run_name="__main__", alter_sys=True)
"""


class DaskCluster(Executor):
    """The workers of a scheduler.

    Parameters
    ----------
    scheduler : str
        Its address, such as tcp://10.0.0.1:8786.
    identity : callable
        () -> what must be the same in every process: versions of this package and of what numbers depend on.
    limit_s : float
        Seconds to wait for a scheduler or a worker before the work is given up.
    """

    shares = True

    def __init__(self, scheduler: str, *, identity: Callable[[], str], limit_s: float) -> None:
        self.scheduler, self.identity, self.limit_s = scheduler, identity, limit_s

    def results(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Yield what a task makes of each item; see ``Executor.results``."""
        if not items:
            return
        piece = partial(_checked, self.identity, self.identity(), task)
        with self._connected() as client:
            left = iter(items)
            given: deque[Future[Result]] = deque()
            for item in left:
                given.append(client.submit(piece, item, pure=False))
                if len(given) >= _AHEAD * max(sum(client.nthreads().values()), 1):
                    break
            while given:
                yield cast("Result", self._result(client, given.popleft()))
                for item in left:
                    given.append(client.submit(piece, item, pure=False))
                    break

    @contextmanager
    def _connected(self) -> Iterator["Client"]:
        from distributed import Client

        for name in ("distributed", "distributed.client", "distributed.core", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            client = Client(self.scheduler, timeout=self.limit_s, set_as_default=False, direct_to_workers=False)
        except (OSError, ValueError) as error:
            raise self._lost("scheduler", f"there within {self.limit_s:g} s", str(error) or "no answer") from error
        try:
            with suppress(TimeoutError):
                client.wait_for_workers(1, timeout=self.limit_s)
            if not client.nthreads():
                raise self._lost("workers", f"there within {self.limit_s:g} s", "none")
            yield client
        except (OSError, RuntimeError) as error:
            raise self._lost("scheduler", "there until the work is done", type(error).__name__) from error
        finally:
            client.close(timeout=_LOOK_S)

    def _result(self, client: "Client", future: "Future[Result]") -> object:
        """Return a result, for which is waited as long as there is somebody who may bring it."""
        from distributed import KilledWorker

        alone_since = None
        while True:
            try:
                return future.result(timeout=_LOOK_S)
            except EcgEvalError:
                raise
            except KilledWorker as error:
                rule = "done without the end of the worker that does it, in four tries"
                raise self._lost("work", rule, str(error)[:200]) from error
            except (CancelledError, OSError) as error:
                if not isinstance(error, TimeoutError) or future.status == "error":
                    raise self._lost("scheduler", "there until the work is done", "a lost connection") from error
            except Exception as error:
                words = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
                raise self._lost("work", "done by its workers", words) from error
            if client.status == "running" and client.nthreads():
                alone_since = None
            elif alone_since is None:
                alone_since = monotonic()
            elif monotonic() - alone_since > self.limit_s:
                raise self._lost("workers", "there until the work is done", f"none for {self.limit_s:g} s")

    def _lost(self, what: str, rule: str, came: str) -> ClusterError:
        return ClusterError(f"executor {self.scheduler}", what, rule, came, _AGAIN)


def _checked(identity: Callable[[], str], expected: str, task: Callable[[Item], Result], item: Item) -> Result:
    """Return what a task makes of an item, in a process that is of the same program."""
    if identity() != expected:
        remedy = "Install the same versions where the workers run, and start these again."
        raise ClusterError("executor", "versions of workers", "those of the run", "others", remedy)
    return task(item)


@contextmanager
def local_cluster(workers: int, *, limit_s: float) -> Iterator[str]:
    """Start a scheduler and workers of this machine, each a process of its own; yield the scheduler's address.

    Raises
    ------
    ClusterError
        When they do not come up.
    """
    with TemporaryDirectory(prefix="ecg-eval-cluster-") as folder:
        file = Path(folder) / "scheduler.json"
        dask = [sys.executable, "-c", _START]
        here = ["--no-dashboard", "--scheduler-file", str(file)]
        scheduling = ["scheduler", "--host", "127.0.0.1", "--port", "0"]
        working = ["worker", "--nworkers", str(workers), "--nthreads", "1", "--death-timeout", str(limit_s)]
        started = [_start([*dask, *scheduling, *here])]
        try:
            words = [*dask, *working, *here, "--local-directory", folder]
            end = monotonic() + limit_s
            while not file.exists():
                if monotonic() > end or started[0].poll() is not None:
                    rule = f"there within {limit_s:g} s"
                    raise ClusterError("executor", "scheduler of this machine", rule, remedy=_AGAIN)
                sleep(0.05)
            started.append(_start(words))
            yield _address(file)
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _start(words: Sequence[str]) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - our own words
        words, env=environment, stdin=nothing, stdout=nothing, stderr=nothing
    )


def _address(file: Path) -> str:
    address: str = json.loads(file.read_text(encoding="utf-8"))["address"]
    return address
