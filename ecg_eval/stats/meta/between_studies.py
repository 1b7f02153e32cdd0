"""How far the true values of studies lie apart: their variance tau2, by six estimators, its error and its interval."""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.stats.meta.effects import Effects
from ecg_eval.stats.meta.least_squares import weighted_fit

Floats = NDArray[np.float64]

ESTIMATORS = {
    "reml": "restricted maximum likelihood",
    "dersimonian_laird": "DerSimonian-Laird",
    "paule_mandel": "Paule-Mandel",
    "ml": "maximum likelihood",
    "sidik_jonkman": "Sidik-Jonkman",
    "hedges": "Hedges",
    "common": "one common effect",
}
_CLOSE, _STEPS = 1e-12, 500


def between_study_variance(effects: Effects, design: Floats, estimator: str) -> float:
    """Return tau2, at least 0, the variance of studies' true values about the fit of a design.

    Parameters
    ----------
    effects : Effects
        More studies than the design has columns.
    design : ndarray, shape (n_studies, n_columns)
    estimator : str
        ``reml`` (Viechtbauer, J Educ Behav Stat 2005;30:261), ``dersimonian_laird`` (Control Clin Trials 1986;7:177),
        ``paule_mandel`` (J Res Natl Bur Stand 1982;87:377), ``ml``, ``sidik_jonkman`` (Appl Stat 2005;54:367),
        ``hedges`` (J Educ Stat 1983;8:93), ``common`` (0).
    """
    if estimator not in ESTIMATORS:
        raise ArgumentError(
            "between_study_variance", "estimator", "a known one", estimator, suggestion(estimator, ESTIMATORS)
        )
    k, p = design.shape
    if estimator == "common":
        return 0.0
    if estimator == "dersimonian_laird":
        fixed = weighted_fit(effects, design, 0.0)
        return float(max(0.0, (fixed.residual - (k - p)) / np.trace(fixed.projection)))
    if estimator == "paule_mandel":
        return _generalised_q_at(effects, design, k - p)
    if estimator in ("ml", "reml"):
        return _likelihood(effects, design, restricted=estimator == "reml")
    equal = np.eye(k) - design @ np.linalg.pinv(design)
    spread = float(effects.values @ equal @ effects.values)
    if estimator == "hedges":
        return float(max(0.0, (spread - np.trace(equal * effects.variances)) / (k - p)))
    start = spread / k
    return float(start * weighted_fit(effects, design, start).residual / (k - p))


def variance_error(effects: Effects, design: Floats, tau2: float, estimator: str) -> float | None:
    """Return the standard error of tau2 by the expected information; None for estimators without a usual one."""
    k, p = design.shape
    if estimator in ("reml", "ml"):
        fit = weighted_fit(effects, design, tau2)
        matrix = fit.projection if estimator == "reml" else np.diag(fit.weights)
        return float(np.sqrt(2 / np.sum(matrix * matrix)))
    if estimator == "dersimonian_laird":
        projection = weighted_fit(effects, design, 0.0).projection
        first, second = float(np.trace(projection)), float(np.sum(projection * projection))
        return float(np.sqrt(2 * (k - p) + 4 * tau2 * first + 2 * tau2**2 * second)) / first
    return None


def q_profile(effects: Effects, design: Floats, level: float) -> tuple[float, float]:
    """Return bounds of tau2: where the generalised Q equals the quantiles of chi-squared.

    Both are 0 where even tau2 = 0 leaves less spread than chance. Source: Viechtbauer, Stat Med 2007;26:37-52.
    """
    df = design.shape[0] - design.shape[1]
    tail = (1 - level) / 2
    upper, lower = stats.chi2.ppf(1 - tail, df), stats.chi2.ppf(tail, df)
    return _generalised_q_at(effects, design, upper), _generalised_q_at(effects, design, lower)


def _generalised_q_at(effects: Effects, design: Floats, wanted: float) -> float:
    """Return the tau2 at which y'Py equals a number; 0 where it is below that at tau2 = 0 already."""

    def surplus(tau2: float) -> float:
        return weighted_fit(effects, design, tau2).residual - wanted

    if surplus(0.0) <= 0:
        return 0.0
    high = 1.0
    while surplus(high) > 0:
        high *= 4
    return float(optimize.brentq(surplus, 0.0, high, xtol=1e-14, rtol=1e-12))


def _likelihood(effects: Effects, design: Floats, *, restricted: bool) -> float:
    """Return the tau2 of the highest (restricted) likelihood by Fisher's scoring, halving steps that leave 0."""
    tau2 = between_study_variance(effects, design, "hedges")
    step, left = 1.0, _STEPS
    while abs(step) > _CLOSE and left:
        left -= 1
        fit = weighted_fit(effects, design, tau2)
        matrix = fit.projection if restricted else np.diag(fit.weights)
        spread = fit.projection @ effects.values
        step = (float(spread @ spread) - float(np.trace(matrix))) / float(np.sum(matrix * matrix))
        while tau2 + step < 0 and abs(step) > _CLOSE:
            step /= 2
        tau2 = max(tau2 + step, 0.0)
    return tau2 if tau2 > 100 * _CLOSE else 0.0
