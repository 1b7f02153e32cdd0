"""Negative predictive value: of the ECGs not called, the share that does not show the finding."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.diagnostic.rates import NO_NEGATIVE_CALL


class Npv(OfCalls):
    """Negative predictive value: of the ECGs not called, the share that does not show the finding."""

    question = "When the reader does not call the finding, how often is it truly absent?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "Holds at the prevalence of these records; close to 1 for any rare finding, whoever reads."
    is_share = True
    empty = NO_NEGATIVE_CALL

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count ECGs that do not show the finding among those not called."""
        return (truth == 0) & (call == 0), (call == 0) & ~np.isnan(truth)
