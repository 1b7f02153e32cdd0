"""Sensitivity where specificity is held at a fixed value."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfCurve
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.rate_at_rate import sensitivity_at_specificity


class SensitivityAtSpecificity(OfCurve):
    """Sensitivity on the ROC curve at one specificity.

    Parameters
    ----------
    specificity : float
        In [0, 1].
    """

    question = "With false alarms held at this rate, how much of what is there do the scores find?"
    source = "Platt, Hanley and Yang, Stat Med 2000;19:313"
    caveat = "The threshold is read off the very ECGs that are tested; elsewhere it gives another specificity."
    short_name = "sens_at_spec"

    def __init__(self, *, specificity: float = 0.9) -> None:
        if not 0 <= specificity <= 1:
            raise ConfigError(f"metrics.{self.name}", "specificity", "between 0 and 1", specificity)
        self.specificity = specificity

    def estimate(self, study: ReaderStudy, truth: Floats, scores: Floats, level: float) -> Estimate:
        """Return it for one finding, with a bootstrap interval in which the threshold moves."""
        return sensitivity_at_specificity(
            truth=truth,
            score=scores,
            specificity=self.specificity,
            weights=study.weights,
            cluster=study.cluster,
            level=level,
        )
