"""The criterion that lme4 maximises, which is not quite the Laplace approximation.

lme4 (glmer, nAGQ = 1, versions 1.0 to 1.1) finds the mode of the random effects by iteratively reweighted least squares
from one fixed linear predictor, stops when the penalised deviance changes by less than 1e-7 of itself, and takes log|M|
from the last system that it solved: that of the weights one step before the mode. The value is off by some 1e-4 to
1e-3, which does not matter; but the Hessian, by differences of this value, misses part of how the mode moves with the
parameters, so that standard errors come out about 1 % smaller than those of the Laplace approximation (glmmTMB and our
`laplace.py` agree on the latter). Who is to reproduce lme4's digits needs the same criterion; this is it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, special

from ecg_eval.stats.mixed.factor import Factor, factorise
from ecg_eval.stats.mixed.fitting import Optimum
from ecg_eval.stats.mixed.laplace import LaplaceLikelihood

Array = NDArray[np.float64]
Solve = Callable[[Factor, Array, Array], tuple[Array, Array]]  # system, weights, working response -> eta, u

_TOLERANCE = 1e-7  # tolPwrss
_STEP = 1e-4  # of lme4's deriv12
_MAX_STEPS = 100
_MAX_HALVINGS = 20
_MAX_REFINEMENTS = 20
_CLOSE = 1e-4  # of a standard error: how near its maximum the criterion is followed
_SMALLEST_WEIGHT = 1e-12  # keeps the working response finite where a probability rounds to 0 or 1


@dataclass(frozen=True, slots=True)
class LaggedLikelihood:
    """-2 log likelihood of (theta, beta) as lme4 computes it.

    Attributes
    ----------
    laplace : LaplaceLikelihood
    start : ndarray, shape (n_observations,)
        Linear predictor that every search for the mode starts from.
    """

    laplace: LaplaceLikelihood
    start: Array

    @classmethod
    def of(cls, laplace: LaplaceLikelihood, theta: Array) -> "LaggedLikelihood":
        """Start as lme4 does: from the fit in which beta, like u, is found by least squares (nAGQ = 0).

        Parameters
        ----------
        laplace : LaplaceLikelihood
        theta : ndarray, shape (n_theta,)
            Near which that fit's own theta is sought.
        """
        y, m = laplace.data.successes, laplace.data.trials
        first = cls(laplace, special.logit((y + 0.5) / (m + 1)))
        identity = np.concatenate([_identity(t.n_columns) for t in laplace.data.terms])
        first = cls(laplace, first._joint(identity)[1])

        def criterion(theta: Array) -> float:
            return first._joint(theta)[0]

        result = optimize.minimize(criterion, theta, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
        return cls(laplace, first._joint(np.asarray(result.x, float))[1])

    def value(self, parameters: Array) -> float:
        """Return -2 log likelihood at (theta, beta)."""
        data = self.laplace.data
        theta, beta = np.split(parameters, [data.n_theta])
        offset = data.design @ beta
        a = self.laplace.random_design(theta)

        def solve(factor: Factor, weights: Array, response: Array) -> tuple[Array, Array]:
            u = factor.solve(self.laplace.gather(a, weights * (response - offset)))
            return offset + self.laplace.spread(a, u), u

        return self._iterate(a, solve)[0]

    def _joint(self, theta: Array) -> tuple[float, Array]:
        """Return the criterion and the linear predictor when beta is found together with u."""
        data = self.laplace.data
        a = self.laplace.random_design(theta)

        def solve(factor: Factor, weights: Array, response: Array) -> tuple[Array, Array]:
            weighted = weights[:, None] * data.design
            mixed = np.column_stack([self.laplace.gather(a, column) for column in weighted.T])
            through = np.column_stack([factor.solve(column) for column in mixed.T])
            right = self.laplace.gather(a, weights * response)
            normal = data.design.T @ weighted - mixed.T @ through
            beta = linalg.pinvh(normal) @ (weighted.T @ response - through.T @ right)
            u = factor.solve(right - mixed @ beta)
            return data.design @ beta + self.laplace.spread(a, u), u

        return self._iterate(a, solve)

    def _iterate(self, a: Array, solve: Solve) -> tuple[float, Array]:
        """Reweight until the penalised deviance stands still; log|M| is one step behind."""
        data = self.laplace.data
        eta, u, before = self.start, np.zeros(self.laplace.layout.size), np.inf
        for _ in range(_MAX_STEPS):
            probability = special.expit(eta)
            weights = np.maximum(data.trials * probability * (1 - probability), _SMALLEST_WEIGHT)
            factor = factorise(self.laplace.pattern, a, weights)
            old_eta, old_u = eta, u
            eta, u = solve(factor, weights, eta + (data.successes - data.trials * probability) / weights)
            penalised = self.laplace.penalised(eta, u)
            if abs(before - penalised) < _TOLERANCE * abs(penalised - self.laplace.saturated_deviance):
                break
            for _ in range(_MAX_HALVINGS):
                if penalised <= before:
                    break
                eta, u = (old_eta + eta) / 2, (old_u + u) / 2
                penalised = self.laplace.penalised(eta, u)
            before = penalised
        return penalised + factor.log_determinant, eta


def refine(lagged: LaggedLikelihood, optimum: Optimum) -> Optimum | None:
    """Move from the maximum of the Laplace approximation to that of lme4's criterion, with lme4's Hessian.

    Returns
    -------
    Optimum or None
        None where the criterion has no proper maximum nearby, or its Hessian there is not positive definite.
    """
    parameters = optimum.parameters
    for _ in range(_MAX_REFINEMENTS):
        step = -linalg.solve(optimum.hessian, _gradient(lagged, parameters), assume_a="pos")
        parameters = parameters + step
        if step @ optimum.hessian @ step < _CLOSE**2:
            break
    else:
        return None
    hessian = _hessian(lagged, parameters)
    if linalg.eigvalsh(hessian)[0] <= 0:
        return None
    return Optimum(parameters, lagged.value(parameters), hessian, optimum.converged)


def _gradient(lagged: LaggedLikelihood, at: Array) -> Array:
    """Return the gradient by central differences."""
    steps = _STEP * np.eye(len(at))
    return np.array([(lagged.value(at + s) - lagged.value(at - s)) / (2 * _STEP) for s in steps])


def _hessian(lagged: LaggedLikelihood, at: Array) -> Array:
    """Return the Hessian by central differences, each pair of parameters at its four corners."""
    n, middle = len(at), lagged.value(at)
    steps = _STEP * np.eye(n)
    hessian = np.empty((n, n))
    for j in range(n):
        s = steps[j]
        hessian[j, j] = (lagged.value(at + s) - 2 * middle + lagged.value(at - s)) / _STEP**2
        for i in range(j):
            r = steps[i]
            same = lagged.value(at + r + s) + lagged.value(at - r - s)
            opposite = lagged.value(at + r - s) + lagged.value(at - r + s)
            hessian[i, j] = hessian[j, i] = (same - opposite) / (4 * _STEP**2)
    return hessian


def _identity(n_columns: int) -> Array:
    """Return theta of a Lambda that is the identity."""
    return np.array([float(r == c) for c in range(n_columns) for r in range(c, n_columns)])
