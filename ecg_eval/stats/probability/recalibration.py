"""Maps from a model's output to calibrated probabilities, fitted on one set of cases and used on another.

Fitted and judged on the same cases a map looks better than it is. A temperature and a logistic map keep the order of
the cases and so the AUC; an isotonic map makes ties.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, isotonic_regression
from scipy.special import expit, logit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.probability.logistic_fit import fit_logistic
from ecg_eval.stats.probability.probability_inputs import predicted_cases
from ecg_eval.stats.roc.roc_inputs import scored_cases


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
        Where no finite positive temperature is best: a class is empty, every prediction is on the right side of 0.5,
        or they are on the wrong side as much as on the right one.

    Notes
    -----
    Source: Guo et al., ICML 2017.
    """
    who = "fit_temperature"
    p = np.asarray(probability, dtype=np.float64)
    cases = predicted_cases(who, truth, np.where((p == 0) | (p == 1), np.nan, p))
    if cases.one_class:
        raise ArgumentError(who, "truth", "with cases of both classes", cases.one_class)
    x, y = logit(cases.scores[0]), cases.truth

    def slope_of_likelihood(inverse: float) -> float:
        return float(np.sum(x * (y - expit(inverse * x))))

    wrong_side = (np.where(y, x, -x) < 0).any()
    if slope_of_likelihood(0.0) <= 0 or not wrong_side:
        got = "predictions that order the outcomes perfectly" if not wrong_side else "predictions that know nothing"
        remedy = "A logistic map (fit_logistic_map) has an intercept and a slope of either sign."
        raise ArgumentError(who, "probability", "such that a finite temperature is best", got, remedy)
    highest = 1.0
    while slope_of_likelihood(highest) > 0:  # the likelihood is concave in 1 / T, so that this ends
        highest *= 2
    return TemperatureMap(float(1 / brentq(slope_of_likelihood, 0.0, highest, xtol=1e-14, rtol=1e-14)))


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
