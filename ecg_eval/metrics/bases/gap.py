"""How much a number differs between some ECGs and all others: one subgroup against the rest, reader by reader."""

from abc import ABC
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.by_reader import Averaged, OfCalls
from ecg_eval.metrics.bases.numbers import Masks, Numbers
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.mrmc.part_means import Parts
from ecg_eval.stats.proportion.mover import Part, mover_difference

METHOD = "difference of two {} intervals (MOVER), patients on both sides allowed for"


class Gap(Metric, ABC):
    """A number within a subgroup minus the same among all other ECGs whose subgroup is known."""

    answers = "reading"
    signed = True
    of: ClassVar[type[Averaged]]

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield, for every subgroup, every reader's gaps, their mean over findings, and the means over readers."""
        number = self.of()
        kind = METHOD.format("Wilson") if isinstance(number, OfCalls) else METHOD.replace("{} ", "")
        who = number.measured(study)
        label = f"{number.label}, subgroup minus all others"
        measure = Measure(metric=self.name, label=label, span=(-1.0, 1.0), null=0.0)
        for subgroup, inside, others in study.sides():
            if not who:
                continue
            first, second = (number.numbers(study, who, level, among=side) for side in (inside, others))
            yield from Averages(
                study=study,
                measure=measure,
                numbers=gaps(first, second, study.subgroup_minimum_n, level, method=kind),
                level=level,
                findings=study.findings,
                subgroup=subgroup,
            ).rows()


def gaps(
    first: Numbers, second: Numbers, minimum_n: int, level: float, *, method: str = METHOD.format("Wilson")
) -> Numbers:
    """Return the numbers of one side minus those of the other, where both have at least `minimum_n` cases."""
    sides = (first, second)
    one, other = (side.parts for side in sides)
    few = np.min([side.estimates.n for side in sides], axis=0) < minimum_n
    value = first.estimates.value - second.estimates.value
    why = np.where(np.isnan(first.estimates.value), first.estimates.reason, second.estimates.reason)
    small = np.where(few, f"fewer than {minimum_n} ECGs of one side count for this number", "")
    reason = np.where(np.isnan(value), why, small)
    value = np.where(few, np.nan, value)
    low, high = mover_difference(
        Part(first.estimates.value, first.estimates.low, first.estimates.high),
        Part(second.estimates.value, second.estimates.low, second.estimates.high),
        correlation(one, other).ravel(),
    )
    none = np.isnan(value)
    unknown = ~none & np.isnan(low)
    alone = np.where(np.isnan(first.estimates.low), first.estimates.reason, second.estimates.reason)
    of_one, of_other = np.asarray(one.deviations), np.asarray(other.deviations)
    shared = 2 * (of_one * of_other).sum(axis=-1)
    estimates = Estimates.of_columns(
        value=value,
        low=np.where(none, np.nan, low),
        high=np.where(none, np.nan, high),
        level=level,
        method=method,
        n=first.estimates.n + second.estimates.n,
        reason=np.where(unknown, alone, reason),
    )
    parts = Parts(
        values=value.reshape(one.values.shape),
        variances=np.maximum(one.variances + other.variances - shared, 0.0),
        deviations=of_one - of_other,
        cases=np.asarray(one.cases) + np.asarray(other.cases),
        centres=one.centres - other.centres,
    )
    used: Masks = first.used | second.used
    return Numbers(who=first.who, estimates=estimates, parts=parts, used=used, read=first.read | second.read)


def correlation(one: Parts, other: Parts) -> NDArray[np.float64]:
    """Return the correlation of two sides of a study, 0 where no patient is on both."""
    of_one, of_other = np.asarray(one.deviations), np.asarray(other.deviations)
    product = (of_one * of_other).sum(axis=-1)
    errors = np.sqrt((of_one**2).sum(axis=-1) * (of_other**2).sum(axis=-1))
    return np.asarray(np.clip(np.divide(product, errors, out=np.zeros_like(product), where=errors > 0), -1.0, 1.0))
