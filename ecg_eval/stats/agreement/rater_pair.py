"""Two raters, one table: the cross-classification from which every two-rater coefficient and its error come."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.adjusted_interval import (
    ADDED_CASES,
    AdjustedFit,
    AgreementInterval,
    adjusted_bounds,
    with_adjusted_interval,
)
from ecg_eval.stats.agreement.ratings import MISSING, CodedRatings, Codes, code_ratings, code_table, two_raters
from ecg_eval.stats.clusters.influence import LinearisedError, check_level, linearised_error, wald_estimate
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import binary_array, cluster_codes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterPair:
    """Cases that both raters rated.

    Attributes
    ----------
    codes : ndarray of int, shape (n, 2)
        Category of the first and of the second rater.
    categories : ndarray, shape (n_categories,)
        The scale.
    cluster : ndarray of int, shape (n,), or None
        Cluster codes.
    n_clusters : int or None
        How many clusters there are among these cases.
    """

    codes: Codes
    categories: NDArray[np.generic]
    cluster: NDArray[np.intp] | None
    n_clusters: int | None

    @property
    def n(self) -> int:
        """Count the cases with both ratings."""
        return len(self.codes)

    def proportions(self) -> Floats:
        """Give p_kl, the share of cases that the first rated k and the second l, shape (n_categories, n_categories)."""
        q = len(self.categories)
        return np.bincount(self.codes @ np.array([q, 1]), minlength=q * q).reshape(q, q) / max(self.n, 1)

    def error(self, influence: Floats, *, small_sample: bool) -> LinearisedError:
        """Give the standard error of a statistic whose influence depends on the cell alone, shape (q, q)."""
        values = influence[self.codes[:, 0], self.codes[:, 1]]
        return linearised_error(influence=values, cluster=self.cluster, small_sample=small_sample)


Linear = tuple[float, Floats]
"""A coefficient, and the influence of a case in each cell of the table on it."""


class Linearised(Protocol):
    """A coefficient of two raters as a function of proportions and weights; None where it is undefined."""

    def __call__(self, proportions: Floats, weights: Floats) -> Linear | None:
        """Give the coefficient and its influences."""
        ...


def pair_estimate(
    pair: RaterPair,
    *,
    linearise: Callable[[Floats], Linear | None],
    interval: AgreementInterval,
    small_sample: bool,
    level: float,
    method: str,
    no_spread: str,
) -> Estimate | None:
    """Give a coefficient that is a function of the table of proportions, with its interval; None where it is undefined.

    `linearise` gives, for a table of proportions, the coefficient and the influence of a case in each cell.
    """
    p = pair.proportions()
    linear = linearise(p) if pair.n else None
    if linear is None:
        return None
    error = pair.error(linear[1], small_sample=small_sample)
    plain = wald_estimate(value=linear[0], error=error, n=pair.n, level=level, method=method, no_spread=no_spread)
    if interval == "wald" or pair.n_clusters == 1:
        return plain
    a, b = pair.codes.T

    def fit(size: float) -> AdjustedFit:
        each = ADDED_CASES * size / p.size
        more = linearise((pair.n * p + each) / (pair.n + ADDED_CASES * size))
        value, influence = more if more is not None else (0.0, np.zeros_like(p))
        return AdjustedFit(
            value=value,
            influence=influence[a, b],
            added_influence=influence.ravel(),
            added_weights=np.full(p.size, each),
        )

    bounds = adjusted_bounds(fit=fit, cluster=pair.cluster, level=level, normal=not small_sample)
    return with_adjusted_interval(plain, bounds=bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairData:
    """What a two-rater kernel was given: the ratings of both, or the table of their counts.

    Attributes
    ----------
    first, second : array_like, shape (n_cases,), or None
        The ratings, where there is no table.
    table : array_like of int, shape (n_categories, n_categories), or None
        Counts of cases by the first's category (row) and the second's (column), where there are no ratings.
    categories : array_like or None
        The scale.
    cluster : array_like, shape (n_cases,), or None
        Patients of the ratings; a table has none.
    """

    first: ArrayLike | None
    second: ArrayLike | None
    table: ArrayLike | None
    categories: ArrayLike | None = None
    cluster: ArrayLike | None = None

    def coded(self, who: str) -> CodedRatings:
        """Code what was given, the first rater in the first column.

        Raises
        ------
        ArgumentError
            Ratings and a table, or neither; a table with clusters; and what cannot be coded.
        """
        if self.table is None:
            if self.first is None or self.second is None:
                raise ArgumentError(who, "first and second", "given, or table instead of them")
            both = two_raters(who=who, first=self.first, second=self.second)
            return code_ratings(who=who, ratings=both, categories=self.categories)
        if self.first is not None or self.second is not None:
            raise ArgumentError(who, "table", "given alone, or first and second without it")
        if self.cluster is not None:
            raise ArgumentError(who, "cluster", "left out with a table, which does not say whose case is whose")
        return code_table(who=who, table=self.table, categories=self.categories)


def rater_pair(who: str, data: PairData, level: float) -> RaterPair:
    """Check the arguments that all two-rater kernels share, and keep the cases that both raters rated.

    Raises
    ------
    ArgumentError
        What `PairData.coded` refuses, a cluster label missing, a level outside (0, 1).
    """
    check_level(who, level)
    coded = data.coded(who)
    both = (coded.codes != MISSING).all(axis=1)
    labels, n_clusters = None, None
    if data.cluster is not None:
        patients, labels = np.unique(cluster_codes(who, data.cluster, len(both))[both], return_inverse=True)
        n_clusters = len(patients)
    return RaterPair(codes=coded.codes[both], categories=coded.categories, cluster=labels, n_clusters=n_clusters)


def binary_pair(who: str, data: PairData, level: float) -> RaterPair:
    """Do the same for two yes/no raters, whose scale is 0, 1.

    Raises
    ------
    ArgumentError
        Other ratings than 0, 1 and NaN, a table that is not 2 by 2, and what `rater_pair` refuses.
    """
    first, second = (
        None if ratings is None else binary_array(who, name, ratings)
        for name, ratings in (("first", data.first), ("second", data.second))
    )
    return rater_pair(who, replace(data, first=first, second=second, categories=[0.0, 1.0]), level)
