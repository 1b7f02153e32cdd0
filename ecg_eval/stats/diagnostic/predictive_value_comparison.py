"""Two calls on the same cases: tests and ratios of their predictive values.

Predictive values of two calls are not a paired proportion: each has its own denominator, the cases called positive (or
negative) by it, and the two overlap in part. The tests compare them under the hypothesis that they are equal; the ratio
of Moskowitz and Pepe says how much one is better.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ecg_eval.stats.clusters.cluster_totals import t_quantile
from ecg_eval.stats.clusters.linearised import exponentiated, log_share
from ecg_eval.stats.diagnostic.paired_calls import PairedCalls, paired_calls
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, normal_quantile

KINDS = {"positive": "PPV", "negative": "NPV"}
TESTS = {
    "weighted_generalized_score": "weighted generalised score (Kosinski)",
    "generalized_score": "generalised score (Leisenring)",
}


class RelativePredictiveValues(NamedTuple):
    """Ratios of the predictive values of two calls, first / second.

    Attributes
    ----------
    positive, negative : Estimate
        Ratio of the positive and of the negative predictive values; standard errors are those of the logarithms.
    covariance : (2, 2) array
        Of the two logarithms, for a joint region; NaN where one of them is undefined.
    """

    positive: Estimate
    negative: Estimate
    covariance: Floats


def predictive_value_test(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    kind: str = "positive",
    cluster: ArrayLike | None = None,
    method: str = "weighted_generalized_score",
    level: float = 0.95,
) -> Estimate:
    """Test whether the predictive values of two calls on the same cases are equal.

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls.
    kind : str
        ``positive`` or ``negative`` predictive values.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str
        ``weighted_generalized_score`` (default; Kosinski, Stat Med 2013;32:964-977), whose statistic is 0 exactly when
        the predictive values are equal; ``generalized_score`` (Leisenring, Alonzo and Pepe, Biometrics
        2000;56:345-351). With repeated patients the score's variance is taken between patients.
    level : float
        Coverage of the interval of the difference.

    Returns
    -------
    Estimate
        Value: the difference first - second, with the interval of the delta method (between patients where repeated);
        `statistic` is chi-squared with 1 degree of freedom and `p_value` belongs to it. Undefined when one of the calls
        is never of that kind.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, another kind or method.
    """
    who = "predictive_value_test"
    check_method(who, kind, KINDS)
    check_method(who, method, TESTS)
    normal_quantile(who, level)
    calls = _of_kind(paired_calls(who, truth, first, second, cluster), kind)
    words = f"{KINDS[kind]}: {TESTS[method]}; interval: delta method"
    if (reason := _not_called(calls, kind)) is not None:
        return calls.undefined(reason, words, level)
    n1, n2 = calls.first.sum(), calls.second.sum()
    p1, p2 = float(calls.truth @ calls.first / n1), float(calls.truth @ calls.second / n2)
    deviations = (calls.truth - p1) * calls.first / n1 - (calls.truth - p2) * calls.second / n2
    error = float(np.sqrt(calls.grouping.covariance(deviations[None])[0, 0]))
    half = float(t_quantile(level, calls.grouping.df)) * error
    statistic = _score(calls, method)
    has_error, tested = error > 0, bool(np.isfinite(statistic))
    return Estimate(
        value=p1 - p2,
        low=max(p1 - p2 - half, -1.0) if has_error else None,
        high=min(p1 - p2 + half, 1.0) if has_error else None,
        level=level,
        method=words,
        n=calls.truth.size,
        n_clusters=calls.grouping.n_clusters,
        standard_error=error if has_error else None,
        df=calls.grouping.df if calls.grouping.repeated else None,
        statistic=statistic if tested else None,
        p_value=float(chdtrc(1.0, statistic)) if tested else None,
        reason=None if has_error and tested else "the calls never differ where it counts: no interval or no test",
    )


def relative_predictive_values(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> RelativePredictiveValues:
    """Estimate the ratios of the predictive values of two calls on the same cases, first / second.

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    RelativePredictiveValues
        Each ratio with its log-scale interval and the test of a ratio of 1 (Moskowitz and Pepe, Clin Trials
        2006;3:272-279); with repeated patients the variance is between patients and t is used. Undefined when one of
        the calls is never of that kind or never right when it is.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, or other values than 0, 1 and NaN.
    """
    who = "relative_predictive_values"
    normal_quantile(who, level)
    calls = paired_calls(who, truth, first, second, cluster)
    estimates, deviations = [], []
    for kind, short in KINDS.items():
        some = _of_kind(calls, kind)
        words = f"relative {short} (Moskowitz and Pepe), log scale"
        reason = _not_called(some, kind)
        if reason is None and not ((some.truth @ some.first) and (some.truth @ some.second)):
            reason = f"one of the calls is never right when it is {kind}, so that the logarithm does not exist"
        if reason is not None:
            estimates.append(some.undefined(reason, words, level))
            deviations.append(np.full(some.truth.size, np.nan))
            continue
        log1, dev1 = log_share(some.truth * some.first, some.first)
        log2, dev2 = log_share(some.truth * some.second, some.second)
        variance = float(some.grouping.covariance((dev1 - dev2)[None])[0, 0])
        estimates.append(exponentiated(log1 - log2, variance, some.grouping, method=words, level=level))
        deviations.append(dev1 - dev2)
    positive, negative = estimates
    return RelativePredictiveValues(positive, negative, calls.grouping.covariance(np.stack(deviations)))


def _of_kind(calls: PairedCalls, kind: str) -> PairedCalls:
    """Turn truth and calls round for negative calls, so that being right is always 1."""
    return calls if kind == "positive" else calls.complement()._replace(truth=1 - calls.truth)


def _not_called(calls: PairedCalls, kind: str) -> str | None:
    if calls.first.any() and calls.second.any():
        return None
    if not (calls.first.any() or calls.second.any()):
        return f"neither call is ever {kind}"
    return f"the {'second' if calls.first.any() else 'first'} call is never {kind}"


def _score(calls: PairedCalls, method: str) -> float:
    """Return the chi-squared statistic; NaN where nothing varies.

    With p the predictive value pooled over all positive calls, case i adds (y_i - p) w_i to the score. Generalised:
    w_i = first_i - (first_i + second_i) n1 / (n1 + n2). Weighted: w_i = first_i / n1 - second_i / n2, so that the score
    is the difference itself; on independent cases its variance is that of Kosinski, (p (1 - p) - 2 c)(1 / n1 + 1 / n2),
    c = sum of (y_i - p)² over cases called by both / (n1 + n2).
    """
    y, one, two = calls.truth, calls.first, calls.second
    n1, n2 = float(one.sum()), float(two.sum())
    p = float((y @ (one + two)) / (n1 + n2))
    weights = one - (one + two) * n1 / (n1 + n2) if method == "generalized_score" else one / n1 - two / n2
    score = (y - p) * weights
    total = float(score.sum())
    if method == "generalized_score" or calls.grouping.repeated:
        patients = np.bincount(calls.grouping.cluster, weights=score)
        variance = float((patients**2).sum())
    else:
        shared = float(((y - p) ** 2 * one * two).sum()) / (n1 + n2)
        variance = (p * (1 - p) - 2 * shared) * (1 / n1 + 1 / n2)
    return total**2 / variance if variance > 1e-15 else float("nan")
