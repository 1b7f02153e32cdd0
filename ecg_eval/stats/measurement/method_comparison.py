"""Two ways of measuring the same thing: Bland-Altman limits of agreement, single and with several readings a patient.

Correlation does not tell whether two ways agree, and a paired t test only whether they agree on average. The limits of
agreement say how far apart single measurements may lie; whether that matters is a clinical question (10 ms of QT?).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, nct, norm, t

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
LimitInterval = Literal["exact", "approximate"]

TOO_FEW = "fewer than two cases were measured in both ways"
NO_SPREAD = "all differences are the same, so their spread gives no interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Agreement of two ways of measuring, in the unit of the measurements.

    Attributes
    ----------
    bias : Estimate
        Mean of first minus second; t interval and paired t test.
    standard_deviation : Estimate
        Of the differences; chi-squared interval.
    lower_limit, upper_limit : Estimate
        Limits of agreement, bias plus and minus `multiplier` standard deviations.
    slope : Estimate
        Least-squares slope of the difference on the mean of the two: 0 where the bias does not grow with size, and then
        the limits hold over the whole range.
    multiplier : float
        Standard deviations between bias and limit.
    """

    bias: Estimate
    standard_deviation: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    slope: Estimate
    multiplier: float


def paired_measurements(who: str, first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Give two columns of measurements and which cases have both.

    Raises
    ------
    ArgumentError
        Columns that are not one-dimensional numbers of the same length, or infinite values.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.ndim != 1 or a.shape != b.shape:
        raise ArgumentError(who, "first and second", "one-dimensional and of the same length", (a.shape, b.shape))
    if np.isinf(a).any() or np.isinf(b).any():
        raise ArgumentError(who, "first and second", "finite, or NaN where missing")
    return a, b, ~(np.isnan(a) | np.isnan(b))


def bland_altman(
    *,
    first: ArrayLike,
    second: ArrayLike,
    coverage: float = 0.95,
    multiplier: float | None = None,
    level: float = 0.95,
    interval: LimitInterval = "exact",
) -> BlandAltman:
    r"""Give bias and limits of agreement of two ways of measuring, one pair of values a case.

    :math:`\bar d \pm z s_d` with the differences d = first - second.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        Measurements in the same unit; NaN = missing, such cases are left out. Cases are taken as independent: for
        several pairs a patient see `bland_altman_repeated`.
    coverage : float
        Share of differences that the limits aim at; 0.95 gives z = 1.959964.
    multiplier : float, optional
        z itself instead, such as 2 (Bland and Altman 1986).
    level : float
        Coverage of the intervals of bias and limits.
    interval : {"exact", "approximate"}
        Interval of a limit: from the non-central t (Carkeet 2015), or limit plus and minus t times :math:`s_d
        \sqrt{1 / n + z^2 / (2 (n - 1))}` (Bland and Altman 1999), which is symmetric and too short outwards in
        small samples.

    Returns
    -------
    BlandAltman
        Undefined estimates with fewer than two complete cases; no intervals where all differences are the same.

    Raises
    ------
    ArgumentError
        Unequal lengths, infinite values, a level or coverage outside (0, 1), a multiplier that is not positive.

    References
    ----------
    Bland JM, Altman DG. Lancet 1986;1:307-310; Stat Methods Med Res 1999;8:135-160. Carkeet A. Optom Vis Sci
    2015;92:e71-80.

    Examples
    --------
    >>> limits = bland_altman(first=[400, 410, 395, 420], second=[398, 404, 396, 411])
    >>> print(limits.bias)
    4.000 (95 % CI -2.997 to 10.997; bias, paired t, n = 4)
    """
    who = "bland_altman"
    check_level(who, level)
    check_choice(who, "interval", interval, get_args(LimitInterval))
    z = limit_multiplier(who, coverage, multiplier)
    a, b, both = paired_measurements(who, first, second)
    n = int(both.sum())
    difference, middle = (a - b)[both], ((a + b) / 2)[both]
    if n < 2:
        parts = [Estimate.undefined(reason=TOO_FEW, method=m, n=n, level=level) for m in _METHODS]
        return BlandAltman(**dict(zip(_PARTS, parts, strict=True)), multiplier=z)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    return BlandAltman(
        bias=_bias(bias, sd, n, level),
        standard_deviation=_standard_deviation(sd, n, level),
        lower_limit=_limit(bias, sd, n, -z, level, interval),
        upper_limit=_limit(bias, sd, n, z, level, interval),
        slope=_slope(middle, difference, level),
        multiplier=z,
    )


_METHODS = ("bias, paired t", "standard deviation", "limit of agreement", "limit of agreement", "slope on the mean")
_PARTS = ("bias", "standard_deviation", "lower_limit", "upper_limit", "slope")


def limit_multiplier(who: str, coverage: float, multiplier: float | None) -> float:
    """Give the standard deviations between bias and limit.

    Raises
    ------
    ArgumentError
        A coverage outside (0, 1) or a multiplier that is not positive.
    """
    if not 0 < coverage < 1:
        raise ArgumentError(who, "coverage", "between 0 and 1", coverage)
    if multiplier is not None and not 0 < multiplier < np.inf:
        raise ArgumentError(who, "multiplier", "positive", multiplier)
    return float(norm.ppf(0.5 + coverage / 2)) if multiplier is None else float(multiplier)


def _bias(bias: float, sd: float, n: int, level: float) -> Estimate:
    if sd == 0:
        return Estimate(value=bias, level=level, method="bias, paired t", n=n, reason=NO_SPREAD)
    se = sd / np.sqrt(n)
    half = t.ppf(0.5 + level / 2, n - 1) * se
    statistic = bias / se
    return Estimate(
        value=bias,
        low=bias - half,
        high=bias + half,
        level=level,
        method="bias, paired t",
        n=n,
        standard_error=se,
        df=n - 1,
        statistic=statistic,
        p_value=2 * t.sf(abs(statistic), n - 1),
    )


def _standard_deviation(sd: float, n: int, level: float) -> Estimate:
    method = "standard deviation of the differences, chi-squared"
    if sd == 0:
        return Estimate(value=sd, level=level, method=method, n=n, reason=NO_SPREAD)
    tail = (1 - level) / 2
    low, high = (sd * np.sqrt((n - 1) / chi2.ppf(p, n - 1)) for p in (1 - tail, tail))
    return Estimate(value=sd, low=low, high=high, level=level, method=method, n=n, df=n - 1)


def _limit(bias: float, sd: float, n: int, z: float, level: float, interval: LimitInterval) -> Estimate:
    """Give one limit, bias + z sd, z negative for the lower one."""
    value, method = bias + z * sd, f"limit of agreement, {interval} interval"
    if sd == 0:
        return Estimate(value=value, level=level, method=method, n=n, reason=NO_SPREAD)
    se = sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
    if interval == "approximate":
        half = t.ppf(0.5 + level / 2, n - 1) * se
        low, high = value - half, value + half
    else:
        tails = nct.ppf([(1 - level) / 2, (1 + level) / 2], n - 1, abs(z) * np.sqrt(n)) / np.sqrt(n) * sd
        low, high = (bias + tails[0], bias + tails[1]) if z > 0 else (bias - tails[1], bias - tails[0])
    return Estimate(value=value, low=low, high=high, level=level, method=method, n=n, standard_error=se, df=n - 1)


def _slope(middle: Floats, difference: Floats, level: float) -> Estimate:
    n, method = len(middle), "slope of the difference on the mean, least squares"
    x = middle - middle.mean()
    spread = float(x @ x)
    if n < 3 or spread == 0:
        reason = "fewer than three cases, or all means the same, give no slope"
        return Estimate.undefined(reason=reason, method=method, n=n, level=level)
    slope = float(x @ difference) / spread
    residual = difference - difference.mean() - slope * x
    se = float(np.sqrt(residual @ residual / (n - 2) / spread))
    if se == 0:
        return Estimate(value=slope, level=level, method=method, n=n, reason="the differences lie on a line exactly")
    half = t.ppf(0.5 + level / 2, n - 2) * se
    return Estimate(
        value=slope,
        low=slope - half,
        high=slope + half,
        level=level,
        method=method,
        n=n,
        standard_error=se,
        df=n - 2,
        statistic=slope / se,
        p_value=2 * t.sf(abs(slope / se), n - 2),
    )
