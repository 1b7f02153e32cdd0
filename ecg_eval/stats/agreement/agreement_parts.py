"""What a chance-corrected coefficient (p_a - p_e) / (1 - p_e) is made of: the agreement seen, and that by chance."""

from typing import Literal, get_args

from numpy.typing import ArrayLike

from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.fleiss import conger_chance, fleiss_chance
from ecg_eval.stats.agreement.gwet import gwet_chance
from ecg_eval.stats.agreement.many_raters import NO_PAIRS, ManyData, ManyRaters, many_raters, undefined
from ecg_eval.stats.clusters.influence import check_choice
from ecg_eval.stats.estimate import Estimate

ChanceOf = Literal["cohen", "conger", "fleiss", "gwet", "brennan_prediger", "krippendorff"]


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
        As in `ecg_eval.stats.agreement.fleiss.fleiss_kappa`.
    coefficient : {"cohen", "conger", "fleiss", "gwet", "brennan_prediger", "krippendorff"}
        Whose chance: each rater's own marginals ("cohen" is "conger" for two complete raters), pooled marginals, Gwet's
        hard cases, even guessing, or pooled marginals of the cases with two ratings or more.
    categories, weights
        As in `ecg_eval.stats.agreement.fleiss.fleiss_kappa`.

    Returns
    -------
    Estimate
        From 0 to 1; 1 means that chance alone explains any agreement. Undefined without a pair of ratings.

    Raises
    ------
    ArgumentError
        An unknown coefficient, and what all agreement kernels refuse.
    """
    raters = _raters("chance_agreement", ratings, coefficient, categories, weights)
    method = f"chance agreement of {coefficient.replace('_', '-')}, {weights_name(weights)}"
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=0.95)
    if coefficient == "gwet" and raters.n_categories < 2:
        return undefined(raters, reason="fewer than two categories are known", method=method, level=0.95)
    return Estimate(value=_chance(raters, coefficient), method=method, n=raters.n, reason="no interval is made for it")


def pair_agreement(
    *,
    ratings: ArrayLike,
    coefficient: ChanceOf,
    categories: ArrayLike | None = None,
    weights: Weights = None,
) -> Estimate:
    """Give the observed agreement p_a that a coefficient starts from, without interval.

    Parameters and errors are those of `chance_agreement`. It is the share of pairs of raters agreeing, averaged
    over cases; for "krippendorff" a case counts by its number of ratings, and one over the number of ratings is
    mixed in, his correction for small samples. With an interval see
    `ecg_eval.stats.agreement.percent_agreement.percent_agreement`.

    Returns
    -------
    Estimate
        From 0 to 1. Undefined without a pair of ratings.
    """
    raters = _raters("pair_agreement", ratings, coefficient, categories, weights)
    method = f"observed agreement of {coefficient.replace('_', '-')}, {weights_name(weights)}"
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=0.95)
    some = raters.keep(raters.twice)
    value = float(some.pairs_agreeing().mean())
    if coefficient == "krippendorff":
        ratings_of_all = float(some.n_ratings.sum())
        value = float(some.n_ratings @ some.pairs_agreeing()) / ratings_of_all
        value += (1 - value) / ratings_of_all
    return Estimate(value=value, method=method, n=raters.n, reason="no interval is made for it")


def _raters(
    who: str, ratings: ArrayLike, coefficient: str, categories: ArrayLike | None, weights: Weights
) -> ManyRaters:
    check_choice(who, "coefficient", coefficient, get_args(ChanceOf))
    return many_raters(who, ManyData(ratings=ratings, categories=categories), weights, 0.95)


def _chance(raters: ManyRaters, coefficient: ChanceOf) -> float:
    if coefficient == "gwet":
        return gwet_chance(raters)[0]
    if coefficient == "fleiss":
        return fleiss_chance(raters)[0]
    if coefficient == "brennan_prediger":
        return float(raters.weights.mean())
    if coefficient == "krippendorff":
        totals = raters.counts[raters.twice].sum(axis=0)
        return float(totals @ raters.weights @ totals / totals.sum() ** 2)
    return conger_chance(raters)[0]
