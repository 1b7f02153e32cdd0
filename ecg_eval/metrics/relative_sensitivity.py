"""Sensitivity of one reader over that of another on the same ECGs; 1 is the same."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.two_readers import TwoReaders
from ecg_eval.stats.diagnostic.accuracy_comparison import compare_accuracy
from ecg_eval.stats.estimate import Estimate


class RelativeSensitivity(TwoReaders):
    """Sensitivity of one reader over that of another on the same ECGs; 1 is the same."""

    question = "How many times as much of what is there does the first reader call?"
    source = "Tang, Tang and Chan, Stat Med 2003;22:1217; clusters: linearised logarithm between patients"
    caveat = "Says nothing of false alarms; a ratio of rare misses can be large where the difference is small."
    short_name = "rel_sens"

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        rate = "sensitivity"
        return compare_accuracy(
            truth=truth, first=first, second=second, rate=rate, contrast="ratio", cluster=cluster, level=level
        )
