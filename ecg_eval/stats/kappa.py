"""Two raters, chance-corrected: Cohen's kappa with any weights, Scott's pi, Brennan-Prediger, PABAK.

A kappa alone misleads where a finding is rare: two readers who agree on 97 % of ECGs may share a kappa of 0.35.
Report it beside observed, positive and negative agreement and the prevalence and bias indices
(`specific_agreement.py`).
"""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.agreement_weights import Weights, resolve_weights, weights_name
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.influence import NO_SPREAD, LinearisedError, wald_estimate
from ecg_eval.stats.rater_pair import RaterPair, binary_ratings, rater_pair
from ecg_eval.stats.specific_agreement import ProportionInterval, observed_agreement

Floats = NDArray[np.float64]
KappaError = Literal["non-null", "null", "binomial"]
KappaTest = Literal["null", "wald"]

NO_CASES = "no case was rated by both raters"
ONE_CATEGORY = "both raters used one and the same category throughout, so chance alone explains all agreement"
CONSTANT_RATER = "one rater used a single category: kappa is 0 whatever the other rater says, and has no spread"
ALL_AGREE = "the raters agree on every case: the large-sample standard error is 0 and says nothing"


def cohen_kappa(
    *,
    first: ArrayLike,
    second: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    standard_error: KappaError = "non-null",
    test: KappaTest = "null",
) -> Estimate:
    r"""Give the agreement of two raters beyond what their own marginals would give by chance.

    :math:`\kappa = (p_o - p_e) / (1 - p_e)` with :math:`p_o = \sum_{kl} w_{kl} p_{kl}` and
    :math:`p_e = \sum_{kl} w_{kl} p_{k.} p_{.l}`.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        Ratings of the two raters: numbers, booleans or text; NaN (None, empty text) = missing. Cases that one of
        them did not rate are left out; `n` of the result counts the others.
    categories : array_like, optional
        The whole scale in its order; the sorted ratings otherwise. Matters with weights, which are made of ranks.
    weights : None, str or array_like of shape (n_categories, n_categories)
        None counts any disagreement fully; "linear", "quadratic" or another kind of `agreement_weights`; or agreement
        weights with 1 on the diagonal.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case, where patients give several: the interval is then cluster-robust, t on clusters - 1.
    level : float
        Coverage that the interval aims at.
    standard_error : {"non-null", "null", "binomial"}
        What the interval is made of. "non-null" is right whatever kappa is (vcd, statsmodels, irrCAC). "null" holds
        for kappa = 0 only (epiR ``method="fleiss"``); "binomial" is :math:`\sqrt{p_o (1 - p_o) / n} / (1 - p_e)`,
        which takes chance agreement as known (Cohen 1960; epiR "cohen", "altman", "watson"); both are for
        comparison.
    test : {"null", "wald"}
        Test of kappa = 0: by the standard error under that hypothesis (irr), or by the non-null one (vcd).
        Clustered data always use the latter, which is cluster-robust.

    Returns
    -------
    Estimate
        From -1 to 1; 1 is perfect agreement, 0 what chance would give, below 0 less than chance. Undefined where
        both raters used one and the same category throughout; without interval where all cases agree or one rater
        is constant.

    Raises
    ------
    ArgumentError
        Unequal lengths, ratings outside the categories, unusable weights, level, cluster or names of choices.

    References
    ----------
    Cohen J. Educ Psychol Meas 1960;20:37-46; Psychol Bull 1968;70:213-220. Fleiss JL, Cohen J, Everitt BS. Large sample
    standard errors of kappa and weighted kappa. Psychol Bull 1969;72:323-327.

    Examples
    --------
    >>> print(cohen_kappa(first=[1, 1, 0, 0, 1, 0], second=[1, 1, 0, 0, 0, 0]))
    0.667 (95 % CI 0.104 to 1.000; Cohen kappa, unweighted, normal interval, n = 6)
    """
    who = "cohen_kappa"
    _check_choice(who, "standard_error", standard_error, get_args(KappaError))
    _check_choice(who, "test", test, get_args(KappaTest))
    pair = rater_pair(who=who, first=first, second=second, categories=categories, cluster=cluster, level=level)
    w = resolve_weights(who=who, weights=weights, n_categories=len(pair.categories))
    method = f"Cohen kappa, {weights_name(weights)}"
    p = pair.proportions()
    linear = cohen_linearised(p, w)
    if pair.n == 0 or linear is None:
        return _undefined(pair, method, level)
    kappa, influence = linear
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((w * p).sum()), float(rows @ w @ columns)
    error = pair.error(influence, small_sample=False)
    null = _null_error(w=w, rows=rows, columns=columns, n=pair.n)
    made_of = {
        "non-null": error.standard_error,
        "null": null,
        "binomial": np.sqrt(max(observed * (1 - observed), 0) / pair.n) / (1 - chance),
    }[standard_error]
    if standard_error != "non-null":
        if cluster is not None:
            raise ArgumentError(who, "standard_error", "'non-null' where cluster is given", standard_error)
        error = LinearisedError(standard_error=made_of, n_clusters=None, df=None)
        method += f", {standard_error} standard error"
    why = ALL_AGREE if observed >= 1 - NO_SPREAD else CONSTANT_RATER
    estimate = wald_estimate(value=kappa, error=error, n=pair.n, level=level, method=method, no_spread=why)
    if test == "wald" or cluster is not None or null < NO_SPREAD:
        return estimate
    z = kappa / null
    return replace(estimate, statistic=z, p_value=2 * norm.sf(abs(z)))


def cohen_linearised(proportions: Floats, weights: Floats) -> tuple[float, Floats] | None:
    r"""Give kappa and the influence of a case in each cell, or None where chance explains all agreement.

    :math:`u_{kl} = [w_{kl} - (1 - \kappa)(\bar w_{k.} + \bar w_{.l}) - \kappa + p_e (1 - \kappa)] / (1 - p_e)` with
    :math:`\bar w_{k.} = \sum_l w_{kl} p_{.l}` and :math:`\bar w_{.l} = \sum_k w_{kl} p_{k.}`; its variance over n
    is that of Fleiss, Cohen and Everitt.
    """
    rows, columns = proportions.sum(axis=1), proportions.sum(axis=0)
    chance = float(rows @ weights @ columns)
    if 1 - chance < NO_SPREAD:
        return None
    kappa = (float((weights * proportions).sum()) - chance) / (1 - chance)
    expected = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    return kappa, (weights - (1 - kappa) * expected - kappa + chance * (1 - kappa)) / (1 - chance)


def _null_error(*, w: Floats, rows: Floats, columns: Floats, n: int) -> float:
    r"""Give the standard error of kappa under kappa = 0 with the raters independent.

    :math:`\left[\sum_{kl} p_{k.} p_{.l} (w_{kl} - \bar w_{k.} - \bar w_{.l})^2 - p_e^2\right] / (n (1 - p_e)^2)`,
    and of it the root.
    """
    product = np.outer(rows, columns)
    chance = (w * product).sum()
    spread = (product * (w - (w @ columns)[:, None] - (rows @ w)[None, :]) ** 2).sum() - chance**2
    return float(np.sqrt(max(spread, 0.0) / n) / (1 - chance))


def scott_pi(
    *,
    first: ArrayLike,
    second: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    r"""Give Scott's pi: as Cohen's kappa, with chance agreement from the two raters' pooled marginals.

    :math:`p_e = \sum_{kl} w_{kl} \pi_k \pi_l`, :math:`\pi_k = (p_{k.} + p_{.k}) / 2`. It takes raters as
    interchangeable: a bias between them lowers it. Parameters, missing ratings and errors are those of
    `cohen_kappa`; the interval uses the factor n / (n - 1) and t, as irrCAC's Fleiss kappa, which is the same
    coefficient for two raters.

    Returns
    -------
    Estimate
        From -1 to 1, as `cohen_kappa`; p tests pi = 0 by the non-null standard error.

    References
    ----------
    Scott WA. Public Opin Q 1955;19:321-325. Gwet KL. Br J Math Stat Psychol 2008;61:29-48.
    """
    who = "scott_pi"
    pair = rater_pair(who=who, first=first, second=second, categories=categories, cluster=cluster, level=level)
    w = resolve_weights(who=who, weights=weights, n_categories=len(pair.categories))
    method = f"Scott pi, {weights_name(weights)}"
    p = pair.proportions()
    pooled = (p.sum(axis=1) + p.sum(axis=0)) / 2
    chance = float(pooled @ w @ pooled)
    if pair.n == 0 or 1 - chance < NO_SPREAD:
        return _undefined(pair, method, level)
    observed = float((w * p).sum())
    pi = (observed - chance) / (1 - chance)
    mean_weight = (w + w.T) @ pooled / 2
    expected = mean_weight[:, None] + mean_weight[None, :]
    error = pair.error((w - (1 - pi) * expected - pi + chance * (1 - pi)) / (1 - chance), small_sample=True)
    return wald_estimate(value=pi, error=error, n=pair.n, level=level, method=method, no_spread=ALL_AGREE)


def brennan_prediger(
    *,
    first: ArrayLike,
    second: ArrayLike,
    categories: ArrayLike | None = None,
    weights: Weights = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    r"""Give the Brennan-Prediger coefficient: chance agreement if raters chose among the categories evenly.

    :math:`p_e = \sum_{kl} w_{kl} / q^2`. The number of categories q is that of `categories`, or of those seen: give the
    whole scale. Parameters, missing ratings and errors are those of `cohen_kappa`. For more than two raters see
    `ecg_eval.stats.fleiss.randolph_kappa`.

    Returns
    -------
    Estimate
        Up to 1, perfect agreement; 0 is even guessing. p tests 0 by the non-null standard error, t interval (irrCAC).

    References
    ----------
    Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-699.
    """
    who = "brennan_prediger"
    pair = rater_pair(who=who, first=first, second=second, categories=categories, cluster=cluster, level=level)
    q = len(pair.categories)
    w = resolve_weights(who=who, weights=weights, n_categories=q)
    method = f"Brennan-Prediger, {weights_name(weights)}"
    if pair.n == 0 or q < 2:
        return _undefined(pair, method, level)
    chance = float(w.sum()) / q**2
    observed = float((w * pair.proportions()).sum())
    error = pair.error((w - observed) / (1 - chance), small_sample=True)
    value = (observed - chance) / (1 - chance)
    return wald_estimate(value=value, error=error, n=pair.n, level=level, method=method, no_spread=ALL_AGREE)


def pabak(
    *,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    interval: ProportionInterval = "wilson",
) -> Estimate:
    r"""Give the prevalence- and bias-adjusted kappa of two yes/no raters, :math:`2 p_o - 1`.

    It is what kappa would be with both categories equally common and no bias; it restates observed agreement.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        0, 1 (or booleans) and NaN for missing.
    cluster, level
        As in `cohen_kappa`.
    interval : {"wilson", "exact", "wald"}
        Interval of the observed agreement that is carried over; "exact" is epiR's.

    Returns
    -------
    Estimate
        From -1 (never agree) to 1 (always agree).

    References
    ----------
    Byrt T, Bishop J, Carlin JB. Bias, prevalence and kappa. J Clin Epidemiol 1993;46:423-429.
    """
    a, b = (binary_ratings("pabak", name, r) for name, r in (("first", first), ("second", second)))
    agreement = observed_agreement(first=a, second=b, cluster=cluster, level=level, interval=interval)
    return _doubled(agreement)


def _doubled(agreement: Estimate) -> Estimate:
    """Carry an observed agreement over to 2 p - 1."""
    words = agreement.method.replace("observed agreement", "PABAK")
    if agreement.value is None:
        return replace(agreement, method=words)
    se = agreement.standard_error
    return replace(
        agreement,
        value=2 * agreement.value - 1,
        low=None if agreement.low is None else 2 * agreement.low - 1,
        high=None if agreement.high is None else 2 * agreement.high - 1,
        standard_error=None if se is None else 2 * se,
        statistic=None,  # it tested an observed agreement of 0
        p_value=None,
        method=words,
    )


def _undefined(pair: RaterPair, method: str, level: float) -> Estimate:
    reason = NO_CASES if pair.n == 0 else ONE_CATEGORY
    return Estimate.undefined(reason=reason, method=method, n=pair.n, level=level, n_clusters=pair.n_clusters)


def _check_choice(who: str, what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ArgumentError(who, what, "a known choice", value, suggestion(value, known))
