"""Sensitivity: of the ECGs that show the finding, the share that is called."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import sensitivity
from ecg_eval.stats.estimate import Estimate


class Sensitivity(OfCalls):
    """Sensitivity: of the ECGs that show the finding, the share that is called."""

    question = "Of the ECGs that show the finding, how many does the reader call?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Says nothing of false alarms; it falls when the finding is milder here than elsewhere."
    short_name = "sens"

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, Wilson's interval (on the effective number of cases where patients repeat)."""
        return sensitivity(truth=truth, call=values, cluster=cluster, level=level)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the sensitivity of each resample, from its four counts."""
        return counts.sensitivity
