"""Specificity: of the ECGs that do not show the finding, the share that is not called."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.diagnostic.rates import NO_NEGATIVE


class Specificity(OfCalls):
    """Specificity: of the ECGs that do not show the finding, the share that is not called."""

    question = "Of the ECGs that do not show the finding, how many does the reader leave alone?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Even a high one means many false alarms where the finding is rare."
    short_name = "spec"
    role = "cleared"
    is_share = True
    empty = NO_NEGATIVE

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count ECGs left alone among those that do not show the finding."""
        return (truth == 0) & (call == 0), (truth == 0) & ~np.isnan(call)
