"""Negative predictive value: of the ECGs not called, the share that does not show the finding."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import negative_predictive_value
from ecg_eval.stats.estimate import Estimate


class Npv(OfCalls):
    """Negative predictive value: of the ECGs not called, the share that does not show the finding."""

    question = "When the reader does not call the finding, how often is it truly absent?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Holds at the prevalence of these records; close to 1 for any rare finding, whoever reads."

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, Wilson's interval (on the effective number of cases where patients repeat)."""
        return negative_predictive_value(truth=truth, call=values, cluster=cluster, level=level)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the negative predictive value of each resample, from its four counts."""
        return counts.negative_predictive_value
