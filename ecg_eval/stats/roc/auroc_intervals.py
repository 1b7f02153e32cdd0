"""Variances and bounds of an AUC that need only its value and the sizes of the two classes."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri


def hanley_mcneil_variance(auc: float, sizes: tuple[int, int], *, average: bool = False) -> float:
    """Give the variance of an AUC under exponential scores.

    V = [A(1-A) + (m-1)(A/(2-A) - A^2) + (n-1)(2A^2/(1+A) - A^2)] / (mn) with m positives and n negatives.

    Parameters
    ----------
    auc : float
        A, in [0, 1].
    sizes : tuple of int
        m and n.
    average : bool
        Whether both m - 1 and n - 1 are replaced by their mean, which makes V symmetric about A = 1/2 (Newcombe).

    Notes
    -----
    Source: Hanley and McNeil, Radiology 1982;143:29.
    """
    m, n = sizes
    of_positives, of_negatives = ((m + n) / 2 - 1,) * 2 if average else (m - 1, n - 1)
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    return (auc * (1 - auc) + of_positives * (q1 - auc**2) + of_negatives * (q2 - auc**2)) / (m * n)


def obuchowski_variance(auc: float, sizes: tuple[int, int]) -> float:
    """Give the variance of an AUC under binormal scores of equal spread.

    V = 0.0099 exp(-a^2/2) [(5 a^2 + 8) + (a^2 + 8) m/n] / m with a = 1.414 Phi^-1(A).

    Notes
    -----
    Source: Obuchowski et al., Acad Radiol 2004;11:980, formula 3.
    """
    m, n = sizes
    a = 1.414 * float(ndtri(auc))
    return 0.0 if np.isinf(a) else float(0.0099 * np.exp(-(a**2) / 2) * (5 * a**2 + 8 + (a**2 + 8) * m / n) / m)


def wald_bounds(auc: float, error: float, level: float, *, logit: bool = False) -> tuple[float, float]:
    """Give A -+ z SE cut to [0, 1]; or the same on the logit scale, where the error is SE / (A (1 - A))."""
    z = float(ndtri((1 + level) / 2))
    if not logit:
        return max(0.0, auc - z * error), min(1.0, auc + z * error)
    centre, half = np.log(auc / (1 - auc)), z * error / (auc * (1 - auc))
    return float(1 / (1 + np.exp(half - centre))), float(1 / (1 + np.exp(-half - centre)))


def score_bounds(auc: float, sizes: tuple[int, int], level: float, inflation: float = 1.0) -> tuple[float, float]:
    """Solve (A - t)^2 = z^2 r V(t) for t, with V(t) = t(1-t) [1 + N ((1-t)/(2-t) + t/(1+t))] / (mn).

    Parameters
    ----------
    auc : float
        A, in [0, 1]; a value of 0 or 1 has one bound there and the other within.
    sizes : tuple of int
        m positives and n negatives; N = (m + n)/2 - 1.
    level : float
        Coverage aimed at.
    inflation : float
        r, by which the variance exceeds that of the exponential model (patients with several cases, unequal spread).

    Notes
    -----
    Source: Newcombe, Stat Med 2006;25:559, method 5 (r = 1).
    """
    return _lower_root(auc, sizes, level, inflation), 1 - _lower_root(1 - auc, sizes, level, inflation)


def _lower_root(auc: float, sizes: tuple[int, int], level: float, inflation: float) -> float:
    """Find the lower root; V is symmetric about 1/2. The factor 1 - t that both sides share at A = 1 is divided out."""
    if auc == 0:
        return 0.0
    m, n = sizes
    factor = inflation * float(ndtri((1 + level) / 2)) ** 2 / (m * n)
    rest = (m + n) / 2 - 1

    def excess(t: float) -> float:
        squared = (1 - t) / t if auc == 1 else (auc - t) ** 2 / (t * (1 - t))
        return squared - factor * (1 + rest * ((1 - t) / (2 - t) + t / (1 + t)))

    return float(brentq(excess, auc * 1e-12, auc))
