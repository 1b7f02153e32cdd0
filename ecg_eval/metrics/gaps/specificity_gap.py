"""Specificity within a subgroup minus specificity among all other ECGs."""

from ecg_eval.metrics.bases.gap import Gap
from ecg_eval.metrics.specificity import Specificity


class SpecificityGap(Gap):
    """Specificity within a subgroup minus specificity among all other ECGs."""

    question = "Does the reader raise more false alarms in some patients than in others?"
    source = (
        "Bootstrap by patient: Efron and Tibshirani, An Introduction to the Bootstrap, 1993; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = (
        "A gap may come from milder disease in the subgroup, or from chance where there are many subgroups. Its mean "
        "is over the findings known on both sides, and need not equal the difference between the two sides' own means."
    )
    of = Specificity
