"""What comparisons of two readers share: pairs with readings in the same arm, each finding, and the means.

All pairs and findings are compared at once: a comparison is given arrays with one row for each of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row, Rows
from ecg_eval.domain.study import Codes, Floats, ReaderStudy, averaged_once
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.averages import Averages, Mean, Measure
from ecg_eval.metrics.bases.numbers import Numbers, difference_parts, together
from ecg_eval.metrics.bases.paired import paired_differences
from ecg_eval.stats.clusters.paired_estimates import Pairs
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.part_means import Parts

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
    def complete(self) -> NDArray[np.bool_]:
        """Return where all three are known, shape (n_rows, n_records)."""
        return np.asarray(~(np.isnan(self.truth) | np.isnan(self.first) | np.isnan(self.second)))


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
    def parts(self, data: Compared, values: Floats) -> Parts:
        """Return the differences, `values` (n_pairs, n_findings), as means over them are made from them."""

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
        pairs, compared = self.compared(study), []
        at_once = max(1, NUMBERS_AT_ONCE // max(1, len(study.findings) * len(study.records)))
        for start in range(0, len(pairs), at_once):
            part = pairs[start : start + at_once]
            data = self._data(study, part)
            estimates = self._counted(self.estimates(data, level), data)
            averages = self._averages(study, part, self._numbers(study, part, data, estimates), level)
            means = averages.over_findings(averages.chosen())
            positives = estimates.n_positive.reshape(len(part), -1)[:, averaged_once(study.findings)].sum(axis=1)
            yield self._of_pairs(study, part, estimates, replace(means, n_positive=positives))
            with_machine = [i for i, (first, _, _) in enumerate(part) if study.is_machine(first)]
            compared += [(part[i], averages.numbers.take(i)) for i in with_machine]
        yield from self._of_groups(study, compared, level)

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

    def _counted(self, estimates: Estimates, data: Compared) -> Estimates:
        """Count the records with the finding among those compared."""
        return replace(
            estimates, n_positive=np.where(estimates.n > 0, (data.complete & (data.truth == 1)).sum(axis=1), 0)
        )

    def _numbers(self, study: ReaderStudy, pairs: Sequence[Pair], data: Compared, estimates: Estimates) -> Numbers:
        shape = (len(pairs), len(study.findings))
        complete = np.asarray(data.complete).reshape(*shape, -1)
        read = np.asarray(~(np.isnan(data.first) | np.isnan(data.second))).reshape(*shape, -1)
        parts = self.parts(data, estimates.value.reshape(shape))
        who = tuple((second, arm) for _, second, arm in pairs)
        return Numbers(who=who, estimates=estimates, parts=parts, used=complete, read=read)

    def _averages(self, study: ReaderStudy, pairs: Sequence[Pair], numbers: Numbers, level: float) -> Averages:
        measure = Measure(metric=self.name, label=self.label, span=(-1.0, 1.0), null=0.0)
        return Averages(study=study, measure=measure, numbers=numbers, level=level, findings=study.findings)

    def _of_pairs(self, study: ReaderStudy, pairs: Sequence[Pair], estimates: Estimates, means: Estimates) -> Rows:
        """Return every pair's rows, its mean over findings the last of them."""
        n_findings = len(study.findings)
        order = np.concatenate(
            [
                np.arange(len(estimates)).reshape(len(pairs), n_findings),
                len(estimates) + np.arange(len(pairs))[:, None],
            ],
            axis=1,
        )
        macro = order.ravel() >= len(estimates)
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
            estimates=Estimates.concatenate([estimates, means]).take(order.ravel()),
        )

    def _of_groups(self, study: ReaderStudy, compared: Sequence[tuple[Pair, Numbers]], level: float) -> Iterator[Row]:
        """Yield each machine beside the readers of each kind."""
        numbers = dict(compared)
        for group, everybody in study.human_groups.items():
            for first, arm in dict.fromkeys((pair[0], pair[2]) for pair in numbers):
                pairs = [(first, member, arm) for member in everybody if (first, member, arm) in numbers]
                if len(pairs) < 2:
                    continue
                averages = self._averages(study, pairs, together([numbers[pair] for pair in pairs]), level)
                for mean, estimate in averages.over_readers(list(range(len(pairs)))):
                    members = [pairs[i][1] for i in mean.members]
                    yield Row(
                        metric=self.name,
                        reader=first,
                        reader_kind=study.kind(first),
                        arm=arm,
                        compared_with=group,
                        finding=mean.finding,
                        subgroup=mean.subgroup,
                        combined=mean.combined,
                        is_group=True,
                        n_readers=1 + len(members),
                        n_people=study.people(members),
                        estimate=_with_positives(mean, estimate, averages.numbers),
                    )


def _with_positives(mean: Mean, estimate: Estimate, numbers: Numbers) -> Estimate:
    """Count the ECGs with the finding behind a mean: of each finding those of the pair with most, findings added up."""
    counted = numbers.estimates.n_positive.reshape(numbers.parts.values.shape)[mean.members]
    return replace(estimate, n_positive=int(counted[:, mean.findings].max(axis=0).sum()))


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

    def parts(self, data: Compared, values: Floats) -> Parts:
        """Return the paired differences by what each patient adds to them."""
        shape = (*values.shape, -1)
        first, second = (side.reshape(shape) for side in self.outcomes(data))
        return difference_parts(Pairs(first, second, data.cluster).tables())
