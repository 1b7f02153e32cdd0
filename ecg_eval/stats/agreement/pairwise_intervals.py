"""The five coefficients of yes/no readers from four cells, with errors and intervals, for arrays of pairs.

The same numbers as the single-pair kernels give, without a loop: a test holds them together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import norm, t

from ecg_eval.stats.agreement.adjusted_interval import ADDED_CASES, AgreementInterval
from ecg_eval.stats.agreement.share_interval import effective_bounds
from ecg_eval.stats.clusters.influence import NO_SPREAD

Floats = NDArray[np.float64]

ROOM = 1 << 19  # numbers of one intermediate array held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PairIntervals:
    """Standard errors and bounds by name of the coefficient, arrays of shape (n_pairs,); NaN where there is none.

    `df` are the degrees of freedom of t, NaN for the normal distribution; `n_clusters` the clusters of each pair, None
    where no clusters were named.
    """

    standard_error: dict[str, Floats]
    low: dict[str, Floats]
    high: dict[str, Floats]
    df: dict[str, Floats]
    n_clusters: Floats | None


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Divide, NaN where the denominator is 0."""
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=np.abs(bottom) > NO_SPREAD))


def cell_coefficients(cells: Floats) -> dict[str, Floats]:
    """Give the five coefficients from the cells n11, n10, n01, n00."""
    n11, n10, n01, n00 = cells
    n = cells.sum(axis=0)
    agree, first, second = ratio(n11 + n00, n), ratio(n11 + n10, n), ratio(n11 + n01, n)
    chance = first * second + (1 - first) * (1 - second)
    pooled = (first + second) / 2
    hard = 2 * pooled * (1 - pooled)
    return {
        "kappa": ratio(agree - chance, 1 - chance),
        "pabak": 2 * agree - 1,
        "ac1": ratio(agree - hard, 1 - hard),
        "positive_agreement": ratio(2 * n11, 2 * n11 + n10 + n01),
        "negative_agreement": ratio(2 * n00, 2 * n00 + n10 + n01),
    }


def cell_influences(cells: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    """Give the influence of a case in each of the four cells on each coefficient, shape (4, n_pairs)."""
    p11, p10, p01, p00 = p = ratio(cells, np.broadcast_to(cells.sum(axis=0), cells.shape))
    first, second, mixed = p11 + p10, p11 + p01, p10 + p01
    same = np.array([1.0, 0.0, 0.0, 1.0])[:, None]
    chance = first * second + (1 - first) * (1 - second)
    by_cell = np.stack([first + second, 1 - first + second, 1 + first - second, 2 - first - second])
    kappa, pooled = values["kappa"], (first + second) / 2
    ac1, hard = values["ac1"], 2 * pooled * (1 - pooled)
    hard_by_cell = np.stack([1 - pooled, np.full_like(pooled, 0.5), np.full_like(pooled, 0.5), pooled])
    influences = {
        "kappa": ratio(same - (1 - kappa) * by_cell - kappa + chance * (1 - kappa), 0 * p + 1 - chance),
        "pabak": 2 * (same - p11 - p00),
        "ac1": ratio(same - hard - 2 * (1 - ac1) * (hard_by_cell - hard), 0 * p + 1 - hard) - ac1,
    }
    for name, k, share in (("positive_agreement", 0, p11), ("negative_agreement", 3, p00)):
        both, either = np.zeros((4, 1)), np.ones((4, 1))
        both[k], either[k], either[3 - k] = 2, 2, 0
        influences[name] = ratio(both - values[name] * either, 0 * p + 2 * share + mixed)
    return influences


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Cross-products over clusters of the four cell counts, (4, 4, n_pairs), and clusters that count, (n_pairs,).

    `n_touched` counts those with a case that either reader called present (first row) or absent (second row).
    """

    moments: Floats
    n: Floats
    n_touched: Floats


def cluster_moments(read: Floats, pairs: NDArray[np.intp], cluster: NDArray[np.intp]) -> Clusters:
    """Sum the cell counts of every pair by cluster, one first reader and some second readers at a time."""
    n_cases, n_clusters = len(read), int(cluster.max(initial=-1)) + 1
    gather = csr_array((np.ones(n_cases), (cluster, np.arange(n_cases))), shape=(n_clusters, n_cases))
    seen = ~np.isnan(read)
    yes, present = np.where(seen, read, 0.0), seen.astype(float)
    complete, by_reader, size = bool(seen.all()), gather @ yes, gather @ present
    moments, n, touched = np.zeros((4, 4, len(pairs))), np.zeros(len(pairs)), np.zeros((2, len(pairs)))
    width = max(1, ROOM // max(n_cases, 1))
    start = 0
    while start < len(pairs):
        i, j = pairs[start]
        stop = min(read.shape[1], j + width)  # the second readers of one first reader follow each other
        part, others = slice(start, start + stop - j), slice(j, stop)
        both = gather @ (yes[:, [i]] * yes[:, others])
        if complete:
            first, second, together = by_reader[:, [i]], by_reader[:, others], size[:, others]
        else:
            first, second = gather @ (yes[:, [i]] * present[:, others]), gather @ (present[:, [i]] * yes[:, others])
            together = gather @ (present[:, [i]] * present[:, others])
        counts = (both, first - both, second - both, together - first - second + both)
        for x in range(4):
            for y in range(x, 4):
                moments[x, y, part] = moments[y, x, part] = np.einsum("gp,gp->p", counts[x], counts[y])
        n[part] = (together > 0).sum(axis=0)
        touched[0, part] = (together - counts[3] > 0.5).sum(axis=0)
        touched[1, part] = (together - both > 0.5).sum(axis=0)
        start = part.stop
    return Clusters(moments=moments, n=n, n_touched=touched)


def pair_intervals(
    cells: Floats, values: dict[str, Floats], clusters: Clusters | None, interval: AgreementInterval, level: float
) -> PairIntervals:
    """Give errors and intervals of the five coefficients, as the single-pair kernels do by default or with "wald"."""
    n, upper = cells.sum(axis=0), 0.5 + level / 2
    units = n if clusters is None else clusters.n
    by_t = np.asarray(t.ppf(upper, np.where(units > 1, units - 1, np.nan)))
    sums = {name: _sum_of_squares(cells, u, clusters) for name, u in cell_influences(cells, values).items()}
    factor = ratio(units, units - 1)
    errors, low, high, df = {}, {}, {}, {}
    for name, squares in sums.items():
        large_sample = clusters is None and (name == "kappa" or (interval == "adjusted" and name != "ac1"))
        error = np.sqrt(ratio(squares * (1.0 if large_sample else factor), n**2))
        errors[name] = np.where(error > NO_SPREAD, error, np.nan)
        by_normal = large_sample | (np.isnan(errors[name]) & (name in ("kappa", "ac1")))
        df[name] = np.where(by_normal | (units <= 1), np.nan, units - 1)
        half = (norm.ppf(upper) if large_sample else by_t) * errors[name]
        low[name], high[name] = values[name] - half, values[name] + half
    if interval == "adjusted":
        for name in ("kappa", "ac1"):
            low[name], high[name] = _adjusted(name, cells, clusters, by_t, None if name == "ac1" else norm.ppf(upper))
        shares = _share_intervals(cells, sums, clusters, factor, by_t, level)
        for name, bounds in shares.items():
            low[name], high[name] = bounds
    for name, value in values.items():
        floor = 0.0 if name.endswith("agreement") else -1.0
        low[name] = np.minimum(np.maximum(low[name], floor), value)
        high[name] = np.maximum(np.minimum(high[name], 1.0), value)
    n_clusters = None if clusters is None else clusters.n
    return PairIntervals(standard_error=errors, low=low, high=high, df=df, n_clusters=n_clusters)


def _sum_of_squares(cells: Floats, influence: Floats, clusters: Clusters | None) -> Floats:
    """Sum the squares of influences over cases, or over clusters of their sums, shape (n_pairs,)."""
    if clusters is None:
        return np.asarray((cells * influence**2).sum(axis=0))
    return np.asarray(np.maximum(np.einsum("ap,abp,bp->p", influence, clusters.moments, influence), 0))


def _adjusted(
    name: str, cells: Floats, clusters: Clusters | None, by_t: Floats, normal: float | None
) -> tuple[Floats, Floats]:
    """Give the bounds of a coefficient with four cases added (`adjusted_interval.py`); ADDED_CASES / 4 in each cell."""
    size, each = np.ones(cells.shape[1]), ADDED_CASES / 4
    more = cells + each
    values = cell_coefficients(more)
    influence = cell_influences(more, values)[name]
    n = cells.sum(axis=0)
    units = n
    if clusters is not None:
        units = clusters.n
        spread = (cells * influence**2).sum(axis=0)
        design_effect = ratio(_sum_of_squares(cells, influence, clusters), spread)
        size = np.clip(np.nan_to_num(design_effect, nan=1.0), 1.0, np.maximum(ratio(n, units), 1.0))
        more = cells + size * each
        values = cell_coefficients(more)
        influence = cell_influences(more, values)[name]
    squares = _sum_of_squares(cells, influence, clusters) + size**2 * each * (influence**2).sum(axis=0)
    if clusters is None and normal is not None:
        half = normal * np.sqrt(squares) / (n + ADDED_CASES * size)
    else:
        factor = (units + ADDED_CASES) / (units + ADDED_CASES - 1)
        half = by_t * np.sqrt(factor * squares) / (n + ADDED_CASES * size)
    return values[name] - half, values[name] + half


def _share_intervals(
    cells: Floats, sums: dict[str, Floats], clusters: Clusters | None, factor: Floats, by_t: Floats, level: float
) -> dict[str, tuple[Floats, Floats]]:
    """Give the Agresti-Coull interval, for the effective number of cases, of PABAK and of both specific agreements."""
    n = cells.sum(axis=0)
    quantile = by_t if clusters is not None else np.full_like(n, norm.ppf(0.5 + level / 2))
    agreeing = ratio(cells[0] + cells[3], n)
    chosen = np.stack([cells[:3].sum(axis=0), cells[1:].sum(axis=0)])
    units = np.concatenate([n[None], chosen]) if clusters is None else np.vstack([clusters.n[None], clusters.n_touched])
    bounds_of = {}
    shares = {
        "pabak": (agreeing, 2.0),
        "positive_agreement": (ratio(cells[0], chosen[0]), None),
        "negative_agreement": (ratio(cells[3], chosen[1]), None),
    }
    for (name, (share, slope)), whole in zip(shares.items(), units, strict=True):
        gradient = slope if slope is not None else 2 / (1 + share) ** 2
        squares = sums[name] if clusters is None else sums[name] * factor
        variance = ratio(squares, n**2) / gradient**2
        effective = np.where(variance > NO_SPREAD**2, ratio(share * (1 - share), variance), whole)
        low, high = effective_bounds(share, effective, quantile, "agresti_coull", level)
        bounds_of[name] = (
            (2 * low - 1, 2 * high - 1) if name == "pabak" else (2 * low / (1 + low), 2 * high / (1 + high))
        )
    return bounds_of
