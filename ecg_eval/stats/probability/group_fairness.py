"""Whether groups of patients get readings of the same quality: rates by group, and how far the groups lie apart.

Equal opportunity asks for the same sensitivity in every group, equalised odds for the same sensitivity and the same
false alarms, demographic parity for as many calls whether or not they are right. The gap is that between the best and
the worst group, or the widest between a group and everybody. A gap between the extremes of several groups is above 0 by
chance alone: the test beside it asks whether the groups differ at all.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.choice_tables import ChoiceTables, choice_tables
from ecg_eval.stats.resampling.draws import MINIMUM_USABLE

Floats = NDArray[np.float64]
Criterion = Literal["equalised_odds", "equal_opportunity", "demographic_parity"]
Against = Literal["groups", "overall"]
Over = Literal["worst", "mean"]

WHO = "group_fairness"
_RATES: dict[str, tuple[str, ...]] = {
    "equalised_odds": ("sensitivity", "false_alarm"),
    "equal_opportunity": ("sensitivity",),
    "demographic_parity": ("call",),
}
ONE_GROUP = "fewer than two groups have cases of both kinds"


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupRates:
    """Rates of several groups, the last axis the groups; NaN for one that has no such case.

    Attributes
    ----------
    sensitivity, false_alarm, call : ndarray (..., n_groups)
        Shares called of the cases with the finding, of those without, and of all.
    """

    sensitivity: Floats
    false_alarm: Floats
    call: Floats

    @classmethod
    def of(cls, tables: ChoiceTables, shape: tuple[int, ...] = (-1,)) -> "GroupRates":
        """Return the rates of tables of two classes, absent and present, one table a group."""
        recall = tables.recall()
        call = np.divide(
            tables.named[:, 1], tables.total, out=np.full(tables.total.shape, np.nan), where=tables.total > 0
        )
        rates = (recall[:, 1], 1 - recall[:, 0], call)
        return cls(**dict(zip(("sensitivity", "false_alarm", "call"), (r.reshape(shape) for r in rates), strict=True)))

    def judged(self) -> "GroupRates":
        """Return the rates of groups with both kinds of cases, NaN for the others."""
        both = ~np.isnan(self.sensitivity + self.false_alarm)
        return GroupRates(
            sensitivity=np.where(both, self.sensitivity, np.nan),
            false_alarm=np.where(both, self.false_alarm, np.nan),
            call=np.where(both, self.call, np.nan),
        )


def _most(rates: Floats) -> Floats:
    """Return the largest of the last axis, NaN left out; NaN where all are."""
    return _or_none(np.where(np.isnan(rates), -np.inf, rates).max(axis=-1))


def _least(rates: Floats) -> Floats:
    return _or_none(np.where(np.isnan(rates), np.inf, rates).min(axis=-1))


def _or_none(values: Floats) -> Floats:
    return np.asarray(np.where(np.isinf(values), np.nan, values))


def gap_between(rates: Floats, overall: Floats | None = None) -> Floats:
    """Return the largest rate less the smallest, (...); with `overall` (...), the widest distance from it.

    Examples
    --------
    >>> float(gap_between(np.array([0.5, 0.9, 0.75]))), float(gap_between(np.array([0.5, 0.75]), np.array(0.625)))
    (0.4, 0.125)
    """
    if overall is None:
        return np.asarray(_most(rates) - _least(rates))
    return _most(np.abs(rates - overall[..., None]))


def ratio_between(rates: Floats, overall: Floats | None = None) -> Floats:
    """Return the smallest rate over the largest, (...); with `overall`, the smallest ratio of a group and everybody.

    Examples
    --------
    >>> float(ratio_between(np.array([0.5, 0.8, 1.0])))
    0.5
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if overall is None:
            return np.asarray(_least(rates) / _most(rates))
        ratio = rates / overall[..., None]
        return _least(np.minimum(ratio, 1 / ratio))


def fairness(
    rates: GroupRates,
    *,
    criterion: Criterion,
    as_ratio: bool = False,
    overall: GroupRates | None = None,
    over: Over = "worst",
) -> Floats:
    """Return how far groups lie apart, (...): 0 for a difference, 1 for a ratio, is parity.

    Parameters
    ----------
    rates : GroupRates
    criterion : {"equalised_odds", "equal_opportunity", "demographic_parity"}
    as_ratio : bool
    overall : GroupRates, optional
        Of everybody, without the axis of groups: each group is then compared with it.
    over : {"worst", "mean"}
        Of equalised odds: the worse of sensitivity and false alarms, or the mean of both.

    Notes
    -----
    Sources: Hardt, Price and Srebro, NIPS 2016 (equalised odds, equal opportunity); the definitions are fairlearn's.
    """
    for what, given, choices in (("criterion", criterion, Criterion), ("over", over, Over)):
        if given not in get_args(choices):
            raise ArgumentError(WHO, what, f"one of {', '.join(get_args(choices))}", given)
    some = rates if criterion == "demographic_parity" else rates.judged()
    measure = ratio_between if as_ratio else gap_between
    parts = [
        measure(getattr(some, name), None if overall is None else getattr(overall, name)) for name in _RATES[criterion]
    ]
    if over == "mean":
        return np.asarray(np.mean(parts, axis=0))
    return np.asarray(np.min(parts, axis=0) if as_ratio else np.max(parts, axis=0))


def group_fairness(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    group: ArrayLike,
    criterion: Criterion,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate how far groups lie apart, best from worst, with a test of whether they differ at all.

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases,)
        NaN where missing.
    group : array_like of int (n_cases,)
        From 0; below 0 for none.
    criterion : {"equalised_odds", "equal_opportunity", "demographic_parity"}
    weights : array_like (n_resamples, n_cases), optional
        Resamples by patient.
    level : float

    Returns
    -------
    Estimate
        In [0, 1], 0 is parity. The interval is that of the widest of all pairs, held for all of them at once
        (studentised bootstrap), since the widest of several gaps is wide by chance. p by Wald's chi-squared of equal
        rates with the resamples' covariance. Undefined with fewer than two groups.

    Examples
    --------
    >>> group_fairness(
    ...     truth=[1, 1, 0, 0, 1, 1, 0, 0], call=[1, 1, 0, 0, 1, 0, 0, 1], group=[0, 0, 0, 0, 1, 1, 1, 1],
    ...     criterion="equal_opportunity",
    ... ).value
    0.5
    """
    codes = np.asarray(group, dtype=np.intp)
    y, called = np.asarray(truth, dtype=np.float64), np.asarray(call, dtype=np.float64)
    if not y.shape == called.shape == codes.shape or y.ndim != 1:
        raise ArgumentError(WHO, "arrays", "of one shape (n_cases,)", (y.shape, called.shape, codes.shape))
    judged = ~np.isnan(y + called) & (codes >= 0)
    label, k = criterion.replace("_", " ") + ", widest gap between groups", max(int(codes.max(initial=-1)) + 1, 1)
    rates = _rates(y, called, codes, np.ones((1, y.size)), k)
    value = float(fairness(rates, criterion=criterion)[0])
    some = rates if criterion == "demographic_parity" else rates.judged()
    if int((~np.isnan(some.call)).sum()) < 2:
        return Estimate.undefined(reason=ONE_GROUP, method=label, n=int(judged.sum()), level=level)
    bare = Estimate(
        value=value,
        method=label,
        level=level,
        n=int(judged.sum()),
        n_positive=int((judged & (y == 1)).sum()),
        reason="no resamples were given (weights)",
    )
    if weights is None:
        return bare
    drawn = _rates(y, called, codes, np.asarray(weights, dtype=np.float64), k)
    pairs = [_pairs(getattr(some, name)[0], getattr(drawn, name)) for name in _RATES[criterion]]
    apart, spread = np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs], axis=1)
    spread = spread[~np.isnan(spread).any(axis=1)]
    if len(spread) < MINIMUM_USABLE:
        reason = f"only {len(spread)} of {len(drawn.call)} resamples could be used"
        return replace(bare, reason=reason)
    low, high = _simultaneous(apart, spread, level)
    if not high > low:
        return replace(bare, reason="all resamples give the same value")
    first = np.concatenate([np.arange(a.size) < _n_groups(a.size) - 1 for a, _ in pairs])
    statistic, df, p_value = _wald(apart[first], spread[:, first])
    return replace(
        bare,
        low=low,
        high=high,
        method=f"{label}; simultaneous bootstrap interval, {len(spread)} resamples",
        statistic=statistic,
        df=df,
        p_value=p_value,
        reason=None,
    )


def _pairs(rates: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Return the differences of all pairs of groups, those with the first one first, and of each resample."""
    there = np.flatnonzero(~np.isnan(rates))
    first, second = np.triu_indices(there.size, k=1)
    return rates[there[second]] - rates[there[first]], drawn[:, there[second]] - drawn[:, there[first]]


def _n_groups(n_pairs: int) -> int:
    return int((1 + float(1 + 8 * n_pairs) ** 0.5) / 2 + 0.5)


def _simultaneous(apart: Floats, spread: Floats, level: float) -> tuple[float, float]:
    """Return bounds of the widest difference: those of all pairs at once, studentised, hold for the widest too."""
    error = spread.std(axis=0, ddof=1)
    away = np.abs(spread - spread.mean(axis=0)) / np.where(error > 0, error, 1.0)
    half = float(np.quantile(away.max(axis=1), level)) * error
    return max(float((np.abs(apart) - half).max()), 0.0), min(float((np.abs(apart) + half).max()), 1.0)


def _wald(apart: Floats, spread: Floats) -> tuple[float | None, float | None, float | None]:
    """Return Wald's chi-squared of no difference, its degrees of freedom and p; None where resamples are singular."""
    covariance = np.atleast_2d(np.cov(spread, rowvar=False))
    if np.linalg.matrix_rank(covariance) < apart.size:
        return None, None, None
    chi2 = float(apart @ np.linalg.solve(covariance, apart))
    return chi2, float(apart.size), float(chdtrc(apart.size, chi2))


def _rates(y: Floats, called: Floats, codes: NDArray[np.intp], weights: Floats, k: int) -> GroupRates:
    """Return the rates of every group in every set of weights, each (n_sets, n_groups)."""
    inside = codes == np.arange(k)[:, None]
    each = (weights[:, None, :] * inside).reshape(-1, y.size)
    return GroupRates.of(choice_tables(truth=y, choice=called, categories=(0, 1), weights=each), (len(weights), k))
