"""How fast recordings are read: our reader and its cache beside the wfdb loop of the PTB-XL benchmark and raw read().

Run: python benchmarks/reading.py [number of records]

Both sampling rates are read from a simulated cohort in PTB-XL's layout, page cache warm, one thread, in one process
and one run, so that the ratios hold on any machine. The methods take turns, round after round; each is timed in seconds
of processor time (a neighbour on the machine then changes little), and the median round is shown. Memory is the highest
that a process of its own held, which opens the cache and reads all records at 500 Hz one by one.
"""

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ecg_eval.datasets._packing.cache import PackedCache, open_cache
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.datasets.simulated import write_cohort

ROUNDS = 5
Loop = Callable[[Sequence[Path]], None]


def wfdb_loop(stems: Sequence[Path]) -> None:
    import wfdb

    for stem in stems:
        wfdb.rdsamp(str(stem))


def our_loop(stems: Sequence[Path]) -> None:
    for stem in stems:
        read_record(stem)


def raw_read(stems: Sequence[Path]) -> None:
    for stem in stems:
        stem.with_suffix(".dat").read_bytes()


def opened(root: Path, cache: Path, stems: Sequence[Path]) -> PackedCache:
    return open_cache({str(stem): stem for stem in stems}, root=root, cache=cache)


def methods(root: Path, cache: Path, packed: PackedCache) -> dict[str, Loop]:
    def from_cache(stems: Sequence[Path]) -> None:
        for stem in stems:
            packed.read(str(stem))

    def numbers_from_cache(stems: Sequence[Path]) -> None:
        for stem in stems:
            np.array(packed.stored(str(stem)))

    return {
        "wfdb.rdsamp loop": wfdb_loop,
        "ours: header parsed, checksum verified, float32 mV": our_loop,
        "ours from the packed cache, opened and verified: float32 mV": from_cache,
        "the same, the stored 16-bit numbers copied": numbers_from_cache,
        "opening that cache: sources unchanged, every SHA-256 verified": lambda stems: void(opened(root, cache, stems)),
        "raw read() of the signal file (the limit)": raw_read,
    }


def void(_: object) -> None:
    """Take a result and give none."""


def records_per_s(loops: dict[str, Loop], stems: Sequence[Path]) -> dict[str, float]:
    """Return the median speed of each method after one untimed round over a few records (imports, page cache)."""
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        loop(stems[:20])
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            start = time.process_time()
            loop(stems)
            seconds[name].append(time.process_time() - start)
    return {name: len(stems) / statistics.median(taken) for name, taken in seconds.items()}


def check_equal(stems: Sequence[Path], packed: PackedCache) -> None:
    """Refuse to compare the speed of readers that do not give the same signal."""
    import wfdb

    for stem in stems:
        theirs = wfdb.rdsamp(str(stem))[0].astype(np.float32)
        for ours in (read_record(stem), packed.read(str(stem))):
            if ours is None or not np.array_equal(theirs, ours[0], equal_nan=True):
                sys.exit(f"{stem}: our signal differs from wfdb's")


def highest_mb(root: Path, cache: Path, stems: Sequence[Path]) -> float:
    """Read everything from the cache and return the most memory that this process held, in MB."""
    packed = opened(root, cache, stems)
    for stem in stems:
        packed.read(str(stem))
    # getrusage would give the parent's memory too
    said = Path("/proc/self/status").read_text(encoding="ascii")
    return int(said.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def main(n_records: int = 2000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "archive", Path(folder) / "cache"
        write_cohort(root, n_records, seed=1, prevalence="enriched", sampling_rates_hz=(100, 500))
        speeds = {}
        for rate in (100, 500):
            stems = sorted(p.with_suffix("") for p in (root / f"records{rate}").rglob("*.hea"))
            packed = opened(root, cache, stems)
            check_equal(stems[:50], packed)
            speeds[rate] = records_per_s(methods(root, cache, packed), stems)
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            memory_mb = alone.apply(highest_mb, (root, cache, stems))
    print(f"{n_records} records of 12 leads and 10 s; records/s, and how many times the wfdb loop\n")
    print("| | 100 Hz | x | 500 Hz | x |")
    print("|---|--:|--:|--:|--:|")
    base = {rate: speeds[rate]["wfdb.rdsamp loop"] for rate in speeds}
    for name in speeds[100]:
        cells = " | ".join(f"{speeds[r][name]:,.0f} | {speeds[r][name] / base[r]:.1f}" for r in speeds)
        print(f"| {name} | {cells} |")
    print("\nOut of the cache at 500 Hz about half of the time turns 60,000 numbers a record into mV.")
    print(f"Most memory while all are read from the cache at 500 Hz: {memory_mb:.0f} MB.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
