"""A statistic of a ROC curve on the cases themselves and on their resamples, shared by the files that define one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.roc_inputs import ScoredCases, checked_weights, truth_values
from ecg_eval.stats.roc.score_groups import group_by_score, rates
from ecg_eval.stats.roc.staircase import column_blocks

Axis = Literal["specificity", "sensitivity"]
Curve = tuple[slice, NDArray[np.float64], NDArray[np.float64]]

SAME_RATE = 1e-10
"""Rates of up to a thousand million cases differ by more than this, rounding by less."""


def curve_blocks(
    truth: NDArray[np.float64], score: NDArray[np.float64], weights: NDArray[np.generic], focus: Axis
) -> Iterator[Curve]:
    """Give, block by block, the rate that rises along the range and the rate to read, both (n_points, n_in_block).

    Focus "specificity": 1 - specificity rises and sensitivity is read. Focus "sensitivity": sensitivity rises and
    specificity is read. NaN where a class has no weight.
    """
    groups = group_by_score(truth, score, join="curve")
    if groups is None:
        return
    for block in column_blocks(weights):
        fpr, tpr = rates(groups, block)
        yield (block.rows, fpr, tpr) if focus == "specificity" else (block.rows, tpr, 1 - fpr)


def checked_curve_inputs(
    who: str, truth: ArrayLike, score: ArrayLike, weights: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.generic]]:
    """Return truth, score (n_cases,) and weights (n_resamples, n_cases) as arrays that fit together."""
    labels, values = truth_values(who, truth), np.asarray(score, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != values.shape:
        raise ArgumentError(who, "score", "one-dimensional and as long as truth", values.shape)
    return labels, values, checked_weights(who, weights, labels.size)


def estimate_from_curve(
    cases: ScoredCases,
    label: str,
    statistic: Callable[..., NDArray[np.float64]],
    weights: ArrayLike | None,
    method: IntervalMethod,
    level: float,
) -> Estimate:
    """Evaluate a statistic on the cases themselves and, where there are resamples, on those."""
    counted = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters)
    if cases.one_class:
        return counted(value=None, method=label, reason=cases.one_class)
    value = float(statistic(weights=np.ones((1, cases.n_given), dtype=np.int8))[0])
    if weights is None:
        return counted(value=value, method=label, reason="no resamples were given (weights)")
    return interval_from_replicates(
        value=value,
        replicates=statistic(weights=weights),
        label=label,
        method=method,
        level=level,
        n=cases.n,
        n_positive=cases.n_positive,
        n_clusters=cases.n_clusters,
    )
