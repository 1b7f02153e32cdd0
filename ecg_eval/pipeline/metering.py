"""What a piece of work takes: seconds by the clock, seconds of processors, and memory at its peak.

Processor seconds are those of this process with all its threads, and of processes that it started and that have ended:
they hold where other programs share the machine, which seconds by the clock do not. Memory is what the work added at
its peak to what the process held when it began, so that libraries loaded before do not count (Linux alone tells).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """What a piece of work took; filled in when it has ended.

    Attributes
    ----------
    seconds : float
        By the clock.
    cpu_s : float
        Of processors, summed over threads and ended processes.
    memory_mb : float or None
        Peak beside what was held at the beginning, in MB of a million bytes; None where the system does not tell.
    """

    seconds: float = 0.0
    cpu_s: float = 0.0
    memory_mb: float | None = None


@contextmanager
def metered() -> Iterator[Cost]:
    """Yield a cost that is known once the block has ended.

    Examples
    --------
    >>> with metered() as cost:
    ...     total = sum(range(100_000))
    >>> cost.seconds > 0
    True
    """
    cost = Cost()
    with suppress(OSError):
        _FORGET_PEAK.write_text("5", encoding="ascii")  # the peak starts anew
    held_mb, cpu_s, start = _memory_mb("VmRSS"), _cpu_s(), perf_counter()
    try:
        yield cost
    finally:
        cost.seconds, cost.cpu_s = perf_counter() - start, _cpu_s() - cpu_s
        peak_mb = _memory_mb("VmHWM")
        cost.memory_mb = None if peak_mb is None or held_mb is None else max(peak_mb - held_mb, 0.0)


def _cpu_s() -> float:
    import resource  # not on every system

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _memory_mb(key: str) -> float | None:
    try:
        status = _STATUS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    value = status.partition(f"{key}:")[2].split()
    return int(value[0]) * 1024 / 1e6 if value else None
