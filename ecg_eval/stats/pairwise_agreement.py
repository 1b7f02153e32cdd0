"""All pairs of yes/no readers at once, and for many resamples at once.

For two binary readers every coefficient is a function of four cells, and the cells of all pairs are matrix
products: of the readings for one sample, of the resampling weights and the products of readings for many. No loop
over pairs or resamples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.influence import NO_SPREAD, check_level, cluster_codes
from ecg_eval.stats.rater_pair import binary_ratings

Floats = NDArray[np.float64]

CASES_A_CHUNK = 4096  # rows of products of readings held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseAgreement:
    """Agreement of every pair of readers.

    The arrays have shape (n_pairs,), or (n_resamples, n_pairs) where weights were given; NaN where a coefficient
    cannot be computed: never as a value of agreement, always counted in `n_unusable`. `standard_error`, `low` and
    `high` hold one array of shape (n_pairs,) for each coefficient, and are None where weights were given.

    Attributes
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
        Columns of the two readers, first below second.
    n : ndarray
        Cases (or weight) that both readers of a pair read.
    kappa, pabak, ac1, positive_agreement, negative_agreement : ndarray
        Cohen's kappa, 2 p_o - 1, Gwet's AC1, specific agreement on presence and absence.
    standard_error, low, high : dict of str to ndarray, or None
        By name of the coefficient; NaN where the standard error is 0 or there is no value.
    level : float
        Coverage that the intervals aim at.
    method : str
        How the intervals were made.
    """

    pairs: NDArray[np.intp]
    n: Floats
    kappa: Floats
    pabak: Floats
    ac1: Floats
    positive_agreement: Floats
    negative_agreement: Floats
    standard_error: dict[str, Floats] | None
    low: dict[str, Floats] | None
    high: dict[str, Floats] | None
    level: float
    method: str

    def n_unusable(self, coefficient: str) -> NDArray[np.intp]:
        """Count, pair by pair, the resamples in which a coefficient could not be computed, shape (n_pairs,)."""
        return np.asarray(np.isnan(np.atleast_2d(getattr(self, coefficient))).sum(axis=0))

    def matrix(self, coefficient: str) -> Floats:
        """Give a coefficient as a symmetric table of readers, 1 on the diagonal, shape (n_readers, n_readers)."""
        values = getattr(self, coefficient)
        if values.ndim != 1:
            raise ArgumentError(
                "PairwiseAgreement.matrix", "the agreement", "of one sample, without weights", values.shape
            )
        table = np.eye(int(self.pairs.max(initial=0)) + 1)
        table[self.pairs[:, 0], self.pairs[:, 1]] = table[self.pairs[:, 1], self.pairs[:, 0]] = values
        return table


def pairwise_agreement(
    *,
    ratings: ArrayLike,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> PairwiseAgreement:
    """Give kappa, PABAK, AC1, positive and negative agreement of all pairs of yes/no readers.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_readers)
        0, 1 (or booleans) and NaN for missing; each pair is compared on the cases that both read.
    weights : array_like, shape (n_resamples, n_cases), optional
        Weight of each case in each resample (bootstrap counts); the result then has one row a resample and no
        intervals.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case, for intervals; not together with `weights`, whose resamples carry the clusters themselves.
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    PairwiseAgreement
        Intervals are value plus and minus quantile times linearised standard error, cut at -1 (0 for specific
        agreement) and 1: the same standard errors as the single-pair kernels give (Fleiss, Cohen and Everitt for
        kappa, normal quantile; the factor n / (n - 1) and t for the others; cluster-robust and t on clusters - 1
        with clusters).

    Raises
    ------
    ArgumentError
        Values other than 0, 1 and NaN, fewer than two readers, negative weights or weights of another length, weights
        together with clusters.

    Examples
    --------
    >>> found = pairwise_agreement(ratings=[[1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
    >>> found.pairs.tolist(), found.kappa.round(3).tolist()
    ([[0, 1], [0, 2], [1, 2]], [0.5, 0.5, 0.2])
    """
    who = "pairwise_agreement"
    check_level(who, level)
    read = binary_ratings(who, "ratings", ratings)
    if read.ndim != 2 or read.shape[1] < 2:
        raise ArgumentError(
            who, "ratings", "an array of shape (n_cases, n_readers) with two readers or more", read.shape
        )
    if weights is not None and cluster is not None:
        remedy = "Draw the weights by cluster and leave cluster out."
        raise ArgumentError(who, "weights and cluster", "given one at a time", remedy=remedy)
    pairs = np.column_stack(np.triu_indices(read.shape[1], k=1))
    w = None if weights is None else _check_weights(who, weights, len(read))
    cells = _cells(read, pairs, w)
    values = _values(cells)
    if w is not None:
        return PairwiseAgreement(
            pairs=pairs, n=cells.sum(axis=0), **values, standard_error=None, low=None, high=None, level=level,
            method="weighted resamples",
        )  # fmt: skip
    labels = None if cluster is None else cluster_codes(who=who, cluster=cluster, n_cases=len(read))[0]
    errors, df = _errors(read, pairs, cells, values, labels)
    return _with_intervals(pairs, cells, values, errors, df, clustered=cluster is not None, level=level)


def _check_weights(who: str, weights: ArrayLike, n_cases: int) -> Floats:
    w = np.asarray(weights, dtype=float)
    if w.ndim != 2 or w.shape[1] != n_cases:
        raise ArgumentError(who, "weights", f"of shape (n_resamples, {n_cases})", w.shape)
    if not np.isfinite(w).all() or (w < 0).any():
        raise ArgumentError(who, "weights", "0 or more and finite")
    return w


def _cells(read: Floats, pairs: NDArray[np.intp], weights: Floats | None) -> Floats:
    """Give the sums n11, n10, n01, n00 of every pair, shape (4, n_pairs) or (4, n_resamples, n_pairs)."""
    seen = ~np.isnan(read)
    yes, seen_f = np.where(seen, read, 0.0), seen.astype(float)
    i, j = pairs.T
    if weights is None:
        both, first, together = yes.T @ yes, yes.T @ seen_f, seen_f.T @ seen_f
        n11, n1, n2, n = both[i, j], first[i, j], first[j, i], together[i, j]
    else:
        n11, n1, n2, n = _weighted_sums(yes, seen_f, pairs, weights)
    return np.stack([n11, n1 - n11, n2 - n11, n - n1 - n2 + n11])


def _weighted_sums(
    yes: Floats, seen: Floats, pairs: NDArray[np.intp], weights: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the sums n11, n1., n.1, n of every resample and pair, a chunk of cases at a time."""
    i, j = pairs.T
    shape = (len(weights), len(pairs))
    complete = bool(seen.all())
    n11, n1, n2, n = (np.zeros(shape) for _ in range(4))
    for start in range(0, len(yes), CASES_A_CHUNK):
        rows = slice(start, start + CASES_A_CHUNK)
        w, y, s = weights[:, rows], yes[rows], seen[rows]
        n11 += w @ (y[:, i] * y[:, j])
        if complete:
            marginal = w @ y
            n1 += marginal[:, i]
            n2 += marginal[:, j]
            n += w.sum(axis=1, keepdims=True)
        else:
            n1 += w @ (y[:, i] * s[:, j])
            n2 += w @ (s[:, i] * y[:, j])
            n += w @ (s[:, i] * s[:, j])
    return n11, n1, n2, n


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Divide, NaN where the denominator is 0."""
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=np.abs(bottom) > NO_SPREAD))


def _values(cells: Floats) -> dict[str, Floats]:
    """Give the five coefficients from the cells n11, n10, n01, n00."""
    n11, n10, n01, n00 = cells
    n = cells.sum(axis=0)
    agree, first, second = _ratio(n11 + n00, n), _ratio(n11 + n10, n), _ratio(n11 + n01, n)
    chance = first * second + (1 - first) * (1 - second)
    pooled = (first + second) / 2
    hard = 2 * pooled * (1 - pooled)
    return {
        "kappa": _ratio(agree - chance, 1 - chance),
        "pabak": 2 * agree - 1,
        "ac1": _ratio(agree - hard, 1 - hard),
        "positive_agreement": _ratio(2 * n11, 2 * n11 + n10 + n01),
        "negative_agreement": _ratio(2 * n00, 2 * n00 + n10 + n01),
    }


def _influences(cells: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    """Give the influence of a case in each of the four cells on each coefficient, shape (4, n_pairs)."""
    p11, p10, p01, p00 = p = _ratio(cells, np.broadcast_to(cells.sum(axis=0), cells.shape))
    first, second, mixed = p11 + p10, p11 + p01, p10 + p01
    same = np.array([1.0, 0.0, 0.0, 1.0])[:, None]
    chance = first * second + (1 - first) * (1 - second)
    by_cell = np.stack([first + second, 1 - first + second, 1 + first - second, 2 - first - second])
    kappa, pooled = values["kappa"], (first + second) / 2
    ac1, hard = values["ac1"], 2 * pooled * (1 - pooled)
    hard_by_cell = np.stack([1 - pooled, np.full_like(pooled, 0.5), np.full_like(pooled, 0.5), pooled])
    found = {
        "kappa": _ratio(same - (1 - kappa) * by_cell - kappa + chance * (1 - kappa), 0 * p + 1 - chance),
        "pabak": 2 * (same - p11 - p00),
        "ac1": _ratio(same - hard - 2 * (1 - ac1) * (hard_by_cell - hard), 0 * p + 1 - hard) - ac1,
    }
    for name, k, share in (("positive_agreement", 0, p11), ("negative_agreement", 3, p00)):
        both, either = np.zeros((4, 1)), np.ones((4, 1))
        both[k], either[k], either[3 - k] = 2, 2, 0
        found[name] = _ratio(both - values[name] * either, 0 * p + 2 * share + mixed)
    return found


def _errors(
    read: Floats, pairs: NDArray[np.intp], cells: Floats, values: dict[str, Floats], cluster: NDArray[np.intp] | None
) -> tuple[dict[str, Floats], Floats]:
    """Give the standard error of each coefficient and the degrees of freedom of each pair, shape (n_pairs,)."""
    influences = _influences(cells, values)
    n = cells.sum(axis=0)
    if cluster is None:
        factor = _ratio(n, n - 1)
        squares = {name: _ratio((cells * u**2).sum(axis=0), n**2) for name, u in influences.items()}
        return {name: np.sqrt(v if name == "kappa" else v * factor) for name, v in squares.items()}, n - 1
    moments, n_clusters = _cluster_moments(read, pairs, cluster)
    factor = _ratio(n_clusters, n_clusters - 1)
    sums = {name: np.einsum("ap,abp,bp->p", u, moments, u) for name, u in influences.items()}
    return {name: np.sqrt(factor * _ratio(np.maximum(s, 0), n**2)) for name, s in sums.items()}, n_clusters - 1


def _cluster_moments(read: Floats, pairs: NDArray[np.intp], cluster: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Give the cross-products over clusters of the four cell counts, (4, 4, n_pairs), and the clusters of each pair."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    sorted_read = read[order]
    moments, n_clusters = np.zeros((4, 4, len(pairs))), np.zeros(len(pairs))
    step = max(1, CASES_A_CHUNK * 64 // max(len(read), 1))
    for start in range(0, len(pairs), step):
        part = slice(start, start + step)
        a, b = sorted_read[:, pairs[part, 0]], sorted_read[:, pairs[part, 1]]
        in_cells = [(a == x) & (b == y) for x, y in ((1, 1), (1, 0), (0, 1), (0, 0))]
        counts = np.stack([np.add.reduceat(cell.astype(float), starts, axis=0) for cell in in_cells])
        moments[:, :, part] = np.einsum("agp,bgp->abp", counts, counts)
        n_clusters[part] = (counts.sum(axis=0) > 0).sum(axis=0)
    return moments, n_clusters


def _with_intervals(
    pairs: NDArray[np.intp],
    cells: Floats,
    values: dict[str, Floats],
    errors: dict[str, Floats],
    df: Floats,
    *,
    clustered: bool,
    level: float,
) -> PairwiseAgreement:
    """Put value plus and minus quantile times standard error together; a standard error of 0 gives no interval."""
    upper = 0.5 + level / 2
    by_t = t.ppf(upper, np.where(df > 0, df, np.nan))
    spread = {name: np.where(se > NO_SPREAD, se, np.nan) for name, se in errors.items()}
    low, high = {}, {}
    for name, se in spread.items():
        half = (norm.ppf(upper) if name == "kappa" and not clustered else by_t) * se
        floor = 0.0 if name in ("positive_agreement", "negative_agreement") else -1.0
        low[name], high[name] = np.maximum(values[name] - half, floor), np.minimum(values[name] + half, 1.0)
    return PairwiseAgreement(
        pairs=pairs, n=cells.sum(axis=0), **values, standard_error=spread, low=low, high=high, level=level,
        method="linearised, cluster-robust" if clustered else "linearised",
    )  # fmt: skip
