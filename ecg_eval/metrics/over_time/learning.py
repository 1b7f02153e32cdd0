"""Learning: whether readings become more often right from the first sitting to the last."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.people.over_time import NO_POSITIONS, ONE_SITTING, SHORT_SITTINGS, OneReader, OverTime


class Learning(OverTime):
    """Right readings in the last sitting minus the first, at the same place in it and with the same help."""

    question = "Do readers get better while the study runs, from the first sitting to the last?"
    source = "Liang and Zeger, Biometrika 1986;73:13; marginal difference: Localio et al., J Clin Epidemiol 2007;60:874"
    caveat = "An ECG that is read a second time may be remembered, which counts as learning."
    short_name = "learning"
    picture = "by_sitting"
    label = "right readings, last sitting minus first"

    def problem(self, one: OneReader) -> str:
        """Say why no learning can be told."""
        if one.n_sittings < 2:
            return ONE_SITTING
        if np.isnan(one.place).all():
            return NO_POSITIONS if np.isnan(one.before).all() else SHORT_SITTINGS
        return ONE_SITTING if len(np.unique(one.sitting[~np.isnan(one.place)])) < 2 else ""

    def column(self, one: OneReader) -> Floats:
        """Return the sitting, 0 for the first and 1 for the last."""
        return one.sitting
