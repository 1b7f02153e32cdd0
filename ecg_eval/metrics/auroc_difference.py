"""Difference in AUROC between two readers who score the same ECGs."""

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_pair import Compared, Comparison, Pair
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.mrmc.part_means import Parts
from ecg_eval.stats.roc.macro_average import auroc_spread
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

    def parts(self, data: Compared, values: Floats) -> Parts:
        """Return the differences by what each patient adds to either AUROC."""
        cluster = np.arange(data.truth.shape[1]) if data.cluster is None else data.cluster
        n_patients = int(cluster.max()) + 1
        variances, deviations = np.full(len(data.truth), np.nan), np.zeros((len(data.truth), n_patients))
        for i, complete in enumerate(data.complete):
            if np.isnan(values.ravel()[i]):
                continue
            truth = np.where(complete, data.truth[i], np.nan)
            (one, first), (other, second) = (
                auroc_spread(truth=truth, score=side[i], cluster=cluster) for side in (data.first, data.second)
            )
            errors = np.sqrt((first @ first) * (second @ second))
            together = float(first @ second / errors) if errors > 0 else 0.0
            variances[i] = one + other - 2 * together * np.sqrt(one * other)
            deviations[i] = first - second
        positive, negative = (
            patient_sums(values=data.complete & (data.truth == t), cluster=data.cluster) for t in (1, 0)
        )
        rarer = np.where((positive.sum(-1) <= negative.sum(-1))[:, None], positive, negative)
        return Parts(
            values=values,
            variances=variances.reshape(values.shape),
            deviations=deviations.reshape(*values.shape, -1),
            cases=rarer.reshape(*values.shape, -1),
            centres=values,
        )
