"""Brier score: how far probabilities lie from what is there."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfScores
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import ratio_deviations
from ecg_eval.stats.probability.calibration import brier_score


class Brier(OfScores):
    """Mean squared distance between probability and outcome; 0 is perfect."""

    question = "How far are the reader's probabilities from what is there?"
    source = "Brier, Mon Weather Rev 1950;78:1"
    caveat = (
        "Mixes ranking and calibration; close to 0 for any rare finding, so compare it with the prevalence model's."
    )

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding; undefined for scores that are no probabilities."""
        if (np.nan_to_num(values, nan=0.5) < 0).any() or (np.nan_to_num(values, nan=0.5) > 1).any():
            reason = "scores outside 0 to 1 are no probabilities"
            return Estimate.undefined(reason=reason, method="Brier score", n=len(truth), level=level)
        return brier_score(truth=truth, probability=values, cluster=cluster, level=level)

    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return the variance between patients of a mean, and what each adds to its error."""
        is_known, distance = ~np.isnan(truth), np.nan_to_num((values - truth) ** 2)
        events, cases = (patient_sums(values=v, cluster=study.cluster) for v in (distance, is_known))
        deviations = ratio_deviations(events=events, cases=cases)
        return float((deviations**2).sum()), deviations
