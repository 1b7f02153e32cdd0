r"""Sensitivity and specificity of several studies by the normal approximation: Reitsma's model.

The logits of a study, :math:`y_i \sim N(\mu, \Sigma + S_i)`, have known sampling variances :math:`S_i` (diagonal) and
spread freely between studies. A logit that a study does not tell drops out of its likelihood, and the other stays.
Source: Reitsma et al., J Clin Epidemiol 2005;58:982-990.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NormalFit:
    """Where the likelihood is highest.

    Attributes
    ----------
    mean : ndarray, shape (2,)
    covariance : ndarray, shape (2, 2)
        Of the mean.
    between : ndarray, shape (2, 2)
        Of the studies' true logits.
    log_likelihood : float
    converged : bool
    """

    mean: Floats
    covariance: Floats
    between: Floats
    log_likelihood: float
    converged: bool


def fit_normal(logits: Floats, variances: Floats, *, restricted: bool) -> NormalFit:
    """Maximise the (restricted) likelihood over the covariance between studies, the mean following from it.

    The covariance is L L', so that the search has no bounds: a variance of 0 is a point like any other.

    Parameters
    ----------
    logits, variances : ndarray, shape (n_studies, 2)
        NaN for what a study does not tell.
    restricted : bool
        REML; else ML.
    """
    reported = np.isfinite(logits)
    y, v = np.where(reported, logits, 0.0), np.where(reported, variances, 0.0)

    def deviance(root: Floats) -> float:
        return -2 * _likelihood(y, v, reported, _between(root), restricted)[2]

    spread = np.sqrt(np.maximum(np.nanvar(logits, axis=0, ddof=1) - np.nanmean(variances, axis=0), 0.01))
    starts = [np.array([spread[0], r * spread[1], np.sqrt(1 - r * r) * spread[1]]) for r in (-0.5, 0.0, 0.5)]
    searches = [optimize.minimize(deviance, start, method="BFGS", options={"gtol": 1e-8}) for start in starts]
    best = min(searches, key=lambda result: float(result.fun))
    between = _between(best.x)
    mean, covariance, log_likelihood = _likelihood(y, v, reported, between, restricted)
    flat = float(np.abs(best.jac).max()) < 1e-3
    return NormalFit(mean, covariance, between, log_likelihood, flat)


def _between(root: Floats) -> Floats:
    lower = np.array([[root[0], 0.0], [root[1], root[2]]], float)
    return np.asarray(lower @ lower.T, float)


def _likelihood(
    y: Floats, v: Floats, reported: NDArray[np.bool_], between: Floats, restricted: bool
) -> tuple[Floats, Floats, float]:
    """Return mean, its covariance and the log likelihood (metafor's constant) at a covariance between studies."""
    both = reported[:, :, None] & reported[:, None, :]
    matrices = np.where(both, between, 0.0)
    here = np.arange(2)
    matrices[:, here, here] += np.where(
        reported, v, 1.0
    )  # a row that is not told is that of a unit matrix: it adds nothing
    precision = np.linalg.inv(matrices)
    design = reported[:, :, None] * np.eye(2)
    information = np.einsum("kia,kij,kjb->ab", design, precision, design)
    mean = np.linalg.solve(information, np.einsum("kia,kij,kj->a", design, precision, y))
    left = np.where(reported, y - mean, 0.0)
    n = int(reported.sum())
    log_v = float(np.linalg.slogdet(matrices)[1].sum())
    squares = float(np.einsum("ki,kij,kj->", left, precision, left))
    log_likelihood = -(n * np.log(2 * np.pi) + log_v + squares) / 2
    if restricted:
        log_x = float(np.log(reported.sum(axis=0)).sum())
        log_information = float(np.linalg.slogdet(information)[1])
        log_likelihood += (2 * np.log(2 * np.pi) + log_x - log_information) / 2
    return mean, np.linalg.inv(information), float(log_likelihood)
