"""What a fit of generalised estimating equations says: coefficients, their tests, proportions; see `gee`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, expit, fdtrc, stdtr

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.cluster_totals import t_quantile
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Floats, normal_quantile


class Link(NamedTuple):
    """A link: mean and its slope from the linear predictor, and the variance from the mean."""

    mean: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]


def _one(x: Floats) -> Floats:
    return np.ones_like(x)


def _below_one(eta: Floats) -> Floats:
    return np.exp(np.minimum(eta, -1e-12))


LINKS: Mapping[str, Link] = {
    "logit": Link(
        lambda eta: np.asarray(expit(eta)), lambda eta: np.asarray(expit(eta) * expit(-eta)), lambda mu: mu * (1 - mu)
    ),
    "log": Link(_below_one, _below_one, lambda mu: mu * (1 - mu)),
    "identity": Link(lambda eta: eta, _one, _one),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GeeFit:
    """A fitted marginal model.

    Attributes
    ----------
    coefficients : (n_columns,) array
        On the scale of the link (log odds, log proportion, proportion); NaN where the fit failed.
    covariance : (n_columns, n_columns) array
        Robust covariance of the coefficients.
    correlation : float or None
        Working correlation of two cases of a patient; None for independence, asked for or fallen back on (`method`).
    scale : float
        Mean squared Pearson residual.
    n, n_clusters : int
        Cases and patients.
    df : float
        Degrees of freedom of the tests; infinite for the uncorrected robust error.
    link, method : str
    influence : (n_clusters, n_columns) array
        What each patient adds to the error of the coefficients, patients in the order of their sorted labels: its
        products sum to the covariance.
    reason : str or None
        Why the fit failed.
    """

    coefficients: Floats
    covariance: Floats
    correlation: float | None
    scale: float
    n: int
    n_clusters: int
    df: float
    link: str
    method: str
    influence: Floats
    reason: str | None = None

    def contrast(self, weights: ArrayLike, *, level: float = 0.95) -> Estimate:
        """Estimate a sum of coefficients, ``weights @ coefficients``, with its test of 0.

        Parameters
        ----------
        weights : (n_columns,) array
            (0, 1) asks for the second coefficient, which is a log odds ratio with the logit link.
        level : float
            Coverage that the interval aims at.

        Returns
        -------
        Estimate
            On the scale of the link; `statistic` is z (t where df is finite).
        """
        normal_quantile("GeeFit.contrast", level)
        w = self._weights(weights)
        if self.reason is not None:
            return self._undefined(level)
        value, variance = float(w @ self.coefficients), float(w @ self.covariance @ w)
        has_error = variance > 1e-14  # below, it is the rounding of 0: no patient differs from another
        error = float(np.sqrt(max(variance, 0.0)))
        half = float(t_quantile(level, self.df)) * error
        return Estimate(
            value=value,
            low=value - half if has_error else None,
            high=value + half if has_error else None,
            level=level,
            method=self.method,
            n=self.n,
            n_clusters=self.n_clusters,
            standard_error=error if has_error else None,
            df=self.df if np.isfinite(self.df) else None,
            statistic=value / error if has_error else None,
            p_value=float(2 * stdtr(self.df, -abs(value / error))) if has_error else None,
            reason=None if has_error else "no patient differs from another: no interval",
        )

    def mean(self, weights: ArrayLike, *, level: float = 0.95) -> Estimate:
        """Estimate the proportion where the design has these values; the interval is mapped from the link's scale."""
        linear = self.contrast(weights, level=level)
        if linear.value is None:
            return linear

        def mapped(x: float | None) -> float | None:
            return None if x is None else float(LINKS[self.link].mean(np.array(x)))

        slope = float(LINKS[self.link].slope(np.array(linear.value)))
        return Estimate(
            value=mapped(linear.value),
            low=mapped(linear.low),
            high=mapped(linear.high),
            level=level,
            method=f"{self.method}, from the {self.link} scale",
            n=self.n,
            n_clusters=self.n_clusters,
            standard_error=None if linear.standard_error is None else slope * linear.standard_error,
            df=linear.df,
            reason=linear.reason,
        )

    def marginal_difference(
        self, *, first: ArrayLike, second: ArrayLike, weights: ArrayLike | None = None, level: float = 0.95
    ) -> tuple[Estimate, Floats]:
        r"""Estimate how much the mean proportion would differ if all cases had other values (standardisation).

        .. math:: d = \sum_i w_i [\mu(x_i') - \mu(x_i'')], \quad SE = \sqrt{g' V g}

        with x' and x'' the rows of `first` and `second`, and g the gradient of d in the coefficients.

        Parameters
        ----------
        first, second : (n_cases, n_columns) arrays
            The design with the column that is asked about set to one value, and to the other; all else as it was.
        weights : (n_cases,) array, optional
            How much each case counts; all the same when not given.
        level : float
            Coverage that the interval aims at.

        Returns
        -------
        Estimate
            In [-1, 1]; `statistic` is z (t where df is finite).
        influence : (n_clusters,) array
            What each patient adds to its error; its squares sum to the squared standard error.

        Raises
        ------
        ArgumentError
            For designs of other columns, and weights that do not fit.

        Notes
        -----
        Source: Localio, Margolis and Berlin, J Clin Epidemiol 2007;60:874.
        """
        designs = [np.atleast_2d(np.asarray(design, dtype=np.float64)) for design in (first, second)]
        if designs[0].shape != designs[1].shape or designs[0].shape[1] != self.coefficients.size:
            rule = f"two designs (n_cases, {self.coefficients.size}) of one shape"
            raise ArgumentError("GeeFit.marginal_difference", "first and second", rule, [d.shape for d in designs])
        w = np.ones(len(designs[0])) if weights is None else np.asarray(weights, dtype=np.float64)
        if w.shape != (len(designs[0]),) or not w.sum() > 0:
            rule = f"of shape ({len(designs[0])},) with a sum above 0"
            raise ArgumentError("GeeFit.marginal_difference", "weights", rule, w.shape)
        if self.reason is not None:
            return self._undefined(level), np.full(self.n_clusters, np.nan)
        w = w / w.sum()
        link = LINKS[self.link]
        eta = [design @ self.coefficients for design in designs]
        value = float(w @ (link.mean(eta[0]) - link.mean(eta[1])))
        gradient = (w * link.slope(eta[0])) @ designs[0] - (w * link.slope(eta[1])) @ designs[1]
        linear = self.contrast(gradient, level=level)
        # the interval and the test are those of the linear sum, moved to the difference that it is the slope of
        error, moved = linear.standard_error, value - (linear.value or 0.0)
        words = f"{self.method}; marginal difference in probability, delta method"
        made = replace(
            linear,
            value=value,
            low=None if linear.low is None else linear.low + moved,
            high=None if linear.high is None else linear.high + moved,
            statistic=None if error is None else value / error,
            p_value=None if error is None else float(2 * stdtr(self.df, -abs(value / error))),
            method=words,
        )
        return made, np.asarray(self.influence @ gradient)

    def wald_test(self, weights: ArrayLike) -> Estimate:
        """Test that several sums of coefficients are all 0.

        Parameters
        ----------
        weights : (n_sums, n_columns) array
            Linearly independent rows.

        Returns
        -------
        Estimate
            No interval. `value` and `statistic` are chi-squared with n_sums degrees of freedom (`df`); with a corrected
            error the p-value is that of F = chi-squared / n_sums with n_sums and `df` of the fit.
        """
        rows = np.atleast_2d(np.stack([self._weights(row) for row in np.atleast_2d(np.asarray(weights))]))
        if self.reason is not None:
            return self._undefined(0.95)
        sums = rows @ self.coefficients
        chi_squared = float(sums @ np.linalg.solve(rows @ self.covariance @ rows.T, sums))
        m = rows.shape[0]
        finite = np.isfinite(self.df)
        p = fdtrc(m, self.df, chi_squared / m) if finite else chdtrc(float(m), chi_squared)
        return Estimate(
            value=chi_squared,
            method=f"Wald test, {self.method}",
            n=self.n,
            n_clusters=self.n_clusters,
            df=m,
            statistic=chi_squared,
            p_value=float(p),
            reason="a test statistic has no interval",
        )

    def _weights(self, weights: ArrayLike) -> Floats:
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != self.coefficients.shape:
            raise ArgumentError("GeeFit", "weights", f"of shape {self.coefficients.shape}", w.shape)
        return w

    def _undefined(self, level: float) -> Estimate:
        return Estimate.undefined(
            reason=str(self.reason), method=self.method, n=self.n, n_clusters=self.n_clusters, level=level
        )
