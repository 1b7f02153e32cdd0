"""Maps from a model's output to calibrated probabilities, fitted on one set of cases and used on another.

Fitted and judged on the same cases a map looks better than it is. A temperature and a logistic map keep the order of
the cases and so the AUC; an isotonic map makes ties.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression, minimize_scalar
from scipy.special import expit, logit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.logistic_fit import deviance_of, fit_logistic
from ecg_eval.stats.probability_inputs import predicted_cases
from ecg_eval.stats.roc_inputs import scored_cases

_BOUNDS = (np.log(1e-3), np.log(1e3))
"""Temperatures looked at, on the log scale; beyond them the data say only "none" or "all"."""


@dataclass(frozen=True, slots=True)
class TemperatureMap:
    """Divide the logit of a probability by a temperature.

    Attributes
    ----------
    temperature : float
        1 changes nothing; above 1 the model was overconfident.
    """

    temperature: float

    def __call__(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Map probabilities (n_cases,); 0 and 1 stay."""
        return np.asarray(expit(logit(np.asarray(probability, dtype=np.float64)) / self.temperature))


def fit_temperature(*, truth: ArrayLike, probability: ArrayLike) -> TemperatureMap:
    """Find the temperature that minimises the log loss of expit(logit(p) / T).

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1]; predictions of exactly 0 or 1, which no temperature moves, are left out.

    Returns
    -------
    TemperatureMap

    Raises
    ------
    ArgumentError
        Where no finite positive temperature is best: a class is empty, all logits are 0, or predictions order the
        outcomes wrongly or perfectly.

    Notes
    -----
    Source: Guo et al., ICML 2017.
    """
    who = "fit_temperature"
    p = np.asarray(probability, dtype=np.float64)
    cases = predicted_cases(who, truth, np.where((p == 0) | (p == 1), np.nan, p))
    if cases.one_class:
        raise ArgumentError(who, "truth", "with cases of both classes", cases.one_class)
    x = logit(cases.scores[0])
    found = minimize_scalar(
        lambda log_t: deviance_of(x * np.exp(-log_t), cases.truth),
        bounds=_BOUNDS,
        method="bounded",
        options={"xatol": 1e-10},
    )
    if min(found.x - _BOUNDS[0], _BOUNDS[1] - found.x) < 1e-3:
        remedy = "A logistic map (fit_logistic_map) has an intercept and a slope of either sign."
        raise ArgumentError(who, "the best temperature", "between 0.001 and 1000", float(np.exp(found.x)), remedy)
    return TemperatureMap(float(np.exp(found.x)))


@dataclass(frozen=True, slots=True)
class LogisticMap:
    """Turn a score into a probability by expit(intercept + slope x score).

    Attributes
    ----------
    intercept, slope : float
    """

    intercept: float
    slope: float

    def __call__(self, score: ArrayLike) -> NDArray[np.float64]:
        """Map scores (n_cases,)."""
        return np.asarray(expit(self.intercept + self.slope * np.asarray(score, dtype=np.float64)))


def fit_logistic_map(*, truth: ArrayLike, score: ArrayLike) -> LogisticMap:
    """Regress the outcome on a score (Platt scaling; for logits of probabilities, logistic recalibration).

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Any finite number.

    Returns
    -------
    LogisticMap

    Raises
    ------
    ArgumentError
        Where the likelihood has no finite maximum: a class is empty, or the score separates the classes.

    Notes
    -----
    Source: Platt 1999, without his shrinkage of the labels, so that it is ordinary logistic regression (as dcurves
    with ``as_probability``).
    """
    who = "fit_logistic_map"
    cases = scored_cases(who, truth, score)
    x = cases.scores[0]
    if not np.isfinite(x).all():
        raise ArgumentError(who, "score", "finite", float(x[~np.isfinite(x)][0]))
    fit = None
    if not cases.one_class:
        spread = float(x.std()) or 1.0
        fit = fit_logistic(np.stack([np.ones(cases.n), (x - x.mean()) / spread], axis=1), cases.truth)
    if fit is None:
        got = cases.one_class or "classes that the score separates, or a constant score"
        raise ArgumentError(who, "truth", "with classes that overlap in score", got)
    slope = float(fit.coefficients[1]) / spread
    return LogisticMap(float(fit.coefficients[0] - slope * x.mean()), slope)


@dataclass(frozen=True, slots=True)
class IsotonicMap:
    """A rising step curve, interpolated between its corners and flat beyond them.

    Attributes
    ----------
    scores, probabilities : ndarray (n_corners,)
        Both rising.
    """

    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __call__(self, score: ArrayLike) -> NDArray[np.float64]:
        """Map scores (n_cases,)."""
        return np.asarray(np.interp(np.asarray(score, dtype=np.float64), self.scores, self.probabilities))


def fit_isotonic_map(*, truth: ArrayLike, score: ArrayLike) -> IsotonicMap:
    """Fit the rising curve that is nearest to the outcomes in squares (pool adjacent violators).

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Cases of equal score enter as one, with their mean.

    Returns
    -------
    IsotonicMap

    Raises
    ------
    ArgumentError
        Without cases.

    Notes
    -----
    Source: Zadrozny and Elkan, KDD 2002; interpolation between corners as scikit-learn.
    """
    cases = scored_cases("fit_isotonic_map", truth, score)
    if cases.n == 0:
        raise ArgumentError("fit_isotonic_map", "truth", "with at least one case that has a score", 0)
    values, group, size = np.unique(cases.scores[0], return_inverse=True, return_counts=True)
    share = np.bincount(group, weights=cases.truth) / size
    fitted = isotonic_regression(share, weights=size).x
    corner = np.r_[True, (np.diff(fitted) != 0)]
    corner |= np.r_[np.diff(fitted) != 0, True]  # first and last score of each step
    return IsotonicMap(values[corner], np.asarray(fitted[corner], dtype=np.float64))
