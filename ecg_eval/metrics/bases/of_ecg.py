"""Numbers that a reader leaves of a whole ECG (seconds, confidence), and how they differ with help, pair by pair."""

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ONE_ARM, PAIRED, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import NOBODY_BOTH_WAYS
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.signed_rank import signed_rank_test

Quantity = Literal["seconds", "confidence"]


def of_ecgs(study: ReaderStudy, quantity: Quantity) -> Floats:
    """Return a number of each ECG, (n_reader_arms, n_records), NaN unknown.

    A time belongs to the ECG: where findings have times of their own, the longest is that of the ECG. Confidence is the
    mean over the findings that have one.
    """
    cube = study.cube(quantity)
    has_value = ~np.isnan(cube)
    if quantity == "seconds":
        longest = np.where(has_value, cube, -np.inf).max(axis=1)
        return np.asarray(np.where(longest > 0, longest, np.nan))
    count = has_value.sum(axis=1)
    mean = np.divide(np.nan_to_num(cube).sum(axis=1), count, out=np.full(count.shape, np.nan), where=count > 0)
    return np.asarray(mean)


class PairedNumber(Metric, ABC):
    """A number with help minus the same without, in the unit of the number: medians, and Wilcoxon's test.

    Of one reader, the pairs are the ECGs read both ways (patients, where they have several: the mean of their ECGs). Of
    the readers of a kind, the pairs are the readers, each with the median (or mean) of his or her ECGs: it reaches to
    other readers like these.
    """

    answers = "question"
    signed = True
    quantity: ClassVar[Quantity]
    middle: ClassVar[Literal["medians", "means"]] = "medians"  # what stands for a reader
    none: ClassVar[str]  # why there is nothing

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield each reader who has both arms, and the readers of every kind."""
        design = design_of(study)
        if design.name == ONE_ARM:
            return
        numbers, arm = of_ecgs(study, self.quantity), AIDED_MINUS_UNAIDED
        for group, everybody in study.human_groups.items():
            there = {a: study.places(everybody, a) for a in (AIDED, UNAIDED)}
            both = [r for r in everybody if r in there[AIDED] and r in there[UNAIDED]]
            middles = []
            for reader in both:
                aided, unaided = (numbers[there[a][reader]] for a in (AIDED, UNAIDED))
                pairs = [_of_patients(study, np.where(np.isnan(aided + unaided), np.nan, x)) for x in (aided, unaided)]
                made = signed_rank_test(first=pairs[0], second=pairs[1], level=level)
                difference = pairs[0] - pairs[1]
                differences = difference[~np.isnan(difference)]
                of_reader = np.median if self.middle == "medians" else np.mean
                middles.append(float(of_reader(differences)) if differences.size else np.nan)
                yield pooled_row(self.name, study, (reader, [reader], arm), self._said(study, made, numbers))
            made = signed_rank_test(first=middles, second=np.zeros(len(middles)), level=level)
            words = f"{self.middle} of {int((~np.isnan(middles)).sum())} readers; {made.method}"
            n_records = int(np.isfinite(numbers).any(axis=0).sum())
            made = self._said(study, replace(made, method=words, n=n_records), numbers)
            yield pooled_row(self.name, study, (group, both or everybody, arm), made, is_group=True)

    def _said(self, study: ReaderStudy, made: Estimate, numbers: Floats) -> Estimate:
        """Return the estimate with the reason why there is none."""
        if made.value is not None:
            return made
        paired = design_of(study).analysis == PAIRED
        return replace(made, reason=self.none if np.isnan(numbers).all() or paired else NOBODY_BOTH_WAYS)


def _of_patients(study: ReaderStudy, values: Floats) -> Floats:
    """Return the mean of each patient's ECGs, (n_patients,), NaN for a patient without one."""
    n_values = patient_sums(values=~np.isnan(values), cluster=study.patients)
    total = patient_sums(values=np.nan_to_num(values), cluster=study.patients)
    return np.asarray(np.divide(total, n_values, out=np.full(n_values.shape, np.nan), where=n_values > 0))
