"""What the metrics of calibration share: a number of a reader's probabilities, and why scores may be none."""

from abc import ABC, abstractmethod

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_curve import OfCurve
from ecg_eval.stats.estimate import Estimate


class OfProbability(OfCurve, ABC):
    """A number of a reader's probabilities, finding by finding."""

    def estimate(self, study: ReaderStudy, truth: Floats, scores: Floats, level: float) -> Estimate:
        """Return it for one finding; undefined for scores that are no probabilities."""
        if np.nanmin(scores) < 0 or np.nanmax(scores) > 1:
            reason = "scores outside 0 to 1 are no probabilities"
            return Estimate.undefined(reason=reason, method=self.label, n=len(truth), level=level)
        return self.of_probabilities(study, truth, scores, level)

    @abstractmethod
    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return the estimate; arrays of shape (n_records,), probabilities in [0, 1], NaN missing."""
