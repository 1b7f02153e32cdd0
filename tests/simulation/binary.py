"""Proportions, paired and unpaired comparisons of independent cases.

Coverages of a single proportion are exact (all counts, weighted by their probability); the others are of 20,000 drawn
tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from ecg_eval.stats.diagnostic.predictive_value_comparison import TESTS as PV_TESTS
from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test, relative_predictive_values
from ecg_eval.stats.multiplicity import ADJUSTMENTS, adjust_p_values
from ecg_eval.stats.proportion.mcnemar import MCNEMAR, mcnemar_p_values
from ecg_eval.stats.proportion.paired import PAIRED, paired_bounds
from ecg_eval.stats.proportion.proportions import PROPORTION_METHODS, proportion_bounds
from ecg_eval.stats.proportion.score_statistics import PairedTables, paired_difference_score, paired_ratio_score
from ecg_eval.stats.proportion.unpaired import UNPAIRED, unpaired_bounds
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups, unpaired_difference_score
from ecg_eval.stats.proportion.unpaired_test import TESTS as UNPAIRED_TESTS
from ecg_eval.stats.proportion.unpaired_test import unpaired_proportion_test
from simulation import Cell, Grid

Floats = NDArray[np.float64]
SIZES, PREVALENCES = (20, 100, 1000), (0.02, 0.1, 0.5)
SETTINGS = tuple(product(SIZES, PREVALENCES))
DRAWS = 20_000


def _setting(n: int, p: float) -> str:
    return f"n {n:,}, p {p:g}"


def _distinct(tables: Floats) -> tuple[Floats, Floats]:
    """Return the distinct rows (transposed: one array a column) and the share of each."""
    rows, counts = np.unique(tables, axis=0, return_counts=True)
    return rows.T.astype(np.float64), counts / counts.sum()


def _cover(low: Floats, high: Floats, truth: float | Floats, share: Floats) -> float:
    """Return the share of intervals that hold the truth among those that exist."""
    known = ~np.isnan(low)
    inside = (low <= truth + 1e-12) & (truth <= high + 1e-12)
    return float(share[known & inside].sum() / share[known].sum()) if known.any() else float("nan")


def _cells(
    methods: Sequence[str],
    default: str,
    limits: tuple[float, float],
    rates: Iterator[tuple[str, Callable[[str], float]]],
) -> list[Cell]:
    """Fill a grid: `rates` gives each setting with a function from the method to its rate."""
    return [
        Cell(method, setting, rate(method), limits if method == default else None)
        for setting, rate in rates
        for method in methods
    ]


def single_proportion() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            x = np.arange(n + 1.0)
            share = binom.pmf(x, n, p)

            def rate(method: str, x: Floats = x, n: int = n, p: float = p, share: Floats = share) -> float:
                if method == "blaker" and n > 100:  # one count after the other: minutes
                    return float("nan")
                return _cover(*proportion_bounds(n_events=x, n=n, method=method), p, share)

            yield _setting(n, p), rate

    note = "Exact coverage of 95 % intervals for x events of n independent cases with probability p."
    return Grid(
        "Single proportion",
        note,
        0.95,
        _cells(list(PROPORTION_METHODS), "wilson", (0.92, 1.0), rates()),
        "wilson",
    )


def f1_score() -> Grid:
    cells = []
    for n, p in SETTINGS:
        rng = np.random.default_rng(1)
        tables = rng.multinomial(n, [0.8 * p, 0.1 * (1 - p), 0.2 * p, 0.9 * (1 - p)], size=2_000)
        (tp, fp, fn, _), share = _distinct(tables)
        j = np.array([proportion_bounds(n_events=tp, n=tp + fp + fn)])[0]
        bounds = 2 * j / (1 + j)
        truth = 1.6 * p / (1.6 * p + 0.1 * (1 - p) + 0.2 * p)
        cells.append(Cell("indirect Wilson", _setting(n, p), _cover(bounds[0], bounds[1], truth, share), (0.92, 1.0)))
    note = "A reader of sensitivity 0.8 and specificity 0.9; p is the prevalence. 2,000 draws."
    return Grid("F1", note, 0.95, cells, "indirect Wilson")


def _pairs(n: int, p: float, difference: float, phi: float, seed: int) -> tuple[PairedTables, Floats]:
    """Draw tables of pairs with proportions p + difference and p and correlation phi."""
    first, second = p + difference, p
    both = first * second + phi * np.sqrt(first * (1 - first) * second * (1 - second))
    both = float(np.clip(both, max(0.0, first + second - 1), min(first, second)))
    cells = [both, first - both, second - both, 1 - first - second + both]
    rows, share = _distinct(np.random.default_rng(seed).multinomial(n, np.maximum(cells, 0.0), size=DRAWS))
    return PairedTables(*rows), share


def paired_difference() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            tables, share = _pairs(n, p, 0.05, 0.5, 2)

            def rate(method: str, tables: PairedTables = tables, share: Floats = share) -> float:
                return _cover(*paired_bounds(*tables, method=method), 0.05, share)

            yield _setting(n, p), rate

    note = "95 % intervals; n pairs with proportions p + 0.05 and p, correlation 0.5 (or as near as they allow)."
    cells = _cells(list(PAIRED["difference"].methods), "tango", (0.93, 1.0), rates())
    return Grid("Paired difference", note, 0.95, cells, "tango")


def paired_ratio() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            tables, share = _pairs(n, p, 0.05, 0.5, 3)

            def rate(
                method: str, tables: PairedTables = tables, share: Floats = share, ratio: float = (p + 0.05) / p
            ) -> float:
                return _cover(*paired_bounds(*tables, contrast="ratio", method=method), ratio, share)

            yield _setting(n, p), rate

    note = "As above, for the ratio (p + 0.05) / p; tables without any event are left out."
    cells = _cells(list(PAIRED["ratio"].methods), "tang", (0.93, 1.0), rates())
    return Grid("Paired ratio", note, 0.95, cells, "tang")


def _groups(n: int, p: float, difference: float, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x1, x2 = rng.binomial(n, p + difference, DRAWS), rng.binomial(n, p, DRAWS)
    (x1, x2), share = _distinct(np.column_stack([x1, x2]))
    return np.stack([x1, np.full_like(x1, n), x2, np.full_like(x1, n)]), share


def unpaired_difference() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            groups, share = _groups(n, p, 0.05, 4)

            def rate(method: str, groups: Floats = groups, share: Floats = share) -> float:
                return _cover(*unpaired_bounds(*groups, method=method), 0.05, share)

            yield _setting(n, p), rate

    note = "95 % intervals; two groups of n independent cases with proportions p + 0.05 and p."
    cells = _cells(list(UNPAIRED["difference"].methods), "newcombe", (0.93, 1.0), rates())
    return Grid("Unpaired difference", note, 0.95, cells, "newcombe")


def unpaired_ratio() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            groups, share = _groups(n, p, 0.05, 5)

            def rate(method: str, groups: Floats = groups, share: Floats = share, p: float = p) -> float:
                return _cover(*unpaired_bounds(*groups, contrast="ratio", method=method), (p + 0.05) / p, share)

            yield _setting(n, p), rate

    note = "As above, for the ratio, which is also that of likelihood ratios; pairs of groups without events have none."
    cells = _cells(list(UNPAIRED["ratio"].methods), "miettinen_nurminen", (0.93, 1.0), rates())
    return Grid("Unpaired ratio", note, 0.95, cells, "miettinen_nurminen")


def unpaired_odds_ratio() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            groups, share = _groups(n, p, 0.05, 6)
            odds = (p + 0.05) / (0.95 - p) / (p / (1 - p))

            def rate(method: str, groups: Floats = groups, share: Floats = share, odds: float = odds) -> float:
                return _cover(*unpaired_bounds(*groups, contrast="odds_ratio", method=method), odds, share)

            yield _setting(n, p), rate

    note = "As above, for the odds ratio, which is also the diagnostic one."
    cells = _cells(list(UNPAIRED["odds_ratio"].methods), "score", (0.93, 1.0), rates())
    return Grid("Odds ratio", note, 0.95, cells, "score")


def mcnemar_test() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in SETTINGS:
            tables, share = _pairs(n, p, 0.0, 0.5, 7)

            def rate(method: str, tables: PairedTables = tables, share: Floats = share) -> float:
                p_values = mcnemar_p_values(n_only_first=tables.first, n_only_second=tables.second, method=method)
                return float(share[p_values <= 0.05].sum())

            yield _setting(n, p), rate

    note = "Type I error at 0.05; n pairs, both proportions p, correlation 0.5; no discordant pair, no rejection."
    cells = _cells(list(MCNEMAR), "mid_p", (0.0, 0.055), rates())
    return Grid("McNemar's test", note, 0.05, cells, "mid_p")


def unpaired_test() -> Grid:
    def rates() -> Iterator[tuple[str, Callable[[str], float]]]:
        for n, p in product((20, 100), PREVALENCES):
            groups, share = _groups(n, p, 0.0, 8)

            def rate(method: str, groups: Floats = groups, share: Floats = share) -> float:
                names = ("n_events_first", "n_first", "n_events_second", "n_second")
                tables = [dict(zip(names, table, strict=True)) for table in groups.T.tolist()]
                found = [unpaired_proportion_test(**table, method=method).p_value for table in tables]
                return float(sum(s for s, q in zip(share, found, strict=True) if q is not None and q <= 0.05))

            yield _setting(n, p), rate

    note = "Type I error at 0.05; two groups of n cases, both proportions p."
    cells = _cells(list(UNPAIRED_TESTS), "fisher_mid_p", (0.0, 0.062), rates())
    return Grid("Test of two independent proportions", note, 0.05, cells, "fisher_mid_p")


def non_inferiority() -> Grid:
    cells, z = [], float(ndtri(0.95))
    for n, p in product(SIZES, (0.5, 0.8, 0.95)):
        tables, share = _pairs(n, p, -0.1, 0.5, 9)
        for method, how in PAIRED["difference"].scores.items():
            score = paired_difference_score(tables, np.full_like(tables.both, -0.1), how)
            limits = (0.0, 0.06) if method == "tango" else None
            cells.append(Cell(f"difference, {method}", _setting(n, p), float(share[score >= z].sum()), limits))
        tables, share = _pairs(n, p, -0.1 * p, 0.5, 10)
        score = paired_ratio_score(tables, np.full_like(tables.both, 0.9))
        cells.append(Cell("ratio, tang", _setting(n, p), float(share[score >= z].sum()), (0.0, 0.06)))
        groups, share = _groups(n, p, -0.1, 11)
        for method, how in UNPAIRED["difference"].scores.items():
            score = unpaired_difference_score(TwoGroups(*groups), np.full_like(groups[0], -0.1), how)
            limits = (0.0, 0.065) if method == "miettinen_nurminen" else None
            cells.append(Cell(f"unpaired, {method}", _setting(n, p), float(share[score >= z].sum()), limits))
    note = (
        "Type I error of the one-sided tests at 0.05 when the loss is exactly the margin of 0.1 (the ratio exactly "
        "0.9); the second proportion is p. An equivalence test rejects no more often."
    )
    return Grid("Non-inferiority", note, 0.05, cells, "difference, tango")


def _readings(rng: np.random.Generator, n: int, p: float) -> dict[str, Floats]:
    """Draw truth and two equally good calls (sensitivity 0.8, specificity 0.9) whose errors are correlated."""
    truth = (rng.random(n) < p).astype(float)
    hard = rng.normal(size=n)
    calls = {}
    for name in ("first", "second"):
        wrong = np.sqrt(0.5) * hard + np.sqrt(0.5) * rng.normal(size=n) > np.where(truth == 1, ndtri(0.8), ndtri(0.9))
        calls[name] = np.where(wrong, 1 - truth, truth)
    return {"truth": truth, **calls}


def predictive_values() -> Grid:
    counts: dict[tuple[str, str], list[bool]] = {}
    for n, p in product((100, 1000), (0.1, 0.5)):
        rng = np.random.default_rng(12)
        for _ in range(1_000):
            calls = _readings(rng, n, p)
            relative = relative_predictive_values(**calls)
            for kind, ratio in (("positive", relative.positive), ("negative", relative.negative)):
                tests = {method: predictive_value_test(**calls, kind=kind, method=method) for method in PV_TESTS}
                for method, e in (tests | {"relative (Moskowitz-Pepe)": ratio}).items():
                    if e.p_value is not None:
                        counts.setdefault((f"{method}, {kind}", _setting(n, p)), []).append(e.p_value <= 0.05)
    default = "weighted_generalized_score"
    cells = [
        Cell(method, setting, float(np.mean(hits)), (0.0, 0.07) if method.startswith(default) else None)
        for (method, setting), hits in counts.items()
    ]
    note = (
        "Type I error at 0.05; two calls of sensitivity 0.8 and specificity 0.9 on the same n cases, prevalence p, "
        "errors correlated; 1,000 draws, so that a rate of 0.05 has a standard error of 0.007."
    )
    return Grid("Predictive values of two calls", note, 0.05, cells, f"{default}, positive")


def multiplicity() -> Grid:
    cells = []
    for n_tests, correlation in product((5, 20), (0.0, 0.5)):
        rng = np.random.default_rng(13)
        shared = rng.normal(size=(2_000, 1))
        z = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * rng.normal(size=(2_000, n_tests))
        p = 2 * ndtr(-np.abs(z))
        for method in ADJUSTMENTS:
            any_rejected = [bool((adjust_p_values(row, method=method) <= 0.05).any()) for row in p]
            limits = (0.0, 0.065) if method == "holm" else None
            setting = f"{n_tests} tests, correlation {correlation:g}"
            cells.append(Cell(method, setting, float(np.mean(any_rejected)), limits))
    note = "Share of 2,000 families of true hypotheses with any rejection at 0.05 (family-wise error rate)."
    return Grid("Multiplicity", note, 0.05, cells, "holm")


SCENARIOS = (
    single_proportion,
    f1_score,
    paired_difference,
    paired_ratio,
    unpaired_difference,
    unpaired_ratio,
    unpaired_odds_ratio,
    mcnemar_test,
    unpaired_test,
    non_inferiority,
    predictive_values,
    multiplicity,
)
