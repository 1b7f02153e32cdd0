"""Differences between areas under ROC curves: paired, unpaired, and several readers at once.

Two scores of the same cases are correlated, and their difference is known better than either area; two cohorts are
not. Power for such tests is planned elsewhere.
"""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.placements import ZERO_VARIANCE, AurocCovariance, auroc_covariance, placements
from ecg_eval.stats.roc.roc_inputs import ScoredCases, scored_cases

Alternative = Literal["two_sided", "greater", "less"]
ALTERNATIVES = ("two_sided", "greater", "less")


def p_value_of(statistic: float, df: float, alternative: Alternative) -> float:
    """Give the p-value of a statistic that follows Student's t with df degrees of freedom (infinite: the normal)."""
    if alternative == "two_sided":
        return float(2 * stats.t.sf(abs(statistic), df))
    return float(stats.t.sf(statistic, df) if alternative == "greater" else stats.t.cdf(statistic, df))


def compare_aurocs(
    *,
    truth: ArrayLike,
    score_first: ArrayLike,
    score_second: ArrayLike,
    cluster: ArrayLike | None = None,
    method: Literal["delong_t", "delong"] = "delong_t",
    alternative: Alternative = "two_sided",
    null_difference: float = 0.0,
    level: float = 0.95,
) -> Estimate:
    """Test and estimate the difference of the AUCs of two scores of the same cases, first less second.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    score_first, score_second : array_like (n_cases,)
        Cases with a missing truth or score (NaN) in either are left out of both.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    method : {"delong_t", "delong"}
        Both divide by DeLong's standard error. "delong" refers to the normal distribution (as pROC), which rejects
        too often when a class has few cases; "delong_t" (default) to Student's t with Satterthwaite degrees of
        freedom, which does not. They agree in large samples.
    alternative : {"two_sided", "greater", "less"}
        "greater": the first is better than the second by more than `null_difference`.
    null_difference : float
        Difference under the null hypothesis; minus the margin, with "greater", tests that the first is not inferior.
    level : float
        Coverage of the interval, which is two-sided whatever the alternative.

    Returns
    -------
    Estimate
        Difference in [-1, 1] with `statistic`, `df` (None for "delong"), `p_value` and `standard_error`. Undefined
        where a class is empty. Without interval and test, with the reason, where the standard error is 0 (the two
        scores order all pairs alike) or a class has one case or patient.

    Notes
    -----
    Sources: DeLong et al., Biometrics 1988;44:837; Obuchowski, Biometrics 1997;53:567 (clusters); degrees of freedom
    after Brunner and Munzel, Biom J 2000;42:17.
    """
    who = "compare_aurocs"
    if method not in ("delong_t", "delong"):
        raise ArgumentError(who, "method", "one of delong_t, delong", method)
    _check_alternative(who, alternative)
    a, b = np.asarray(score_first, dtype=np.float64), np.asarray(score_second, dtype=np.float64)
    if a.shape != b.shape:
        raise ArgumentError(who, "score_second", f"of the shape of score_first {a.shape}", b.shape)
    cases = scored_cases(who, truth, np.column_stack([a, b]), cluster)
    distribution = "t with Satterthwaite df" if method == "delong_t" else "normal"
    estimate = partial(
        Estimate,
        level=level,
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
        method=f"paired DeLong, {distribution}, {alternative.replace('_', '-')}",
    )
    if cases.one_class:
        return estimate(value=None, reason=cases.one_class)
    placed = placements(cases)
    means = placed[0].mean(axis=1)
    difference = float(means[0] - means[1])
    covariance = auroc_covariance(cases, placed)
    if covariance is None:
        return estimate(value=difference, reason="one case or patient of a class: no variance can be had")
    variance, df = covariance.contrast(np.array([1.0, -1.0]))
    if variance < ZERO_VARIANCE:
        return estimate(value=difference, reason="the DeLong variance of the difference is 0")
    return _tested(estimate, difference, variance, df if method == "delong_t" else np.inf, alternative, null_difference)


def _check_alternative(who: str, alternative: str) -> None:
    if alternative not in ALTERNATIVES:
        raise ArgumentError(who, "alternative", f"one of {', '.join(ALTERNATIVES)}", alternative)


def _tested(
    estimate: partial[Estimate],
    difference: float,
    variance: float,
    df: float,
    alternative: Alternative,
    null_difference: float,
) -> Estimate:
    """Fill in statistic, p-value and interval of a difference with a known variance."""
    error = variance**0.5
    half = float(stats.t.isf((1 - estimate.keywords["level"]) / 2, df)) * error
    statistic = (difference - null_difference) / error
    return estimate(
        value=difference,
        low=difference - half,
        high=difference + half,
        standard_error=error,
        df=df if np.isfinite(df) else None,
        statistic=statistic,
        p_value=p_value_of(statistic, df, alternative),
    )


def compare_unpaired_aurocs(  # noqa: PLR0913 - two cohorts need each of their arrays
    *,
    truth_first: ArrayLike,
    score_first: ArrayLike,
    truth_second: ArrayLike,
    score_second: ArrayLike,
    cluster_first: ArrayLike | None = None,
    cluster_second: ArrayLike | None = None,
    method: Literal["delong_t", "proc"] = "delong_t",
    alternative: Alternative = "two_sided",
    null_difference: float = 0.0,
    level: float = 0.95,
) -> Estimate:
    """Test and estimate the difference of the AUCs in two cohorts that share no patient, first less second.

    Parameters
    ----------
    truth_first, truth_second : array_like of 0/1
    score_first, score_second : array_like
        NaN where missing; such cases are left out.
    cluster_first, cluster_second : array_like, optional
        Patient of each case, where patients repeat.
    method : {"delong_t", "proc"}
        Both refer t = difference / sqrt(V_first + V_second) to Student's t, with (sum v)^2 / sum(v^2 / (u - 1)) degrees
        of freedom. "delong_t" (default) sums over the shares of both classes of both cohorts, u the cases (patients) of
        the class; "proc" over the two cohorts, u all their cases, as the R package, and rejects too often when a
        class has few cases.
    alternative, null_difference, level
        As for `compare_aurocs`.

    Returns
    -------
    Estimate
        Difference in [-1, 1]. Undefined where a class is empty; without interval and test, with the reason, where the
        variance is 0 or a class has one case or patient.

    Notes
    -----
    Source: DeLong et al. 1988 for V; degrees of freedom as pROC (Robin et al., BMC Bioinformatics 2011;12:77).
    """
    who = "compare_unpaired_aurocs"
    if method not in ("delong_t", "proc"):
        raise ArgumentError(who, "method", "one of delong_t, proc", method)
    _check_alternative(who, alternative)
    cohorts = [
        scored_cases(who, truth_first, score_first, cluster_first),
        scored_cases(who, truth_second, score_second, cluster_second),
    ]
    distribution = "t with df as pROC" if method == "proc" else "t with Satterthwaite df"
    estimate = partial(
        Estimate,
        level=level,
        n=sum(c.n for c in cohorts),
        n_positive=sum(c.n_positive for c in cohorts),
        n_clusters=sum(c.n_clusters for c in cohorts),
        method=f"unpaired DeLong, {distribution}, {alternative.replace('_', '-')}",
    )
    for name, cohort in zip(("first", "second"), cohorts, strict=True):
        if cohort.one_class:
            return estimate(value=None, reason=f"{name} cohort: {cohort.one_class}")
    auc_first, auc_second = (float(placements(c)[0].mean()) for c in cohorts)
    parts = [_shares_of_variance(c, method) for c in cohorts]
    if parts[0] is None or parts[1] is None:
        return estimate(value=auc_first - auc_second, reason="one case or patient of a class: no variance can be had")
    total = parts[0][0] + parts[1][0]
    if total < ZERO_VARIANCE:
        return estimate(value=auc_first - auc_second, reason="the DeLong variance of both areas is 0")
    spread = total**2 / (parts[0][1] + parts[1][1])
    return _tested(estimate, auc_first - auc_second, total, spread, alternative, null_difference)


def _shares_of_variance(cases: ScoredCases, method: str) -> tuple[float, float] | None:
    """Give the variance of an AUC and the sum of v^2 / (u - 1) over what it is made of."""
    covariance = auroc_covariance(cases)
    if covariance is None:
        return None
    total = float(covariance.total[0, 0])
    if method == "proc":
        return total, total**2 / (cases.n_clusters - 1)
    v1, v0 = float(covariance.of_positives[0, 0]), float(covariance.of_negatives[0, 0])
    lost = v1**2 / (covariance.n_positive_units - 1) + v0**2 / (covariance.n_negative_units - 1)
    return total, lost


def compare_several_aurocs(
    *,
    truth: ArrayLike,
    scores: ArrayLike,
    contrasts: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    method: Literal["f", "chi_square"] = "f",
) -> Estimate:
    """Test whether several readers of the same cases have the same AUC, or any set of contrasts.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    scores : array_like (n_cases, n_readers)
        Cases with a missing truth or score (NaN) of any reader are left out.
    contrasts : array_like (n_contrasts, n_readers), optional
        Each row sums to 0 as a rule; by default each reader against the first.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.

    method : {"f", "chi_square"}
        Q = (L A)' (L S L')^-1 (L A) refers to the chi-square distribution with k = rank(L S L') degrees of freedom, as
        in the paper, which rejects too often when a class has few cases; or (default) Q (v - k + 1) / (v k) to F with
        k and v - k + 1, v the Satterthwaite degrees of freedom of the total variance of the contrasts.

    Returns
    -------
    Estimate
        `value` and `statistic` are Q, `df` is k, and `df_denominator` that of F. Undefined where a class is empty,
        has too few cases or no contrast has a variance.

    Notes
    -----
    Sources: DeLong et al., Biometrics 1988;44:837 (Q); F as for Hotelling's T-squared.
    """
    who = "compare_several_aurocs"
    if method not in ("f", "chi_square"):
        raise ArgumentError(who, "method", "one of f, chi_square", method)
    cases = scored_cases(who, truth, scores, cluster)
    n_readers = cases.scores.shape[0]
    if contrasts is None:
        rows = np.hstack([np.ones((n_readers - 1, 1)), -np.eye(n_readers - 1)])
    else:
        rows = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    if rows.shape[0] < 1 or rows.shape[1] != n_readers:
        raise ArgumentError(who, "contrasts", f"one row or more of {n_readers} columns", rows.shape)
    estimate = partial(
        Estimate,
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
        method=f"DeLong test of {rows.shape[0]} contrast(s) of {n_readers} AUCs, {method.replace('_', '-')}",
    )
    covariance: AurocCovariance | None = None if cases.one_class else auroc_covariance(cases)
    if covariance is None:
        return estimate(value=None, reason=cases.one_class or "one case or patient of a class")
    spread = rows @ covariance.total @ rows.T
    rank = int(np.linalg.matrix_rank(spread, tol=ZERO_VARIANCE, hermitian=True))
    if rank == 0:
        return estimate(value=None, reason="the DeLong variance of every contrast is 0")
    differences = rows @ placements(cases)[0].mean(axis=1)
    q = float(differences @ np.linalg.pinv(spread, rcond=1e-10, hermitian=True) @ differences)
    if method == "chi_square":
        return estimate(value=q, statistic=q, df=rank, p_value=float(stats.chi2.sf(q, rank)))
    v1, v0 = (float(np.trace(rows @ part @ rows.T)) for part in (covariance.of_positives, covariance.of_negatives))
    lost = v1**2 / (covariance.n_positive_units - 1) + v0**2 / (covariance.n_negative_units - 1)
    rest = (v1 + v0) ** 2 / lost - rank + 1
    if rest <= 0:
        return estimate(value=None, reason="too few cases of a class for so many contrasts")
    p = float(stats.f.sf(q * rest / ((rest + rank - 1) * rank), rank, rest))
    return estimate(value=q, statistic=q, df=rank, df_denominator=rest, p_value=p)
