"""Sensitivity with the aid minus sensitivity without it."""

from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls
from ecg_eval.metrics.sensitivity import Sensitivity


class AidEffectSensitivity(Effect):
    """Sensitivity with the aid minus sensitivity without it."""

    question = "With the aid, how many more of the ECGs that show the finding does the reader call?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = (
        "Look at specificity too; in a study without washout, memory of the first reading shrinks or mimics the effect."
    )
    short_name = "aid_sens"
    of = Sensitivity

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers were right, among ECGs that show the finding."""
        return right.among(right.truth == 1)
