"""Expected calibration error: how far probabilities lie from the share that shows the finding, on average."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_probability import OfProbability
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.reliability import expected_calibration_error


class CalibrationError(OfProbability):
    """Average distance between predicted and observed shares over bins of equal width; 0 is calibrated in them.

    Parameters
    ----------
    n_bins : int
        Number of bins over [0, 1].
    """

    question = "When the reader gives a probability, how far is it from how often the finding is there?"
    source = "Naeini et al., AAAI 2015:2901"
    caveat = "Depends on the bins, and lies above 0 by chance alone, the more so the fewer ECGs there are."
    short_name = "ece"
    picture = "reliability"

    def __init__(self, *, n_bins: int = 10) -> None:
        if n_bins < 1:
            raise ConfigError(f"metrics.{self.name}", "n_bins", "at least 1", n_bins)
        self.n_bins = n_bins

    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return it for one finding, interval of resamples by patient."""
        return expected_calibration_error(
            truth=truth, probability=probability, n_bins=self.n_bins, weights=study.weights, level=level
        )
