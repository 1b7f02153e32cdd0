"""What the coefficients of agreement within a whole group of readers share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.whole_groups import whole_groups
from ecg_eval.stats.estimate import Estimate


class GroupAgreement(Metric, ABC):
    """One coefficient for all human readers of a kind in an arm, finding by finding."""

    answers = "agreement"

    @abstractmethod
    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the coefficient; ratings of shape (n_records, n_readers), NaN missing."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every group, arm and finding."""
        for group in whole_groups(study):
            ratings = group.calls.transpose(1, 2, 0)  # finding, record, reader
            for finding, table in zip(study.findings, ratings, strict=True):
                yield group.row(self.name, finding, self._told(table, study.cluster, level))

    def _told(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the coefficient without the test of no agreement beyond chance, which nobody asks."""
        estimate = self._checked(ratings, cluster, level)
        called = int(((ratings == 1).any(axis=1) & ((~np.isnan(ratings)).sum(axis=1) >= 2)).sum())
        return replace(estimate, p_value=None, statistic=None, n_positive=called)

    def _checked(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        if not ((~np.isnan(ratings)).sum(axis=1) >= 2).any():
            reason = "no ECG was read by two of these readers"
            return Estimate.undefined(reason=reason, method=self.name.replace("_", " "), level=level)
        return self.estimate(ratings, cluster, level)
