"""The Laplace approximation to the likelihood of a logistic mixed model, with its exact gradient.

With eta = X beta + A(theta) u, l(eta) the binomial log-likelihood, and u at the mode of l(eta) - |u|^2 / 2,

    -2 log L(theta, beta) = -2 l(eta) + |u|^2 + log|A'WA + I|,     W = diag(m p (1 - p)).

This is lme4's criterion for nAGQ = 1 (Bates, Maechler, Bolker and Walker, J Stat Softw 2015;67(1), and its vignette on
generalised models). Derivative in a parameter k, with e_k the derivative of eta at fixed u, A_k that of A, w' that of W
in eta, h = diag(A M^-1 A') and s = M^-1 A' (h w'):

    -2 e_k'(y - mu) + (h w')'e_k - (A s)' W e_k + (A_k s)'(y - mu) + 2 tr(M^-1 A' W A_k);

the last four terms are d log|M|, of which the middle two follow the mode as the parameter moves it.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ecg_eval.stats.mixed.factor import Factor, Pattern, factorise
from ecg_eval.stats.mixed.terms import Layout, MixedData, lay_out

Array = NDArray[np.float64]

_STEP_TOLERANCE = 1e-9  # of u, which is on the scale of standard deviations
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Mode:
    """The conditional mode of the random effects, and what was computed there.

    Attributes
    ----------
    u : ndarray, shape (layout.size,)
        Standardised random effects.
    a : ndarray, shape (n_observations, n_slots)
        Non-zeros of A.
    probability : ndarray, shape (n_observations,)
    weights : ndarray, shape (n_observations,)
        Diagonal of W.
    factor : Factor
        Of M at the mode.
    penalised_deviance : float
        -2 l(eta) + |u|^2, with the binomial coefficients.
    """

    u: Array
    a: Array
    probability: Array
    weights: Array
    factor: Factor
    penalised_deviance: float

    @property
    def deviance(self) -> float:
        """-2 log likelihood, Laplace."""
        return self.penalised_deviance + self.factor.log_determinant


@dataclass(slots=True)
class LaplaceLikelihood:
    """-2 log likelihood of (theta, beta), and its gradient; keeps the last mode as the next start.

    Attributes
    ----------
    data : MixedData
    layout, pattern
        Where coefficients and their products stand.
    constant : float
        -2 times the log of the binomial coefficients.
    saturated_deviance : float
        -2 log likelihood of a model with a parameter for each observation.
    """

    data: MixedData
    layout: Layout = field(init=False)
    pattern: Pattern = field(init=False)
    constant: float = field(init=False)
    saturated_deviance: float = field(init=False)
    _start: Array = field(init=False)
    _columns: Array = field(init=False)
    _theta_slots: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what does not depend on the parameters."""
        self.layout = lay_out(self.data.terms)
        self.pattern = Pattern.of(self.layout)
        y, m = self.data.successes, self.data.trials
        self.constant = -2 * float(np.sum(special.gammaln(m + 1) - special.gammaln(y + 1) - special.gammaln(m - y + 1)))
        saturated = special.xlogy(y, y / m) + special.xlogy(m - y, 1 - y / m)
        self.saturated_deviance = self.constant - 2 * float(saturated.sum())
        self._start = np.zeros(self.layout.size)
        self._columns = np.column_stack([t.columns for t in self.data.terms])
        # theta entry -> slot of the column of A that it changes, and the covariate that multiplies it
        self._theta_slots = []
        first = 0
        for term in self.data.terms:
            q = term.n_columns
            self._theta_slots += [(first + c, first + r) for c in range(q) for r in range(c, q)]
            first += q

    def random_design(self, theta: Array) -> Array:
        """Return the non-zeros of A: each term's columns times its Lambda (theta runs down its columns)."""
        a = np.zeros_like(self._columns)
        for value, (slot, covariate) in zip(theta, self._theta_slots, strict=True):
            a[:, slot] += value * self._columns[:, covariate]
        return a

    def mode(self, theta: Array, beta: Array) -> Mode:
        """Find the conditional mode of u by Newton steps, halved where they overshoot."""
        y, m, fixed = self.data.successes, self.data.trials, self.data.design @ beta
        a = self.random_design(theta)
        u = self._start
        eta = fixed + self.spread(a, u)
        penalised = self.penalised(eta, u)
        for _ in range(_MAX_STEPS):
            probability = special.expit(eta)
            weights = m * probability * (1 - probability)
            factor = factorise(self.pattern, a, weights)
            step = factor.solve(self.gather(a, y - m * probability) - u)
            if np.abs(step).max() < _STEP_TOLERANCE:
                break
            scale = 1.0
            while True:
                trial = u + scale * step
                trial_eta = fixed + self.spread(a, trial)
                trial_penalised = self.penalised(trial_eta, trial)
                if trial_penalised <= penalised + 1e-9 * abs(penalised) or scale < 1e-6:
                    break
                scale /= 2
            u, eta, penalised = trial, trial_eta, trial_penalised
        self._start = u
        return Mode(u, a, probability, weights, factor, penalised)

    def value_and_gradient(self, parameters: Array) -> tuple[float, Array]:
        """Return -2 log likelihood and its gradient at (theta, beta)."""
        theta, beta = np.split(parameters, [self.data.n_theta])
        at = self.mode(theta, beta)
        inverse_rows = at.factor.inverse_rows(at.a)
        leverage = np.einsum("ij,ij->i", at.a, inverse_rows)
        residual = self.data.successes - self.data.trials * at.probability
        bend = leverage * at.weights * (1 - 2 * at.probability)
        s = at.factor.solve(self.gather(at.a, bend))
        along = -2 * residual + bend - at.weights * self.spread(at.a, s)
        gradient = [self._theta_derivative(k, at, s, along, residual, inverse_rows) for k in range(len(theta))]
        return at.deviance, np.concatenate([np.array(gradient), self.data.design.T @ along])

    def _theta_derivative(
        self, k: int, at: Mode, s: Array, along: Array, residual: Array, inverse_rows: Array
    ) -> float:
        """Return the derivative in one entry of theta; A_k has one covariate in one slot."""
        slot, covariate = self._theta_slots[k]
        places, column = self.layout.places[:, slot], self._columns[:, covariate]
        change = column * at.u[places] @ along + column * s[places] @ residual
        return float(change + 2 * np.sum(at.weights * column * inverse_rows[:, slot]))

    def penalised(self, eta: Array, u: Array) -> float:
        """-2 l(eta) + |u|^2, stable for large eta."""
        log_likelihood = self.data.successes @ eta - self.data.trials @ np.logaddexp(0, eta)
        return float(-2 * log_likelihood + self.constant + u @ u)

    def spread(self, a: Array, u: Array) -> Array:
        """Return A u, shape (n_observations,)."""
        return np.asarray((a * u[self.layout.places]).sum(axis=1))

    def gather(self, a: Array, residual: Array) -> Array:
        """Return A' r, shape (layout.size,)."""
        weighted = a * residual[:, None]
        total = np.bincount(self.layout.places.ravel(), weighted.ravel(), minlength=self.layout.size)
        return np.asarray(total, float)
