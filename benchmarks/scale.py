"""Very many ECGs: how CPU time and memory grow, from simulated recordings to readings and from readings to numbers.

    python benchmarks/scale.py                        # 12,500 to 100,000 ECGs; recordings 500 to 2,000
    python benchmarks/scale.py --ecgs 800000 --recordings 0
    python benchmarks/scale.py --ecgs 0 --recordings 0 --workers 1 2     # the reading stage, shared by Dask workers

Readings of three readers about 71 findings are drawn, 1.25 ECGs a patient, and evaluated with intervals by patient,
each size in a process of its own. Recordings are simulated ECGs of 10 s at 100 Hz, read by `beat_boosting` end to end;
the CPU time of each stage is the process's own, its children's included. Workers are timed by the clock, which
says something where each has a core for itself, and by the CPU seconds of the run itself and of the busiest worker,
which are the least that the clock could show.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import pairwise
from typing import TypedDict

import numpy as np

FINDINGS, READERS = 71, 3
METRICS = ["prevalence", "sensitivity", "specificity", "ppv", "npv", "f1", "cohen_kappa", "mcnemar"]
EVALUATING = r"""
import json, resource, sys, time, warnings
import numpy as np, pandas as pd
warnings.filterwarnings("ignore")
N, F, R, metrics = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
rng = np.random.default_rng(1)
ids = [str(i) for i in range(N)]
truth = rng.random((N, F), dtype=np.float32) < 0.1
words = pd.Categorical.from_codes
said = np.empty((R, N, F), dtype=np.int8)
for r in range(R):
    said[r] = np.where(rng.random((N, F), dtype=np.float32) < 0.9, truth, ~truth)
readings = pd.DataFrame({
    "record_id": words(np.tile(np.repeat(np.arange(N, dtype=np.int32), F), R), ids),
    "reader_id": words(np.repeat(np.arange(R, dtype=np.int8), N * F), [f"g{i}" for i in range(R)]),
    "finding": words(np.tile(np.arange(F, dtype=np.int8), N * R), [f"F{i}" for i in range(F)]),
    "reading": words(said.ravel(), ["absent", "present"]),
}, copy=False)
del said
reference = pd.DataFrame(truth.astype(np.float32), columns=[f"F{i}" for i in range(F)])
reference.insert(0, "record_id", ids)
del truth
records = pd.DataFrame({"record_id": ids, "patient_id": [str(p) for p in np.sort(rng.integers(0, int(N / 1.25), N))]})
def held():
    return int(open("/proc/self/status").read().partition("VmRSS:")[2].split()[0]) / 1024
import ecg_eval
ecg_eval.evaluate
told = {"made": held()}
start, used = time.perf_counter(), time.process_time()
who = {f"g{r}": "gp" for r in range(R)}
found = ecg_eval.evaluate(readings, reference, readers=who, records=records, metrics=metrics)
told |= {"cpu": time.process_time() - used, "wall": time.perf_counter() - start, "rows": len(found.frame)}
told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""
READING = r"""
import json, resource, sys, tempfile, time, warnings
from pathlib import Path
warnings.filterwarnings("ignore")
n = int(sys.argv[1])
def used():
    return sum(resource.getrusage(w).ru_utime + resource.getrusage(w).ru_stime
               for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
from ecg_eval.config.load import make_config
from ecg_eval.datasets.simulated import Simulated
from ecg_eval.pipeline.study import run, stages
told, seconds = {}, {}
with tempfile.TemporaryDirectory() as folder:
    start = used()
    Simulated(n_records=n, seed=1, sampling_rate_hz=100, root=Path(folder)).records()
    seconds["simulating"] = used() - start
    doing = [("", used())]
    def watch(items, what):
        seconds[doing[-1][0]] = seconds.get(doing[-1][0], 0.0) + used() - doing[-1][1]
        doing.append((what, used()))
        yield from items
    told["before"] = peak()
    config = make_config({
        "name": "scale", "models": ["beat_boosting"], "cache": str(Path(folder) / "cache"),
        "dataset": {"name": "simulated", "n_records": n, "seed": 1, "sampling_rate_hz": 100, "root": folder},
        "findings": ["AF", "LBBB", "RBBB", "MI", "1AVB"],
        "split": {"train": [1, 2, 3, 4, 5, 6, 7, 8], "threshold": [9], "test": [10]},
        "metrics": ["sensitivity", "specificity", "auroc"], "report": {"sections": ["answer"]},
        "tracking": {"enabled": False}, "out": str(Path(folder) / "run"), "intervals": {"resamples": 1000},
    })
    run.run(config, progress=watch)
    list(watch([], "end"))
seconds.pop("", None)
told |= {"seconds": seconds, "peak": peak()}
print(json.dumps(told))
"""


SHARING = r"""
import json, os, sys, tempfile, time, warnings
from pathlib import Path
warnings.filterwarnings("ignore")
n, workers = int(sys.argv[1]), int(sys.argv[2])
def used():
    # CPU seconds of this process and of each that it started, by process id
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        stats[int(path.parent.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    mine = {os.getpid()}
    while more := {p for p, (parent, _) in stats.items() if parent in mine} - mine:
        mine |= more
    return {p: stats[p][1] for p in mine}
marks = {}
from ecg_eval.config.load import make_config
from ecg_eval.datasets.simulated import Simulated
from ecg_eval.pipeline.study import run
seconds, doing = {}, [("", time.perf_counter())]
def watch(items, what):
    seconds[doing[-1][0]] = seconds.get(doing[-1][0], 0.0) + time.perf_counter() - doing[-1][1]
    doing.append((what, time.perf_counter()))
    marks.setdefault(what, used())
    yield from items
with tempfile.TemporaryDirectory() as folder:
    Simulated(n_records=n, seed=1, sampling_rate_hz=100, root=Path(folder)).records()
    config = make_config({
        "name": "shared", "models": ["rules"], "cache": str(Path(folder) / "cache"),
        "dataset": {"name": "simulated", "n_records": n, "seed": 1, "sampling_rate_hz": 100, "root": folder},
        "findings": ["AF", "LBBB"], "split": {"threshold": [1], "test": [2, 3, 4, 5, 6, 7, 8, 9, 10]},
        "metrics": ["sensitivity"], "report": {"sections": ["answer"]}, "costs": {"measure": False},
        "tracking": {"enabled": False}, "out": str(Path(folder) / "run"), "intervals": {"resamples": 100},
        "executor": {"name": "dask", "workers": workers},
    })
    run.run(config, progress=watch)
    list(watch([], "end"))
first, last = marks["Reading signals"], marks["Evaluating"]
cpu = {p: last[p] - first.get(p, 0.0) for p in last}
here = cpu.pop(os.getpid())
print(json.dumps({
    "wall": sum(s for what, s in seconds.items() if what and what != "Evaluating"), "here": here,
    "workers": sorted(cpu.values(), reverse=True)[:workers],
}))
"""


class Evaluated(TypedDict):
    """What one evaluation took: seconds, MB, and the rows that came of it."""

    made: float
    cpu: float
    wall: float
    rows: int
    peak: float


class Shared(TypedDict):
    """What a shared reading stage took: seconds by the clock, CPU seconds of the run and of each worker."""

    wall: float
    here: float
    workers: list[float]


class Read(TypedDict):
    """What reading took: CPU seconds by stage, and MB before it and at its highest."""

    seconds: dict[str, float]
    before: float
    peak: float


def printed(code: str, *words: object) -> str:
    """Run one size in a process of its own; return the last line that it prints."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout.splitlines()[-1]


def main() -> None:
    """Print the tables."""
    reader = argparse.ArgumentParser(description="Measure how time and memory grow with the number of ECGs.")
    reader.add_argument("--ecgs", type=int, nargs="*", default=[12_500, 25_000, 50_000, 100_000])
    reader.add_argument("--recordings", type=int, nargs="*", default=[500, 1000, 2000])
    reader.add_argument("--workers", type=int, nargs="*", default=[])
    reader.add_argument("--shared", type=int, default=600, help="recordings that workers share")
    asked = reader.parse_args()
    evaluating([n for n in asked.ecgs if n])
    reading([n for n in asked.recordings if n])
    sharing(asked.shared, asked.workers)


def evaluating(sizes: list[int]) -> None:
    """Print how evaluation grows."""
    if not sizes:
        return
    print(f"Readings of {READERS} readers about {FINDINGS} findings, {len(METRICS)} metrics, 1,000 resamples:\n")
    print("| ECGs | CPU s | wall s | readings held, MB | peak MB | rows |")
    print("|--:|--:|--:|--:|--:|--:|")
    seen = []
    for n in sizes:
        told: Evaluated = json.loads(printed(EVALUATING, n, FINDINGS, READERS, json.dumps(METRICS)))
        times, sizes_mb = f"{told['cpu']:.1f} | {told['wall']:.1f}", f"{told['made']:,.0f} | {told['peak']:,.0f}"
        print(f"| {n:,} | {times} | {sizes_mb} | {told['rows']:,} |", flush=True)
        seen.append((n, told["cpu"], told["peak"]))
    for (n0, cpu0, peak0), (n1, cpu1, peak1) in pairwise(seen):
        growth = np.log(cpu1 / cpu0) / np.log(n1 / n0)
        each = (peak1 - peak0) / (n1 - n0) * 1024
        print(f"\nFrom {n0:,} to {n1:,} ECGs: exponent of CPU time {growth:.2f}, {each:.1f} KB of memory an ECG.")


def reading(sizes: list[int]) -> None:
    """Print how reading grows, stage by stage."""
    if not sizes:
        return
    print("\nSimulated ECGs read by `beat_boosting`, CPU ms an ECG by stage, and memory:\n")
    tables: list[tuple[int, Read]] = [(n, json.loads(printed(READING, n))) for n in sizes]
    stages = list(dict.fromkeys(stage for _, told in tables for stage in told["seconds"]))
    print(f"| ECGs | {' | '.join(stages)} | before, MB | peak MB |")
    print(f"|--:|{'--:|' * (len(stages) + 2)}")
    for n, told in tables:
        cells = " | ".join(f"{1000 * told['seconds'].get(stage, 0.0) / n:.1f}" for stage in stages)
        print(f"| {n:,} | {cells} | {told['before']:,.0f} | {told['peak']:,.0f} |", flush=True)


def sharing(n: int, workers: list[int]) -> None:
    """Print how long the reading stage takes with some numbers of Dask workers."""
    if not workers:
        return
    print(f"\n{n:,} simulated ECGs looked at, read by `rules` and measured on Dask workers of this machine, seconds:\n")
    print("| workers | by the clock | CPU of the run itself | CPU of each worker | CPU one after the other |")
    print("|--:|--:|--:|--:|--:|")
    took: dict[int, Shared] = {w: json.loads(printed(SHARING, n, w)) for w in workers}
    ways = {w: told["here"] + max(told["workers"]) for w, told in took.items()}
    for w, told in took.items():
        each = ", ".join(f"{cpu:.1f}" for cpu in told["workers"])
        print(f"| {w} | {told['wall']:.1f} | {told['here']:.1f} | {each} | {ways[w]:.1f} |")
    first = workers[0]
    for w in workers[1:]:
        clock, cpu = took[first]["wall"] / took[w]["wall"], ways[first] / ways[w]
        print(f"\n{w} workers: {clock:.2f} times as fast as {first} by the clock, {cpu:.2f} where each has a core.")


if __name__ == "__main__":
    main()
