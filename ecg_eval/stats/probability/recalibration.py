"""Maps from a model's output to calibrated probabilities, fitted on one set of cases and used on another.

Fitted and judged on the same cases a map looks better than it is. A temperature and a logistic map keep the order of
the cases and so the AUC; an isotonic map makes ties.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, isotonic_regression
from scipy.special import expit, logit, softmax

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
    return TemperatureMap(_temperature_at_the_top(slope_of_likelihood))


def _temperature_at_the_top(slope_of_likelihood: Callable[[float], float]) -> float:
    """Find the temperature whose inverse has slope 0; the likelihood is concave in it, so that the search ends."""
    highest = 1.0
    while slope_of_likelihood(highest) > 0:
        highest *= 2
    return float(1 / brentq(slope_of_likelihood, 0.0, highest, xtol=1e-14, rtol=1e-14))


@dataclass(frozen=True, slots=True)
class SoftmaxTemperatureMap:
    """Divide the scores of several classes, of which one is true, by a temperature and take their softmax.

    Attributes
    ----------
    temperature : float
        1 changes nothing; above 1 the model was overconfident.
    """

    temperature: float

    def __call__(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Map scores (n_cases, n_classes) to probabilities that add up to 1."""
        return np.asarray(softmax(np.asarray(scores, dtype=np.float64) / self.temperature, axis=1))


def fit_softmax_temperature(*, truth: ArrayLike, scores: ArrayLike) -> SoftmaxTemperatureMap:
    """Find the temperature that minimises the log loss of softmax(scores / T).

    Parameters
    ----------
    truth : array_like of int (n_cases,)
        Number of the true class, from 0.
    scores : array_like (n_cases, n_classes)
        The model's finite scores before the softmax (logits).

    Returns
    -------
    SoftmaxTemperatureMap

    Raises
    ------
    ArgumentError
        Where a class does not exist, or no finite positive temperature is best: every case has its true class on
        top, or the true classes score no more than the others on the whole.

    Notes
    -----
    Source: Guo et al., ICML 2017.
    """
    who = "fit_softmax_temperature"
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(truth)
    if x.ndim != 2 or x.size == 0 or y.shape != x.shape[:1] or not np.isfinite(x).all():
        raise ArgumentError(who, "scores", "finite numbers, a row a case and a column a class", x.shape)
    if not np.isin(y, np.arange(x.shape[1])).all():
        raise ArgumentError(who, "truth", f"numbers of classes, 0 to {x.shape[1] - 1}", y)
    of_truth = x[np.arange(y.size), y.astype(np.intp)]

    def slope_of_likelihood(inverse: float) -> float:
        return float(np.sum(of_truth - np.sum(softmax(inverse * x, axis=1) * x, axis=1)))

    all_on_top = bool((of_truth == x.max(axis=1)).all())
    if all_on_top or slope_of_likelihood(0.0) <= 0:
        got = "true classes that are all on top" if all_on_top else "scores that know nothing"
        raise ArgumentError(who, "scores", "such that a finite temperature is best", got)
    return SoftmaxTemperatureMap(_temperature_at_the_top(slope_of_likelihood))


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


def fit_logistic_map(*, truth: ArrayLike, score: ArrayLike, shrunk: bool = False) -> LogisticMap:
    """Regress the outcome on a score (Platt scaling; for logits of probabilities, logistic recalibration).

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Any finite number.
    shrunk : bool
        Regress Platt's shrunk outcomes, (N1 + 1) / (N1 + 2) for the N1 present and 1 / (N0 + 2) for the N0 absent,
        which has a maximum where the score separates the classes too (as scikit-learn's "sigmoid").

    Returns
    -------
    LogisticMap

    Raises
    ------
    ArgumentError
        Where the likelihood has no finite maximum: a class is empty, or the score separates the classes.

    Notes
    -----
    Source: Platt 1999. Without his shrinkage of the labels (default) it is ordinary logistic regression (as dcurves
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
        present, absent = (n_class + 1 for n_class in (cases.n_positive, cases.n - cases.n_positive))
        share = np.where(cases.truth, present / (present + 1), 1 / (absent + 1)) if shrunk else cases.truth
        fit = fit_logistic(np.stack([np.ones(cases.n), (x - x.mean()) / spread], axis=1), share)
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
