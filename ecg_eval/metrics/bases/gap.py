"""How much a number differs between some ECGs and all others: one subgroup against the rest, reader by reader."""

from abc import ABC
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import Averaged
from ecg_eval.metrics.bases.means import finding_mean, group_mean
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import interval_from_replicates

Mask = NDArray[np.bool_]


class Gap(Metric, ABC):
    """A number within a subgroup minus the same among all other ECGs whose subgroup is known.

    Both sides come from the resamples that the whole evaluation shares, so that patients with ECGs on both sides, and
    readers who read both, are allowed for.
    """

    answers = "reading"
    signed = True
    of: ClassVar[type[Averaged]]

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield, for every subgroup, every reader's gaps, their mean over findings, and the means over readers."""
        for label, inside, others in study.sides():
            for row in self._of_sides(study, inside, others, level):
                yield row.within(label)

    def _of_sides(self, study: ReaderStudy, inside: Mask, others: Mask, level: float) -> Iterator[Row]:
        number = self.of()
        gaps: dict[tuple[str, str], list[Estimate]] = {}
        drawn: dict[tuple[str, str], Floats] = {}
        for reader, arm in number.measured(study):
            sides = [number.estimates(study, reader, arm, level, among=side) for side in (inside, others)]
            one, other = (number.drawn(study, reader, arm, among=side) for side in (inside, others))
            drawn[reader, arm] = one - other
            three = zip(*sides, drawn[reader, arm], strict=True)
            gaps[reader, arm] = [self._gap(first, second, draws, level) for first, second, draws in three]
            mean = finding_mean(gaps[reader, arm], drawn[reader, arm], study, label=self._label, level=level)
            yield from self._named(study, reader, study.kind(reader), arm, [*gaps[reader, arm], mean])
        for group, members in study.human_groups.items():
            for arm in dict.fromkeys(a for _, a in gaps):
                both = [m for m in members if (m, arm) in gaps]
                if len(both) > 1:
                    estimates = [gaps[m, arm] for m in both]
                    stacked = np.stack([drawn[m, arm] for m in both])
                    means = group_mean(estimates, stacked, study, label=self._label, span=(-1.0, 1.0), level=level)
                    yield from self._named(study, group, study.kind(both[0]), arm, means)

    @property
    def _label(self) -> str:
        return f"{self.of().label}, subgroup minus all others"

    def _gap(self, one: Estimate, other: Estimate, drawn: Floats, level: float) -> Estimate:
        n = one.n + other.n
        if one.value is None or other.value is None:
            reason = one.reason if one.value is None else other.reason
            return Estimate.undefined(reason=str(reason), method=self._label, n=n, level=level)
        value = one.value - other.value
        return interval_from_replicates(value=value, replicates=drawn, label=self._label, n=n, level=level)

    def _named(self, study: ReaderStudy, reader: str, kind: str, arm: str, estimates: list[Estimate]) -> Iterator[Row]:
        for finding, estimate in zip((*study.findings, MACRO), estimates, strict=True):
            row: dict[str, Any] = {"reader": reader, "reader_kind": kind, "arm": arm, "finding": finding}
            yield Row(metric=self.name, **row, estimate=estimate)
