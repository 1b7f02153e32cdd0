"""AUROC and average precision of a population, from cases that were drawn with unequal chances.

Both are ratios of weighted sums over pairs of cases. The derivative by a case's weight says what that case adds to the
error; under the draw (``SamplingDesign``) this gives the variance, and t on the logit scale the interval.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtrit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.auroc_intervals import score_bounds
from ecg_eval.stats.roc.roc_inputs import truth_values

Floats = NDArray[np.float64]

NO_BOUND = "every case adds the same to it: this method has no interval"
ONE_UNIT = "all cases come from one patient, so that nothing is known about others"


class Ranked(NamedTuple):
    """A statistic of a ranking, and what each case adds to its error.

    Attributes
    ----------
    value : float
    deviations : ndarray (n_cases,)
        0 for a case that is missing or has no weight.
    """

    value: float
    deviations: Floats


def ranked_auroc(truth: Floats, score: Floats, weight: Floats) -> Ranked | None:
    """Return A = sum w_i w_j [s_i > s_j, ties one half] / (W1 W0); None where a class has no weight.

    A positive case adds w_i (V_i - A) / W1, with V_i the weighted share of the negatives below it; a negative one
    alike.
    """
    complete = ~(np.isnan(truth) | np.isnan(score)) & (weight > 0)
    positive, negative = (np.flatnonzero(complete & (truth == k)) for k in (1, 0))
    if not (positive.size and negative.size):
        return None
    deviations = np.zeros(truth.size)
    above = _share_below(score[positive], score[negative], weight[negative])
    below = 1 - _share_below(score[negative], score[positive], weight[positive])
    of_positives = weight[positive] / weight[positive].sum()
    value = float(of_positives @ above)
    deviations[positive] = of_positives * (above - value)
    deviations[negative] = weight[negative] / weight[negative].sum() * (below - value)
    return Ranked(value, deviations)


def ranked_average_precision(truth: Floats, score: Floats, weight: Floats) -> Ranked | None:
    """Return AP = sum over positives of w_i P(s_i) / W1, P(s) the weighted precision at and above s; None without one.

    Case k adds w_k / W1 [y_k (P(s_k) - AP) + sum over positives at or below s_k of w_i (y_k - P(s_i)) / N(s_i)], with
    N(s) the weight at and above s.
    """
    complete = np.flatnonzero(~(np.isnan(truth) | np.isnan(score)) & (weight > 0))
    order = complete[np.argsort(-score[complete], kind="stable")]
    y, w, s = truth[order], weight[order], score[order]
    if not y.any():
        return None
    last = np.searchsorted(-s, -s, side="right") - 1  # the last of each case's ties
    first = np.searchsorted(-s, -s, side="left")
    called = np.cumsum(w)[last]
    precision = np.cumsum(w * y)[last] / called
    total = float((w * y).sum())
    value = float((w * y * precision).sum() / total)

    def from_here_on(x: Floats) -> Floats:
        """Sum over the cases at or below each score."""
        return np.cumsum(x[::-1])[::-1][first]

    at = w * y / called
    later = y * from_here_on(at) - from_here_on(at * precision)
    deviations = np.zeros(truth.size)
    deviations[order] = w / total * (y * (precision - value) + later)
    return Ranked(value, deviations)


def population_auroc(*, truth: ArrayLike, score: ArrayLike, design: SamplingDesign, level: float = 0.95) -> Estimate:
    """Estimate the AUROC in the population that the cases were drawn from.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing.
    score : array_like (n_cases,)
        Higher speaks for presence; NaN where missing.
    design : SamplingDesign
        Of all cases, missing ones too.
    level : float

    Returns
    -------
    Estimate
        In [0, 1], t interval on the logit scale. An AUROC of 0 or 1 has Newcombe's score interval, of Kish's effective
        numbers of cases. Undefined where a class has no weight.

    Notes
    -----
    Source: Binder, Int Stat Rev 1983;51:279 (linearisation); with equal weights and no patient repeated the standard
    error is DeLong's but for terms of order 1/n.

    Examples
    --------
    >>> design = SamplingDesign.of(weight=[1, 1, 1, 3])
    >>> round(population_auroc(truth=[1, 1, 0, 0], score=[0.9, 0.4, 0.5, 0.1], design=design).value, 3)
    0.875
    """
    labels, scores = _checked("population_auroc", truth, score, design)
    counted = _counted("AUROC", "one class has no case with a weight", (labels, scores), design, level)
    ranked = ranked_auroc(labels, scores, design.weight)
    if ranked is None:
        return counted
    if ranked.value in (0.0, 1.0):
        has_score = ~np.isnan(scores)
        sizes = [_kish(design.weight[has_score & (labels == k)]) for k in (1, 0)]
        low, high = score_bounds(ranked.value, (max(round(sizes[0]), 1), max(round(sizes[1]), 1)), level)
        words = "AUROC, score interval of the effective numbers of cases"
        return replace(counted, value=ranked.value, low=low, high=high, method=words, reason=None)
    return _estimated(ranked, design, counted)


def population_average_precision(
    *, truth: ArrayLike, score: ArrayLike, design: SamplingDesign, level: float = 0.95
) -> Estimate:
    """Estimate the average precision in the population that the cases were drawn from.

    Parameters
    ----------
    truth, score, design, level
        As for ``population_auroc``.

    Returns
    -------
    Estimate
        In (0, 1], t interval on the logit scale; chance gets the population's prevalence. Undefined without a positive
        case of weight; no interval where it is 1.

    Notes
    -----
    Source: Binder, Int Stat Rev 1983;51:279 (linearisation).

    Examples
    --------
    >>> design = SamplingDesign.of(weight=[1, 1, 1, 3])
    >>> round(population_average_precision(truth=[1, 1, 0, 0], score=[0.9, 0.4, 0.5, 0.1], design=design).value, 3)
    0.833
    """
    labels, scores = _checked("population_average_precision", truth, score, design)
    reason = "no case with a weight has the finding"
    counted = _counted("average precision", reason, (labels, scores), design, level)
    ranked = ranked_average_precision(labels, scores, design.weight)
    return counted if ranked is None else _estimated(ranked, design, counted)


def _share_below(scores: Floats, others: Floats, weight: Floats) -> Floats:
    """Return the weighted share of the others below each score, ties counted one half."""
    order = np.argsort(others, kind="stable")
    so_far = np.r_[0.0, np.cumsum(weight[order])]
    left, right = (so_far[np.searchsorted(others[order], scores, side=side)] for side in ("left", "right"))
    return np.asarray((left + right) / (2 * so_far[-1]))


def _kish(weight: Floats) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum())


def _checked(who: str, truth: ArrayLike, score: ArrayLike, design: SamplingDesign) -> tuple[Floats, Floats]:
    labels, scores = truth_values(who, truth), np.asarray(score, dtype=np.float64)
    if labels.shape != design.weight.shape or scores.shape != labels.shape:
        raise ArgumentError(who, "truth and score", f"of the {design.weight.size} cases of the draw", labels.shape)
    return labels, scores


def _counted(label: str, reason: str, cases: tuple[Floats, Floats], design: SamplingDesign, level: float) -> Estimate:
    """Return what was counted, and no value yet."""
    truth, score = cases
    complete = ~(np.isnan(truth) | np.isnan(score)) & (design.weight > 0)
    return Estimate.undefined(
        reason=reason,
        method=label,
        level=level,
        n=int(complete.sum()),
        n_positive=int((complete & (truth == 1)).sum()),
        n_clusters=int(design.freedom(complete)[0]),
    )


def _estimated(ranked: Ranked, design: SamplingDesign, counted: Estimate) -> Estimate:
    """Return value and t interval on the logit scale."""
    value, df = ranked.value, float(design.n_units - design.n_strata)
    error = float(np.sqrt(design.variance(ranked.deviations)))
    words = f"{counted.method}, linearised, logit interval"
    if not error > 1e-12 or not 0 < value < 1 or df < 1:
        return replace(counted, value=value, method=words, reason=ONE_UNIT if np.isnan(error) else NO_BOUND)
    half = float(stdtrit(df, 0.5 + counted.level / 2)) * error / (value * (1 - value))
    return replace(
        counted,
        value=value,
        low=float(expit(logit(value) - half)),
        high=float(expit(logit(value) + half)),
        method=words,
        standard_error=error,
        df=df,
        reason=None,
    )
