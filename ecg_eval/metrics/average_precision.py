"""Average precision: how pure the list of ECGs is when read from the highest score down."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import Averaged
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.precision_recall import average_precision, weighted_average_precision


class AveragePrecision(Averaged):
    """Area under the precision-recall steps."""

    question = "When ECGs are read from the highest score down, how often is the finding there?"
    source = "Boyd, Eng and Page, ECML PKDD 2013 (logit interval); Davis and Goadrich, ICML 2006"
    caveat = "A guess reaches the prevalence, so it cannot be compared between findings or archives."
    short_name = "ap"
    needs_scores = True

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, interval on the logit scale."""
        return average_precision(truth=truth, score=values, cluster=cluster, level=level)

    def replicates(self, truth: Floats, values: Floats, weights: Floats) -> Floats:
        """Return the average precision of each resample."""
        return weighted_average_precision(truth=truth, score=values, weights=weights)
