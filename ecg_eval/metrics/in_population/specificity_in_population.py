"""Specificity in the population that the ECGs stand for."""

from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ShareInPopulation
from ecg_eval.metrics.specificity import Specificity


class SpecificityInPopulation(ShareInPopulation, Specificity):
    """Specificity, each ECG weighing as many ECGs of the population as it stands for."""

    question = "Of the ECGs of the population that do not show the finding, how many does the reader leave alone?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "spec_pop"
