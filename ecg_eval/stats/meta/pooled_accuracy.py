"""What a pooled point of sensitivity and specificity says: both with intervals, and what follows from the two."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri, stdtrit

from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PooledAccuracy:
    """A point on the scale of logits, its covariance and how studies spread about it.

    Attributes
    ----------
    mean : ndarray, shape (2,)
        Logits of sensitivity and of specificity.
    covariance : ndarray, shape (2, 2)
        Of the mean.
    between : ndarray, shape (2, 2)
        Of the true logits of studies.
    n_studies : int
    level : float
    method : str
    df : int or None
        Degrees of freedom of t behind all intervals; None for the normal distribution.
    """

    mean: Floats
    covariance: Floats
    between: Floats
    n_studies: int
    level: float
    method: str
    df: int | None = None

    @property
    def sensitivity(self) -> Estimate:
        """Pooled sensitivity in [0, 1]; the standard error is that of the logit."""
        return self._share(0)

    @property
    def specificity(self) -> Estimate:
        """Pooled specificity in [0, 1]; the standard error is that of the logit."""
        return self._share(1)

    def prediction(self, side: int) -> Estimate:
        """Return where the true sensitivity (0) or specificity (1) of a further study would lie."""
        half = self._quantile * sqrt(float(self.covariance[side, side] + self.between[side, side]))
        return self._bounds(side, half, "prediction interval, logit scale")

    @property
    def correlation(self) -> float | None:
        """Correlation of both logits between studies, in [-1, 1]; None where one of them does not spread."""
        scale = sqrt(float(self.between[0, 0] * self.between[1, 1]))
        return float(self.between[0, 1]) / scale if scale > 0 else None

    @property
    def log_diagnostic_odds_ratio(self) -> Estimate:
        """Sum of both logits."""
        return self._derived(float(self.mean.sum()), np.ones(2), "log diagnostic odds ratio")

    @property
    def positive_likelihood_ratio(self) -> Estimate:
        """Sensitivity / (1 - specificity), above 0; the standard error is that of the logarithm."""
        sens, spec = expit(self.mean)
        gradient = np.array([1 - sens, spec])
        return self._derived(float(np.log(sens / (1 - spec))), gradient, "positive likelihood ratio", exp)

    @property
    def negative_likelihood_ratio(self) -> Estimate:
        """(1 - sensitivity) / specificity, above 0; the standard error is that of the logarithm."""
        sens, spec = expit(self.mean)
        gradient = np.array([-sens, -(1 - spec)])
        return self._derived(float(np.log((1 - sens) / spec)), gradient, "negative likelihood ratio", exp)

    @property
    def youden_index(self) -> Estimate:
        """Sensitivity + specificity - 1, in [-1, 1]."""
        shares = expit(self.mean)
        return self._derived(float(shares.sum()) - 1, shares * (1 - shares), "Youden index")

    @property
    def _quantile(self) -> float:
        upper = 0.5 + self.level / 2
        return float(ndtri(upper) if self.df is None else stdtrit(self.df, upper))

    def _share(self, side: int) -> Estimate:
        error = sqrt(float(self.covariance[side, side]))
        return self._bounds(side, self._quantile * error, f"{self.method}, logit scale", error)

    def _bounds(self, side: int, half: float, method: str, error: float | None = None) -> Estimate:
        logit = float(self.mean[side])
        low, value, high = (float(expit(logit + move)) for move in (-half, 0.0, half))
        return Estimate(
            value=value,
            low=low,
            high=high,
            level=self.level,
            standard_error=error,
            df=self.df,
            method=method,
            n=self.n_studies,
        )

    def _derived(self, value: float, gradient: Floats, what: str, back: Callable[[float], float] = float) -> Estimate:
        error = sqrt(float(gradient @ self.covariance @ gradient))
        low, high = value - self._quantile * error, value + self._quantile * error
        return Estimate(
            value=back(value),
            low=back(low),
            high=back(high),
            level=self.level,
            standard_error=error,
            df=self.df,
            method=f"{what}, delta method",
            n=self.n_studies,
        )
