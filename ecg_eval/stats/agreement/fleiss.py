"""Many raters, kappa-like: Fleiss, Conger, Light.

Fleiss pools the raters' marginals (raters interchangeable), Conger keeps each rater's own, as Cohen does; Light
averages Cohen's kappa over pairs. All errors treat cases as random and the raters as these very ones.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Literal, get_args

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
from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.independence_test import many_null_error, pair_null_error, with_null_test
from ecg_eval.stats.agreement.kappa import cohen_linearised
from ecg_eval.stats.agreement.many_raters import (
    ALL_AGREE,
    ManyData,
    ManyRaters,
    linearise,
    many_rater_estimate,
    many_raters,
    undefined,
)
from ecg_eval.stats.agreement.ratings import MISSING
from ecg_eval.stats.clusters.influence import check_choice, linearised_error, wald_estimate
from ecg_eval.stats.estimate import Estimate, is_defined

Floats = NDArray[np.float64]
KappaTest = Literal["null", "wald"]
LightMissing = Literal["pairwise", "complete"]


def fleiss_kappa(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
    test: KappaTest | None = None,
) -> Estimate:
    r"""Give Fleiss' kappa: agreement of many raters beyond chance, with their marginals pooled.

    :math:`p_e = \sum_{kl} w_{kl} \pi_k \pi_l`, :math:`\pi_k` the mean share of a case's ratings in k.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Numbers, booleans or text; NaN (None, empty text) = missing. A case with one rating counts in the chance
        agreement only; one with none is left out, and `n` counts the others.
    counts : array_like of int, shape (n_cases, n_categories)
        Instead of them, how many raters put each case into each category, as a paper prints it. Categories are those
        given, or numbers from 0.
    categories : array_like, optional
        The whole scale; the ratings seen otherwise. Matters with weights by rank.
    weights : None, str or array_like of shape (n_categories, n_categories)
        As in `ecg_eval.stats.agreement.kappa.cohen_kappa`.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case: the interval is then cluster-robust, t on clusters - 1.
    level : float
        Coverage that the interval aims at.
    interval : {"adjusted", "wald"}
        "adjusted" (default) keeps its level where categories are rare, see `adjusted_interval.py`; "wald" is value plus
        and minus t times standard error, cut at 1 (irrCAC), far too short there.
    test : {"null", "wald"}, optional
        Test of kappa = 0: by the error under independence (default; irr; Fleiss, Nee and Landis 1979), or by the
        linearised error (irrCAC; the only one, and default, with clusters), which rejects far too often where
        categories are rare.

    Returns
    -------
    Estimate
        From -1 / (n_raters - 1) to 1; 0 is chance. Standard error linearised over cases, t on n - 1 (irrCAC).

    Raises
    ------
    ArgumentError
        Ratings and counts, or neither; ratings that are no table or outside the categories; the null test with
        clusters; unknown choices.

    References
    ----------
    Fleiss JL. Psychol Bull 1971;76:378-382. Fleiss JL, Nee JCM, Landis JR. Psychol Bull 1979;86:974-977. Gwet KL.
    Br J Math Stat Psychol 2008;61:29-48.
    """
    who = "fleiss_kappa"
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    chosen = choices(who, interval, test, raters)
    method = f"Fleiss kappa, {weights_name(weights)}"
    fit = partial(linearise, chance=fleiss_chance)
    estimate = many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level)
    if chosen == "wald" or not is_defined(estimate):
        return estimate
    marginals = np.repeat(raters.mean(raters.shares())[None], raters.codes.shape[1], axis=0)
    return with_null_test(estimate, _null_error(raters, marginals, fleiss_chance(raters)[1]))


def _null_error(raters: ManyRaters, marginals: Floats, by_case: Floats) -> float:
    """Give the error under independence of a coefficient whose cases with two ratings or more count alike."""
    return many_null_error(
        codes=raters.codes,
        marginals=marginals,
        weights=raters.weights,
        case_weights=raters.twice.astype(float),
        by_case=by_case,
    )


def choices(who: str, interval: str, test: str | None, raters: ManyRaters) -> str:
    """Check interval and test, and give the test: under independence, but for clusters.

    Raises
    ------
    ArgumentError
        Unknown choices, and the null test with clusters.
    """
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    if test is None:
        return "null" if raters.cluster is None else "wald"
    check_choice(who, "test", test, get_args(KappaTest))
    if test == "null" and raters.cluster is not None:
        raise ArgumentError(who, "test", "'wald' where cluster is given", test)
    return test


def fleiss_chance(raters: ManyRaters) -> tuple[float, Floats]:
    r"""Give Fleiss' chance agreement and its share of each case, :math:`\sum_{kl} w_{kl} \pi_l r_{ik} / r_i`."""
    shares = raters.shares()
    pooled = raters.mean(shares)
    weighted = raters.weights @ pooled
    return float(pooled @ weighted), shares @ weighted


def fleiss_kappa_per_category(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
    test: KappaTest | None = None,
) -> Mapping[object, Estimate]:
    """Give Fleiss' kappa of each category against all others.

    Parameters are those of `fleiss_kappa`; a category that nobody chose is undefined.

    Returns
    -------
    dict
        Category to Estimate, in the order of the scale.
    """
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters("fleiss_kappa_per_category", data, None, level)
    result: dict[object, Estimate] = {}
    for k, category in enumerate(raters.categories.tolist()):
        chosen = np.where(raters.codes == MISSING, np.nan, raters.codes == k)
        result[category] = fleiss_kappa(
            ratings=chosen, categories=[0.0, 1.0], cluster=raters.cluster, level=level, interval=interval, test=test
        )
    return result


def conger_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
    test: KappaTest | None = None,
) -> Estimate:
    r"""Give Conger's kappa: many raters, each with their own marginals; Cohen's kappa for two.

    :math:`p_e = \sum_{kl} w_{kl} (\bar p_k \bar p_l - s_{kl} / m)`, the mean over pairs of raters of their chance
    agreement, with :math:`\bar p_k` the mean and :math:`s_{kl}` the covariance over the m raters of their shares in
    k and l. (irr calls it the exact Fleiss kappa.) Parameters, result and errors are those of `fleiss_kappa`.

    References
    ----------
    Conger AJ. Psychol Bull 1980;88:322-328. Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014.
    """
    who = "conger_kappa"
    data = ManyData(ratings=ratings, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    chosen = choices(who, interval, test, raters)
    method = f"Conger kappa, {weights_name(weights)}"
    fit = partial(linearise, chance=conger_chance)
    estimate = many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level)
    if chosen == "wald" or not is_defined(estimate):
        return estimate
    some = replace(raters, codes=raters.codes[:, (raters.codes != MISSING).any(axis=0)])
    one_hot = some.codes[:, :, None] == np.arange(raters.n_categories)
    marginals = one_hot.sum(axis=0) / one_hot.sum(axis=(0, 2))[:, None]
    return with_null_test(estimate, _null_error(some, marginals, conger_chance(some)[1]))


def conger_chance(raters: ManyRaters) -> tuple[float, Floats]:
    """Give Conger's chance agreement and its linearised share of each case; raters without ratings do not count."""
    codes = raters.codes[:, (raters.codes != MISSING).any(axis=0)]
    m, q, total = codes.shape[1], raters.n_categories, raters.case_weights.sum()
    of_nobody = (codes == MISSING).all(axis=1)  # cases added for an interval: every rater takes the same part in them
    added, added_weights = raters.shares()[of_nobody], raters.case_weights[of_nobody]
    seen = (codes != MISSING) | of_nobody[:, None]
    rated = raters.case_weights @ seen
    chosen_by = [np.bincount(c[c != MISSING], minlength=q) for c in codes.T]
    marginals = (np.stack(chosen_by) + added_weights @ added) / rated[
        :, None
    ]  # shares of each rater, (m, n_categories)
    of_others = (marginals.sum(axis=0) - marginals) @ raters.weights  # weight of each category against all other raters
    expected = (of_others * marginals).sum(axis=1)
    chosen = np.take_along_axis(of_others.T, np.maximum(codes, 0), axis=0) * seen
    chosen[of_nobody] = added @ of_others.T
    by_rater = total / rated * (chosen - (seen - rated / total) * expected)
    return float(expected.sum()) / (m * (m - 1)), by_rater.sum(axis=1) / (m * (m - 1))


def light_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
    test: KappaTest | None = None,
    missing: LightMissing = "pairwise",
) -> Estimate:
    r"""Give Light's kappa: the mean of Cohen's kappa over all pairs of raters.

    Parameters
    ----------
    ratings, categories, weights, cluster, level, interval, test
        As in `fleiss_kappa`; weights by rank of the whole scale, the same for all pairs.
    missing : {"pairwise", "complete"}
        Each pair on the cases that both rated, or all pairs on the cases that everybody rated (irr).

    Returns
    -------
    Estimate
        From -1 to 1. Standard error from the mean of the pairs' influence values. Undefined where the kappa of a pair
        is.

    References
    ----------
    Light RJ. Psychol Bull 1971;76:365-377.
    """
    who = "light_kappa"
    check_choice(who, "missing", missing, get_args(LightMissing))
    data = ManyData(ratings=ratings, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    chosen = choices(who, interval, test, raters)
    if missing == "complete":
        raters = raters.keep((raters.codes != MISSING).all(axis=1))
    method = f"Light kappa, {weights_name(weights)}"
    if raters.codes.shape[1] < 2:
        return undefined(raters, reason="fewer than two raters", method=method, level=level)
    linear = _light_linearised(raters, 0.0)
    if linear is None:
        reason = "the kappa of a pair of raters is undefined: no case in common, or one category throughout"
        return undefined(raters, reason=reason, method=method, level=level)
    error = linearised_error(influence=linear.influence, cluster=raters.cluster)
    plain = wald_estimate(value=linear.value, error=error, n=raters.n, level=level, method=method, no_spread=ALL_AGREE)
    if chosen == "null":
        plain = with_null_test(plain, _light_null_error(raters))
    if interval == "wald" or raters.n_clusters == 1:
        return plain
    bounds = adjusted_bounds(
        fit=lambda size: _light_linearised(raters, size) or linear, cluster=raters.cluster, level=level
    )
    return with_adjusted_interval(plain, bounds=bounds)


def _light_null_error(raters: ManyRaters) -> float:
    """Give the error of the mean of the pairs' kappas, which are uncorrelated where raters are independent."""
    squares = []
    for i, j in combinations(range(raters.codes.shape[1]), 2):
        pair = raters.codes[:, [i, j]]
        pair = pair[(pair != MISSING).all(axis=1)]
        squares.append(pair_null_error(codes=pair, weights=raters.weights, cluster=None) ** 2)
    return float(np.sqrt(sum(squares)) / len(squares))


def _light_linearised(raters: ManyRaters, size: float) -> AdjustedFit | None:
    """Give the mean of the pairs' kappas and influences, with cases worth 4 `size` added; None if one is undefined."""
    q, total = raters.n_categories, raters.n + ADDED_CASES * size
    each = ADDED_CASES * size / max(q * q, 1)
    values, influence, added = [], np.zeros(raters.n), np.zeros((q, q))
    for i, j in combinations(range(raters.codes.shape[1]), 2):
        a, b = raters.codes[:, i], raters.codes[:, j]
        both = (a != MISSING) & (b != MISSING)
        table = np.bincount(a[both] * q + b[both], minlength=q * q).reshape(q, q) + each
        linear = cohen_linearised(table / table.sum(), raters.weights) if both.any() else None
        if linear is None:
            return None
        values.append(linear[0])
        influence[both] += linear[1][a[both], b[both]] * total / table.sum()
        added += linear[1] * total / table.sum()
    n_pairs = len(values)
    return AdjustedFit(
        value=float(np.mean(values)),
        influence=influence / n_pairs,
        added_influence=added.ravel() / n_pairs,
        added_weights=np.full(q * q, each),
    )
