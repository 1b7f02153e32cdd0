"""What the aid does to readers who read the same ECGs without and with it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, POOLED, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.means import finding_mean, group_mean
from ecg_eval.metrics.bases.paired import correct, paired_difference, where
from ecg_eval.stats.estimate import Estimate

AIDED_MINUS_UNAIDED = "aided - unaided"


class Aid(Metric, ABC):
    """A number for every reader who has both arms, its mean over findings, and the mean over readers of one kind."""

    answers = "aid"
    arm = AIDED_MINUS_UNAIDED
    span = (-1.0, 1.0)

    @abstractmethod
    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return what is compared, aided and unaided, shape (n_records,) each: 1, 0, NaN not concerned."""

    @abstractmethod
    def estimate(self, aided: Floats, unaided: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one reader, from outcomes of shape (n,)."""

    @abstractmethod
    def share(self, aided: Floats, unaided: Floats) -> Floats:
        """Return what each outcome adds to the number, whose value is the mean of that, shape as given."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every reader's rows, means over findings, all findings together, and means over readers of a kind."""
        if not study.reference.exists:
            return
        readers = [r for r in study.readers_with(AIDED, UNAIDED) if study.is_human(r)]
        estimates: dict[str, list[Estimate]] = {}
        drawn: dict[str, Floats] = {}
        label = self.name.replace("_", " ")
        for reader in readers:
            pairs = [self.outcomes(study, reader, f) for f in study.findings]
            pooled = np.stack([p[0] for p in pairs], axis=1), np.stack([p[1] for p in pairs], axis=1)
            estimates[reader] = [self.estimate(*pair, study.cluster, level) for pair in pairs]
            drawn[reader] = self._drawn(pooled, study)
            mean = finding_mean(estimates[reader], drawn[reader][:-1], study, label=label, level=level)
            # a patient's findings are read together, so the patient is the unit whatever the number of ECGs
            patients = np.repeat(study.patients, len(study.findings))
            together = self.estimate(pooled[0].ravel(), pooled[1].ravel(), patients, level)
            yield from self._named(study, reader, study.kind(reader), [*estimates[reader], mean, together])
            estimates[reader].append(together)
        for group, members in study.human_groups.items():
            both = [m for m in members if m in estimates]
            if len(both) > 1:
                yield from self._of_group(study, group, [estimates[m] for m in both], [drawn[m] for m in both], level)

    def _of_group(
        self, study: ReaderStudy, group: str, estimates: list[list[Estimate]], drawn: list[Floats], level: float
    ) -> Iterator[Row]:
        label = self.name.replace("_", " ")
        each = [own[:-1] for own in estimates]
        means = group_mean(each, np.stack(drawn)[:, :-1], study, label=label, span=self.span, level=level)
        together = group_mean(
            [own[-1:] for own in estimates],
            np.stack(drawn)[:, -1:],
            study,
            label=f"{label}, all findings together",
            span=self.span,
            level=level,
        )[0]
        kind = study.kind(study.human_groups[group][0])
        yield from self._named(study, group, kind, [*means, together])

    def _named(self, study: ReaderStudy, reader: str, kind: str, estimates: list[Estimate]) -> Iterator[Row]:
        for finding, estimate in zip((*study.findings, MACRO, POOLED), estimates, strict=True):
            row: dict[str, Any] = {"reader": reader, "reader_kind": kind, "arm": self.arm, "finding": finding}
            yield Row(metric=self.name, **row, estimate=estimate)

    def _drawn(self, pooled: tuple[Floats, Floats], study: ReaderStudy) -> Floats:
        """Return the number over the shared resamples, shape (n_findings + 1, n_resamples); last: all findings."""
        if study.weights is None:
            return np.empty((len(study.findings) + 1, 0))
        known = ~(np.isnan(pooled[0]) | np.isnan(pooled[1]))
        added = np.where(known, self.share(*pooled), 0.0)
        top = np.column_stack([added, added.sum(axis=1)])
        bottom = np.column_stack([known, known.sum(axis=1)]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            # 0 / 0 is a resample without such a reading, and NaN says so
            drawn: Floats = (study.weights @ top) / (study.weights @ bottom)
        return drawn.T


class Effect(Aid, ABC):
    """A proportion aided minus the same unaided, on the ECGs read both ways."""

    signed = True

    def estimate(self, aided: Floats, unaided: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the paired difference."""
        return paired_difference(aided, unaided, cluster, level, empty="no such ECG was read both ways")

    def share(self, aided: Floats, unaided: Floats) -> Floats:
        """Return the differences."""
        return aided - unaided


def right_calls(study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats, Floats]:
    """Return whether the reader was right aided and unaided, and whether the AI shown was, shape (n_records,) each."""
    truth = study.truth(finding, judged=(reader,))
    aided, unaided = (correct(study.calls(reader, arm, finding), truth) for arm in (AIDED, UNAIDED))
    return aided, unaided, correct(study.ai_calls(reader, AIDED, finding), truth)


def calls_among(study: ReaderStudy, reader: str, finding: str, shown: float) -> tuple[Floats, Floats]:
    """Return whether the reader was right aided and unaided, among ECGs whose truth is `shown` (1 or 0)."""
    aided, unaided, _ = right_calls(study, reader, finding)
    concerned = study.truth(finding, judged=(reader,)) == shown
    return where(concerned, aided), where(concerned, unaided)
