"""Lin's concordance correlation: how closely two columns of measurements follow the line of identity.

It is Pearson's correlation times a factor for bias in place and scale. Like every correlation it depends on the
range of the cases: on patients with like intervals it is low however well the readers measure. Report limits of
agreement beside it.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.method_comparison import paired_measurements

CorrelationInterval = Literal["z_transform", "asymptotic"]

TOO_FEW = "fewer than three cases were measured in both ways"
NO_SPREAD = "one of the two columns does not vary"
EXACT = "the points lie on a line exactly, so there is no spread to make an interval of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Concordance of two columns of measurements, and what lowers it.

    Attributes
    ----------
    ccc : Estimate
        Concordance correlation coefficient, from -1 to 1; 1 means equal values.
    pearson : Estimate
        Precision: how closely the points follow any line; Fisher's z interval, t test.
    accuracy : Estimate
        C_b = ccc / pearson, from 0 to 1: how near that line is to identity.
    scale_shift : Estimate
        Standard deviation of the first over that of the second; 1 for none.
    location_shift : Estimate
        Difference of means over the geometric mean of the standard deviations; 0 for none.
    """

    ccc: Estimate
    pearson: Estimate
    accuracy: Estimate
    scale_shift: Estimate
    location_shift: Estimate


def lin_ccc(
    *,
    first: ArrayLike,
    second: ArrayLike,
    level: float = 0.95,
    interval: CorrelationInterval = "z_transform",
) -> Concordance:
    r"""Give Lin's concordance correlation coefficient of two columns of measurements.

    :math:`\rho_c = 2 s_{xy} / (s_x^2 + s_y^2 + (\bar x - \bar y)^2)` with divisor n in the variances (Lin 1989).

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        Measurements in the same unit; NaN = missing, such cases are left out.
    level : float
        Coverage that the intervals aim at.
    interval : {"z_transform", "asymptotic"}
        By Fisher's z (default; it stays below 1 and keeps its level better), or value plus and minus quantile times
        standard error.

    Returns
    -------
    Concordance
        Undefined with fewer than three complete cases or a column that does not vary.

    Raises
    ------
    ArgumentError
        Unequal lengths, infinite values, a level outside (0, 1) or an unknown interval.

    References
    ----------
    Lin LI. Biometrics 1989;45:255-268, with the correction of the variance in Biometrics 2000;56:324-325.

    Examples
    --------
    >>> print(lin_ccc(first=[400, 410, 395, 420, 402], second=[398, 404, 396, 411, 401]).ccc)
    0.788 (95 % CI 0.412 to 0.934; Lin CCC, z-transform interval, n = 5)
    """
    who = "lin_ccc"
    check_level(who, level)
    check_choice(who, "interval", interval, get_args(CorrelationInterval))
    a, b, both = paired_measurements(who, first, second)
    x, y, n = a[both], b[both], int(both.sum())
    method = f"Lin CCC, {interval.replace('_', '-')} interval"
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        blank = Estimate.undefined(reason=TOO_FEW if n < 3 else NO_SPREAD, method=method, n=n, level=level)
        return Concordance(ccc=blank, pearson=blank, accuracy=blank, scale_shift=blank, location_shift=blank)
    sx, sy = float(x.std()), float(y.std())
    r = float(np.clip(((x - x.mean()) * (y - y.mean())).mean() / (sx * sy), -1, 1))
    shift = float(x.mean() - y.mean()) / np.sqrt(sx * sy)
    ccc = 2 * r * sx * sy / (sx**2 + sy**2 + shift**2 * sx * sy)
    accuracy = 2 * sx * sy / (sx**2 + sy**2 + shift**2 * sx * sy)
    return Concordance(
        ccc=_ccc_estimate(ccc, r, shift, n, level, interval, method),
        pearson=_pearson(r, n, level),
        accuracy=_bare(accuracy, "C_b", n, level),
        scale_shift=_bare(sx / sy, "scale shift", n, level),
        location_shift=_bare(shift, "location shift", n, level),
    )


def _bare(value: float, method: str, n: int, level: float) -> Estimate:
    return Estimate(value=value, method=method, n=n, level=level, reason="no interval is made for it")


def _ccc_estimate(
    ccc: float, r: float, shift: float, n: int, level: float, interval: CorrelationInterval, method: str
) -> Estimate:
    r"""Give the coefficient with Lin's interval.

    :math:`SE^2 = \left[(1 - r^2) \rho_c^2 (1 - \rho_c^2) / r^2 + 2 \rho_c^3 (1 - \rho_c) u^2 / r - \rho_c^4 u^4 /
    (2 r^2) \right] / (n - 2)` with u the location shift; on Fisher's scale it is divided by :math:`1 - \rho_c^2`.
    """
    if abs(r) < 1e-9 or 1 - abs(r) < 1e-12:
        reason = EXACT if abs(r) > 0.5 else "the correlation is 0, where the standard error has no formula"
        return Estimate(value=ccc, method=method, n=n, level=level, reason=reason)
    variance = (1 - r**2) * ccc**2 * (1 - ccc**2) / r**2 + 2 * ccc**3 * (1 - ccc) * shift**2 / r
    se = float(np.sqrt((variance - 0.5 * ccc**4 * shift**4 / r**2) / (n - 2)))
    z = float(norm.ppf(0.5 + level / 2))
    if interval == "asymptotic":
        low, high = max(ccc - z * se, -1.0), min(ccc + z * se, 1.0)
    else:
        half = z * se / (1 - ccc**2)
        low, high = (float(np.tanh(np.arctanh(ccc) + side * half)) for side in (-1, 1))
    return Estimate(value=ccc, low=low, high=high, method=method, n=n, level=level, standard_error=se)


def _pearson(r: float, n: int, level: float) -> Estimate:
    """Give Pearson's correlation with Fisher's z interval, half-width quantile / sqrt(n - 3), and the t test of 0."""
    method = "Pearson correlation, Fisher z interval"
    if 1 - abs(r) < 1e-12:
        return Estimate(value=r, method=method, n=n, level=level, reason=EXACT)
    statistic = r * np.sqrt((n - 2) / (1 - r**2))
    low, high, reason = None, None, "Fisher's z takes four cases or more"
    if n > 3:
        half = norm.ppf(0.5 + level / 2) / np.sqrt(n - 3)
        low, high = (float(np.tanh(np.arctanh(r) + side * half)) for side in (-1, 1))
    return Estimate(
        value=r,
        low=low,
        high=high,
        method=method,
        n=n,
        level=level,
        df=n - 2,
        statistic=statistic,
        p_value=2 * t.sf(abs(statistic), n - 2),
        reason=None if n > 3 else reason,
    )
