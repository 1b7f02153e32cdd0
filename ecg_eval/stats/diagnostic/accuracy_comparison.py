"""Two calls on the same cases against one truth: contrasts and tests of sensitivity, specificity, likelihood ratios.

For sensitivity only the cases with the finding count, for specificity only those without; inside them the two calls
are paired, and everything in `paired` and `clustered_paired` applies. Contrasts are first - second or
first / second. With `cluster` the patient is the unit; where no patient is repeated that makes no difference.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ecg_eval.stats.clusters.clustered_paired import clustered_mcnemar, clustered_paired_difference
from ecg_eval.stats.clusters.linearised import exponentiated, log_share
from ecg_eval.stats.diagnostic.paired_calls import PairedCalls, paired_calls
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import check_method, normal_quantile
from ecg_eval.stats.proportion.mcnemar import mcnemar
from ecg_eval.stats.proportion.paired import PAIRED, compare_paired_proportions

LOG = "log scale"


def compare_accuracy(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    rate: str,
    contrast: str = "difference",
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate by how much two calls on the same cases differ in sensitivity, specificity or false positive rate.

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls.
    rate : str
        ``sensitivity``, ``specificity`` or ``false_positive_rate`` (1 - specificity).
    contrast : str
        ``difference`` (default), first - second, or ``ratio``, first / second.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str, optional
        Of `paired_bounds` (default ``tango`` for a difference, ``tang`` for a ratio). Where
        patients are repeated, of `clustered_paired_difference` (default ``tango_rao_scott``); for a ratio only ``log``
        exists there, the linearised logarithm between patients with t, and a rate of 0 leaves no interval.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1, or 0 or more (`standard_error` is then that of the logarithm); `n` counts the cases that the rate
        is of. Undefined where there is none.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown rate, contrast or method.

    Examples
    --------
    >>> truth, first, second = [1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1]
    >>> print(compare_accuracy(truth=truth, first=first, second=second, rate="sensitivity"))
    0.500 (95 % CI -0.235 to 0.850; Tango score, n = 4)
    """
    who = "compare_accuracy"
    check_method(f"{who} rate", rate, RATES)
    check_method(f"{who} contrast", contrast, PAIRED)
    pairs = RATES[rate](paired_calls(who, truth, first, second, cluster))
    empty = "no case has the finding" if rate == "sensitivity" else "every case has the finding"
    estimate = (_clustered if pairs.grouping.repeated else _independent)(pairs, contrast, method, level)
    return estimate if pairs.truth.size else pairs.undefined(empty, estimate.method, level)


def accuracy_test(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    rate: str,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Test whether two calls on the same cases have the same sensitivity, or the same specificity.

    Parameters
    ----------
    truth, first, second, rate, cluster, level
        As for `compare_accuracy`.
    method : str, optional
        Of `mcnemar` (default ``mid_p``), or, where patients are repeated, of `clustered_mcnemar` (default
        ``obuchowski``).

    Returns
    -------
    Estimate
        That of `mcnemar` (the share of discordant pairs that the first call gets right) or of `clustered_mcnemar` (the
        difference). Undefined without discordant pairs.

    Raises
    ------
    ArgumentError
        As `compare_accuracy`.
    """
    who = "accuracy_test"
    check_method(f"{who} rate", rate, RATES)
    pairs = RATES[rate](paired_calls(who, truth, first, second, cluster))
    if pairs.grouping.repeated:
        return clustered_mcnemar(
            first=pairs.first,
            second=pairs.second,
            cluster=pairs.grouping.cluster,
            method=method or "obuchowski",
            level=level,
        )
    _, b, c, _ = pairs.table
    return mcnemar(n_only_first=b, n_only_second=c, method=method or "mid_p", level=level)


def joint_accuracy_test(*, truth: ArrayLike, first: ArrayLike, second: ArrayLike) -> Estimate:
    """Test whether two calls differ in sensitivity, specificity, or both, with one test.

    The sum of the two chi-squared statistics of McNemar has 2 degrees of freedom (Lachenbruch and Lynch, Stat Med
    1998;17:2207-2217).

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls; one case a patient.

    Returns
    -------
    Estimate
        Value: difference of the Youden indices, first - second. No interval: the test is about two quantities.
        Undefined without discordant pairs in one of the classes.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, or other values than 0, 1 and NaN.
    """
    words = "generalised McNemar, chi-squared with 2 degrees of freedom"
    pairs = paired_calls("joint_accuracy_test", truth, first, second, None)
    statistic, youden = 0.0, 0.0
    for part in (pairs.among(1), pairs.among(0).complement()):
        _, b, c, _ = part.table
        test = mcnemar(n_only_first=b, n_only_second=c, method="asymptotic")
        if test.statistic is None:
            return pairs.undefined("a class has no discordant pair", words, 0.95)
        statistic += test.statistic
        youden += (b - c) / part.truth.size
    return Estimate(
        value=youden,
        method=words,
        n=pairs.truth.size,
        n_positive=int(pairs.truth.sum()),
        statistic=statistic,
        df=2,
        p_value=float(chdtrc(2.0, statistic)),
        reason="the test is about two quantities at once",
    )


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
        As for `compare_accuracy`.
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


def _independent(pairs: PairedCalls, contrast: str, method: str | None, level: float) -> Estimate:
    both, first, second, neither = pairs.table
    return compare_paired_proportions(
        n_both=both,
        n_only_first=first,
        n_only_second=second,
        n_neither=neither,
        contrast=contrast,
        method=method,
        level=level,
    )


def _clustered(pairs: PairedCalls, contrast: str, method: str | None, level: float) -> Estimate:
    first, second, grouping = pairs.first, pairs.second, pairs.grouping
    if contrast == "difference":
        how = method or "tango_rao_scott"
        return clustered_paired_difference(
            first=first, second=second, cluster=grouping.cluster, method=how, level=level
        )
    check_method("ratio of repeated patients", method or "log", {"log"})
    normal_quantile("ratio of repeated patients", level)
    if not (first.any() and second.any()):
        return pairs.undefined("one of the two rates is 0, so that the logarithm does not exist", LOG, level)
    one = np.ones_like(pairs.truth)
    (log1, dev1), (log2, dev2) = log_share(first, one), log_share(second, one)
    variance = float(grouping.covariance((dev1 - dev2)[None])[0, 0])
    return exponentiated(log1 - log2, variance, grouping, method=LOG, level=level)


RATES: Mapping[str, Callable[[PairedCalls], PairedCalls]] = {
    "sensitivity": lambda pairs: pairs.among(1),
    "specificity": lambda pairs: pairs.among(0).complement(),
    "false_positive_rate": lambda pairs: pairs.among(0),
}
