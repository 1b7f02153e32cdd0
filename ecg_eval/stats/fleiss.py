"""Many raters, kappa-like: Fleiss, Conger, Light.

Fleiss pools the raters' marginals (raters interchangeable), Conger keeps each rater's own, as Cohen does; Light
averages Cohen's kappa over pairs. All errors treat cases as random and the raters as these very ones.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.agreement_weights import Weights, weights_name
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.influence import linearised_error, wald_estimate
from ecg_eval.stats.kappa import cohen_linearised
from ecg_eval.stats.many_raters import ALL_AGREE, NO_PAIRS, ManyRaters, chance_corrected, many_raters, undefined
from ecg_eval.stats.ratings import MISSING

Floats = NDArray[np.float64]
FleissTest = Literal["wald", "null"]
LightMissing = Literal["pairwise", "complete"]


def fleiss_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    test: FleissTest = "wald",
) -> Estimate:
    r"""Give Fleiss' kappa: agreement of many raters beyond chance, with their marginals pooled.

    :math:`p_e = \sum_{kl} w_{kl} \pi_k \pi_l`, :math:`\pi_k` the mean share of a case's ratings in k.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Numbers, booleans or text; NaN (None, empty text) = missing. A case with one rating counts in the chance
        agreement only; one with none is left out, and `n` counts the others.
    categories : array_like, optional
        The whole scale; the ratings seen otherwise. Matters with weights by rank.
    weights : None, str or array_like of shape (n_categories, n_categories)
        As in `ecg_eval.stats.kappa.cohen_kappa`.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case: the interval is then cluster-robust, t on clusters - 1.
    level : float
        Coverage that the interval aims at.
    test : {"wald", "null"}
        Test of kappa = 0: by the linearised error (irrCAC), or by the error under that hypothesis (irr, Fleiss, Nee and
        Landis 1979), which needs every case rated by every rater and no weights.

    Returns
    -------
    Estimate
        From -1 / (n_raters - 1) to 1; 0 is chance. t interval on n - 1 from the linearised error (irrCAC), cut at 1.

    Raises
    ------
    ArgumentError
        Ratings that are no table or outside the categories; the null test with holes, weights or clusters.

    References
    ----------
    Fleiss JL. Psychol Bull 1971;76:378-382. Fleiss JL, Nee JCM, Landis JR. Psychol Bull 1979;86:974-977. Gwet KL.
    Br J Math Stat Psychol 2008;61:29-48.
    """
    who = "fleiss_kappa"
    if test not in get_args(FleissTest):
        raise ArgumentError(who, "test", "a known choice", test, suggestion(test, get_args(FleissTest)))
    raters = many_raters(who=who, ratings=ratings, categories=categories, weights=weights, cluster=cluster, level=level)
    if test == "null":
        _check_null_test(who, raters, weights)
    method = f"Fleiss kappa, {weights_name(weights)}"
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=level)
    chance, by_case = fleiss_chance(raters)
    estimate = chance_corrected(raters, chance=chance, chance_by_case=by_case, method=method, level=level)
    if test == "wald" or estimate.value is None:
        return estimate
    z = estimate.value / _null_error(raters)
    return replace(estimate, statistic=z, p_value=2 * norm.sf(abs(z)))


def fleiss_chance(raters: ManyRaters) -> tuple[float, Floats]:
    r"""Give Fleiss' chance agreement and its share of each case, :math:`\sum_{kl} w_{kl} \pi_l r_{ik} / r_i`."""
    shares = raters.shares()
    weighted = raters.weights @ shares.mean(axis=0)
    return float(shares.mean(axis=0) @ weighted), shares @ weighted


def _null_error(raters: ManyRaters) -> float:
    r"""Give the standard error of Fleiss' kappa under no agreement, of n cases by m raters.

    :math:`\frac{2}{n m (m - 1)} \frac{(\sum_k \pi_k (1 - \pi_k))^2 - \sum_k \pi_k (1 - \pi_k)(1 - 2 \pi_k)}{(\sum_k
    \pi_k (1 - \pi_k))^2}`, and of it the root.
    """
    n, m = raters.codes.shape
    pooled = raters.shares().mean(axis=0)
    spread = pooled * (1 - pooled)
    total = spread.sum() ** 2
    return float(np.sqrt(2 / (n * m * (m - 1)) * (total - (spread * (1 - 2 * pooled)).sum()) / total))


def _check_null_test(who: str, raters: ManyRaters, weights: Weights) -> None:
    if weights is not None or raters.cluster is not None or (raters.codes == MISSING).any():
        rule = "'wald' where there are holes, weights or clusters"
        raise ArgumentError(who, "test", rule, "null", "Its standard error is known for complete unweighted data.")


def fleiss_kappa_per_category(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    test: FleissTest = "wald",
) -> Mapping[object, Estimate]:
    """Give Fleiss' kappa of each category against all others.

    Parameters are those of `fleiss_kappa`; a category that nobody chose is undefined.

    Returns
    -------
    dict
        Category to Estimate, in the order of the scale.
    """
    raters = many_raters(
        who="fleiss_kappa_per_category",
        ratings=ratings,
        categories=categories,
        weights=None,
        cluster=cluster,
        level=level,
    )
    result: dict[object, Estimate] = {}
    for k, category in enumerate(raters.categories.tolist()):
        chosen = np.where(raters.codes == MISSING, np.nan, raters.codes == k)
        result[category] = fleiss_kappa(
            ratings=chosen, categories=[0.0, 1.0], cluster=raters.cluster, level=level, test=test
        )
    return result


def conger_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
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
    raters = many_raters(who=who, ratings=ratings, categories=categories, weights=weights, cluster=cluster, level=level)
    method = f"Conger kappa, {weights_name(weights)}"
    if not raters.twice.any():
        return undefined(raters, reason=NO_PAIRS, method=method, level=level)
    chance, by_case = conger_chance(raters)
    return chance_corrected(raters, chance=chance, chance_by_case=by_case, method=method, level=level)


def conger_chance(raters: ManyRaters) -> tuple[float, Floats]:
    """Give Conger's chance agreement and its linearised share of each case; raters without ratings do not count."""
    codes = raters.codes[:, (raters.codes != MISSING).any(axis=0)]
    n, m = codes.shape
    seen = codes != MISSING
    n_rated = seen.sum(axis=0)
    own = np.stack([np.bincount(c[c != MISSING], minlength=raters.n_categories) for c in codes.T]) / n_rated[:, None]
    of_others = (own.sum(axis=0) - own) @ raters.weights  # (raters, categories): weight of k against all other raters
    chance = float((of_others * own).sum()) / (m * (m - 1))
    expected = (of_others * own).sum(axis=1)
    chosen = np.where(seen, np.take_along_axis(of_others.T, np.where(seen, codes, 0), axis=0), 0.0)
    by_rater = n / n_rated * (chosen - (seen - n_rated / n) * expected)
    return chance, by_rater.sum(axis=1) / (m * (m - 1))


def light_kappa(
    *,
    ratings: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    missing: LightMissing = "pairwise",
) -> Estimate:
    r"""Give Light's kappa: the mean of Cohen's kappa over all pairs of raters.

    Parameters
    ----------
    ratings, categories, weights, cluster, level
        As in `fleiss_kappa`; weights by rank of the whole scale, the same for all pairs.
    missing : {"pairwise", "complete"}
        Each pair on the cases that both rated, or all pairs on the cases that everybody rated (irr).

    Returns
    -------
    Estimate
        From -1 to 1. t interval from the mean of the pairs' influence values. Undefined where the kappa of a pair is.

    References
    ----------
    Light RJ. Psychol Bull 1971;76:365-377.
    """
    who = "light_kappa"
    if missing not in get_args(LightMissing):
        raise ArgumentError(who, "missing", "a known choice", missing, suggestion(missing, get_args(LightMissing)))
    raters = many_raters(who=who, ratings=ratings, categories=categories, weights=weights, cluster=cluster, level=level)
    if missing == "complete":
        raters = raters.keep((raters.codes != MISSING).all(axis=1))
    method = f"Light kappa, {weights_name(weights)}"
    values, influence = [], np.zeros(raters.n)
    for i, j in combinations(range(raters.codes.shape[1]), 2):
        linear = _pair_linearised(raters, i, j)
        if linear is None:
            reason = f"the kappa of raters {i} and {j} (counted from 0) is undefined: no cases, or one category"
            return undefined(raters, reason=reason, method=method, level=level)
        values.append(linear[0])
        influence += linear[1]
    if not values:
        return undefined(raters, reason="fewer than two raters", method=method, level=level)
    error = linearised_error(influence=influence / len(values), cluster=raters.cluster)
    return wald_estimate(
        value=float(np.mean(values)), error=error, n=raters.n, level=level, method=method, no_spread=ALL_AGREE
    )


def _pair_linearised(raters: ManyRaters, i: int, j: int) -> tuple[float, Floats] | None:
    """Give Cohen's kappa of two raters and its influence values over all cases, 0 where one of them is missing."""
    a, b = raters.codes[:, i], raters.codes[:, j]
    both = (a != MISSING) & (b != MISSING)
    if not both.any():
        return None
    q, n_both = raters.n_categories, int(both.sum())
    p = np.bincount(a[both] * q + b[both], minlength=q * q).reshape(q, q) / n_both
    linear = cohen_linearised(p, raters.weights)
    if linear is None:
        return None
    influence = np.zeros(raters.n)
    influence[both] = linear[1][a[both], b[both]] * raters.n / n_both
    return linear[0], influence
