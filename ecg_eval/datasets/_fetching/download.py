"""Many files of an archive at once, by a few threads, and a summary of what is there and what is not.

What is there and right is kept, what is missing is named with its reason, and one file's failure is nobody else's.
Only what would fail for every file (a full disk, refused credentials, a server that is gone) ends the whole, and then
the files that were not tried are named too.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ecg_eval.datasets._fetching.disk import free_bytes
from ecg_eval.datasets._fetching.download_file import FileFetcher, Outcome, Wanted
from ecg_eval.datasets._fetching.http import Client, Credentials
from ecg_eval.datasets._fetching.patience import Pace, Patience, StopAllError, StoppedError
from ecg_eval.errors import FetchError

# files in a row that the server failed to give before it is let alone
MAX_FAILURES_IN_A_ROW = 20

# a wait without end cannot be interrupted on Windows
_TICK_S = 1
# a thread that still waits for a connection or an answer after so long ends with the process; its file is a part,
# never a wrong file
_LAST_WAIT_S = 3

# (items, what is being done) -> the same items, while something may be shown
Watch = Callable[[Sequence[str], str], Iterator[str]]


def unwatched(items: Sequence[str], doing: str) -> Iterator[str]:
    """Show nothing."""
    return iter(items)


@dataclass(frozen=True, kw_only=True)
class Link:
    """How a server is spoken to.

    Attributes
    ----------
    base_url : str
        Files are below it; ends with a slash.
    credentials : Credentials or None
    threads : int
        Files under way at once; PhysioNet is a shared service, so a few.
    timeout_s : float
        How long one read or connect may hang.
    patience : Patience
    free : callable
        Folder -> free bytes of its disk.
    """

    base_url: str
    credentials: Credentials | None = None
    threads: int = 4
    timeout_s: float = 60
    patience: Patience = field(default_factory=Patience)
    free: Callable[[Path], int] = free_bytes


def download(
    wanted: Sequence[Wanted], *, folder: Path, link: Link, watch: Watch = unwatched, doing: str = ""
) -> list[Outcome]:
    """Fetch files into a folder; return one outcome for each, in their order.

    An interruption (Ctrl-C) leaves whole files and parts as they are and is raised on.

    Parameters
    ----------
    wanted : sequence of Wanted
        Paths are below `folder` and unique.
    folder : Path
    link : Link
    watch : callable
        Wraps the paths while they are done (a progress bar).
    doing : str
        What the bar says.
    """
    crew = _Crew(wanted, folder, link)
    shown = watch([w.path for w in wanted], doing)
    outcomes: dict[str, Outcome] = {}
    in_a_row = 0
    try:
        for outcome in crew.outcomes():
            outcomes[outcome.path] = outcome
            next(shown, None)
            in_a_row = in_a_row + 1 if outcome.server_failed else 0
            if in_a_row >= MAX_FAILURES_IN_A_ROW:
                crew.stop(f"{in_a_row} files in a row failed; the last: {outcome.reason}")
        for _ in shown:
            pass  # let a progress bar end
    finally:
        crew.stop("interrupted")
        crew.wait()
    untried = f"not tried: {crew.why}"
    return [outcomes.get(w.path, Outcome(w.path, "missing", untried)) for w in wanted]


class _Crew:
    """Threads that take files from one list and put outcomes in one queue."""

    def __init__(self, wanted: Sequence[Wanted], folder: Path, link: Link) -> None:
        self.why = ""
        self._pace = Pace(link.patience.sleep)
        self._todo = iter(wanted)
        self._taking = threading.Lock()
        # an outcome; an error of our own making; None when a thread has ended
        self._done: queue.SimpleQueue[Outcome | Exception | None] = queue.SimpleQueue()
        self._clients = [
            Client(timeout_s=link.timeout_s, credentials=link.credentials)
            for _ in range(min(link.threads, len(wanted)))
        ]
        self._threads = [
            threading.Thread(target=self._work, args=(self._fetcher(client, folder, link), client), daemon=True)
            for client in self._clients
        ]
        for thread in self._threads:
            thread.start()

    def _fetcher(self, client: Client, folder: Path, link: Link) -> FileFetcher:
        return FileFetcher(
            client, base_url=link.base_url, folder=folder, patience=link.patience, pace=self._pace, free=link.free
        )

    def _next(self) -> Wanted | None:
        with self._taking:
            return next(self._todo, None)

    def _work(self, fetcher: FileFetcher, client: Client) -> None:
        try:
            with client:
                while not self._pace.stop.is_set() and (wanted := self._next()) is not None:
                    try:
                        self._done.put(fetcher.fetch(wanted))
                    except StopAllError as error:
                        self._done.put(Outcome(wanted.path, "missing", str(error)))
                        self.stop(str(error))
        except StoppedError:
            pass
        except Exception as error:  # raised again where it is waited for, never lost in a thread
            self._done.put(error)
        finally:
            self._done.put(None)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what comes, until every thread has ended; one that could not even begin says nothing."""
        working = len(self._threads)
        while working:
            any_alive = any(thread.is_alive() for thread in self._threads)
            try:
                got = self._done.get(timeout=_TICK_S)
            except queue.Empty:
                if any_alive:
                    continue
                return
            if isinstance(got, Outcome):
                yield got
            elif got is None:
                working -= 1
            else:
                raise got

    def stop(self, why: str) -> None:
        """Let no thread begin another file, and wake those that wait; the first reason counts."""
        self.why = self.why or why
        self._pace.stop.set()

    def wait(self) -> None:
        """Wait for the threads to end; what hangs on the network is cut off."""
        for client in self._clients:
            client.abort()
        for thread in self._threads:
            thread.join(timeout=_LAST_WAIT_S)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a folder against a second download at the same time, which would write the same parts.

    The lock is on the folder itself, so that no lock file is left behind, and the system lifts it when the process
    ends, however it ends. Systems without such locks (Windows) go without.

    Raises
    ------
    FetchError
        When another process holds it.
    """
    try:
        import fcntl
        import os
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FetchError("fetch", str(folder), "free of another fetch", remedy="Wait until it has ended.") from None
        except OSError:
            pass  # a network disk without locks
        yield
    finally:
        os.close(handle)
