"""Thresholds: frozen on folds that neither teach nor test, one a finding, and stored with the fold they came from."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.facts.model import Threshold
from ecg_eval.stats.roc.operating_points import youden_point

RULE = "largest sum of sensitivity and specificity (Youden)"
Floats = NDArray[np.float64]


def freeze(reader: str, finding: str, scores: Floats, truth: Floats, folds: tuple[int, ...]) -> Threshold:
    """Return the threshold that the threshold folds give.

    Parameters
    ----------
    reader, finding : str
    scores, truth : ndarray, shape (n_records,)
        Of the threshold folds; NaN missing or unknown.
    folds : tuple of int
    """
    known = ~(np.isnan(scores) | np.isnan(truth))
    scores, truth = scores[known], truth[known]
    n, n_positive = int(known.sum()), int(truth.sum())
    base = partial(Threshold, reader=reader, finding=finding, from_folds=folds, rule=RULE, n=n, n_positive=n_positive)

    def none(reason: str, *, calls: bool) -> Threshold:
        return base(threshold=None, calls=calls, reason=reason)

    if not folds:
        return none("no threshold folds are given, so that scores are not turned into calls", calls=False)
    if not n_positive or n_positive == n:
        what = "shows" if not n_positive else "lacks"
        return none(
            f"no record of folds {list(folds)} {what} the finding, so that no threshold can be frozen", calls=False
        )
    point = youden_point(truth=truth, score=scores)
    if not np.isfinite(point.threshold):
        return none("no threshold separates anything, so that nothing is called", calls=True)
    return base(threshold=float(point.threshold), calls=True, reason="")
