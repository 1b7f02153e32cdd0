"""What a logistic mixed model says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import exp, pi

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedFit:
    """A fitted logistic mixed model.

    Attributes
    ----------
    fixed : dict of str to Estimate
        Coefficients on the logit scale with Wald interval, z and p; the odds ratio is `odds_ratio(name)`.
    covariance : ndarray, shape (n_fixed, n_fixed), or None
        Of the coefficients, in the order of `fixed`.
    standard_deviations : dict of str to Estimate
        Of each grouping's random intercept, or of each of its columns ("reader|arm"), at least 0, on the logit scale.
        They carry no interval: it is not symmetric, and a test against 0 is `likelihood_ratio_test(boundary=...)`.
    correlations : dict of str to ndarray
        Between the random coefficients of groupings that have several.
    random_effects : dict of str to dict of str to ndarray
        Conditional modes of the coefficients of each level, shape (n_columns,).
    log_likelihood : float or None
        With the binomial coefficients, so that models with other trials compare.
    saturated_log_likelihood : float or None
        Of a model with a parameter for each observation; 0 for single readings. (lme4 with nAGQ > 1 prints the
        difference of the two.)
    n_parameters : int
        Fixed coefficients and variance parameters.
    n : int
        Observations that entered.
    n_levels : dict of str to int
        Levels of each grouping.
    singular : tuple of str
        Groupings whose estimated covariance has a direction without variance: the data show none beyond chance.
    converged : bool
    method : str
    reason : str or None
        Why nothing, or no interval, could be estimated.
    """

    fixed: Mapping[str, Estimate]
    covariance: Array | None
    standard_deviations: Mapping[str, Estimate]
    correlations: Mapping[str, Array] = field(default_factory=dict)
    random_effects: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    log_likelihood: float | None
    saturated_log_likelihood: float | None = None
    n_parameters: int
    n: int
    n_levels: Mapping[str, int]
    singular: tuple[str, ...] = ()
    converged: bool
    method: str
    reason: str | None = None

    @property
    def deviance(self) -> float | None:
        """-2 log likelihood."""
        return None if self.log_likelihood is None else -2 * self.log_likelihood

    @property
    def aic(self) -> float | None:
        """Akaike's criterion, deviance + 2 parameters."""
        return None if self.deviance is None else self.deviance + 2 * self.n_parameters

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion, deviance + parameters log(n), n observations as in lme4."""
        return None if self.deviance is None else self.deviance + self.n_parameters * float(np.log(self.n))

    def odds_ratio(self, name: str) -> Estimate:
        """Return exp of a coefficient, with exp of its limits; the standard error stays on the logit scale."""
        if name not in self.fixed:
            raise ArgumentError("MixedFit.odds_ratio", "name", f"one of {', '.join(self.fixed)}", name)
        log = self.fixed[name]
        if log.value is None:
            return log
        return replace(
            log,
            value=exp(log.value),
            low=None if log.low is None else exp(log.low),
            high=None if log.high is None else exp(log.high),
            method=f"odds ratio, {log.method}, standard error on the logit scale",
        )

    def latent_share(self, name: str) -> float | None:
        """Return a random intercept's share of the variance on the latent logistic scale, in [0, 1].

        s_k^2 / (sum of all s^2 + pi^2 / 3): the correlation of two readings that share the level and nothing else
        (Nakagawa, Johnson and Schielzeth, J R Soc Interface 2017;14:20170213).
        """
        variances = {k: e.value**2 for k, e in self.standard_deviations.items() if e.value is not None}
        if name not in variances:
            return None
        return variances[name] / (sum(variances.values()) + pi**2 / 3)
