"""Two calls on the same cases against one truth: ratios of sensitivity, specificity and likelihood ratios.

Contrasts are first / second; see `accuracy_comparison` for differences. Where patients are repeated only the linearised
logarithm is known, so that a rate of 0 leaves no interval.
"""

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.clusters.linearised import exponentiated, log_share
from ecg_eval.stats.diagnostic.paired_calls import PairedCalls, paired_calls
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import check_method, normal_quantile
from ecg_eval.stats.proportion.paired_ratio import paired_proportion_ratio

LOG = "log scale"


def relative_sensitivity(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of the sensitivities of two calls, first / second.

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    level : float
        Coverage that the interval aims at.
    method : str, optional
        Of `paired_proportion_ratio` (default ``tang``); where patients are repeated only ``log`` exists: the linearised
        logarithm between patients with t.

    Returns
    -------
    Estimate
        0 or more; above 1 the first call finds more. `standard_error` is that of the logarithm.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    pairs = paired_calls("relative_sensitivity", truth, first, second, cluster)
    return _ratio(pairs.among(1), method, level, "no case has the finding")


def relative_specificity(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of the specificities of two calls, first / second.

    Parameters, range and raises as for `relative_sensitivity`.
    """
    pairs = paired_calls("relative_specificity", truth, first, second, cluster)
    return _ratio(pairs.among(0).complement(), method, level, "every case has the finding")


def relative_false_positive_rate(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of the false positive rates (1 - specificity) of two calls, first / second.

    Parameters, range and raises as for `relative_sensitivity`; above 1 the first call raises more false alarms.
    """
    pairs = paired_calls("relative_false_positive_rate", truth, first, second, cluster)
    return _ratio(pairs.among(0), method, level, "every case has the finding")


def relative_likelihood_ratio(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    kind: str = "positive",
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the ratio of the likelihood ratios of two calls, first / second.

    Parameters
    ----------
    truth, first, second, cluster, level
        As for `relative_sensitivity`.
    kind : str
        ``positive`` for LR+ (above 1 a positive first call says more), ``negative`` for LR- (below 1 a negative first
        call says more).

    Returns
    -------
    Estimate
        0 or more, with the log-scale interval and the test of a ratio of 1; `standard_error` is that of the logarithm.
        Undefined when a class is empty, or a rate that enters is 0.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, another kind.

    Notes
    -----
    log of (rate1 / rate2 among cases with the finding) minus the same without; the variances add. This is the estimate
    and the robust error of the regression of Gu and Pepe (Biostatistics 2009;10:228-244) with the call as its only
    term.
    """
    who = "relative_likelihood_ratio"
    check_method(who, kind, {"positive", "negative"})
    normal_quantile(who, level)
    pairs = paired_calls(who, truth, first, second, cluster)
    if kind == "negative":
        pairs = pairs.complement()
    if pairs.truth.all() or not pairs.truth.any():
        reason = "every case has the finding" if pairs.truth.size and pairs.truth.all() else "no case has the finding"
        return pairs.undefined(reason, LOG, level)
    shares = []
    for of_class in (pairs.truth, 1 - pairs.truth):
        for calls in (pairs.first, pairs.second):
            if not (calls * of_class).any():
                return pairs.undefined(f"a call has no {kind} call in one of the classes", LOG, level)
            shares.append(log_share(calls * of_class, of_class))
    value = shares[0][0] - shares[1][0] - shares[2][0] + shares[3][0]
    deviations = shares[0][1] - shares[1][1] - shares[2][1] + shares[3][1]
    variance = float(pairs.grouping.covariance(deviations[None])[0, 0])
    positives = int(pairs.truth.sum())
    return exponentiated(value, variance, pairs.grouping, method=LOG, level=level, n_positive=positives)


def _ratio(pairs: PairedCalls, method: str | None, level: float, reason: str) -> Estimate:
    if not pairs.grouping.repeated:
        a, b, c, d = pairs.table
        estimate = paired_proportion_ratio(
            n_both=a, n_only_first=b, n_only_second=c, n_neither=d, method=method or "tang", level=level
        )
        return estimate if a + b + c + d else pairs.undefined(reason, estimate.method, level)
    check_method("ratio of repeated patients", method or "log", {"log"})
    normal_quantile("ratio of repeated patients", level)
    if not (pairs.first.any() and pairs.second.any()):
        return pairs.undefined("one of the two rates is 0, so that the logarithm does not exist", LOG, level)
    one = np.ones_like(pairs.truth)
    (log1, dev1), (log2, dev2) = log_share(pairs.first, one), log_share(pairs.second, one)
    variance = float(pairs.grouping.covariance((dev1 - dev2)[None])[0, 0])
    return exponentiated(log1 - log2, variance, pairs.grouping, method=LOG, level=level)
