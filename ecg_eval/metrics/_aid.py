"""What the aid does to readers who read the same ECGs without and with it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics._means import finding_mean, group_mean
from ecg_eval.metrics._paired import correct, paired_difference, where
from ecg_eval.stats.estimate import Estimate

AIDED_MINUS_UNAIDED = "aided - unaided"


class _Aid(Metric, ABC):
    """A number for every reader who has both arms, its mean over findings, and the mean over readers of one kind."""

    family = "aid"
    arm = AIDED_MINUS_UNAIDED
    span = (-1.0, 1.0)

    @abstractmethod
    def outcomes(self, study: ReaderStudy, reader: str, finding: str) -> tuple[Floats, Floats]:
        """Return what is compared, aided and unaided, shape (n_records,) each: 1, 0, NaN not concerned."""

    @abstractmethod
    def estimate(self, aided: Floats, unaided: Floats, study: ReaderStudy, level: float) -> Estimate:
        """Return the estimate for one reader and finding."""

    @abstractmethod
    def statistic(self, aided: Floats, unaided: Floats, weights: Floats) -> Floats:
        """Return the statistic over resamples, shape (n_resamples,), from complete cases and their weights."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every reader's rows, the means over findings, and the means over readers of one kind."""
        if not study.reference.exists:
            return
        readers = [r for r in study.readers_with(AIDED, UNAIDED) if study.is_human(r)]
        estimates: dict[str, list[Estimate]] = {}
        drawn: dict[str, Floats] = {}
        label = self.name.replace("_", " ")
        for reader in readers:
            pairs = [self.outcomes(study, reader, f) for f in study.findings]
            estimates[reader] = [self.estimate(*pair, study, level) for pair in pairs]
            drawn[reader] = self._drawn(pairs, study)
            mean = finding_mean(estimates[reader], drawn[reader], study, label=label, level=level)
            yield from self._named(study, reader, study.kind(reader), [*estimates[reader], mean])
        for group, members in study.human_groups.items():
            both = [m for m in members if m in estimates]
            if len(both) > 1:
                stacked = np.stack([drawn[m] for m in both])
                own = [estimates[m] for m in both]
                means = group_mean(own, stacked, study, label=label, span=self.span, level=level)
                yield from self._named(study, group, study.kind(both[0]), means)

    def _named(self, study: ReaderStudy, reader: str, kind: str, estimates: list[Estimate]) -> Iterator[Row]:
        for finding, estimate in zip((*study.findings, MACRO), estimates, strict=True):
            row = {"reader": reader, "reader_kind": kind, "arm": self.arm, "finding": finding}
            yield Row(metric=self.name, **row, estimate=estimate)

    def _drawn(self, pairs: list[tuple[Floats, Floats]], study: ReaderStudy) -> Floats:
        weights = np.empty((0, len(study.records))) if study.weights is None else study.weights
        result = np.full((len(pairs), len(weights)), np.nan)
        for i, (aided, unaided) in enumerate(pairs):
            both = ~(np.isnan(aided) | np.isnan(unaided))
            if both.any() and len(weights):
                result[i] = self.statistic(aided[both], unaided[both], weights[:, both])
        return result


class _Effect(_Aid, ABC):
    """A proportion aided minus the same unaided, on the ECGs read both ways."""

    def estimate(self, aided: Floats, unaided: Floats, study: ReaderStudy, level: float) -> Estimate:
        """Return the paired difference."""
        return paired_difference(aided, unaided, study.cluster, level, empty="no such ECG was read both ways")

    def statistic(self, aided: Floats, unaided: Floats, weights: Floats) -> Floats:
        """Return the weighted mean of the differences."""
        return weighted_mean(aided - unaided, weights)


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Return the mean in each resample, shape (n_resamples,); NaN where no case was drawn."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (weights @ values) / total, np.nan)


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
