"""Shares and means of a population from cases that were drawn with unequal chances: an enriched draw, re-weighted.

A share is a ratio of two weighted sums, and its error that of the linearised ratio under the draw
(``SamplingDesign``). Where no case differs from another the linearised error is 0 and says nothing: the exact interval
for Kish's effective number of cases stands there. A share that the strata fix (that of a finding by which the draw was
stratified) is known from the weights, and has no interval.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.estimate import Estimate, Estimates

Floats = NDArray[np.float64]
Interval = Literal["beta", "logit", "wald"]
Freedom = Literal["domain", "design", "normal"]

WHO = "weighted_share"
NO_WEIGHT = "no case with a weight counts for this number"
FIXED = "the weights fix this share: it is taken as known"
ONE_UNIT = "all cases come from one patient, so that nothing is known about others"
_WORDS = {
    "beta": "Korn and Graubard's interval",
    "logit": "logit interval",
    "wald": "t interval",
}


def ratio_errors(design: SamplingDesign, *, events: Floats, cases: Floats) -> tuple[Floats, Floats]:
    """Return sum(w e) / sum(w c), (...), and what each case adds to its error, w (e - p c) / sum(w c), (..., n_cases).

    Parameters
    ----------
    design : SamplingDesign
    events, cases : ndarray (..., n_cases)
        0 for a case outside the domain. NaN where a domain has no weight.
    """
    total = (design.weight * cases).sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = (design.weight * events).sum(axis=-1, keepdims=True) / total
        return p[..., 0], np.nan_to_num(design.weight * (events - p * cases) / total)


def weighted_shares(
    design: SamplingDesign,
    *,
    events: Floats,
    cases: Floats,
    empty: str = NO_WEIGHT,
    interval: Interval = "beta",
    freedom: Freedom = "domain",
    level: float = 0.95,
) -> Estimates:
    """Return shares of a population, one for each of the leading axes; as ``weighted_share`` gives one.

    Parameters
    ----------
    design : SamplingDesign
    events, cases : ndarray (..., n_cases)
        Events and cases, 0 outside the domain. They need not be whole: the mean over several references.
    empty : str
        The reason to give where no case counts.
    interval, freedom, level
        As for ``weighted_share``.
    """
    check_choice(WHO, "interval", interval, tuple(_WORDS))
    check_choice(WHO, "freedom", freedom, ("domain", "design", "normal"))
    check_level(WHO, level)
    x, c = (np.asarray(a, dtype=np.float64).reshape(-1, design.weight.size) for a in (events, cases))
    p, deviations = ratio_errors(design, events=x, cases=c)
    error = np.sqrt(design.variance(deviations))
    error = np.where(error > 1e-12, error, np.where(np.isnan(error), np.nan, 0.0))  # below it is rounding
    inside = (c > 0) & (design.weight > 0)
    units, of_domain = design.freedom(inside)
    n = np.where(inside, c, 0.0).sum(axis=-1)
    of_design = np.full(n.shape, float(design.n_units - design.n_strata))
    freedoms = {"domain": of_domain.astype(np.float64), "design": of_design, "normal": np.full(n.shape, np.inf)}
    df = np.where(n > 0, freedoms[freedom], 0.0)
    weights = np.where(inside, design.weight, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        kish = weights.sum(axis=-1) ** 2 / (weights**2).sum(axis=-1)
        low, high = _bounds(p, error, (np.maximum(df, 1.0), n, kish), interval, level)
    fixed = ~(error > 0) & (p > 0) & (p < 1)
    unknown = ~(df >= 1) | ~(low < high) | np.isnan(error) | fixed
    why = np.where(fixed & ~np.isnan(error), FIXED, ONE_UNIT)
    return Estimates.of_columns(
        value=p,
        low=np.where(unknown, np.nan, low),
        high=np.where(unknown, np.nan, high),
        level=level,
        method=_WORDS[interval] + (f", {design.n_strata} strata" if design.n_strata > 1 else ""),
        n=np.rint(n),
        n_positive=np.rint(np.where(inside, x, 0.0).sum(axis=-1)),
        n_clusters=units,
        standard_error=np.where(error > 0, error, np.nan),
        df=np.where(np.isinf(df) | (df < 1), np.nan, df),
        reason=np.where(n == 0, empty, np.where(unknown, why, "")),
    )


def _bounds(
    p: Floats, error: Floats, of: tuple[Floats, Floats, Floats], interval: Interval, level: float
) -> tuple[Floats, Floats]:
    """Return both bounds from degrees of freedom, cases and Kish's number of cases."""
    df, n, kish = of
    upper = 0.5 + level / 2
    quantile = stdtrit(df, upper)
    at_0, at_1 = p <= 0, p >= 1
    size = np.where(error > 0, p * (1 - p) / error**2, kish) * (stdtrit(np.maximum(n - 1, 1), upper) / quantile) ** 2
    x, rest = np.maximum(size * p, 1e-12), np.maximum(size * (1 - p), 1e-12)
    low = np.where(at_0, 0.0, betaincinv(x, rest + 1, 1 - upper))
    high = np.where(at_1, 1.0, betaincinv(x + 1, rest, upper))
    if interval == "beta":
        return low, high
    half = quantile * error
    if interval == "logit":
        centre, half = np.log(p / (1 - p)), half / (p * (1 - p))
        made = expit(centre - half), expit(centre + half)
    else:
        made = np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)
    ends = (at_0 | at_1) | ~(error > 0)
    return np.where(ends, low, made[0]), np.where(ends, high, made[1])


def weighted_share(
    *,
    event: ArrayLike,
    weight: ArrayLike,
    cluster: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    population: ArrayLike | None = None,
    interval: Interval = "beta",
    freedom: Freedom = "domain",
    level: float = 0.95,
) -> Estimate:
    """Estimate a share of the population that cases were drawn from with unequal chances.

    p = sum(w y) / sum(w) over the cases of the domain, with Taylor-linearised standard error.

    Parameters
    ----------
    event : array_like (n_cases,)
        1 where it happened and 0 where not, or a loss in between; NaN for a case that the share is not of (for a
        sensitivity, one without the finding). All cases that were drawn belong here.
    weight : array_like (n_cases,)
        How many cases of the population each stands for; only their ratios matter.
    cluster, stratum, population : array_like (n_cases,), optional
        Patient, stratum of the draw, and size of the stratum in the population (``SamplingDesign.of``).
    interval : {"beta", "logit", "wald"}
        "beta" is Clopper and Pearson's for the effective number of cases (Korn and Graubard), the widest of them;
        "logit" and "wald" are t times the standard error on that scale. A share of 0 or 1 always has "beta".
    freedom : {"domain", "design", "normal"}
        Degrees of freedom: units with a case of the domain less their strata; those of the whole draw; infinite.
    level : float

    Returns
    -------
    Estimate
        In [0, 1]. Undefined where no case of the domain has a weight.

    Notes
    -----
    Sources: Binder, Int Stat Rev 1983;51:279 (linearisation); Korn and Graubard, Surv Methodol 1998;24:193 (interval).

    Examples
    --------
    >>> print(weighted_share(event=[1, 1, 0, 0, 1], weight=[1, 1, 1, 9, 1]))
    0.231 (95 % CI 0.004 to 0.799; weighted by the draw, Korn and Graubard's interval, n = 5)
    """
    design = SamplingDesign.of(weight=weight, cluster=cluster, stratum=stratum, population=population)
    values = np.asarray(event, dtype=np.float64)
    if values.shape != design.weight.shape or not (((values >= 0) & (values <= 1)) | np.isnan(values)).all():
        rule = f"{design.weight.size} values from 0 to 1, NaN outside the domain"
        raise ArgumentError(WHO, "event", rule, values.shape)
    made = weighted_shares(
        design,
        events=np.nan_to_num(values),
        cases=(~np.isnan(values)).astype(np.float64),
        interval=interval,
        freedom=freedom,
        level=level,
    )[0]
    return replace(made, method=f"weighted by the draw, {made.method}")


def effective_cases(estimate: Estimate) -> float | None:
    """Return p (1 - p) / SE²: how many cases drawn evenly would tell as much; None without a standard error.

    Examples
    --------
    >>> effective_cases(Estimate(value=0.5, standard_error=0.25, method="", n=300))
    4.0
    """
    p, error = estimate.value, estimate.standard_error
    return None if p is None or not error else p * (1 - p) / error**2


def weighted_youden(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    weight: ArrayLike,
    cluster: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate Youden's index of a population: weighted sensitivity plus specificity less 1, in [-1, 1].

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases,)
        NaN where missing; such cases count as zeros of the draw.
    weight, cluster, stratum, level
        As for ``weighted_share``.

    Returns
    -------
    Estimate
        With t interval on the units of the draw, the covariance of both shares included; undefined where a class is
        empty.
    """
    design = SamplingDesign.of(weight=weight, cluster=cluster, stratum=stratum)
    there, called = (np.asarray(a, dtype=np.float64) for a in (truth, call))
    complete = ~(np.isnan(there) | np.isnan(called))
    cases = np.stack([complete & (there == k) for k in (1, 0)]).astype(np.float64)
    p, deviations = ratio_errors(design, events=cases * (there == called), cases=cases)
    label, n = "Youden's index, weighted by the draw", int((complete & (design.weight > 0)).sum())
    if np.isnan(p).any():
        return Estimate.undefined(reason="one class has no case with a weight", method=label, n=n, level=level)
    value, error = float(p.sum() - 1), float(np.sqrt(design.variance(deviations.sum(axis=0))))
    df = float(design.n_units - design.n_strata)
    if not error > 1e-12 or df < 1:
        reason = "no case or patient differs from another: this method has no interval"
        return Estimate(value=value, method=label, n=n, level=level, reason=reason)
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return Estimate(
        value=value,
        low=max(value - half, -1.0),
        high=min(value + half, 1.0),
        level=level,
        method=f"{label}, t interval",
        n=n,
        n_clusters=design.n_units,
        standard_error=error,
        df=df,
    )
