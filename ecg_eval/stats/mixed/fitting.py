"""The search for the maximum of a mixed model's likelihood.

The criterion is even in the columns of Lambda (turning the sign of a column turns that of u), so the search needs no
bounds: a variance of 0 is an ordinary stationary point, and what comes out below 0 is mirrored. BFGS with the exact
gradient goes there, one Newton step with the Hessian that the standard errors need anyway finishes, and that Hessian
says where the point is a saddle, from which the search begins anew.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, special

from ecg_eval.stats.mixed.terms import MixedData

Array = NDArray[np.float64]
Criterion = Callable[[Array], tuple[float, Array]]

_HESSIAN_STEP = 5e-4
_WAY_OUT = 0.3  # how far from a saddle the search begins anew: a spread of so many logits is a small one
_CLOSE = 1e-3  # of a standard error: how far from the maximum the search may end


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    parameters : ndarray, shape (n_theta + n_fixed,)
    deviance : float
        -2 log likelihood.
    hessian : ndarray, shape (n_theta + n_fixed, n_theta + n_fixed)
        Of the deviance.
    converged : bool
        Whether the Hessian is positive definite and the Newton step that is left is small beside the standard errors.
    """

    parameters: Array
    deviance: float
    hessian: Array
    converged: bool


def start_values(data: MixedData) -> tuple[Array, Array]:
    """Return start values of (theta, beta) and the scale on which to search.

    beta starts from the model without random effects; theta as the identity, as in lme4. The scale is a square root of
    a guess at the inverse Hessian, so that on it the criterion is about as round as a bowl.
    """
    beta, information = _fixed_only(data)
    theta: list[float] = []
    spread: list[float] = []
    for term in data.terms:
        q = term.n_columns
        theta += [float(r == c) for c in range(q) for r in range(c, q)]
        spread += [len(term.levels) ** -0.5] * term.n_theta
    root = linalg.cholesky(linalg.inv(2 * information), lower=True)
    return np.concatenate([theta, beta]), np.asarray(linalg.block_diag(np.diag(spread), root))


def maximise(criterion: Criterion, start: Array, scale: Array) -> Optimum:
    """Minimise -2 log likelihood.

    Parameters
    ----------
    criterion : callable
        Parameters to value and gradient.
    start : ndarray, shape (n_parameters,)
    scale : ndarray, shape (n_parameters, n_parameters)
        Parameters are searched as start + scale z.
    """
    optimum = _searched(criterion, start, scale)
    curvature, directions = linalg.eigh(optimum.hessian)
    if curvature[0] >= 0:
        return optimum
    # a variance of 0 may be a saddle: the search stops there, and the maximum lies to both sides of it
    beside = _searched(criterion, optimum.parameters + _WAY_OUT * directions[:, 0], scale)
    return min(optimum, beside, key=lambda o: o.deviance)


def _searched(criterion: Criterion, start: Array, scale: Array) -> Optimum:
    """Return where the search ends from one start."""

    def scaled(z: Array) -> tuple[float, Array]:
        value, gradient = criterion(start + scale @ z)
        return value, scale.T @ gradient

    result = optimize.minimize(
        scaled, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 300}
    )
    parameters = start + scale @ np.asarray(result.x, float)
    value, gradient = criterion(parameters)
    hessian = _hessian(criterion, parameters)
    step = _newton_step(hessian, gradient)
    if step is not None:
        moved, moved_gradient = criterion(parameters + step)
        if moved <= value:
            parameters, value = parameters + step, moved
            step = _newton_step(hessian, moved_gradient)
    converged = step is not None and float(step @ hessian @ step) < _CLOSE**2
    return Optimum(parameters, value, hessian, converged)


def _newton_step(hessian: Array, gradient: Array) -> Array | None:
    """Return the Newton step, or None where the Hessian is not positive definite."""
    try:
        return -np.asarray(linalg.cho_solve(linalg.cho_factor(hessian), gradient), float)
    except linalg.LinAlgError:
        return None


def _hessian(criterion: Criterion, at: Array) -> Array:
    """Return the Hessian by central differences of the gradient."""
    rows = []
    for k in range(len(at)):
        step = np.zeros_like(at)
        step[k] = _HESSIAN_STEP * max(1.0, abs(at[k]))
        rows.append((criterion(at + step)[1] - criterion(at - step)[1]) / (2 * step[k]))
    hessian: Array = np.array(rows)
    return (hessian + hessian.T) / 2


def _fixed_only(data: MixedData) -> tuple[Array, Array]:
    """Fit the logistic model without random effects by a few scoring steps; separation is stopped, not followed."""
    beta = np.zeros(data.design.shape[1])
    for _ in range(6):
        probability = special.expit(data.design @ beta)
        weights = data.trials * probability * (1 - probability)
        information = data.design.T @ (weights[:, None] * data.design)
        # a hundredth of the largest possible information keeps separated data from running away
        information += 0.0025 * data.design.T @ (data.trials[:, None] * data.design)
        beta = beta + linalg.solve(
            information, data.design.T @ (data.successes - data.trials * probability), assume_a="pos"
        )
    return beta, information
