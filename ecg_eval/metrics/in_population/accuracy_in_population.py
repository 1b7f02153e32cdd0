"""Accuracy in the population that the ECGs stand for."""

from ecg_eval.metrics.accuracy import Accuracy
from ecg_eval.metrics.bases.patients.in_population import CAVEAT, ShareInPopulation


class AccuracyInPopulation(ShareInPopulation, Accuracy):
    """Accuracy, each ECG weighing as many ECGs of the population as it stands for."""

    question = "Of the ECGs of the population, how many does the reader read rightly?"
    source = "Korn and Graubard, Surv Methodol 1998;24:193; linearised: Binder, Int Stat Rev 1983;51:279"
    caveat = CAVEAT
    short_name = "acc_pop"
