"""A logistic model with random effects: how the odds of an event depend on covariates, over readers and cases.

Readings of one reader resemble each other, and so do readings of one recording. Where both vary and every reader reads
many recordings, both are crossed random effects; a fixed effect (an arm, say) is then estimated for readers and
recordings like these, not for these alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mixed.data import prepare, why_not
from ecg_eval.stats.mixed.fitting import Optimum, maximise, start_values
from ecg_eval.stats.mixed.laplace import LaplaceLikelihood
from ecg_eval.stats.mixed.lme4 import LaggedLikelihood, refine
from ecg_eval.stats.mixed.quadrature import QuadratureLikelihood
from ecg_eval.stats.mixed.result import MixedFit
from ecg_eval.stats.mixed.terms import MixedData, lower_triangles

Array = NDArray[np.float64]

CONVENTIONS = ("lme4", "exact")
_SINGULAR = 1e-4  # lme4's isSingular
_LOST = "the search for the maximum of the likelihood did not converge"
_RUNAWAY = 30.0  # logits: an effect or a spread beyond this is one that the data do not bound,
_RUNAWAY_LOST = 10.0  # and so is one beyond this where the search did not end in a maximum


def logistic_mixed_model(
    *,
    outcome: ArrayLike,
    fixed: Mapping[str, ArrayLike],
    groups: Mapping[str, ArrayLike],
    trials: ArrayLike | None = None,
    slopes: Mapping[str, Mapping[str, ArrayLike]] | None = None,
    quadrature_points: int = 1,
    convention: str = "lme4",
    level: float = 0.95,
) -> MixedFit:
    """Fit a logistic mixed model by maximum likelihood, the random effects integrated out approximately.

    logit P = X beta + sum over groupings of z' b_level, b ~ N(0, Sigma). Equal to lme4::glmer(family = binomial).

    Parameters
    ----------
    outcome : array_like, shape (n_observations,)
        0 or 1; with `trials`, successes. NaN is a reading that does not exist and is left out.
    fixed : mapping of str to array_like, shape (n_observations,)
        Columns of the fixed effects by name, with a column of ones for the intercept.
    groups : mapping of str to array_like, shape (n_observations,)
        Level of each observation, by grouping; crossed or nested, in any order. At least one.
    trials : array_like, shape (n_observations,), optional
        Trials of each observation, at least 1; ones if left out.
    slopes : mapping of str to mapping of str to array_like, shape (n_observations,), optional
        By grouping, the columns whose coefficients vary between its levels and correlate freely, with a column of ones
        if the intercept varies too. Groupings not named here have a random intercept.
    quadrature_points : int
        1: Laplace. More: adaptive Gauss-Hermite, for one grouping with a random intercept.
    convention : {"lme4", "exact"}
        With Laplace, whether to follow lme4's criterion to its digits, or the approximation itself, whose standard
        errors come out some 1 % larger (`lme4.py` says why). The estimates hardly differ.
    level : float
        Of the Wald intervals.

    Returns
    -------
    MixedFit
        Undefined with a reason where there is one outcome only, a grouping with one level, collinear columns, or
        separation (an effect or a variance without bound).

    Raises
    ------
    ArgumentError
        On shapes that disagree, outcomes outside 0 to trials, and quadrature for more than one random intercept.
    """
    who = "logistic_mixed_model"
    if convention not in CONVENTIONS:
        raise ArgumentError(who, "convention", f"one of {', '.join(CONVENTIONS)}", convention)
    if not 0 < level < 1:
        raise ArgumentError(who, "level", "between 0 and 1", level)
    data = prepare(who, outcome, fixed, groups, trials, slopes or {})
    scalar = len(data.terms) == 1 and data.terms[0].n_columns == 1
    if quadrature_points < 1 or (quadrature_points > 1 and not scalar):
        rule = "1, or more for a single grouping with a random intercept"
        raise ArgumentError(who, "quadrature_points", rule, quadrature_points)
    way = "Laplace" if quadrature_points == 1 else f"{quadrature_points}-point adaptive quadrature"
    method = f"logistic mixed model, {way}, Wald"
    reason = why_not(data)
    if reason is not None:
        return _undefined(data, method, reason, level)
    laplace = LaplaceLikelihood(data)
    criterion = laplace.value_and_gradient
    if quadrature_points > 1:
        criterion = QuadratureLikelihood(laplace, quadrature_points).value_and_gradient
    optimum = maximise(criterion, *start_values(data))
    reason = _without_bound(data, optimum)
    if reason is not None:
        return _undefined(data, method, reason, level)
    if quadrature_points == 1 and convention == "lme4" and optimum.converged:
        refined = refine(LaggedLikelihood.of(laplace, optimum.parameters[: data.n_theta]), optimum)
        if refined is not None:
            optimum, method = refined, f"{method}, as lme4"
    return _describe(laplace, optimum, method, level)


def _describe(laplace: LaplaceLikelihood, optimum: Optimum, method: str, level: float) -> MixedFit:
    """Turn the maximum into estimates."""
    data, k = laplace.data, laplace.data.n_theta
    theta, beta = np.split(optimum.parameters, [k])
    covariance = 2 * linalg.inv(optimum.hessian) if optimum.converged else None
    mode = laplace.mode(theta, beta)
    factors = lower_triangles(data.terms, theta)
    deviations, correlations = _spread(data, factors, covariance, method, level)
    effects = {
        term.name: dict(zip(term.levels, mode.u[places] @ factor.T, strict=True))
        for term, places, factor in zip(data.terms, laplace.layout.level_places, factors, strict=True)
    }
    of_fixed = None if covariance is None else covariance[k:, k:]
    return MixedFit(
        fixed=_coefficients(data, beta, of_fixed, method, level),
        covariance=of_fixed,
        standard_deviations=deviations,
        correlations=correlations,
        random_effects=effects,
        log_likelihood=-optimum.deviance / 2,
        saturated_log_likelihood=-laplace.saturated_deviance / 2,
        n_parameters=len(optimum.parameters),
        n=len(data.successes),
        n_levels={t.name: len(t.levels) for t in data.terms},
        singular=tuple(
            t.name for t, f in zip(data.terms, factors, strict=True) if np.abs(np.diag(f)).min() < _SINGULAR
        ),
        converged=optimum.converged,
        method=method,
        reason=None if optimum.converged else _LOST,
    )


def _coefficients(
    data: MixedData, beta: Array, covariance: Array | None, method: str, level: float
) -> dict[str, Estimate]:
    """Give each coefficient its Wald interval and test."""
    quantile = float(special.ndtri((1 + level) / 2))
    out = {}
    for k, (name, value) in enumerate(zip(data.names, beta, strict=True)):
        bare = Estimate(
            value=value,
            level=level,
            method=method,
            n=len(data.successes),
            n_positive=int(data.successes.sum()),
            n_clusters=max(len(t.levels) for t in data.terms),
            reason=_LOST,
        )
        if covariance is None:
            out[name] = bare
            continue
        error = float(np.sqrt(covariance[k, k]))
        out[name] = replace(
            bare,
            low=value - quantile * error,
            high=value + quantile * error,
            standard_error=error,
            statistic=value / error,
            p_value=float(2 * special.ndtr(-abs(value / error))),
            reason=None,
        )
    return out


def _spread(
    data: MixedData, factors: Sequence[Array], covariance: Array | None, method: str, level: float
) -> tuple[dict[str, Estimate], dict[str, Array]]:
    """Return standard deviations and correlations of the random coefficients, Sigma = Lambda Lambda'."""
    deviations: dict[str, Estimate] = {}
    correlations: dict[str, Array] = {}
    start = 0
    for term, factor in zip(data.terms, factors, strict=True):
        sigma = factor @ factor.T
        sd = np.sqrt(np.diag(sigma))
        # the standard error of a lone intercept's is that of theta; at a variance of 0 there is none
        has_error = covariance is not None and term.n_columns == 1 and sd[0] >= _SINGULAR
        for label, value in zip(term.labels, sd, strict=True):
            deviations[label] = Estimate(
                value=value,
                level=level,
                method=f"standard deviation of a random effect, {method}",
                n=len(data.successes),
                n_clusters=len(term.levels),
                standard_error=float(np.sqrt(covariance[start, start]))
                if has_error and covariance is not None
                else None,
                reason="the likelihood of a standard deviation is too skewed for a symmetric interval",
            )
        if term.n_columns > 1:
            with np.errstate(invalid="ignore"):
                correlations[term.name] = sigma / np.outer(sd, sd)
        start += term.n_theta
    return deviations, correlations


def _without_bound(data: MixedData, optimum: Optimum) -> str | None:
    """Say which effect or spread the data do not bound, if one."""
    limit = _RUNAWAY if optimum.converged else _RUNAWAY_LOST
    theta, beta = np.split(optimum.parameters, [data.n_theta])
    reach = np.abs(beta) * np.ptp(np.vstack([np.zeros(len(beta)), data.design]), axis=0)
    if reach.max() > limit:
        name = data.names[int(reach.argmax())]
        return f"the effect of {name} has no bound: it separates the outcomes completely, or nearly so"
    for term, factor in zip(data.terms, lower_triangles(data.terms, theta), strict=True):
        if np.abs(factor).max() > limit:
            return f"the spread of {term.name} has no bound: within its levels the outcomes never differ, or hardly"
    return None


def _undefined(data: MixedData, method: str, reason: str, level: float) -> MixedFit:
    """Return the fit that cannot be computed."""
    nothing = Estimate.undefined(reason=reason, method=method, n=len(data.successes), level=level)
    return MixedFit(
        fixed=dict.fromkeys(data.names, nothing),
        covariance=None,
        standard_deviations={label: nothing for term in data.terms for label in term.labels},
        log_likelihood=None,
        n_parameters=data.n_theta + len(data.names),
        n=len(data.successes),
        n_levels={t.name: len(t.levels) for t in data.terms},
        converged=False,
        method=method,
        reason=reason,
    )
