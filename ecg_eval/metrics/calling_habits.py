"""Whether readers call a finding equally often: Cochran's Q over the readers of a kind."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.whole_groups import whole_groups
from ecg_eval.stats.agreement.marginal_homogeneity import cochran_q


class CallingHabits(Metric):
    """Cochran's Q: whether the readers of a kind call a finding in the same share of the ECGs that all have read."""

    question = "Do some readers call the finding more often than others, on the same ECGs?"
    source = "Cochran, Biometrika 1950;37:256"
    caveat = "Takes no account of patients with several ECGs, and says that readers differ, not who is right."
    answers = "question"
    short_name = "habits"
    is_test = True

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every kind of reader, arm and finding."""
        for group in whole_groups(study):
            for finding, calls in zip(study.findings, group.calls.transpose(1, 0, 2), strict=True):
                test = cochran_q(ratings=calls.T)
                share = np.nanmean(calls, axis=1) if not np.isnan(calls).all(axis=1).any() else []
                spread = f"; called in {min(share):.3f} to {max(share):.3f} of the ECGs" if len(share) else ""
                yield group.row(self.name, finding, replace(test, level=level, method=f"{test.method}{spread}"))
