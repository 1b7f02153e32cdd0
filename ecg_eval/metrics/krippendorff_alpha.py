"""Krippendorff's alpha: agreement beyond chance within a group, whatever cells are missing."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_group import GroupAgreement
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.estimate import Estimate


class KrippendorffAlpha(GroupAgreement):
    """Krippendorff's alpha: agreement beyond chance within a group, whatever cells are missing."""

    question = "How reliable are the readings of a group, where not everybody has read everything?"
    source = "Krippendorff, Content Analysis, 3rd edition 2013, chapter 12"
    caveat = "Low for rare findings even when readers nearly always agree."
    short_name = "alpha"

    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return krippendorff_alpha(ratings=ratings, categories=[0, 1], cluster=cluster, level=level)
