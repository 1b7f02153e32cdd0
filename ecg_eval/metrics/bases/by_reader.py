"""What the metrics of one reader's calls or scores share: who is measured, on what, and the means over findings."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.means import finding_mean, group_mean
from ecg_eval.stats.diagnostic.confusion import ConfusionCounts, confusion_counts
from ecg_eval.stats.estimate import Estimate

Among = NDArray[np.bool_] | None


class ByReader(Metric, ABC):
    """A number for every reader, arm and finding."""

    answers = "reading"
    by_subgroup = True

    @abstractmethod
    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every reader, arm and finding."""
        for reader, arm in self.measured(study):
            for finding, estimate in zip(study.findings, self.estimates(study, reader, arm, level), strict=True):
                yield Row(**self.named(study, reader, arm), finding=finding, estimate=estimate)

    def measured(self, study: ReaderStudy) -> list[tuple[str, str]]:
        """Return the (reader, arm) pairs that have what this metric needs: without a reference, none."""
        if not study.reference.exists:
            return []
        return [pair for pair in study.reader_arms if any(self._has_values(study, *pair, f) for f in study.findings)]

    def estimates(self, study: ReaderStudy, reader: str, arm: str, level: float, among: Among = None) -> list[Estimate]:
        """Return the estimate of every finding, among some of the records or all."""
        return [self._one(*self.data(study, reader, arm, f, among), study.cluster, level) for f in study.findings]

    def _one(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        if np.isnan(values).all():  # the kernel would see no case at all and call that the reason
            what = "score" if self.needs_scores else "yes/no reading"
            return Estimate.undefined(reason=f"the reader gave no {what}", method=self.name, level=level)
        return self.estimate(truth, values, cluster, level)

    def data(
        self, study: ReaderStudy, reader: str, arm: str, finding: str, among: Among = None
    ) -> tuple[Floats, Floats]:
        """Return truth and the reader's values, shape (n_records,) each; truth is NaN where not `among`."""
        truth = study.truth(finding, judged=(reader,))
        values = (study.scores if self.needs_scores else study.calls)(reader, arm, finding)
        return truth if among is None else np.where(among, truth, np.nan), values

    def named(self, study: ReaderStudy, reader: str, arm: str) -> dict[str, Any]:
        """Return what all of a reader's rows share."""
        return {"metric": self.name, "reader": reader, "reader_kind": study.kind(reader), "arm": arm}

    def _has_values(self, study: ReaderStudy, reader: str, arm: str, finding: str) -> bool:
        # a reader who never gives scores is not asked for them; one who never gives calls has the reason in every row
        return not self.needs_scores or bool((~np.isnan(study.scores(reader, arm, finding))).any())


class Averaged(ByReader, ABC):
    """Such a number whose mean over findings, and over readers of one kind, has a meaning."""

    lowest, highest = 0.0, 1.0

    @abstractmethod
    def replicates(self, truth: Floats, values: Floats, weights: Floats) -> Floats:
        """Return the statistic over resamples, shape (n_resamples,), from complete cases and their weights."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every reader's rows, their means over findings, and the means over readers of one kind."""
        values: dict[tuple[str, str], list[Estimate]] = {}
        drawn: dict[tuple[str, str], Floats] = {}
        for reader, arm in self.measured(study):
            values[reader, arm] = self.estimates(study, reader, arm, level)
            drawn[reader, arm] = self.drawn(study, reader, arm)
            for finding, estimate in zip(study.findings, values[reader, arm], strict=True):
                yield Row(**self.named(study, reader, arm), finding=finding, estimate=estimate)
            mean = finding_mean(values[reader, arm], drawn[reader, arm], study, label=self.label, level=level)
            yield Row(**self.named(study, reader, arm), finding=MACRO, estimate=mean)
        for group, members in study.human_groups.items():
            for arm in dict.fromkeys(a for _, a in values):
                took_part = [r for r in members if (r, arm) in values]
                if len(took_part) > 1:
                    yield from self._group_rows(study, group, arm, took_part, values, drawn, level)

    @property
    def label(self) -> str:
        """Return the metric's name in words."""
        return self.name.replace("_", " ")

    def _group_rows(
        self,
        study: ReaderStudy,
        group: str,
        arm: str,
        members: Sequence[str],
        values: dict[tuple[str, str], list[Estimate]],
        drawn: dict[tuple[str, str], Floats],
        level: float,
    ) -> Iterator[Row]:
        named = self.named(study, members[0], arm) | {"reader": group}
        means = group_mean(
            [values[m, arm] for m in members],
            np.stack([drawn[m, arm] for m in members]),
            study,
            label=self.label,
            span=(self.lowest, self.highest),
            level=level,
        )
        for finding, estimate in zip((*study.findings, MACRO), means, strict=True):
            yield Row(**named, finding=finding, estimate=estimate)

    def drawn(self, study: ReaderStudy, reader: str, arm: str, among: Among = None) -> Floats:
        """Return the statistic of every finding over the shared resamples, shape (n_findings, n_resamples)."""
        weights = np.empty((0, len(study.records))) if study.weights is None else study.weights
        result = np.full((len(study.findings), len(weights)), np.nan)
        for i, finding in enumerate(study.findings):
            truth, values = self.data(study, reader, arm, finding, among)
            complete = ~(np.isnan(truth) | np.isnan(values))
            if complete.any() and len(weights):
                result[i] = self.replicates(truth[complete], values[complete], weights[:, complete])
        return result


class OfCalls(Averaged, ABC):
    """A number made from the four counts of yes/no calls."""

    @abstractmethod
    def of_counts(self, counts: ConfusionCounts) -> Floats:
        """Return the statistic from the counts of each resample."""

    def replicates(self, truth: Floats, values: Floats, weights: Floats) -> Floats:
        """Count all resamples by one matrix product."""
        return self.of_counts(confusion_counts(truth=truth, call=values, weights=weights))
