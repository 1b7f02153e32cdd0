"""What a prediction is worth to those who act on it: net benefit, its curve, and expected harm under given costs.

Net benefit counts true positives and takes away false positives at the exchange rate of the threshold: whoever acts at
a probability of 0.1 thinks one missed finding as bad as nine needless actions. It depends on how common the finding
is; `prevalence` re-weights a sample that is enriched, or a case-control study, to the place of use.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import predicted_cases, units_of
from ecg_eval.stats.probability.proportion_sums import weighted_difference_bounds
from ecg_eval.stats.roc.roc_inputs import ScoredCases, checked_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCurve:
    """Net benefit of acting on a prediction, over thresholds.

    Attributes
    ----------
    thresholds : ndarray (n_thresholds,)
        A case is positive at or above the threshold.
    true_positive_rate, false_positive_rate : ndarray (n_thresholds,)
        Per case, not per class: sensitivity x prevalence and (1 - specificity) x (1 - prevalence).
    net_benefit, low, high : ndarray (n_thresholds,)
        True positives per case, with pointwise interval; NaN bounds where there are none.
    net_benefit_all : ndarray (n_thresholds,)
        Of acting on everybody; of acting on nobody it is 0.
    interventions_avoided : ndarray (n_thresholds,)
        Per case, against acting on everybody, at no cost in true positives; NaN at threshold 0.
    prevalence : float
        Of the cases, or the target that was given.
    harm : float
        Harm of the test itself, in true positives per case, already taken from `net_benefit`.
    n : int
        Cases that entered.
    level : float
    """

    thresholds: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    false_positive_rate: NDArray[np.float64]
    net_benefit: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    net_benefit_all: NDArray[np.float64]
    interventions_avoided: NDArray[np.float64]
    prevalence: float
    harm: float
    n: int
    level: float


def _checked(who: str, thresholds: ArrayLike, prevalence: float | None, harm: float) -> NDArray[np.float64]:
    cuts = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    if cuts.ndim != 1 or not ((cuts >= 0) & (cuts < 1)).all():
        raise ArgumentError(who, "thresholds", "from 0 to below 1", thresholds)
    if prevalence is not None and not 0 < prevalence < 1:
        raise ArgumentError(who, "prevalence", "between 0 and 1", prevalence)
    if not harm >= 0:
        raise ArgumentError(who, "harm", "0 or more", harm)
    return cuts


def decision_curve(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    prevalence: float | None = None,
    harm: float = 0.0,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> DecisionCurve:
    """Give the net benefit of acting on predictions at or above each threshold.

    NB(t) = TP/n - FP/n t/(1-t) - harm; with a target prevalence pi,
    NB(t) = pi sensitivity - (1 - pi)(1 - specificity) t/(1-t) - harm.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1]; yes/no calls 0 and 1 are the same at every threshold above 0.
    thresholds : array_like (n_thresholds,)
        Probabilities at which somebody would act, from 0 to below 1.
    prevalence : float, optional
        Of the place of use, where it is not that of the cases.
    harm : float
        Harm of the test itself, in true positives per case.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    level : float
        Pointwise coverage of the interval.

    Returns
    -------
    DecisionCurve
        The interval is MOVER of the two Wilson intervals, with the number of cases divided by the design effect where
        patients repeat; it takes the threshold and the target prevalence as known.

    Raises
    ------
    ArgumentError
        Without cases; with a target prevalence, without cases of both classes; a threshold outside [0, 1).

    Notes
    -----
    Sources: Vickers and Elkin, Med Decis Making 2006;26:565; prevalence and interventions avoided as the R package
    dcurves; interval: Zou and Donner, Stat Med 2008;27:1693.
    """
    who = "decision_curve"
    cuts = _checked(who, thresholds, prevalence, harm)
    cases = predicted_cases(who, truth, probability, cluster)
    if cases.n == 0 or (prevalence is not None and cases.one_class):
        raise ArgumentError(who, "truth", "with the cases that the rates need", cases.one_class)
    n, n1 = cases.n, cases.n_positive
    tp, fp = _counts_above(cases, cuts)
    odds = cuts / (1 - cuts)
    pi = n1 / n if prevalence is None else prevalence
    tpr, fpr = (tp / n, fp / n) if prevalence is None else (tp / n1 * pi, fp / (n - n1) * (1 - pi))
    benefit = tpr - odds * fpr - harm
    low, high = _bounds(cases, cuts, (tp, fp), prevalence, level)
    of_all = pi - (1 - pi) * odds
    return DecisionCurve(
        thresholds=cuts,
        true_positive_rate=tpr,
        false_positive_rate=fpr,
        net_benefit=benefit,
        low=low - harm,
        high=high - harm,
        net_benefit_all=of_all,
        interventions_avoided=np.divide(benefit - of_all, odds, out=np.full(odds.shape, np.nan), where=odds > 0),
        prevalence=pi,
        harm=harm,
        n=n,
        level=level,
    )


def _counts_above(cases: ScoredCases, cuts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count positives and negatives at or above each threshold."""
    p = cases.scores[0]
    counts = [
        (np.sum(of_class) - np.searchsorted(np.sort(p[of_class]), cuts, side="left")).astype(np.float64)
        for of_class in (cases.truth, ~cases.truth)
    ]
    return counts[0], counts[1]


def _bounds(
    cases: ScoredCases,
    cuts: NDArray[np.float64],
    counts: tuple[NDArray[np.float64], NDArray[np.float64]],
    prevalence: float | None,
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the pointwise interval of the net benefit before harm."""
    odds = cuts / (1 - cuts)
    (tp, fp), n, n1 = counts, cases.n, cases.n_positive
    effect = np.ones(cuts.size) if cases.cluster is None else _design_effect(cases, cuts, prevalence)
    if prevalence is None:
        p, q = tp / n, fp / n
        room = (1 - p) * (1 - q)
        # two parts of one whole: the more true positives, the fewer cases are left to be false ones
        r = -np.sqrt(np.divide(p * q, room, out=np.zeros_like(p), where=room > 0))
        return weighted_difference_bounds((p, n / effect), (q, n / effect), (1.0, odds), r, level)
    scales = (prevalence, (1 - prevalence) * odds)
    sizes = n1 / effect, (n - n1) / effect
    return weighted_difference_bounds((tp / n1, sizes[0]), (fp / (n - n1), sizes[1]), scales, 0.0, level)


def _design_effect(cases: ScoredCases, cuts: NDArray[np.float64], prevalence: float | None) -> NDArray[np.float64]:
    """Give by how much repeated patients raise the variance at each threshold, at least 1."""
    y, p, unit = cases.truth, cases.scores[0], units_of(cases)
    n_units = cases.n_clusters
    effect = np.ones(cuts.size)
    for index, cut in enumerate(cuts):
        called, odds = p >= cut, cut / (1 - cut)
        if prevalence is None:
            gain = called * np.where(y, 1.0, -odds)
            deviation = gain - gain.mean()
        else:
            inside = np.where(y, prevalence / y.mean(), -odds * (1 - prevalence) / (1 - y.mean()))
            deviation = inside * (called - np.where(y, called[y].mean(), called[~y].mean()))
        alone = np.sum(deviation**2)
        if alone > 0 and n_units > 1:
            together = np.sum(np.bincount(unit, weights=deviation) ** 2)
            effect[index] = max(1.0, together * n_units / (n_units - 1) / (alone * cases.n / (cases.n - 1)))
    return effect


def net_benefit(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    threshold: float,
    prevalence: float | None = None,
    harm: float = 0.0,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the net benefit at one threshold.

    Parameters
    ----------
    truth, probability, prevalence, harm, cluster, level
        As for `decision_curve`.
    threshold : float
        From 0 to below 1.

    Returns
    -------
    Estimate
        True positives per case, at most the prevalence. Undefined without the cases that the rates need.
    """
    cuts = _checked("net_benefit", threshold, prevalence, harm)
    cases = predicted_cases("net_benefit", truth, probability, cluster)
    where = "" if prevalence is None else f", re-weighted to prevalence {prevalence:g}"
    method = f"net benefit at {threshold:g}{where}; MOVER of Wilson intervals"
    counted = partial(
        Estimate, level=level, method=method, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters
    )
    if cases.n == 0 or (prevalence is not None and cases.one_class):
        return counted(value=None, reason=cases.one_class)
    if cases.n_clusters < 2:
        return counted(value=None, reason="one case or patient")
    curve = decision_curve(
        truth=truth,
        probability=probability,
        thresholds=cuts,
        prevalence=prevalence,
        harm=harm,
        cluster=cluster,
        level=level,
    )
    return counted(value=float(curve.net_benefit[0]), low=float(curve.low[0]), high=float(curve.high[0]))


def weighted_net_benefit(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    weights: ArrayLike,
    prevalence: float | None = None,
    harm: float = 0.0,
) -> NDArray[np.float64]:
    """Give the net benefit of every resample at every threshold.

    Parameters
    ----------
    truth, probability : array_like (n_cases,)
        NaN where missing; such cases are left out.
    thresholds, prevalence, harm
        As for `decision_curve`.
    weights : array_like (n_resamples, n_cases)

    Returns
    -------
    ndarray (n_resamples, n_thresholds)
        NaN where the cases that the rates need have no weight.
    """
    who = "weighted_net_benefit"
    cuts = _checked(who, thresholds, prevalence, harm)
    cases = predicted_cases(who, truth, probability)
    w = checked_weights(who, weights, cases.n_given)[:, cases.complete].astype(np.float64)
    called = np.greater_equal.outer(cases.scores[0], cuts).astype(np.float64)
    positive, negative = w * cases.truth, w * ~cases.truth
    odds = cuts / (1 - cuts)
    n1, n0 = positive.sum(axis=1, keepdims=True), negative.sum(axis=1, keepdims=True)
    # scale of either class: 1 / n, or the target prevalence over the class
    if prevalence is None:
        scales = tuple(np.where(n1 + n0 > 0, 1 / np.maximum(n1 + n0, 1e-300), np.nan) for _ in range(2))
    else:
        scales = tuple(
            np.where(size > 0, share / np.maximum(size, 1e-300), np.nan)
            for share, size in ((prevalence, n1), (1 - prevalence, n0))
        )
    benefit: NDArray[np.float64] = scales[0] * (positive @ called) - scales[1] * odds * (negative @ called) - harm
    return benefit
