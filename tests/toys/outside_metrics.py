"""Metrics as an outside package brings them, built on the public bases alone."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.aid import Effect, Outcomes, RightCalls
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks


class FalseAlarmRate(OfCalls):
    """Of the ECGs that do not show the finding, the share that is called."""

    question = "Of the ECGs that do not show the finding, how many does the reader call?"
    source = "One minus specificity: Wilson, J Am Stat Assoc 1927;22:209"
    caveat = "Says nothing of what is missed."
    short_name = "alarms"
    empty = "no ECG without the finding was read"

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count calls among ECGs that do not show the finding."""
        return (truth == 0) & (call == 1), (truth == 0) & ~np.isnan(call)


class AidEffectOnAlarms(Effect):
    """False alarms with the aid minus those without it."""

    question = "With the aid, how many more ECGs without the finding does the reader call?"
    source = "Tango, Stat Med 1998;17:891"
    caveat = "Says nothing of what is missed."
    of = FalseAlarmRate

    def outcomes(self, right: RightCalls) -> Outcomes:
        """Return whether the readers called it, among ECGs that do not show the finding."""
        aided, unaided = right.among(right.truth == 0)
        return 1 - aided, 1 - unaided
