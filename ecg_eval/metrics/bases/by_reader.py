"""What the metrics of one reader's calls or scores share: who is measured, on what, and the means over findings."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.facts.metric import Answers
from ecg_eval.domain.notes import ALWAYS, NEVER, ONE_POSITIVE, TWO_POSITIVES, before_notes, noted
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.averages import Averages, Measure, read_by_all
from ecg_eval.metrics.bases.numbers import (
    Among,
    Masks,
    Numbers,
    ReaderArm,
    Setting,
    finished,
    limited,
    share_numbers,
    shares_of,
)
from ecg_eval.metrics.bases.panels import LEAVE_ONE_OUT, mean_spread, over_panels
from ecg_eval.metrics.bases.reader_subgroups import by_readers
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate, Estimates, is_defined
from ecg_eval.stats.mrmc.part_means import Parts

NUMBERS_AT_ONCE = 1 << 22  # of one array of readers, findings and records: findings are taken in parts above it
SAYS_NOTHING = "the reader gave every ECG the same score, which says nothing"


class OfReader(Metric, ABC):
    """A number of a reader's calls or scores."""

    answers: ClassVar[Answers] = "reading"
    by_subgroup = True

    def measured(self, study: ReaderStudy) -> tuple[ReaderArm, ...]:
        """Return the (reader, arm) pairs that have what this metric needs: without a reference, none.

        A reader who never gives scores is not asked for them; one who never gives calls has the reason in every row.
        """
        if not study.reference.exists:
            return ()
        if not self.needs_scores:
            return tuple(study.reader_arms)
        silent = np.isnan(study.cube("scores"))
        return tuple(pair for pair, none in zip(study.reader_arms, silent, strict=True) if not none.all())

    def values(self, study: ReaderStudy, who: tuple[ReaderArm, ...]) -> Floats:
        """Return calls or scores, whichever the metric is made from, (n_readers, n_findings, n_records)."""
        places = [study.reader_arms.index(pair) for pair in who]
        return study.cube("scores" if self.needs_scores else "calls")[places]

    def why_nothing(self, study: ReaderStudy, who: ReaderArm, finding: str) -> str:
        """Return why a reader has no answer at all about a finding."""
        if study.says_nothing[study.reader_arms.index(who), study.findings.index(finding)]:
            return SAYS_NOTHING
        return f"the reader gave no {'score' if self.needs_scores else 'yes/no reading'}"

    @property
    def label(self) -> str:
        """Return the metric's name in words."""
        return self.name.replace("_", " ")


class ByReader(OfReader, ABC):
    """A number for every reader, arm and finding, of which no mean is made."""

    of_both_classes: ClassVar[bool] = False  # whether ECGs with the finding and without it both limit what it says
    is_ratio: ClassVar[bool] = False  # whether its mean over the references that judge a reader is geometric

    @abstractmethod
    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    def estimates(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Sequence[Estimate]:
        """Return the estimate of every row, arrays of shape (n_rows, n_records); one search may serve them all."""
        return [self.estimate(*row, cluster, level) for row in zip(truth, values, strict=True)]

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every reader, arm and finding; the bounds of all of them come from one search."""
        who = self.measured(study)
        if not who:
            return
        panels = [study.reference.panels(study.findings, judged=reader) for reader, _ in who]
        values = self.values(study, who)
        answered = np.asarray(~np.isnan(values).all(axis=2))
        truths = [truth[:, f] for truth, mask in zip(panels, answered, strict=True) for f in np.flatnonzero(mask)]
        sizes = [len(truth) for truth in truths]
        each = np.repeat(values[answered], sizes, axis=0)
        estimates = iter(self.estimates(np.concatenate(truths), each, study.cluster, level) if truths else ())
        for (reader, arm), of_reader, panel in zip(who, answered, panels, strict=True):
            for finding, has_answers in zip(study.findings, of_reader, strict=True):
                if has_answers:
                    by_panel = [next(estimates) for _ in panel]
                    estimate = over_panels(by_panel, ratio=self.is_ratio)
                    estimate = too_few(estimate, study.minimum_n, both=self.of_both_classes)
                else:  # the kernel would see no case at all and call that the reason
                    reason = self.why_nothing(study, (reader, arm), finding)
                    estimate = Estimate.undefined(reason=reason, method=self.label, level=level)
                yield Row(
                    metric=self.name,
                    reader=reader,
                    reader_kind=study.kind(reader),
                    arm=arm,
                    finding=finding,
                    estimate=estimate,
                )


def too_few(estimate: Estimate, minimum_n: int, *, both: bool = False) -> Estimate:
    """Return the estimate, without its number where it is of fewer cases than a subgroup's number needs.

    Where it needs cases of `both` classes, the rarer one counts: an AUROC of two ECGs with the finding is of few cases.
    """
    counted = estimate.n
    if both and estimate.n_positive is not None:
        counted = min(estimate.n_positive, estimate.n - estimate.n_positive)
    if counted >= minimum_n or not is_defined(estimate):
        return estimate
    reason = f"fewer than {minimum_n} ECGs of the subgroup count for this number"
    return Estimate.undefined(reason=reason, method=estimate.method, n=estimate.n, level=estimate.level)


class Averaged(OfReader, ABC):
    """A number for every reader, arm and finding whose mean over findings and over readers has a meaning."""

    span: ClassVar[tuple[float, float]] = (0.0, 1.0)
    averaged_by: ClassVar[type[Averages]] = Averages

    @abstractmethod
    def numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the numbers of some readers, all findings at once."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield every reader's rows, their means over findings, and the means over readers of one kind."""
        who = self.measured(study)
        if who:
            averages = self.averages(study, self.numbers(study, who, level), level)
            yield from averages.rows()
            yield from by_readers(averages)
            yield from read_by_all(averages, lambda some, among: self.numbers(study, some, level, among))

    def averages(self, study: ReaderStudy, numbers: Numbers, level: float, subgroup: str = "") -> Averages:
        """Return the means of some numbers of this metric."""
        return self.averaged_by(
            study=study,
            measure=Measure(metric=self.name, label=self.label, span=self.span),
            numbers=numbers,
            level=level,
            findings=study.findings,
            subgroup=subgroup,
        )


class OfCalls(Averaged, ABC):
    """A share that is counted from yes/no calls: events among the cases that concern it."""

    empty: ClassVar[str]  # why there is no value without such a case
    of_positives: ClassVar[bool] = False  # whether its cases are the ECGs that show the finding

    @abstractmethod
    def counted(self, truth: Floats, call: Floats) -> tuple[Masks, Masks]:
        """Return what is an event and what a case, of the shape of `truth` and `call` (1, 0, NaN unknown)."""

    def numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the shares of some readers, of as many findings at once as fit in memory together.

        A reader who votes in a majority is judged by the others; one who does not, by the mean over the references that
        leave out one voter each, so that equally good readers get equal numbers.
        """
        setting = Setting(who=who, cluster=study.cluster, level=level, empty=self.empty)
        n_findings, size = len(study.findings), len(who) * len(study.records)
        step = max(NUMBERS_AT_ONCE // max(size, 1), 1) if self.shares_are_plain else n_findings
        if step >= n_findings:
            counted = self._counts(study, who, among)
            numbers = self.shares(study, setting, counted.events, counted.cases, counted.read)
            return self._noted(study, self.stretched(numbers), [counted])
        parts, all_counted = [], []
        used, read = (np.empty((len(who), n_findings, len(study.records)), dtype=bool) for _ in range(2))
        for start in range(0, n_findings, step):
            some = slice(start, start + step)
            mine = among[:, some] if among is not None and among.ndim == 3 and among.shape[1] > 1 else among
            counted = self._counts(study.about(some), who, mine)
            used[:, some], read[:, some] = counted.cases > 0, counted.read
            parts.append(shares_of(setting, events=counted.events, cases=counted.cases).compact())
            all_counted.append(counted.alone())
        numbers = finished(setting, parts, used=used, read=read)
        return self._noted(study, self.stretched(numbers), all_counted)

    @property
    def shares_are_plain(self) -> bool:
        """Return whether each finding's shares are made by themselves, so that findings can be taken in parts."""
        return type(self).shares is OfCalls.shares

    def _counts(self, study: ReaderStudy, who: tuple[ReaderArm, ...], among: Among) -> "_Counted":
        calls = limited(self.values(study, who), among)
        events, cases = np.zeros(calls.shape), np.zeros(calls.shape)
        panels = np.ones(len(who), dtype=int)
        for i, (reader, _) in enumerate(who):
            truths = study.reference.panels(study.findings, judged=reader)
            one, other = self.counted(truths, np.broadcast_to(calls[i], truths.shape))
            events[i], cases[i], panels[i] = one.mean(axis=0), other.mean(axis=0), len(truths)
        called = np.stack([(calls == call).sum(axis=-1) for call in (1, 0)])
        return _Counted(events=events, cases=cases, read=np.asarray(~np.isnan(calls)), called=called, panels=panels)

    def shares(self, study: ReaderStudy, setting: Setting, events: Floats, cases: Floats, read: Masks) -> Numbers:
        """Return the shares of events among cases, each ECG weighing the same, unless a metric says otherwise."""
        return share_numbers(setting, events=events, cases=cases, read=read)

    def stretched(self, numbers: Numbers) -> Numbers:
        """Return the numbers as this metric gives them: the shares themselves, unless it says otherwise."""
        return numbers

    def _noted(self, study: ReaderStudy, numbers: Numbers, counted_in: "Sequence[_Counted]") -> Numbers:
        """Say of each estimate why there is none, and what its reader always or never does."""
        called = np.concatenate([each.called for each in counted_in], axis=2)
        panels = counted_in[0].panels
        e, read = numbers.estimates, numbers.read
        method, reason, value = e.method.copy(), e.reason.copy(), e.value.copy()
        few = (e.n < study.minimum_n) & (e.n > 0)
        for i in np.flatnonzero(few):
            small = too_few(e[int(i)], study.minimum_n)
            value[i], reason[i] = np.nan, small.reason
        silent = (~read.any(axis=-1)).ravel()
        for i in np.flatnonzero(silent):
            reader, finding = divmod(int(i), len(study.findings))
            reason[i] = self.why_nothing(study, numbers.who[reader], study.findings[finding])
        counted = read.sum(axis=-1)
        for words, calls in zip((ALWAYS, NEVER), called, strict=True):
            for i in np.flatnonzero((calls == counted) & (counted > 1)):
                method[i] = noted(method[i], words)
        for words, count in ((ONE_POSITIVE, 1), (TWO_POSITIVES, 2)):
            if self.of_positives:
                for i in np.flatnonzero(e.n == count):
                    method[i] = noted(method[i], words)
        for i in np.flatnonzero(np.repeat(panels > 1, len(study.findings))):
            method[i] = before_notes(method[i], LEAVE_ONE_OUT)
        none = np.isnan(value)
        hidden = {name: np.where(none, np.nan, getattr(e, name)) for name in ("low", "high", "standard_error", "df")}
        estimates = Estimates.of_columns(
            value=value,
            **hidden,
            level=e.level,
            method=method,
            n=e.n,
            n_positive=e.n_positive,
            n_clusters=e.n_clusters,
            reason=reason,
        )
        return replaced(numbers, estimates, none)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Counted:
    """Events, cases and calls of some readers about some findings, before shares are made of them.

    Attributes
    ----------
    events, cases : ndarray (n_readers, n_findings, n_records)
    read : ndarray of bool, same shape
        What was answered.
    called : ndarray of int (2, n_readers, n_findings)
        How often each reader calls each finding present, and how often absent.
    panels : ndarray of int (n_readers,)
        References that judge each reader.
    """

    events: Floats
    cases: Floats
    read: Masks
    called: NDArray[np.int_]
    panels: NDArray[np.int_]

    def alone(self) -> "_Counted":
        """Return what there is one of a reader and finding, without what there is one of a record."""
        nothing = np.empty((0, 0, 0))
        return replace(self, events=nothing, cases=nothing, read=nothing.astype(bool))


class OfStudyScores(Averaged, ABC):
    """A number that is made from scores and from what the study says of its ECGs, one reader and finding at a time."""

    needs_scores = True
    of_both_classes: ClassVar[bool] = False  # whether ECGs with the finding and without it both limit what it says

    @abstractmethod
    def of_study(self, study: ReaderStudy, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    @abstractmethod
    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return the variance of the number's error, and its deviations (``Parts``); 0 where there is none.

        Parameters
        ----------
        study : ReaderStudy
        truth, values : ndarray, shape (n_records,)
            NaN where either is missing.
        """

    def numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the numbers of some readers, finding by finding."""
        scores = limited(self.values(study, who), among)
        of_findings: list[Estimate] = []
        spreads: list[tuple[float, Floats]] = []
        shape = (len(who), len(study.findings))
        rarer, used = [], np.zeros(scores.shape, dtype=bool)
        for i, one in enumerate(who):
            truths = study.reference.panels(study.findings, judged=one[0])
            is_known = ~(np.isnan(scores[i]) | np.isnan(truths))
            used[i] = is_known.any(axis=0)
            rarer.append(np.mean([_rarer(is_known[k], truths[k], study.cluster) for k in range(len(truths))], axis=0))
            for f, finding in enumerate(study.findings):
                by_panel = [self._one(study, (one, finding), truth[f], scores[i, f], level) for truth in truths]
                of_findings.append(too_few(over_panels(by_panel), study.minimum_n, both=self.of_both_classes))
                defined = [k for k, estimate in enumerate(by_panel) if is_defined(estimate)]
                each = [
                    self.spread(study, *(np.where(is_known[k, f], x, np.nan) for x in (truths[k, f], scores[i, f])))
                    for k in defined
                ]
                spreads.append(mean_spread(each) if each else (np.nan, np.zeros(1)))
        width = max(d.size for _, d in spreads)
        estimates = Estimates.of(of_findings)
        values = estimates.value.reshape(shape)
        parts = Parts(
            values=values,
            variances=np.array([v for v, _ in spreads]).reshape(shape),
            deviations=np.array([d if d.size == width else np.zeros(width) for _, d in spreads]).reshape(*shape, width),
            cases=np.stack(rarer),
            centres=values,
        )
        return Numbers(who=who, estimates=estimates, parts=parts, used=used, read=~np.isnan(scores))

    def _one(
        self, study: ReaderStudy, what: tuple[ReaderArm, str], truth: Floats, values: Floats, level: float
    ) -> Estimate:
        if np.isnan(values).all():  # the kernel would see no case at all and call that the reason
            return Estimate.undefined(reason=self.why_nothing(study, *what), method=self.label, level=level)
        estimate = self.of_study(study, truth, values, level)
        n_positive = int(np.nansum(truth))
        few = {1: ONE_POSITIVE, 2: TWO_POSITIVES}.get(n_positive)
        return replace(estimate, method=noted(estimate.method, few)) if few and is_defined(estimate) else estimate


class OfScores(OfStudyScores, ABC):
    """A number that is made from scores alone, one reader and finding after the other."""

    @abstractmethod
    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the estimate for one finding; arrays of shape (n_records,), NaN missing."""

    def of_study(self, study: ReaderStudy, truth: Floats, values: Floats, level: float) -> Estimate:
        """Return the estimate for one finding of a study."""
        return self.estimate(truth, values, study.cluster, level)


def _rarer(is_known: Masks, truth: Floats, cluster: Codes | None) -> Floats:
    """Count each patient's cases of the rarer class, (n_findings, n_patients)."""
    positive, negative = (patient_sums(values=is_known & (truth == t), cluster=cluster) for t in (1, 0))
    fewer = (positive.sum(-1) <= negative.sum(-1))[..., None]
    return np.asarray(np.where(fewer, positive, negative), dtype=np.float64)


def replaced(numbers: Numbers, estimates: Estimates, none: Masks) -> Numbers:
    """Return the numbers with other estimates, those that are none left out of means too."""
    values = np.where(none.reshape(numbers.parts.values.shape), np.nan, numbers.parts.values)
    return replace(numbers, estimates=estimates, parts=replace(numbers.parts, values=values))
