"""Positive predictive value: of the ECGs called, the share that shows the finding."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import positive_predictive_value
from ecg_eval.stats.estimate import Estimate


class Ppv(OfCalls):
    """Positive predictive value: of the ECGs called, the share that shows the finding."""

    question = "When the reader calls the finding, how often is it there?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Holds at the prevalence of these records; in general practice the finding is rarer and this number lower."

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, Wilson's interval (on the effective number of cases where patients repeat)."""
        return positive_predictive_value(truth=truth, call=values, cluster=cluster, level=level)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the positive predictive value of each resample, from its four counts."""
        return counts.positive_predictive_value
