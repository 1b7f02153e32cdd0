"""What a call does to the odds of the finding: likelihood ratios, diagnostic odds ratio, predictive values elsewhere.

Unlike predictive values these do not depend on how frequent the finding is among the cases, so that they can be carried
from an enriched reader study to practice, as far as the cases themselves are alike.
"""

from dataclasses import replace
from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.binary_data import Codes, Floats, check_method, complete_cases, normal_quantile
from ecg_eval.stats.estimate import Estimate

METHODS = {"log": "log scale"}


class PredictiveValues(NamedTuple):
    """Predictive values at a stated prevalence.

    Attributes
    ----------
    positive, negative : Estimate
        P(finding | positive call) and P(no finding | negative call), from 0 to 1.
    """

    positive: Estimate
    negative: Estimate


class _Calls(NamedTuple):
    """Counts of the four kinds of calls, and the cases themselves where patients are repeated."""

    tp: int
    fp: int
    fn: int
    tn: int
    truth: Floats
    call: Floats
    cluster: Codes
    n_clusters: int

    @property
    def n(self) -> int:
        return self.tp + self.fp + self.fn + self.tn

    @property
    def repeated(self) -> bool:
        return self.n_clusters < self.n


def positive_likelihood_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str = "log",
    level: float = 0.95,
) -> Estimate:
    """Estimate how much a positive call raises the odds of the finding: sensitivity / (1 - specificity).

    Parameters
    ----------
    truth, call : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and what was called.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str
        ``log``: exp(log LR -+ z SE), SE² = 1/TP - 1/(TP + FN) + 1/FP - 1/(FP + TN) (Simel, Samsa and Matchar, J Clin
        Epidemiol 1991;44:763-770); with repeated patients the SE is that of the linearised log ratio between patients,
        with t on (patients - 1) degrees of freedom.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        0 or more; 1 says nothing, above 10 is strong. `standard_error` is that of the logarithm. Undefined without
        cases of both kinds, and where no case without the finding is called positive (the ratio is infinite).

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    calls = _calls("positive_likelihood_ratio", truth, call, cluster)
    return _likelihood_ratio(calls, 1, method, level)


def negative_likelihood_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str = "log",
    level: float = 0.95,
) -> Estimate:
    """Estimate how much a negative call lowers the odds of the finding: (1 - sensitivity) / specificity.

    Parameters, raises and undefined cases as for `positive_likelihood_ratio`, with negative calls in the place of
    positive ones. From 0 (rules out); 1 says nothing, below 0.1 is strong.
    """
    calls = _calls("negative_likelihood_ratio", truth, call, cluster)
    return _likelihood_ratio(calls, 0, method, level)


def diagnostic_odds_ratio(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str = "log",
    level: float = 0.95,
) -> Estimate:
    """Estimate the odds of a positive call with the finding over those without: TP TN / (FP FN) = LR+ / LR-.

    Parameters and raises as for `positive_likelihood_ratio`; ``log`` (Woolf): SE² = 1/TP + 1/FP + 1/FN + 1/TN. 0 or
    more; 1 says nothing. Undefined without cases of both kinds, or where FP or FN is 0 (infinite). The same ratio can
    come from very different pairs of sensitivity and specificity.
    """
    calls = _calls("diagnostic_odds_ratio", truth, call, cluster)
    words = _check("diagnostic_odds_ratio", calls, method, level)
    if (refusal := _one_class(calls, words, level)) is not None:
        return refusal
    if calls.fp == 0 or calls.fn == 0:
        reason = "no call is wrong in one of the classes, so that the ratio is infinite or unknown"
        return _undefined(calls, reason, words, level)
    value = calls.tp * calls.tn / (calls.fp * calls.fn)
    p, q = calls.tp / (calls.tp + calls.fn), calls.fp / (calls.fp + calls.tn)
    if value == 0:
        return _without_bounds(calls, value, words, level)
    parts = 1 / calls.tp + 1 / calls.fp + 1 / calls.fn + 1 / calls.tn
    return _log_interval(calls, value, parts, (1 / (p * (1 - p)), 1 / (q * (1 - q))), words, level)


def predictive_values_at_prevalence(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    prevalence: float,
    cluster: ArrayLike | None = None,
    method: str = "log",
    level: float = 0.95,
) -> PredictiveValues:
    """Estimate predictive values where the finding is as frequent as stated, from sensitivity and specificity here.

    Odds of the finding after a call = odds before (prevalence / (1 - prevalence)) times the likelihood ratio of that
    call; the interval is that of the likelihood ratio, mapped the same way, the prevalence being taken as known
    (Mercaldo, Lau and Zhou, Stat Med 2007;26:2170-2183, logit intervals).

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
    calls = _calls(who, truth, call, cluster)
    odds = prevalence / (1 - prevalence)
    positive = _posterior(calls, _likelihood_ratio(calls, 1, method, level), 1, odds)
    absent = _posterior(calls, _likelihood_ratio(calls, 0, method, level), 0, odds)
    return PredictiveValues(positive, _complement(absent))


def _calls(who: str, truth: ArrayLike, call: ArrayLike, cluster: ArrayLike | None) -> _Calls:
    (truth_, call_), codes, n_clusters = complete_cases(who, cluster=cluster, truth=truth, call=call)
    tp, fp = int((truth_ * call_).sum()), int(((1 - truth_) * call_).sum())
    positives = int(truth_.sum())
    return _Calls(tp, fp, positives - tp, truth_.size - positives - fp, truth_, call_, codes, n_clusters)


def _check(who: str, calls: _Calls, method: str, level: float) -> str:
    normal_quantile(who, level)
    check_method(who, method, METHODS)
    return f"{METHODS[method]}, between patients, t" if calls.repeated else METHODS[method]


def _undefined(calls: _Calls, reason: str, words: str, level: float) -> Estimate:
    return Estimate.undefined(
        reason=reason,
        method=words,
        n=calls.n,
        n_positive=calls.tp + calls.fn,
        n_clusters=calls.n_clusters,
        level=level,
    )


def _one_class(calls: _Calls, words: str, level: float) -> Estimate | None:
    if calls.tp + calls.fn == 0:
        return _undefined(calls, "no case has the finding", words, level)
    if calls.fp + calls.tn == 0:
        return _undefined(calls, "every case has the finding", words, level)
    return None


def _without_bounds(calls: _Calls, value: float, words: str, level: float) -> Estimate:
    return Estimate(
        value=value,
        level=level,
        method=words,
        n=calls.n,
        n_positive=calls.tp + calls.fn,
        n_clusters=calls.n_clusters,
        reason="a count of 0 leaves the logarithm without a standard error",
    )


def _likelihood_ratio(calls: _Calls, kind: int, method: str, level: float) -> Estimate:
    """Return P(call = kind | finding) / P(call = kind | no finding)."""
    words = _check("likelihood ratio", calls, method, level)
    if (refusal := _one_class(calls, words, level)) is not None:
        return refusal
    hits, false = (calls.tp, calls.fp) if kind == 1 else (calls.fn, calls.tn)
    positives, negatives = calls.tp + calls.fn, calls.fp + calls.tn
    if false == 0:
        which = "positive" if kind == 1 else "negative"
        reason = f"no case without the finding was called {which}, so that the ratio is infinite or unknown"
        return _undefined(calls, reason, words, level)
    value = (hits / positives) / (false / negatives)
    if hits == 0:
        return _without_bounds(calls, value, words, level)
    parts = 1 / hits - 1 / positives + 1 / false - 1 / negatives
    sign = 1.0 if kind == 1 else -1.0
    return _log_interval(calls, value, parts, (sign * positives / hits, sign * negatives / false), words, level)


def _log_interval(
    calls: _Calls, value: float, parts: float, slopes: tuple[float, float], words: str, level: float
) -> Estimate:
    """Give exp(log value -+ quantile SE); `slopes` are those of the logarithm in sensitivity and 1 - specificity."""
    df: float | None = None
    quantile, error = normal_quantile("likelihood ratio", level), sqrt(parts)
    if calls.repeated:
        if calls.n_clusters < 2:
            return _without_bounds(calls, value, words, level)
        positives, negatives = calls.tp + calls.fn, calls.fp + calls.tn
        of_truth = calls.truth * (calls.call - calls.tp / positives) / positives * slopes[0]
        of_none = (1 - calls.truth) * (calls.call - calls.fp / negatives) / negatives * slopes[1]
        sums = np.bincount(calls.cluster, weights=of_truth - of_none)
        df = calls.n_clusters - 1
        error = sqrt(calls.n_clusters / df * float((sums**2).sum()))
        quantile = float(stdtrit(df, 0.5 + level / 2))
    return Estimate(
        value=value,
        low=exp(log(value) - quantile * error),
        high=exp(log(value) + quantile * error),
        level=level,
        method=words,
        n=calls.n,
        n_positive=calls.tp + calls.fn,
        n_clusters=calls.n_clusters,
        standard_error=error,
        df=df,
    )


def _posterior(calls: _Calls, ratio: Estimate, kind: int, odds: float) -> Estimate:
    """Map a likelihood ratio to the probability of the finding after that call."""
    words = f"likelihood ratio ({ratio.method}) at the stated prevalence"
    made = calls.tp + calls.fp if kind == 1 else calls.fn + calls.tn
    one_class = calls.tp + calls.fn == 0 or calls.fp + calls.tn == 0

    def mapped(x: float | None) -> float | None:
        return None if x is None else odds * x / (1 + odds * x)

    if one_class or made == 0:
        kinds = "positive" if kind == 1 else "negative"
        reason = str(ratio.reason) if one_class else f"no case was called {kinds}"
        return _undefined(calls, reason, words, ratio.level)
    return Estimate(
        value=1.0 if ratio.value is None else mapped(ratio.value),
        low=mapped(ratio.low),
        high=mapped(ratio.high),
        level=ratio.level,
        method=words,
        n=ratio.n,
        n_positive=ratio.n_positive,
        n_clusters=ratio.n_clusters,
        df=ratio.df,
        reason=ratio.reason,
    )


def _complement(estimate: Estimate) -> Estimate:
    """Turn the probability of the finding into that of its absence."""

    def flip(x: float | None) -> float | None:
        return None if x is None else 1 - x

    return replace(estimate, value=flip(estimate.value), low=flip(estimate.high), high=flip(estimate.low))
