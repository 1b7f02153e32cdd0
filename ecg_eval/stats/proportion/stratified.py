"""One comparison of two shares over several strata (practices, sites): Mantel and Haenszel's, and Peto's.

Each stratum compares its own cases, so that strata which differ in how easy their cases are do not pass for an effect.
The two groups are of different, independent cases; `clusters/stratified_difference.py` is for pairs and patients.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
Measure = Literal["odds_ratio", "risk_ratio", "risk_difference"]
Variance = Literal["sato", "greenland_robins"]

WHO = "mantel_haenszel"
NO_STRATUM = "no stratum has cases of both groups"


@dataclass(frozen=True, kw_only=True, eq=False)
class Strata:
    """Counts of two groups in several strata, each (n_strata,).

    Attributes
    ----------
    a, b : ndarray
        Events and non-events of the first group.
    c, d : ndarray
        Of the second.
    """

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @classmethod
    def of(
        cls, *, events_first: ArrayLike, n_first: ArrayLike, events_second: ArrayLike, n_second: ArrayLike
    ) -> "Strata":
        """Return the strata in which both groups have cases.

        Raises
        ------
        ArgumentError
            For counts that are no counts, or of other lengths.
        """
        x1, n1, x0, n0 = (np.asarray(v, dtype=np.float64) for v in (events_first, n_first, events_second, n_second))
        if x1.ndim != 1 or not x1.shape == n1.shape == x0.shape == n0.shape:
            raise ArgumentError(WHO, "counts", "of one shape (n_strata,)", (x1.shape, n1.shape, x0.shape, n0.shape))
        if not ((x1 >= 0) & (x1 <= n1) & (x0 >= 0) & (x0 <= n0)).all():
            raise ArgumentError(WHO, "events", "from 0 to the cases of their stratum", (x1.tolist(), x0.tolist()))
        keep = (n1 > 0) & (n0 > 0)
        return cls(a=x1[keep], b=(n1 - x1)[keep], c=x0[keep], d=(n0 - x0)[keep])

    @property
    def first(self) -> Floats:
        """Cases of the first group."""
        return self.a + self.b

    @property
    def second(self) -> Floats:
        """Cases of the second group."""
        return self.c + self.d

    @property
    def n(self) -> Floats:
        """Cases of each stratum."""
        return self.first + self.second

    @property
    def events(self) -> Floats:
        """Events of each stratum."""
        return self.a + self.c

    @property
    def informative(self) -> "Strata":
        """Those with events and non-events: the others say nothing of an odds ratio."""
        keep = (self.events > 0) & (self.events < self.n)
        return Strata(a=self.a[keep], b=self.b[keep], c=self.c[keep], d=self.d[keep])

    @property
    def excess(self) -> tuple[float, Floats]:
        """Events of the first group beyond those expected without a difference, and their variances by stratum."""
        expected = self.first * self.events / self.n
        spread = self.first * self.second * self.events * (self.n - self.events)
        return float((self.a - expected).sum()), spread / (self.n**2 * np.maximum(self.n - 1, 1))


def mantel_haenszel(
    strata: Strata,
    *,
    measure: Measure = "risk_difference",
    variance: Variance = "sato",
    level: float = 0.95,
) -> Estimate:
    """Estimate one odds ratio, ratio or difference of shares over strata, first group over (or minus) second.

    Parameters
    ----------
    strata : Strata
    measure : {"odds_ratio", "risk_ratio", "risk_difference"}
    variance : {"sato", "greenland_robins"}
        Of a difference: Sato's holds with few large and with many small strata.
    level : float

    Returns
    -------
    Estimate
        Ratios have their standard error on the logarithm. p by the same normal distribution. Undefined where no stratum
        has both groups, or where a sum that it divides by is 0.

    Notes
    -----
    Odds ratio sum(ad / n) / sum(bc / n): Mantel and Haenszel, J Natl Cancer Inst 1959;22:719; variance: Robins, Breslow
    and Greenland, Biometrics 1986;42:311. Ratio and difference: Greenland and Robins, Biometrics 1985;41:55; Sato,
    Biometrics 1989;45:1323.

    Examples
    --------
    >>> strata = Strata.of(events_first=[8, 6], n_first=[10, 10], events_second=[5, 4], n_second=[10, 10])
    >>> round(mantel_haenszel(strata).value, 3)
    0.25
    """
    for what, given, choices in (("measure", measure, Measure), ("variance", variance, Variance)):
        if given not in get_args(choices):
            raise ArgumentError(WHO, what, f"one of {', '.join(get_args(choices))}", given)
    words = {"odds_ratio": "odds ratio", "risk_ratio": "ratio", "risk_difference": "difference"}[measure]
    label = f"Mantel-Haenszel {words} over {strata.n.size} strata"
    if not strata.n.size:
        return Estimate.undefined(reason=NO_STRATUM, method=label, level=level)
    if measure == "risk_difference":
        value, error = _difference(strata, variance)
        return _wald(strata, value, error, f"{label}, {_VARIANCES[variance]}", level)
    value, error = _odds_ratio(strata) if measure == "odds_ratio" else _risk_ratio(strata)
    if not 0 < value < np.inf:
        reason = "a group has no event, or only events, in every stratum"
        return Estimate.undefined(reason=reason, method=label, n=int(strata.n.sum()), level=level)
    return _exponential(_wald(strata, float(np.log(value)), error, label, level))


_VARIANCES = {"sato": "Sato's variance", "greenland_robins": "Greenland and Robins' variance"}


def peto_odds_ratio(strata: Strata, *, level: float = 0.95) -> Estimate:
    """Estimate Peto's odds ratio, exp(sum(O - E) / sum V): for rare events and groups of like size.

    Returns
    -------
    Estimate
        Standard error on the logarithm; undefined where no stratum has events and non-events.

    Notes
    -----
    Source: Yusuf et al., Prog Cardiovasc Dis 1985;27:335.
    """
    some = strata.informative
    label = f"Peto odds ratio over {some.n.size} strata"
    if not some.n.size:
        return Estimate.undefined(reason=NO_STRATUM, method=label, level=level)
    excess, spread = some.excess
    return _exponential(_wald(some, excess / float(spread.sum()), float(spread.sum()) ** -0.5, label, level))


def _odds_ratio(s: Strata) -> tuple[float, float]:
    """Return the ratio and the standard error of its logarithm (Robins, Breslow and Greenland)."""
    p, q = (s.a + s.d) / s.n, (s.b + s.c) / s.n
    r, t = s.a * s.d / s.n, s.b * s.c / s.n
    if not (r.sum() > 0 and t.sum() > 0):
        return 0.0, np.nan
    variance = (p * r).sum() / (2 * r.sum() ** 2) + (q * t).sum() / (2 * t.sum() ** 2)
    variance += (p * t + q * r).sum() / (2 * r.sum() * t.sum())
    return float(r.sum() / t.sum()), float(variance**0.5)


def _risk_ratio(s: Strata) -> tuple[float, float]:
    r, t = (s.a * s.second / s.n).sum(), (s.c * s.first / s.n).sum()
    if not (r > 0 and t > 0):
        return 0.0, np.nan
    spread = (s.first * s.second * s.events / s.n**2 - s.a * s.c / s.n).sum()
    return float(r / t), float((spread / (r * t)) ** 0.5)


def _difference(s: Strata, variance: Variance) -> tuple[float, float]:
    weight = s.first * s.second / s.n
    total = weight.sum()
    value = float((weight * (s.a / s.first - s.c / s.second)).sum() / total)
    if variance == "greenland_robins":
        spread = ((s.a * s.b * s.second**3 + s.c * s.d * s.first**3) / (s.first * s.second * s.n**2)).sum()
    else:
        p = s.first**2 * s.c - s.second**2 * s.a + s.first * s.second * (s.second - s.first) / 2
        spread = value * (p / s.n**2).sum() + ((s.a * s.d + s.b * s.c) / (2 * s.n)).sum()
    return value, float(max(spread, 0.0) ** 0.5 / total)


def _wald(s: Strata, value: float, error: float, method: str, level: float) -> Estimate:
    n, positive = int(s.n.sum()), int(s.events.sum())
    if not error > 0:
        reason = "no case differs from another: this method has no interval"
        return Estimate(value=value, method=method, n=n, n_positive=positive, level=level, reason=reason)
    half, z = float(ndtri(0.5 + level / 2)) * error, value / error
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        method=method,
        n=n,
        n_positive=positive,
        standard_error=error,
        statistic=z,
        p_value=float(2 * ndtr(-abs(z))),
    )


def _exponential(log: Estimate) -> Estimate:
    value, low, high = (None if x is None else float(np.exp(x)) for x in (log.value, log.low, log.high))
    return replace(log, value=value, low=low, high=high, method=f"{log.method}, standard error on the logarithm")
