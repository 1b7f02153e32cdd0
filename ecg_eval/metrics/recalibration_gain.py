"""What a map of a reader's probabilities would gain, learnt on other patients."""

from typing import get_args

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.by_probability import OfProbability
from ecg_eval.metrics.bases.patients.parts import patient_parts
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.recalibration_gain import CalibrationMap, recalibration_gain


class RecalibrationGain(OfProbability):
    """Brier score as given, minus that after a map learnt on other patients; above 0 the map helps.

    Parameters
    ----------
    map : {"logistic", "temperature", "isotonic"}
        What is learnt: intercept and slope of the log-odds, one temperature, or any rising curve.
    n_parts : int
        Parts into which the patients are dealt; each is mapped by what the others teach.
    """

    question = "Would the reader's probabilities come nearer to the truth if a map corrected them?"
    source = (
        "Platt, Advances in Large Margin Classifiers, 1999; Guo et al., ICML 2017; "
        "Zadrozny and Elkan, KDD 2002; cross-fitted: Stone, J R Stat Soc B 1974;36:111"
    )
    caveat = "The map is learnt on other patients of this study, and not on a practice's: there it may not help."
    short_name = "map gain"
    signed = True

    def __init__(self, *, map: CalibrationMap = "logistic", n_parts: int = 5) -> None:
        where = f"metrics.{self.name}"
        if map not in get_args(CalibrationMap):
            raise ConfigError(where, "map", f"one of {', '.join(get_args(CalibrationMap))}", map)
        if n_parts < 2:
            raise ConfigError(where, "n_parts", "at least 2", n_parts)
        self.map: CalibrationMap = map
        self.n_parts = n_parts

    def of_probabilities(self, study: ReaderStudy, truth: Floats, probability: Floats, level: float) -> Estimate:
        """Return it for one finding."""
        if study.n_patients < self.n_parts:
            reason = "there are fewer patients than parts to learn from"
            return Estimate.undefined(reason=reason, method=self.label, n=len(truth), level=level)
        return recalibration_gain(
            truth=truth,
            probability=probability,
            part=study.once(("patient_parts", self.n_parts), lambda: patient_parts(study, self.n_parts)),
            kind=self.map,
            cluster=study.cluster,
            level=level,
        )
