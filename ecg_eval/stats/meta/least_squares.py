"""Studies weighed by their precision: what all of meta-analysis of one number a study is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.stats.meta.effects import Effects

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WeightedFit:
    """Least squares with weights 1 / (variance + between-study variance).

    Attributes
    ----------
    coefficients : ndarray, shape (n_columns,)
    covariance : ndarray, shape (n_columns, n_columns)
        Inverse of X'WX.
    projection : ndarray, shape (n_studies, n_studies)
        P = W - WX (X'WX)^-1 X'W.
    weights : ndarray, shape (n_studies,)
    residual : float
        y'Py, the weighted sum of squares about the fit.
    """

    coefficients: Floats
    covariance: Floats
    projection: Floats
    weights: Floats
    residual: float


def weighted_fit(effects: Effects, design: Floats, tau2: float) -> WeightedFit:
    """Fit studies' numbers by columns of a design, given the variance between studies.

    Parameters
    ----------
    effects : Effects
    design : ndarray, shape (n_studies, n_columns)
        Of full column rank.
    tau2 : float
        At least 0; 0 is the model of one common effect.
    """
    weights = 1 / (effects.variances + tau2)
    weighted = design * weights[:, None]
    covariance = np.asarray(np.linalg.inv(design.T @ weighted), float)
    projection = np.diag(weights) - weighted @ covariance @ weighted.T
    coefficients = np.asarray(covariance @ weighted.T @ effects.values, float)
    residual = float(effects.values @ projection @ effects.values)
    return WeightedFit(coefficients, covariance, projection, weights, max(residual, 0.0))
