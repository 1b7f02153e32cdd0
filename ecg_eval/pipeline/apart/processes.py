"""A plug-in is asked in a process of its own: what hangs, dies, leaves, forks or eats memory costs its own answers.

The process is a copy of this one (``fork``), which costs some 20 ms and needs nothing to be handed over but the answer.
Whatever the plug-in leaves behind goes with it: memory, threads, temporary files, processes that it started. A copy
inherits no threads of its parent, and a pool of OpenMP that had workers would wait for them for ever: where this
process has one, the copy works with one thread. Linux alone copies processes safely; elsewhere, and where this process
holds a GPU, plug-ins are asked here, and only what they raise is caught.
"""

import ctypes
import gc
import os
import pickle
import select
import signal
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import NoReturn, TypeVar

from ecg_eval.errors import EcgEvalError, PluginError

_LENGTH = struct.Struct("<Q")  # of the answer, sent before it
_LOOK_S = 0.2  # how often it is looked whether the process is still there
_ENDING_S = 2.0  # that a process may take from its last word to its end
_PDEATHSIG = 1  # prctl: die with the process that started this one
_GB = 2**30
_SAID = 300  # letters of another program's message
_SEE = "See the plug-in's code."
T = TypeVar("T")
_asked_process: int | None = None  # in a copy: itself


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What a plug-in may take for one answer.

    Attributes
    ----------
    seconds : float or None
        By the clock; None for as long as it takes.
    memory_gb : float or None
        Beside what the run itself holds; None for as much as there is.
    """

    seconds: float | None = None
    memory_gb: float | None = None

    @property
    def is_limited(self) -> bool:
        """Return whether there is a limit at all."""
        return self.seconds is not None or self.memory_gb is not None


NO_LIMIT = Allowed()


def is_outside(kind: type[object]) -> bool:
    """Return whether a class is not of this package."""
    return kind.__module__.partition(".")[0] != "ecg_eval"


def in_words(error: BaseException) -> str:
    """Return another program's error in a line: its kind and the beginning of its message.

    Examples
    --------
    >>> in_words(ValueError("no such layer"))
    'ValueError: no such layer'
    >>> in_words(SystemExit())
    'SystemExit'
    """
    text = " ".join(str(error).split())
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:_SAID]


@contextmanager
def calling(who: str, what: str, rule: str = "handed over") -> Iterator[None]:
    """Turn whatever strange happens inside a plug-in, an exit included, into one sentence.

    Its own words about a user's data or files (any `EcgEvalError`) pass as they are.
    """
    try:
        yield
    except EcgEvalError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(who, what, rule, in_words(error), _SEE) from error


def asked(call: Callable[[], T], kind: type[object], who: str, what: str, allowed: Allowed = NO_LIMIT) -> T:
    """Return what a plug-in answers, asked in a process of its own where its class is not ours or limits are set.

    Parameters
    ----------
    call : callable
        () -> the answer, which must be made of plain values, tables and arrays.
    kind : type
        The plug-in's class.
    who, what : str
        The plug-in, and what is asked of it, for messages.
    allowed : Allowed

    Raises
    ------
    EcgEvalError
        What `call` raises.
    PluginError
        When it raises something else, takes longer than allowed, or its process ends without an answer.
    """
    if (is_outside(kind) or allowed.is_limited) and can_copy():
        return apart(call, who, what, allowed)
    with calling(who, what):
        return call()


def end_copies() -> None:
    """End this process where a plug-in that was asked made it, by a fork, of the one that answers.

    It would go on with all that is still to be asked, and fork again each time: twice as many processes at every call.
    """
    if _asked_process is not None and os.getpid() != _asked_process:
        os._exit(0)


def can_copy() -> bool:
    """Return whether this process can be copied safely."""
    torch = sys.modules.get("torch")
    holds_gpu = torch is not None and hasattr(torch, "cuda") and torch.cuda.is_initialized()
    return sys.platform == "linux" and not holds_gpu


def apart(call: Callable[[], T], who: str, what: str, allowed: Allowed = NO_LIMIT) -> T:
    """Return what a call answers in a process of its own; see `asked`."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()  # what waits here would be written twice
    with TemporaryDirectory(prefix=f"ecg-eval-apart-{os.getpid()}-") as scratch:
        one_thread = _has_pool()
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which are dealt with
            process = os.fork()
        if process == 0:
            os.close(reading)
            _answer(call, writing, lambda: _set_apart(allowed, scratch, one_thread=one_thread))
        os.close(writing)
        try:
            content = _received(reading, process, allowed.seconds)
        finally:
            os.close(reading)
            ended = _ended(process)
    if isinstance(content, str):
        raise PluginError(who, what, content, f"nothing after {allowed.seconds:g} s", "It was ended; see `limits:`.")
    if content is None:
        raise PluginError(who, what, "handed over", ended, _SEE)
    with calling(who, what, "one that can be handed over"):
        is_answer, value = pickle.loads(content)  # noqa: S301 - from a copy of this very process
    if is_answer:
        answer: T = value
        return answer
    raise value if isinstance(value, EcgEvalError) else PluginError(who, what, "handed over", value, _SEE)


def _received(reading: int, process: int, seconds: float | None) -> bytes | str | None:
    """Return what the process sent; the broken rule where it took too long, None where it ended without an answer."""
    end = None if seconds is None else monotonic() + seconds
    content, length = bytearray(), None
    is_there = True
    while length is None or len(content) < length:
        if end is not None and monotonic() > end:
            return f"handed over within {seconds:g} s"
        wait = _LOOK_S if end is None else min(_LOOK_S, max(end - monotonic(), 0))
        if not select.select([reading], [], [], wait if is_there else 0)[0]:
            if not is_there:
                return None
            is_there = not _is_gone(process)
            continue
        piece = os.read(reading, 1 << 20)
        if not piece:
            _wait_for(process)
            return None
        content += piece
        if length is None and len(content) >= _LENGTH.size:
            length = _LENGTH.unpack_from(content)[0] + _LENGTH.size
    return bytes(content[_LENGTH.size :])


def _is_gone(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _wait_for(process: int) -> None:
    """Let a process that has closed its pipe come to its end, so that it can be said how it ended."""
    for _ in range(int(_ENDING_S / 0.01)):
        if _is_gone(process):
            return
        sleep(0.01)


def _ended(process: int) -> str:
    """End a process and all that it started; return how it ended, in words."""
    with suppress(OSError):
        os.killpg(process, signal.SIGKILL)
    with suppress(OSError):
        os.kill(process, signal.SIGKILL)
    status = os.waitpid(process, 0)[1]
    if os.WIFEXITED(status):
        return f"the end of its process with status {os.WEXITSTATUS(status)}"
    name = signal.Signals(os.WTERMSIG(status)).name
    return f"the end of its process by {name}" + (", as where memory is full" if name == "SIGKILL" else "")


def _answer(call: Callable[[], object], writing: int, set_apart: Callable[[], None]) -> NoReturn:
    """Call, send the answer, and end this process, which is a copy."""
    global _asked_process  # noqa: PLW0603 - this process is a copy, and does nothing else
    _asked_process = os.getpid()
    status = 1
    try:
        set_apart()
        try:
            message = pickle.dumps((True, call()))
        except EcgEvalError as error:
            message = pickle.dumps((False, error))
        except BaseException as error:  # an exit too, and Ctrl-C
            message = pickle.dumps((False, in_words(error)))
        end_copies()
        with open(writing, "wb") as file:
            file.write(_LENGTH.pack(len(message)) + message)
        status = 0
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
    finally:
        os._exit(status)


def _set_apart(allowed: Allowed, scratch: str, *, one_thread: bool) -> None:
    """Make this process one that can be ended with all that it starts, and that the machine ends before any other."""
    import resource
    import tempfile

    os.setpgid(0, 0)
    gc.freeze()  # looking through all that the run holds for garbage would copy it, page by page
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    if allowed.memory_gb is not None:
        most = _held_bytes() + int(allowed.memory_gb * _GB)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if one_thread:
        _keep_to_one_thread()


def _held_bytes() -> int:
    """Return how much writable memory this process has, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def _has_pool() -> bool:
    """Return whether this process has threads that are neither Python's nor of BLAS, which survives being copied."""
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    pools = threadpool_info()
    of_blas = sum(pool["num_threads"] - 1 for pool in pools if pool["user_api"] == "blas")
    tasks = sum(1 for _ in Path("/proc/self/task").iterdir())
    return tasks > threading.active_count() + of_blas and any(pool["user_api"] == "openmp" for pool in pools)


def _keep_to_one_thread() -> None:
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)
