"""What comparisons of two readers share: every pair with readings in the same arm, each finding, and the means."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.means import finding_mean, group_mean
from ecg_eval.stats.estimate import Estimate

PAIRS = ("all", "with_machine")
Pair = tuple[str, str, str]  # first reader, second reader, arm


class Comparison(Metric, ABC):
    """A difference between two readers of the same recordings, judged by the reference.

    Parameters
    ----------
    pairs : str
        "all", or "with_machine": only those in which at least one reader is a model or a vendor's program.
    """

    answers = "difference"
    signed = True

    def __init__(self, *, pairs: str = "all") -> None:
        if pairs not in PAIRS:
            raise ConfigError(f"metrics.{self.name}", "pairs", f"one of {', '.join(PAIRS)}", pairs)
        self.pairs = pairs

    @abstractmethod
    def estimate(self, truth: Floats, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the comparison for one finding; arrays of shape (n_records,), NaN missing."""

    @abstractmethod
    def replicates(self, truth: Floats, first: Floats, second: Floats, weights: Floats) -> Floats:
        """Return the difference over resamples, shape (n_resamples,), from complete cases and their weights."""

    def values(self, study: ReaderStudy, reader: str, arm: str, finding: str) -> Floats:
        """Return what is compared, shape (n_records,)."""
        return study.calls(reader, arm, finding)

    def compared(self, study: ReaderStudy) -> Iterator[Pair]:
        """Yield every pair that is compared; the machine of a pair is named first."""
        for one, other, arm in study.pairs():
            if self.pairs == "all" or study.is_machine(one) or study.is_machine(other):
                turned = study.is_machine(other) and not study.is_machine(one)
                yield (other, one, arm) if turned else (one, other, arm)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every pair, arm and finding, the mean over findings, and machines beside groups of people."""
        if not study.reference.exists:
            return
        estimates: dict[Pair, list[Estimate]] = {}
        drawn: dict[Pair, Floats] = {}
        for pair in self.compared(study):
            data = [self._data(study, pair, finding) for finding in study.findings]
            estimates[pair] = [self.estimate(*columns, study.cluster, level) for columns in data]
            drawn[pair] = self._drawn(study, data)
            mean = finding_mean(estimates[pair], drawn[pair], study, label=self.label, level=level)
            yield from self._named(study, pair, [*estimates[pair], mean])
        for group, everybody in study.human_groups.items():
            for first, arm in dict.fromkeys((p[0], p[2]) for p in estimates if study.is_machine(p[0])):
                members = [p for p in ((first, m, arm) for m in everybody) if p in estimates]
                if len(members) > 1:
                    means = group_mean(
                        [estimates[p] for p in members],
                        np.stack([drawn[p] for p in members]),
                        study,
                        label=self.label,
                        span=(-1.0, 1.0),
                        level=level,
                    )
                    yield from self._named(study, (first, group, arm), means)

    @property
    def label(self) -> str:
        """Return the metric's name in words."""
        return self.name.replace("_", " ")

    def _data(self, study: ReaderStudy, pair: Pair, finding: str) -> tuple[Floats, Floats, Floats]:
        first, second, arm = pair
        truth = study.truth(finding, judged=(first, second))
        return truth, self.values(study, first, arm, finding), self.values(study, second, arm, finding)

    def _drawn(self, study: ReaderStudy, data: list[tuple[Floats, Floats, Floats]]) -> Floats:
        """Return the difference of every finding over the shared resamples, shape (n_findings, n_resamples)."""
        weights = np.empty((0, len(study.records))) if study.weights is None else study.weights
        result = np.full((len(data), len(weights)), np.nan)
        for i, columns in enumerate(data):
            complete = ~np.isnan(np.stack(columns)).any(axis=0)
            if complete.any() and len(weights):
                truth, first, second = (column[complete] for column in columns)
                result[i] = self.replicates(truth, first, second, weights[:, complete])
        return result

    def _named(self, study: ReaderStudy, pair: Pair, estimates: list[Estimate]) -> Iterator[Row]:
        first, second, arm = pair
        for finding, estimate in zip((*study.findings, MACRO), estimates, strict=True):
            row: dict[str, Any] = {
                "reader": first,
                "reader_kind": study.kind(first),
                "arm": arm,
                "compared_with": second,
            }
            yield Row(metric=self.name, **row, finding=finding, estimate=estimate)
