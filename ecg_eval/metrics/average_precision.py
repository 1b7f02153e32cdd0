"""Average precision: how pure the list of ECGs is when read from the highest score down."""

import numpy as np

from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfScores
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.part_means import replicate_deviations
from ecg_eval.stats.proportion.shrinkage import shrunken_proportions
from ecg_eval.stats.roc.precision_recall import average_precision, weighted_average_precision


class AveragePrecision(OfScores):
    """Area under the precision-recall steps."""

    question = "When ECGs are read from the highest score down, how often is the finding there?"
    source = "Boyd, Eng and Page, ECML PKDD 2013 (logit interval); Davis and Goadrich, ICML 2006"
    caveat = "A guess reaches the prevalence, so it cannot be compared between findings or archives."
    of_both_classes = True
    short_name = "ap"

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, interval on the logit scale."""
        return average_precision(truth=truth, score=values, cluster=cluster, level=level)

    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return the variance of a proportion of the ECGs that show the finding, and how resamples depart."""
        is_known = ~np.isnan(truth)
        drawn = np.zeros(1)
        if study.weights is not None:
            drawn = replicate_deviations(
                weighted_average_precision(
                    truth=truth[is_known], score=values[is_known], weights=study.weights[:, is_known]
                )
            )
        value = average_precision(truth=truth[is_known], score=values[is_known]).value
        _, variance = shrunken_proportions(n_events=[(value or 0.0) * truth[is_known].sum()], n=[truth[is_known].sum()])
        return float(variance[0]), drawn
