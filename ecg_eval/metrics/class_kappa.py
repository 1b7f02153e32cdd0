"""Kappa of a single choice: how far two readers choose the same class of each ECG, beyond chance."""

from collections.abc import Sequence

import numpy as np

from ecg_eval.domain.arrays.reading_arrays import class_of
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.pairs.mean_kappa import MeanKappa
from ecg_eval.metrics.bases.single_choice import checked_classes, places_of
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.estimate import Estimate


class ClassKappa(MeanKappa):
    """Cohen's kappa of the classes that two readers chose, of which each ECG has exactly one.

    Parameters
    ----------
    findings : sequence of str, optional
        The classes; all findings of the study when not given. An ECG of which a reader chose none, or several, is left
        out.
    """

    question = "How much more do two readers choose the same class than two who choose as often, but at random?"
    source = (
        "Cohen, Educ Psychol Meas 1960;20:37; standard error: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323; "
        "mean over pairs: Light, Psychol Bull 1971;76:365"
    )
    caveat = "Every confusion counts alike, however far apart the classes are."
    short_name = "class_kappa"
    nothing = "no ECG has one class chosen by both"

    def __init__(self, *, findings: Sequence[str] | None = None) -> None:
        self.classes = checked_classes(self.name, findings)

    def answered(self, study: ReaderStudy) -> Floats:
        """Return the class that each reader chose, one row for all findings together."""
        places = places_of(study, self.name, self.classes)
        return np.stack([class_of(calls[places])[None] for calls in study.cube("calls")])

    def findings(self, study: ReaderStudy) -> Sequence[str]:
        """Return that the one row is of all findings together."""
        return (POOLED,)

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for all classes together."""
        return cohen_kappa(first=first, second=second, cluster=cluster, level=level)

    def scale(self, study: ReaderStudy, ratings: Floats) -> Floats:
        """Return all classes."""
        return np.arange(len(self.classes or study.findings), dtype=np.float64)
