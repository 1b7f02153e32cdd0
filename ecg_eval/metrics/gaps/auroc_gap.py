"""AUROC within a subgroup minus that among all other ECGs."""

from ecg_eval.metrics.auroc import Auroc
from ecg_eval.metrics.bases.gap import Gap


class AurocGap(Gap):
    """AUROC within a subgroup minus that among all other ECGs."""

    question = "Do scores rank worse in some patients than in others?"
    source = (
        "MOVER: Donner and Zou, Stat Methods Med Res 2012;21:347; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Says how well ECGs are ranked within each part, not whether one threshold suits both."
    short_name = "auroc_gap"
    of = Auroc
