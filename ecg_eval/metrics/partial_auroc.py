"""Partial AUROC: how well scores rank where false alarms are few."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfCurve
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.partial_auc import partial_auc


class PartialAuroc(OfCurve):
    """Area under the part of the ROC curve above a specificity, scaled so that chance is 0.5 and perfect 1.

    Parameters
    ----------
    least_specificity : float
        Lower end of the range, whose upper end is 1.
    """

    question = "Where false alarms are kept rare, does the reader score ECGs that show the finding above the others?"
    source = "McClish, Med Decis Making 1989;9:190"
    caveat = "Of a range chosen beforehand; two ranges cannot be compared, and a narrow one rests on few ECGs."
    short_name = "pAUROC"

    def __init__(self, *, least_specificity: float = 0.9) -> None:
        if not 0 <= least_specificity < 1:
            raise ConfigError(f"metrics.{self.name}", "least_specificity", "at least 0, below 1", least_specificity)
        self.least_specificity = least_specificity

    def estimate(self, study: ReaderStudy, truth: Floats, scores: Floats, level: float) -> Estimate:
        """Return it for one finding, with a bootstrap interval."""
        return partial_auc(
            truth=truth,
            score=scores,
            specificity=(self.least_specificity, 1.0),
            corrected=True,
            weights=study.weights,
            cluster=study.cluster,
            level=level,
        )
