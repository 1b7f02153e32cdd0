"""Calibration intercept and slope, and the quantities of Harrell's val.prob that follow from the same regressions.

The outcome is regressed on the logit of the prediction. A slope below 1 means predictions too extreme (overfitting), a
calibration-in-the-large above 0 predictions too low. A prediction of exactly 0 or 1 has no logit; such cases are left
out of these regressions, and `n` counts what is left.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit, ndtri
from scipy.stats import chi2

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.calibration import brier_score, spiegelhalter_test
from ecg_eval.stats.probability.logistic_fit import LogisticFit, deviance_of, fit_logistic
from ecg_eval.stats.probability.lowess import lowess
from ecg_eval.stats.probability.probability_inputs import predicted_cases
from ecg_eval.stats.roc.area import auroc
from ecg_eval.stats.roc.roc_inputs import ScoredCases

_NO_FIT = "the regression has no finite solution (a class is empty, or the predictions separate the outcomes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRegression:
    """Intercept and slope of the outcome on the logit of the prediction.

    Attributes
    ----------
    intercept, slope : Estimate
        Fitted together; 0 and 1 when calibrated.
    in_the_large : Estimate
        Intercept with the slope fixed at 1; 0 when right on average, on the log-odds scale.
    """

    intercept: Estimate
    slope: Estimate
    in_the_large: Estimate


def _with_logits(who: str, truth: ArrayLike, probability: ArrayLike, cluster: ArrayLike | None) -> ScoredCases:
    """Check the arrays and leave out predictions of 0 and 1."""
    p = np.asarray(probability, dtype=np.float64)
    inside = np.where((p == 0) | (p == 1), np.nan, p)
    return predicted_cases(who, truth, inside, cluster)


def calibration_regression(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    cluster: ArrayLike | None = None,
    information: Literal["converged", "glm"] = "converged",
    level: float = 0.95,
) -> CalibrationRegression:
    """Regress the outcome on the logit of the prediction.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1]; predictions of exactly 0 or 1 are left out.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat; standard errors are then robust (sandwich over patients).
    information : {"converged", "glm"}
        Standard errors from the information at the estimate, or one step before it as R's glm prints them, which
        differs in about the fifth digit; the second knows no clusters.
    level : float
        Coverage of the Wald intervals.

    Returns
    -------
    CalibrationRegression
        Undefined estimates where the likelihood has no finite maximum.

    Notes
    -----
    Sources: Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230.
    """
    who = "calibration_regression"
    if information not in ("converged", "glm") or (information == "glm" and cluster is not None):
        raise ArgumentError(who, "information", 'converged, or, without cluster, "glm"', information)
    cases = _with_logits(who, truth, probability, cluster)
    x = logit(cases.scores[0])
    ones = np.ones((cases.n, 1))
    enough = not cases.one_class and (cases.cluster is None or cases.n_clusters > 1)
    both = fit_logistic(np.hstack([ones, x[:, None]]), cases.truth, cluster=cases.cluster) if enough else None
    shift = fit_logistic(ones, cases.truth, offset=x, cluster=cases.cluster) if enough else None
    describe = partial(_coefficient, cases=cases, level=level, as_glm=information == "glm")
    return CalibrationRegression(
        intercept=describe(both, 0, "calibration intercept, joint with the slope"),
        slope=describe(both, 1, "calibration slope"),
        in_the_large=describe(shift, 0, "calibration in the large, slope fixed at 1"),
    )


def _coefficient(
    fit: LogisticFit | None, index: int, name: str, *, cases: ScoredCases, level: float, as_glm: bool
) -> Estimate:
    errors = "Wald" if cases.cluster is None else "Wald, robust to repeated patients"
    estimate = partial(
        Estimate,
        level=level,
        method=f"{name}; {errors}",
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
    )
    if fit is None:
        return estimate(value=None, reason=_NO_FIT)
    covariance = fit.working_covariance if as_glm else fit.covariance
    value, error = float(fit.coefficients[index]), float(np.sqrt(covariance[index, index]))
    half = float(ndtri((1 + level) / 2)) * error
    return estimate(value=value, low=value - half, high=value + half, standard_error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedProbabilities:
    """The quantities of val.prob in the R package rms.

    Attributes
    ----------
    somers_dxy : Estimate
        2 (C - 1/2).
    c_index : Estimate
        AUC.
    nagelkerke_r2 : Estimate
        (1 - exp(-LR/n)) / (1 - exp(-D0/n)), D0 the deviance of the prevalence.
    discrimination_d : Estimate
        (LR - 1) / n, LR the likelihood ratio chi-square of the predictions as they are (intercept 0, slope 1), in
        `statistic`, with its p-value at 1 df.
    unreliability_u : Estimate
        (LR of intercept and slope against 0 and 1, less 2) / n; chi-square with 2 df in `statistic` and `p_value`.
    quality_q : Estimate
        D - U.
    brier : Estimate
    regression : CalibrationRegression
    error_max, error_90, error_mean : Estimate
        Largest, 90 % quantile and mean of |prediction - smoothed outcome| (lowess, span 2/3, no robustness); the mean
        is also called the integrated calibration index.
    spiegelhalter : Estimate
    """

    somers_dxy: Estimate
    c_index: Estimate
    nagelkerke_r2: Estimate
    discrimination_d: Estimate
    unreliability_u: Estimate
    quality_q: Estimate
    brier: Estimate
    regression: CalibrationRegression
    error_max: Estimate
    error_90: Estimate
    error_mean: Estimate
    spiegelhalter: Estimate


def validate_probabilities(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    span: float = 2 / 3,
    rank_bins: int | None = None,
    level: float = 0.95,
) -> ValidatedProbabilities:
    """Give the quantities by which val.prob validates predicted probabilities.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1]; predictions of exactly 0 or 1 are left out of what needs a logit.
    span : float
        Share of the cases in a window of the smoother.
    rank_bins : int, optional
        Bins of equal width into which predictions are put before C and Dxy are computed; rms 6.5 has 5000, so that
        predictions closer than 0.0002 may count as tied. Not binned unless given.
    level : float
        Coverage of the intervals, where there are some.

    Returns
    -------
    ValidatedProbabilities

    Notes
    -----
    Source: Harrell, Regression Modeling Strategies 2015, section 10.9. D and R2 use the likelihood ratio of the
    predictions as they are, as rms 6.5; after recalibration they would be larger by U.
    """
    who = "validate_probabilities"
    cases = predicted_cases(who, truth, probability)
    named = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive)
    c = auroc(truth=cases.truth, score=_ranked(cases.scores[0], rank_bins), level=level)
    likelihood = _likelihood(_with_logits(who, truth, probability, None), level)
    distances = (
        np.abs(cases.scores[0] - lowess(cases.scores[0], cases.truth.astype(np.float64), span=span))
        if (cases.n)
        else np.array([np.nan])
    )
    smooth = f"lowess, span {span:.3g}"
    summaries = {
        "largest calibration error": np.max(distances),
        "90 % quantile of the calibration error": np.quantile(distances, 0.9),
        "mean calibration error (ICI)": np.mean(distances),
    }
    errors = [
        named(value=float(v), method=f"{name}; {smooth}", reason="no interval without resamples")
        if cases.n
        else named(value=None, method=name, reason="no case has both a truth and a probability")
        for name, v in summaries.items()
    ]
    return ValidatedProbabilities(
        somers_dxy=_dxy(c),
        c_index=c,
        nagelkerke_r2=likelihood[0],
        discrimination_d=likelihood[1],
        unreliability_u=likelihood[2],
        quality_q=likelihood[3],
        brier=brier_score(truth=truth, probability=probability, level=level),
        regression=calibration_regression(truth=truth, probability=probability, level=level),
        error_max=errors[0],
        error_90=errors[1],
        error_mean=errors[2],
        spiegelhalter=spiegelhalter_test(truth=truth, probability=probability),
    )


def _ranked(p: NDArray[np.float64], rank_bins: int | None) -> NDArray[np.float64]:
    """Put predictions into bins by way of their logits, as rms does: that decides on which side an edge falls."""
    if rank_bins is None:
        return p
    if rank_bins < 1:
        raise ArgumentError("validate_probabilities", "rank_bins", "at least 1", rank_bins)
    with np.errstate(divide="ignore"):
        through_logit = 1 / (1 + np.exp(-np.clip(np.log(p / (1 - p)), -30, 30)))
    return np.asarray(np.floor(rank_bins * through_logit + 1))


def _dxy(c: Estimate) -> Estimate:
    """Turn an AUC and its interval into Somers' Dxy = 2 (C - 1/2)."""
    return c.mapped(scale=2, shift=-1, method=f"Somers' Dxy = 2 (C - 1/2), C by {c.method}")


def _likelihood(cases: ScoredCases, level: float) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """Give R2, D, U and Q from the deviances of the prevalence, the predictions, and the recalibrated predictions."""
    named = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive)
    names = ("Nagelkerke R2", "discrimination index D", "unreliability index U", "quality index Q = D - U")
    x = logit(cases.scores[0])
    design = np.stack([np.ones(cases.n), x], axis=1)
    recalibrated = None if cases.one_class else fit_logistic(design, cases.truth)
    if recalibrated is None:
        r2, d, u, q = (named(value=None, method=name, reason=_NO_FIT) for name in names)
        return r2, d, u, q
    n, prevalence = cases.n, cases.n_positive / cases.n
    as_they_are = deviance_of(x, cases.truth)
    constant = deviance_of(np.full(n, logit(prevalence)), cases.truth)
    gained, missed = constant - as_they_are, as_they_are - recalibrated.deviance
    d_value, u_value = (gained - 1) / n, (missed - 2) / n
    why = "no interval is known"
    return (
        named(value=(1 - np.exp(-gained / n)) / (1 - np.exp(-constant / n)), method=names[0], reason=why),
        named(value=d_value, statistic=gained, df=1, p_value=float(chi2.sf(gained, 1)), method=names[1], reason=why),
        named(value=u_value, statistic=missed, df=2, p_value=float(chi2.sf(missed, 2)), method=names[2], reason=why),
        named(value=d_value - u_value, method=names[3], reason=why),
    )
