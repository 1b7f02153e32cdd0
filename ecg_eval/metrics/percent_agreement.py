"""Share of pairs of readers who say the same of an ECG."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_group import GroupAgreement
from ecg_eval.stats.agreement.percent_agreement import percent_agreement
from ecg_eval.stats.estimate import Estimate


class PercentAgreement(GroupAgreement):
    """Share of pairs of readers who say the same of an ECG."""

    question = "How often do two readers of the group say the same?"
    source = "Gwet, Handbook of Inter-Rater Reliability, 4th ed., 2014"
    caveat = "High for rare findings, since leaving alone what is not there counts as agreement."
    short_name = "percent"

    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return percent_agreement(ratings=ratings, categories=[0, 1], cluster=cluster, level=level)
