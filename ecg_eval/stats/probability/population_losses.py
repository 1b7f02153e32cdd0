"""Brier score and log loss in the population that cases were drawn from with unequal chances."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.clusters.weighted_shares import ratio_errors, weighted_shares
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.roc_inputs import truth_values

Floats = NDArray[np.float64]

NOTHING_VARIES = "no case or patient differs from another: this method has no interval"


def population_brier(
    *, truth: ArrayLike, probability: ArrayLike, design: SamplingDesign, level: float = 0.95
) -> Estimate:
    """Estimate the Brier score of a population, sum w (p - y)² / sum w.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing.
    probability : array_like (n_cases,)
        In [0, 1]; NaN where missing.
    design : SamplingDesign
        Of all cases, missing ones too.
    level : float

    Returns
    -------
    Estimate
        In [0, 1], 0 is perfect; t interval with linearised error. Undefined without a case of weight.

    Examples
    --------
    >>> population_brier(truth=[0, 1], probability=[0.5, 0], design=SamplingDesign.of(weight=[3, 1])).value
    0.4375
    """
    y, p, complete = _checked("population_brier", truth, probability, design)
    loss = np.where(complete, (p - y) ** 2, 0.0)
    made = weighted_shares(design, events=loss, cases=complete.astype(np.float64), interval="wald", level=level)[0]
    positive = int((complete & (y == 1) & (design.weight > 0)).sum())
    return replace(made, method=f"Brier score, linearised, {made.method}", n_positive=positive)


def population_log_loss(
    *, truth: ArrayLike, probability: ArrayLike, design: SamplingDesign, level: float = 0.95
) -> Estimate:
    """Estimate the log loss of a population, -sum w log(probability given to what happened) / sum w.

    Parameters
    ----------
    truth, probability, design, level
        As for ``population_brier``.

    Returns
    -------
    Estimate
        0 or more, 0 is perfect; natural logarithm. Undefined where an outcome was given probability 0.
    """
    y, p, complete = _checked("population_log_loss", truth, probability, design)
    counts = complete & (design.weight > 0)
    given = np.where(y == 1, p, 1 - p)
    label, n = "log loss, linearised, t interval", int(counts.sum())
    if not n or (given[counts] == 0).any():
        impossible = f"{int((given[counts] == 0).sum())} outcome(s) had been given probability 0: the loss is infinite"
        reason = impossible if n else "no case with a weight counts for this number"
        return Estimate.undefined(reason=reason, method=label, n=n, level=level)
    loss = np.where(counts, -np.log(np.where(counts, given, 1.0)), 0.0)
    value, deviations = ratio_errors(design, events=loss, cases=counts.astype(np.float64))
    error, units = float(np.sqrt(design.variance(deviations))), design.freedom(counts)
    df = float(units[1])
    if not error > 1e-12 or df < 1:
        return Estimate(value=float(value), method=label, n=n, level=level, reason=NOTHING_VARIES)
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return Estimate(
        value=float(value),
        low=max(float(value) - half, 0.0),
        high=float(value) + half,
        level=level,
        method=label,
        n=n,
        n_positive=int((counts & (y == 1)).sum()),
        n_clusters=int(units[0]),
        standard_error=error,
        df=df,
    )


def _checked(
    who: str, truth: ArrayLike, probability: ArrayLike, design: SamplingDesign
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    y, p = truth_values(who, truth), np.asarray(probability, dtype=np.float64)
    if y.shape != design.weight.shape or p.shape != y.shape:
        raise ArgumentError(who, "truth and probability", f"of the {design.weight.size} cases of the draw", p.shape)
    if ((p < 0) | (p > 1)).any():
        raise ArgumentError(who, "probability", "in [0, 1], or NaN", p[(p < 0) | (p > 1)][0])
    return y, p, ~(np.isnan(y) | np.isnan(p))
