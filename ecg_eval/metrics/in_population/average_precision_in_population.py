"""Average precision in the population that the ECGs stand for."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ScoreInPopulation
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.roc.population_ranking import population_average_precision, ranked_average_precision


class AveragePrecisionInPopulation(ScoreInPopulation):
    """Area under the precision-recall steps, each ECG weighing as many ECGs of the population as it stands for."""

    question = "When the population's ECGs are read from the highest score down, how often is the finding there?"
    source = "Linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "ap_pop"

    def weighted(self, design: SamplingDesign, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding."""
        return population_average_precision(truth=truth, score=values, design=design, level=level)

    def deviations(self, design: SamplingDesign, truth: Floats, values: Floats) -> Floats:
        """Return what each ECG adds to its error."""
        ranked = ranked_average_precision(truth, values, design.weight)
        return np.zeros(truth.size) if ranked is None else ranked.deviations
