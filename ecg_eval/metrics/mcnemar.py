"""McNemar's test: whether one of two readers is right more often than the other on the same ECGs."""

from dataclasses import replace

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_pair import Compared, OutcomeComparison
from ecg_eval.metrics.bases.paired import correct
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.mcnemar import MCNEMAR, mcnemar_p_values


class Mcnemar(OutcomeComparison):
    """Difference in right readings between two readers, with McNemar's test (Obuchowski's where patients repeat).

    Parameters
    ----------
    method : str
        "mid_p" (default), "exact", "asymptotic" or "corrected", where no patient repeats; Obuchowski's test otherwise.
    pairs : str
        As for all comparisons: "with_machine" or "all".
    """

    question = "How many more readings of the first reader are right, and can that be chance?"
    source = "McNemar, Psychometrika 1947;12:153; mid-p: Fagerland et al., BMC Med Res Methodol 2013;13:91"
    caveat = "Tests overall correctness, which is mostly specificity when the finding is rare; no p-value is a benefit."
    is_test = True

    empty = "no record has a truth and both readers' calls"

    def __init__(self, *, method: str = "mid_p", pairs: str = "with_machine") -> None:
        super().__init__(pairs=pairs)
        if method not in MCNEMAR:
            raise ConfigError("metrics.mcnemar", "method", f"one of {', '.join(MCNEMAR)}", method)
        self.method = method

    def outcomes(self, data: Compared) -> tuple[Floats, Floats]:
        """Return whether each call is right."""
        return correct(data.first, data.truth), correct(data.second, data.truth)

    def estimates(self, data: Compared, level: float) -> Estimates:
        """Return how many more readings of the first are right, with Tango's interval, and McNemar's p-value."""
        estimates = super().estimates(data, level)
        if data.cluster is not None:
            return estimates
        surplus = estimates.value * estimates.n  # of readings that only the first has right
        only_first, only_second = (np.rint((estimates.n_discordant + side * surplus) / 2) for side in (1, -1))
        is_tested = estimates.n_discordant > 0
        words = f"; p: {MCNEMAR[self.method][0]}"
        p_value, statistic = np.full(len(estimates), np.nan), np.full(len(estimates), np.nan)
        p_value[is_tested] = mcnemar_p_values(
            n_only_first=only_first[is_tested], n_only_second=only_second[is_tested], method=self.method
        )
        if self.method in ("asymptotic", "corrected"):
            excess = np.maximum(np.abs(only_first - only_second) - (self.method == "corrected"), 0)
            statistic[is_tested] = excess[is_tested] ** 2 / estimates.n_discordant[is_tested]
        method = np.where(np.isnan(estimates.value), estimates.method, estimates.method + words).astype(object)
        return replace(estimates, p_value=p_value, statistic=statistic, method=method)
