"""Difference in AUROC between two readers who score the same ECGs."""

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_pair import Compared, Comparison, Pair
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.roc.area import weighted_auroc
from ecg_eval.stats.roc.roc_comparison import compare_aurocs


class AurocDifference(Comparison):
    """AUROC of the first reader minus that of the second, on the ECGs that both have scored."""

    question = "Does the first reader rank ECGs better than the second?"
    source = "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; clusters: Obuchowski, Biometrics 1997;53:567"
    caveat = "Compares rankings over all thresholds, most of which nobody would use."
    needs_scores = True

    def values(self, study: ReaderStudy) -> Floats:
        """Return scores."""
        return study.cube("scores")

    def compared(self, study: ReaderStudy) -> list[Pair]:
        """Return every pair of readers who both give scores."""
        gives = {
            pair
            for pair, scores in zip(study.reader_arms, study.cube("scores"), strict=True)
            if not np.isnan(scores).all()
        }
        return [p for p in super().compared(study) if {(p[0], p[2]), (p[1], p[2])} <= gives]

    def estimates(self, data: Compared, level: float) -> Estimates:
        """Return the paired difference of every row with DeLong's interval."""
        rows = zip(data.truth, data.first, data.second, strict=True)
        return Estimates.of(
            [
                compare_aurocs(truth=t, score_first=a, score_second=b, cluster=data.cluster, level=level)
                for t, a, b in rows
            ]
        )

    def replicates(self, data: Compared, weights: Floats) -> Floats:
        """Return the difference of every row over resamples."""
        result = np.full((len(data.truth), len(weights)), np.nan)
        for i, complete in enumerate(data.complete):
            if complete.any():
                truth, drawn = data.truth[i, complete], weights[:, complete]
                first, second = (
                    weighted_auroc(truth=truth, score=side[i, complete], weights=drawn)
                    for side in (data.first, data.second)
                )
                result[i] = first - second
        return result
