"""Share of ECGs whose class a reader names rightly, of a single choice, and its mean over the readers of a group."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.arrays.reading_arrays import class_of
from ecg_eval.domain.evaluation import POOLED, Row, Rows
from ecg_eval.domain.notes import before_notes
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.averages import Averages, Measure, read_by_all
from ecg_eval.metrics.bases.numbers import Among, Numbers, ReaderArm, Setting, limited, share_numbers
from ecg_eval.metrics.bases.panels import LEAVE_ONE_OUT
from ecg_eval.metrics.bases.single_choice import NO_CHOICE, OfSingleChoice, counted_words, places_of


class ClassAccuracy(OfSingleChoice):
    """Share of ECGs whose class is named rightly."""

    question = "Of how many ECGs does the reader choose the right class?"
    source = "Wilson, J Am Stat Assoc 1927;22:209; clusters: Rao and Scott, Biometrics 1992;48:577"
    caveat = "High where one class is common; balanced accuracy weighs the classes alike."
    short_name = "class_acc"
    role = "right_class"
    is_share = True
    measure = "accuracy"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield one row a reader and arm over all classes together, and the means over the readers of a group."""
        who = self.measured(study)
        if not who:
            return
        averages = Averages(
            study=study,
            measure=Measure(metric=self.name, label=self.label),
            numbers=self._numbers(study, who, level),
            level=level,
            findings=(POOLED,),
            combined=POOLED,
        )
        yield from averages.rows()
        yield from read_by_all(averages, lambda some, among: self._numbers(study, some, level, among))

    def _numbers(self, study: ReaderStudy, who: tuple[ReaderArm, ...], level: float, among: Among = None) -> Numbers:
        """Return the shares of some readers; one judged by several references has the mean of what these count."""
        places = places_of(study, self.name, self.classes)
        calls = limited(self.values(study, who), among)[:, places]
        shape = (len(who), 1, calls.shape[-1])
        events, cases = np.zeros(shape), np.zeros(shape)
        n_panels = np.ones(len(who), dtype=int)
        for i, (reader, _) in enumerate(who):
            chosen = class_of(calls[i])
            truths = np.stack([class_of(t[places]) for t in study.reference.panels(study.findings, judged=reader)])
            events[i], cases[i] = (truths == chosen).mean(axis=0), (~np.isnan(truths + chosen)).mean(axis=0)
            n_panels[i] = len(truths)
        answered = np.asarray((~np.isnan(calls)).any(axis=1, keepdims=True))
        setting = Setting(who=who, cluster=study.cluster, level=level, empty=NO_CHOICE)
        numbers = share_numbers(setting, events=events, cases=cases, read=answered)
        method = numbers.estimates.method.copy()
        for i, n in enumerate(numbers.estimates.n):
            method[i] = counted_words(n, int(answered[i].sum()), method[i])
            if n_panels[i] > 1:
                method[i] = before_notes(method[i], LEAVE_ONE_OUT)
        return replace(numbers, estimates=replace(numbers.estimates, method=method))
