"""Effect of the aid on ECGs where the AI was right."""

from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls


class AidEffectAiRight(Effect):
    """Effect of the aid on ECGs where the AI was right."""

    question = "Where the AI is right, how many more readings does its help make right?"
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    caveat = "Only ECGs whose AI reading was recorded as shown; alone it hides what wrong advice does."
    short_name = "aid_right"

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers were right, where the AI shown was right."""
        return right.among(right.ai == 1)
