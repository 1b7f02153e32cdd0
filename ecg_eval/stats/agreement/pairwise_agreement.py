"""All pairs of yes/no readers at once, and for many resamples at once.

For two binary readers every coefficient is a function of four cells, and the cells of all pairs are matrix
products: of the readings for one sample, of the resampling weights and the products of readings for many. No loop
over pairs or resamples.
"""

from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.pairwise_intervals import (
    PairIntervals,
    cell_coefficients,
    cluster_moments,
    pair_intervals,
)
from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.estimate import NO_COUNT, Estimates
from ecg_eval.stats.proportion.binary_data import binary_array, cluster_codes

Floats = NDArray[np.float64]

UNDEFINED = {
    "kappa": "both readers gave one and the same answer throughout, so chance alone explains all agreement",
    "pabak": "no case was rated by both readers",
    "ac1": "no case was rated by both readers",
    "positive_agreement": "neither reader ever called the finding present",
    "negative_agreement": "neither reader ever called the finding absent",
}
COEFFICIENTS = tuple(UNDEFINED)
CASES_A_CHUNK = 4096  # rows of products of readings held at once
EVERY_PAIR = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseAgreement:
    """Agreement of every pair of readers.

    The arrays have shape (n_pairs,), or (n_resamples, n_pairs) where weights were given; NaN where a coefficient
    cannot be computed: never as a value of agreement, and counted by `n_unusable`. `estimates` gives one pair's numbers
    in the form that leaves this package.

    Attributes
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
        Columns of the two readers, first below second.
    n : ndarray
        Cases (or weight) that both readers of a pair read.
    n_positive, n_discordant : ndarray
        Of these, those that either called present, and those on which they differ.
    kappa, pabak, ac1, positive_agreement, negative_agreement : ndarray
        Cohen's kappa, 2 p_o - 1, Gwet's AC1, specific agreement on presence and absence.
    intervals : PairIntervals or None
        Standard errors and bounds by name of the coefficient; None where weights were given.
    level : float
        Coverage that the intervals aim at.
    method : str
        How the intervals were made.
    """

    pairs: NDArray[np.intp]
    n: Floats
    n_positive: Floats
    n_discordant: Floats
    kappa: Floats
    pabak: Floats
    ac1: Floats
    positive_agreement: Floats
    negative_agreement: Floats
    intervals: PairIntervals | None
    level: float
    method: str

    def estimates(self, coefficient: str) -> Estimates:
        """Give a coefficient of every pair as columns, in the order of `pairs`.

        `n_positive` counts the cases that either reader called present, `n_discordant` those on which they differ.

        Raises
        ------
        ArgumentError
            An unknown coefficient, or resamples instead of one sample.
        """
        who = "PairwiseAgreement.estimates"
        check_choice(who, "coefficient", coefficient, COEFFICIENTS)
        if self.intervals is None:
            raise ArgumentError(who, "the agreement", "made without weights", self.n.shape)
        value, low = getattr(self, coefficient), self.intervals.low[coefficient]
        none = np.isnan(value) | np.isnan(low)
        reason = np.where(none, "the standard error is 0 or rests on one unit, and says nothing", "").astype(object)
        reason[np.isnan(value)] = UNDEFINED[coefficient]
        reason[self.n == 0] = "no case was rated by both readers"
        return Estimates.of_columns(
            value=value,
            low=np.where(none, np.nan, low),
            high=np.where(none, np.nan, self.intervals.high[coefficient]),
            level=self.level,
            method=f"{coefficient.replace('_', ' ')}, {self.method}",
            n=self.n,
            n_positive=self.n_positive,
            n_clusters=NO_COUNT if self.intervals.n_clusters is None else self.intervals.n_clusters,
            n_discordant=self.n_discordant,
            standard_error=np.where(none, np.nan, self.intervals.standard_error[coefficient]),
            df=self.intervals.df[coefficient],
            reason=reason,
        )

    def n_unusable(self, coefficient: str) -> NDArray[np.intp]:
        """Count, pair by pair, the resamples in which a coefficient could not be computed, shape (n_pairs,)."""
        return np.asarray(np.isnan(np.atleast_2d(getattr(self, coefficient))).sum(axis=0))

    def matrix(self, coefficient: str) -> Floats:
        """Give a coefficient as a symmetric table of readers, 1 on the diagonal, shape (n_readers, n_readers)."""
        values = getattr(self, coefficient)
        if values.ndim != 1:
            raise ArgumentError("PairwiseAgreement.matrix", "the agreement", "made without weights", values.shape)
        table = np.eye(int(self.pairs.max(initial=0)) + 1)
        table[self.pairs[:, 0], self.pairs[:, 1]] = table[self.pairs[:, 1], self.pairs[:, 0]] = values
        return table


def pairwise_agreement(
    *,
    ratings: ArrayLike,
    weights: ArrayLike | None = None,
    units: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
    pairs: slice = EVERY_PAIR,
) -> PairwiseAgreement:
    """Give kappa, PABAK, AC1, positive and negative agreement of all pairs of yes/no readers.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_readers)
        0, 1 (or booleans) and NaN for missing; each pair is compared on the cases that both read.
    weights : array_like, shape (n_resamples, n_cases), optional
        Weight of each case in each resample (bootstrap counts); the result then has one row a resample and no
        intervals.
    units : array_like of int, shape (n_cases,), optional
        Column of `weights` that each case has, for weights told once a patient; its own when not given. Of whole
        numbers, the same result as with a column a case, in less room and time.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case, for intervals; not together with `weights`, whose resamples carry the clusters themselves.
    level : float
        Coverage that the intervals aim at.
    interval : {"adjusted", "wald"}
        The single-pair kernels' defaults (adjusted for kappa and AC1, Agresti-Coull for the others), or all value
        plus and minus quantile times standard error.
    pairs : slice
        With `weights`: which of all pairs, for more resamples and pairs than fit in memory together.

    Returns
    -------
    PairwiseAgreement
        With the values, standard errors and intervals that `cohen_kappa`, `pabak`, `gwet_ac1`, `positive_agreement` and
        `negative_agreement` give for each pair alone, cluster-robust with clusters.

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
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    read = binary_array(who, "ratings", ratings)
    if read.ndim != 2 or read.shape[1] < 2:
        raise ArgumentError(who, "ratings", "of shape (n_cases, n_readers), two readers or more", read.shape)
    if weights is not None and cluster is not None:
        remedy = "Draw the weights by cluster and leave cluster out."
        raise ArgumentError(who, "weights and cluster", "given one at a time", remedy=remedy)
    if weights is None and pairs != EVERY_PAIR:
        raise ArgumentError(who, "pairs", "given with weights", pairs)
    both = np.column_stack(np.triu_indices(read.shape[1], k=1))[pairs]
    w = None if weights is None else _check_weights(who, weights, units, len(read))
    cells = _cells(read, both, w)
    values = cell_coefficients(cells)
    counts = {"n": cells.sum(axis=0), "n_positive": cells[:3].sum(axis=0), "n_discordant": cells[1] + cells[2]}
    if w is not None:
        method = "weighted resamples"
        return PairwiseAgreement(pairs=both, **counts, **values, intervals=None, level=level, method=method)
    clusters = None
    if cluster is not None:
        labels = cluster_codes(who, cluster, len(read))
        clusters = cluster_moments(read, both, labels)
    intervals = pair_intervals(cells, values, clusters, interval, level)
    method = f"linearised, {interval} interval" + ("" if clusters is None else ", cluster-robust")
    return PairwiseAgreement(pairs=both, **counts, **values, intervals=intervals, level=level, method=method)


class _Weights(NamedTuple):
    """Weights, (n_resamples, n_units), and which column each case has; None where each has its own."""

    of_units: NDArray[np.generic]
    unit: NDArray[np.intp] | None


def _check_weights(who: str, weights: ArrayLike, units: ArrayLike | None, n_cases: int) -> _Weights:
    w = np.asarray(weights)
    if w.dtype.kind not in "iu":
        w = np.asarray(w, dtype=float)
    unit = None if units is None else np.asarray(units, dtype=np.intp)
    if w.ndim != 2 or (unit is None and w.shape[1] != n_cases):
        raise ArgumentError(who, "weights", f"of shape (n_resamples, {n_cases})", w.shape)
    if unit is not None and (unit.shape != (n_cases,) or (unit < 0).any() or (unit >= w.shape[1]).any()):
        rule = f"one column of weights, below {w.shape[1]}, for each of the {n_cases} cases"
        raise ArgumentError(who, "units", rule, unit.shape)
    if w.size and not (w.min() >= 0 and w.max() < np.inf):  # NaN is neither; no array as large as w is made
        raise ArgumentError(who, "weights", "0 or more and finite")
    return _Weights(w, unit)


def _cells(read: Floats, pairs: NDArray[np.intp], weights: _Weights | None) -> Floats:
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
    yes: Floats, seen: Floats, pairs: NDArray[np.intp], weights: _Weights
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the sums n11, n1., n.1, n of every resample and pair, a chunk of cases at a time."""
    i, j = pairs.T
    shape = (len(weights.of_units), len(pairs))
    complete = bool(seen.all())
    n11, n1, n2, n = (np.zeros(shape) for _ in range(4))
    for start in range(0, len(yes), CASES_A_CHUNK):
        rows = slice(start, start + CASES_A_CHUNK)
        y, s = yes[rows], seen[rows]
        # one product: to read the weights costs more than to multiply them
        if complete:
            columns = [y[:, i] * y[:, j], y, np.ones((len(y), 1))]
        else:
            columns = [y[:, i] * y[:, j], y[:, i] * s[:, j], s[:, i] * y[:, j], s[:, i] * s[:, j]]
        ends = np.cumsum([column.shape[1] for column in columns])
        sums = np.split(_weighted(weights, rows, np.hstack(columns)), ends[:-1], axis=1)
        if complete:
            sums = [sums[0], sums[1][:, i], sums[1][:, j], sums[2]]
        n11 += sums[0]
        n1 += sums[1]
        n2 += sums[2]
        n += sums[3]
    return n11, n1, n2, n


def _weighted(weights: _Weights, rows: slice, columns: Floats) -> Floats:
    """Give the weighted sums of the columns of a chunk of cases, (n_resamples, n_columns)."""
    if weights.unit is None:
        return np.asarray(weights.of_units[:, rows].astype(np.float64, copy=False) @ columns)
    unit = weights.unit[rows]
    order = np.argsort(unit, kind="stable")
    starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    of_units = np.add.reduceat(columns[order], starts, axis=0)
    there = unit[order[starts]]
    first, last = int(there[0]), int(there[-1])
    chosen = slice(first, last + 1) if last - first + 1 == len(there) else there
    return np.asarray(weights.of_units[:, chosen].astype(np.float64) @ of_units)
