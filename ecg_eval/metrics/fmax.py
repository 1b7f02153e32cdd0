"""Fmax: the best balance of precision and recall over thresholds, averaged over ECGs (the PTB-XL benchmark)."""

from ecg_eval.metrics.bases.whole_reading import Complete, OfWholeReadings
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.f_measure import fmax


class Fmax(OfWholeReadings):
    """Sample-centric Fmax of scores about all findings."""

    question = "Over all findings of an ECG, what is the best balance of precision and recall that one threshold gives?"
    source = "Strodthoff et al., IEEE J Biomed Health Inform 2021;25:1519"
    caveat = "The threshold is chosen on the very ECGs that are tested, so that it flatters."
    needs_scores = True

    def estimate(self, readings: Complete, level: float) -> Estimate:
        """Return it with a bootstrap interval in which the threshold is chosen anew."""
        return fmax(truth=readings.truth, score=readings.values, weights=readings.weights, level=level)
