"""What changes while people read on: right readings by their place in the study and within a sitting.

A sitting is the session where the readings say one, else the period. Each person's readings are fitted alone, in
a marginal logistic model with the patient as unit (`stats/clusters/gee.py`): help, the sitting and the place in it side
by side, so that what is late in the study is not taken for what is late in the day. In a sound study the order of ECGs
is drawn anew for each person, so that ECGs need no column; where all read in one order, what is hard and what is late
cannot be told apart, and the method says so. Means over people take them and the ECGs as random.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import POOLED, Rows
from ecg_eval.domain.people.reading_order import reading_order
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.numbers import Numbers
from ecg_eval.metrics.bases.paired import correct
from ecg_eval.stats.clusters.gee import gee
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.part_means import Parts

ARMS_TOGETHER = "all arms"
NO_POSITIONS = "the readings do not say in which order they were made (position)"
ONE_SITTING = "everything was read in one sitting (no second period or session)"
SHORT_SITTINGS = "no sitting has two ECGs one after the other"
ONE_ORDER = "all readers read in one order, so that what is hard may pass for what is late"


@dataclass(frozen=True, kw_only=True, eq=False)
class OneReader:
    """A person's readings in all arms, one a row, (n_readings,).

    Attributes
    ----------
    right : ndarray
        1 right, 0 wrong.
    aided : ndarray
        1 with help.
    sitting : ndarray
        0 in the person's first sitting, 1 in the last, the others evenly between; 0 where there is one.
    place : ndarray
        0 at the first ECG of a sitting, 1 at the last; NaN where no order is known.
    before : ndarray
        How many ECGs were read before in the study; NaN where no order is known.
    record : ndarray of int
    n_sittings : int
    """

    right: Floats
    aided: Floats
    sitting: Floats
    place: Floats
    before: Floats
    record: NDArray[np.intp]
    n_sittings: int

    @classmethod
    def of(cls, study: ReaderStudy, reader: str) -> "OneReader":
        """Return the readings of a person about the findings that a mean takes."""
        once, order = averaged_once(study.findings), reading_order(study)
        calls, truth = study.cube("calls"), study.truths(judged=(reader,))
        parts: list[tuple[Floats, ...]] = []
        for i, (name, arm) in enumerate(study.reader_arms):
            if name == reader:
                right = correct(calls[i], truth)[once]
                record = np.nonzero(~np.isnan(right))[1]
                helped = np.full(len(record), float(arm == AIDED))
                when = (order.sitting[i][record], order.place[i][record], order.before[i][record])
                parts.append((right[~np.isnan(right)], helped, *when, record.astype(np.float64)))
        right, aided, sitting, place, before, record = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(
            right=right,
            aided=aided,
            sitting=sitting,
            place=place,
            before=before,
            record=record.astype(np.intp),
            n_sittings=order.n_sittings[reader],
        )


class OverTime(Metric, ABC):
    """A change in the probability of a right reading, of every person and over people."""

    answers = "question"
    signed = True
    label: ClassVar[str]

    @abstractmethod
    def problem(self, one: OneReader) -> str:
        """Say why a person's readings cannot answer, or nothing."""

    @abstractmethod
    def column(self, one: OneReader) -> Floats:
        """Return what runs from 0 to 1."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Rows]:
        """Yield every person's change, all findings and arms together, and the means over people of each kind."""
        people = [r for r in dict.fromkeys(r for r, _ in study.reader_arms) if study.is_human(r)]
        if not study.reference.exists or not people:
            return
        readings = [OneReader.of(study, reader) for reader in people]
        made = [self._one(study, one, level) for one in readings]
        units = study.n_patients
        deviations = np.stack([influence for _, influence in made])[:, None, :]
        values = np.array([[np.nan if e.value is None else e.value] for e, _ in made])
        cases = np.stack(
            [np.bincount(study.patients[one.record], minlength=units).astype(np.float64) for one in readings]
        )[:, None, :]
        used = np.zeros((len(people), 1, len(study.records)), dtype=bool)
        for i, one in enumerate(readings):
            used[i, 0, one.record] = True
        numbers = Numbers(
            who=tuple((reader, ARMS_TOGETHER) for reader in people),
            estimates=Estimates.of([e for e, _ in made]),
            parts=Parts(
                values=values,
                variances=np.array([[(e.standard_error or 0.0) ** 2] for e, _ in made]),
                deviations=deviations,
                cases=cases,
                centres=values,
            ),
            used=used,
            read=used,
        )
        label = self.label + (f"; {ONE_ORDER}" if _in_one_order(readings) else "")
        yield from Averages(
            study=study,
            measure=Measure(metric=self.name, label=label, span=(-1.0, 1.0), null=0.0),
            numbers=numbers,
            level=level,
            findings=(POOLED,),
            combined=POOLED,
        ).rows()

    def _one(self, study: ReaderStudy, one: OneReader, level: float) -> tuple[Estimate, Floats]:
        """Return a person's change and what each patient adds to its error, (n_patients,)."""
        nothing = np.zeros(study.n_patients)
        n = len(np.unique(one.record))
        problem = self.problem(one)
        if problem:
            return Estimate.undefined(reason=problem, method=self.label, n=n, level=level), nothing
        placed = ~np.isnan(one.place)
        columns = [np.ones(int(placed.sum())), self.column(one)[placed]]
        for other in (one.aided, one.sitting, one.place):
            tried = np.column_stack([*columns, other[placed]])
            if np.linalg.matrix_rank(tried) == tried.shape[1]:
                columns.append(other[placed])
        design = np.column_stack(columns)
        patients = study.patients[one.record[placed]]
        fit = gee(outcome=one.right[placed], design=design, cluster=patients, correlation="independence")
        late, early = design.copy(), design.copy()
        late[:, 1], early[:, 1] = 1.0, 0.0
        estimate, influence = fit.marginal_difference(first=late, second=early, level=level)
        added = nothing.copy()
        added[np.unique(patients)] = np.nan_to_num(influence)
        return replace(estimate, n=n, n_positive=None, method=f"{self.label}; {estimate.method}"), added


def _in_one_order(readings: list[OneReader]) -> bool:
    """Whether people read the same ECGs in the very same order."""
    if len(readings) < 2:
        return False
    orders = [dict(zip(one.record.tolist(), one.before.tolist(), strict=True)) for one in readings]
    return all(order == orders[0] for order in orders[1:])
