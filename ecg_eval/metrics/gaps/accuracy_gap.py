"""Accuracy within a subgroup minus that among all other ECGs."""

from ecg_eval.metrics.accuracy import Accuracy
from ecg_eval.metrics.bases.gap import Gap


class AccuracyGap(Gap):
    """Accuracy within a subgroup minus that among all other ECGs."""

    question = "Is the reader right less often in some patients than in others?"
    source = (
        "MOVER: Donner and Zou, Stat Methods Med Res 2012;21:347; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Differs where the finding is rarer in a part of the patients; see sensitivity and specificity."
    short_name = "accuracy_gap"
    of = Accuracy
