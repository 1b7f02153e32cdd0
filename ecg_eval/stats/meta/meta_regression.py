"""Whether studies' numbers move with what the studies differ in: a version, a year, a kind of device."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.between_studies import ESTIMATORS, between_study_variance
from ecg_eval.stats.meta.effects import Effects
from ecg_eval.stats.meta.least_squares import WeightedFit, weighted_fit
from ecg_eval.stats.meta.random_effects import INTERVALS, error_scale, q_test, quantile_and_p

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetaRegression:
    """What moderators explain of the spread between studies.

    Attributes
    ----------
    coefficients : dict of str to Estimate
        "intercept" first, then one a moderator, on the scale of the effects.
    moderators : Estimate
        All moderators together: chi-squared, or F with Hartung-Knapp's errors.
    residual : Estimate
        QE, what spread is left about the fit.
    between : float or None
        tau2 that is left.
    r_squared : float or None
        Share of tau2 that the moderators explain, in [0, 1]; None where there was none.
    """

    coefficients: Mapping[str, Estimate]
    moderators: Estimate
    residual: Estimate
    between: float | None
    r_squared: float | None


def meta_regression(
    *,
    effects: Effects,
    moderators: Mapping[str, ArrayLike],
    estimator: str = "reml",
    interval: str = "hartung_knapp_truncated",
    level: float = 0.95,
) -> MetaRegression:
    """Regress studies' numbers on moderators, with studies' own spread beside them.

    Parameters
    ----------
    effects : Effects
    moderators : mapping of str to array_like, shape (n_studies,)
        Columns beside the intercept; a version is a column of 0 and 1 against the first one.
    estimator, interval, level
        As `pool_effects`. Hartung-Knapp's t and F have studies - columns degrees of freedom (Knapp and Hartung, Stat
        Med 2003;22:2693).

    Returns
    -------
    MetaRegression
        Undefined with a reason where there are no more studies than columns, or columns say the same.
    """
    who = "meta_regression"
    if not moderators:
        raise ArgumentError(who, "moderators", "one column or more", {})
    k = len(effects)
    columns = {"intercept": np.ones(k)} | {name: np.asarray(c, float) for name, c in moderators.items()}
    for name, column in columns.items():
        if column.shape != (k,) or not np.isfinite(column).all():
            raise ArgumentError(who, f"moderators[{name!r}]", f"{k} finite numbers, one a study", column.shape)
    design = np.column_stack(list(columns.values()))
    df, method = k - len(columns), f"meta-regression, {ESTIMATORS[estimator]}, {INTERVALS[interval]}"
    if df < 1 or np.linalg.matrix_rank(design) < len(columns):
        reason = f"{k} studies are not enough for {len(columns)} columns" if df < 1 else "the columns say the same"
        none = Estimate.undefined(reason=reason, method=method, n=k, level=level)
        return MetaRegression(
            coefficients=dict.fromkeys(columns, none), moderators=none, residual=none, between=None, r_squared=None
        )
    tau2 = between_study_variance(effects, design, estimator)
    before = between_study_variance(effects, np.ones((k, 1)), estimator)
    fit = weighted_fit(effects, design, tau2)
    covariance = fit.covariance * error_scale(fit, df, interval)
    return MetaRegression(
        coefficients={
            name: _coefficient(float(fit.coefficients[i]), sqrt(covariance[i, i]), k, df, interval, level, method)
            for i, name in enumerate(columns)
        },
        moderators=_together(fit, covariance, df, interval, method, k),
        residual=q_test(weighted_fit(effects, design, 0.0), df, k),
        between=tau2,
        r_squared=max(0.0, (before - tau2) / before) if before > 0 else None,
    )


def _coefficient(value: float, error: float, k: int, df: int, interval: str, level: float, method: str) -> Estimate:
    freedom = None if interval == "normal" else df
    quantile, p = quantile_and_p(value / error, freedom, level)
    return Estimate(
        value=value,
        low=value - quantile * error,
        high=value + quantile * error,
        level=level,
        standard_error=error,
        df=freedom,
        statistic=value / error,
        p_value=p,
        method=method,
        n=k,
    )


def _together(fit: WeightedFit, covariance: Floats, df: int, interval: str, method: str, k: int) -> Estimate:
    effect = fit.coefficients[1:]
    count = len(effect)
    chi2 = float(effect @ np.linalg.solve(covariance[1:, 1:], effect))
    reason = "a test statistic has no interval"
    if interval == "normal":
        p = float(special.chdtrc(count, chi2))
        return Estimate(value=chi2, statistic=chi2, df=count, p_value=p, method=method, n=k, reason=reason)
    f = chi2 / count
    p = float(stats.f.sf(f, count, df))
    return Estimate(value=f, statistic=f, df=count, df_denominator=df, p_value=p, method=method, n=k, reason=reason)
