"""One run folder, one program at a time: a lock that a killed program cannot leave behind, and that names its holder.

The operating system holds the lock (through filelock) and gives it up with the process, however that ends. Who holds
it is written beside it, for people only: a program that was killed leaves its words, and nobody believes them.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ecg_eval.errors import RunFolderError

_LOCK, _HOLDER = ".lock", ".lock-holder"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a run folder, made where it is not there yet; clear what a program that was killed left half-written.

    Raises
    ------
    RunFolderError
        When another program holds it.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / _HOLDER
    lock = FileLock(folder / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        remedy = "Wait until it has ended, or choose another folder with --out."
        raise RunFolderError(str(folder), "run folder", "free", f"in use by {_said(holder)}", remedy) from None
    try:
        for part in folder.glob(".*.part"):
            part.unlink(missing_ok=True)
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()} since {_now()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _said(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8")[:200] or "another program"
    except (OSError, ValueError):
        return "another program"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
