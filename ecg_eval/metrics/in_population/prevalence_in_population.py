"""Prevalence in the population that the ECGs stand for."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.patients.in_population import CAVEAT, NO_POPULATION, population_design, weighted_words
from ecg_eval.metrics.prevalence import Prevalence
from ecg_eval.stats.clusters.weighted_shares import weighted_shares
from ecg_eval.stats.estimate import Estimate


class PrevalenceInPopulation(Prevalence):
    """How frequent each finding is in the population that the ECGs stand for."""

    question = "How frequent is the finding in the population?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    by_subgroup = False
    short_name = "prev_pop"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row a finding."""
        design = population_design(study)
        for finding in study.findings if study.reference.exists else ():
            if design is None:
                estimate = Estimate.undefined(reason=NO_POPULATION, method="prevalence", level=level)
            else:
                truth = study.truth(finding)
                has_truth = (~np.isnan(truth)).astype(np.float64)
                empty = "the truth of no ECG with a weight is known"
                made = weighted_shares(design, events=np.nan_to_num(truth), cases=has_truth, empty=empty, level=level)[
                    0
                ]
                estimate = replace(made, method=weighted_words(study, made.method))
            yield Row(metric=self.name, finding=finding, estimate=estimate)
