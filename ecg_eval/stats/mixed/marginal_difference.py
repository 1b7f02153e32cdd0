"""From odds to shares: what a logistic mixed model's effect means as a difference in probability.

An odds ratio cannot be laid beside the difference of two shares. So every observation is predicted twice, with and
without help, all else as it was, and the predictions are averaged (standardisation). The random effects are either
held at 0 (the typical reader and case) or averaged over their normal distribution (readers and cases like these),
which is what shares of readings show.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mixed.result import MixedFit

Floats = NDArray[np.float64]
WHO = "marginal_difference"
_POINTS = 40  # of Gauss-Hermite quadrature: exact to 1e-9 for spreads up to 3 logits


def marginal_difference(
    fit: MixedFit,
    *,
    fixed: Mapping[str, ArrayLike],
    effect: str,
    weights: ArrayLike | None = None,
    integrated: bool = True,
    level: float = 0.95,
) -> Estimate:
    r"""Return the mean probability with the effect minus that without it.

    .. math:: d = \sum_i w_i [P(x_i, effect = 1) - P(x_i, effect = 0)], \quad SE = \sqrt{g' V g}

    with g the gradient of d in the fixed coefficients and V their covariance (delta method).

    Parameters
    ----------
    fit : MixedFit
        Of `logistic_mixed_model` with random intercepts, and slopes of `effect` that are independent of these.
    fixed : mapping of str to array_like, shape (n_observations,)
        The columns that the model was fitted with, or others to standardise over.
    effect : str
        The column of 0 and 1 whose effect is wanted.
    weights : array_like, shape (n_observations,), optional
        How much each observation counts; all the same when not given.
    integrated : bool
        Whether the random effects are averaged over (default) or held at 0. Their variances are taken as known.
    level : float

    Returns
    -------
    Estimate
        In [-1, 1], with the Wald interval and the z test of the difference against 0. Undefined where the model is.

    Raises
    ------
    ArgumentError
        For columns that are not those of the model, and weights that do not fit.

    Notes
    -----
    Source: Localio, Margolis and Berlin, J Clin Epidemiol 2007;60:874 (marginal standardisation); checked against R
    (lme4, glmmTMB) in ``tests/stats/mixed/test_marginal_difference.py``.
    """
    names = list(fit.fixed)
    if set(names) != set(fixed) or effect not in fixed:
        raise ArgumentError(WHO, "fixed and effect", f"the columns of the model ({', '.join(names)})", sorted(fixed))
    design = np.column_stack([np.asarray(fixed[name], dtype=np.float64) for name in names])
    w = np.ones(len(design)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(design),) or not w.sum() > 0:
        raise ArgumentError(WHO, "weights", f"of shape ({len(design)},) with a sum above 0", w.shape)
    how = "random effects averaged over" if integrated else "random effects at 0"
    method = f"{fit.method}; marginal difference in probability, {how}, delta method"
    first = fit.fixed[effect]
    if first.value is None or fit.covariance is None:
        reason = fit.reason or "the model has no covariance"
        return Estimate.undefined(reason=reason, method=method, n=fit.n, level=level)
    beta = np.array([fit.fixed[name].value for name in names], dtype=np.float64)
    spread = {label: sd.value or 0.0 for label, sd in fit.standard_deviations.items()} if integrated else {}
    value, gradient = 0.0, np.zeros(len(names))
    for sign, there in ((1, 1.0), (-1, 0.0)):
        x = design.copy()
        x[:, names.index(effect)] = there
        # how much the effect varies between readers or cases adds to the spread where it is there
        variance = sum(sd**2 for label, sd in spread.items() if there or not label.endswith(f"|{effect}"))
        p, slope = _mean_and_slope(x @ beta, float(np.sqrt(variance)))
        value += sign * float(np.average(p, weights=w))
        gradient += sign * np.average(slope[:, None] * x, axis=0, weights=w)
    error = float(np.sqrt(gradient @ fit.covariance @ gradient))
    reach = float(ndtri((1 + level) / 2)) * error
    return Estimate(
        value=value,
        low=max(value - reach, -1.0),
        high=min(value + reach, 1.0),
        level=level,
        method=method,
        n=fit.n,
        n_positive=first.n_positive,
        standard_error=error,
        statistic=value / error,
        p_value=float(2 * ndtr(-abs(value / error))),
    )


def _mean_and_slope(eta: Floats, spread: float) -> tuple[Floats, Floats]:
    """Return expit and its slope, each averaged over a normal of mean eta and the spread given."""
    if not spread:
        p = expit(eta)
        return p, p * (1 - p)
    points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
    weights = weights / weights.sum()
    # what eta may be is few values (a cell of arm, period and finding), looked up once each
    distinct, place = np.unique(eta, return_inverse=True)
    p = expit(distinct[:, None] + spread * points)
    return (p @ weights)[place], ((p * (1 - p)) @ weights)[place]
