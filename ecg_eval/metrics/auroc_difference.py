"""Difference in AUROC between two readers who score the same ECGs."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.by_pair import Comparison, Pair
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.area import weighted_auroc
from ecg_eval.stats.roc.roc_comparison import compare_aurocs


class AurocDifference(Comparison):
    """AUROC of the first reader minus that of the second, on the ECGs that both have scored."""

    question = "Does the first reader rank ECGs better than the second?"
    source = "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; clusters: Obuchowski, Biometrics 1997;53:567"
    caveat = "Compares rankings over all thresholds, most of which nobody would use."
    needs_scores = True

    def values(self, study: ReaderStudy, reader: str, arm: str, finding: str) -> Floats:
        """Return scores."""
        return study.scores(reader, arm, finding)

    def compared(self, study: ReaderStudy) -> Iterator[Pair]:
        """Yield every pair of readers who both give scores."""

        def scores(reader: str, arm: str) -> bool:
            return any((~np.isnan(study.scores(reader, arm, f))).any() for f in study.findings)

        for first, second, arm in super().compared(study):
            if scores(first, arm) and scores(second, arm):
                yield first, second, arm

    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the paired difference with DeLong's interval."""
        return compare_aurocs(truth=truth, score_first=first, score_second=second, cluster=cluster, level=level)

    def replicates(self, truth: Floats, first: Floats, second: Floats, weights: Floats) -> Floats:
        """Return the difference of each resample."""
        return weighted_auroc(truth=truth, score=first, weights=weights) - weighted_auroc(
            truth=truth, score=second, weights=weights
        )
