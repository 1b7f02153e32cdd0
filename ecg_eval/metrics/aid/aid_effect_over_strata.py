"""The effect of help within practices, or within sites of ECGs, and whether it is the same in all of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ONE_ARM, PERIODS, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, Row
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.aid import RightCalls
from ecg_eval.metrics.bases.by_design import UNADJUSTED
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.metrics.bases.patients.strata import because_unknown, label_of, said_of, strata_of
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.clusters.stratified_difference import stratified_difference
from ecg_eval.stats.estimate import Estimate


class AidEffectOverStrata(Metric):
    """Right readings with help minus without, each practice or site compared with itself.

    Parameters
    ----------
    by : str
        A column of the readers (practice_id, training) or of the ECGs (site, device, ...).
    measure : {"accuracy", "sensitivity", "specificity"}
        Of all ECGs, of those that show the finding, or of those that do not.
    """

    question = "Does help do the same in every practice, or at every site?"
    source = (
        "Mantel and Haenszel, J Natl Cancer Inst 1959;22:719; error between patients: Binder, Int Stat Rev 1983;51:279"
    )
    caveat = "For these readers and other patients; with few strata a test that finds no difference shows little."
    answers = "question"
    signed = True
    short_name = "aid_strata"
    measures: ClassVar[dict[str, tuple[int, ...]]] = {"accuracy": (0, 1), "sensitivity": (1,), "specificity": (0,)}

    def __init__(self, *, by: str = "practice_id", measure: str = "accuracy") -> None:
        if measure not in self.measures:
            rule, remedy = f"one of {', '.join(self.measures)}", suggestion(str(measure), self.measures)
            raise ConfigError(f"metrics.{self.name}", "measure", rule, measure, remedy)
        self.by, self.measure = by, measure

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield, for the readers of every kind, the effect over strata and within each."""
        if not study.reference.exists or design_of(study).name == ONE_ARM:
            return
        labels, of_readers = strata_of(study, self.by)
        once = averaged_once(study.findings)
        place = {str(reader): i for i, reader in enumerate(study.readers.index)}
        for group, everybody in study.human_groups.items():
            right = RightCalls(study, everybody)
            concerned = np.isin(right.truth, self.measures[self.measure])
            sides = [np.where(concerned, side, np.nan)[:, once] for side in (right.aided, right.unaided)]
            shape = sides[0].shape
            of_reading: Floats = np.empty(shape, dtype=object)
            of_reading[:] = labels[[place[r] for r in everybody]][:, None, None] if of_readers else labels
            both = np.stack(sides)
            has_stratum = np.broadcast_to(of_reading != "", both.shape)
            made = stratified_difference(
                outcome=np.where(has_stratum, both, np.nan).ravel(),
                first=np.broadcast_to(np.array([True, False])[:, None, None, None], both.shape).ravel(),
                stratum=np.broadcast_to(of_reading, both.shape).ravel(),
                cluster=np.broadcast_to(study.patients, both.shape).ravel(),
                level=level,
            )
            unknown = int((~np.isnan(np.where(has_stratum, np.nan, both))).sum())
            left = f"; {unknown} readings without {self.by} left out" if unknown else ""
            left += f"; {UNADJUSTED}" if design_of(study).analysis == PERIODS else ""
            words = f"{self.measure}, {made.common.method}; {said_of(made.homogeneity)}{left}"
            common = because_unknown(replace(made.common, method=words), labels, self.by)
            yield self._row(study, group, everybody, "", has_stratum & ~np.isnan(both), common)
            for value, estimate in zip(made.strata, made.by_stratum, strict=True):
                label = label_of(self.by, value, of_readers=of_readers)
                counted = (of_reading == value) & ~np.isnan(both)
                yield self._row(study, group, everybody, label, counted, self._not_few(study, estimate))

    def _row(
        self, study: ReaderStudy, group: str, everybody: list[str], label: str, counted: Masks, estimate: Estimate
    ) -> Row:
        """Return a row of the readers and ECGs that count: (2, n_readers, n_findings, n_records)."""
        people = [everybody[i] for i in np.flatnonzero(counted.any(axis=(0, 2, 3)))]
        n_records = int(np.count_nonzero(counted.any(axis=(0, 1, 2))))
        who = (group, people or everybody, AIDED_MINUS_UNAIDED)
        return pooled_row(self.name, study, who, estimate, is_group=True, subgroup=label, n_records=n_records)

    def _not_few(self, study: ReaderStudy, estimate: Estimate) -> Estimate:
        """Return the estimate of a stratum, without its number where that would be of too few."""
        if estimate.n >= study.subgroup_minimum_n:
            return estimate
        reason = f"fewer than {study.subgroup_minimum_n} ECGs of the subgroup count for this number"
        return Estimate.undefined(reason=reason, method=estimate.method, n=estimate.n, level=estimate.level)
