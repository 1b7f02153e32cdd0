"""Confidence with help minus confidence without: medians, and Wilcoxon's test."""

from ecg_eval.metrics.bases.of_ecg import PairedNumber

NO_CONFIDENCE = "no confidence was given with these readings"


class AidEffectConfidence(PairedNumber):
    """Paired differences in confidence, on the readers' own scale; above 0 is surer with help."""

    question = "With the aid, are readers surer of what they say?"
    source = "Wilcoxon, Biometrics Bull 1945;1:80; Hodges and Lehmann, Ann Math Stat 1963;34:598"
    caveat = "Surer is not better: whether confidence goes with being right is what confidence_auroc says."
    short_name = "aid_confidence"
    uses = ("confidence",)
    quantity = "confidence"
    middle = "means"
    none = NO_CONFIDENCE
