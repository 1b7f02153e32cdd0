"""How much cases of one patient resemble each other, and what that costs.

An intracluster correlation of 0 means that cases of a patient are as different as those of strangers, 1 that they are
copies. The design effect is the factor by which it inflates the variance of a proportion: n cases tell as much as n /
design effect independent ones. It is what the sample size of the next study needs.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.clusters.cluster_totals import ClusterTotals
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, check_method, complete_cases


def intracluster_correlation(*, event: ArrayLike, cluster: ArrayLike) -> Estimate:
    """Estimate the correlation of a binary event between two cases of one patient, by analysis of variance.

    Parameters
    ----------
    event : (n_cases,) array of 0, 1; NaN where missing (left out)
        Whether the event happened.
    cluster : (n_cases,) array of int or str
        The patient of each case.

    Returns
    -------
    Estimate
        At most 1, and it can be negative; (B - W) / (B + (n0 - 1) W) with the mean squares between and within patients
        (Ridout, Demetrio and Firth, Biometrics 1999;55:137-148). No interval. Undefined without repeated patients, with
        one patient, or when all cases are alike.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, cases without a patient.
    """
    return _of_totals("intracluster_correlation", "ANOVA", event, cluster, lambda totals: totals.correlation)


def design_effect(*, event: ArrayLike, cluster: ArrayLike, method: str = "ratio") -> Estimate:
    """Estimate the factor by which shared patients inflate the variance of a proportion.

    Parameters
    ----------
    event, cluster
        As for `intracluster_correlation`.
    method : str
        ``ratio`` (default): the ratio estimator's variance over p (1 - p) / (n - 1), without a model. ``anova``: 1 +
        the mean, over cases, of (n_i - 1) times the ANOVA correlation (Saha's xi).

    Returns
    -------
    Estimate
        0 or more; 1 with one case a patient. No interval. Undefined as `intracluster_correlation`, except that
        ``ratio`` is 1 without repeated patients.

    Raises
    ------
    ArgumentError
        As `intracluster_correlation`, and for an unknown method.
    """
    kinds: dict[str, Callable[[ClusterTotals], Floats]] = {
        "ratio": lambda totals: totals.design_effect,
        "anova": lambda totals: totals.variance_inflation,
    }
    check_method("design_effect", method, kinds)
    words = "ratio estimator" if method == "ratio" else "ANOVA"
    return _of_totals("design_effect", words, event, cluster, kinds[method])


def _of_totals(
    who: str, words: str, event: ArrayLike, cluster: ArrayLike, quantity: Callable[[ClusterTotals], Floats]
) -> Estimate:
    (y,), codes, k = complete_cases(who, cluster=cluster, event=event)
    value = np.nan
    if y.size:
        value = float(quantity(ClusterTotals(np.bincount(codes, weights=y), np.bincount(codes))))
    if not np.isfinite(value):
        reason = "there is one patient, no patient is repeated, or all cases are alike"
        return Estimate.undefined(reason=reason, method=words, n=y.size, n_clusters=k)
    return Estimate(
        value=value,
        method=words,
        n=y.size,
        n_positive=int(y.sum()),
        n_clusters=k,
        reason="this method has no interval",
    )
