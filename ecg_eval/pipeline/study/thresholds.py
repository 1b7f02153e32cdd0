"""Thresholds: frozen on folds that neither teach nor test, one a finding, and stored with the fold they came from."""

from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.stats.roc.operating_points import youden_point

RULE = "largest sum of sensitivity and specificity (Youden)"
NEAR = 1e-6  # scores of one model differ by this much between processors, and a call at the threshold with them
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A frozen threshold, or the reason why there is none.

    Attributes
    ----------
    reader, finding : str
    threshold : float or None
        A score at or above it is a call. None where no threshold separates anything, or nothing was known.
    calls : bool
        Whether yes/no readings can be made from the scores.
    from_folds : list of int
    rule, reason : str
    n, n_positive : int
        Records with a known truth and a score on those folds.
    near : list of str
        Records read whose score is within ``NEAR`` of the threshold: their calls may differ on another machine.
    """

    reader: str
    finding: str
    threshold: float | None
    calls: bool
    from_folds: list[int]
    rule: str
    reason: str
    n: int
    n_positive: int
    near: list[str] = field(default_factory=list)

    def apply(self, scores: Floats) -> Floats:
        """Return 1, 0 or NaN (no score, or no threshold) for scores of shape (n_records,)."""
        if not self.calls:
            return np.full(scores.shape, np.nan)
        limit = np.inf if self.threshold is None else self.threshold
        return np.where(np.isnan(scores), np.nan, (scores >= limit).astype(float))

    def beside(self, readings: pd.DataFrame) -> "Threshold":
        """Return the threshold with the records of a table of readings that it only just calls, or does not."""
        if self.threshold is None:
            return self
        mine = readings[(readings["reader_id"] == self.reader) & (readings["finding"] == self.finding)]
        close = np.abs(mine["score"].to_numpy(dtype=float, na_value=np.nan) - self.threshold) <= NEAR
        return replace(self, near=sorted(mine["record_id"][close].astype(str)))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for provenance."""
        return asdict(self)


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
    base = partial(
        Threshold, reader=reader, finding=finding, from_folds=list(folds), rule=RULE, n=n, n_positive=n_positive
    )

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
