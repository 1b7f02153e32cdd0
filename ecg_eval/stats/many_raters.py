"""Any number of raters, holes allowed: the skeleton shared by Gwet's, Fleiss', Conger's and Randolph's coefficients.

All are (p_a - p_e) / (1 - p_e) with the same observed agreement p_a over pairs of raters within a case; they differ
in the chance agreement p_e. So do their errors: each is the spread over cases of a linearised value (Gwet 2014,
chapter 5).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.stats.agreement_weights import Weights, resolve_weights
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.influence import NO_SPREAD, check_level, cluster_codes, linearised_error, wald_estimate
from ecg_eval.stats.ratings import Codes, code_ratings

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
        Category codes, -1 for missing.
    counts : ndarray, shape (n, n_categories)
        Raters who chose each category.
    n_ratings : ndarray, shape (n,)
        Ratings of each case, 1 or more.
    weights : ndarray, shape (n_categories, n_categories)
        Agreement weights, made symmetric: a pair of raters has no order.
    categories : ndarray, shape (n_categories,)
        The scale.
    cluster : ndarray of int or None
        Cluster codes of the cases kept.
    """

    codes: Codes
    counts: Floats
    n_ratings: Floats
    weights: Floats
    categories: NDArray[np.generic]
    cluster: NDArray[np.intp] | None

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
    def twice(self) -> NDArray[np.bool_]:
        """Tell which cases were rated by two raters or more, shape (n,)."""
        return np.asarray(self.n_ratings >= 2)

    def keep(self, cases: NDArray[np.bool_]) -> "ManyRaters":
        """Keep some cases."""
        return ManyRaters(
            codes=self.codes[cases],
            counts=self.counts[cases],
            n_ratings=self.n_ratings[cases],
            weights=self.weights,
            categories=self.categories,
            cluster=None if self.cluster is None else np.unique(self.cluster[cases], return_inverse=True)[1],
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


def many_raters(
    *,
    who: str,
    ratings: ArrayLike,
    categories: ArrayLike | None,
    weights: Weights,
    cluster: ArrayLike | None,
    level: float,
) -> ManyRaters:
    """Check the arguments that all many-rater kernels share, and leave out cases that nobody rated.

    Raises
    ------
    ArgumentError
        Ratings that are no table or outside the categories, unusable weights, cluster or level.
    """
    check_level(who, level)
    coded = code_ratings(who=who, ratings=ratings, categories=categories)
    counts = coded.counts()
    n_ratings = counts.sum(axis=1)
    w = resolve_weights(who=who, weights=weights, n_categories=coded.n_categories)
    labels = None if cluster is None else cluster_codes(who=who, cluster=cluster, n_cases=len(counts))[0]
    everyone = ManyRaters(
        codes=coded.codes,
        counts=counts,
        n_ratings=n_ratings,
        weights=(w + w.T) / 2,
        categories=coded.categories,
        cluster=labels,
    )
    return everyone.keep(n_ratings > 0)


def undefined(raters: ManyRaters, *, reason: str, method: str, level: float) -> Estimate:
    """Give the estimate that cannot be computed, with what was counted."""
    return Estimate.undefined(reason=reason, method=method, n=raters.n, level=level, n_clusters=raters.n_clusters)


def chance_corrected(
    raters: ManyRaters, *, chance: float, chance_by_case: Floats | None, method: str, level: float
) -> Estimate:
    r"""Give (p_a - p_e) / (1 - p_e) with its linearised error.

    Case i contributes :math:`\frac{n}{n_2} \frac{a_i - p_e 1[r_i \ge 2]}{1 - p_e} - 2 (1 - \kappa) \frac{p_{e|i} -
    p_e}{1 - p_e}` with :math:`n_2` cases that have two ratings or more (Gwet 2008, 2014).

    Parameters
    ----------
    raters : ManyRaters
        The counted ratings.
    chance : float
        Chance agreement p_e.
    chance_by_case : ndarray, shape (n,), or None
        :math:`p_{e|i}`, whose mean is p_e; None where p_e does not come from the data.
    method, level
        For the result.

    Returns
    -------
    Estimate
        t on n - 1 (or clusters - 1), p from the same error.
    """
    twice = raters.twice
    if not twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=level)
    if 1 - chance < NO_SPREAD:
        return undefined(raters, reason=ONE_CATEGORY, method=method, level=level)
    by_case = raters.pairs_agreeing()
    agreement = float(by_case[twice].mean())
    value = (agreement - chance) / (1 - chance)
    linear = raters.n / twice.sum() * (by_case - chance * twice) / (1 - chance) - value
    if chance_by_case is not None:
        linear = linear - 2 * (1 - value) * (chance_by_case - chance) / (1 - chance)
    error = linearised_error(influence=linear, cluster=raters.cluster)
    return wald_estimate(value=value, error=error, n=raters.n, level=level, method=method, no_spread=ALL_AGREE)
