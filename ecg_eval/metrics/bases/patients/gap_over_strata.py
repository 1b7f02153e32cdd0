"""How a number differs between some ECGs and all others, each site (or other stratum) compared with itself."""

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.metrics.bases.patients.strata import Labels, because_unknown, said_of, strata_of
from ecg_eval.stats.clusters.stratified_difference import stratified_difference
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.stratified import Strata, mantel_haenszel
from ecg_eval.stats.proportion.stratified_tests import breslow_day_test


class GapOverStrata(Metric, ABC):
    """A share within a subgroup minus that among all other ECGs, within strata.

    Parameters
    ----------
    by : str
        A column of the ECGs (site, device, ...) whose values are the strata.
    """

    answers = "question"
    signed = True
    of: ClassVar[type[OfCalls]]

    def __init__(self, *, by: str = "site") -> None:
        self.by = by

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield, for every subgroup of the configuration, every reader, arm and finding."""
        number = self.of()
        who = number.measured(study)
        if not who or not any(True for _ in study.sides()):
            return
        labels, of_readers = strata_of(study, self.by)
        labels = np.full(len(study.records), "", dtype=object) if of_readers else labels
        calls = number.values(study, who)
        for subgroup, inside, others in study.sides():
            for (reader, arm), call in zip(who, calls, strict=True):
                truth = study.truths(judged=(reader,))
                events, cases = number.counted(truth, call)
                for f, finding in enumerate(study.findings):
                    usable = cases[f] & (inside | others) & (labels != "")
                    made = self._over(study, (usable, events[f], inside), labels, level)
                    estimate = because_unknown(made, labels, self.by)
                    yield Row(
                        metric=self.name,
                        reader=reader,
                        reader_kind=study.kind(reader),
                        arm=arm,
                        finding=finding,
                        subgroup=subgroup,
                        estimate=estimate,
                    )

    def _over(self, study: ReaderStudy, of: tuple[Masks, Masks, Masks], labels: Labels, level: float) -> Estimate:
        """Return the difference over strata: of independent ECGs by counts, of patients with several between them."""
        usable, event, inside = of
        sides = [usable & side for side in (inside, ~inside)]
        smallest = min(int(side.sum()) for side in sides)
        if smallest < study.subgroup_minimum_n:
            reason = f"fewer than {study.subgroup_minimum_n} ECGs of one side count for this number"
            return Estimate.undefined(reason=reason, method="Mantel-Haenszel difference", level=level, n=smallest)
        if study.cluster is not None:
            made = stratified_difference(
                outcome=np.where(usable, event.astype(np.float64), np.nan),
                first=inside,
                stratum=labels,
                cluster=study.patients,
                level=level,
            )
            return replace(made.common, method=f"{made.common.method}; {said_of(made.homogeneity)}")
        names = np.unique(labels[usable].astype(str))
        n = [[int((side & (labels == name)).sum()) for name in names] for side in sides]
        x = [[int((side & event & (labels == name)).sum()) for name in names] for side in sides]
        strata = Strata.of(events_first=x[0], n_first=n[0], events_second=x[1], n_second=n[1])
        made_of_counts = mantel_haenszel(strata, level=level)
        return replace(made_of_counts, method=f"{made_of_counts.method}; {said_of(breslow_day_test(strata))}")
