"""Positive likelihood ratio: how much a call changes the odds of the finding."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import ByReader
from ecg_eval.stats.diagnostic.likelihood_ratios import likelihood_ratios
from ecg_eval.stats.diagnostic.rates import positive_likelihood_ratio
from ecg_eval.stats.estimate import Estimate


class PositiveLikelihoodRatio(ByReader):
    """Positive likelihood ratio; not averaged over findings, since a mean of ratios has no meaning for a patient."""

    question = "By how much does a call raise the odds that the patient has the finding?"
    source = "Simel, Samsa and Matchar, J Clin Epidemiol 1991;44:763"
    caveat = "Cannot be computed where a count is zero; above 10 is strong evidence, near 1 is none."
    of_both_classes = True
    is_ratio = True
    short_name = "lr_pos"

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, log interval."""
        return positive_likelihood_ratio(truth=truth, call=values, cluster=cluster, level=level)

    def estimates(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> list[Estimate]:
        """Return it for every row, in one search for bounds."""
        return likelihood_ratios(kind="positive", truth=truth, call=values, cluster=cluster, level=level)
