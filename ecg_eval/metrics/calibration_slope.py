"""Calibration slope: whether probabilities are too extreme or too timid."""

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_probability import OfProbability
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.calibration_regression import calibration_regression


class CalibrationSlope(OfProbability):
    """Slope of the outcome on the log-odds of the probability; 1 is calibrated, below 1 too extreme."""

    question = "Are the reader's probabilities too extreme, or too timid?"
    source = "Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230"
    caveat = (
        "Probabilities of exactly 0 or 1 are left out; a slope of 1 may go with probabilities that are all too high."
    )
    short_name = "slope"

    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return it for one finding, Wald interval, robust where patients repeat."""
        return calibration_regression(truth=truth, probability=probability, cluster=study.cluster, level=level).slope
