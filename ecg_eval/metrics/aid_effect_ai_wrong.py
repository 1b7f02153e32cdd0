"""Effect of the aid on ECGs where the AI was wrong: automation bias when below zero."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import Effect, right_calls
from ecg_eval.metrics.bases.paired import where


class AidEffectAiWrong(Effect):
    """Effect of the aid on ECGs where the AI was wrong: automation bias when below zero."""

    question = "Where the AI is wrong, how many readings does it make wrong?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "A good AI is rarely wrong, so this number is the least certain and the most important."
    short_name = "aid_wrong"

    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return whether the reader was right, aided and unaided, where the AI shown was wrong."""
        aided, unaided, ai = right_calls(study, reader, finding)
        return where(ai == 0, aided), where(ai == 0, unaided)
