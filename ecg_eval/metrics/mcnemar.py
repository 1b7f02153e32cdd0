"""McNemar's test: whether one of two readers is right more often than the other on the same ECGs."""

from dataclasses import replace

import numpy as np

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_pair import Comparison
from ecg_eval.metrics.bases.paired import correct, paired_difference
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.proportion.paired import mcnemar
from ecg_eval.stats.resampling.weighted_mean import weighted_mean


class Mcnemar(Comparison):
    """Difference in right readings between two readers, with McNemar's test (Obuchowski's where patients repeat).

    Parameters
    ----------
    method : str
        "mid_p" (default), "exact", "asymptotic" or "corrected", where no patient repeats; Obuchowski's test otherwise.
    pairs : str
        As for all comparisons: "all" or "with_machine".
    """

    question = "How many more readings of the first reader are right, and can that be chance?"
    source = "McNemar, Psychometrika 1947;12:153; mid-p: Fagerland et al., BMC Med Res Methodol 2013;13:91"
    caveat = "Tests overall correctness, which is mostly specificity when the finding is rare; no p-value is a benefit."
    is_test = True

    def __init__(self, *, method: str = "mid_p", pairs: str = "all") -> None:
        super().__init__(pairs=pairs)
        self.method = method

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return how many more readings of the first are right, with Tango's interval, and McNemar's p-value."""
        one, other = correct(first, truth), correct(second, truth)
        difference = paired_difference(
            one, other, cluster, level, empty="no record has a truth and both readers' calls"
        )
        if cluster is not None or not is_defined(difference):
            return difference
        both = ~(np.isnan(one) | np.isnan(other))
        only_first, only_second = int(np.sum(one[both] > other[both])), int(np.sum(one[both] < other[both]))
        test = mcnemar(n_only_first=only_first, n_only_second=only_second, method=self.method, level=level)
        method = f"{difference.method}; p: {test.method}"
        return replace(difference, p_value=test.p_value, statistic=test.statistic, method=method)

    def replicates(self, truth: Floats, first: Floats, second: Floats, weights: Floats) -> Floats:
        """Return the difference in right readings of each resample."""
        return weighted_mean(values=correct(first, truth) - correct(second, truth), weights=weights)
