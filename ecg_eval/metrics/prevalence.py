"""Prevalence: the share of the records that shows each finding, by the reference."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.proportions import single_proportion


class Prevalence(Metric):
    """How frequent each finding is among the records whose truth is known."""

    question = "How frequent is the finding among these ECGs?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "That of this collection, as a rule not that of a GP's patients; predictive values depend on it."
    answers = "description"
    by_subgroup = True

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row a finding."""
        if not study.reference.exists:
            return
        for finding in study.findings:
            truth = study.truth(finding)
            is_known = ~np.isnan(truth)
            if not is_known.any():
                reason = "the truth of no record is known"
                estimate = Estimate.undefined(reason=reason, method="Wilson", level=level)
            elif study.cluster is not None:
                estimate = clustered_proportion(event=truth[is_known], cluster=study.cluster[is_known], level=level)
            else:
                estimate = single_proportion(n_events=int(truth[is_known].sum()), n=int(is_known.sum()), level=level)
            yield Row(metric=self.name, finding=finding, estimate=estimate)
