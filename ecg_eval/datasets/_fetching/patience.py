"""How failures of a server are met: waits that grow, the wait that it asks for, and the end for all threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How failures are met.

    Attributes
    ----------
    tries : int
        Failures in a row, of one file, before it is given up.
    first_s, longest_s : float
        The wait after the first failure, doubled after each further one up to the longest.
    longest_asked_s : float
        The longest wait that a server may ask for (Retry-After); past it the file is left for another day.
    sleep : callable or None
        Waits for seconds; None waits in a way that an interruption ends at once.
    """

    tries: int = 5
    first_s: float = 1.0
    longest_s: float = 60.0
    longest_asked_s: float = 600.0
    sleep: Callable[[float], object] | None = None

    def wait_s(self, failures: int) -> float:
        """Return the wait after so many failures in a row, ``min(longest, first * 2 ** (failures - 1))``."""
        return float(min(self.longest_s, self.first_s * 2 ** min(failures - 1, 30)))


class Pace:
    """The wait that a server asked for, kept by all threads, and the end that stops them all."""

    def __init__(self, sleep: Callable[[float], object] | None) -> None:
        self.stop = threading.Event()
        self._sleep = sleep or self.stop.wait
        self._until = 0.0
        self._lock = threading.Lock()

    def hold(self, seconds: float) -> None:
        """Let nobody ask before so many seconds have passed."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Wait, in this thread alone."""
        if seconds > 0:
            self._sleep(seconds)

    def wait_turn(self) -> None:
        """Wait as long as the server asked for; raise when all are to stop."""
        self.sleep(self._until - time.monotonic())
        if self.stop.is_set():
            raise StoppedError


class StoppedError(Exception):
    """The others have stopped: leave what is unfinished as it is."""


class StopAllError(Exception):
    """What went wrong would go wrong for every further file; its message says what."""
