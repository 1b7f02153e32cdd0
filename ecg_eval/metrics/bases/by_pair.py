"""What comparisons of two readers share: pairs with readings in the same arm, each finding, and the means.

All pairs and findings are compared at once: a comparison is given arrays with one row for each of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row, Rows
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.means import finding_mean, group_mean
from ecg_eval.metrics.bases.paired import paired_differences
from ecg_eval.stats.estimate import Estimate, Estimates

PAIRS = ("with_machine", "all")
NUMBERS_AT_ONCE = 1 << 22  # of one array of rows and records held at once
Pair = tuple[str, str, str]  # first reader, second reader, arm


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """Two readers on the same recordings, many rows (pairs and findings) at once.

    Attributes
    ----------
    truth, first, second : ndarray, shape (n_rows, n_records)
        NaN where unknown or missing.
    cluster : ndarray or None, shape (n_records,)
        Patient of each record where patients repeat.
    """

    truth: Floats
    first: Floats
    second: Floats
    cluster: Codes | None

    @property
    def complete(self) -> Any:
        """Return where all three are known, shape (n_rows, n_records)."""
        return ~(np.isnan(self.truth) | np.isnan(self.first) | np.isnan(self.second))


class Comparison(Metric, ABC):
    """A difference between two readers of the same recordings, judged by the reference.

    Parameters
    ----------
    pairs : str
        "with_machine" (default): pairs in which at least one reader is a model or a vendor's program. "all": doctors
        beside each other too, which grows with the square of their number.
    """

    answers = "difference"
    signed = True

    def __init__(self, *, pairs: str = "with_machine") -> None:
        if pairs not in PAIRS:
            raise ConfigError(f"metrics.{self.name}", "pairs", f"one of {', '.join(PAIRS)}", pairs)
        self.pairs = pairs

    @abstractmethod
    def estimates(self, data: Compared, level: float) -> Estimates:
        """Return the comparison of every row."""

    @abstractmethod
    def replicates(self, data: Compared, weights: Floats) -> Floats:
        """Return the difference of every row over resamples, shape (n_rows, n_resamples), NaN where unusable.

        `weights` of shape (n_resamples, n_records) say how often each record counts.
        """

    def values(self, study: ReaderStudy) -> Floats:
        """Return what is compared, shape (n_reader_arms, n_findings, n_records)."""
        return study.cube("calls")

    def compared(self, study: ReaderStudy) -> list[Pair]:
        """Return every pair that is compared; the machine of a pair is named first."""
        machine = {reader: study.is_machine(reader) for reader in study.readers.index}
        return [
            (other, one, arm) if machine[other] and not machine[one] else (one, other, arm)
            for one, other, arm in study.pairs()
            if self.pairs == "all" or machine[one] or machine[other]
        ]

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every pair, arm and finding, the mean over findings, and machines beside groups of people."""
        if not study.reference.exists:
            return
        pairs, estimates, drawn = self.compared(study), [], []
        at_once = max(1, NUMBERS_AT_ONCE // max(1, len(study.findings) * len(study.records)))
        for start in range(0, len(pairs), at_once):
            part = pairs[start : start + at_once]
            data = self._data(study, part)
            found = self._counted(self.estimates(data, level), data)
            over = self._drawn(study, data, len(part))
            estimates += _each(found, len(part))
            yield self._of_pairs(study, part, found, self._means(study, estimates[start:], over, level))
            drawn += [over[i] for i, (first, _, _) in enumerate(part)]
        yield from self._of_groups(study, pairs, estimates, drawn, level)

    @property
    def label(self) -> str:
        """Return the metric's name in words."""
        return self.name.replace("_", " ")

    def _data(self, study: ReaderStudy, pairs: Sequence[Pair]) -> Compared:
        values, shape = self.values(study), (len(pairs) * len(study.findings), len(study.records))
        places = [[study.place(reader, arm) for reader in (first, second)] for first, second, arm in pairs]
        first, second = np.array(places).T
        if set(study.reference.votes):
            truth = np.stack([study.truths(judged=pair[:2]) for pair in pairs])
        else:
            truth = np.broadcast_to(study.truths(), (len(pairs), *study.truths().shape))
        return Compared(
            truth=truth.reshape(shape),
            first=values[first].reshape(shape),
            second=values[second].reshape(shape),
            cluster=study.cluster,
        )

    def _counted(self, found: Estimates, data: Compared) -> Estimates:
        """Count the records with the finding among those compared."""
        return replace(found, n_positive=np.where(found.n > 0, (data.complete & (data.truth == 1)).sum(axis=1), 0))

    def _drawn(self, study: ReaderStudy, data: Compared, n_pairs: int) -> Floats:
        """Return the difference of every finding over the shared resamples, (n_pairs, n_findings, n_resamples)."""
        if study.weights is None:
            return np.empty((n_pairs, len(study.findings), 0))
        return self.replicates(data, study.weights).reshape(n_pairs, len(study.findings), -1)

    def _means(
        self, study: ReaderStudy, estimates: Sequence[Sequence[Estimate]], drawn: Floats, level: float
    ) -> Estimates:
        means = [
            finding_mean(own, over, study, label=self.label, level=level)
            for own, over in zip(estimates, drawn, strict=True)
        ]
        return Estimates.of([_with_positives(mean, [own]) for mean, own in zip(means, estimates, strict=True)])

    def _of_pairs(self, study: ReaderStudy, pairs: Sequence[Pair], found: Estimates, means: Estimates) -> Rows:
        """Return every pair's rows, its mean over findings the last of them."""
        n_findings = len(study.findings)
        order = np.concatenate(
            [np.arange(len(found)).reshape(len(pairs), n_findings), len(found) + np.arange(len(pairs))[:, None]], axis=1
        )
        macro = order.ravel() >= len(found)
        first, second, arm = (
            np.repeat(np.array(column, dtype=object), n_findings + 1) for column in zip(*pairs, strict=True)
        )
        people = {reader: study.people([reader]) for reader in {r for pair in pairs for r in pair[:2]}}
        return Rows(
            metric=self.name,
            reader=first,
            reader_kind=np.array([study.kind(r) for r in first], dtype=object),
            arm=arm,
            compared_with=second,
            finding=np.tile(np.array([*study.findings, MACRO], dtype=object), len(pairs)),
            combined=np.where(macro, MACRO, "").astype(object),
            n_readers=2,
            n_people=np.repeat([people[a] + people[b] for a, b, _ in pairs], n_findings + 1),
            estimates=Estimates.concatenate([found, means]).take(order.ravel()),
        )

    def _of_groups(
        self,
        study: ReaderStudy,
        pairs: Sequence[Pair],
        estimates: Sequence[Sequence[Estimate]],
        drawn: Sequence[Floats],
        level: float,
    ) -> Iterator[Row]:
        """Yield each machine beside the readers of each kind."""
        place = {pair: i for i, pair in enumerate(pairs)}
        for group, everybody in study.human_groups.items():
            for first, arm in dict.fromkeys((p[0], p[2]) for p in pairs if study.is_machine(p[0])):
                members = [m for m in everybody if (first, m, arm) in place]
                if len(members) < 2:
                    continue
                chosen = [place[first, m, arm] for m in members]
                means = group_mean(
                    [estimates[i] for i in chosen],
                    np.stack([drawn[i] for i in chosen]),
                    study,
                    label=self.label,
                    span=(-1.0, 1.0),
                    level=level,
                )
                for i, finding in enumerate((*study.findings, MACRO)):
                    whole = i == len(study.findings)
                    own = [estimates[k] if whole else estimates[k][i : i + 1] for k in chosen]
                    yield Row(
                        metric=self.name,
                        reader=first,
                        reader_kind=study.kind(first),
                        arm=arm,
                        compared_with=group,
                        finding=finding,
                        combined=MACRO if whole else "",
                        is_group=True,
                        n_readers=1 + len(members),
                        n_people=study.people(members),
                        estimate=_with_positives(means[i], own),
                    )


def _with_positives(mean: Estimate, of: Sequence[Sequence[Estimate]]) -> Estimate:
    """Count the ECGs with the finding behind a mean: of each finding those of the pair with most, findings added up."""
    return replace(mean, n_positive=sum(max(e.n_positive or 0 for e in each) for each in zip(*of, strict=True)))


class OutcomeComparison(Comparison, ABC):
    """A difference in the share of recordings with a yes/no outcome, on those that both readers have read.

    Attributes
    ----------
    empty : str
        Why there is no value where no recording is concerned.
    """

    empty: ClassVar[str]

    @abstractmethod
    def outcomes(self, data: Compared) -> tuple[Floats, Floats]:
        """Return each reader's outcomes, shape (n_rows, n_records): 1, 0, NaN not concerned."""

    def estimates(self, data: Compared, level: float) -> Estimates:
        """Return the paired difference of every row with Tango's interval."""
        return paired_differences(*self.outcomes(data), data.cluster, level, empty=self.empty)

    def replicates(self, data: Compared, weights: Floats) -> Floats:
        """Return the difference of every row over resamples."""
        first, second = self.outcomes(data)
        return weighted_differences(first - second, weights)


def weighted_differences(values: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of every row's values over resamples, shape (n_rows, n_resamples).

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_records)
        NaN where a record does not count.
    weights : ndarray, shape (n_resamples, n_records)
    """
    known = ~np.isnan(values)
    total = known.astype(np.float64) @ weights.T
    top = np.where(known, values, 0.0) @ weights.T
    return np.asarray(np.divide(top, total, out=np.full(total.shape, np.nan), where=total > 0))


def _each(found: Estimates, n_pairs: int) -> list[list[Estimate]]:
    """Return the estimates of each pair."""
    every, n_findings = list(found), len(found) // max(n_pairs, 1)
    return [every[i * n_findings : (i + 1) * n_findings] for i in range(n_pairs)]
