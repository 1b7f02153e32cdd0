"""Errors among the answers that a reader is surest of: risk at a given coverage."""

from dataclasses import replace

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_probability import OfProbability
from ecg_eval.stats.diagnostic.rates import accuracy
from ecg_eval.stats.estimate import Estimate


class ErrorAtCoverage(OfProbability):
    """Share of wrong answers among the ECGs whose probability lies farthest from one half, the likelier answer taken.

    Parameters
    ----------
    coverage : float
        Share of the ECGs that are answered, in (0, 1]; the others would be left to somebody else.
    """

    question = "If the reader answered only the ECGs it is surest of, how often would it be wrong?"
    source = "El-Yaniv and Wiener, J Mach Learn Res 2010;11:1605; interval: Wilson, J Am Stat Assoc 1927;22:209"
    caveat = "Errors fall where the finding is rare, however sure the reader is: compare readers on the same ECGs."
    short_name = "err_at_cov"
    picture = "coverage"

    def __init__(self, *, coverage: float = 0.8) -> None:
        if isinstance(coverage, bool) or not isinstance(coverage, int | float) or not 0 < coverage <= 1:
            raise ConfigError(f"metrics.{self.name}", "coverage", "above 0 and at most 1", coverage)
        self.coverage = float(coverage)

    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return it for one finding; ECGs as sure as the last one answered are answered too."""
        is_known = ~(np.isnan(truth) | np.isnan(probability))
        sure = np.where(is_known, np.abs(probability - 0.5), -1.0)
        n = int(is_known.sum())
        last = np.sort(sure)[::-1][max(int(np.ceil(self.coverage * n)) - 1, 0)]
        answered = is_known & (sure >= last)
        call = np.where(answered, (probability >= 0.5).astype(np.float64), np.nan)
        right = accuracy(truth=truth, call=call, cluster=study.cluster, level=level)
        error = right.mapped(scale=-1.0, shift=1.0)
        words = f"{error.method}; {int(answered.sum())} of {n} ECGs answered, the surest"
        return replace(error, method=words, n_positive=None)
