"""AUROC: the probability that an ECG with the finding gets a higher score than one without."""

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.by_reader import Averaged
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.area import auroc, weighted_auroc


class Auroc(Averaged):
    """Area under the receiver operating characteristic curve."""

    question = "Does the reader score ECGs that show the finding above those that do not?"
    source = "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; clusters: Obuchowski, Biometrics 1997;53:567"
    caveat = "Says how well ECGs are ranked, not whether the threshold in use is a good one."
    needs_scores = True

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, DeLong's interval on the logit scale."""
        return auroc(truth=truth, score=values, cluster=cluster, level=level)

    def replicates(self, truth: Floats, values: Floats, weights: Floats) -> Floats:
        """Return the AUC of each resample."""
        return weighted_auroc(truth=truth, score=values, weights=weights)
