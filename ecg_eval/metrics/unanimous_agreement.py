"""Share of ECGs of which all readers say the same."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_group import GroupAgreement
from ecg_eval.stats.agreement.percent_agreement import unanimous_agreement
from ecg_eval.stats.estimate import Estimate


class UnanimousAgreement(GroupAgreement):
    """Share of ECGs of which all readers say the same."""

    question = "Of how many ECGs do all readers of the group say the same?"
    source = "Gwet, Handbook of Inter-Rater Reliability, 4th ed., 2014"
    caveat = "Falls with every reader added, however good."
    short_name = "unanimous"

    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return unanimous_agreement(ratings=ratings, categories=[0, 1], cluster=cluster, level=level)
