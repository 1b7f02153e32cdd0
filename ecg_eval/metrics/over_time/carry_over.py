"""Carry-over: whether what was read first changes how right the second reading of the same ECG is."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import FEW, ONE_ARM, design_of, first_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row, Rows
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.metrics.bases.aid import RightCalls
from ecg_eval.metrics.bases.averages import Averages, Measure
from ecg_eval.metrics.bases.by_design import shares
from ecg_eval.metrics.bases.gap import gaps
from ecg_eval.metrics.bases.numbers import Masks, Numbers, Setting, taken
from ecg_eval.metrics.bases.pooled import OtherReaders
from ecg_eval.stats.estimate import Estimate

NO_CROSSOVER = "no ECG was read with help in one period and without it in another, in either order"
ONE_SEQUENCE = "these readers read all ECGs in one sequence, so that what is carried over cannot be told from time"
NO_SUCH_SEQUENCE = "the reader read no ECG in this sequence"
SPAN = (-2.0, 2.0)
LABEL = "right readings of ECGs first read with help minus of those first read without, both readings added"


class CarryOver(Metric):
    """Right readings of ECGs that were read with help first minus of those read without help first, by sequence.

    Both readings of an ECG are added, so that help and period cancel, which every sequence has once each. What is left
    is carried over: 0 where the second reading knows nothing of the first.
    """

    question = "Does the first reading of an ECG, with or without help, change how right the second is?"
    source = "Hills and Armitage, Br J Clin Pharmacol 1979;8:7; over readers: Hillis, Stat Med 2014;33:330"
    caveat = (
        "It is a test of little power: not to find it does not show that a washout was long enough, and the effect of "
        "help is not to be changed by it."
    )
    answers = "question"
    signed = True
    short_name = "carry_over"
    picture = "carried"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield every reader's carry-over where he read in both sequences, and that of the readers of a kind."""
        if not study.reference.exists or design_of(study).name == ONE_ARM:
            return
        people = tuple(r for r in study.readers_with(AIDED, UNAIDED) if study.is_human(r))
        sides = [self._both_readings(study, people, level, first=arm) for arm in (AIDED, UNAIDED)] if people else []
        has = np.array([side.used.any(axis=(1, 2)) for side in sides]).reshape(2, len(people))
        if not has.any(axis=1).all():
            reason = NO_CROSSOVER if not has.any() else ONE_SEQUENCE
            nothing = Estimate.undefined(reason=reason, method=LABEL, level=level)
            yield Row(metric=self.name, arm=AIDED_MINUS_UNAIDED, finding=POOLED, combined=POOLED, estimate=nothing)
        elif has.all(axis=0).mean() > FEW:
            yield from self._within_readers(study, sides, level)
        else:
            yield from self._between_readers(study, sides, has, level)

    def _both_readings(self, study: ReaderStudy, people: tuple[str, ...], level: float, *, first: str) -> Numbers:
        """Return the sum of the shares of right readings with and without help, of ECGs first read in one arm."""
        right, once = RightCalls(study, people), averaged_once(study.findings)
        periods = first_of(study, "period")
        with_help, without = (periods[list(study.places(people, arm).values())] for arm in (AIDED, UNAIDED))
        earlier: Masks = with_help < without if first == AIDED else without < with_help
        among = earlier[:, None] & ~np.isnan(right.aided) & ~np.isnan(right.unaided)
        outcomes = [np.where(among, side, np.nan)[:, once] for side in (right.aided, right.unaided)]
        outcome: Floats = np.stack(outcomes, axis=2).reshape(len(people), 1, -1)
        units = np.tile(study.patients, 2 * int(once.sum()))
        who = tuple((reader, AIDED_MINUS_UNAIDED) for reader in people)
        share = shares(Setting(who=who, cluster=units, level=level, empty=NO_SUCH_SEQUENCE), outcome)
        return _records_of(share, int(once.sum()), len(study.records))

    def _within_readers(self, study: ReaderStudy, sides: list[Numbers], level: float) -> Iterator[Rows]:
        """Yield differences between ECGs of the same reader."""
        yield from Averages(
            study=study,
            measure=Measure(metric=self.name, label=LABEL, span=SPAN, null=0.0),
            numbers=_doubled(gaps(sides[0], sides[1], 1, level)),
            level=level,
            findings=(POOLED,),
            combined=POOLED,
        ).rows()

    def _between_readers(self, study: ReaderStudy, sides: list[Numbers], has: Masks, level: float) -> Iterator[Row]:
        """Yield readers who read with help first minus those who read without it first."""
        of_side = [_doubled(side) for side in sides]
        label = f"{LABEL}, between readers"
        others = OtherReaders(study=study, metric=self.name, label=label, level=level, ends=SPAN)
        for group, everybody in study.human_groups.items():
            named = [reader in everybody for reader, _ in sides[0].who]
            chosen = [np.flatnonzero(has[k] & ~has[1 - k] & np.array(named)) for k in (0, 1)]
            if all(len(readers) for readers in chosen):
                yield others.row(group, *(taken(side, readers) for side, readers in zip(of_side, chosen, strict=True)))


def _doubled(numbers: Numbers) -> Numbers:
    """Return the sum of two shares of the same cases: twice their mean."""
    e, parts = numbers.estimates, numbers.parts
    twice = {name: 2 * getattr(e, name) for name in ("value", "low", "high", "standard_error")}
    return replace(
        numbers,
        estimates=replace(e, **twice),
        parts=replace(
            parts,
            values=2 * parts.values,
            variances=4 * parts.variances,
            deviations=2 * np.asarray(parts.deviations),
            centres=2 * parts.centres,
        ),
    )


def _records_of(numbers: Numbers, n_findings: int, n_records: int) -> Numbers:
    """Return the numbers with the ECGs that they are of, whatever finding and arm."""
    shape = (len(numbers.who), 2 * n_findings, n_records)
    used, read = (np.asarray(m.reshape(shape).any(axis=1, keepdims=True)) for m in (numbers.used, numbers.read))
    return replace(numbers, used=used, read=read)
