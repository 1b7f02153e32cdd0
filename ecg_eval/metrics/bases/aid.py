"""What the aid does to readers who read the same ECGs without and with it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ARMS, BLOCKS, ONE_ARM, OWN_ECGS, PAIRED, PERIODS, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row, Rows
from ecg_eval.domain.notes import READ_BOTH_WAYS
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Codes, Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.bases.averages import Averages, Measure, read_by_all
from ecg_eval.metrics.bases.by_design import NO_SUCH_ECG, UNADJUSTED, Arms, own_ecg_numbers
from ecg_eval.metrics.bases.by_reader import OfCalls
from ecg_eval.metrics.bases.numbers import Among, Masks, Numbers, ReaderArm, Setting, difference_numbers, limited
from ecg_eval.metrics.bases.paired import correct
from ecg_eval.metrics.bases.reader_subgroups import by_readers
from ecg_eval.stats.estimate import Estimate

NOBODY_BOTH_WAYS = "no reader read the same ECG both with and without help"
Outcomes = tuple[Floats, Floats]


class Aid(Metric, ABC):
    """A number for every reader who has both arms, its mean over findings, and the mean over readers of one kind."""

    answers = "aid"
    arm: ClassVar[str] = AIDED_MINUS_UNAIDED
    span: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    null: ClassVar[float | None] = 0.0

    @abstractmethod
    def outcomes(self, right: "RightCalls") -> Outcomes:
        """Return what is compared, aided and unaided, of the shape of `right`: 1, 0, NaN not concerned."""

    @abstractmethod
    def made(self, who: tuple[ReaderArm, ...], outcomes: Outcomes, cluster: Codes | None, level: float) -> Numbers:
        """Return the numbers of outcomes of shape (n_readers, n_findings, n_records)."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield every reader's rows, means over findings, all findings together, and means over readers of a kind."""
        if not study.reference.exists:
            return
        if not self._readers(study):
            yield from self._none_of_groups(study, level)
            return
        averages = self.averages(study, level=level)
        pooled = self.together(study, level=level)
        for numbers in (averages, pooled):
            yield from numbers.rows()
            yield from by_readers(numbers)
        yield from read_by_all(averages, lambda some, among: self.numbers(study, some, level, among))
        yield from self.before_and_after(study, averages.numbers, level)

    def _readers(self, study: ReaderStudy) -> tuple[ReaderArm, ...]:
        return tuple((r, self.arm) for r in study.readers_with(AIDED, UNAIDED) if study.is_human(r))

    def _none_of_groups(self, study: ReaderStudy, level: float) -> Iterator[Row]:
        """Yield why there is no number, where people read with help and others without."""
        if design_of(study).name == ONE_ARM:
            return
        nothing = Estimate.undefined(reason=NOBODY_BOTH_WAYS, method=self._label, level=level)
        for group, everybody in study.human_groups.items():
            kind, n_people = study.kind(everybody[0]), study.people(everybody)
            for finding, combined in (*((finding, "") for finding in study.findings), (POOLED, POOLED)):
                yield Row(
                    metric=self.name,
                    reader=group,
                    reader_kind=kind,
                    arm=self.arm,
                    finding=finding,
                    combined=combined,
                    is_group=True,
                    n_readers=len(everybody),
                    n_people=n_people,
                    estimate=nothing,
                )

    def averages(self, study: ReaderStudy, *, level: float) -> Averages:
        """Return the numbers of every reader who read both with and without help, finding by finding."""
        numbers = self.numbers(study, self._readers(study), level)
        label = f"{self._label}, {UNADJUSTED}" if design_of(study).analysis == PERIODS else self._label
        measure = Measure(metric=self.name, label=label, span=self.span, null=self.null)
        return Averages(
            study=study, measure=measure, numbers=numbers, level=level, findings=study.findings, blocks=blocks_of(study)
        )

    @property
    def _label(self) -> str:
        return self.name.replace("_", " ")

    def numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the numbers of some readers, all findings at once."""
        right = RightCalls(study, [reader for reader, _ in who])
        aided, unaided = self.outcomes(right)
        made = self.made(who, (limited(aided, among), limited(unaided, among)), study.cluster, level)
        return replace(made, read=right.read if among is None else right.read & among)

    def together(self, study: ReaderStudy, *, level: float) -> Averages:
        """Return the numbers of all findings taken together, each reading weighing the same.

        A finding of whose parts some are there is left out, so that no reading counts twice.
        """
        who, once = self._readers(study), averaged_once(study.findings)
        right = RightCalls(study, [reader for reader, _ in who])
        aided, unaided = (o[:, once].reshape(len(who), 1, -1) for o in self.outcomes(right))
        # a patient's findings are read together, so the patient is the unit whatever the number of ECGs
        numbers = self.made(who, (aided, unaided), np.tile(study.patients, int(once.sum())), level)
        shape = (len(who), int(once.sum()), len(study.records))
        used = np.asarray(numbers.used.reshape(shape).any(axis=1, keepdims=True))
        read = np.asarray(right.read[:, once].any(axis=1, keepdims=True))
        label = f"{self._label}, all findings together"
        label += "" if once.all() else f", but for {int((~once).sum())} broader than others among them"
        return Averages(
            study=study,
            measure=Measure(metric=self.name, label=label, span=self.span, null=self.null),
            numbers=replace(numbers, used=used, read=read),
            level=level,
            findings=(POOLED,),
            combined=POOLED,
            blocks=blocks_of(study),
        )

    def before_and_after(self, study: ReaderStudy, numbers: Numbers, level: float) -> Iterator[Rows]:
        """Yield what the number is a difference of, on the same ECGs; nothing for one that is no difference."""
        yield from ()


class Effect(Aid, ABC):
    """A proportion aided minus the same unaided, on the ECGs read both ways."""

    signed = True
    of: ClassVar[type[OfCalls] | None] = None  # the share that it is a difference of, where a metric says it
    shown_alone: ClassVar[bool] = True  # whether every run has rows of that share anyhow

    def __init_subclass__(cls, **kwargs: object) -> None:
        """State that the rows of the share come beside those of the difference."""
        super().__init_subclass__(**kwargs)
        cls.also_yields = () if cls.of is None else (cls.of.name,)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield the rows that the study's design allows (``domain/design.py``)."""
        if not study.reference.exists:
            return
        analysis = design_of(study).analysis
        if analysis in (ARMS, PERIODS) or (analysis and study.adjust_for):
            yield from self._over_groups(study, analysis, level)
        if analysis in (PAIRED, BLOCKS) and not study.adjust_for:
            yield from super().rows(study, level=level)
        elif self._readers(study):
            yield from self._of_readers(study, analysis, level)

    def _over_groups(self, study: ReaderStudy, analysis: str, level: float) -> Iterator[Row]:
        """Yield the effect on the readers of a kind where it is no mean of the readers' own effects."""
        people = tuple(str(r) for r in study.readers.index if study.is_human(str(r)))
        arms = Arms(
            study=study,
            metric=self.name,
            label=self._label,
            arm=self.arm,
            readers=people,
            outcomes=self.outcomes(RightCalls(study, people, shown_to_others=True)),
            level=level,
        )
        yield from arms.between_readers() if analysis == ARMS and not study.adjust_for else arms.by_model()

    def _of_readers(self, study: ReaderStudy, analysis: str, level: float) -> Iterator[Rows]:
        """Yield each reader's own effect, and means over readers where they are the analysis."""
        for averages in (self.averages(study, level=level), self.together(study, level=level)):
            yield from averages.of_readers()
            if analysis == OWN_ECGS and not study.adjust_for:
                yield from averages.of_groups()
                yield from by_readers(averages)

    def numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the numbers of some readers, all findings at once."""
        if design_of(study).analysis in (PAIRED, BLOCKS):
            return super().numbers(study, who, level, among)
        right = RightCalls(study, [reader for reader, _ in who], shown_to_others=True)
        return self._on_own_ecgs(study, who, self.outcomes(right), study.cluster, level)

    def _on_own_ecgs(
        self, study: ReaderStudy, who: tuple[ReaderArm, ...], outcomes: Outcomes, cluster: Codes | None, level: float
    ) -> Numbers:
        note = UNADJUSTED if design_of(study).analysis == PERIODS else ""
        setting = Setting(who=who, cluster=cluster, level=level, empty=NO_SUCH_ECG)
        return own_ecg_numbers(setting, outcomes, note=note)

    def together(self, study: ReaderStudy, *, level: float) -> Averages:
        """Return the numbers of all findings taken together, each reading weighing the same."""
        rows = super().together(study, level=level)
        if design_of(study).analysis in (PAIRED, BLOCKS):
            return rows
        who, once = self._readers(study), averaged_once(study.findings)
        right = RightCalls(study, [reader for reader, _ in who], shown_to_others=True)
        aided, unaided = (o[:, once].reshape(len(who), 1, -1) for o in self.outcomes(right))
        numbers = self._on_own_ecgs(study, who, (aided, unaided), np.tile(study.patients, int(once.sum())), level)
        shape = (len(who), int(once.sum()), len(study.records))
        used, read = (np.asarray(m.reshape(shape).any(axis=1, keepdims=True)) for m in (numbers.used, numbers.read))
        return replace(rows, numbers=replace(numbers, used=used, read=read))

    def made(self, who: tuple[ReaderArm, ...], outcomes: Outcomes, cluster: Codes | None, level: float) -> Numbers:
        """Return the paired differences."""
        first, second = outcomes
        empty = "no such ECG was read both ways"
        return difference_numbers(
            Setting(who=who, cluster=cluster, level=level, empty=empty), first=first, second=second
        )

    def before_and_after(self, study: ReaderStudy, numbers: Numbers, level: float) -> Iterator[Rows]:
        """Yield the share without and with help, over exactly the readers and ECGs of the effect.

        Not where the share's own rows say the same: where every reader read the same ECGs both ways.
        """
        if self.of is None:
            return
        share = self.of()
        arms = [tuple((reader, arm) for reader, _ in numbers.who) for arm in (UNAIDED, AIDED)]
        plain = (share.numbers(study, who, level).used for who in arms)
        if self.shown_alone and all((used == numbers.used).all() for used in plain):
            return
        for who in arms:
            both = share.numbers(study, who, level, among=numbers.used)
            yield from share.averages(study, both, level, subgroup=READ_BOTH_WAYS).rows()


def shown_to_anybody(study: ReaderStudy) -> Floats:
    """Return what the AI showed of each ECG to the readers who had help, (n_findings, n_records).

    NaN where it showed nothing to anybody, or different things to different readers.
    """
    aided = [i for i, (_, arm) in enumerate(study.reader_arms) if arm == AIDED]
    shown = study.cube("ai_calls")[aided]
    was_shown = ~np.isnan(shown)
    n = was_shown.sum(axis=0)
    mean = np.divide(np.where(was_shown, shown, 0.0).sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    return np.where((mean == 0) | (mean == 1), mean, np.nan)


def blocks_of(study: ReaderStudy) -> tuple[int, ...] | None:
    """Return the block of each reader of the study in a split plot, None elsewhere."""
    design = design_of(study)
    return tuple(design.blocks.tolist()) if design.analysis == BLOCKS else None


class RightCalls:
    """Whether readers were right with and without help, and the AI that they were shown.

    Parameters
    ----------
    study : ReaderStudy
    readers : sequence of str
    shown_to_others : bool
        Whether an ECG read without help counts with what the AI showed other readers of it.

    Attributes
    ----------
    truth, aided, unaided, ai : ndarray (n_readers, n_findings, n_records)
        The truth that judges each reader, without their own vote (both sides are one reader's, so that the majority of
        all is fair to who does not vote); 1 where a call is right, 0 where it is wrong, NaN where either is unknown.
    read : ndarray of bool, same shape
        Where the reader answered both with and without help.
    """

    def __init__(self, study: ReaderStudy, readers: Sequence[str], *, shown_to_others: bool = False) -> None:
        self.truth = np.stack([study.truths(judged=(reader,)) for reader in readers])

        def said(quantity: str, arm: str) -> Floats:
            cube, answers = study.cube(quantity), np.full(self.truth.shape, np.nan)
            for i, reader in enumerate(readers):
                place = study.place(reader, arm)
                if place is not None:
                    answers[i] = cube[place]
            return answers

        aided, unaided = said("calls", AIDED), said("calls", UNAIDED)
        self.read: Masks = ~(np.isnan(aided) | np.isnan(unaided))
        self.aided, self.unaided = correct(aided, self.truth), correct(unaided, self.truth)
        shown = said("ai_calls", AIDED)
        if shown_to_others:
            shown = np.where(np.isnan(shown), shown_to_anybody(study), shown)
        self.ai = correct(shown, self.truth)

    def among(self, condition: Masks) -> Outcomes:
        """Return the right calls aided and unaided where the condition holds, NaN elsewhere."""
        return np.where(condition, self.aided, np.nan), np.where(condition, self.unaided, np.nan)
