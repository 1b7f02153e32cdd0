"""Cohen's kappa averaged over raters, for raters and cases like these: both are taken as samples.

Light's kappa (`fleiss.py`) is of these very raters. Here the raters too are drawn, so that the mean over their pairs is
a U-statistic of two raters: what it varies by with the raters is told by leaving each of them out in turn, what it
varies by with the cases by what each case adds to it. The part of the cases' error that goes with single raters is in
the first already and is taken out of the second, as Obuchowski and Rockette do for a mean over readers
(`mrmc/reader_mean.py`). The mean of one rater's kappa with each of several others is such a mean over readers itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.average_reader import Readers, mean_over_readers
from ecg_eval.stats.agreement.kappa import cohen_linearised
from ecg_eval.stats.agreement.many_raters import ManyData, ManyRaters, many_raters, undefined
from ecg_eval.stats.agreement.ratings import MISSING
from ecg_eval.stats.clusters.influence import NO_SPREAD
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]

NO_PAIR = "no pair's value can be computed"
TOO_FEW = "fewer than three readers say too little of others"
ALL_WITH_ONE = "all pairs have one reader in common, without whom nothing is left"
NOTHING_VARIES = "neither readers nor cases vary, so that the error cannot be estimated"


def pair_mean_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    fewest_cases: int = 1,
    level: float = 0.95,
) -> Estimate:
    r"""Give the mean of Cohen's kappa over all pairs of raters, for other such raters and other cases.

    With :math:`\kappa_{(-i)}` the mean over the pairs without rater i, :math:`u_{(-i)c}` what case (or patient) c adds
    to it and :math:`u_c` what it adds to the mean over all pairs,

    .. math:: SE^2 = V_R + \max(V_C - V_{RC}, 0), \quad V_R = \frac{r - 1}{r} \sum_i (\kappa_{(-i)} - \bar\kappa)^2,
              \quad V_C = \sum_c u_c^2, \quad V_{RC} = \frac{r - 1}{r} \sum_c \sum_i (u_{(-i)c} - \bar u_c)^2

    and t on :math:`SE^4 (r - 1) / V_R^2` degrees of freedom, on the scale of Fisher's z.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Classes or grades; NaN = missing. Each pair on the cases that both rated.
    categories : array_like, optional
        The whole scale in its order; the sorted ratings otherwise. Matters with weights, which are made of ranks.
    weights : None, str or array_like of shape (n_categories, n_categories)
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`, the same for all pairs.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case.
    fewest_cases : int
        Cases that two raters must both have rated; a pair of fewer is left out.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; 1 is perfect agreement of every pair. Pairs whose kappa is undefined are left out, and raters
        without a pair with them. `n` counts the cases that two raters rated, p tests 0 on the interval's scale. Without
        interval for fewer than three raters, where all pairs have one of them in common, and where nothing varies.

    Raises
    ------
    ArgumentError
        For ratings outside the categories, and shapes that do not fit.

    References
    ----------
    Light RJ. Psychol Bull 1971;76:365-377 (the mean). Arvesen JN. Ann Math Stat 1969;40:2076-2100 (the jackknife of
    U-statistics). Both samples at once is this project's; docs/statistics/coverage.md has its coverage.

    Examples
    --------
    >>> ratings = [[0, 0, 0], [1, 1, 1], [2, 2, 1], [0, 0, 0], [1, 1, 1], [2, 0, 2], [0, 0, 0], [1, 2, 1]]
    >>> round(pair_mean_kappa(ratings=ratings).value, 3)
    0.617
    """
    data = ManyData(ratings=ratings, categories=categories, cluster=cluster)
    raters = many_raters("pair_mean_kappa", data, weights, level)
    raters = raters.keep(raters.twice)
    sums = _summed(raters, fewest_cases)
    r, everybody = len(sums.pairs), raters.codes.shape[1]
    n_pairs, all_pairs = int(sums.pairs.sum()) // 2, everybody * (everybody - 1) // 2
    words = f"{n_pairs} of {all_pairs} pairs" if n_pairs < all_pairs else f"{n_pairs} pairs"
    made = partial(
        Estimate,
        level=level,
        method=f"{_label(weights)}, mean over {words}; jackknife over {r} readers, random readers and cases",
        n=raters.n,
        n_clusters=raters.n_clusters,
    )
    if not n_pairs:
        return made(value=None, reason=NO_PAIR)
    mean = float(sums.values.sum()) / 2 / n_pairs
    if r < 3:
        return made(value=mean, reason=TOO_FEW)
    if (sums.pairs == n_pairs).any():
        return made(value=mean, reason=ALL_WITH_ONE)
    of_raters, variance = sums.variances()
    if variance < NO_SPREAD**2:
        return made(value=mean, reason=NOTHING_VARIES)
    df = variance**2 * (r - 1) / of_raters**2 if of_raters > NO_SPREAD**2 else None
    plain = made(value=mean, low=-1.0, high=1.0, standard_error=float(np.sqrt(variance)), df=df)
    return _on_z_scale(plain)


def mean_kappa_with(
    *,
    first: ArrayLike,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    readers: Readers = "random",
    fewest_cases: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Give the mean of one rater's Cohen's kappa with each of several others, by `mean_over_readers`.

    Parameters
    ----------
    first : array_like, shape (n_cases,)
        The classes of the one; NaN = missing.
    ratings : array_like, shape (n_cases, n_raters)
        Those of the others.
    categories, weights, cluster, fewest_cases, level
        As in `pair_mean_kappa`.
    readers : {"random", "fixed"}
        Whether the others stand for such raters, or for themselves.

    Returns
    -------
    Estimate
        From -1 to 1. Those with whom its kappa is undefined are left out. `n` counts the cases that the one and another
        rated, p tests 0 on the interval's scale.

    Examples
    --------
    >>> others = [[0, 0], [1, 1], [1, 1], [0, 1], [0, 0], [1, 0]]
    >>> mean_kappa_with(first=[0, 1, 1, 0, 1, 0], ratings=others).value
    0.333333333333...
    """
    both = np.column_stack([np.asarray(first, dtype=np.float64), np.asarray(ratings, dtype=np.float64)])
    data = ManyData(ratings=both, categories=categories, cluster=cluster)
    raters = many_raters("mean_kappa_with", data, weights, level)
    raters = raters.keep((raters.codes[:, 0] != MISSING) & raters.twice)
    pairs, others = list(_pairs(raters, fewest_cases, only_first=True)), both.shape[1] - 1
    words = f"{len(pairs)} of {others}" if len(pairs) < others else f"{others}"
    method = f"{_label(weights)}, mean over {words} reader{'' if others == 1 else 's'}"
    if not pairs:
        return undefined(raters, reason=NO_PAIR, method=method, level=level)
    made = mean_over_readers(
        values=[pair.value for pair in pairs],
        influence=np.column_stack([pair.influence for pair in pairs]) * raters.n,
        cluster=raters.cluster,
        readers=readers,
        level=level,
        method=method,
    )
    return _on_z_scale(made)


def _label(weights: Weights) -> str:
    name = weights_name(weights)
    return "Cohen kappa" if name == "unweighted" else f"Cohen kappa, {name}"


def _on_z_scale(estimate: Estimate) -> Estimate:
    r"""Give :math:`\tanh(\operatorname{artanh} \kappa \pm q \, SE / (1 - \kappa^2))`, and the test of 0 beside it."""
    value, error = estimate.value, estimate.standard_error
    if value is None or not error or not -1 < value < 1:
        return estimate
    spread = norm if estimate.df is None else t(estimate.df)
    z, of_z = float(np.arctanh(value)), error / (1 - value**2)
    reach = float(spread.ppf(0.5 + estimate.level / 2)) * of_z
    return replace(
        estimate,
        low=float(np.tanh(z - reach)),
        high=float(np.tanh(z + reach)),
        statistic=z / of_z,
        p_value=float(2 * spread.sf(abs(z / of_z))),
        method=f"{estimate.method}, Fisher z interval",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pair:
    """Two raters' kappa, and what each case adds to it, (n_cases,)."""

    raters: tuple[int, int]
    value: float
    influence: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Sums over the pairs of each rater who has one.

    Attributes
    ----------
    values, pairs : ndarray (n_raters,)
        Of the kappas, and how many pairs.
    units : ndarray (n_raters, n_units)
        Of what each patient (or case) adds.
    """

    values: Floats
    pairs: Floats
    units: Floats

    def variances(self) -> tuple[float, float]:
        """Return V_R, and the variance of the mean over pairs."""
        r, n_units = self.units.shape
        left = self.pairs.sum() / 2 - self.pairs
        without = (self.values.sum() / 2 - self.values) / left
        units = self.units.sum(axis=0) / 2
        units_without = (units - self.units) / left[:, None]
        factor, scale = (r - 1) / r, n_units / max(n_units - 1, 1)
        of_raters = float(factor * ((without - without.mean()) ** 2).sum())
        of_cases = float(scale * ((2 * units / self.pairs.sum()) ** 2).sum())
        of_both = float(scale * factor * ((units_without - units_without.mean(axis=0)) ** 2).sum())
        return of_raters, of_raters + max(of_cases - of_both, 0.0)


def _summed(raters: ManyRaters, fewest_cases: int) -> _Sums:
    unit = np.arange(raters.n) if raters.cluster is None else raters.cluster
    n_units, r = int(unit.max(initial=-1)) + 1, raters.codes.shape[1]
    values, pairs, units = np.zeros(r), np.zeros(r), np.zeros((r, n_units))
    for pair in _pairs(raters, fewest_cases):
        of_units = np.bincount(unit, weights=pair.influence, minlength=n_units)
        for rater in pair.raters:
            values[rater] += pair.value
            pairs[rater] += 1
            units[rater] += of_units
    some = pairs > 0
    return _Sums(values=values[some], pairs=pairs[some], units=units[some])


def _pairs(raters: ManyRaters, fewest_cases: int, *, only_first: bool = False) -> Iterator[_Pair]:
    """Give every pair with a kappa; of the first rater with the others only, where so asked."""
    q, r = raters.n_categories, raters.codes.shape[1]
    for i, j in [(0, j) for j in range(1, r)] if only_first else combinations(range(r), 2):
        a, b = raters.codes[:, i], raters.codes[:, j]
        both = (a != MISSING) & (b != MISSING)
        if both.sum() < max(fewest_cases, 1):
            continue
        table = np.bincount(a[both] * q + b[both], minlength=q * q).reshape(q, q)
        linear = cohen_linearised(table / table.sum(), raters.weights)
        if linear is None:
            continue
        influence = np.zeros(raters.n)
        influence[both] = linear[1][a[both], b[both]] / both.sum()
        yield _Pair(raters=(i, j), value=linear[0], influence=influence)
