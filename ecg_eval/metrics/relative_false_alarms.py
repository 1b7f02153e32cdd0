"""False alarms of one reader over those of another on the same ECGs; 1 is as many."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.two_readers import TwoReaders
from ecg_eval.stats.diagnostic.accuracy_comparison import compare_accuracy
from ecg_eval.stats.estimate import Estimate


class RelativeFalseAlarms(TwoReaders):
    """False alarms of one reader over those of another on the same ECGs; 1 is as many."""

    question = "How many times as many false alarms does the first reader raise?"
    source = "Tang, Tang and Chan, Stat Med 2003;22:1217; clusters: linearised logarithm between patients"
    caveat = "Says nothing of what is found; few false alarms of either make it uncertain."
    short_name = "rel_fpr"

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        rate = "false_positive_rate"
        return compare_accuracy(
            truth=truth, first=first, second=second, rate=rate, contrast="ratio", cluster=cluster, level=level
        )
