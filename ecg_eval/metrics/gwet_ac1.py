"""Gwet's AC1: agreement of two readers beyond chance, steady when the finding is rare."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.agreement import Agreement
from ecg_eval.stats.agreement.gwet import gwet_ac1
from ecg_eval.stats.estimate import Estimate


class GwetAc1(Agreement):
    """Gwet's AC1: agreement of two readers beyond chance, steady when the finding is rare."""

    question = "How much do two readers agree beyond chance, where chance means cases that are hard to read?"
    source = "Gwet, Br J Math Stat Psychol 2008;61:29"
    caveat = "Its notion of chance is debated; it is higher than kappa for rare findings."
    short_name = "ac1"
    coefficient = "ac1"

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding."""
        return gwet_ac1(ratings=np.column_stack([first, second]), categories=[0, 1], cluster=cluster, level=level)
