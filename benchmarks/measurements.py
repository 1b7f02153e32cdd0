"""How near our ECG measurements come to cardiologists' marks, and what they cost, beside NeuroKit2's delineators.

    python benchmarks/measurements.py ../shared/data/ludb [--records 1-100] [--ours-only] [--worse] [--scale stored]

Reads LUDB (12 leads, 500 Hz, P, QRS and T marked by cardiologists lead by lead) and prints Markdown tables. An interval
of a record is the median over its beats and leads, of the marks as of NeuroKit2, which delineates lead by lead; ours is
one value a record, from all leads together. A beat or wave counts as found when its peak lies within 150 ms (ANSI/AAMI
EC57) of the cardiologists', in the part of the lead that they marked.
"""

import argparse
import itertools
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import neurokit2
import numpy as np
import wfdb
from numpy.typing import NDArray

from ecg_eval.datasets._tables.ludb_marks import LEADS, Marks, cardiologists, median_intervals_ms
from ecg_eval.signals.marks import MARKS, beat_marks
from ecg_eval.signals.measurements import measure
from ecg_eval.signals.resample import resample

Program = Callable[[NDArray[np.float64]], tuple[dict[str, float], list[Marks], int]]

WAVES = {"P": "p_peak", "QRS": "r_peak", "T": "t_peak"}
INTERVALS = {"PR": "pr_ms", "QRS": "qrs_ms", "QT": "qt_ms"}
NEUROKIT = {
    "p_onset": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "qrs_onset": "ECG_R_Onsets",
    "qrs_offset": "ECG_R_Offsets",
    "t_peak": "ECG_T_Peaks",
    "t_end": "ECG_T_Offsets",
}
TOLERANCE_S = 0.150
STORED_PER_MV = 1000.0
STANDARDS = "| tolerances of the standards, for scale | 10 / 15 | 10 / 10 | 25 / 30 |"


@dataclass
class Tally:
    """What one program gives over all records."""

    differences: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in INTERVALS})
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    raised: int = 0


def ours(signal: NDArray[np.float64], sampling_rate_hz: float = 500) -> tuple[dict[str, float], list[Marks], int]:
    """Return our intervals in ms and, for every lead the same, our marks."""
    measured = measure(signal_mv=signal, sampling_rate_hz=sampling_rate_hz)
    marks = dict(zip(MARKS, beat_marks(measured=measured).T, strict=True))
    return {"PR": measured.pr_ms, "QRS": measured.qrs_ms, "QT": measured.qt_ms}, [marks] * len(LEADS), 0


def worse() -> dict[str, Program]:
    """Return ourselves on recordings made worse in one way each."""
    rng = np.random.default_rng(0)
    time_s = np.arange(5000)[:, None] / 500

    def at(rate_hz: int) -> Program:
        return lambda x: ours(resample(signal=x, sampling_rate_hz=500, target_rate_hz=rate_hz), rate_hz)

    return {
        "at 250 Hz": at(250),
        "at 100 Hz": at(100),
        "white noise of 0.05 mV (SD) in every lead": lambda x: ours(x + rng.normal(0, 0.05, x.shape)),
        "mains hum of 0.1 mV in every lead": lambda x: ours(x + 0.1 * np.sin(2 * np.pi * 50 * time_s)),
        "wander of 0.5 mV at 0.2 Hz": lambda x: ours(x + 0.5 * np.sin(2 * np.pi * 0.2 * time_s)),
        "six leads missing": lambda x: ours(np.where(np.arange(12) % 2, x, np.nan)),
        "gain halved": lambda x: ours(x / 2),
        "gain doubled": lambda x: ours(x * 2),
    }


def neurokit(method: str) -> Program:
    """Return a reader that delineates lead by lead with one of NeuroKit2's methods."""

    def read(signal: NDArray[np.float64]) -> tuple[dict[str, float], list[Marks], int]:
        leads, raised = [], 0
        for lead in signal.T:
            marks = {name: np.empty(0) for name in MARKS}
            try:
                clean = neurokit2.ecg_clean(lead, sampling_rate=500)
                peaks = neurokit2.ecg_peaks(clean, sampling_rate=500)[1]["ECG_R_Peaks"]
                marks["r_peak"] = np.asarray(peaks) / 500
                _, found = neurokit2.ecg_delineate(clean, peaks, sampling_rate=500, method=method)
                marks |= {name: np.asarray(found[key], dtype=float) / 500 for name, key in NEUROKIT.items()}
            except Exception:  # of many kinds; how often is what is counted
                raised += 1
            leads.append(marks)
        return medians(leads), leads, raised

    return read


def medians(leads: list[Marks]) -> dict[str, float]:
    """Return the median of each interval over beats and leads, in ms, by the names of the table."""
    found = median_intervals_ms(leads)
    return {name: found[column] for name, column in INTERVALS.items()}


def count(reference: Marks, found: Marks, counts: Counter[tuple[str, str]]) -> None:
    """Count found, missed and invented beats and waves of one lead, within the part that was marked."""
    for wave, mark in WAVES.items():
        true, said = reference[mark], found[mark]
        true, said = true[np.isfinite(true)], said[np.isfinite(said)]
        whole = reference["r_peak"]
        if len(whole) == 0:
            continue
        said = said[(said >= whole[0] - TOLERANCE_S) & (said <= whole[-1] + TOLERANCE_S)]
        inner = true[(true >= whole[0] - TOLERANCE_S) & (true <= whole[-1] + TOLERANCE_S)]
        near = np.abs(inner[:, None] - said) <= TOLERANCE_S
        counts[wave, "hit"] += int(near.any(axis=1).sum()) if len(said) else 0
        counts[wave, "true"] += len(inner)
        counts[wave, "right"] += int(near.any(axis=0).sum()) if len(inner) else 0
        counts[wave, "said"] += len(said)


def records(folder: Path, wanted: range, scale: str = "header") -> Iterator[tuple[NDArray[np.float64], list[Marks]]]:
    """Yield signals and marks of the records that are there; at the scale of the headers, or as stored."""
    for number in wanted:
        path = folder / "data" / str(number)
        if path.with_suffix(".hea").is_file():
            read = wfdb.rdrecord(str(path), physical=scale == "header")
            signal = read.p_signal if scale == "header" else read.d_signal / STORED_PER_MV
            yield signal, [cardiologists(path, lead) for lead in LEADS]


def run(
    folder: Path, wanted: range, programs: dict[str, Program], scale: str = "header"
) -> tuple[dict[str, Tally], int]:
    """Let every program read every record."""
    tallies, n_records = {name: Tally() for name in programs}, 0
    for signal, reference in records(folder, wanted, scale):
        n_records += 1
        truth = medians(reference)
        for name, program in programs.items():
            start = time.perf_counter()
            said, leads, raised = program(signal)
            tally = tallies[name]
            tally.seconds.append(time.perf_counter() - start)
            tally.raised += raised
            for interval in INTERVALS:
                tally.differences[interval].append(said[interval] - truth[interval])
            for true, found in zip(reference, leads, strict=True):
                count(true, found, tally.counts)
    return tallies, n_records


def report(tallies: dict[str, Tally], n_records: int) -> None:
    """Print the tables."""
    print(f"Intervals against the cardiologists' marks, {n_records} records (bias / SD in ms, records compared).\n")
    print("| | PR | QRS | QT | leads that raised | ms a record |")
    print("|---|---|---|---|--:|--:|")
    for name, tally in tallies.items():
        cells = []
        for values in tally.differences.values():
            known = np.array(values)[np.isfinite(values)]
            cells.append(f"{known.mean():.1f} / {known.std(ddof=1):.1f} ({len(known)})")
        speed = f"{1000 * statistics.median(tally.seconds):.1f}"
        print(f"| {name} | {' | '.join(cells)} | {tally.raised} | {speed} |")
    print(f"{STANDARDS} | |\n")
    print("Beats and waves, lead by lead (sensitivity / precision).\n")
    print("| | QRS | P | T |")
    print("|---|---|---|---|")
    for name, tally in tallies.items():
        cells = []
        for wave in ("QRS", "P", "T"):
            hit, true, right, said = (tally.counts[wave, kind] for kind in ("hit", "true", "right", "said"))
            cells.append(f"{hit / true:.4f} / {right / max(said, 1):.4f}")
        print(f"| {name} | {' | '.join(cells)} |")


def beside_ecg_process(folder: Path, wanted: range, n_records: int = 10) -> tuple[float, float]:
    """Return the median seconds a record of ``ecg_process`` on 12 leads, and ours, taken in turn."""
    theirs, own = [], []
    for signal, _ in itertools.islice(records(folder, wanted), n_records):
        start = time.perf_counter()
        for lead in signal.T:
            neurokit2.ecg_process(lead, sampling_rate=500)
        middle = time.perf_counter()
        for _ in range(5):
            ours(signal)
        theirs.append(middle - start)
        own.append((time.perf_counter() - middle) / 5)
    return statistics.median(theirs), statistics.median(own)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the root of LUDB")
    parser.add_argument("--records", default="1-200", help="first-last; those that are not there are passed over")
    parser.add_argument("--ours-only", action="store_true", help="leave out NeuroKit2's delineators (a minute)")
    parser.add_argument("--worse", action="store_true", help="ourselves on worse recordings instead of the peers")
    parser.add_argument("--scale", choices=("header", "stored"), default="header", help="which numbers are millivolts")
    given = parser.parse_args()
    first, _, last = given.records.partition("-")
    wanted = range(int(first), int(last or first) + 1)
    warnings.simplefilter("ignore")  # NeuroKit2 and numpy warn on leads that it cannot delineate
    programs: dict[str, Program] = {"ecg_eval, all leads together": ours}
    peers = not (given.ours_only or given.worse)
    if given.worse:
        programs |= worse()
    if peers:
        programs |= {f"NeuroKit2 {method}": neurokit(method) for method in ("dwt", "prominence")}
    measure(signal_mv=np.zeros((5000, 12)), sampling_rate_hz=500)  # imports are not part of the cost
    ours(next(records(given.folder, wanted))[0])
    tallies, n_records = run(given.folder, wanted, programs, given.scale)
    report(tallies, n_records)
    if peers:
        theirs, own = beside_ecg_process(given.folder, wanted)
        theirs, own = 1000 * theirs, 1000 * own
        print(f"\n`ecg_process` on 12 leads: {theirs:.0f} ms a record; ours: {own:.1f}; {theirs / own:.0f} times.")


if __name__ == "__main__":
    main()
