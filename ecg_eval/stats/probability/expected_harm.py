"""Expected harm of decisions when each kind of error has its own cost.

The costs are the study's, in a unit that it names (a missed infarction against a needless referral); this file only
adds them up. Classes may be more than two (for example degrees of urgency), and so may decisions.
"""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import standard_error_of_mean
from ecg_eval.stats.probability.proportion_sums import weighted_sum_bounds
from ecg_eval.stats.roc.roc_inputs import checked_weights


def _checked(
    who: str, truth: ArrayLike, decision: ArrayLike, costs: ArrayLike, prevalence: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """Check codes against the cost matrix (n_classes, n_decisions) and the target shares of the classes."""
    table = np.asarray(costs, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ArgumentError(who, "costs", "a finite matrix (n_classes, n_decisions)", costs)
    codes = []
    for what, values, size in (("truth", truth, table.shape[0]), ("decision", decision, table.shape[1])):
        array = np.asarray(values, dtype=np.float64)
        given = array[~np.isnan(array)]
        if array.ndim != 1 or ((given < 0) | (given >= size) | (given % 1 != 0)).any():
            raise ArgumentError(who, what, f"one-dimensional, whole numbers from 0 to {size - 1} or NaN", values)
        codes.append(array)
    if codes[0].shape != codes[1].shape:
        raise ArgumentError(who, "decision", f"as long as truth ({codes[0].size})", codes[1].size)
    if prevalence is None:
        return codes[0], codes[1], table, None
    shares = np.asarray(prevalence, dtype=np.float64)
    if shares.shape != (table.shape[0],) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise ArgumentError(who, "prevalence", f"{table.shape[0]} shares that add up to 1", prevalence)
    return codes[0], codes[1], table, shares


def expected_harm(
    *,
    truth: ArrayLike,
    decision: ArrayLike,
    costs: ArrayLike,
    prevalence: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the mean cost of a case under a matrix of costs.

    H = sum_k pi_k sum_d P(decision d | class k) C[k, d], with pi the shares of the classes among the cases or the
    target shares.

    Parameters
    ----------
    truth : array_like of int (n_cases,)
        Class of each case, 0 to n_classes - 1; NaN where missing, and then left out.
    decision : array_like of int (n_cases,)
        Decision taken, 0 to n_decisions - 1; NaN where missing.
    costs : array_like (n_classes, n_decisions)
        Cost of each decision for each class; negative is a gain.
    prevalence : array_like (n_classes,), optional
        Shares of the classes in the place of use.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        In the unit of the costs. Undefined without cases, and where a class with a target share above 0 has none. The
        interval is MOVER of the Wilson intervals of the shares of each cost, also of those that did not occur; where
        patients repeat, the number of cases is divided by the design effect.

    Notes
    -----
    Sources: expected loss, Wald 1950, Statistical Decision Functions; interval: Zou and Donner, Stat Med 2008;27:1693.
    """
    who = "expected_harm"
    classes, taken, table, shares = _checked(who, truth, decision, costs, prevalence)
    complete = ~(np.isnan(classes) | np.isnan(taken))
    k, d = classes[complete].astype(np.intp), taken[complete].astype(np.intp)
    if cluster is None:
        unit = np.arange(k.size)
    else:
        unit = np.unique(np.asarray(cluster)[complete], return_inverse=True)[1].astype(np.intp)
    method = "expected harm, MOVER of Wilson intervals" + ("" if shares is None else ", re-weighted to target shares")
    n_clusters = int(np.unique(unit).size)
    estimate = partial(Estimate, level=level, method=method, n=k.size, n_clusters=n_clusters)
    size = np.bincount(k, minlength=table.shape[0])
    if k.size == 0 or (shares is not None and (size[shares > 0] == 0).any()):
        return estimate(value=None, reason="a class that the mean needs has no case with a decision")
    share_here = size / k.size
    scale = np.divide(
        share_here if shares is None else shares, share_here, out=np.zeros(share_here.size), where=share_here > 0
    )
    cost = table[k, d]
    value = float(np.mean(scale[k] * cost))
    # with target shares the class means are known up to their own error only; without, shares vary as well
    centre = value if shares is None else (np.bincount(k, weights=cost) / np.maximum(size[: k.max() + 1], 1))[k]
    influence = scale[k] * (cost - centre)
    error = standard_error_of_mean(influence, unit)
    if error is None or table.max() == table.min():
        return estimate(value=value, reason="one patient, or all costs alike: no interval can be had")
    alone = standard_error_of_mean(influence, np.arange(k.size))
    effect = max(1.0, (error / alone) ** 2) if alone else 1.0
    below, above = _reach(table, (k, d), shares, effect, level)
    return estimate(value=value, low=value - below, high=value + above, standard_error=error or None)


def _reach(
    table: NDArray[np.float64],
    cells: tuple[NDArray[np.intp], NDArray[np.intp]],
    shares: NDArray[np.float64] | None,
    effect: float,
    level: float,
) -> tuple[float, float]:
    """Give how far below and above its value the mean cost may reach; cells of equal cost count as one."""
    k, d = cells
    groups = [(1.0, np.full(k.shape, True), table)]  # share of the whole, its cases, the costs that it can have
    if shares is not None:
        groups = [(share, k == c, table[c]) for c, share in enumerate(shares) if share > 0]
    reach = np.zeros(2)
    for share, here, costs in groups:
        distinct = np.unique(costs)
        n = int(here.sum())
        counts = np.bincount(np.searchsorted(distinct, table[k[here], d[here]]), minlength=distinct.size)
        reach += np.square(weighted_sum_bounds(counts / n, share * (distinct - distinct[0]), n / effect, level))
    return float(reach[0] ** 0.5), float(reach[1] ** 0.5)


def weighted_expected_harm(
    *,
    truth: ArrayLike,
    decision: ArrayLike,
    costs: ArrayLike,
    weights: ArrayLike,
    prevalence: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Give the expected harm of every resample.

    Parameters
    ----------
    truth, decision, costs, prevalence
        As for `expected_harm`.
    weights : array_like (n_resamples, n_cases)

    Returns
    -------
    ndarray (n_resamples,)
        NaN where a class that the mean needs has no weight.
    """
    who = "weighted_expected_harm"
    classes, taken, table, shares = _checked(who, truth, decision, costs, prevalence)
    w = checked_weights(who, weights, classes.size).astype(np.float64)
    complete = ~(np.isnan(classes) | np.isnan(taken))
    k, d, w = classes[complete].astype(np.intp), taken[complete].astype(np.intp), w[:, complete]
    in_class = np.equal.outer(k, np.arange(table.shape[0])).astype(np.float64)
    size, cost = w @ in_class, (w * table[k, d]) @ in_class
    if shares is None:
        total = size.sum(axis=1)
        return np.asarray(cost.sum(axis=1) / np.where(total > 0, total, np.nan))
    needed = shares > 0
    return np.asarray((cost[:, needed] / np.where(size > 0, size, np.nan)[:, needed]) @ shares[needed])


def least_harm_decision(*, probabilities: ArrayLike, costs: ArrayLike) -> NDArray[np.intp]:
    """Choose for each case the decision of least expected cost under predicted class probabilities.

    Parameters
    ----------
    probabilities : array_like (n_cases, n_classes)
        Each row adds up to 1.
    costs : array_like (n_classes, n_decisions)

    Returns
    -------
    ndarray of int (n_cases,)
        Of equal decisions the first.
    """
    who = "least_harm_decision"
    p, table = np.asarray(probabilities, dtype=np.float64), np.asarray(costs, dtype=np.float64)
    if table.ndim != 2 or p.ndim != 2 or p.shape[1] != table.shape[0]:
        raise ArgumentError(who, "probabilities", "of shape (n_cases, n_classes) with a row of costs a class", p.shape)
    if not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1, atol=1e-6)):
        raise ArgumentError(who, "probabilities", "0 or more and adding up to 1 in each row", p)
    return np.asarray(np.argmin(p @ table, axis=1))
