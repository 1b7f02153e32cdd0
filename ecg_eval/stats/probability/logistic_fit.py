"""Logistic regression of a few columns by Newton's method, for calibration; no penalty, no model selection."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted logistic regression.

    Attributes
    ----------
    coefficients : ndarray (n_columns,)
    covariance : ndarray (n_columns, n_columns)
        Inverse information, or the sandwich over patients.
    working_covariance : ndarray (n_columns, n_columns)
        Inverse information of the step by which the deviance first changed by less than a 1e-8 part, taken before that
        step: what R's glm reports. It differs from `covariance` in about the fifth digit.
    deviance : float
        -2 log likelihood.
    fitted : ndarray (n_cases,)
        Probabilities.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    working_covariance: NDArray[np.float64]
    deviance: float
    fitted: NDArray[np.float64]


def deviance_of(linear: NDArray[np.float64], outcome: NDArray[np.bool_] | NDArray[np.float64]) -> float:
    """Give -2 sum [y eta - log(1 + e^eta)] of linear predictors eta (n_cases,)."""
    return float(2 * np.sum(np.logaddexp(0, linear) - outcome * linear))


def fit_logistic(
    design: NDArray[np.float64],
    outcome: NDArray[np.bool_] | NDArray[np.float64],
    offset: NDArray[np.float64] | None = None,
    cluster: NDArray[np.intp] | None = None,
) -> LogisticFit | None:
    """Maximise the likelihood of logit P(outcome) = design @ b + offset.

    Parameters
    ----------
    design : ndarray (n_cases, n_columns)
    outcome : ndarray of bool, or of shares in [0, 1] (n_cases,)
    offset : ndarray (n_cases,), optional
    cluster : ndarray of int (n_cases,), optional
        Number of the patient of each case; the covariance is then the sandwich over patients, times
        patients / (patients - 1).

    Returns
    -------
    LogisticFit or None
        None where the maximum is at infinity (the columns separate the outcomes) or the columns are dependent.
    """
    shift = np.zeros(outcome.size) if offset is None else offset
    y = np.asarray(outcome, dtype=np.float64)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    # one weighted step from probabilities half-way to 1/2 (1/4 and 3/4 of a yes/no outcome), where R's glm starts too
    start = (y + 0.5) / 2
    eta = logit(start) + (y - start) / (start * (1 - start))
    b = np.asarray(np.linalg.lstsq(design, eta - shift, rcond=None)[0], dtype=np.float64)
    deviance = deviance_of(design @ b + shift, outcome)
    working: NDArray[np.float64] | None = None
    for _ in range(MAX_STEPS):
        fitted = expit(design @ b + shift)
        information = (design * (fitted * (1 - fitted))[:, None]).T @ design
        if np.linalg.cond(information) > 1e14:
            return None
        step = np.linalg.solve(information, design.T @ (y - fitted))
        new_deviance = deviance_of(design @ (b + step) + shift, outcome)
        for _ in range(30):  # halve a step that overshoots; the likelihood is concave
            if new_deviance <= deviance + 1e-12 * abs(deviance):
                break
            step = step / 2
            new_deviance = deviance_of(design @ (b + step) + shift, outcome)
        if working is None and abs(new_deviance - deviance) < 1e-8 * (abs(new_deviance) + 0.1):
            working = np.asarray(np.linalg.inv(information), dtype=np.float64)
        b, deviance = b + step, new_deviance
        if np.max(np.abs(step)) < 1e-10 and working is not None:
            fitted = expit(design @ b + shift)
            return LogisticFit(b, _covariance(design, y - fitted, fitted, cluster), working, deviance, fitted)
    return None


def _covariance(
    design: NDArray[np.float64],
    residual: NDArray[np.float64],
    fitted: NDArray[np.float64],
    cluster: NDArray[np.intp] | None,
) -> NDArray[np.float64]:
    """Invert the information; with clusters, put the squared scores of patients between two inverses."""
    bread = np.linalg.inv((design * (fitted * (1 - fitted))[:, None]).T @ design)
    if cluster is None:
        return np.asarray(bread)
    scores = design * residual[:, None]
    by_patient = np.stack([np.bincount(cluster, weights=column) for column in scores.T], axis=1)
    n_patients = by_patient.shape[0]
    return np.asarray(n_patients / (n_patients - 1) * bread @ (by_patient.T @ by_patient) @ bread)
