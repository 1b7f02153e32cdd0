"""What a threshold means in cases, and thresholds chosen by a rule.

A threshold chosen on the same cases that it is judged on looks better than it is; the functions that choose one say so
in the `method` of what they return. The intervals hold for a threshold that was fixed before these cases were seen,
and for cases of different patients.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.roc_curve import RocCurve, ThresholdStyle, roc_curve
from ecg_eval.stats.roc.roc_inputs import scored_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """What a threshold means on a set of cases.

    Attributes
    ----------
    threshold : float
    tp, fp, fn, tn : int
        Cases: true positive, false positive, false negative, true negative.
    sensitivity, specificity, ppv, npv, accuracy : Estimate
        With Wilson intervals for a threshold fixed beforehand; undefined where the denominator is 0.
    youden : Estimate
        J = sensitivity + specificity - 1, interval from the two Wilson intervals (MOVER, Zou and Donner 2008).
    """

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    accuracy: Estimate
    youden: Estimate


def operating_point(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    threshold: float,
    positive_if: Literal[">=", ">"] = ">=",
    level: float = 0.95,
) -> OperatingPoint:
    """Count and describe the calls that a threshold makes.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    score : array_like (n_cases,)
    threshold : float
    positive_if : {">=", ">"}
        Whether a score equal to the threshold is a positive call.
    level : float
        Coverage of the intervals.

    Returns
    -------
    OperatingPoint
    """
    if positive_if not in (">=", ">"):
        raise ArgumentError("operating_point", "positive_if", "one of >=, >", positive_if)
    cases = scored_cases("operating_point", truth, score)
    called = cases.scores[0] >= threshold if positive_if == ">=" else cases.scores[0] > threshold
    tp, fp = int(np.sum(called & cases.truth)), int(np.sum(called & ~cases.truth))
    return _describe(threshold, tp, fp, (cases.n_positive, cases.n - cases.n_positive), level, "")


def _describe(threshold: float, tp: int, fp: int, sizes: tuple[int, int], level: float, note: str) -> OperatingPoint:
    """Turn counts into an operating point; `note` joins the method of every estimate."""
    fn, tn = sizes[0] - tp, sizes[1] - fp
    share = partial(_proportion, level=level, note=note)
    sensitivity, specificity = share("sensitivity", tp, tp + fn), share("specificity", tn, tn + fp)
    return OperatingPoint(
        threshold=threshold,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=share("positive predictive value", tp, tp + fp),
        npv=share("negative predictive value", tn, tn + fn),
        accuracy=share("accuracy", tp + tn, sum(sizes)),
        youden=_youden(sensitivity, specificity, note),
    )


def _proportion(label: str, count: int, total: int, *, level: float, note: str) -> Estimate:
    """Give count / total with its Wilson interval."""
    estimate = partial(Estimate, level=level, method=f"{label}, Wilson{note}", n=total, n_positive=count)
    if total == 0:
        return estimate(value=None, reason=f"no case in the denominator of {label}")
    interval = binomtest(count, total).proportion_ci(confidence_level=level, method="wilson")
    return estimate(value=count / total, low=interval.low, high=interval.high)


def _youden(sensitivity: Estimate, specificity: Estimate, note: str) -> Estimate:
    """Add two independent proportions: J -+ the root of the sum of squared distances to their Wilson bounds."""
    n = sensitivity.n + specificity.n
    estimate = partial(
        Estimate, level=sensitivity.level, n=n, n_positive=sensitivity.n, method=f"Youden's J, MOVER of Wilson{note}"
    )
    parts = [(e.value, e.low, e.high) for e in (sensitivity, specificity)]
    computed = [(v, low, high) for v, low, high in parts if v is not None and low is not None and high is not None]
    if len(computed) < 2:
        return estimate(value=None, reason="a class has no case")
    j = computed[0][0] + computed[1][0] - 1
    below = sum((v - low) ** 2 for v, low, _ in computed) ** 0.5
    above = sum((high - v) ** 2 for v, _, high in computed) ** 0.5
    return estimate(value=j, low=j - below, high=j + above)


def youden_point(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    criterion: Literal["youden", "closest_topleft"] = "youden",
    relative_cost: float = 1.0,
    prevalence: float = 0.5,
    thresholds: ThresholdStyle = "midpoint",
    level: float = 0.95,
) -> OperatingPoint:
    """Choose the best threshold of these cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    score : array_like (n_cases,)
    criterion : {"youden", "closest_topleft"}
        Maximise sensitivity + r specificity, or minimise (1 - sensitivity)^2 + r (1 - specificity)^2, with
        r = (1 - prevalence) / (relative_cost prevalence).
    relative_cost : float
        Cost of a false negative over that of a false positive.
    prevalence : float
        Share of cases with the finding where the threshold will be used; with the defaults r = 1.
    thresholds : {"midpoint", "observed"}
        As for `roc_curve`.
    level : float
        Coverage of the intervals, which take the threshold as fixed and are too narrow for that.

    Returns
    -------
    OperatingPoint
        Of several best points the one of highest specificity.

    Raises
    ------
    ArgumentError
        Where a class is empty.

    Notes
    -----
    Sources: Youden, Cancer 1950;3:32; weights: Perkins and Schisterman, Am J Epidemiol 2006;163:670 (as pROC).
    """
    who = "youden_point"
    if criterion not in ("youden", "closest_topleft"):
        raise ArgumentError(who, "criterion", "one of youden, closest_topleft", criterion)
    if not 0 < prevalence < 1:
        raise ArgumentError(who, "prevalence", "between 0 and 1", prevalence)
    if not relative_cost > 0:
        raise ArgumentError(who, "relative_cost", "more than 0", relative_cost)
    curve = roc_curve(truth=truth, score=score, thresholds=thresholds)
    r = (1 - prevalence) / (relative_cost * prevalence)
    if criterion == "youden":
        merit = curve.sensitivity + r * curve.specificity
    else:
        merit = -((1 - curve.sensitivity) ** 2) - r * (1 - curve.specificity) ** 2
    # rounding must not choose between points that are equally good
    best = int(np.flatnonzero(merit >= merit.max() - 1e-12)[0])
    return _at(curve, best, level, ", threshold chosen on these cases")


def _at(curve: RocCurve, index: int, level: float, note: str) -> OperatingPoint:
    tp, fp = int(curve.true_positives[index]), int(curve.false_positives[index])
    return _describe(float(curve.thresholds[index]), tp, fp, (curve.n_positive, curve.n_negative), level, note)


def point_at_specificity(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    specificity: float,
    thresholds: ThresholdStyle = "midpoint",
    level: float = 0.95,
) -> OperatingPoint:
    """Choose the threshold of highest sensitivity among those with at least a given specificity on these cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    score : array_like (n_cases,)
    specificity : float
        Least specificity, in [0, 1]. It is met or exceeded, never interpolated.
    thresholds, level
        As for `youden_point`.

    Returns
    -------
    OperatingPoint
    """
    _check_share("point_at_specificity", "specificity", specificity)
    curve = roc_curve(truth=truth, score=score, thresholds=thresholds)
    return _at(curve, _reaching(-curve.specificity, -specificity), level, ", threshold chosen on these cases")


def point_at_sensitivity(
    *,
    truth: ArrayLike,
    score: ArrayLike,
    sensitivity: float,
    thresholds: ThresholdStyle = "midpoint",
    level: float = 0.95,
) -> OperatingPoint:
    """Choose the threshold of highest specificity among those with at least a given sensitivity on these cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
    score : array_like (n_cases,)
    sensitivity : float
        Least sensitivity, in [0, 1]. It is met or exceeded, never interpolated.
    thresholds, level
        As for `youden_point`.

    Returns
    -------
    OperatingPoint
    """
    _check_share("point_at_sensitivity", "sensitivity", sensitivity)
    curve = roc_curve(truth=truth, score=score, thresholds=thresholds)
    first = int(np.searchsorted(curve.sensitivity, sensitivity - 1e-12, side="left"))
    return _at(curve, first, level, ", threshold chosen on these cases")


def _reaching(rising: NDArray[np.float64], limit: float) -> int:
    """Find the last point of a rising sequence at or below a limit, up to rounding."""
    return int(np.searchsorted(rising, limit + 1e-12, side="right")) - 1


def _check_share(who: str, what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ArgumentError(who, what, "between 0 and 1", value)
