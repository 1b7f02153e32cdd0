"""Thresholds: frozen on folds that neither teach nor test, one a finding, and stored with the fold they came from."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecg_eval.config.schema import ThresholdRule
from ecg_eval.domain.facts.model import GIVEN, Threshold
from ecg_eval.stats.roc.operating_points import point_at_sensitivity, point_at_specificity, youden_point

YOUDEN = "largest sum of sensitivity and specificity (Youden)"
Floats = NDArray[np.float64]

BEST_SUM = ThresholdRule()


def rule_in_words(rule: ThresholdRule) -> str:
    """Return how thresholds are chosen, as the report prints it."""
    if rule.score is not None:
        return f"{GIVEN} {rule.score:g}, as it was given"
    if rule.sensitivity is not None:
        return f"a sensitivity of {rule.sensitivity:g} or more, with the highest specificity"
    if rule.specificity is not None:
        return f"a specificity of {rule.specificity:g} or more, with the highest sensitivity"
    return YOUDEN


def freeze(
    reader: str,
    finding: str,
    scores: Floats,
    truth: Floats,
    folds: tuple[int, ...],
    rule: ThresholdRule = BEST_SUM,
) -> Threshold:
    """Return the threshold that the threshold folds give, or the rule itself.

    Parameters
    ----------
    reader, finding : str
    scores, truth : ndarray, shape (n_records,)
        Of the threshold folds; NaN missing or unknown.
    folds : tuple of int
    rule : ThresholdRule
    """
    is_known = ~(np.isnan(scores) | np.isnan(truth))
    scores, truth = scores[is_known], truth[is_known]
    n, n_positive = int(is_known.sum()), int(truth.sum())
    base = partial(
        Threshold,
        reader=reader,
        finding=finding,
        from_folds=folds,
        rule=rule_in_words(rule),
        n=n,
        n_positive=n_positive,
    )

    def none(reason: str, *, calls: bool) -> Threshold:
        return base(threshold=None, calls=calls, reason=reason)

    if rule.score is not None:
        return base(threshold=float(rule.score), calls=True, reason="")
    if not folds:
        return none("no threshold folds are given, so that scores are not turned into calls", calls=False)
    if not n_positive or n_positive == n:
        what = "shows" if not n_positive else "lacks"
        return none(
            f"no record of folds {list(folds)} {what} the finding, so that no threshold can be frozen", calls=False
        )
    if rule.sensitivity is not None:
        point = point_at_sensitivity(truth=truth, score=scores, sensitivity=rule.sensitivity)
    elif rule.specificity is not None:
        point = point_at_specificity(truth=truth, score=scores, specificity=rule.specificity)
    else:
        point = youden_point(truth=truth, score=scores)
    if not np.isfinite(point.threshold):
        return none("no threshold separates anything, so that nothing is called", calls=True)
    return base(threshold=float(point.threshold), calls=True, reason="")
