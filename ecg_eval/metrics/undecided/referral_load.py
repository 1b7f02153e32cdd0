"""Referral load: the share of ECGs that the reader sends on, with and without the AI's help."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ARMS, BLOCKS, OWN_ECGS, PAIRED, PERIODS, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row, Rows
from ecg_eval.domain.reading import AIDED, REFER, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.by_design import UNADJUSTED, own_ecg_numbers, shares
from ecg_eval.metrics.bases.numbers import Numbers, ReaderArm, Setting, difference_numbers, taken
from ecg_eval.metrics.bases.people.undecided import NOBODY_UNDECIDED, said_undecided
from ecg_eval.metrics.bases.pooled import OtherReaders
from ecg_eval.stats.estimate import Estimate

NOT_BOTH_WAYS = "no ECG was read both ways"


class ReferralLoad(Metric):
    """Of the ECGs that a person read, the share with "refer" for at least one finding."""

    question = "How many ECGs does the reader send on, and does the AI's help change that?"
    source = (
        "Wilson, J Am Stat Assoc 1927;22:209; paired: Tango, Stat Med 1998;17:891; "
        "over readers: Hillis, Stat Med 2014;33:330"
    )
    caveat = "Of these ECGs: where findings are enriched more is sent on than in a practice."
    answers = "question"
    short_name = "referred"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield each person's share by arm, aided minus unaided as the design allows, and means over readers."""
        referred = said_undecided(study, (REFER,))
        if not referred.any():
            nothing = Estimate.undefined(reason=NOBODY_UNDECIDED.format(REFER), method="referral load", level=level)
            yield Row(metric=self.name, finding=POOLED, combined=POOLED, estimate=nothing)
            return
        read = study.arrays.answered.any(axis=1, keepdims=True)
        sent: Floats = np.where(read, referred.any(axis=1, keepdims=True), np.nan)
        people = [i for i, (reader, _) in enumerate(study.reader_arms) if study.is_human(reader)]
        who = tuple(study.reader_arms[i] for i in people)
        alone = shares(self._setting(study, who, level), sent[people])
        yield from self._averages(study, alone, level).rows()
        analysis = design_of(study).analysis
        if analysis == ARMS:
            yield from self._between_arms(study, alone, level)
        elif analysis:
            yield from self._within_readers(study, sent, analysis, level)

    def _setting(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float) -> Setting:
        return Setting(who=who, cluster=study.cluster, level=level, empty=NOT_BOTH_WAYS)

    def _averages(self, study: ReaderStudy, numbers: Numbers, level: float, *, change: str = "") -> Averages:
        measure = Measure(metric=self.name, label="referral load")
        blocks = None
        if change:
            measure = Measure(metric=self.name, label=f"referral load{change}", span=(-1.0, 1.0), null=0.0)
            design = design_of(study)
            blocks = tuple(design.blocks.tolist()) if design.analysis == BLOCKS else None
        return Averages(
            study=study,
            measure=measure,
            numbers=numbers,
            level=level,
            findings=(POOLED,),
            combined=POOLED,
            blocks=blocks,
        )

    def _within_readers(self, study: ReaderStudy, sent: Floats, analysis: str, level: float) -> Iterator[Rows]:
        """Yield the change of each reader who read with and without help, and its mean over readers."""
        names = [reader for reader in study.readers_with(AIDED, UNAIDED) if study.is_human(reader)]
        if not names:
            return
        places = [[study.reader_arms.index((reader, arm)) for reader in names] for arm in (AIDED, UNAIDED)]
        aided, unaided = (sent[place] for place in places)
        setting = self._setting(study, tuple((reader, AIDED_MINUS_UNAIDED) for reader in names), level)
        change = ", aided minus unaided"
        if analysis in (PAIRED, BLOCKS):
            numbers = difference_numbers(setting, first=aided, second=unaided)
        else:
            change += f", {UNADJUSTED}" if analysis == PERIODS else ""
            numbers = own_ecg_numbers(setting, (aided, unaided), note=UNADJUSTED if analysis == PERIODS else "")
        averages = self._averages(study, numbers, level, change=change)
        yield from averages.rows() if analysis in (PAIRED, BLOCKS, OWN_ECGS) else averages.of_readers()

    def _between_arms(self, study: ReaderStudy, alone: Numbers, level: float) -> Iterator[Row]:
        """Yield readers with help minus readers without it, of each kind."""
        others = OtherReaders(study=study, metric=self.name, label="referral load", level=level)
        for group, everybody in study.human_groups.items():
            members = [(i, arm) for i, (reader, arm) in enumerate(alone.who) if reader in everybody]
            first, second = ([i for i, arm in members if (arm == AIDED) == aided] for aided in (True, False))
            if first and second:
                yield others.row(group, taken(alone, first), taken(alone, second))
