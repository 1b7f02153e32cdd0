"""Positive predictive value: of the ECGs called, the share that shows the finding."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.diagnostic.rates import NO_POSITIVE_CALL


class Ppv(OfCalls):
    """Positive predictive value: of the ECGs called, the share that shows the finding."""

    question = "When the reader calls the finding, how often is it there?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Holds at the prevalence of these records; in general practice the finding is rarer and this number lower."
    is_share = True
    empty = NO_POSITIVE_CALL

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count ECGs that show the finding among those called."""
        return (truth == 1) & (call == 1), (call == 1) & ~np.isnan(truth)
