"""How often raters would agree by chance, as each coefficient understands chance."""

from typing import Literal, get_args

from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.agreement_weights import Weights, weights_name
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.fleiss import conger_chance, fleiss_chance
from ecg_eval.stats.gwet import gwet_chance
from ecg_eval.stats.many_raters import NO_PAIRS, ManyRaters, many_raters, undefined

ChanceOf = Literal["cohen", "conger", "fleiss", "gwet", "brennan-prediger", "krippendorff"]


def chance_agreement(
    *,
    ratings: ArrayLike,
    coefficient: ChanceOf,
    categories: ArrayLike | None = None,
    weights: Weights = None,
) -> Estimate:
    """Give the chance agreement p_e that a coefficient subtracts, without interval.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        As in `ecg_eval.stats.fleiss.fleiss_kappa`.
    coefficient : {"cohen", "conger", "fleiss", "gwet", "brennan-prediger", "krippendorff"}
        Whose chance: each rater's own marginals ("cohen" is "conger" for two complete raters), pooled marginals, Gwet's
        hard cases, even guessing, or pooled marginals of the cases with two ratings or more.
    categories, weights
        As in `ecg_eval.stats.fleiss.fleiss_kappa`.

    Returns
    -------
    Estimate
        From 0 to 1; 1 means that chance alone explains any agreement. Undefined without a pair of ratings.

    Raises
    ------
    ArgumentError
        An unknown coefficient, and what all agreement kernels refuse.
    """
    who = "chance_agreement"
    if coefficient not in get_args(ChanceOf):
        remedy = suggestion(coefficient, get_args(ChanceOf))
        raise ArgumentError(who, "coefficient", "a known choice", coefficient, remedy)
    raters = many_raters(who=who, ratings=ratings, categories=categories, weights=weights, cluster=None, level=0.95)
    method = f"chance agreement of {coefficient}, {weights_name(weights)}"
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=0.95)
    if coefficient == "gwet" and raters.n_categories < 2:
        return undefined(raters, reason="fewer than two categories are known", method=method, level=0.95)
    return Estimate(value=_chance(raters, coefficient), method=method, n=raters.n, reason="no interval is made for it")


def _chance(raters: ManyRaters, coefficient: ChanceOf) -> float:
    if coefficient == "gwet":
        return gwet_chance(raters)[0]
    if coefficient == "fleiss":
        return fleiss_chance(raters)[0]
    if coefficient == "brennan-prediger":
        return float(raters.weights.mean())
    if coefficient == "krippendorff":
        totals = raters.counts[raters.twice].sum(axis=0)
        return float(totals @ raters.weights @ totals / totals.sum() ** 2)
    return conger_chance(raters)[0]
