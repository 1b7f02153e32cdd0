"""Many raters without their marginals: how often pairs agree, how often all agree, and that beyond even guessing."""

from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.many_raters import (
    ManyData,
    ManyRaters,
    linearise,
    many_rater_estimate,
    many_raters,
    undefined,
)
from ecg_eval.stats.agreement.specific_agreement import observed_agreement
from ecg_eval.stats.clusters.influence import check_choice
from ecg_eval.stats.estimate import Estimate, is_defined

Floats = NDArray[np.float64]


def randolph_kappa(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    r"""Give Randolph's free-marginal kappa, Brennan-Prediger for many raters: chance as even guessing.

    :math:`p_e = \sum_{kl} w_{kl} / q^2`. Give `categories`: q is the length of the scale. Parameters, result and
    errors are those of `ecg_eval.stats.agreement.fleiss.fleiss_kappa`.

    References
    ----------
    Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-699. Randolph JJ. Free-marginal multirater kappa, 2005.
    """
    who = "randolph_kappa"
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    method = f"Brennan-Prediger, {weights_name(weights)}"
    fit = partial(linearise, chance=_even_chance)
    return many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level)


def _even_chance(raters: ManyRaters) -> tuple[float, Floats]:
    chance = float(raters.weights.mean())
    return chance, np.full(raters.n, chance)


def percent_agreement(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    """Give the share of pairs of raters who agree, averaged over cases, without correction for chance.

    Parameters and errors are those of `ecg_eval.stats.agreement.fleiss.fleiss_kappa`; from 0 to 1, t interval (irrCAC).
    """
    who = "percent_agreement"
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters(who, data, weights, level)
    method = "percent agreement" if weights is None else f"percent agreement, {weights_name(weights)}"
    fit = partial(linearise, chance=lambda some: (0.0, np.zeros(some.n)))
    estimate = many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level)
    return estimate if estimate.low is None else replace(estimate, low=max(estimate.low, 0.0))


def unanimous_agreement(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the share of cases on which all raters agree, among the cases that all of them rated.

    Parameters and errors are those of `ecg_eval.stats.agreement.fleiss.fleiss_kappa`.

    Returns
    -------
    Estimate
        From 0 to 1, Agresti-Coull interval; `n_positive` counts the cases on which all agree. It falls as raters
        are added.
    """
    who = "unanimous_agreement"
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    raters = many_raters(who, data, None, level)
    n_raters = raters.codes.shape[1]
    if n_raters < 2:
        return undefined(raters, reason="fewer than two raters", method="unanimous agreement", level=level)
    raters = raters.keep(raters.n_ratings == n_raters)
    same = (raters.codes == raters.codes[:, :1]).all(axis=1).astype(float)
    share = observed_agreement(
        first=same, second=np.ones(raters.n), categories=[0.0, 1.0], cluster=raters.cluster, level=level
    )
    words = share.method.replace("observed agreement", "unanimous agreement")
    reason = None if is_defined(share) else "no case was rated by all raters"
    return replace(share, method=words, reason=reason or share.reason)
