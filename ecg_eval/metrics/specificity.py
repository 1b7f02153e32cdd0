"""Specificity: of the ECGs that do not show the finding, the share that is not called."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import specificity
from ecg_eval.stats.estimate import Estimate


class Specificity(OfCalls):
    """Specificity: of the ECGs that do not show the finding, the share that is not called."""

    question = "Of the ECGs that do not show the finding, how many does the reader leave alone?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Even a high one means many false alarms where the finding is rare."
    short_name = "spec"

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, Wilson's interval (on the effective number of cases where patients repeat)."""
        return specificity(truth=truth, call=values, cluster=cluster, level=level)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the specificity of each resample, from its four counts."""
        return counts.specificity
