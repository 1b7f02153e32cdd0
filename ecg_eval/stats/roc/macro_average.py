"""One number for many findings: the mean of a statistic over findings, and its interval.

A finding for which the statistic does not exist (no case with it, or none without) cannot enter the mean; it is left
out, on the data and in each resample alike, and the `method` of the result counts how often that happened. A mean over
findings weighs a finding of ten cases like one of a thousand.
"""

from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.area import weighted_auroc
from ecg_eval.stats.roc.auroc_intervals import hanley_mcneil_variance, wald_bounds
from ecg_eval.stats.roc.placements import ZERO_VARIANCE, placements
from ecg_eval.stats.roc.roc_inputs import ScoredCases, scored_cases, truth_values

Method = Literal["delong_floor", "delong_logit", "percentile", "basic", "normal", "bc", "bca"]
ANALYTIC = ("delong_floor", "delong_logit")


def macro_average(
    *, values: ArrayLike, incomplete: Literal["average_available", "drop"] = "average_available"
) -> NDArray[np.float64]:
    """Average a statistic over findings, the last axis.

    Parameters
    ----------
    values : array_like (..., n_findings)
        NaN where the statistic does not exist.
    incomplete : {"average_available", "drop"}
        Average the findings that are there, or give NaN where one is missing.

    Returns
    -------
    ndarray (...)
        NaN where no finding is left.
    """
    if incomplete not in ("average_available", "drop"):
        raise ArgumentError("macro_average", "incomplete", "one of average_available, drop", incomplete)
    array = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(array)
    count = there.sum(axis=-1)
    total = np.where(there, array, 0).sum(axis=-1)
    mean = np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
    return np.asarray(mean if incomplete == "average_available" else np.where(there.all(axis=-1), mean, np.nan))


def macro_auroc(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    method: Method = "delong_floor",
    incomplete: Literal["average_available", "drop"] = "average_available",
    level: float = 0.95,
) -> Estimate:
    """Give the mean of the AUCs of several findings with its interval.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases, n_findings)
        NaN where missing; such a case is left out for that finding only.
    score : array_like (n_cases, n_findings)
        Higher speaks for presence; NaN where missing. Scores that differ by rounding alone are no ties.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    weights : array_like (n_resamples, n_cases), optional
        Resamples; needed by the methods of `interval_from_replicates`, not used by the first two.
    method : {"delong_floor", "delong_logit", "percentile", "basic", "normal", "bc", "bca"}
        "delong_logit" sums over findings what each patient adds to their AUCs (DeLong's placement values), squares
        that over patients, and builds the interval on the logit scale; it needs two cases (patients) of either class
        of each finding. "delong_floor" (default) multiplies that variance by sum max(v_f, e_f) / sum v_f, v_f DeLong's
        and e_f the exponential model's variance of each finding, since DeLong's is too small for a rare finding and
        knows nothing of one with a single case. The others are those of `interval_from_replicates`.
    incomplete : {"average_available", "drop"}
        What a resample without a positive (or negative) case of some finding gives: the mean of the other findings,
        or nothing, counted in `n_unusable`.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        In [0, 1]. Undefined where no finding has both classes.

    Notes
    -----
    With one finding "delong_logit" is that of `auroc`. Source of the sum over findings: the AUCs are U-statistics of
    the same patients, so that their mean is one (Hoeffding 1948).
    """
    who = "macro_auroc"
    if method not in get_args(Method):
        raise ArgumentError(who, "method", f"one of {', '.join(get_args(Method))}", method)
    labels = truth_values(who, truth)
    if labels.ndim != 2:
        raise ArgumentError(who, "truth", "of shape (n_cases, n_findings)", labels.shape)
    n, n_findings = labels.shape
    n_clusters = n if cluster is None else int(np.unique(np.asarray(cluster)).size)
    aucs = weighted_auroc(truth=labels, score=score, weights=np.ones((1, n), dtype=np.int8))[0]
    value = float(macro_average(values=aucs))
    n_there = int(np.sum(~np.isnan(aucs)))
    label = f"macro AUROC of {n_there} of {n_findings} findings"
    if n_there == 0:
        return Estimate.undefined(
            reason="no finding has cases of both classes", method=label, n=n, n_clusters=n_clusters, level=level
        )
    if method not in ANALYTIC:
        if weights is None:
            raise ArgumentError(who, "weights", f'given for method "{method}"', None, "See draw_weights.")
        by_finding = weighted_auroc(truth=labels, score=score, weights=weights)
        lacking = int(np.sum(np.isnan(by_finding[:, ~np.isnan(aucs)]).any(axis=1)))
        note = f", {lacking} resamples lack a finding" if lacking and incomplete == "average_available" else ""
        return interval_from_replicates(
            value=value,
            replicates=macro_average(values=by_finding[:, ~np.isnan(aucs)], incomplete=incomplete),
            label=label + note,
            method=cast(IntervalMethod, method),
            level=level,
            n=n,
            n_clusters=n_clusters,
        )
    floor = method == "delong_floor"
    words = f"{label}; DeLong variance over findings{', exponential where larger' if floor else ''}, logit scale"
    findings = np.flatnonzero(~np.isnan(aucs))
    error = _error(labels, np.asarray(score, dtype=np.float64), cluster, findings, floor=floor)
    if isinstance(error, str):
        return Estimate(value=value, method=words, n=n, n_clusters=n_clusters, level=level, reason=error)
    low, high = wald_bounds(value, error, level, logit=True)
    return Estimate(
        value=value, low=low, high=high, standard_error=error, method=words, n=n, n_clusters=n_clusters, level=level
    )


def _error(
    labels: NDArray[np.float64],
    score: NDArray[np.float64],
    cluster: ArrayLike | None,
    findings: NDArray[np.intp],
    *,
    floor: bool,
) -> float | str:
    """Give the standard error of the mean AUC, or say why there is none."""
    patients = np.arange(labels.shape[0]) if cluster is None else np.asarray(cluster)
    unit = np.unique(patients, return_inverse=True)[1]
    added = np.zeros(int(unit.max()) + 1)
    alone, at_least = 0.0, 0.0
    for finding in findings:
        cases = scored_cases("macro_auroc", labels[:, finding], score[:, finding])
        share, variance, fewest = _shares(cases, unit, added.size)
        if fewest < 2 and not floor:
            return f"finding {finding} (from 0) has one case or patient of a class: no variance can be had"
        added += share / findings.size
        alone += variance
        at_least += max(variance, _exponential(cases))
    total = float(np.sum(added**2))
    if total < ZERO_VARIANCE:
        return "the DeLong variance is 0"
    return float(np.sqrt(total * at_least / alone if floor else total))


def auroc_spread(*, truth: ArrayLike, score: ArrayLike, cluster: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    """Give the variance of one AUC and what each patient adds to its error, to be averaged with other AUCs.

    Parameters
    ----------
    truth, score : array_like (n_cases,)
        NaN where missing; cases of both classes.
    cluster : array_like of int (n_cases,)
        Patient of each case, from 0.

    Returns
    -------
    variance : float
        DeLong's, and at least that of the exponential model (Hanley and McNeil 1982).
    deviations : ndarray (n_patients,)
        Their inner products are covariances of AUCs of the same patients (DeLong).
    """
    unit = np.asarray(cluster)
    cases = scored_cases("auroc_spread", truth, score)
    share, variance, _ = _shares(cases, unit, int(unit.max()) + 1)
    return max(variance, _exponential(cases)), share


def _exponential(cases: ScoredCases) -> float:
    auc = float(placements(cases)[0].mean())
    return hanley_mcneil_variance(auc, (cases.n_positive, cases.n - cases.n_positive), average=True)


def _shares(cases: ScoredCases, unit: NDArray[np.intp], n_units: int) -> tuple[NDArray[np.float64], float, int]:
    """Give what each unit adds to the AUC's error, its variance, and the fewest units in a class."""
    of_unit = unit[cases.complete]
    both, variance, fewest = np.zeros(n_units), 0.0, n_units
    for values, here in zip(placements(cases), (cases.truth, ~cases.truth), strict=True):
        units = np.unique(of_unit[here]).size
        inflate = np.sqrt(units / max(units - 1, 1)) / values.size
        share = np.bincount(of_unit[here], weights=inflate * (values[0] - values.mean()), minlength=n_units)
        both += share
        variance += float(np.sum(share**2))
        fewest = min(fewest, units)
    return both, variance, fewest
