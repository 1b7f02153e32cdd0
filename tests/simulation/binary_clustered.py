"""Cases that share patients: proportions, comparisons, estimating equations.

Each patient has 1 to 5 ECGs. An outcome is 1 where a normal variable, part of it shared by the ECGs of the patient,
exceeds its threshold; the intracluster correlation of the variable is 0.5, that of the outcome itself 0.2 to 0.33.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from ecg_eval.stats.clusters.clustered import CLUSTERED_METHODS, clustered_bounds
from ecg_eval.stats.clusters.clustered_comparison import METHODS, clustered_proportion_difference, rao_scott_test
from ecg_eval.stats.clusters.clustered_paired import (
    INTERVALS,
    TESTS,
    ClusteredTables,
    clustered_mcnemar_p_values,
    clustered_paired_bounds,
    independent_table,
)
from ecg_eval.stats.clusters.gee import ERRORS, gee
from ecg_eval.stats.diagnostic.likelihood_ratios import positive_likelihood_ratio
from ecg_eval.stats.proportion.mcnemar import mcnemar_p_values
from ecg_eval.stats.proportion.proportions import proportion_bounds
from ecg_eval.stats.proportion.score_statistics import paired_difference_score
from simulation import Cell, Grid

Floats = NDArray[np.float64]
SHARED = 0.5
DRAWS = 4_000
PREVALENCES = (0.02, 0.1, 0.5)


def _sizes(k: int) -> NDArray[np.int64]:
    """Return 1 to 5 ECGs a patient, 3 on average, the same in every draw."""
    return np.arange(k) % 5 + 1


def _ecgs(rng: np.random.Generator, k: int, draws: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return normal variables (draws, k, 5) with correlation SHARED inside a patient, and which of the 5 ECGs exist."""
    own = rng.standard_normal((draws, k, 5))
    patient = rng.standard_normal((draws, k, 1))
    there = np.arange(5) < _sizes(k)[:, None]
    return np.sqrt(SHARED) * patient + np.sqrt(1 - SHARED) * own, there


def _cover(low: Floats, high: Floats, truth: float) -> float:
    known = ~np.isnan(low)
    return float(((low <= truth) & (truth <= high))[known].mean()) if known.any() else float("nan")


def clustered_proportion() -> Grid:
    cells = []
    for k, p in product((7, 33, 333), PREVALENCES):
        latent, there = _ecgs(np.random.default_rng(21), k, DRAWS if k < 300 else 1_000)
        events = ((latent > ndtri(1 - p)) & there).sum(-1).astype(float)
        cases = np.broadcast_to(_sizes(k).astype(float), events.shape)
        setting = f"{k} patients, n {int(_sizes(k).sum())}, p {p:g}"
        for method in CLUSTERED_METHODS:
            rate = _cover(*clustered_bounds(n_events=events, n_cases=cases, method=method), p)
            limits = (0.92, 1.0) if method == "wilson_rao_scott" else None
            cells.append(Cell(method, setting, rate, limits))
        naive = proportion_bounds(n_events=events.sum(-1), n=cases.sum(-1))
        cells.append(Cell("Wilson, patients ignored", setting, _cover(*naive, p)))
    note = "95 % intervals; draws in which a method has no interval (all alike) are left out of its rate."
    return Grid("Clustered proportion", note, 0.95, cells, "wilson_rao_scott")


def _paired_tables(k: int, p: float, difference: float, seed: int) -> ClusteredTables:
    """Draw two calls with proportions p + difference and p; half of a call's variable is shared by both calls."""
    rng = np.random.default_rng(seed)
    common, there = _ecgs(rng, k, DRAWS)
    calls = []
    for share in (p + difference, p):
        own, _ = _ecgs(rng, k, DRAWS)
        calls.append((np.sqrt(0.5) * common + np.sqrt(0.5) * own > ndtri(1 - share)) & there)
    one, two = calls
    kinds = (one & two, one & ~two, two & ~one, ~one & ~two & there)
    return ClusteredTables(*(kind.sum(-1).astype(float) for kind in kinds))


def paired_difference() -> Grid:
    cells = []
    for k, p in product((7, 33, 100), PREVALENCES):
        tables = _paired_tables(k, p, 0.05, 22)
        setting = f"{k} patients, p {p:g}"
        for method in INTERVALS:
            limits = (0.925, 1.0) if method == "tango_rao_scott" else None
            cells.append(Cell(method, setting, _cover(*clustered_paired_bounds(tables, method=method), 0.05), limits))
    note = "95 % intervals of the difference of two calls of proportions p + 0.05 and p on the same ECGs; 4,000 draws."
    return Grid("Clustered paired difference", note, 0.95, cells, "tango_rao_scott")


def paired_tests() -> Grid:
    cells = []
    for k, p in product((7, 33, 100), PREVALENCES):
        tables = _paired_tables(k, p, 0.0, 23)
        setting = f"{k} patients, p {p:g}"
        for method in TESTS:
            limits = (0.0, 0.06) if method == "obuchowski" else None
            rate = float((clustered_mcnemar_p_values(tables, method=method) <= 0.05).mean())
            cells.append(Cell(method, setting, rate, limits))
        naive = mcnemar_p_values(n_only_first=tables.first.sum(-1), n_only_second=tables.second.sum(-1))
        cells.append(Cell("McNemar mid-p, patients ignored", setting, float((naive <= 0.05).mean())))
    note = "Type I error at 0.05 of the tests of two calls with the same proportion p on the same ECGs; 4,000 draws."
    return Grid("Clustered tests of two calls", note, 0.05, cells, "obuchowski")


def paired_non_inferiority() -> Grid:
    cells = []
    for k, p in product((7, 33, 100), (0.5, 0.8, 0.95)):
        table, df = independent_table(_paired_tables(k, p, -0.1, 24))
        z = paired_difference_score(table, np.full_like(table.both, -0.1))
        rate = float((stdtr(df, -z) <= 0.05).mean())
        cells.append(Cell("tango_rao_scott", f"{k} patients, p {p:g}", rate, (0.0, 0.065)))
    note = "Type I error of the one-sided test at 0.05, the first call exactly the margin of 0.1 below p; 4,000 draws."
    return Grid("Clustered non-inferiority", note, 0.05, cells, "tango_rao_scott")


def _stacked(rng: np.random.Generator, k: int, p: float, difference: float) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Draw one study of two calls on the same ECGs as rows: outcome, group (1 first), patient."""
    own, there = _ecgs(rng, k, 2)
    common, _ = _ecgs(rng, k, 1)
    latent = np.sqrt(0.5) * own + np.sqrt(0.5) * common
    events = [(latent[i] > ndtri(1 - p - difference * (i == 0)))[there] for i in range(2)]
    patient = np.nonzero(there)[0]
    group = np.repeat([1.0, 0.0], patient.size)
    return np.concatenate(events).astype(float), group, np.concatenate([patient, patient])


def group_difference() -> Grid:
    cells = []
    for k, p in product((10, 33), PREVALENCES):
        rng = np.random.default_rng(25)
        hits: dict[str, list[bool]] = {method: [] for method in METHODS}
        for _ in range(1_000):
            event, group, patient = _stacked(rng, k, p, 0.05)
            for method, found in hits.items():
                e = clustered_proportion_difference(event=event, group=group, cluster=patient, method=method)
                if e.low is not None and e.high is not None:
                    found.append(e.low <= 0.05 <= e.high)
        for method, found in hits.items():
            limits = (0.92, 1.0) if method == "mover" else None
            cells.append(Cell(method, f"{k} patients, p {p:g}", float(np.mean(found)), limits))
    note = "95 % intervals of the same difference from the stacked readings; 1,000 draws."
    return Grid("Clustered difference of groups", note, 0.95, cells, "mover")


def likelihood_ratio() -> Grid:
    cells = []
    for k, prevalence in product((10, 33, 100), (0.1, 0.5)):
        rng = np.random.default_rng(26)
        hits: dict[str, list[bool]] = {"mover": [], "log": []}
        for _ in range(500):
            latent, there = _ecgs(rng, k, 2)
            truth = (latent[0] > ndtri(1 - prevalence))[there]
            call = (latent[1][there] > np.where(truth, ndtri(0.2), ndtri(0.9))).astype(float)
            for method, found in hits.items():
                e = positive_likelihood_ratio(truth=truth, call=call, cluster=np.nonzero(there)[0], method=method)
                if e.low is not None:
                    found.append(e.low <= 8 <= (e.high or np.inf))
        for method, found in hits.items():
            limits = (0.92, 1.0) if method == "mover" else None
            cells.append(Cell(method, f"{k} patients, prevalence {prevalence:g}", float(np.mean(found)), limits))
    note = "95 % intervals of LR+ = 8 (sensitivity 0.8, specificity 0.9), calls of a patient correlated; 500 draws."
    return Grid("Clustered likelihood ratio", note, 0.95, cells, "mover")


def group_tests() -> Grid:
    cells = []
    for k, p in product((10, 20, 50), (0.1, 0.5)):
        rng = np.random.default_rng(27)
        hits: dict[str, list[bool]] = {}
        for _ in range(500):
            event, group, patient = _stacked(rng, k, p, 0.0)
            design = np.column_stack([np.ones(group.size), group])
            for error in ERRORS:
                fit = gee(outcome=event, design=design, cluster=patient, error=error)
                hits.setdefault(f"GEE exchangeable, {error}", []).append((fit.contrast([0, 1]).p_value or 1) <= 0.05)
            for method in ("f", "chi_squared"):
                test = rao_scott_test(rows=group, columns=event, cluster=patient, method=method)
                hits.setdefault(f"Rao-Scott, {method}", []).append((test.test.p_value or 1) <= 0.05)
        for method, found in hits.items():
            safe = method in ("GEE exchangeable, kauermann_carroll", "Rao-Scott, f")
            cells.append(Cell(method, f"{k} patients, p {p:g}", float(np.mean(found)), (0.0, 0.075) if safe else None))
    note = (
        "Type I error at 0.05 of the tests of two calls with the same proportion p, stacked; 500 draws, so that a rate "
        "of 0.05 has a standard error of 0.010."
    )
    return Grid("Estimating equations and Rao-Scott", note, 0.05, cells, "GEE exchangeable, kauermann_carroll")


SCENARIOS = (
    clustered_proportion,
    paired_difference,
    paired_tests,
    paired_non_inferiority,
    group_difference,
    likelihood_ratio,
    group_tests,
)
