"""A linear model with crossed random effects, by restricted maximum likelihood: times of readers on ECGs.

y = X b + sum of z u_level + e. Each random term is one grouping with one column (ones for an intercept, the arm for a
reader's own effect of help), independent of all others. Its degrees of freedom are Satterthwaite's: with random effects
of the arm the readers are what counts, and a normal interval is too narrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize
from scipy.special import stdtr, stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mixed.linear_criterion import Criterion, Term

Array = NDArray[np.float64]
Likelihood = Literal["reml", "ml"]

WHO = "linear_mixed_model"
_SINGULAR = 1e-4  # lme4's isSingular
_LOST = "the search for the maximum of the likelihood did not converge"


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearFit:
    """A fitted linear mixed model.

    Attributes
    ----------
    fixed : mapping of str to Estimate
        Coefficients with t interval and p, Satterthwaite's degrees of freedom; for "ml" normal ones.
    covariance : ndarray (n_fixed, n_fixed), or None
        Of the coefficients: (X' V^-1 X)^-1 at the estimates.
    variances : mapping of str to float
        Of each random term, and "residual", in squared units of the outcome.
    criterion : float or None
        -2 (restricted) log likelihood, as lme4 prints it.
    n_parameters : int
        Fixed coefficients, variances of the terms, and the residual's.
    n : int
        Observations that entered.
    n_levels : mapping of str to int
    singular : tuple of str
        Terms whose variance is estimated as 0.
    method : str
    reason : str or None
        Why nothing could be estimated.
    """

    fixed: Mapping[str, Estimate]
    covariance: Array | None
    variances: Mapping[str, float]
    criterion: float | None
    n_parameters: int
    n: int
    n_levels: Mapping[str, int]
    singular: tuple[str, ...] = ()
    method: str
    reason: str | None = None

    @property
    def log_likelihood(self) -> float | None:
        """Return minus half the criterion; restricted ones compare only between models of the same fixed effects."""
        return None if self.criterion is None else -self.criterion / 2

    def ratio(self, name: str) -> Estimate:
        """Return exp of a coefficient of a model of logarithms, with exp of its limits: a ratio of geometric means."""
        if name not in self.fixed:
            raise ArgumentError("LinearFit.ratio", "name", f"one of {', '.join(self.fixed)}", name)
        return exponential(self.fixed[name])

    def share(self, name: str) -> float | None:
        """Return a term's share of the sum of all variances, in [0, 1]: the correlation of two that share its level."""
        total = sum(self.variances.values())
        return self.variances[name] / total if total > 0 and name in self.variances else None


def exponential(log: Estimate) -> Estimate:
    """Return exp of an estimate and of its limits; test and standard error stay on the logarithm."""
    value, low, high = (None if x is None else exp(x) for x in (log.value, log.low, log.high))
    return replace(log, value=value, low=low, high=high, method=f"ratio, {log.method}, standard error on the logarithm")


def linear_mixed_model(
    *,
    outcome: ArrayLike,
    fixed: Mapping[str, ArrayLike],
    groups: Mapping[str, ArrayLike],
    slopes: Mapping[str, ArrayLike] | None = None,
    likelihood: Likelihood = "reml",
    level: float = 0.95,
) -> LinearFit:
    """Fit a linear mixed model; equal to lme4::lmer with lmerTest's degrees of freedom.

    Parameters
    ----------
    outcome : array_like (n_observations,)
        NaN is left out.
    fixed : mapping of str to array_like (n_observations,)
        Columns of the fixed effects, a column of ones for the intercept among them.
    groups : mapping of str to array_like (n_observations,)
        Level of each observation, by random term; crossed or nested, in any order. At least one.
    slopes : mapping of str to array_like (n_observations,), optional
        By random term, the column whose coefficient varies between the levels; ones where not named. A second term
        with the same levels gives intercept and slope, uncorrelated: {"reader": r, "reader's help": r} with
        slopes={"reader's help": aided}.
    likelihood : {"reml", "ml"}
        Restricted, for estimates; "ml" to compare models of different fixed effects (`likelihood_ratio_test`).
    level : float

    Returns
    -------
    LinearFit
        Undefined with a reason where a term has one level, columns are collinear, or nothing varies.

    Raises
    ------
    ArgumentError
        For shapes that disagree and numbers that are not finite.

    Notes
    -----
    Sources: Bates et al., J Stat Softw 2015;67:1; Kuznetsova, Brockhoff and Christensen, J Stat Softw 2017;82:13
    (degrees of freedom).
    """
    y = np.asarray(outcome, dtype=np.float64)
    if y.ndim != 1 or not fixed or not groups:
        raise ArgumentError(WHO, "outcome, fixed and groups", "one-dimensional, and at least one of each", y.shape)
    if likelihood not in ("reml", "ml"):
        raise ArgumentError(WHO, "likelihood", "reml or ml", likelihood)
    unknown = sorted(set(slopes or {}) - set(groups))
    if unknown:
        raise ArgumentError(WHO, "slopes", f"of random terms among {', '.join(groups)}", unknown)
    keep = ~np.isnan(y)
    design = np.column_stack([_column(f"fixed[{name!r}]", column, keep) for name, column in fixed.items()])
    terms = []
    for name, labels in groups.items():
        codes = np.asarray(labels)
        if codes.shape != keep.shape:
            raise ArgumentError(WHO, f"groups[{name!r}]", f"of shape {keep.shape}, as outcome", codes.shape)
        levels, of_case = np.unique(codes[keep], return_inverse=True)
        column = (slopes or {}).get(name)
        values = np.ones(int(keep.sum())) if column is None else _column(f"slopes[{name!r}]", column, keep)
        terms.append(Term(name, len(levels), of_case.ravel().astype(np.intp), values))
    bare = LinearFit(
        fixed={},
        covariance=None,
        variances={},
        criterion=None,
        n_parameters=design.shape[1] + len(terms) + 1,
        n=int(keep.sum()),
        n_levels={term.name: term.n_levels for term in terms},
        method=f"linear mixed model, {likelihood.upper()}"
        + (", Satterthwaite degrees of freedom" if likelihood == "reml" else ""),
    )
    reason = _why_not(y[keep], design, terms)
    if reason:
        nothing = Estimate.undefined(reason=reason, method=bare.method, n=bare.n, level=level)
        return replace(bare, fixed=dict.fromkeys(fixed, nothing), reason=reason)
    criterion = Criterion.of(y[keep], design, terms, restricted=likelihood == "reml")
    return _fitted(bare, criterion, tuple(fixed), level)


def _fitted(bare: LinearFit, criterion: Criterion, names: tuple[str, ...], level: float) -> LinearFit:
    """Maximise, and turn the maximum into estimates."""
    theta, converged = _minimised(criterion)
    at = criterion.at(theta)
    sigma2 = criterion.residual_variance(at)
    covariance: Array = np.asarray(sigma2 * np.linalg.inv(at.information), dtype=np.float64)
    free = np.flatnonzero(theta >= _SINGULAR)
    df = criterion.satterthwaite(theta, sigma2**0.5, free) if criterion.restricted else np.full(len(names), np.inf)
    made = {}
    for k, name in enumerate(names):
        error, nu = float(np.sqrt(covariance[k, k])), max(float(df[k]), 1.0)
        half, t = float(stdtrit(nu, 0.5 + level / 2)) * error, float(at.coefficients[k]) / error
        made[name] = Estimate(
            value=float(at.coefficients[k]),
            low=float(at.coefficients[k]) - half,
            high=float(at.coefficients[k]) + half,
            level=level,
            method=bare.method,
            n=bare.n,
            n_clusters=max(bare.n_levels.values()),
            standard_error=error,
            df=None if np.isinf(nu) else nu,
            statistic=t,
            p_value=float(2 * stdtr(nu, -abs(t))),
        )
    variances = {term.name: float(sigma2 * s**2) for term, s in zip(criterion.terms, theta, strict=True)}
    return replace(
        bare,
        fixed=made if converged else {n: replace(e, low=None, high=None, reason=_LOST) for n, e in made.items()},
        covariance=covariance,
        variances=variances | {"residual": float(sigma2)},
        criterion=criterion.value(theta),
        singular=tuple(t.name for t, s in zip(criterion.terms, theta, strict=True) if s < _SINGULAR),
        reason=None if converged else _LOST,
    )


def _minimised(criterion: Criterion) -> tuple[Array, bool]:
    """Return the relative standard deviations of the terms at the minimum, and whether it is one."""
    k = len(criterion.terms)
    bounds = [(0.0, None)] * k
    best = optimize.minimize(criterion.value, np.ones(k), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13})
    again = optimize.minimize(
        criterion.value, np.maximum(best.x, 0.01), method="Nelder-Mead", bounds=bounds,
        options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 400 * k},
    )  # fmt: skip
    theta = again.x if again.fun <= best.fun else best.x
    edges = [np.where(np.arange(k) == i, 0.0, theta) for i in range(k)]
    at_edge = min(edges, key=criterion.value)  # a search stops short of a variance of 0
    theta = at_edge if criterion.value(at_edge) <= criterion.value(theta) else theta
    return np.asarray(theta, dtype=np.float64), bool(again.success or best.success)


def _column(what: str, values: ArrayLike, keep: NDArray[np.bool_]) -> Array:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != keep.shape or not np.isfinite(column[keep]).all():
        raise ArgumentError(WHO, what, f"finite and of shape {keep.shape}, as outcome", column.shape)
    return column[keep]


def _why_not(y: Array, design: Array, terms: list[Term]) -> str | None:
    """Say why a model cannot be fitted to these data, or None."""
    if len(y) <= design.shape[1]:
        return "there are no more observations than fixed effects"
    for term in terms:
        if term.n_levels < 2:
            return f"{term.name} has a single level, so that its spread cannot be told"
        if term.n_levels == len(y):
            return f"each observation has a level of {term.name} of its own, so that its spread cannot be told"
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return "the fixed columns are collinear among the observations that entered (an arm may be empty)"
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    if float((residual**2).sum()) < 1e-18 * max(float((y**2).sum()), 1e-300):
        return "the fixed effects leave nothing that varies"
    return None
