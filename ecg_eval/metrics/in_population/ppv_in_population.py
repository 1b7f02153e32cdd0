"""Positive predictive value in the population that the ECGs stand for."""

from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ShareInPopulation
from ecg_eval.metrics.ppv import Ppv


class PpvInPopulation(ShareInPopulation, Ppv):
    """Positive predictive value, each ECG weighing as many ECGs of the population as it stands for."""

    question = "When the reader calls the finding in the population, how often is it there?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "ppv_pop"
