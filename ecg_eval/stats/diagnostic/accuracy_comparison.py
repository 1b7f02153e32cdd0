"""Two calls on the same cases against one truth: differences and tests of sensitivity and specificity.

For sensitivity only the cases with the finding count, for specificity only those without; inside them the two calls
are paired, and everything in `paired` and `clustered_paired` applies. Contrasts are first - second; for ratios see
`relative_accuracy`. With `cluster` the patient is the unit; where no patient is repeated that makes no difference.
"""

from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ecg_eval.stats.clusters.clustered_paired import clustered_mcnemar, clustered_paired_difference
from ecg_eval.stats.diagnostic.paired_calls import PairedCalls, paired_calls
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.proportion.paired import mcnemar, paired_proportion_difference

LOG = "log scale"


def sensitivity_difference(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how much more of the cases with the finding the first call finds than the second.

    Parameters
    ----------
    truth, first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The reference and the two calls.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    method : str, optional
        Of `paired_proportion_difference` (default ``tango``), or, where patients are repeated, of
        `clustered_paired_difference` (default ``tango_rao_scott``).
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; `n` counts the cases with the finding. Undefined when there is none.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    pairs = paired_calls("sensitivity_difference", truth, first, second, cluster)
    return _difference(pairs.among(1), method, level, "no case has the finding")


def specificity_difference(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how much more of the cases without the finding the first call clears than the second.

    Parameters, range and raises as for `sensitivity_difference`; undefined when every case has the finding.
    """
    pairs = paired_calls("specificity_difference", truth, first, second, cluster)
    return _difference(pairs.among(0).complement(), method, level, "every case has the finding")


def sensitivity_test(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Test whether two calls have the same sensitivity.

    Parameters
    ----------
    truth, first, second, cluster, level
        As for `sensitivity_difference`.
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
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    pairs = paired_calls("sensitivity_test", truth, first, second, cluster)
    return _test(pairs.among(1), method, level)


def specificity_test(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Test whether two calls have the same specificity; everything as for `sensitivity_test`."""
    pairs = paired_calls("specificity_test", truth, first, second, cluster)
    return _test(pairs.among(0).complement(), method, level)


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


def _difference(pairs: PairedCalls, method: str | None, level: float, reason: str) -> Estimate:
    if pairs.grouping.repeated:
        estimate = clustered_paired_difference(
            first=pairs.first,
            second=pairs.second,
            cluster=pairs.grouping.cluster,
            method=method or "tango_rao_scott",
            level=level,
        )
    else:
        a, b, c, d = pairs.table
        estimate = paired_proportion_difference(
            n_both=a, n_only_first=b, n_only_second=c, n_neither=d, method=method or "tango", level=level
        )
    return estimate if is_defined(estimate) else pairs.undefined(reason, estimate.method, level)


def _test(pairs: PairedCalls, method: str | None, level: float) -> Estimate:
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
