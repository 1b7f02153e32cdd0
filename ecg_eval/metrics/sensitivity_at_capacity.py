"""Sensitivity when only the highest scores can be followed up (the score of the 2025 Challenge)."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_curve import OfCurve
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.challenge import sensitivity_at_capacity


class SensitivityAtCapacity(OfCurve):
    """Share of the ECGs with the finding that stand among the highest scores.

    Parameters
    ----------
    capacity : float
        Share of all ECGs that can be followed up, in (0, 1].
    """

    question = "If only so many patients can be examined further, how many of those who have it would be among them?"
    source = "George B. Moody PhysioNet Challenge 2025 (Chagas disease), evaluation code"
    caveat = "At most capacity over prevalence, so that it cannot be compared between collections."
    short_name = "sens_at_cap"

    def __init__(self, *, capacity: float = 0.05) -> None:
        if not 0 < capacity <= 1:
            raise ConfigError(f"metrics.{self.name}", "capacity", "above 0 and at most 1", capacity)
        self.capacity = capacity

    def estimate(self, study: ReaderStudy, truth: Floats, scores: Floats, level: float) -> Estimate:
        """Return it for one finding, Wilson's interval with the threshold taken as fixed."""
        return sensitivity_at_capacity(
            truth=truth, score=scores, capacity=self.capacity, cluster=study.cluster, level=level
        )
