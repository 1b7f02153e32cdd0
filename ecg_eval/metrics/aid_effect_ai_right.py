"""Effect of the aid on ECGs where the AI was right."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import Effect, right_calls
from ecg_eval.metrics.bases.paired import where


class AidEffectAiRight(Effect):
    """Effect of the aid on ECGs where the AI was right."""

    question = "Where the AI is right, how many more readings does its help make right?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "Only ECGs whose AI reading was recorded as shown; alone it hides what wrong advice does."
    short_name = "aid_right"

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader was right, aided and unaided, where the AI shown was right."""
        aided, unaided, ai = right_calls(study, reader, finding)
        return where(ai == 1, aided), where(ai == 1, unaided)
