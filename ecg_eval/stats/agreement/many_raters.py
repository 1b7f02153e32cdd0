"""Any number of raters, holes allowed: the skeleton shared by Gwet's, Fleiss', Conger's and Randolph's coefficients.

All are (p_a - p_e) / (1 - p_e) with the same observed agreement p_a over pairs of raters within a case; they differ
in the chance agreement p_e. So do their errors: each is the spread over cases of a linearised value (Gwet 2014,
chapter 5).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights
from ecg_eval.stats.agreement.ratings import MISSING, CodedRatings, Codes, code_counts, code_ratings
from ecg_eval.stats.clusters.influence import NO_SPREAD, check_level, linearised_error, wald_estimate
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import cluster_codes

Floats = NDArray[np.float64]

NO_PAIRS = "no case was rated by two raters"
ONE_CATEGORY = "all ratings are of one category, so chance alone explains all agreement"
ALL_AGREE = "all raters agree on every case: the linearised standard error is 0 and says nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyRaters:
    """Cases with at least one rating, counted by category.

    Attributes
    ----------
    codes : ndarray of int, shape (n, n_raters)
        Category codes, -1 for missing. Cases added for an interval have no codes, for they belong to no rater.
    counts : ndarray, shape (n, n_categories)
        Raters who chose each category.
    weights : ndarray, shape (n_categories, n_categories)
        Agreement weights, made symmetric: a pair of raters has no order.
    categories : ndarray, shape (n_categories,)
        The scale.
    cluster : ndarray of int or None
        Cluster codes of the cases.
    case_weights : ndarray, shape (n,)
        How many cases each stands for: 1, but for the cases of an adjusted interval.
    """

    codes: Codes
    counts: Floats
    weights: Floats
    categories: NDArray[np.generic]
    cluster: NDArray[np.intp] | None
    case_weights: Floats

    @property
    def n(self) -> int:
        """Count the cases with at least one rating."""
        return len(self.codes)

    @property
    def n_categories(self) -> int:
        """Count the categories."""
        return len(self.categories)

    @property
    def n_clusters(self) -> int | None:
        """Count the clusters, where there are any."""
        return None if self.cluster is None else len(np.unique(self.cluster))

    @property
    def n_ratings(self) -> Floats:
        """Count the ratings of each case, shape (n,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def twice(self) -> NDArray[np.bool_]:
        """Tell which cases were rated by two raters or more, shape (n,)."""
        return np.asarray(self.n_ratings >= 2)

    def mean(self, by_case: Floats) -> Floats:
        """Average over cases, by their weights."""
        return np.asarray(self.case_weights @ by_case / self.case_weights.sum())

    def keep(self, cases: NDArray[np.bool_]) -> "ManyRaters":
        """Keep some cases."""
        cluster = None if self.cluster is None else np.unique(self.cluster[cases], return_inverse=True)[1]
        return replace(
            self,
            codes=self.codes[cases],
            counts=self.counts[cases],
            cluster=cluster,
            case_weights=self.case_weights[cases],
        )

    def with_added(self, size: float) -> "ManyRaters":
        """Add cases worth 4 `size`, with two ratings by nobody in particular, evenly over all pairs of categories."""
        q = self.n_categories
        pairs = (np.eye(q)[:, None] + np.eye(q)[None, :]).reshape(q * q, q)
        return replace(
            self,
            codes=np.concatenate([self.codes, np.full((q * q, self.codes.shape[1]), MISSING)]),
            counts=np.concatenate([self.counts, pairs]),
            cluster=None,
            case_weights=np.append(self.case_weights, np.full(q * q, ADDED_CASES * size / q**2)),
        )

    def pairs_agreeing(self) -> Floats:
        r"""Give the share of ordered pairs of raters agreeing, by case; 0 where there is no pair, shape (n,).

        :math:`a_i = \sum_k r_{ik} (\sum_l w_{kl} r_{il} - 1) / (r_i (r_i - 1))`.
        """
        agreeing = (self.counts * (self.counts @ self.weights - 1)).sum(axis=1)
        pairs = self.n_ratings * (self.n_ratings - 1)
        return np.asarray(np.divide(agreeing, pairs, out=np.zeros(self.n), where=pairs > 0))

    def shares(self) -> Floats:
        r"""Give the share of a case's ratings in each category, :math:`r_{ik} / r_i`, shape (n, n_categories)."""
        return np.asarray(self.counts / self.n_ratings[:, None])


Chance = Callable[[ManyRaters], tuple[float, Floats]]
"""Chance agreement p_e, and what each case adds to it, of mean p_e, shape (n,)."""

Linear = tuple[float, Floats]
"""A coefficient, and the influence of each case on it, shape (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyData:
    """What a many-rater kernel was given: the ratings, or how many raters chose each category.

    Attributes
    ----------
    ratings : array_like, shape (n_cases, n_raters), or None
        The ratings, where there are no counts.
    counts : array_like of int, shape (n_cases, n_categories), or None
        Raters by case and category, where there are no ratings. Who chose what is then not known, so that only
        coefficients that take raters for interchangeable offer it.
    categories : array_like or None
        The scale.
    cluster : array_like, shape (n_cases,), or None
        Patients of the cases.
    """

    ratings: ArrayLike | None
    counts: ArrayLike | None = None
    categories: ArrayLike | None = None
    cluster: ArrayLike | None = None

    def coded(self, who: str) -> CodedRatings:
        """Code what was given.

        Raises
        ------
        ArgumentError
            Ratings and counts, or neither, and what cannot be coded.
        """
        if self.counts is None:
            if self.ratings is None:
                raise ArgumentError(who, "ratings", "given, or counts instead of them")
            return code_ratings(who=who, ratings=self.ratings, categories=self.categories)
        if self.ratings is not None:
            raise ArgumentError(who, "counts", "given alone, or ratings without them")
        return code_counts(who=who, counts=self.counts, categories=self.categories)


def many_raters(who: str, data: ManyData, weights: Weights, level: float) -> ManyRaters:
    """Check the arguments that all many-rater kernels share, and leave out cases that nobody rated.

    Raises
    ------
    ArgumentError
        What `ManyData.coded` refuses, unusable weights, cluster or level.
    """
    check_level(who, level)
    coded = data.coded(who)
    counts = coded.counts()
    w = resolve_weights(who=who, weights=weights, n_categories=coded.n_categories)
    labels = None if data.cluster is None else cluster_codes(who, data.cluster, len(counts))
    everyone = ManyRaters(
        codes=coded.codes,
        counts=counts,
        weights=(w + w.T) / 2,
        categories=coded.categories,
        cluster=labels,
        case_weights=np.ones(len(counts)),
    )
    return everyone.keep(everyone.n_ratings > 0)


def undefined(raters: ManyRaters, *, reason: str, method: str, level: float) -> Estimate:
    """Give the estimate that cannot be computed, with what was counted."""
    return Estimate.undefined(reason=reason, method=method, n=raters.n, level=level, n_clusters=raters.n_clusters)


def linearise(raters: ManyRaters, chance: Chance) -> Linear | None:
    r"""Give (p_a - p_e) / (1 - p_e) and the influence of each case, or None where p_e is 1.

    Case i contributes :math:`\frac{n}{n_2} \frac{a_i - p_e 1[r_i \ge 2]}{1 - p_e} - 2 (1 - \kappa) \frac{p_{e|i} -
    p_e}{1 - p_e} - \kappa` with :math:`n_2` cases that have two ratings or more (Gwet 2008, 2014).
    """
    expected, by_case = chance(raters)
    if 1 - expected < NO_SPREAD:
        return None
    twice = raters.twice
    share = raters.mean(twice.astype(float))
    agreeing = raters.pairs_agreeing()
    value = float((raters.mean(agreeing) / share - expected) / (1 - expected))
    linear = (agreeing - expected * twice) / share - 2 * (1 - value) * (by_case - expected)
    return value, linear / (1 - expected) - value


def many_rater_estimate(
    raters: ManyRaters,
    *,
    fit: Callable[[ManyRaters], Linear | None],
    interval: AgreementInterval,
    method: str,
    level: float,
    by_rating: bool = False,
) -> Estimate:
    """Give a coefficient with its linearised error, its test of 0 and the interval asked for.

    `by_rating` says that a case counts by its number of ratings, so that an added case must be worth as many. t on
    n - 1 (or clusters - 1). Undefined without a case of two ratings, or where `fit` finds chance agreement 1.
    """
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=level)
    linear = fit(raters)
    if linear is None:
        return undefined(raters, reason=ONE_CATEGORY, method=method, level=level)
    error = linearised_error(influence=linear[1], cluster=raters.cluster)
    plain = wald_estimate(value=linear[0], error=error, n=raters.n, level=level, method=method, no_spread=ALL_AGREE)
    if interval == "wald" or raters.n_clusters == 1:
        return plain

    def adjusted(size: float) -> AdjustedFit:
        more = raters.with_added(size)
        value, influence = fit(more) or linear
        return AdjustedFit(
            value=value,
            influence=influence[: raters.n],
            added_influence=influence[raters.n :],
            added_weights=more.case_weights[raters.n :],
        )

    unit = float(raters.n_ratings.mean()) / 2 if by_rating else 1.0
    bounds = adjusted_bounds(fit=adjusted, cluster=raters.cluster, level=level, unit=unit)
    return with_adjusted_interval(plain, bounds=bounds)
