"""One number of several studies: their mean, how far they differ, and where the next study would lie."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.between_studies import ESTIMATORS, between_study_variance, q_profile, variance_error
from ecg_eval.stats.meta.effects import Effects
from ecg_eval.stats.meta.least_squares import WeightedFit, weighted_fit

Floats = NDArray[np.float64]

INTERVALS = {
    "normal": "normal",
    "hartung_knapp": "Hartung-Knapp-Sidik-Jonkman",
    "hartung_knapp_truncated": "Hartung-Knapp-Sidik-Jonkman, never narrower than the normal one",
}
ONE_STUDY = "a single study says nothing of how studies differ"
TWO_STUDIES = "with two studies, t(k - 2) has no degree of freedom"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledEffect:
    """What studies say together.

    Attributes
    ----------
    mean : Estimate
        On the scale of the effects, with interval, statistic (against 0) and p.
    between : Estimate
        tau2, the variance of studies' true values, with its Q-profile interval.
    heterogeneity : Estimate
        Cochran's Q with its degrees of freedom and p.
    i_squared : float or None
        Share of the spread that is no chance, in [0, 1]: tau2 / (tau2 + the typical sampling variance).
    h_squared : float or None
        1 / (1 - i_squared).
    prediction : Estimate
        Where the true value of a further study like these would lie.
    weights : ndarray, shape (n_studies,)
        Share of each study in the mean, summing to 1.
    """

    mean: Estimate
    between: Estimate
    heterogeneity: Estimate
    i_squared: float | None
    h_squared: float | None
    prediction: Estimate
    weights: Floats


def pool_effects(
    *,
    effects: Effects,
    estimator: str = "reml",
    interval: str = "hartung_knapp_truncated",
    prediction: str = "t",
    level: float = 0.95,
) -> PooledEffect:
    r"""Pool one number a study by a random-effects model.

    With :math:`w = 1 / (v + \tau^2)` the mean is :math:`\sum wy / \sum w`, its squared standard error :math:`1 / \sum
    w`, or by Hartung, Knapp, Sidik and Jonkman that times :math:`q = \sum w (y - \mu)^2 / (k - 1)` on t(k - 1).

    Parameters
    ----------
    effects : Effects
        At least one study.
    estimator : str
        Of tau2, see `between_study_variance`.
    interval : {"normal", "hartung_knapp", "hartung_knapp_truncated"}
        The last (default) takes q as 1 at least: where studies agree by luck, plain Hartung-Knapp is narrower than if
        there were one common effect (Wiksten, Rucker and Schwarzer, Stat Med 2016;35:2503).
    prediction : {"t", "normal"}
        Half width t or z times :math:`\sqrt{\tau^2 + SE^2}`. "t": k - 1 degrees of freedom with Hartung-Knapp's error,
        k - 2 with the normal one (Higgins, Thompson and Spiegelhalter, J R Stat Soc A 2009;172:137).
    level : float

    Returns
    -------
    PooledEffect
        Of one study its own number with a normal interval; everything between studies is undefined with a reason.
    """
    who = "pool_effects"
    if interval not in INTERVALS:
        raise ArgumentError(who, "interval", f"one of {', '.join(INTERVALS)}", interval)
    if prediction not in ("t", "normal"):
        raise ArgumentError(who, "prediction", "t or normal", prediction)
    if not len(effects):
        raise ArgumentError(who, "effects", "of one study or more", 0)
    k, design = len(effects), np.ones((len(effects), 1))
    if k == 1:
        return _single(effects, level)
    tau2 = between_study_variance(effects, design, estimator)
    fit = weighted_fit(effects, design, tau2)
    fixed = weighted_fit(effects, design, 0.0)
    typical = (k - 1) / float(np.trace(fixed.projection))
    mean = _mean(fit, k, interval, level)
    mean = replace(mean, method=f"random effects, {ESTIMATORS[estimator]}, {INTERVALS[interval]}")
    low, high = q_profile(effects, design, level)
    return PooledEffect(
        mean=mean,
        between=Estimate(
            value=tau2,
            low=low,
            high=high,
            level=level,
            standard_error=variance_error(effects, design, tau2, estimator),
            method=f"variance between studies, {ESTIMATORS[estimator]}, Q profile",
            n=k,
        ),
        heterogeneity=q_test(fixed, k - 1, k),
        i_squared=tau2 / (tau2 + typical),
        h_squared=tau2 / typical + 1,
        prediction=_prediction(mean, tau2, k, prediction, level),
        weights=fit.weights / fit.weights.sum(),
    )


def error_scale(fit: WeightedFit, df: int, interval: str) -> float:
    """Return by what Hartung-Knapp's method multiplies the variances of a fit; 1 for the normal interval."""
    if interval == "normal":
        return 1.0
    q = fit.residual / df
    return max(1.0, q) if interval == "hartung_knapp_truncated" else q


def quantile_and_p(statistic: float, df: int | None, level: float) -> tuple[float, float]:
    """Return the two-sided quantile of t (normal without degrees of freedom) and the p-value of a statistic."""
    if df is None:
        return float(special.ndtri(0.5 + level / 2)), float(2 * special.ndtr(-abs(statistic)))
    return float(stats.t.ppf(0.5 + level / 2, df)), float(2 * stats.t.sf(abs(statistic), df))


def q_test(fixed: WeightedFit, df: int, n: int) -> Estimate:
    """Return Cochran's Q, the weighted spread about the fit of one common effect, on chi-squared."""
    q = fixed.residual
    p = float(special.chdtrc(df, q))
    reason = "a test statistic has no interval"
    return Estimate(value=q, statistic=q, df=df, p_value=p, method="Cochran's Q", n=n, reason=reason)


def _mean(fit: WeightedFit, k: int, interval: str, level: float) -> Estimate:
    value = float(fit.coefficients[0])
    error = sqrt(float(fit.covariance[0, 0]) * error_scale(fit, k - 1, interval))
    df = None if interval == "normal" else k - 1
    statistic = value / error if error else None
    quantile, p = quantile_and_p(statistic or 0.0, df, level)
    return Estimate(
        value=value,
        low=value - quantile * error,
        high=value + quantile * error,
        level=level,
        standard_error=error,
        df=df,
        statistic=statistic,
        p_value=p if statistic is not None else None,
        method=interval,
        n=k,
    )


def _prediction(mean: Estimate, tau2: float, k: int, prediction: str, level: float) -> Estimate:
    df = None if prediction == "normal" else k - 1 if mean.df is not None else k - 2
    method = f"prediction interval, {'normal' if df is None else f't({df})'}"
    if df == 0:
        return Estimate.undefined(reason=TWO_STUDIES, method=method, n=k, level=level)
    quantile, _ = quantile_and_p(0.0, df, level)
    half = quantile * sqrt(tau2 + (mean.standard_error or 0.0) ** 2)
    value = mean.value or 0.0
    return Estimate(value=value, low=value - half, high=value + half, level=level, df=df, method=method, n=k)


def _single(effects: Effects, level: float) -> PooledEffect:
    value, error = float(effects.values[0]), sqrt(float(effects.variances[0]))
    quantile, p = quantile_and_p(value / error, None, level)
    none = Estimate.undefined(reason=ONE_STUDY, method="random effects", n=1, level=level)
    mean = Estimate(
        value=value,
        low=value - quantile * error,
        high=value + quantile * error,
        level=level,
        standard_error=error,
        statistic=value / error,
        p_value=p,
        method="one study, normal",
        n=1,
    )
    return PooledEffect(
        mean=mean,
        between=none,
        heterogeneity=none,
        i_squared=None,
        h_squared=None,
        prediction=none,
        weights=np.ones(1),
    )
