"""Whether predicted probabilities mean what they say: proper scores, calibration intercept and slope, and their tests.

The Brier score and the log loss reward calibration and discrimination together; intercept, slope and the reliability
curve (`ecg_eval.stats.probability.reliability`) look at calibration alone. A well calibrated model can be useless, and
a useful one badly calibrated: read them together.
"""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import predicted_cases, standard_error_of_mean, units_of
from ecg_eval.stats.roc.roc_inputs import ScoredCases

Spread = Literal["larger", "observed"]


def brier_score(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    cluster: ArrayLike | None = None,
    spread: Spread = "larger",
    level: float = 0.95,
) -> Estimate:
    """Give the mean squared distance between prediction and outcome, mean (p - y)^2.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        Predicted probability of presence, in [0, 1]; NaN where missing.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    spread : {"larger", "observed"}
        What the standard error is made of: the observed losses, or the larger of those and what the predictions
        themselves imply, mean p(1-p)(1-2p)^2 / n and the spread of p(1-p). With few cases of a rare finding the
        observed losses know nothing of the loss that a positive case would have brought; "larger" does.
    level : float
        Coverage aimed at.

    Returns
    -------
    Estimate
        0 is perfect, prevalence (1 - prevalence) is the best constant prediction, 1 is always wrong. Normal interval
        cut to [0, 1]. Undefined without cases.

    Notes
    -----
    Source: Brier, Mon Weather Rev 1950;78:1; Spiegelhalter, Stat Med 1986;5:421 (variance under calibration).

    Examples
    --------
    >>> round(brier_score(truth=[0, 1], probability=[0.1, 0.6]).value, 3)
    0.085
    """
    cases = predicted_cases("brier_score", truth, probability, cluster)
    p = cases.scores[0]
    return _mean_loss("brier_score", cases, (1 - p) ** 2, p**2, spread, level, "Brier score", most=1.0)


def log_loss(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    cluster: ArrayLike | None = None,
    spread: Spread = "larger",
    level: float = 0.95,
) -> Estimate:
    """Give the mean of -log of the probability that was given to what happened (natural logarithm).

    Parameters
    ----------
    truth, probability, cluster, spread, level
        As for `brier_score`.

    Returns
    -------
    Estimate
        0 is perfect, log 2 = 0.693 is what 0.5 for all gets, unbounded above. Undefined without cases, and where an
        outcome was given probability 0: the loss is infinite then, and clipping would hide it.

    Notes
    -----
    Source: Good, J R Stat Soc B 1952;14:107.
    """
    cases = predicted_cases("log_loss", truth, probability, cluster)
    p = cases.scores[0]
    impossible = int(np.sum(np.where(cases.truth, p == 0, p == 1)))
    if impossible:
        reason = f"{impossible} outcome(s) had been given probability 0: the loss is infinite"
        return Estimate.undefined(reason=reason, method="log loss", n=cases.n, level=level)
    with np.errstate(divide="ignore"):
        if_present, if_absent = -np.log(p), -np.log1p(-p)
    return _mean_loss("log_loss", cases, if_present, if_absent, spread, level, "log loss", most=np.inf)


def _mean_loss(
    who: str,
    cases: ScoredCases,
    if_present: NDArray[np.float64],
    if_absent: NDArray[np.float64],
    spread: Spread,
    level: float,
    name: str,
    most: float,
) -> Estimate:
    """Average a loss and give the normal interval of the mean."""
    if spread not in ("larger", "observed"):
        raise ArgumentError(who, "spread", "one of larger, observed", spread)
    estimate = partial(Estimate, level=level, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters)
    if cases.n == 0:
        return estimate(value=None, method=name, reason="no case has both a truth and a probability")
    loss = np.where(cases.truth, if_present, if_absent)
    value = float(loss.mean())
    observed = standard_error_of_mean(loss - value, units_of(cases))
    if observed is None:
        return estimate(value=value, method=name, reason="one case or patient: no variance can be had")
    error, words = observed, f"{name}; observed spread"
    if spread == "larger":
        error, words = max(error, _implied_error(cases.scores[0], if_present, if_absent)), f"{name}; larger spread"
    if error == 0:
        return estimate(value=value, method=words, reason="all cases have the same loss")
    half = float(ndtri((1 + level) / 2)) * error
    low, high = max(0.0, value - half), min(most, value + half)
    return estimate(value=value, low=low, high=high, standard_error=error, method=words)


def _implied_error(p: NDArray[np.float64], if_present: NDArray[np.float64], if_absent: NDArray[np.float64]) -> float:
    """Give the standard error of the mean loss if the predictions were right: variance within cases and between."""
    # what was given probability 0 does not happen then, whatever its loss
    present, absent = np.where(p == 0, 0.0, if_present), np.where(p == 1, 0.0, if_absent)
    expected = p * present + (1 - p) * absent
    return float(np.sqrt((np.mean(p * (1 - p) * (present - absent) ** 2) + np.var(expected, ddof=1)) / p.size))


def scaled_brier_score(
    *, truth: ArrayLike, probability: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Give 1 - Brier / (prevalence (1 - prevalence)), the share of the constant prediction's loss that is saved.

    Parameters
    ----------
    truth, probability, cluster, level
        As for `brier_score`.

    Returns
    -------
    Estimate
        1 is perfect, 0 no better than the prevalence for all, below 0 worse. Normal interval from the linearised
        ratio. Undefined where a class is empty.

    Notes
    -----
    Source: Steyerberg et al., Epidemiology 2010;21:128 (also "index of prediction accuracy").
    """
    cases = predicted_cases("scaled_brier_score", truth, probability, cluster)
    method = "scaled Brier score; linearised"
    estimate = partial(
        Estimate, level=level, method=method, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters
    )
    if cases.one_class:
        return estimate(value=None, reason=cases.one_class)
    y = cases.truth.astype(np.float64)
    loss, prevalence = (cases.scores[0] - y) ** 2, y.mean()
    worst = prevalence * (1 - prevalence)
    ratio = loss.mean() / worst
    influence = (loss - loss.mean() - ratio * (1 - 2 * prevalence) * (y - prevalence)) / worst
    error = standard_error_of_mean(influence, units_of(cases))
    return _wald(estimate, 1 - float(ratio), error, level)


def _wald(estimate: "partial[Estimate]", value: float, error: float | None, level: float) -> Estimate:
    if not error:
        return estimate(value=value, reason="one case or patient, or all alike: no variance can be had")
    half = float(ndtri((1 + level) / 2)) * error
    return estimate(value=value, low=value - half, high=value + half, standard_error=error)


def observed_expected_ratio(
    *, truth: ArrayLike, probability: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Give the number of cases with the finding over the number that the predictions add up to.

    Parameters
    ----------
    truth, probability, cluster, level
        As for `brier_score`.

    Returns
    -------
    Estimate
        1 is right on average, above 1 means that too few were predicted. Interval of the ratio of sums, linearised,
        on the log scale; `standard_error` is of the ratio. Undefined without cases or with a sum of 0.

    Notes
    -----
    Source: Riley et al., BMJ 2016;353:i3140 (O:E); ratio of sums: Cochran 1977, chapter 6.
    """
    cases = predicted_cases("observed_expected_ratio", truth, probability, cluster)
    method = "observed / expected; linearised, log scale"
    estimate = partial(
        Estimate, level=level, method=method, n=cases.n, n_positive=cases.n_positive, n_clusters=cases.n_clusters
    )
    expected = float(cases.scores[0].sum())
    if expected == 0:
        return estimate(value=None, reason="the predictions add up to 0")
    ratio = cases.n_positive / expected
    if ratio == 0:
        return estimate(value=0.0, reason="no case has the finding: the log scale has no interval")
    residual = (cases.truth - ratio * cases.scores[0]) / (expected / cases.n)
    error = standard_error_of_mean(residual, units_of(cases))
    if not error:
        return estimate(value=ratio, reason="one case or patient, or all alike: no variance can be had")
    factor = float(np.exp(ndtri((1 + level) / 2) * error / ratio))
    return estimate(value=ratio, low=ratio / factor, high=ratio * factor, standard_error=error)


def spiegelhalter_test(*, truth: ArrayLike, probability: ArrayLike) -> Estimate:
    """Test whether the predictions are calibrated by how far the Brier score is from what they imply.

    z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)).

    Parameters
    ----------
    truth, probability
        As for `brier_score`.

    Returns
    -------
    Estimate
        `value` and `statistic` are z, `p_value` is two-sided. Undefined where the denominator is 0.

    Notes
    -----
    Source: Spiegelhalter, Stat Med 1986;5:421. It cannot see miscalibration that leaves the Brier score unchanged.
    """
    cases = predicted_cases("spiegelhalter_test", truth, probability)
    p = cases.scores[0]
    estimate = partial(Estimate, method="Spiegelhalter's test", n=cases.n, n_positive=cases.n_positive)
    denominator = float(np.sqrt(np.sum((1 - 2 * p) ** 2 * p * (1 - p))))
    if denominator == 0:
        return estimate(value=None, reason="the predictions imply no variance (none, or all 0, 0.5 or 1)")
    z = float(np.sum((cases.truth - p) * (1 - 2 * p))) / denominator
    return estimate(value=z, statistic=z, p_value=float(2 * ndtr(-abs(z))))
