"""Exact match: the share of ECGs of which everything is read rightly."""

import numpy as np

from ecg_eval.metrics.bases.whole_reading import Complete, OfWholeReadings
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.challenge import exact_match_accuracy


class ExactMatch(OfWholeReadings):
    """Share of ECGs whose findings are all called rightly; of a single choice, its accuracy."""

    question = "Of how many ECGs is every finding read rightly?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "One small difference counts like a missed infarction, and more findings make it lower."
    short_name = "exact"

    def estimate(self, readings: Complete, level: float) -> Estimate:
        """Return it, patients as the independent unit where they have several ECGs."""
        truth, calls = readings.truth, readings.values
        if readings.cluster is None:
            return exact_match_accuracy(truth=truth, call=calls, level=level)
        right = np.asarray((truth == calls).all(axis=1), dtype=float)
        return clustered_proportion(event=right, cluster=readings.cluster, level=level)
