"""Specificity of one reader over that of another on the same ECGs; 1 is the same."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.two_readers import TwoReaders
from ecg_eval.stats.diagnostic.accuracy_comparison import compare_accuracy
from ecg_eval.stats.estimate import Estimate


class RelativeSpecificity(TwoReaders):
    """Specificity of one reader over that of another on the same ECGs; 1 is the same."""

    question = "How many times as often does the first reader leave alone what is not there?"
    source = "Tang, Tang and Chan, Stat Med 2003;22:1217; clusters: linearised logarithm between patients"
    caveat = "Close to 1 wherever both are high: the ratio of the false alarms can be far from 1."
    short_name = "rel_spec"

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        rate = "specificity"
        return compare_accuracy(
            truth=truth, first=first, second=second, rate=rate, contrast="ratio", cluster=cluster, level=level
        )
