"""Negative predictive value of one reader minus that of another on the same ECGs."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.two_readers import TwoReaders
from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test
from ecg_eval.stats.estimate import Estimate


class NpvDifference(TwoReaders):
    """Negative predictive value of one reader minus that of another on the same ECGs."""

    question = "Is the finding absent more often when the first reader does not call it?"
    source = "Kosinski, Stat Med 2013;32:964 (weighted generalised score); interval: delta method"
    caveat = (
        "Holds at the prevalence of these ECGs; two readers who call different ECGs are compared on each one's own."
    )
    signed = True
    short_name = "npv_diff"

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return predictive_value_test(
            truth=truth, first=first, second=second, kind="negative", cluster=cluster, level=level
        )
