"""Share of right readings with the aid minus the share without it."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import Effect, right_calls


class AidEffectAccuracy(Effect):
    """Share of right readings with the aid minus the share without it."""

    question = "With the aid, how many more readings are right?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "Mostly specificity when the finding is rare; depends on how often this AI is right."
    short_name = "aid_acc"

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader was right, aided and unaided."""
        aided, unaided, _ = right_calls(study, reader, finding)
        return aided, unaided
