"""Predictive values where the finding is as frequent as stated, not as among the cases at hand.

A reader study is enriched: the share of ECGs with the finding is chosen, so that the predictive values in it are not
those of practice. Sensitivity and specificity carry over, as far as the cases are alike, and give them.
"""

from dataclasses import replace
from math import isinf, isnan
from typing import NamedTuple

from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.likelihood_ratios import likelihood_ratio
from ecg_eval.stats.diagnostic.two_rates import TwoRates, rate_ratio, two_rates
from ecg_eval.stats.estimate import Estimate


class PredictiveValues(NamedTuple):
    """Predictive values at a stated prevalence.

    Attributes
    ----------
    positive, negative : Estimate
        P(finding | positive call) and P(no finding | negative call), from 0 to 1.
    """

    positive: Estimate
    negative: Estimate


def predictive_values_at_prevalence(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    prevalence: float,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> PredictiveValues:
    """Estimate predictive values where the finding is as frequent as stated, from sensitivity and specificity here.

    Odds of the finding after a call = odds before (prevalence / (1 - prevalence)) times the likelihood ratio of that
    call; the interval is that of the likelihood ratio, mapped the same way, the prevalence being taken as known
    (Mercaldo, Lau and Zhou, Stat Med 2007;26:2170-2183; their logit interval is method ``log``).

    Parameters
    ----------
    truth, call, cluster, method, level
        As for `positive_likelihood_ratio`.
    prevalence : float
        Share of cases with the finding where the call will be used, in (0, 1).

    Returns
    -------
    PredictiveValues
        Undefined without cases of both kinds, and where no call of that kind was made.

    Raises
    ------
    ArgumentError
        As `positive_likelihood_ratio`, and for a prevalence outside (0, 1).
    """
    who = "predictive_values_at_prevalence"
    if not 0 < prevalence < 1:
        raise ArgumentError(who, "prevalence", "between 0 and 1", prevalence, "One in twenty is 0.05.")
    rates = two_rates(who, truth, call, cluster)
    odds = prevalence / (1 - prevalence)
    present = _posterior(rates, "positive", odds, method, level)
    absent = _posterior(rates._replace(call=1 - rates.call), "negative", odds, method, level)
    return PredictiveValues(present, absent.mapped(scale=-1, shift=1))


def _posterior(rates: TwoRates, kind: str, odds: float, method: str | None, level: float) -> Estimate:
    """Map the likelihood ratio of one kind of call to the probability of the finding after it."""
    estimate = likelihood_ratio(rates, kind, method, level)
    words = f"likelihood ratio ({estimate.method}) at the stated prevalence"
    if rates.one_class or not rates.call.any():
        return replace(estimate, method=words)
    ratio = rate_ratio(rates, method, level)
    low, high = _mapped(ratio.low, odds), _mapped(ratio.high, odds)
    return replace(
        estimate,
        value=_mapped(ratio.value, odds),
        low=low,
        high=high,
        method=words,
        standard_error=None,
        reason=estimate.reason if low is None else None,
    )


def _mapped(ratio: float, odds: float) -> float | None:
    """Return odds r / (1 + odds r): 1 for an infinite ratio, None for NaN."""
    if isnan(ratio):
        return None
    return 1.0 if isinf(ratio) else odds * ratio / (1 + odds * ratio)
