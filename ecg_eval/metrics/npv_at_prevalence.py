"""Negative predictive value where the finding is as frequent as stated."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.patients.at_prevalence import AtPrevalence
from ecg_eval.stats.diagnostic.predictive_values import predictive_values_at_prevalence
from ecg_eval.stats.estimate import Estimate


class NpvAtPrevalence(AtPrevalence):
    """Negative predictive value from sensitivity and specificity here and the prevalence of a practice."""

    question = "When the reader does not call the finding in a practice, how often is it truly absent?"
    source = "Mercaldo, Lau and Zhou, Stat Med 2007;26:2170"
    caveat = "Takes sensitivity and specificity here as those in practice, and the prevalence as stated."
    short_name = "npv_at"
    scale = "logit"

    def at(self, study: ReaderStudy, truth: Floats, call: Floats, prevalence: float, level: float) -> Estimate:
        """Return it for one finding, the interval of the likelihood ratio on that scale."""
        predictive = predictive_values_at_prevalence(
            truth=truth, call=call, prevalence=prevalence, cluster=study.cluster, level=level
        )
        return predictive.negative
