"""Brier score in the population that the ECGs stand for."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ScoreInPopulation
from ecg_eval.stats.clusters.sampling_design import SamplingDesign
from ecg_eval.stats.clusters.weighted_shares import ratio_errors
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.population_losses import population_brier


class BrierInPopulation(ScoreInPopulation):
    """Mean squared distance between probability and outcome, each ECG weighing as many as it stands for."""

    question = "In the population, how far are the reader's probabilities from what is there?"
    source = "Brier, Mon Weather Rev 1950;78:1; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "brier_pop"

    def weighted(self, design: SamplingDesign, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return it for one finding; undefined for scores that are no probabilities."""
        if np.nanmin(values) < 0 or np.nanmax(values) > 1:
            reason = "scores outside 0 to 1 are no probabilities"
            return Estimate.undefined(reason=reason, method="Brier score", n=len(truth), level=level)
        return population_brier(truth=truth, probability=values, design=design, level=level)

    def deviations(self, design: SamplingDesign, truth: Floats, values: Floats) -> Floats:
        """Return what each ECG adds to its error."""
        complete = ~(np.isnan(truth) | np.isnan(values))
        loss = np.where(complete, (values - truth) ** 2, 0.0)
        return ratio_errors(design, events=loss, cases=complete.astype(np.float64))[1]
