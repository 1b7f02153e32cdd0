"""How fast recordings are read: our reader beside the wfdb loop of the PTB-XL benchmark and the raw read() limit.

Run: python benchmarks/reading.py [number of records]

Both sampling rates are read from a simulated cohort in PTB-XL's layout, page cache warm, one thread, in one process
and one run, so that the ratios hold on any machine. Each method is timed three times in seconds of processor time (a
neighbour on the machine then changes little), and the median is shown.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ecg_eval.datasets._wfdb_records import read_record
from ecg_eval.datasets.simulated import write_cohort

REPEATS = 3


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


METHODS: dict[str, Callable[[Sequence[Path]], None]] = {
    "wfdb.rdsamp loop": wfdb_loop,
    "ours: header parsed, checksum verified, float32 mV": our_loop,
    "raw read() of the signal file (the limit)": raw_read,
}


def records_per_s(method: Callable[[Sequence[Path]], None], stems: Sequence[Path]) -> float:
    """Return the median speed after one untimed round over a few records (imports, page cache)."""
    method(stems[:20])
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        method(stems)
        seconds.append(time.process_time() - start)
    return len(stems) / statistics.median(seconds)


def check_equal(stems: Sequence[Path]) -> None:
    """Refuse to compare the speed of readers that do not give the same signal."""
    import wfdb

    for stem in stems:
        theirs, _ = wfdb.rdsamp(str(stem))
        ours, _, _ = read_record(stem)
        if not np.array_equal(theirs.astype(np.float32), ours, equal_nan=True):
            sys.exit(f"{stem}: our signal differs from wfdb's")


def main(n_records: int = 2000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_cohort(root, n_records, seed=1, prevalence="enriched", sampling_rates_hz=(100, 500))
        speeds = {}
        for rate in (100, 500):
            stems = sorted(p.with_suffix("") for p in (root / f"records{rate}").rglob("*.hea"))
            check_equal(stems[:50])
            speeds[rate] = {name: records_per_s(method, stems) for name, method in METHODS.items()}
    print(f"{n_records} records of 12 leads and 10 s; records/s, and how many times the wfdb loop\n")
    print("| | 100 Hz | x | 500 Hz | x |")
    print("|---|--:|--:|--:|--:|")
    base = {rate: speeds[rate]["wfdb.rdsamp loop"] for rate in speeds}
    for name in METHODS:
        cells = " | ".join(f"{speeds[r][name]:,.0f} | {speeds[r][name] / base[r]:.1f}" for r in speeds)
        print(f"| {name} | {cells} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
