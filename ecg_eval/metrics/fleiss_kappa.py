"""Fleiss' kappa: agreement beyond chance within a group of readers."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_group import GroupAgreement
from ecg_eval.stats.agreement.fleiss import fleiss_kappa
from ecg_eval.stats.estimate import Estimate


class FleissKappa(GroupAgreement):
    """Fleiss' kappa: agreement beyond chance within a group of readers."""

    question = "How much does a group of readers agree beyond chance?"
    source = (
        "Fleiss, Psychol Bull 1971;76:378; standard error: Gwet, Handbook of Inter-Rater Reliability, 4th ed., 2014"
    )
    caveat = "Low for rare findings even when readers nearly always agree; takes the readers as interchangeable."
    short_name = "fleiss"

    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return fleiss_kappa(ratings=ratings, categories=[0, 1], cluster=cluster, level=level)
