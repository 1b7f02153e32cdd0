"""McNemar's test: whether one of two readers is right more often than the other on the same ECGs."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics._by_pair import _Comparison
from ecg_eval.metrics._paired import correct
from ecg_eval.stats.clustered_paired import clustered_mcnemar
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.paired import mcnemar


class Mcnemar(_Comparison):
    """McNemar's test of two readers' right and wrong calls; clustered by patient where patients repeat.

    Parameters
    ----------
    method : str
        "mid_p" (default), "exact", "asymptotic" or "corrected", where no patient repeats; Obuchowski's test otherwise.
    pairs : str
        As for all comparisons: "all" or "with_machine".
    """

    question = "Where exactly one of two readers is right, which one is it more often?"
    source = "McNemar, Psychometrika 1947;12:153; mid-p: Fagerland et al., BMC Med Res Methodol 2013;13:91"
    caveat = "Tests overall correctness, which is mostly specificity when the finding is rare; no p-value is a benefit."

    def __init__(self, *, method: str = "mid_p", pairs: str = "all") -> None:
        super().__init__(pairs=pairs)
        self.method = method

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the share of discordant ECGs on which the first reader is the one who is right, and the p-value."""
        one, other = correct(first, truth), correct(second, truth)
        both = ~(np.isnan(one) | np.isnan(other))
        if not both.any():
            reason = "no record has a truth and a call of both readers"
            return Estimate.undefined(reason=reason, method="McNemar", level=level)
        if cluster is not None:
            return clustered_mcnemar(first=one, second=other, cluster=cluster, level=level)
        only_first, only_second = int(np.sum(one[both] > other[both])), int(np.sum(one[both] < other[both]))
        return mcnemar(n_only_first=only_first, n_only_second=only_second, method=self.method, level=level)
