"""Predictions in bins: what was predicted and what happened, calibration errors, and the parts of the Brier score.

A calibration error over bins depends on the bins and is above 0 even for perfect predictions, the more so the fewer
cases a bin has; `debiased` takes the expected part of that away. Compare two models with the same bins on the same
cases only.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import predicted_cases
from ecg_eval.stats.resampling.bootstrap_bounds import IntervalMethod
from ecg_eval.stats.resampling.draws import interval_from_replicates
from ecg_eval.stats.roc.roc_inputs import ScoredCases, checked_weights

Binning = Literal["equal_width", "equal_mass"]
Norm = Literal["l1", "l2", "max"]
Closed = Literal["right", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBins:
    """What was predicted and what happened in each bin.

    Attributes
    ----------
    edges : ndarray (n_bins + 1,)
    n : ndarray of int (n_bins,)
        Cases; empty bins stay.
    mean_predicted, observed : ndarray (n_bins,)
        Mean prediction and share of cases with the finding; NaN in an empty bin.
    low, high : ndarray (n_bins,)
        Wilson interval of the observed share, of the bin on its own; NaN in an empty bin.
    level : float
    """

    edges: NDArray[np.float64]
    n: NDArray[np.intp]
    mean_predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float


def bin_edges(*, probability: ArrayLike, n_bins: int = 10, bins: Binning = "equal_width") -> NDArray[np.float64]:
    """Give the edges of bins of equal width over [0, 1], or of equal numbers of cases.

    Parameters
    ----------
    probability : array_like (n_cases,)
    n_bins : int
    bins : {"equal_width", "equal_mass"}
        "equal_mass" takes quantiles with linear interpolation; equal edges, from ties, are joined, so that there may
        be fewer bins.

    Returns
    -------
    ndarray (n_bins + 1,)
    """
    who = "bin_edges"
    if n_bins < 1:
        raise ArgumentError(who, "n_bins", "at least 1", n_bins)
    if bins not in ("equal_width", "equal_mass"):
        raise ArgumentError(who, "bins", "one of equal_width, equal_mass", bins)
    shares: NDArray[np.float64] = np.linspace(0, 1, n_bins + 1)
    values = np.asarray(probability, dtype=np.float64)
    values = values[~np.isnan(values)]
    if bins == "equal_width" or values.size == 0:
        return shares
    quantiles = np.quantile(values, shares)
    # an inner edge stays although it equals an outer one: predictions on it have a bin of their own
    return np.asarray(np.r_[quantiles[0], np.unique(quantiles[1:-1]), quantiles[-1]])


def _edges(
    who: str, p: NDArray[np.float64], n_bins: int, bins: Binning, edges: ArrayLike | None
) -> NDArray[np.float64]:
    if edges is None:
        return bin_edges(probability=p, n_bins=n_bins, bins=bins)
    given = np.asarray(edges, dtype=np.float64)
    if given.ndim != 1 or given.size < 2 or (np.diff(given) < 0).any():
        raise ArgumentError(who, "edges", "two or more rising numbers", given)
    return given


def _bin_of(p: NDArray[np.float64], edges: NDArray[np.float64], closed: Closed) -> NDArray[np.intp]:
    """Find the bin of each prediction; what lies beyond the outer edges belongs to the outer bins."""
    if closed not in ("right", "left"):
        raise ArgumentError("reliability_bins", "closed", "one of right, left", closed)
    return np.searchsorted(edges[1:-1], p, side="left" if closed == "right" else "right")


def reliability_bins(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    n_bins: int = 10,
    bins: Binning = "equal_width",
    closed: Closed = "right",
    edges: ArrayLike | None = None,
    level: float = 0.95,
) -> ReliabilityBins:
    """Compare predicted and observed shares bin by bin.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1].
    n_bins, bins
        As for `bin_edges`.
    closed : {"right", "left"}
        Which bin a prediction on an edge belongs to: the one below (as scikit-learn) or above (as torchmetrics).
    edges : array_like (n_bins + 1,), optional
        Given edges, in place of `n_bins` and `bins`.
    level : float
        Coverage of each bin's interval.

    Returns
    -------
    ReliabilityBins
    """
    cases = predicted_cases("reliability_bins", truth, probability)
    p, y = cases.scores[0], cases.truth
    cuts = _edges("reliability_bins", p, n_bins, bins, edges)
    of_case, size = _bin_of(p, cuts, closed), cuts.size - 1
    n = np.bincount(of_case, minlength=size)
    filled = np.where(n > 0, n, np.nan)
    with_finding = np.bincount(of_case, weights=y, minlength=size)
    z = float(ndtri((1 + level) / 2))
    centre = (with_finding + z**2 / 2) / (filled + z**2)
    half = z / (filled + z**2) * np.sqrt(with_finding * (filled - with_finding) / filled + z**2 / 4)
    return ReliabilityBins(
        edges=cuts,
        n=n,
        mean_predicted=np.bincount(of_case, weights=p, minlength=size) / filled,
        observed=with_finding / filled,
        low=centre - half,
        high=centre + half,
        level=level,
    )


def expected_calibration_error(  # noqa: PLR0913 - bins, norm, resamples and interval each have their own argument
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    n_bins: int = 10,
    bins: Binning = "equal_width",
    closed: Closed = "right",
    norm: Norm = "l1",
    debiased: bool = False,
    weights: ArrayLike | None = None,
    method: IntervalMethod = "basic",
    level: float = 0.95,
) -> Estimate:
    """Give the average distance between predicted and observed shares over bins.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1]. For the top label of several classes: the largest probability, with `truth` whether it was right.
    n_bins, bins, closed
        As for `reliability_bins`.
    norm : {"l1", "l2", "max"}
        "l1": sum n_b/n |observed_b - mean predicted_b| (ECE); "l2": root of sum n_b/n (...)^2; "max": the largest
        (MCE). Empty bins count nothing.
    debiased : bool
        Take away what chance adds within bins: for "l2" the variance o_b (1 - o_b) / (n_b - 1) of each squared
        distance, for "l1" the expected excess of |distance| under a normal o_b. Not below 0; not for "max".
    weights : array_like (n_resamples, n_cases), optional
        Resamples for the interval, with the bins of the data; without them there is none.
    method, level
        As for `interval_from_replicates`. The value is biased upwards and its resamples again; "basic" (default)
        takes that away, so that the value may lie near or above the upper end. Bounds below 0 are cut to 0. In samples
        of about a hundred no method covers well (docs/statistics/roc.md).

    Returns
    -------
    Estimate
        0 is calibrated in these bins. Undefined without cases.

    Notes
    -----
    Sources: Naeini et al., AAAI 2015; Nixon et al., CVPR workshops 2019 (equal mass); Kumar et al., NeurIPS 2019
    (debiased).
    """
    who = "expected_calibration_error"
    if norm not in ("l1", "l2", "max"):
        raise ArgumentError(who, "norm", "one of l1, l2, max", norm)
    if debiased and norm == "max":
        raise ArgumentError(who, "debiased", 'False for norm "max"', debiased)
    cases = predicted_cases(who, truth, probability)
    name = {"l1": "ECE", "l2": "root mean square calibration error", "max": "maximum calibration error"}[norm]
    kind = f"{name}, {n_bins} bins of {bins.replace('_', ' ')}" + (", debiased" if debiased else "")
    estimate = partial(Estimate, level=level, method=kind, n=cases.n, n_positive=cases.n_positive)
    if cases.n == 0:
        return estimate(value=None, reason="no case has both a truth and a probability")
    edges = bin_edges(probability=cases.scores[0], n_bins=n_bins, bins=bins)
    of_case = _bin_of(cases.scores[0], edges, closed)
    error = partial(_errors, cases, of_case, edges.size - 1, norm, debiased)
    value = float(error(np.ones((1, cases.n)))[0])
    if weights is None:
        return estimate(value=value, reason="no resamples were given (weights)")
    replicates = error(checked_weights(who, weights, cases.n_given)[:, cases.complete].astype(np.float64))
    interval = interval_from_replicates(
        value=value,
        replicates=replicates,
        label=kind,
        method=method,
        level=level,
        n=cases.n,
        n_positive=cases.n_positive,
    )
    if interval.low is None or interval.high is None:
        return interval
    return replace(interval, low=max(interval.low, 0.0), high=max(interval.high, 0.0))


def _errors(
    cases: ScoredCases, of_case: NDArray[np.intp], size: int, norm: Norm, debiased: bool, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the calibration error of each resample (a row of weights); NaN where no case has weight."""
    in_bin = np.equal.outer(of_case, np.arange(size)).astype(np.float64)
    n = weights @ in_bin
    filled = np.where(n > 0, n, 1.0)
    observed = (weights * cases.truth) @ in_bin / filled
    gap = observed - (weights * cases.scores[0]) @ in_bin / filled
    total = n.sum(axis=1)
    share = n / np.where(total > 0, total, np.nan)[:, None]
    if norm == "max":
        return np.asarray(np.abs(gap).max(axis=1) + 0 * share.sum(axis=1))
    if norm == "l2":
        chance = observed * (1 - observed) / np.maximum(n - 1, 1) if debiased else 0.0
        return np.asarray(np.sqrt(np.maximum(np.sum(share * (gap**2 - chance), axis=1), 0)))
    distance = np.abs(gap)
    if debiased:
        distance = 2 * distance - _folded_mean(distance, np.sqrt(observed * (1 - observed) / filled))
        return np.asarray(np.maximum(np.sum(share * distance, axis=1), 0))
    return np.asarray(np.sum(share * distance, axis=1))


def _folded_mean(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give E|Z| for normal Z: sd sqrt(2/pi) exp(-mean^2 / (2 sd^2)) + mean (1 - 2 Phi(-mean/sd))."""
    ratio = np.divide(mean, sd, out=np.full(mean.shape, np.inf), where=sd > 0)
    return np.asarray(sd * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + mean * (1 - 2 * ndtr(-ratio)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierDecomposition:
    """Parts of the Brier score over bins: Brier = reliability - resolution + uncertainty + within_bins.

    Attributes
    ----------
    reliability : Estimate
        sum n_b/n (mean predicted_b - observed_b)^2; 0 when calibrated in the bins.
    resolution : Estimate
        sum n_b/n (observed_b - prevalence)^2; the more the better.
    uncertainty : Estimate
        prevalence (1 - prevalence), the Brier score of the prevalence for all.
    within_bins : Estimate
        What is left because predictions differ within a bin (Stephenson et al. 2008): variance of the predictions in
        the bins less twice their covariance with the outcome.
    """

    reliability: Estimate
    resolution: Estimate
    uncertainty: Estimate
    within_bins: Estimate


def brier_decomposition(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    n_bins: int = 10,
    bins: Binning = "equal_width",
    closed: Closed = "right",
    debiased: bool = False,
    by_value: bool = False,
) -> BrierDecomposition:
    """Split the Brier score into reliability, resolution and uncertainty.

    Parameters
    ----------
    truth, probability, n_bins, bins, closed
        As for `reliability_bins`.
    debiased : bool
        Take sum n_b/n o_b (1 - o_b) / (n_b - 1) from reliability and resolution and give prevalence (1 - prevalence)
        / (n - 1) back to resolution and uncertainty (Ferro and Fricker 2012). Bins of one case are left as they are.
    by_value : bool
        One bin a distinct prediction (Murphy's own form), in place of `n_bins`; nothing is left within bins.

    Returns
    -------
    BrierDecomposition
        Undefined estimates without cases. No intervals.

    Notes
    -----
    Sources: Murphy, J Appl Meteorol 1973;12:595; Stephenson et al., Weather Forecast 2008;23:752; Ferro and Fricker,
    Q J R Meteorol Soc 2012;138:1954.
    """
    cases = predicted_cases("brier_decomposition", truth, probability)
    how = "distinct predictions" if by_value else f"{n_bins} bins of {bins.replace('_', ' ')}"
    named = partial(Estimate, n=cases.n, n_positive=cases.n_positive)
    words = [f"Brier {part}, {how}" + (", debiased" if debiased else "") for part in _PARTS]
    if cases.n == 0:
        empty = [named(value=None, method=m, reason="no case has both a truth and a probability") for m in words]
        return BrierDecomposition(**dict(zip(_PARTS, empty, strict=True)))
    p, y = cases.scores[0], cases.truth.astype(np.float64)
    if by_value:
        of_case = np.unique(p, return_inverse=True)[1]
    else:
        of_case = _bin_of(p, bin_edges(probability=p, n_bins=n_bins, bins=bins), closed)
    n = np.bincount(of_case)
    filled = n > 0
    n = n[filled]
    observed, predicted = (np.bincount(of_case, weights=v)[filled] / n for v in (y, p))
    prevalence = float(y.mean())
    reliability = float(np.sum(n * (predicted - observed) ** 2) / cases.n)
    resolution = float(np.sum(n * (observed - prevalence) ** 2) / cases.n)
    uncertainty = prevalence * (1 - prevalence)
    within = float(np.mean((p - y) ** 2)) - (reliability - resolution + uncertainty)
    if debiased and cases.n > 1:
        chance = float(np.sum(n * observed * (1 - observed) / np.maximum(n - 1, 1)) / cases.n)
        given_back = uncertainty / (cases.n - 1)
        reliability, resolution = reliability - chance, resolution - chance + given_back
        uncertainty += given_back
    parts = (reliability, resolution, uncertainty, within)
    why = "no interval is given"
    estimates = [named(value=v, method=m, reason=why) for v, m in zip(parts, words, strict=True)]
    return BrierDecomposition(**dict(zip(_PARTS, estimates, strict=True)))


_PARTS = ("reliability", "resolution", "uncertainty", "within_bins")
