"""Adaptive Gauss-Hermite quadrature for one grouping with a random intercept.

The integral over each level's effect is taken at nodes z_k around its mode u, spread by its conditional standard
deviation s (Pinheiro and Bates, J Comput Graph Stat 1995;4:12-35; lme4's nAGQ):

    L_j = s sum_k w_k exp(l_j(u + s z_k) - (u + s z_k)^2 / 2 + z_k^2 / 2),    w_k summing to 1.

One node is the Laplace approximation. More nodes are more exact where levels have few observations; for crossed
groupings there is no such rule, as the integral does not split.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ecg_eval.stats.mixed.laplace import LaplaceLikelihood

Array = NDArray[np.float64]

_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class QuadratureLikelihood:
    """-2 log likelihood by quadrature, with a gradient by central differences.

    Attributes
    ----------
    laplace : LaplaceLikelihood
        Of a model with a single random intercept.
    n_points : int
        Nodes, at least 2.
    """

    laplace: LaplaceLikelihood
    n_points: int

    def value(self, parameters: Array) -> float:
        """Return -2 log likelihood at (theta, beta)."""
        data, level = self.laplace.data, self.laplace.data.terms[0].codes
        theta, beta = np.split(parameters, [1])
        at = self.laplace.mode(theta, beta)
        spread = np.sqrt(at.factor.d_inverse[:, 0, 0])
        nodes, weights = special.roots_hermitenorm(self.n_points)
        u = at.u[:, None] + spread[:, None] * nodes
        eta = (data.design @ beta)[:, None] + at.a * u[level]
        terms = data.successes[:, None] * eta - data.trials[:, None] * np.logaddexp(0, eta)
        by_level = np.column_stack([np.bincount(level, column, minlength=len(u)) for column in terms.T])
        exponent = by_level - u**2 / 2 + nodes**2 / 2
        log_integral = special.logsumexp(exponent, axis=1, b=weights / weights.sum()) + np.log(spread)
        return float(self.laplace.constant - 2 * log_integral.sum())

    def value_and_gradient(self, parameters: Array) -> tuple[float, Array]:
        """Return -2 log likelihood and its gradient at (theta, beta)."""
        steps = _STEP * np.eye(len(parameters))
        gradient = [(self.value(parameters + s) - self.value(parameters - s)) / (2 * _STEP) for s in steps]
        return self.value(parameters), np.array(gradient)
