"""What the coefficients of agreement within a whole group of readers share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.stats.estimate import Estimate


class GroupAgreement(Metric, ABC):
    """One coefficient for all human readers of a kind in an arm, finding by finding."""

    answers = "agreement"

    @abstractmethod
    def estimate(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the coefficient; ratings of shape (n_records, n_readers), NaN missing."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every group, arm and finding."""
        for everybody in study.human_groups.values():
            kind = study.kind(everybody[0])
            for arm in dict.fromkeys(a for _, a in study.reader_arms):
                members = [m for m in everybody if m in study.readers_with(arm)]
                if len(members) < 2:
                    continue
                named: dict[str, Any] = {"reader": f"all {kind} ({len(members)})", "reader_kind": kind, "arm": arm}
                for finding in study.findings:
                    ratings = np.column_stack([study.calls(m, arm, finding) for m in members])
                    estimate = self._checked(ratings, study.cluster, level)
                    yield Row(metric=self.name, **named, finding=finding, estimate=estimate)

    def _checked(self, ratings: Floats, cluster: Codes | None, level: float) -> Estimate:
        if not ((~np.isnan(ratings)).sum(axis=1) >= 2).any():
            reason = "no ECG was read by two of these readers"
            return Estimate.undefined(reason=reason, method=self.name.replace("_", " "), level=level)
        return self.estimate(ratings, cluster, level)
