"""Difference in AUROC between two readers who score the same ECGs."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics._by_pair import _Comparison
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc_comparison import compare_aurocs


class AurocDifference(_Comparison):
    """AUROC of the first reader minus that of the second, on the ECGs that both have scored."""

    question = "Does the first reader rank ECGs better than the second?"
    source = "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; clusters: Obuchowski, Biometrics 1997;53:567"
    caveat = "Compares rankings over all thresholds, most of which nobody would use."

    def values(self, study: ReaderStudy, reader: str, arm: str, finding: str) -> Floats:
        """Return scores."""
        return study.scores(reader, arm, finding)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every pair of readers who both give scores."""
        scored = {
            (r, a)
            for r, a in study.reader_arms
            if any((~np.isnan(study.scores(r, a, f))).any() for f in study.findings)
        }
        for row in super().rows(study, level=level):
            if {(row.reader, row.arm), (row.compared_with, row.arm)} <= scored:
                yield row

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the paired difference with DeLong's interval."""
        return compare_aurocs(truth=truth, score_a=first, score_b=second, cluster=cluster, level=level)
