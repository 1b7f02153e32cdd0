"""Agreement of readers against a scikit-learn loop, in one run, values compared to 1e-10.

    python benchmarks/agreement.py

The limit beside a time is what no program can avoid: the multiplications and additions of the joint cells of all pairs
in all resamples, at the rate that this machine multiplies matrices of that size.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

sys.path.insert(0, str(Path(__file__).parents[1]))

from ecg_eval.stats.agreement.pairwise_agreement import COEFFICIENTS, pairwise_agreement

Floats = NDArray[np.float64]
Row = dict[str, str]


def readings(n_cases: int, n_readers: int, seed: int = 1) -> Floats:
    """Simulate yes/no readings with a prevalence of 0.2."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n_cases, 1)) < 0.2
    return np.where(rng.random((n_cases, n_readers)) < 0.85, truth, ~truth).astype(float)


def timed(work: Callable[[], object], repeats: int) -> float:
    """Give the best time of some repeats, in seconds."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def kappa_of_resamples(
    n_cases: int = 2000, n_readers: int = 20, n_resamples: int = 1000, their_resamples: int = 2
) -> Row:
    """Time Cohen's kappa of all pairs in all resamples; the peer loop runs a few resamples and is scaled up."""
    table = readings(n_cases, n_readers)
    rng = np.random.default_rng(2)
    weights = rng.multinomial(n_cases, np.full(n_cases, 1 / n_cases), size=n_resamples).astype(float)
    ours = timed(lambda: pairwise_agreement(ratings=table, weights=weights), 3)
    found = pairwise_agreement(ratings=table, weights=weights).kappa

    start = perf_counter()
    theirs = []
    for weight in weights[:their_resamples]:
        drawn = np.repeat(table, weight.astype(int), axis=0)
        theirs.append([cohen_kappa_score(drawn[:, i], drawn[:, j]) for i, j in combinations(range(n_readers), 2)])
    loop = (perf_counter() - start) / their_resamples * n_resamples
    np.testing.assert_allclose(found[:their_resamples], theirs, atol=1e-10, rtol=0)

    n_pairs = n_readers * (n_readers - 1) // 2
    products = rng.random((n_cases, n_pairs))
    limit = timed(lambda: weights @ products, 3)
    return {
        "what": f"Cohen's kappa, {n_readers} readers ({n_pairs} pairs) x {n_resamples:,} resamples x {n_cases:,} cases",
        "ecg_eval": f"{ours:.2f} s",
        "peer": f"{loop:,.0f} s (scikit-learn loop, {their_resamples} resamples timed)",
        "ratio": f"{loop / ours:,.0f}",
        "limit": f"{limit:.2f} s ({2 * n_cases * n_pairs * n_resamples / 1e9:.1f} Gflop)",
    }


def pairs_with_intervals(n_cases: int = 2000, n_readers: int = 50, n_findings: int = 20) -> Row:
    """Time five coefficients with intervals of all pairs for all findings; the peer gives kappa without interval."""
    tables = [readings(n_cases, n_readers, seed) for seed in range(n_findings)]
    patient = np.arange(n_cases) // 2
    ours = timed(lambda: [pairwise_agreement(ratings=table) for table in tables], 2)
    clustered = timed(lambda: [pairwise_agreement(ratings=table, cluster=patient) for table in tables], 1)
    start = perf_counter()
    pairs = list(combinations(range(n_readers), 2))
    some = [cohen_kappa_score(tables[0][:, i], tables[0][:, j]) for i, j in pairs[:100]]
    loop = (perf_counter() - start) * len(pairs) / 100 * n_findings
    np.testing.assert_allclose(pairwise_agreement(ratings=tables[0]).kappa[:100], some, atol=1e-10, rtol=0)
    return {
        "what": f"{len(COEFFICIENTS)} coefficients with intervals, {n_readers} readers ({len(pairs):,} pairs) x "
        f"{n_findings} findings x {n_cases:,} cases",
        "ecg_eval": f"{ours:.2f} s; {clustered:.2f} s cluster-robust",
        "peer": f"{loop:,.0f} s (scikit-learn loop, kappa alone, no interval, 100 pairs timed)",
        "ratio": f"{loop / ours:,.0f}",
        "limit": "under 5 s asked",
    }


def main() -> None:
    """Print the table."""
    rows = [kappa_of_resamples(), pairs_with_intervals()]
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    main()
