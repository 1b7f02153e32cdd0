"""Two raters, chance-corrected: Cohen's kappa with any weights, Scott's pi, Brennan-Prediger, PABAK.

A kappa alone misleads where a finding is rare: two readers who agree on 97 % of ECGs may share a kappa of 0.35. Report
it beside observed, positive and negative agreement and the prevalence and bias indices (`specific_agreement.py`).
"""

from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.adjusted_interval import AgreementInterval
from ecg_eval.stats.agreement.agreement_weights import Weights, resolve_weights, weights_name
from ecg_eval.stats.agreement.independence_test import pair_null_error, with_null_test
from ecg_eval.stats.agreement.rater_pair import (
    Linear,
    Linearised,
    PairData,
    RaterPair,
    binary_pair,
    pair_estimate,
    rater_pair,
)
from ecg_eval.stats.agreement.share_interval import ProportionInterval
from ecg_eval.stats.agreement.specific_agreement import observed_agreement
from ecg_eval.stats.clusters.influence import NO_SPREAD, LinearisedError, check_choice, wald_estimate
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
KappaInterval = Literal["adjusted", "wald", "null", "binomial"]
KappaTest = Literal["null", "wald"]

NO_CASES = "no case was rated by both raters"
ONE_CATEGORY = "both raters used one and the same category throughout, so chance alone explains all agreement"
NO_SPREAD_WHY = (
    "every case pulls the coefficient alike (the raters always agree, or one is constant), so the standard error is 0"
)


def cohen_kappa(  # noqa: PLR0913 - a table stands in for first and second
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: KappaInterval = "adjusted",
    test: KappaTest = "null",
) -> Estimate:
    r"""Give the agreement of two raters beyond what their own marginals would give by chance.

    :math:`\kappa = (p_o - p_e) / (1 - p_e)` with :math:`p_o = \sum_{kl} w_{kl} p_{kl}` and
    :math:`p_e = \sum_{kl} w_{kl} p_{k.} p_{.l}`.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        Ratings of the two raters: numbers, booleans or text; NaN (None, empty text) = missing. Cases that one of them
        did not rate are left out; `n` of the result counts the others.
    table : array_like of int, shape (n_categories, n_categories)
        Instead of them, the table that a paper prints: cases that the first rater put into the category of the row and
        the second into that of the column. Categories are those given, or numbers from 0.
    categories : array_like, optional
        The whole scale in its order; the sorted ratings otherwise. Matters with weights, which are made of ranks.
    weights : None, str or array_like of shape (n_categories, n_categories)
        None counts any disagreement fully; "linear", "quadratic" or another kind of `agreement_weights`; or agreement
        weights with 1 on the diagonal.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case, where patients give several: error, interval and test are then cluster-robust, t on
        clusters - 1.
    level : float
        Coverage that the interval aims at.
    interval : {"adjusted", "wald", "null", "binomial"}
        "adjusted" (default) keeps its level where categories are rare, see `adjusted_interval.py`. "wald" is value plus
        and minus quantile times the non-null standard error (vcd, statsmodels), far too short where a category is
        rare. For comparison with other programs only: "null" uses the standard error under kappa = 0 (epiR
        ``method="fleiss"``), "binomial" takes chance agreement as known, :math:`\sqrt{p_o (1 - p_o) / n} / (1 - p_e)`
        (Cohen 1960; epiR "cohen", "altman", "watson").
    test : {"null", "wald"}
        Test of kappa = 0: by the standard error under independence (irr), see `independence_test.py`, or by the
        non-null one (vcd), which rejects far too often where a category is rare.

    Returns
    -------
    Estimate
        From -1 to 1; 1 is perfect agreement, 0 what chance would give, below 0 less than chance. `standard_error` is
        the large-sample non-null one of Fleiss, Cohen and Everitt, but for the last two intervals. Undefined where both
        raters used one and the same category throughout.

    Raises
    ------
    ArgumentError
        Ratings and a table, or neither; unequal lengths, what is no square table of counts, ratings outside the
        categories, unusable weights, level or cluster, unknown choices, and
        "null", "binomial" or a table with clusters.

    References
    ----------
    Cohen J. Educ Psychol Meas 1960;20:37-46; Psychol Bull 1968;70:213-220. Fleiss JL, Cohen J, Everitt BS. Large sample
    standard errors of kappa and weighted kappa. Psychol Bull 1969;72:323-327.

    Examples
    --------
    >>> print(cohen_kappa(first=[1, 1, 0, 0, 1, 0], second=[1, 1, 0, 0, 0, 0]))
    0.667 (95 % CI -0.157 to 0.957; Cohen kappa, unweighted, adjusted interval, n = 6)
    >>> round(cohen_kappa(table=[[20, 5], [10, 15]]).value, 3)
    0.4
    """
    who = "cohen_kappa"
    check_choice(who, "interval", interval, get_args(KappaInterval))
    check_choice(who, "test", test, get_args(KappaTest))
    if interval in ("null", "binomial") and cluster is not None:
        raise ArgumentError(who, "interval", "'adjusted' or 'wald' where cluster is given", interval)
    data = PairData(first=first, second=second, table=table, categories=categories, cluster=cluster)
    pair = rater_pair(who, data, level)
    w = resolve_weights(who=who, weights=weights, n_categories=len(pair.categories))
    method = f"Cohen kappa, {weights_name(weights)}"
    estimate = pair_estimate(
        pair,
        linearise=partial(cohen_linearised, weights=w),
        interval="adjusted" if interval == "adjusted" else "wald",
        small_sample=False,
        level=level,
        method=method,
        no_spread=NO_SPREAD_WHY,
    )
    if estimate is None:
        return _undefined(pair, method, level)
    if interval == "binomial":
        estimate = _with_error(estimate, _binomial_error(pair, w), interval, method)
    null = pair_null_error(codes=pair.codes, weights=w, cluster=pair.cluster)
    if interval == "null":
        estimate = _with_error(estimate, null, interval, method)
    return estimate if test == "wald" else with_null_test(estimate, null)


def _binomial_error(pair: RaterPair, w: Floats) -> float:
    r"""Give the standard error that takes chance agreement as known, :math:`\sqrt{p_o (1 - p_o) / n} / (1 - p_e)`."""
    p = pair.proportions()
    chance, observed = float(p.sum(axis=1) @ w @ p.sum(axis=0)), float((w * p).sum())
    return float(np.sqrt(max(observed * (1 - observed), 0.0) / pair.n) / (1 - chance))


def _with_error(estimate: Estimate, standard_error: float, name: str, method: str) -> Estimate:
    """Make the interval of another standard error."""
    return wald_estimate(
        value=float(estimate.value or 0),
        error=LinearisedError(standard_error=standard_error, n_clusters=None, df=None),
        n=estimate.n,
        level=estimate.level,
        method=f"{method}, {name} standard error",
        no_spread=f"the {name} standard error is 0",
    )


def corrected(proportions: Floats, weights: Floats, chance: float, by_cell: Floats) -> Linear | None:
    r"""Give (p_o - p_e) / (1 - p_e) and the influence of a case in each cell; None where p_e is 1.

    :math:`u_{kl} = [w_{kl} - (1 - \kappa) e_{kl} - \kappa + p_e (1 - \kappa)] / (1 - p_e)`, where e, of mean 2 p_e,
    is what a case in the cell adds to p_e.
    """
    if 1 - chance < NO_SPREAD:
        return None
    value = (float((weights * proportions).sum()) - chance) / (1 - chance)
    return value, (weights - (1 - value) * by_cell - value + chance * (1 - value)) / (1 - chance)


def cohen_linearised(proportions: Floats, weights: Floats) -> Linear | None:
    """Give Cohen's kappa and its influences, whose variance over n is that of Fleiss, Cohen and Everitt."""
    rows, columns = proportions.sum(axis=1), proportions.sum(axis=0)
    by_cell = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    return corrected(proportions, weights, float(rows @ weights @ columns), by_cell)


def _scott_linearised(proportions: Floats, weights: Floats) -> Linear | None:
    pooled = (proportions.sum(axis=1) + proportions.sum(axis=0)) / 2
    mean_weight = (weights + weights.T) @ pooled / 2
    by_cell = mean_weight[:, None] + mean_weight[None, :]
    return corrected(proportions, weights, float(pooled @ weights @ pooled), by_cell)


def _even_linearised(proportions: Floats, weights: Floats) -> Linear | None:
    chance = float(weights.mean()) if weights.size else 1.0
    return corrected(proportions, weights, chance, np.full_like(weights, 2 * chance))


def scott_pi(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    r"""Give Scott's pi: as Cohen's kappa, with chance agreement from the two raters' pooled marginals.

    :math:`p_e = \sum_{kl} w_{kl} \pi_k \pi_l`, :math:`\pi_k = (p_{k.} + p_{.k}) / 2`. It takes raters as
    interchangeable: a bias between them lowers it. Parameters, missing ratings and errors are those of `cohen_kappa`.

    Returns
    -------
    Estimate
        From -1 to 1, as `cohen_kappa`. Standard error with the factor n / (n - 1), t, as irrCAC's Fleiss kappa,
        which is the same coefficient for two raters; p tests pi = 0 by it.

    References
    ----------
    Scott WA. Public Opin Q 1955;19:321-325. Gwet KL. Br J Math Stat Psychol 2008;61:29-48.
    """
    data = PairData(first=first, second=second, table=table, categories=categories, cluster=cluster)
    return _two_rater("scott_pi", "Scott pi", data, weights, _scott_linearised, interval, level)


def brennan_prediger(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "adjusted",
) -> Estimate:
    r"""Give the Brennan-Prediger coefficient: chance agreement if raters chose among the categories evenly.

    :math:`p_e = \sum_{kl} w_{kl} / q^2`. The number of categories q is that of `categories`, or of those seen: give the
    whole scale. Parameters, missing ratings and errors are those of `cohen_kappa`. For more than two raters see
    `ecg_eval.stats.agreement.percent_agreement.randolph_kappa`.

    Returns
    -------
    Estimate
        Up to 1, perfect agreement; 0 is even guessing. Standard error with the factor n / (n - 1), t (irrCAC); p
        tests 0 by it. Undefined with fewer than two categories.

    References
    ----------
    Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-699.
    """
    data = PairData(first=first, second=second, table=table, categories=categories, cluster=cluster)
    return _two_rater("brennan_prediger", "Brennan-Prediger", data, weights, _even_linearised, interval, level)


def _two_rater(
    who: str,
    name: str,
    data: PairData,
    weights: Weights,
    linearised: Linearised,
    interval: AgreementInterval,
    level: float,
) -> Estimate:
    check_choice(who, "interval", interval, get_args(AgreementInterval))
    pair = rater_pair(who, data, level)
    w = resolve_weights(who=who, weights=weights, n_categories=len(pair.categories))
    method = f"{name}, {weights_name(weights)}"
    estimate = pair_estimate(
        pair,
        linearise=partial(linearised, weights=w),
        interval=interval,
        small_sample=True,
        level=level,
        method=method,
        no_spread=NO_SPREAD_WHY,
    )
    return _undefined(pair, method, level) if estimate is None else estimate


def pabak(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "agresti_coull",
) -> Estimate:
    r"""Give the prevalence- and bias-adjusted kappa of two yes/no raters, :math:`2 p_o - 1`.

    It is what kappa would be with both categories equally common and no bias; it restates observed agreement.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        0, 1 (or booleans) and NaN for missing.
    table : array_like of int, shape (2, 2)
        Instead of them, counts of cases: rows of the first, columns of the second, each in the order 0, 1.
    cluster, level
        As in `cohen_kappa`.
    interval : {"agresti_coull", "wilson", "clopper_pearson", "mid_p", "jeffreys", "wald"}
        Interval of the observed agreement that is carried over; "clopper_pearson" is epiR's.

    Returns
    -------
    Estimate
        From -1 (never agree) to 1 (always agree).

    References
    ----------
    Byrt T, Bishop J, Carlin JB. Bias, prevalence and kappa. J Clin Epidemiol 1993;46:423-429.
    """
    pair = binary_pair("pabak", PairData(first=first, second=second, table=table, cluster=cluster), level)
    a, b = pair.codes.T
    agreement = observed_agreement(first=a, second=b, cluster=pair.cluster, level=level, interval=interval)
    return agreement.mapped(scale=2, shift=-1, method=agreement.method.replace("observed agreement", "PABAK"))


def _undefined(pair: RaterPair, method: str, level: float) -> Estimate:
    reason = NO_CASES if pair.n == 0 else ONE_CATEGORY
    return Estimate.undefined(reason=reason, method=method, n=pair.n, level=level, n_clusters=pair.n_clusters)
