"""Tests of a mixed model: Wald for coefficients, likelihood ratio for nested models."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mixed.result import MixedFit


class Fitted(Protocol):
    """A model fitted by maximum likelihood, logistic or linear."""

    @property
    def n(self) -> int:
        """Observations that entered."""

    @property
    def n_parameters(self) -> int:
        """Fixed coefficients and variances."""

    @property
    def log_likelihood(self) -> float | None:
        """None where it could not be fitted."""

    @property
    def reason(self) -> str | None:
        """Why not."""


def wald_test(*, fit: MixedFit, contrasts: ArrayLike) -> Estimate:
    """Test that linear combinations of the coefficients are all 0: (L b)' (L V L')^-1 (L b) on chi-squared(rank L).

    Parameters
    ----------
    fit : MixedFit
    contrasts : array_like, shape (n_contrasts, n_fixed) or (n_fixed,)
        L, rows linearly independent, columns in the order of `fit.fixed`.

    Returns
    -------
    Estimate
        Value and statistic: chi-squared; df: the number of contrasts. Undefined where the fit has no covariance.
    """
    matrix = np.atleast_2d(np.asarray(contrasts, float))
    if matrix.ndim != 2 or matrix.shape[1] != len(fit.fixed) or np.linalg.matrix_rank(matrix) < len(matrix):
        rule = f"linearly independent rows of {len(fit.fixed)} numbers"
        raise ArgumentError("wald_test", "contrasts", rule, matrix.shape)
    method = f"Wald chi-squared, {fit.method}"
    values = [e.value for e in fit.fixed.values()]
    if fit.covariance is None:
        return Estimate.undefined(reason=fit.reason or "the fit has no covariance", method=method, n=fit.n)
    effect = matrix @ np.array(values, float)
    chi2 = float(effect @ linalg.solve(matrix @ fit.covariance @ matrix.T, effect, assume_a="pos"))
    p = float(special.chdtrc(len(matrix), chi2))
    return Estimate(value=chi2, statistic=chi2, df=len(matrix), p_value=p, method=method, n=fit.n)


def likelihood_ratio_test(*, full: Fitted, reduced: Fitted, boundary: bool = False) -> Estimate:
    """Test a model against one with fewer parameters, fitted to the same readings: twice the gain in log likelihood.

    Parameters
    ----------
    full, reduced : MixedFit or LinearFit
        The second nested in the first; both by maximum likelihood.
    boundary : bool
        Whether what is left out is the variance of one random intercept. Under the null it lies on the edge of its
        range, and the reference is half chi-squared(df) and half chi-squared(df - 1) (Self and Liang, J Am Stat Assoc
        1987;82:605-610), which halves the p-value for one variance.

    Returns
    -------
    Estimate
        Value and statistic: chi-squared, at least 0; df: parameters left out. Undefined where a fit is.

    Raises
    ------
    ArgumentError
        Where the models do not have the same observations, or the full one not more parameters.
    """
    who = "likelihood_ratio_test"
    if full.n != reduced.n:
        raise ArgumentError(who, "the models", "fitted to the same readings", (full.n, reduced.n))
    df = full.n_parameters - reduced.n_parameters
    if df < 1:
        remedy = "Give the larger model as full."
        raise ArgumentError(who, "full", "a model with more parameters than reduced", df, remedy)
    method = "likelihood ratio, half chi-squared at the boundary" if boundary else "likelihood ratio, chi-squared"
    if full.log_likelihood is None or reduced.log_likelihood is None:
        reason = full.reason or reduced.reason or "a model could not be fitted"
        return Estimate.undefined(reason=reason, method=method, n=full.n)
    chi2 = max(0.0, 2 * (full.log_likelihood - reduced.log_likelihood))
    p = float(special.chdtrc(df, chi2))
    if boundary:
        below = float(special.chdtrc(df - 1, chi2)) if df > 1 else float(chi2 == 0)
        p = (p + below) / 2
    return Estimate(value=chi2, statistic=chi2, df=df, p_value=p, method=method, n=full.n)
