"""How much an area under the ROC curve varies, from planning values alone.

Variances here are those of one positive case: divide by the number of positive cases. They assume a binormal ROC curve;
a pilot's own DeLong variance times its number of positive cases may stand in their place.
"""

from math import exp, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_positive


def auc_variance_obuchowski(*, auc: ArrayLike, controls_per_case: float) -> np.ndarray:
    """Variance of an AUC for one positive case, binormal with equal spread.

    V = 0.0099 exp(-A^2 / 2) [(5 A^2 + 8) + (A^2 + 8) / R], A = 1.414 probit(AUC), R = `controls_per_case`.

    Obuchowski, Lieber and Wians (Clin Chem 2004;50:1118-1125, formula 3). The constants are the paper's roundings of
    1 / (32 pi) and sqrt(2); they are kept, because programs that others plan with keep them (0.5 % in V).

    Parameters
    ----------
    auc : array_like in (0, 1)
    controls_per_case : float
        Cases without the finding for each case with it, above 0.

    Returns
    -------
    ndarray, shape of auc
        Above 0.
    """
    check_positive("auc_variance_obuchowski", controls_per_case=controls_per_case)
    square = (1.414 * special.ndtri(np.asarray(auc, float))) ** 2
    return np.asarray(0.0099 * np.exp(-square / 2) * ((5 * square + 8) + (square + 8) / controls_per_case))


def auc_null_variance_obuchowski(*, controls_per_case: float) -> float:
    """Variance of an AUC of 0.5 for one positive case: 0.0792 (1 + 1 / R), as in the same paper."""
    check_positive("auc_null_variance_obuchowski", controls_per_case=controls_per_case)
    return 0.0792 * (1 + 1 / controls_per_case)


def auc_variance_hanley_mcneil(*, auc: float, controls_per_case: float, n_positive: int | None = None) -> float:
    """Variance of an AUC times the number of positive cases, negative-exponential model.

    [A (1 - A) + (n1 - 1)(Q1 - A^2) + (n0 - 1)(Q2 - A^2)] / n0, Q1 = A / (2 - A), Q2 = 2 A^2 / (1 + A); without
    `n_positive` its limit in large samples, (Q1 - A^2) / R + Q2 - A^2 (Hanley and McNeil, Radiology 1982;143:29-36).
    """
    who = "auc_variance_hanley_mcneil"
    check_between(who, 0, 1, auc=auc)
    check_positive(who, controls_per_case=controls_per_case)
    cases, controls = auc / (2 - auc) - auc**2, 2 * auc**2 / (1 + auc) - auc**2
    if n_positive is None:
        return cases / controls_per_case + controls
    n_negative = controls_per_case * n_positive
    return (auc * (1 - auc) + (n_positive - 1) * cases + (n_negative - 1) * controls) / n_negative


def binormal_auc_variance(
    *, a: float, b: float, controls_per_case: float, fpr_range: tuple[float, float] = (0.0, 1.0)
) -> float:
    """Variance for one positive case of the (partial) area under a binormal curve TPR = Phi(a + b probit(FPR)).

    f^2 (1 + b^2 / R + a^2 / 2) + g^2 b^2 (1 + R) / (2 R), f and g the derivatives of the area in a and b.

    Obuchowski and McClish (Stat Med 1997;16:1529-1542, formula 4). As printed there it leaves out the covariance of the
    estimates of a and b (2 f g a b / 2), which is negative for full areas: the variance is on the safe side, and it is
    not `binormal_auc_covariance` of a curve with itself.

    Parameters
    ----------
    a, b : float
        Intercept and slope (above 0 for a curve that rises) on probit axes.
    controls_per_case : float
        R, above 0.
    fpr_range : (float, float)
        False positive rates between which the area is taken; (0, 1) is the full area.
    """
    check_positive("binormal_auc_variance", controls_per_case=controls_per_case)
    f, g = _area_derivatives(a, b, fpr_range)
    r = controls_per_case
    return f**2 * (1 + b**2 / r + a**2 / 2) + g**2 * b**2 * (1 + r) / (2 * r)


def binormal_auc_covariance(
    *,
    first: tuple[float, float],
    second: tuple[float, float],
    correlation_positive: float,
    correlation_negative: float,
    controls_per_case: float,
    fpr_range: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Covariance for one positive case of the areas under two binormal curves of the same cases.

    Obuchowski and McClish (1997, formula 5); `first` and `second` are (a, b), the correlations are those of the two
    scores within cases with and without the finding.
    """
    check_positive("binormal_auc_covariance", controls_per_case=controls_per_case)
    check_between("binormal_auc_covariance", -1.000001, 1.000001, positive=correlation_positive)
    check_between("binormal_auc_covariance", -1.000001, 1.000001, negative=correlation_negative)
    (a1, b1), (a2, b2), r = first, second, controls_per_case
    ra, rn = correlation_positive, correlation_negative
    f1, g1 = _area_derivatives(a1, b1, fpr_range)
    f2, g2 = _area_derivatives(a2, b2, fpr_range)
    return (
        f1 * f2 * (ra + rn * b1 * b2 / r + ra**2 * a1 * a2 / 2)
        + g1 * g2 * b1 * b2 * (rn**2 + r * ra**2) / (2 * r)
        + (f1 * g2 * a1 * b2 + f2 * g1 * a2 * b1) * ra**2 / 2
    )


def _area_derivatives(a: float, b: float, fpr_range: tuple[float, float]) -> tuple[float, float]:
    """Return dA/da and dA/db of A = integral of Phi(a + b probit(e)) over e in `fpr_range`.

    With u = (probit(e) + a b / (1 + b^2)) sqrt(1 + b^2) at the two ends and h = exp(-a^2 / (2 (1 + b^2))):
    dA/da = h [Phi(u2) - Phi(u1)] / sqrt(2 pi (1 + b^2)),
    dA/db = h [exp(-u1^2 / 2) - exp(-u2^2 / 2)] / (2 pi (1 + b^2)) - a b / (1 + b^2) dA/da.
    """
    low, high = fpr_range
    if not 0 <= low < high <= 1:
        raise ArgumentError("binormal_auc_variance", "fpr_range", "two rising values in [0, 1]", fpr_range)
    spread = 1 + b**2
    ends = (special.ndtri(np.array([low, high])) + a * b / spread) * sqrt(spread)
    height = exp(-(a**2) / (2 * spread))
    in_a = height * float(np.diff(special.ndtr(ends))[0]) / sqrt(2 * pi * spread)
    in_b = -height * float(np.diff(np.exp(-(ends**2) / 2))[0]) / (2 * pi * spread) - a * b / spread * in_a
    return in_a, in_b
