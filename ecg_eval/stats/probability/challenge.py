"""Scores of the PhysioNet/CinC Challenges: 2020 and 2021 with their matrices of credits, 2025 with its capacity.

They are here so that results can be compared with published ones. The 2020 and 2021 score gives partial credit for
diagnoses that are treated alike, and is scaled so that 0 is always saying "sinus rhythm" and 1 is always right; it can
be negative. The matrices of credits belong to the Challenges and are passed in. The AUROC, AUPRC and F of the
Challenges are `weighted_auroc`, `weighted_average_precision` and `weighted_f_beta` with `macro_average`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import binomtest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import standard_error_of_mean
from ecg_eval.stats.probability.proportion_sums import wilson_bounds
from ecg_eval.stats.roc.roc_inputs import checked_weights, scored_cases, truth_values
from ecg_eval.stats.roc.score_groups import group_by_score
from ecg_eval.stats.roc.staircase import column_blocks

Normalization = Literal["union", "outputs"]


def merge_classes(
    *, values: ArrayLike, groups: Sequence[Sequence[int]], how: Literal["any", "mean"]
) -> NDArray[np.float64]:
    """Join columns that code the same class, as the Challenges do.

    Parameters
    ----------
    values : array_like (n_cases, n_codes)
        Labels, calls or scores.
    groups : sequence of sequences of int
        Columns of each class; a class without a column is 0 for all cases, as the Challenges score a diagnosis that a
        model does not know.
    how : {"any", "mean"}
        "any" for labels and calls (1 if any code is 1), "mean" for scores.

    Returns
    -------
    ndarray (n_cases, n_classes)
    """
    array = np.asarray(values, dtype=np.float64)
    if how not in ("any", "mean"):
        raise ArgumentError("merge_classes", "how", "one of any, mean", how)
    if array.ndim != 2:
        raise ArgumentError("merge_classes", "values", "of shape (n_cases, n_codes)", array.shape)
    join = np.max if how == "any" else np.mean
    empty = np.zeros(array.shape[0])
    return np.stack([join(array[:, list(g)], axis=1) if len(g) else empty for g in groups], axis=1)


def _credits(
    who: str, truth: ArrayLike, call: ArrayLike, credit: ArrayLike, normal: int, normalization: Normalization
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give for each recording what was earned, and what could be earned, above always calling the normal class."""
    labels, calls = truth_values(who, truth), truth_values(who, call, "call")
    table = np.nan_to_num(np.asarray(credit, dtype=np.float64), nan=0.0)  # as the Challenges: no credit where not given
    if labels.ndim != 2 or labels.shape != calls.shape or np.isnan(labels).any() or np.isnan(calls).any():
        shapes = (labels.shape, calls.shape)
        raise ArgumentError(who, "truth and call", "complete and of one shape (n_cases, n_classes)", shapes)
    n_classes = labels.shape[1]
    if table.shape != (n_classes, n_classes):
        raise ArgumentError(who, "credit", f"of shape ({n_classes}, {n_classes})", table.shape)
    if not 0 <= normal < n_classes:
        raise ArgumentError(who, "normal", f"a column from 0 to {n_classes - 1}", normal)
    if normalization not in ("union", "outputs"):
        raise ArgumentError(who, "normalization", "one of union, outputs", normalization)
    always_normal = np.zeros_like(labels)
    always_normal[:, normal] = 1

    def earned(output: NDArray[np.float64]) -> NDArray[np.float64]:
        named = np.maximum(labels, output) if normalization == "union" else output
        return np.asarray(np.einsum("ij,jk,ik->i", labels, table, output) / np.maximum(named.sum(axis=1), 1))

    floor = earned(always_normal)
    return earned(calls) - floor, earned(labels) - floor


def challenge_score(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    credit: ArrayLike,
    normal: int,
    normalization: Normalization = "union",
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the 2020/2021 score: (credit - credit of "normal") / (credit of the truth - credit of "normal").

    A recording's credit is sum_jk L_j W_jk O_k / max(|L or O|, 1), with labels L, calls O and matrix W.

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases, n_classes)
        No missing value.
    credit : array_like (n_classes, n_classes)
        W, rows the labels, columns the calls; NaN counts as 0.
    normal : int
        Column of the class that a model without information would always call.
    normalization : {"union", "outputs"}
        Divide by the number of classes in labels or calls (both Challenges' final rule), or in the calls alone (the
        2020 Challenge's first rule).
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    level : float
        Coverage of the normal interval of the linearised ratio.

    Returns
    -------
    Estimate
        At most 1; undefined where the truth earns no more than "normal" does.

    Notes
    -----
    Sources: Perez Alday et al., Physiol Meas 2020;41:124003; Reyna et al., CinC 2021.
    """
    who = "challenge_score"
    gained, possible = _credits(who, truth, call, credit, normal, normalization)
    unit = np.arange(gained.size) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    n_clusters = int(np.unique(unit).size)
    method = "PhysioNet/CinC 2020/2021 score; ratio of sums, normal interval"
    estimate = partial(Estimate, level=level, method=method, n=gained.size, n_clusters=n_clusters)
    total = float(possible.sum())
    if total == 0:
        return estimate(value=None, reason="always calling the normal class earns as much as the truth")
    value = float(gained.sum()) / total
    error = standard_error_of_mean((gained - value * possible) / (total / gained.size), unit)
    if not error:
        return estimate(value=value, reason="one patient, or all alike: no variance can be had")
    half = float(ndtri((1 + level) / 2)) * error
    return estimate(value=value, low=value - half, high=min(1.0, value + half), standard_error=error)


def weighted_challenge_score(
    *,
    truth: ArrayLike,
    call: ArrayLike,
    credit: ArrayLike,
    normal: int,
    weights: ArrayLike,
    normalization: Normalization = "union",
) -> NDArray[np.float64]:
    """Give the 2020/2021 score of every resample.

    Parameters
    ----------
    truth, call, credit, normal, normalization
        As for `challenge_score`.
    weights : array_like (n_resamples, n_cases)

    Returns
    -------
    ndarray (n_resamples,)
        NaN where the truth earns no more than "normal" does.
    """
    who = "weighted_challenge_score"
    gained, possible = _credits(who, truth, call, credit, normal, normalization)
    w = checked_weights(who, weights, gained.size).astype(np.float64)
    above, below = w @ gained, w @ possible
    score: NDArray[np.float64] = np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
    return score


def exact_match_accuracy(*, truth: ArrayLike, call: ArrayLike, level: float = 0.95) -> Estimate:
    """Give the share of recordings in which every class is called right.

    Parameters
    ----------
    truth, call : array_like of 0/1 (n_cases, n_classes)
        No missing value.
    level : float
        Coverage of Wilson's interval.

    Returns
    -------
    Estimate
        In [0, 1]; undefined without recordings.
    """
    who = "exact_match_accuracy"
    labels, calls = truth_values(who, truth), truth_values(who, call, "call")
    if labels.ndim != 2 or labels.shape != calls.shape or np.isnan(labels).any() or np.isnan(calls).any():
        shapes = (labels.shape, calls.shape)
        raise ArgumentError(who, "truth and call", "complete and of one shape (n_cases, n_classes)", shapes)
    n, right = labels.shape[0], int(np.sum((labels == calls).all(axis=1)))
    estimate = partial(Estimate, level=level, method="exact match; Wilson", n=n, n_positive=right)
    if n == 0:
        return estimate(value=None, reason="no recording")
    interval = binomtest(right, n).proportion_ci(confidence_level=level, method="wilson")
    return estimate(value=right / n, low=interval.low, high=interval.high)


def label_count_weights(*, truth: ArrayLike) -> NDArray[np.float64]:
    """Weigh each recording by 1 / max(number of its labels, 1), as the F-beta and G-beta of 2020 do.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases, n_classes)

    Returns
    -------
    ndarray (1, n_cases)
        One row of weights for `weighted_f_beta` and `weighted_g_beta`; multiply resamples by it.
    """
    labels = truth_values("label_count_weights", truth)
    if labels.ndim != 2:
        raise ArgumentError("label_count_weights", "truth", "of shape (n_cases, n_classes)", labels.shape)
    return np.asarray(1 / np.maximum(np.nansum(labels, axis=1), 1))[None, :]


def weighted_sensitivity_at_capacity(
    *, truth: ArrayLike, score: ArrayLike, weights: ArrayLike, capacity: float = 0.05
) -> NDArray[np.float64]:
    """Give the sensitivity in every resample when only the highest scores can be followed up.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
    weights : array_like (n_resamples, n_cases)
    capacity : float
        Share of the cases that can be followed up, in (0, 1]; the number is rounded down.

    Returns
    -------
    ndarray (n_resamples,)
        NaN where no positive case has weight.
    """
    who = "weighted_sensitivity_at_capacity"
    if not 0 < capacity <= 1:
        raise ArgumentError(who, "capacity", "above 0 and at most 1", capacity)
    labels, values = truth_values(who, truth), np.asarray(score, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != values.shape:
        raise ArgumentError(who, "score", "one-dimensional and as long as truth", values.shape)
    w = checked_weights(who, weights, labels.size)
    result = np.full(w.shape[0], np.nan)
    groups = group_by_score(labels, values, join="curve")
    if groups is None:
        return result
    for block in column_blocks(w):
        positive, negative = groups.sums(block)
        size = positive + negative
        places = np.floor(capacity * size.sum(axis=0))
        # of a group that does not fit whole, positives get their share of the places that are left
        taken = np.clip(places - (np.cumsum(size, axis=0) - size), 0, size)
        caught = np.sum(positive * np.divide(taken, size, out=np.zeros_like(size), where=size > 0), axis=0)
        total = positive.sum(axis=0)
        result[block.rows] = np.divide(caught, total, out=np.full(total.shape, np.nan), where=total > 0)
    return result


def sensitivity_at_capacity(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    capacity: float = 0.05,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the 2025 score: the share of the positives among the highest scores that a capacity allows.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
        Higher speaks for presence. Among equal scores at the edge of the capacity cases are taken at random; the value
        is the expectation, which the Challenge approaches by 10,000 permutations.
    capacity : float
        Share of the cases that can be followed up; the number of cases is rounded down.
    cluster : array_like (n_cases,), optional
        Patient of each case, counted in the result.
    level : float
        Coverage of Wilson's interval, which takes the threshold as fixed; with `weighted_sensitivity_at_capacity`
        over resamples by patient it moves.

    Returns
    -------
    Estimate
        In [0, 1]; at most capacity / prevalence. Undefined without a positive case.

    Notes
    -----
    Source: George B. Moody PhysioNet Challenge 2025 (Chagas disease), official-phase evaluation code.
    """
    who = "sensitivity_at_capacity"
    cases = scored_cases(who, truth, score, cluster)
    ones = np.ones((1, cases.n), dtype=np.int8)
    replicates = weighted_sensitivity_at_capacity(
        truth=cases.truth, score=cases.scores[0], weights=ones, capacity=capacity
    )
    method = f"sensitivity in the top {capacity:g} of scores; Wilson, threshold taken as fixed"
    estimate = partial(
        Estimate, level=level, method=method, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters
    )
    if cases.n_positive == 0:
        return estimate(value=None, reason=cases.one_class)
    value, size = float(replicates[0]), np.array([float(cases.n_positive)])
    low, high = wilson_bounds(np.array([value]), size, level)
    return estimate(value=value, low=float(low[0]), high=float(high[0]))
