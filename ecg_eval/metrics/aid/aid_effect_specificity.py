"""Specificity with the aid minus specificity without it."""

from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls
from ecg_eval.metrics.specificity import Specificity


class AidEffectSpecificity(Effect):
    """Specificity with the aid minus specificity without it."""

    question = "With the aid, how many more of the ECGs without the finding does the reader leave alone?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = (
        "Look at sensitivity too; in a study without washout, memory of the first reading shrinks or mimics the effect."
    )
    short_name = "aid_spec"
    of = Specificity

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers were right, among ECGs that do not show the finding."""
        return right.among(right.truth == 0)
