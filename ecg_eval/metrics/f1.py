"""F1: harmonic mean of sensitivity and positive predictive value."""

from dataclasses import replace

import numpy as np

from ecg_eval.domain.notes import before_notes
from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks, Numbers
from ecg_eval.stats.packed import scaled

THROUGH = "through TP / (TP + FP + FN)"


class F1(OfCalls):
    """F1: harmonic mean of sensitivity and positive predictive value."""

    question = "How well are finding it and not raising false alarms balanced in one number?"
    source = "Lam et al., arXiv:2309.14621, 2023 (Wilson's interval of TP / [TP + FP + FN], mapped)"
    caveat = (
        "Ignores true negatives and depends on prevalence; it weighs a miss like a false alarm, which patients do not."
    )
    empty = "no case has the finding and none was called positive"

    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Count ECGs called rightly among all that show the finding or are called: J = TP / (TP + FP + FN)."""
        is_known = ~(np.isnan(truth) | np.isnan(call))
        return (truth == 1) & (call == 1), is_known & ((truth == 1) | (call == 1))

    def stretched(self, numbers: Numbers) -> Numbers:
        """Map J to F1 = 2 J / (1 + J), errors by its slope 2 / (1 + J)^2."""
        e, p = numbers.estimates, numbers.parts
        estimates = replace(
            e,
            value=f1_of(e.value),
            low=f1_of(e.low),
            high=f1_of(e.high),
            standard_error=e.standard_error * slope(e.value),
            method=np.array([before_notes(m, THROUGH, joint=", ") for m in e.method], dtype=object),
        )
        parts = replace(
            p,
            values=f1_of(p.values),
            centres=f1_of(p.centres),
            variances=p.variances * slope(p.centres) ** 2,
            deviations=scaled(p.deviations, slope(p.values)),
        )
        return replace(numbers, estimates=estimates, parts=parts)


def f1_of(j: Floats) -> Floats:
    """Return F1 of J = TP / (TP + FP + FN)."""
    return 2 * j / (1 + j)


def slope(j: Floats) -> Floats:
    """Return how fast F1 changes with J."""
    return 2 / (1 + j) ** 2
