"""Sensitivity: of the ECGs that show the finding, the share that is called."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.diagnostic.rates import NO_POSITIVE


class Sensitivity(OfCalls):
    """Sensitivity: of the ECGs that show the finding, the share that is called."""

    question = "Of the ECGs that show the finding, how many does the reader call?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Says nothing of false alarms; it falls when the finding is milder here than elsewhere."
    short_name = "sens"
    role = "found"
    is_share = True
    empty = NO_POSITIVE
    of_positives = True

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count calls among ECGs that show the finding."""
        return (truth == 1) & (call == 1), (truth == 1) & ~np.isnan(call)
