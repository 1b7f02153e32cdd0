"""F1: harmonic mean of sensitivity and positive predictive value."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts
from ecg_eval.stats.diagnostic.rates import f1
from ecg_eval.stats.estimate import Estimate


class F1(OfCalls):
    """F1: harmonic mean of sensitivity and positive predictive value."""

    question = "How well are finding it and not raising false alarms balanced in one number?"
    source = "Lam et al., arXiv:2309.14621 (2023): Wilson's interval of TP / (TP + FP + FN), mapped"
    caveat = (
        "Ignores true negatives and depends on prevalence; it weighs a miss like a false alarm, which patients do not."
    )

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, with its interval."""
        return f1(truth=truth, call=values, cluster=cluster, level=level)

    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the F1 of each resample, from its four counts."""
        return counts.f1
