"""Two ROC curves of a pilot, in the form that a study is planned from."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.roc.area import auroc, delong_covariance
from ecg_eval.stats.roc.partial_auc import partial_auc
from ecg_eval.stats.roc.roc_curve import roc_curve
from ecg_eval.stats.sample_size.arguments import check_one_of
from ecg_eval.stats.sample_size.roc_pair import RocPair

Array = NDArray[np.float64]

VARIANCES = ("delong", "binormal", "binormal_proc")
_WHO = "roc_pair_of_pilot"


def roc_pair_of_pilot(
    *,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    variance: Literal["delong", "binormal", "binormal_proc"] = "delong",
    fpr_range: tuple[float, float] = (0.0, 1.0),
    null: str = "first",
) -> RocPair:
    """Take the difference of two areas, and how they vary, from scores of the same cases.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        Two cases or more of either class.
    first, second : array_like (n_cases,)
        Two scores, higher where the finding is more likely; no missing value.
    variance : {"delong", "binormal", "binormal_proc"}
        DeLong's; or Obuchowski and McClish's with curves fitted by a straight line on probit axes, sensitivity on false
        positive rate, and the scores' own correlations. The third is what pROC's method "obuchowski" does: it fits the
        line of specificity on sensitivity and takes its coefficients for (a, b), which describe the curve with the
        classes exchanged; kept to reproduce its numbers.
    fpr_range : (float, float)
        For partial areas, which DeLong's variance does not serve.
    null : {"first", "alternative"}
        As in `RocPair`.

    Returns
    -------
    RocPair
    """
    check_one_of(_WHO, "variance", variance, VARIANCES)
    whole = fpr_range == (0.0, 1.0)
    if variance == "delong" and not whole:
        raise ArgumentError(_WHO, "fpr_range", "the full (0, 1) with DeLong's variance", fpr_range)
    case = np.asarray(truth, bool)
    n_positive, controls = int(case.sum()), float((~case).sum() / max(case.sum(), 1))
    scores = np.vstack([np.asarray(first, float), np.asarray(second, float)])
    covariance = delong_covariance(truth=case, scores=scores.T)
    areas = [_area(case, score, fpr_range) for score in scores]
    difference = areas[0] - areas[1]
    if variance == "delong":
        return RocPair(
            difference=difference,
            variance_1=float(covariance[0, 0]),
            variance_2=float(covariance[1, 1]),
            covariance=float(covariance[0, 1]),
            n_positive=n_positive,
            controls_per_case=controls,
            null=null,
        )
    lines = [_probit_line(case, score, exchanged=variance == "binormal_proc") for score in scores]
    return RocPair.from_binormal(
        difference=difference,
        first=lines[0],
        second=lines[1],
        correlation_positive=float(np.corrcoef(scores[:, case])[0, 1]),
        correlation_negative=float(np.corrcoef(scores[:, ~case])[0, 1]),
        controls_per_case=controls,
        fpr_range=fpr_range,
        null=null,
    )


def _area(case: NDArray[np.bool_], score: Array, fpr_range: tuple[float, float]) -> float:
    """Return the empirical (partial) area, not standardised."""
    low, high = fpr_range
    whole = fpr_range == (0.0, 1.0)
    estimate = (
        auroc(truth=case, score=score)
        if whole
        else partial_auc(truth=case, score=score, specificity=(1 - high, 1 - low))
    )
    return float(estimate.value or 0.0)


def _probit_line(case: NDArray[np.bool_], score: Array, *, exchanged: bool) -> tuple[float, float]:
    """Fit a straight line to the points of the curve on probit axes; points at 0 or 1 are left out."""
    curve = roc_curve(truth=case, score=score)
    with np.errstate(divide="ignore"):
        sensitivity, specificity = special.ndtri(curve.sensitivity), special.ndtri(curve.specificity)
    inside = np.isfinite(sensitivity) & np.isfinite(specificity)
    across, up = (sensitivity, specificity) if exchanged else (-specificity, sensitivity)
    across, up = across[inside], up[inside]
    if len(np.unique(across)) < 2:
        remedy = "Take DeLong's variance."
        raise ArgumentError(_WHO, "scores", "with two points or more inside the ROC plot", int(inside.sum()), remedy)
    slope, intercept = np.polyfit(across, up, 1)
    return float(intercept), float(slope)
