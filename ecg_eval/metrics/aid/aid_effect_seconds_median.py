"""Seconds that an ECG takes with help minus those without: medians, and Wilcoxon's test."""

from ecg_eval.metrics.aid.aid_effect_seconds import NO_TIMES
from ecg_eval.metrics.bases.of_ecg import PairedNumber


class AidEffectSecondsMedian(PairedNumber):
    """Median of the paired differences in reading time, in seconds; below 0 is quicker with help."""

    question = "With the aid, how many seconds more or fewer does an ECG take to read?"
    source = "Wilcoxon, Biometrics Bull 1945;1:80; Hodges and Lehmann, Ann Math Stat 1963;34:598"
    caveat = "Not adjusted for period or order: of a crossover, see that the orders are balanced."
    short_name = "aid_seconds"
    quantity = "seconds"
    none = NO_TIMES
