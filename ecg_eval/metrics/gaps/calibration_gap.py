"""Mean probability less the share that shows the finding within a subgroup minus that among all other ECGs."""

from ecg_eval.metrics.bases.gap import Gap
from ecg_eval.metrics.mean_excess import MeanExcess


class CalibrationGap(Gap):
    """Mean probability less the share that shows the finding within a subgroup minus that among all other ECGs."""

    question = "Are probabilities too high, or too low, in some patients more than in others?"
    source = (
        "MOVER: Donner and Zou, Stat Methods Med Res 2012;21:347; "
        "over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    )
    caveat = "Parts whose excess is the same can both be wrong: see mean_excess."
    short_name = "calibration_gap"
    of = MeanExcess
