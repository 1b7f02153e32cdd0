"""Measure the signal quality gate on recordings damaged on purpose, and write the tables to docs/quality.md.

Run: python scripts/measure_quality_gate.py [--ptb-xl ../shared/data/ptb-xl] [--ludb ...] [--challenge ...]

Everything is measured on the first odd id of each patient of PTB-XL 1-500, damaged in one way at a time. The model of
exchanged electrodes was fitted on LUDB and on even ids whose patients have no odd one; the page says what was chosen
on what.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import process_time

import numpy as np
import page_tables
import pandas as pd
from quality_damages import damages, rewirings

from ecg_eval.datasets.challenge2021 import Challenge2021
from ecg_eval.datasets.ludb import Ludb
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.recording import Recording
from ecg_eval.signals.quality import examine
from ecg_eval.signals.quality_kinds import KINDS, LIMITS, Limits, QualityFinding
from ecg_eval.stats.proportion.proportions import single_proportion

MARK = "gate"


def look(r: Recording, usual_s: float | None = None) -> dict[str, QualityFinding]:
    """Return a recording's flaws by kind, the archive's usual duration being known."""
    found = examine(signal=r.signal, leads=r.leads, sampling_rate_hz=r.sampling_rate_hz, units=r.units)
    told = {f.kind: f for f in found}
    if usual_s and r.duration_s < Limits().duration_share * usual_s:
        told.setdefault("short", QualityFinding(kind="short", value=r.duration_s, unit="s"))
    return told


def measure(recordings: Sequence[Recording], seed: int) -> tuple[list[str], list[str]]:
    """Return the rows of the two tables: kinds of damage, and exchanged electrodes."""
    usual_s = float(np.median([r.duration_s for r in recordings]))
    untouched = [look(r, usual_s) for r in recordings]
    n = len(recordings)
    rows = []
    for number, damage in enumerate(damages()):
        rng = np.random.default_rng((seed, number))
        told = [look(damage.apply(r, rng), usual_s) for r in recordings]
        hits = sum(damage.kind in t for t in told)
        false = sum(damage.kind in t for t in untouched)
        shares = f"{_share(hits, n)} | {_share(hits, hits + false)} | {_share(false, n)}"
        named = sum(damage.said in t[damage.kind].detail for t in told if damage.kind in t) if damage.said else 0
        shares += f" | {_share(named, hits)}" if damage.said and hits else " | "
        rows.append(f"| `{damage.kind}` | {damage.how} | {shares} |")
    false = sum("electrodes" in t for t in untouched)
    wired = []
    for damage in rewirings():
        rng = np.random.default_rng(seed)
        names = [_named(look(damage.apply(r, rng))) for r in recordings]
        right = names.count(damage.how)
        others = Counter(name for name in names if name not in ("", damage.how)).most_common(2)
        said = ", ".join(f"{name} ({count})" for name, count in others)
        any_ = sum(name != "" for name in names)
        wired.append(
            f"| {damage.how} | {_share(any_, n)} | {_share(right, n)} | {_share(any_, any_ + false)} | {said or '-'} |"
        )
    wired.append(f"| none (untouched) | {_share(false, n)} | | | {_listed(_named(t) for t in untouched)} |")
    return rows, wired


def _named(told: dict[str, QualityFinding]) -> str:
    detail = told["electrodes"].detail if "electrodes" in told else ""
    return detail.removeprefix("probably ").removeprefix("possibly ")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in Counter(n for n in names if n).most_common()) or "-"


def _share(count: int, n: int) -> str:
    told = single_proportion(n_events=count, n=n)
    if told.value is None or told.low is None or told.high is None:
        return "-"
    return f"{told.value:.3f} ({told.low:.3f} to {told.high:.3f})"


def untouched_rows(archives: dict[str, Iterable[Recording]]) -> list[str]:
    """Return how many recordings of each archive, as it is, have each flaw."""
    rows = []
    for name, recordings in archives.items():
        counts: Counter[str] = Counter()
        n = 0
        for recording in recordings:
            told = look(recording)
            counts.update(told.keys())
            counts["any"] += bool(told)
            n += 1
        kinds = ", ".join(f"`{kind}` {counts[kind]}" for kind in KINDS if counts[kind])
        rows.append(f"| {name} | {n} | {counts['any']} | {kinds} |")
    return rows


def noted_rows(recordings: Sequence[Recording], table: pd.DataFrame) -> list[str]:
    """Return what the gate finds where PTB-XL's own technicians noted a problem, and where they did not."""
    rows = []
    for column, kind in (
        ("baseline_drift", "baseline_wander"),
        ("static_noise", "muscle_noise"),
        ("burst_noise", "muscle_noise"),
    ):
        noted = table[column].notna()
        found = {r.record_id: kind in look(r) for r in recordings}
        there = [found[r] for r in found if noted[int(r)]]
        not_there = [found[r] for r in found if not noted[int(r)]]
        with_note, without = _share(sum(there), len(there)), _share(sum(not_there), len(not_there))
        rows.append(f"| `{column}` ({len(there)}) | `{kind}` | {with_note} | {without} |")
    return rows


def policy_rows() -> list[str]:
    """Return the kinds with what follows from them by default."""
    return [f"| `{kind}` | {about.words} | {about.action} |" for kind, about in KINDS.items()]


def all_of(dataset: Dataset) -> Iterable[Recording]:
    """Give every recording that has a signal."""
    records = dataset.records()
    return (dataset.load(str(r)) for r in records.index[records["has_signal"]])


def first_odd(root: Path, rate_hz: int) -> list[Recording]:
    """Return the first odd id of each patient."""
    archive = PtbXl(root, sampling_rate_hz=rate_hz)
    records = archive.records()
    records = records[records["has_signal"]]
    odd = records[records.index.astype(int) % 2 == 1]
    return [archive.load(str(r)) for r in odd.drop_duplicates("patient_id").index]


def ms_a_record(recordings: Sequence[Recording]) -> float:
    """Return the processor time of one examination in ms."""
    look(recordings[0])
    start = process_time()
    for recording in recordings:
        look(recording)
    return 1000 * (process_time() - start) / len(recordings)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ptb-xl", type=Path, default=Path("../shared/data/ptb-xl"))
    parser.add_argument("--ludb", type=Path, default=Path("../shared/data/ludb"))
    parser.add_argument("--challenge", type=Path, default=Path("../shared/data/cinc2021/training"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/quality.md"))
    given = parser.parse_args()
    recordings = first_odd(given.ptb_xl, 500)
    slow = first_odd(given.ptb_xl, 100)
    rows, wired = measure(recordings, given.seed)
    table = pd.read_csv(
        given.ptb_xl / "ptbxl_database.csv", index_col="ecg_id", low_memory=False, float_precision="round_trip"
    )
    archives: dict[str, Iterable[Recording]] = {
        "PTB-XL, first odd ids, 500 Hz": recordings,
        "PTB-XL, first odd ids, 100 Hz": slow,
        "Challenge 2021 (147 records of six archives)": all_of(Challenge2021(given.challenge)),
        "LUDB, as its headers declare it": all_of(Ludb(given.ludb)),
    }
    defaults = Limits()
    text = "\n".join(
        [
            *("| kind | what is said | default |", "|---|---|---|", *policy_rows(), ""),
            "Limits: " + ", ".join(f"`{name}` {getattr(defaults, name):g}" for name in LIMITS) + ".",
            "",
            f"Measured on {len(recordings)} recordings (Wilson 95 % intervals). Recall: damaged ones in which the kind "
            "is found. Precision: among as many damaged as untouched ones. False alarms: untouched ones.",
            "",
            "| kind | damage | recall | precision | false alarms | of those found, the cause named |",
            *("|---|---|--:|--:|--:|--:|", *rows, ""),
            "| electrodes exchanged | any exchange found | the right one named | precision | named otherwise |",
            *("|---|--:|--:|--:|---|", *wired, ""),
            "| as the archive has them | recordings | with a flaw | flaws |",
            *("|---|--:|--:|---|", *untouched_rows(archives), ""),
            "| noted in PTB-XL | the gate's kind | found where noted | found where not |",
            *("|---|---|--:|--:|", *noted_rows(recordings, table), ""),
            f"Processor time: {ms_a_record(recordings):.1f} ms a recording (500 Hz), {ms_a_record(slow):.1f} (100 Hz).",
        ]
    )
    print(text)
    page_tables.put(given.out, MARK, text)


if __name__ == "__main__":
    main()
