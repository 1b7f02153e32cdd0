"""Calibration in the large: whether probabilities are too high or too low on the whole."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_probability import OfProbability
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.calibration_regression import calibration_regression


class CalibrationInTheLarge(OfProbability):
    """Shift of the log-odds that makes the probabilities right on average; 0 is calibrated, above 0 too low."""

    question = "Are the reader's probabilities too high or too low on the whole?"
    source = "Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230"
    caveat = "On the scale of log-odds; it follows how common the finding is here, and changes in a practice."
    short_name = "in_the_large"
    signed = True

    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return it for one finding, Wald interval, robust where patients repeat."""
        fits = calibration_regression(truth=truth, probability=probability, cluster=study.cluster, level=level)
        return fits.in_the_large
