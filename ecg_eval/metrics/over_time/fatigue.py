"""Fatigue: whether readings become less often right from the first ECG of a sitting to the last."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.people.over_time import NO_POSITIONS, SHORT_SITTINGS, OneReader, OverTime


class Fatigue(OverTime):
    """Right readings at the end of a sitting minus at its beginning, with the same help and in the same sitting."""

    question = "Do readers get worse from the first ECG of a sitting to the last?"
    source = "Liang and Zeger, Biometrika 1986;73:13; marginal difference: Localio et al., J Clin Epidemiol 2007;60:874"
    caveat = "What is learnt during a sitting works against it: no fall does not show that nobody tired."
    short_name = "fatigue"
    picture = "by_place"
    label = "right readings, end of a sitting minus its beginning"

    def problem(self, one: OneReader) -> str:
        """Say why no fatigue can be told."""
        if np.isnan(one.place).all():
            return NO_POSITIONS if np.isnan(one.before).all() else SHORT_SITTINGS
        return ""

    def column(self, one: OneReader) -> Floats:
        """Return the place in the sitting, 0 for its first ECG and 1 for its last."""
        return one.place
