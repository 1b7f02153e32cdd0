"""Negative predictive value in the population that the ECGs stand for."""

from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ShareInPopulation
from ecg_eval.metrics.npv import Npv


class NpvInPopulation(ShareInPopulation, Npv):
    """Negative predictive value, each ECG weighing as many ECGs of the population as it stands for."""

    question = "When the reader does not call the finding in the population, how often is it truly absent?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "npv_pop"
