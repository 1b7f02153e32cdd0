"""Accuracy: the share of all ECGs that is read rightly."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.diagnostic.rates import NO_CASE


class Accuracy(OfCalls):
    """Accuracy: the share of all ECGs that is read rightly."""

    question = "Of all ECGs, how many does the reader read rightly?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "High for a reader who never calls a rare finding: it does not say whether the finding is found."
    is_share = True
    empty = NO_CASE

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count right calls among all."""
        return truth == call, ~(np.isnan(truth) | np.isnan(call))
