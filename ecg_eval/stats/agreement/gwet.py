"""Gwet's AC1 and AC2: chance-corrected agreement that stays steady when a finding is rare or common.

Chance agreement counts only the cases that raters would have found hard to rate, so it falls where one category
dominates, which is where kappa collapses (the kappa paradox). It is another quantity than kappa: do not compare the
two, nor judge AC1 by kappa's verbal scales.
"""

from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.agreement_weights import Weights, weights_name
from ecg_eval.stats.agreement.many_raters import (
    NO_PAIRS,
    ManyData,
    ManyRaters,
    linearise,
    many_rater_estimate,
    many_raters,
    undefined,
)
from ecg_eval.stats.clusters.influence import check_choice
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]


def gwet_ac1(
    *,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    r"""Give Gwet's AC1 of two or more raters.

    :math:`p_e = \frac{1}{q - 1} \sum_k \pi_k (1 - \pi_k)` with :math:`\pi_k` the mean share of a case's ratings in k.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Numbers, booleans or text; NaN (None, empty text) = missing. A case with one rating counts in the chance
        agreement only; one with none is left out, and `n` counts the others.
    counts : array_like of int, shape (n_cases, n_categories)
        Instead of them, how many raters put each case into each category, as a paper prints it. Categories are those
        given, or numbers from 0.
    categories : array_like, optional
        The whole scale; the ratings seen otherwise. Chance agreement depends on how many there are.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case: the interval is then cluster-robust, t on clusters - 1.
    level : float
        Coverage that the interval aims at.
    interval : {"adjusted", "wald"}
        Made with four imagined cases more (`adjusted_interval`), or t from the standard error at the value itself.

    Returns
    -------
    Estimate
        Up to 1, perfect agreement; 0 is chance. t interval on n - 1 from the linearised error over cases, cut at 1,
        and its test of 0, as irrCAC: readers fixed, cases random. Undefined with fewer than two categories.

    Raises
    ------
    ArgumentError
        Ratings and counts, or neither; ratings that are no table or outside the categories, unusable cluster or level.

    References
    ----------
    Gwet KL. Computing inter-rater reliability and its variance in the presence of high agreement. Br J Math Stat
    Psychol 2008;61:29-48.

    Examples
    --------
    >>> print(gwet_ac1(ratings=[[1, 1], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]]))
    0.820 (95 % CI -0.025 to 1.000; Gwet AC1, adjusted interval, n = 8)
    """
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    return _gwet("gwet_ac1", "Gwet AC1", data, None, level, interval)


def gwet_ac2(
    *,
    weights: Weights,
    ratings: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    r"""Give Gwet's AC2: AC1 with partial credit for near misses on an ordered scale.

    :math:`p_e = \frac{\sum_{kl} w_{kl}}{q (q - 1)} \sum_k \pi_k (1 - \pi_k)`. `weights` is a kind of
    `agreement_weights`, by rank, or a matrix; the other parameters, the result and errors are those of `gwet_ac1`.
    """
    method = f"Gwet AC2, {weights_name(weights)}"
    data = ManyData(ratings=ratings, counts=counts, categories=categories, cluster=cluster)
    return _gwet("gwet_ac2", method, data, weights, level, interval)


def _gwet(
    who: str,
    method: str,
    data: ManyData,
    weights: Weights,
    level: float,
    interval: AgreementInterval,
) -> Estimate:
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    raters = many_raters(who, data, weights, level)
    if raters.n_categories < 2:
        reason = "fewer than two categories are known; give the whole scale as categories" if raters.n else NO_PAIRS
        return undefined(raters, reason=reason, method=method, level=level)
    fit = partial(linearise, chance=gwet_chance)
    return many_rater_estimate(raters, fit=fit, interval=interval, method=method, level=level)


def gwet_chance(raters: ManyRaters) -> tuple[float, Floats]:
    r"""Give Gwet's chance agreement and its linearised share of each case.

    The latter is :math:`\frac{\sum_{kl} w_{kl}}{q (q - 1)} \sum_k (1 - \pi_k) r_{ik} / r_i`.
    """
    q = raters.n_categories
    scale = raters.weights.sum() / (q * (q - 1))
    shares = raters.shares()
    prevalence = raters.mean(shares)
    return float(scale * (prevalence * (1 - prevalence)).sum()), scale * shares @ (1 - prevalence)
