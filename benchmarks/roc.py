"""How long AUCs over resamples take, beside what people use today and beside what the memory allows.

    python -m benchmarks.roc

prints a table. Values are compared with the peer's to 1e-10 on the same resamples before a time is believed; a peer
that takes minutes is timed on fewer resamples and scaled, and the table says so. The data are simulated like the
PTB-XL benchmark: 2,203 records, 71 findings from 1 to 900 cases each, scores that order them by an AUC of about 0.92.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from ecg_eval.stats.resampling.draws import draw_weights, weights_from_indices
from ecg_eval.stats.roc.area import auroc, delong_covariance, weighted_auroc
from ecg_eval.stats.roc.macro_average import macro_average
from ecg_eval.stats.roc.precision_recall import weighted_average_precision
from ecg_eval.stats.roc.staircase import build_staircase

RECORDS, FINDINGS, RESAMPLES = 2203, 71, 1000
LARGE_RECORDS, LARGE_RESAMPLES = 800_000, 200
MEMORY_LIMIT_GIB = 4.0


def simulated(n_records: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw truth (n_records, 71) as bytes and scores as float32, findings from rare to common."""
    rng = np.random.default_rng(seed)
    prevalence = np.geomspace(1.5 / RECORDS, 0.4, FINDINGS)
    truth = np.empty((n_records, FINDINGS), dtype=np.int8)
    score = np.empty((n_records, FINDINGS), dtype=np.float32)
    for finding, share in enumerate(prevalence):
        truth[:, finding] = rng.random(n_records) < share
        truth[:2, finding] = (0, 1)
        score[:, finding] = 1 / (1 + np.exp(2 - 2 * truth[:, finding] - rng.normal(size=n_records)))
    return truth, score


def seconds(action: Callable[[], object], times: int = 1) -> float:
    """Time the fastest of some calls."""
    found = []
    for _ in range(times):
        start = perf_counter()
        action()
        found.append(perf_counter() - start)
    return min(found)


def looped(metric: Callable[..., float], truth: np.ndarray, score: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Compute a metric of each finding on drawn rows, as a loop over scikit-learn does; NaN where a class is empty."""
    drawn = truth[rows], score[rows]
    both = [0 < column.sum() < rows.size for column in drawn[0].T]
    return np.array([metric(drawn[0][:, f], drawn[1][:, f]) if ok else np.nan for f, ok in enumerate(both)])


def averaged(
    kernel: Callable[..., np.ndarray], truth: np.ndarray, score: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the macro average of a kernel's values, one a resample."""
    return macro_average(values=kernel(truth=truth, score=score, weights=weights))


def against_scikit_learn(timed: int = 3) -> list[dict[str, str]]:
    """Compare macro AUROC and macro average precision over 1,000 resamples."""
    truth, score = simulated(RECORDS)
    weights = draw_weights(cluster=np.arange(RECORDS), n_resamples=RESAMPLES, rng=np.random.default_rng(1))
    rows = [np.repeat(np.arange(RECORDS), w) for w in weights[:timed]]
    out = []
    for name, ours, peer in (
        ("macro AUROC", weighted_auroc, roc_auc_score),
        ("macro average precision", weighted_average_precision, average_precision_score),
    ):
        values = ours(truth=truth, score=score, weights=weights)
        start = perf_counter()
        theirs = np.array([looped(peer, truth, score, r) for r in rows])
        slow = (perf_counter() - start) * RESAMPLES / timed
        known = ~np.isnan(theirs)
        if not np.allclose(values[:timed][known], theirs[known], rtol=0, atol=1e-10):
            raise SystemExit(f"{name}: values differ from scikit-learn")
        fast = seconds(partial(averaged, ours, truth, score, weights), 5)
        read = least_bytes(truth, score) * RESAMPLES if ours is weighted_auroc else None
        limit = f"{read / 1e9:.2f} GB of weights: {1e3 * read / copy_rate():.0f} ms" if read else ""
        out.append(
            row(
                f"{name}, {FINDINGS} findings x {RECORDS:,} records x {RESAMPLES:,} resamples",
                fast,
                f"scikit-learn loop ({timed} resamples, scaled)",
                slow,
                limit,
            )
        )
    return out


def least_bytes(truth: np.ndarray, score: np.ndarray) -> int:
    """Count the bytes of weights (float32) that one resample of all findings must read."""
    stairs = [build_staircase(t.astype(float), s.astype(float)) for t, s in zip(truth.T, score.T, strict=True)]
    return sum(4 * s.sums.nnz for s in stairs if s is not None)


def copy_rate() -> float:
    """Measure bytes a second that this machine reads while copying memory."""
    block = np.ones(2**25)
    target = np.empty_like(block)
    return block.nbytes / seconds(lambda: np.copyto(target, block), 5)


def against_scipy(resamples: int = 300) -> dict[str, str]:
    """Compare one AUC with scipy.stats.bootstrap on the very rows that it draws."""
    truth, score = simulated(RECORDS)
    truth, score = truth[:, -10], score[:, -10]
    drawn: list[np.ndarray] = []

    def area(rows: np.ndarray) -> float:
        drawn.append(rows)
        return float(roc_auc_score(truth[rows], score[rows]))

    start = perf_counter()
    found = stats.bootstrap(
        (np.arange(RECORDS),),
        area,
        n_resamples=resamples,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(2),
    )
    slow = (perf_counter() - start) * RESAMPLES / resamples
    weights = weights_from_indices(index=np.stack(drawn[-resamples:]).astype(int), n_cases=RECORDS)
    ours = weighted_auroc(truth=truth, score=score, weights=weights)
    if not np.allclose(np.sort(ours), np.sort(found.bootstrap_distribution), rtol=0, atol=1e-10):
        raise SystemExit("AUC: values differ from scipy.stats.bootstrap with scikit-learn")

    def all_of_it() -> None:
        w = draw_weights(cluster=np.arange(RECORDS), n_resamples=RESAMPLES, rng=np.random.default_rng(3))
        weighted_auroc(truth=truth, score=score, weights=w)

    what = f"one AUROC with its own draw, {RECORDS:,} records x {RESAMPLES:,} resamples"
    return row(
        what, seconds(all_of_it, 5), f"scipy.stats.bootstrap of scikit-learn ({resamples} resamples, scaled)", slow
    )


def against_ranked_delong(n: int = 200_000) -> dict[str, str]:
    """Compare the DeLong covariance of two readers with the published fast algorithm by midranks."""
    rng = np.random.default_rng(4)
    truth = rng.random(n) < 0.1
    scores = rng.normal(size=(2, n)) + truth

    def by_midranks() -> np.ndarray:
        m, k = int(truth.sum()), int(n - truth.sum())
        ranks = [np.stack([stats.rankdata(s) for s in part]) for part in (scores, scores[:, truth], scores[:, ~truth])]
        v10 = (ranks[0][:, truth] - ranks[1]) / k
        v01 = 1 - (ranks[0][:, ~truth] - ranks[2]) / m
        return np.cov(v10) / m + np.cov(v01) / k

    ours = delong_covariance(truth=truth, scores=scores.T)
    if not np.allclose(ours, by_midranks(), rtol=1e-10, atol=0):
        raise SystemExit("DeLong covariance: values differ from midranks")
    fast = seconds(lambda: delong_covariance(truth=truth, scores=scores.T), 3)
    return row(
        f"DeLong covariance, 2 readers x {n:,} records", fast, "midranks (Sun and Xu 2014)", seconds(by_midranks, 3)
    )


PROC = """
suppressMessages(library(pROC))
d <- as.matrix(read.csv("data.csv", header = FALSE)); n <- ncol(d) / 2
time <- system.time(found <- sapply(1:n, function(i) {
  r <- roc(d[, i], d[, n + i], quiet = TRUE, direction = "<", levels = c(0, 1)); c(auc(r), var(r, method = "delong"))
}))
writeLines(formatC(c(time[["elapsed"]], found), digits = 17, format = "g"))
"""


def against_proc() -> dict[str, str]:
    """Compare AUC and DeLong variance of all findings with pROC, where R has it (Debian: r-cran-proc)."""
    what = f"AUC and DeLong variance of {FINDINGS} findings x {RECORDS:,} records"
    truth, score = simulated(RECORDS)

    def all_findings() -> np.ndarray:
        estimates = [auroc(truth=truth[:, i], score=score[:, i], method="delong") for i in range(FINDINGS)]
        return np.array([(e.value, e.standard_error or 0.0) for e in estimates], dtype=float)

    ours = seconds(all_findings, 3)
    if shutil.which("Rscript") is None:
        return row(what, ours, "pROC (not measured: R is not installed)", None)
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "data.csv", np.column_stack([truth, score]), delimiter=",", fmt="%.17g")
        (Path(folder) / "time.R").write_text(PROC, encoding="utf-8")
        done = subprocess.run(["Rscript", "time.R"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        return row(what, ours, "pROC (not measured: R has no pROC)", None)
    numbers = np.array([float(line) for line in done.stdout.split()])
    peer = numbers[1:].reshape(FINDINGS, 2)
    values = all_findings()
    # a class of one case has no DeLong variance: pROC says NaN, we say none
    known = np.isfinite(peer[:, 1]) & (values[:, 1] > 0)
    if not np.allclose(values[:, 0], peer[:, 0], rtol=0, atol=1e-10):
        raise SystemExit("AUC: values differ from pROC")
    if not np.allclose(values[known, 1] ** 2, peer[known, 1], rtol=1e-8, atol=0):
        raise SystemExit("DeLong variance: values differ from pROC")
    return row(what, ours, "pROC in R", float(numbers[0]))


def large_run() -> dict[str, float]:
    """Run 800,000 records x 71 findings x 200 resamples and say what it took; to be called in a process of its own."""
    truth, score = simulated(LARGE_RECORDS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = perf_counter()
    weights = draw_weights(
        cluster=np.arange(LARGE_RECORDS), n_resamples=LARGE_RESAMPLES, rng=np.random.default_rng(5), n_workers=2
    )
    drawn = perf_counter() - start
    start = perf_counter()
    values = weighted_auroc(truth=truth, score=score, weights=weights)
    took = perf_counter() - start
    for b, f in ((0, 3), (7, 40), (199, 70)):
        want = roc_auc_score(truth[:, f], score[:, f], sample_weight=weights[b])
        if abs(values[b, f] - want) > 1e-10:
            raise SystemExit("large run: values differ from scikit-learn")
    one = seconds(lambda: auroc(truth=truth[:, 70], score=score[:, 70]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"draw": drawn, "areas": took, "auroc": one, "peak_gib": peak / 2**20, "data_gib": before / 2**20}


def bounded_memory() -> dict[str, str]:
    """Run the large case in a fresh process, so that its peak memory is its own."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.roc", "--large"],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")])),
        },
    )
    took = json.loads(found.stdout.splitlines()[-1])
    if took["peak_gib"] > MEMORY_LIMIT_GIB:
        raise SystemExit(f"large run: {took['peak_gib']:.1f} GiB, more than {MEMORY_LIMIT_GIB}")
    memory = f"peak {took['peak_gib']:.1f} GiB, of which data {took['data_gib']:.1f}; draw {took['draw']:.1f} s"
    what = f"AUROC, {FINDINGS} findings x {LARGE_RECORDS:,} records x {LARGE_RESAMPLES} resamples"
    return row(what, took["areas"], f"limit {MEMORY_LIMIT_GIB:g} GiB", None, memory)


def row(what: str, ours: float, peer: str, theirs: float | None, limit: str = "") -> dict[str, str]:
    """Put a line of the table together."""
    times = f"{theirs / ours:,.0f}" if theirs else ""
    return {
        "what": what,
        "ours, s": f"{ours:.3f}",
        "peer": peer,
        "peer, s": f"{theirs:,.2f}" if theirs else "",
        "times": times,
        "limit and notes": limit,
    }


def main() -> None:
    """Print the table."""
    rows = [*against_scikit_learn(), against_scipy(), against_ranked_delong(), against_proc(), bounded_memory()]
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for line in rows:
        print("| " + " | ".join(line.values()) + " |")


if __name__ == "__main__":
    if sys.argv[1:] == ["--large"]:
        print(json.dumps(large_run()))
    else:
        main()
