"""Means over findings and over readers, as rows: what every metric does with the numbers of its readers.

* Over findings: the plain mean over those that have a value, each weighing the same. A finding whose parts are among
  the findings (a superclass beside its own children) is left out of the mean, so that nothing is counted twice.
* Over readers of a kind: with four or more, for readers and ECGs like these (Obuchowski-Rockette; shares on the logit
  scale, since six skewed ones are too few for t on the plain one); two or three say next to nothing of other readers
  (an interval from 0.00 to 1.00), and their mean is of these readers as they are.
* Without one: the lowest and the highest mean of all readers but one stand beside each mean over readers.
* Read by all: where the readers of a kind did not read the same ECGs, their numbers on those that all have read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import MACRO, Rows
from ecg_eval.domain.notes import READ_BY_ALL, WITHOUT
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.bases.numbers import Among, Numbers, ReaderArm
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.part_means import (
    NOTHING_VARIES,
    ReaderErrors,
    fixed_bounds,
    fixed_mean,
    fixed_words,
    mean_variances,
)
from ecg_eval.stats.mrmc.reader_mean import reader_mean

FEWEST_RANDOM_READERS = 4
NOT_THE_SAME = "the readers did not all read the same ECGs"
NO_FINDING = "no finding's value can be computed"
NAMED_LEFT_OUT = 5  # findings left out of a mean that its method names


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is averaged, in the words and numbers of its metric.

    Attributes
    ----------
    metric : str
        Name of the metric in the table.
    label : str
        The same in words.
    span : tuple of float
        Ends of its range.
    null : float or None
        The value that says "no difference", where there is one: means are tested against it.
    """

    metric: str
    label: str
    span: tuple[float, float] = (0.0, 1.0)
    null: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mean:
    """A mean over readers that a row is to be made of: which readers and findings, and how the readers' errors go."""

    finding: str
    combined: str
    subgroup: str
    members: list[int]
    findings: NDArray[np.intp]
    covariance: Floats
    label: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Averages:
    """The rows of one measure: every reader's, their means over findings, and the means over readers of a kind.

    Attributes
    ----------
    study : ReaderStudy
    measure : Measure
    numbers : Numbers
    level : float
    findings : tuple of str
        Names of the second axis of the numbers.
    combined : str
        "pooled" where that axis is all findings taken together, and no mean over it is made.
    subgroup : str
        Label of the records that the numbers are of.
    blocks : tuple of int or None
        Block of each reader of the study in a split plot: means over readers take their spread within blocks.
    """

    study: ReaderStudy
    measure: Measure
    numbers: Numbers
    level: float
    findings: tuple[str, ...]
    combined: str = ""
    subgroup: str = ""
    blocks: tuple[int, ...] | None = None

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of single readers, then those of groups."""
        yield from self.of_readers()
        yield from self.of_groups()

    def of_readers(self) -> Iterator[Rows]:
        """Yield every reader's numbers, and their means over the findings."""
        people = [self._people([i]) for i in range(len(self.numbers.who))]
        n_findings = len(self.findings)
        columns = self._of_reader_columns()
        yield Rows(
            **{name: np.repeat(np.array(column, dtype=object), n_findings) for name, column in columns.items()},
            metric=self.measure.metric,
            finding=np.array(self.findings * len(people), dtype=object),
            subgroup=self.subgroup,
            combined=self.combined,
            n_people=np.repeat(people, n_findings),
            n_records=self.numbers.used.sum(axis=-1).ravel(),
            estimates=self.numbers.estimates,
        )
        if self.combined:
            return
        chosen = self.chosen()
        yield Rows(
            **columns,
            metric=self.measure.metric,
            finding=MACRO,
            subgroup=self.subgroup,
            combined=MACRO,
            n_people=people,
            n_records=[self._n_records([i], np.flatnonzero(chosen[i])) for i in range(len(people))],
            estimates=self.over_findings(chosen),
        )

    def _of_reader_columns(self) -> dict[str, list[str]]:
        who = self.numbers.who
        return {
            "reader": [reader for reader, _ in who],
            "reader_kind": [self.study.kind(reader) for reader, _ in who],
            "arm": [arm for _, arm in who],
        }

    def chosen(self) -> NDArray[np.bool_]:
        """Return which findings enter each reader's mean, (n_readers, n_findings)."""
        return ~np.isnan(self.numbers.parts.values) & averaged_once(self.findings)

    def over_findings(self, chosen: NDArray[np.bool_]) -> Estimates:
        """Return each reader's mean over the findings chosen, (n_readers, n_findings), for other ECGs."""
        parts, count = self.numbers.parts, chosen.sum(axis=1)
        value = _mean(parts.values, chosen)
        variance = mean_variances(parts, chosen)
        centre, span = _mean(parts.centres, chosen), self.measure.span
        low, high = fixed_bounds(value=value, centre=centre, variance=variance, span=span, level=self.level)
        error = np.sqrt(np.where(np.isnan(low), np.nan, variance))
        words = [fixed_words(self._over(self.measure.label, one), span) for one in chosen]
        n = np.where(chosen, self._counts(), 0).max(axis=1, initial=0)
        unknown = np.where(np.isnan(low), NOTHING_VARIES, "")
        made = Estimates.of_columns(
            value=value,
            low=low,
            high=high,
            level=self.level,
            method=words,
            n=n,
            n_clusters=self._n_patients,
            standard_error=error,
            reason=np.where(count == 0, NO_FINDING, unknown),
        )
        results = [self._tested(e) for e in made]
        for i in np.flatnonzero(count == 1):  # the mean over one finding is that finding's own number
            alone = self.numbers.estimates[int(i) * len(self.findings) + int(np.flatnonzero(chosen[i])[0])]
            results[i] = replace(alone, method=f"{self._over(self.measure.label, chosen[i])}; {alone.method}")
        return Estimates.of(results)

    def _tested(self, estimate: Estimate) -> Estimate:
        """Return the estimate with the normal test that belongs to its interval."""
        null, value, error = self.measure.null, estimate.value, estimate.standard_error
        if null is None or value is None or not error:
            return estimate
        tested = fixed_mean(
            values=[value],
            centres=[value],
            covariance=[[error**2]],
            label="",
            n=estimate.n,
            span=(-np.inf, np.inf),
            null=null,
        )
        return replace(estimate, statistic=tested.statistic, p_value=tested.p_value)

    def of_groups(self) -> Iterator[Rows]:
        """Yield the means over the readers of each kind, in each arm, and the same without one of them."""
        for kind, arm, members in self.groups():
            yield self._of_group(kind, arm, members)

    def groups(self) -> Iterator[tuple[str, str, list[int]]]:
        """Yield the label of each group of at least two readers, the arm, and their places on the first axis."""
        place = {who: i for i, who in enumerate(self.numbers.who)}
        for group, everybody in self.study.human_groups.items():
            for arm in dict.fromkeys(a for _, a in self.numbers.who):
                members = [place[r, arm] for r in everybody if (r, arm) in place]
                if len(members) > 1:
                    yield group, arm, members

    def over_readers(self, members: list[int]) -> "list[tuple[Mean, Estimate]]":
        """Return the mean over some readers for each finding, over findings, and over findings without one of them."""
        errors, label = ReaderErrors(self.numbers.parts.take(readers=members)), self.measure.label
        asked = [
            Mean(finding, self.combined, self.subgroup, members, np.array([f]), errors.by_finding[f], label)
            for f, finding in enumerate(self.findings)
        ]
        asked += [] if self.combined else self._over_both(members, errors)
        return [(mean, self._over_readers(mean)) for mean in asked]

    def _of_group(self, group: str, arm: str, members: list[int]) -> Rows:
        of_means = self.over_readers(members)
        means = [mean for mean, _ in of_means]
        return Rows(
            metric=self.measure.metric,
            reader=group,
            reader_kind=self.study.kind(self.numbers.who[members[0]][0]),
            arm=arm,
            finding=[mean.finding for mean in means],
            subgroup=[mean.subgroup for mean in means],
            combined=[mean.combined for mean in means],
            is_group=True,
            n_readers=[len(mean.members) for mean in means],
            n_people=[self._people(mean.members) for mean in means],
            n_records=[self._n_records(mean.members, mean.findings) for mean in means],
            estimates=Estimates.of([estimate for _, estimate in of_means]),
        )

    def _over_both(self, members: list[int], errors: ReaderErrors) -> "list[Mean]":
        """Return the mean over readers and findings, and the lowest and highest of the same without one reader."""
        common = np.flatnonzero(self.chosen()[members].all(axis=0))
        words = self._over(self.measure.label, np.isin(np.arange(len(self.findings)), common))
        covariance = np.zeros((len(members), len(members)))
        if common.size:
            covariance = errors.by_finding[common[0]] if common.size == 1 else errors.of_means(common)
        everybody = Mean(MACRO, MACRO, self.subgroup, members, common, covariance, words)
        if len(members) < 3 or self.subgroup or self.study.is_part or not common.size:
            return [everybody]
        means = self.numbers.parts.values[members][:, common].mean(axis=1)
        left = (means.sum() - means) / (len(means) - 1)
        both = [everybody]
        for out in dict.fromkeys((int(left.argmin()), int(left.argmax()))):
            others = [i for i in range(len(members)) if i != out]
            label = f"{WITHOUT} {self.numbers.who[members[out]][0]}"
            rest = covariance[others][:, others]
            both.append(Mean(MACRO, MACRO, label, [members[i] for i in others], common, rest, words))
        return both

    def _over_readers(self, mean: "Mean") -> Estimate:
        """Return the mean over readers of their mean over some findings."""
        counted, span, null = self._counts()[mean.members], self.measure.span, self.measure.null
        if not mean.findings.size:
            reason = "no finding's value can be computed for every reader"
            return Estimate.undefined(reason=reason, method=mean.label, n=int(counted.max()), level=self.level)
        values, centres = (
            table[mean.members][:, mean.findings].mean(axis=1)
            for table in (self.numbers.parts.values, self.numbers.parts.centres)
        )
        n, is_known = int(counted[:, mean.findings].max()), ~np.isnan(values)
        r = int(is_known.sum())
        if 1 < r < FEWEST_RANDOM_READERS:
            words = (
                f"{mean.label}, {r} readers" if r == is_known.size else f"{mean.label}, {r} of {is_known.size} readers"
            )
            made = fixed_mean(
                values=values[is_known],
                centres=centres[is_known],
                covariance=mean.covariance[is_known][:, is_known],
                label=words,
                n=n,
                span=span,
                level=self.level,
                null=null,
                n_clusters=self._n_patients,
            )
            few = f"fewer than {FEWEST_RANDOM_READERS} readers say too little of others"
            made = replace(made, method=f"{made.method}: {few}")
        else:
            made = reader_mean(
                values=values,
                covariance=mean.covariance,
                label=mean.label,
                n=n,
                lowest=span[0],
                highest=span[1],
                level=self.level,
                null=null,
                n_clusters=self._n_patients,
                scale="logit" if span == (0.0, 1.0) else "identity",
                blocks=self._blocks_of(mean.members),
            )
        if self.blocks is not None or self.same_ecgs(mean.members, mean.findings):
            return made
        return replace(made, method=f"{made.method}; {NOT_THE_SAME}")

    def _blocks_of(self, members: list[int]) -> list[int] | None:
        """Return the block of some readers, given by their places in the numbers."""
        if self.blocks is None:
            return None
        place = {str(reader): i for i, reader in enumerate(self.study.readers.index)}
        return [self.blocks[place[self.numbers.who[i][0]]] for i in members]

    def same_ecgs(self, members: list[int], findings: NDArray[np.intp] | slice = slice(None)) -> bool:
        """Whether these readers have answered about the same ECGs, for each of some findings."""
        first = self.numbers.read[members[0]][findings]
        return all(np.array_equal(self.numbers.read[member][findings], first) for member in members[1:])

    def _counts(self) -> NDArray[np.int64]:
        return self.numbers.estimates.n.reshape(len(self.numbers.who), len(self.findings))

    @property
    def _n_patients(self) -> int:
        return self.study.n_patients

    def _people(self, readers: Sequence[int]) -> int:
        return self.study.people([self.numbers.who[i][0] for i in readers])

    def _n_records(self, readers: Sequence[int], findings: NDArray[np.intp]) -> int:
        used = np.zeros(self.numbers.used.shape[-1], dtype=bool)
        for reader in readers:  # no copy of all of them is made
            of_reader = self.numbers.used[reader]
            for finding in findings:
                used |= of_reader[finding]
        return int(used.sum())

    def _over(self, label: str, chosen: NDArray[np.bool_]) -> str:
        """Return the label of a mean over findings, with how many and which were left out."""
        n, total = int(chosen.sum()), len(self.findings)
        if n == total:
            return f"{label}, mean over {total} findings"
        once = averaged_once(self.findings)
        broader = [f for f, narrow in zip(self.findings, once, strict=True) if not narrow]
        words = f"{label}, mean over {n} of {total} findings"
        if broader:
            named = f" ({', '.join(broader)})" if len(broader) <= NAMED_LEFT_OUT else ""
            words += f"; {len(broader)} broader than others among them left out{named}"
        return words


def read_by_all(averages: Averages, again: Callable[[tuple[ReaderArm, ...], Among], Numbers]) -> Iterator[Rows]:
    """Yield, for each group whose readers did not read the same ECGs, its rows on those that all of them have read.

    Machines that read in the same arm stand beside them, on the same ECGs.
    """
    study = averages.study
    for group, arm, members in [] if study.is_part else averages.groups():
        if averages.same_ecgs(members):
            continue
        common = np.asarray(averages.numbers.read[members].all(axis=0))
        if not common.any():
            continue
        machines = [i for i, (r, a) in enumerate(averages.numbers.who) if study.is_machine(r) and a == arm]
        who = tuple(averages.numbers.who[i] for i in (*members, *machines))
        label = f"{READ_BY_ALL}: {study.kind(who[0][0])}"
        part = replace(averages, numbers=again(who, common), subgroup=label)
        yield from part.of_readers()
        yield from (rows for rows in part.of_groups() if rows.reader == group)


def _mean(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    count = chosen.sum(axis=1)
    total = np.where(chosen, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))
