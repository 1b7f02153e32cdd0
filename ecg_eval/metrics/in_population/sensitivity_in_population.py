"""Sensitivity in the population that the ECGs stand for."""

from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ShareInPopulation
from ecg_eval.metrics.sensitivity import Sensitivity


class SensitivityInPopulation(ShareInPopulation, Sensitivity):
    """Sensitivity, each ECG weighing as many ECGs of the population as it stands for."""

    question = "Of the ECGs of the population that show the finding, how many does the reader call?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "sens_pop"
