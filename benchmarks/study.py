"""Whole studies, frames to table: seconds, memory, and how they grow, beside a plain pandas and scikit-learn script.

    python benchmarks/study.py             # or: make bench-study
    python benchmarks/study.py --quick     # the smaller half

Every study runs in a process of its own, all default metrics, 1,000 resamples. The peer (`peers/plain_study.py`) gives
the same point estimates without resampling; an interval from 1,000 resamples costs it 1,000 times as much. R's MRMCaov
would be the peer for means over readers; it is not installable from Debian packages and not measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
Size = tuple[int, int, int, int]  # readers, findings, ECGs, arms

SIZES: list[tuple[Size, str]] = [
    ((10, 20, 1000, 1), "1.0 s"),
    ((10, 71, 2203, 1), "3 s"),
    ((100, 1, 1000, 1), "1 s"),
    ((10, 20, 20_000, 1), "8 s, 1 GB"),
    ((100, 20, 1000, 2), "60 s, 2 GB, with the report"),
]
GROWTH: dict[str, list[Size]] = {
    "readers": [(10, 5, 1000, 1), (20, 5, 1000, 1), (40, 5, 1000, 1)],
    "findings": [(10, 10, 1000, 1), (10, 20, 1000, 1), (10, 40, 1000, 1)],
    "ECGs": [(10, 5, 4000, 1), (10, 5, 8000, 1), (10, 5, 16_000, 1)],
}
CHILD = r"""
import json, resource, sys, time, warnings
from pathlib import Path
import numpy as np, pandas as pd
warnings.filterwarnings("ignore")
sys.path.insert(0, sys.argv[1])
R, F, N, arms, report = (int(x) for x in sys.argv[2:7])
rng = np.random.default_rng(1)
truth = pd.DataFrame((rng.random((N, F)) < 0.2).astype(int), columns=[f"F{f}" for f in range(F)])
parts = []
for arm in ("unaided", "aided")[:arms]:
    for r in range(R):
        said = np.where(rng.random((N, F)) < 0.85, truth, 1 - truth)
        parts.append(pd.DataFrame({
            "record_id": np.repeat(np.arange(N), F), "reader_id": f"g{r}", "finding": np.tile(truth.columns, N),
            "reading": said.ravel(), "arm": arm, "ai_reading": truth.to_numpy().ravel() if arm == "aided" else np.nan,
        }).astype({"reader_id": "category", "finding": "category", "arm": "category"}))
readings = pd.concat(parts, ignore_index=True)
truth.insert(0, "record_id", np.arange(N))
del parts
from peers import plain_study
import ecg_eval
ecg_eval.evaluate
start, used = time.perf_counter(), time.process_time()
found = ecg_eval.evaluate(readings, truth, readers={f"g{r}": "gp" for r in range(R)})
if report:
    found.report()
told = {"wall": time.perf_counter() - start, "cpu": time.process_time() - used, "rows": len(found.frame)}
told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if not report:
    used = time.process_time()
    plain = plain_study.table(readings, truth)
    told["plain"] = time.process_time() - used
    own = found.frame[(found.frame["subgroup"] == "") & (found.frame["combined"] == "") & ~found.frame["is_group"]]
    ours = own[own["arm"] == "unaided"].set_index(["metric", "reader", "compared_with", "finding"])["value"]
    theirs = plain.set_index(["metric", "reader", "compared_with", "finding"])["value"]
    both = pd.concat([ours.rename("ours"), theirs], axis=1, join="inner").astype(float).dropna()
    told["same"] = len(both)
    np.testing.assert_allclose(both["ours"], both["value"], atol=1e-9, rtol=0)
print(json.dumps(told))
"""


def measured(size: Size, *, report: bool = False) -> dict[str, float]:
    """Evaluate a study in a process of its own."""
    words = [sys.executable, "-c", CHILD, str(HERE), *(str(x) for x in size), str(int(report))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print the tables."""
    reader = argparse.ArgumentParser(description="Time whole studies.")
    reader.add_argument("--quick", action="store_true", help="without the two largest studies")
    quick = reader.parse_args().quick
    print("| readers x findings x ECGs x arms | CPU s | wall s | peak MB | rows | goal | plain script, CPU s |")
    print("|---|--:|--:|--:|--:|---|---|")
    for size, goal in SIZES[:3] if quick else SIZES:
        told = measured(size, report="report" in goal)
        plain = f"{told['plain']:.1f} ({told['same']:,.0f} values equal)" if "plain" in told else "not measured"
        print(
            f"| {' x '.join(f'{x:,}' for x in size)} | {told['cpu']:.1f} | {told['wall']:.1f} | {told['peak']:,.0f} "
            f"| {told['rows']:,.0f} | {goal} | {plain} |",
            flush=True,
        )
    print("\nGrowth: the exponent of CPU seconds, 1 where twice as much takes twice as long.\n")
    print("| of | sizes | CPU s | exponent |")
    print("|---|---|---|--:|")
    for what, sizes in GROWTH.items():
        seconds = [measured(size, report=False)["cpu"] for size in sizes]
        place = {"readers": 0, "findings": 1, "ECGs": 2}[what]
        counts = [size[place] for size in sizes]
        slope = np.polyfit(np.log(counts), np.log(seconds), 1)[0]
        shown = ", ".join(f"{c:,}" for c in counts), ", ".join(f"{s:.1f}" for s in seconds)
        print(f"| {what} | {shown[0]} | {shown[1]} | {slope:.2f} |", flush=True)


if __name__ == "__main__":
    main()
