"""What the coefficients of agreement between two readers share; no truth is needed for any of them.

Beside every pair of readers stand two means that answer the main question: how well the people agree with one another,
and how well each program agrees with the people. Their intervals are for other ECGs read by these readers.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.means import finding_mean
from ecg_eval.stats.agreement.pairwise_agreement import pairwise_agreement
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.draws import interval_from_replicates

Pair = tuple[str, str]


class Agreement(Metric, ABC):
    """A coefficient for every pair of readers of an arm."""

    answers = "agreement"
    coefficient: str  # its name in ``PairwiseAgreement``

    @abstractmethod
    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the coefficient for one finding; arrays of shape (n_records,), NaN missing."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every arm, pair and finding, the mean over findings, then the means over pairs."""
        for arm in dict.fromkeys(a for _, a in study.reader_arms):
            readers = study.readers_with(arm)
            if len(readers) < 2:
                continue
            pairs = [self._machine_first(study, pair) for pair in combinations(readers, 2)]
            drawn = self._drawn(study, arm, readers)
            estimates: dict[Pair, list[Estimate]] = {}
            for i, pair in enumerate(pairs):
                estimates[pair] = [self._of_pair(study, pair, arm, f, level) for f in study.findings]
                mean = finding_mean(estimates[pair], drawn[i], study, label=self.label, level=level)
                yield from self._named(study, pair, arm, [*estimates[pair], mean])
            position = {pair: i for i, pair in enumerate(pairs)}
            for one, other, members in self._sides(study, readers):
                inside = [p for p in (self._machine_first(study, m) for m in members) if p in position]
                values = [estimates[p] for p in inside]
                means = self._mean_of_pairs(values, drawn[[position[p] for p in inside]], study, level)
                yield from self._named(study, (one, other), arm, means)

    @property
    def label(self) -> str:
        """Return the metric's name in words."""
        return self.name.replace("_", " ")

    @staticmethod
    def _machine_first(study: ReaderStudy, pair: Pair) -> Pair:
        one, other = pair
        return (other, one) if study.is_machine(other) and not study.is_machine(one) else (one, other)

    @staticmethod
    def _sides(study: ReaderStudy, readers: list[str]) -> Iterator[tuple[str, str, list[Pair]]]:
        """Yield the names of two sides and the pairs between them: a group with itself, a program with a group."""
        for group, everybody in study.human_groups.items():
            members = [m for m in everybody if m in readers]
            if len(members) < 2:
                continue
            yield group, group, list(combinations(members, 2))
            for machine in readers:
                if study.is_machine(machine):
                    yield machine, group, [(machine, m) for m in members]

    def _of_pair(self, study: ReaderStudy, pair: Pair, arm: str, finding: str, level: float) -> Estimate:
        first, second = (study.calls(reader, arm, finding) for reader in pair)
        if not (~(np.isnan(first) | np.isnan(second))).any():
            reason = "the two readers have read no ECG in common"
            return Estimate.undefined(reason=reason, method=self.label, level=level)
        return self.estimate(first, second, study.cluster, level)

    def _drawn(self, study: ReaderStudy, arm: str, readers: list[str]) -> Floats:
        """Return the coefficient over the shared resamples, shape (n_pairs, n_findings, n_resamples)."""
        n_pairs = len(readers) * (len(readers) - 1) // 2
        n_resamples = 0 if study.weights is None else len(study.weights)
        result = np.full((n_pairs, len(study.findings), n_resamples), np.nan)
        if study.weights is not None:
            for i, finding in enumerate(study.findings):
                ratings = np.column_stack([study.calls(r, arm, finding) for r in readers])
                found = pairwise_agreement(ratings=ratings, weights=study.weights)
                result[:, i] = getattr(found, self.coefficient).T
        return result

    def _mean_of_pairs(
        self, values: list[list[Estimate]], drawn: Floats, study: ReaderStudy, level: float
    ) -> list[Estimate]:
        """Return the mean over pairs of every finding, and of the mean over findings."""
        table = np.array([[np.nan if e.value is None else e.value for e in pair] for pair in values])
        n = max(e.n for pair in values for e in pair)
        n_patients = len(np.unique(study.patients))
        results = []
        every = [np.array([i]) for i in range(table.shape[1])]
        defined = np.flatnonzero(~np.isnan(table).any(axis=0))
        for chosen in (*every, defined):
            words = f"{self.label}, mean over {len(values)} pairs of these readers"
            if len(chosen) != 1 or chosen is defined:
                words += f" and {len(chosen)} of {table.shape[1]} findings"
            known = ~np.isnan(table[:, chosen]).any(axis=1)
            if not len(chosen) or not known.any():
                reason = "no pair's value can be computed"
                results.append(Estimate.undefined(reason=reason, method=words, n=n, level=level))
                continue
            value = float(table[np.ix_(known, chosen)].mean())
            if not drawn.shape[2]:
                results.append(Estimate(value=value, method=words, n=n, level=level, reason="no resamples were drawn"))
                continue
            mean = drawn[np.ix_(np.flatnonzero(known), chosen)].mean(axis=(0, 1))
            results.append(
                interval_from_replicates(
                    value=value, replicates=mean, label=words, n=n, level=level, n_clusters=n_patients
                )
            )
        return results

    def _named(self, study: ReaderStudy, pair: Pair, arm: str, estimates: list[Estimate]) -> Iterator[Row]:
        first, second = pair
        kind = study.kind(first) if first in study.readers.index else study.kind(study.human_groups[first][0])
        for finding, estimate in zip((*study.findings, MACRO), estimates, strict=True):
            row: dict[str, Any] = {
                "reader": first,
                "reader_kind": kind,
                "arm": arm,
                "compared_with": second,
                "finding": finding,
            }
            yield Row(metric=self.name, **row, estimate=estimate)
