"""F-beta of whole calls: sensitivity weighs beta times as much as positive predictive value."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.f_measure import f_beta


class FBeta(OfReader):
    """F-beta of yes/no calls.

    Parameters
    ----------
    beta : float
        How many times finding it matters as much as not raising false alarms; 2 in the Challenge of 2020.
    """

    question = "How well are finding it and not raising false alarms balanced, where a miss weighs more?"
    source = "van Rijsbergen, Information Retrieval, 1979; interval: Cochran, Sampling Techniques, 1977, chapter 6"
    caveat = "Depends on prevalence and ignores true negatives; what beta should be is a judgement."
    name = "f_beta"
    answers = "question"
    by_subgroup = False
    short_name = "f_beta"

    def __init__(self, *, beta: float = 2.0) -> None:
        if not beta > 0:
            raise ConfigError(f"metrics.{self.name}", "beta", "above 0", beta)
        self.beta = beta

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every reader, arm and finding."""
        who = self.measured(study)
        for (reader, arm), calls in zip(who, self.values(study, who) if who else (), strict=True):
            truths = study.truths(judged=(reader,))
            for f, finding in enumerate(study.findings):
                if np.isnan(calls[f]).all():
                    reason = self.why_nothing(study, (reader, arm), finding)
                    found = Estimate.undefined(reason=reason, method=self.label, level=level)
                else:
                    found = f_beta(truth=truths[f], call=calls[f], beta=self.beta, cluster=study.cluster, level=level)
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=arm,
                    finding=finding,
                    estimate=found,
                )
