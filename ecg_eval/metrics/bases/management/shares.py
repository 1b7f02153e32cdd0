"""Shares of ECGs by what readers would do, of each reader and over readers, and how help changes them.

Each ECG counts once, whatever its findings: what would be done is said of the whole ECG. The effect of help is made as
the study's design asks (``domain/design.py``), like that of a reading.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ARMS, BLOCKS, OWN_ECGS, PAIRED, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row, Rows
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.aid import blocks_of
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.by_design import NO_SUCH_ECG, UNADJUSTED, own_ecg_numbers, shares
from ecg_eval.metrics.bases.long_form import LongForm
from ecg_eval.metrics.bases.management.levels import NOBODY_SAID, anybody_said, called_for, levels_of, said
from ecg_eval.metrics.bases.numbers import Numbers, ReaderArm, Setting, difference_numbers
from ecg_eval.metrics.bases.pooled import OtherReaders, pooled_row
from ecg_eval.stats.estimate import Estimate

NOT_BOTH_WAYS = "nobody said what they would do about the same ECG both with and without help"


class ManagementShare(Metric, ABC):
    """A share of the ECGs of which a reader says what to do.

    Parameters
    ----------
    calls_for : mapping of str to str, optional
        Finding -> nothing, follow_up, refer or ambulance, where it calls for something else than its urgency says.
    """

    answers = "management"
    source = "Wilson, J Am Stat Assoc 1927;22:209; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    needs_truth: ClassVar[bool] = True  # whether the share is about what the ECGs call for

    def __init__(self, *, calls_for: Mapping[str, str] | None = None) -> None:
        self.calls_for = dict(calls_for or {})
        self.stated_for = tuple(self.calls_for)

    @abstractmethod
    def event(self, action: Floats, called_for: Floats) -> Floats:
        """Return 1 where it is so, 0 where it is not, NaN where either is unknown."""

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield every reader and arm, and the readers of each kind; nothing where nobody was asked."""
        if not anybody_said(study) or (self.needs_truth and not study.reference.exists):
            return
        events = self.events(study)
        at = [i for i in range(len(study.reader_arms)) if not np.isnan(events[i]).all()]
        who: tuple[ReaderArm, ...] = tuple(study.reader_arms[i] for i in at)
        if who:
            setting = Setting(who=who, cluster=study.cluster, level=level, empty=NOBODY_SAID)
            yield from self.over(study, shares(setting, events[at][:, None, :]), level).rows()

    def events(self, study: ReaderStudy) -> Floats:
        """Return 1, 0 or NaN of each reader and arm, (n_reader_arms, n_records)."""
        levels = levels_of(study.findings, self.calls_for)
        given = said(study)
        made = np.full(given.shape, np.nan)
        for i, (reader, _) in enumerate(study.reader_arms):
            needed = (
                called_for(study.truths(judged=(reader,)), levels) if self.needs_truth else np.zeros(given.shape[1])
            )
            made[i] = self.event(given[i], needed)
        return made

    def over(self, study: ReaderStudy, numbers: Numbers, level: float) -> Averages:
        """Return the numbers as rows of all findings together."""
        return Averages(
            study=study,
            measure=Measure(metric=self.name, label=self.name.replace("_", " ")),
            numbers=numbers,
            level=level,
            findings=(POOLED,),
            combined=POOLED,
        )


class ManagementEffect(Metric, ABC):
    """A share of ECGs by what would be done with help, minus the same without.

    Parameters
    ----------
    calls_for : mapping of str to str, optional
        As the share's.
    """

    answers = "management"
    signed = True
    source = "Tango, Stat Med 1998;17:891; over readers: Obuchowski and Rockette, Commun Stat Simul 1995;24:285"
    of: ClassVar[type[ManagementShare]]

    def __init__(self, *, calls_for: Mapping[str, str] | None = None) -> None:
        self.share = self.of(calls_for=calls_for)
        self.stated_for = self.share.stated_for

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield the rows that the study's design allows; nothing where nobody was asked, or nobody had help."""
        analysis = design_of(study).analysis
        if not analysis or not anybody_said(study) or (self.share.needs_truth and not study.reference.exists):
            return
        events = self.share.events(study)
        people = [str(r) for r in study.readers.index if study.is_human(str(r))]
        if analysis in (PAIRED, BLOCKS, OWN_ECGS) and not study.adjust_for:
            yield from self._of_same_readers(study, events, people, analysis, level)
        elif analysis == ARMS and not study.adjust_for:
            yield from self._between_readers(study, events, people, level)
        else:
            yield from self._by_model(study, events, people, level)

    @property
    def _label(self) -> str:
        return self.name.replace("_", " ")

    def _of_same_readers(
        self, study: ReaderStudy, events: Floats, people: list[str], analysis: str, level: float
    ) -> Iterator[Rows]:
        """Yield each reader's difference and the means over readers: on the same ECGs, or on each reader's own."""
        both = [r for r in people if r in study.places(people, AIDED) and r in study.places(people, UNAIDED)]
        who: tuple[ReaderArm, ...] = tuple((reader, AIDED_MINUS_UNAIDED) for reader in both)
        aided, unaided = (events[list(study.places(both, arm).values())][:, None, :] for arm in (AIDED, UNAIDED))
        if analysis == OWN_ECGS:
            setting = Setting(who=who, cluster=study.cluster, level=level, empty=NO_SUCH_ECG)
            numbers = own_ecg_numbers(setting, (aided, unaided))
        else:
            setting = Setting(who=who, cluster=study.cluster, level=level, empty=NOT_BOTH_WAYS)
            numbers = difference_numbers(setting, first=aided, second=unaided)
        yield from Averages(
            study=study,
            measure=Measure(metric=self.name, label=self._label, span=(-1.0, 1.0), null=0.0),
            numbers=numbers,
            level=level,
            findings=(POOLED,),
            combined=POOLED,
            blocks=blocks_of(study),
        ).rows()

    def _between_readers(self, study: ReaderStudy, events: Floats, people: list[str], level: float) -> Iterator[Row]:
        """Yield, for every kind of reader, those with help minus the others."""
        others = OtherReaders(study=study, metric=self.name, label=self._label, level=level)
        for group, everybody in study.human_groups.items():
            members = [r for r in people if r in everybody]
            places = [(arm, study.places(members, arm)) for arm in (AIDED, UNAIDED)]
            if all(at for _, at in places):
                yield others.row(group, *(self._alone(study, events, arm, at, level) for arm, at in places))

    def _alone(self, study: ReaderStudy, events: Floats, arm: str, at: dict[str, int], level: float) -> Numbers:
        """Return the shares of some readers in one arm, given by their places."""
        who = tuple((reader, arm) for reader in at)
        setting = Setting(who=who, cluster=study.cluster, level=level, empty=NOBODY_SAID)
        return shares(setting, events[list(at.values())][:, None, :])

    def _by_model(self, study: ReaderStudy, events: Floats, people: list[str], level: float) -> Iterator[Row]:
        """Yield, for every kind of reader, what is left of the difference when time and practice are taken out."""
        nothing = np.full((1, len(study.records)), np.nan)
        padded = np.vstack([events, nothing])  # for readers without an arm
        outcomes = tuple(
            np.stack([padded[-1 if (at := study.place(reader, arm)) is None else at] for reader in people])[:, None, :]
            for arm in (AIDED, UNAIDED)
        )
        for group, everybody in study.human_groups.items():
            members = [i for i, reader in enumerate(people) if reader in everybody]
            long = LongForm.of(study, tuple(people), members, (outcomes[0], outcomes[1]))
            estimate = (
                long.effects(study, level, {self._label: None})[0]
                if len(long.outcome)
                else Estimate.undefined(reason=NOBODY_SAID, method=f"{self._label}, {UNADJUSTED}", level=level)
            )
            who = (group, [people[i] for i in members], AIDED_MINUS_UNAIDED)
            yield pooled_row(self.name, study, who, estimate, is_group=True, n_records=len(study.records))
