"""Share of right readings with the aid minus the share without it."""

from ecg_eval.metrics.accuracy import Accuracy
from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls


class AidEffectAccuracy(Effect):
    """Share of right readings with the aid minus the share without it."""

    question = "With the aid, how many more readings are right?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "Mostly specificity when the finding is rare; depends on how often this AI is right."
    short_name = "aid_acc"
    of = Accuracy
    shown_alone = False

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers were right, aided and unaided."""
        return right.aided, right.unaided
