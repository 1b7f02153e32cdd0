"""Effect of the aid on ECGs where the AI was wrong: automation bias when below zero."""

from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls


class AidEffectAiWrong(Effect):
    """Effect of the aid on ECGs where the AI was wrong: automation bias when below zero."""

    question = "Where the AI is wrong, how many readings does it make wrong?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "A good AI is rarely wrong, so this number is the least certain and the most important."
    short_name = "aid_wrong"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers were right, where the AI shown was wrong."""
        return right.among(right.ai == 0)
