"""Positive predictive value within a subgroup minus that among all other ECGs."""

from ecg_eval.metrics.bases.gap import Gap
from ecg_eval.metrics.ppv import Ppv


class PpvGap(Gap):
    """Positive predictive value within a subgroup minus that among all other ECGs."""

    question = "Is a call right less often in some patients than in others?"
    source = (
        "MOVER: Donner and Zou, Stat Methods Med Res 2012;21:347; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Differs where the finding is rarer in a part of the patients, however well it is read."
    short_name = "ppv_gap"
    of = Ppv
