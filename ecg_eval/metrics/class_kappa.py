"""Kappa of a single choice: how far two readers choose the same class of each ECG, beyond chance.

Beside every pair stand the mean over the pairs of the readers of a group, and that of each program with each of them:
from four readers on for readers and ECGs like these, of fewer for these readers.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ecg_eval.domain.evaluation import POOLED, Row, Rows
from ecg_eval.domain.reading_arrays import class_of
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.all_pairs import Side, sides
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.metrics.bases.single_choice import checked_classes, places_of
from ecg_eval.metrics.bases.two_readers import PairAgreement
from ecg_eval.stats.agreement.fleiss import light_kappa
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.pair_mean import mean_kappa_with, pair_mean_kappa
from ecg_eval.stats.estimate import Estimate


class ClassKappa(PairAgreement):
    """Cohen's kappa of the classes that two readers chose, of which each ECG has exactly one.

    Parameters
    ----------
    findings : sequence of str, optional
        The classes; all findings of the study when not given. An ECG of which a reader chose none, or several, is left
        out.
    """

    question = "How much more do two readers choose the same class than two who choose as often, but at random?"
    source = (
        "Cohen, Educ Psychol Meas 1960;20:37; standard error: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323; "
        "mean over pairs: Light, Psychol Bull 1971;76:365"
    )
    caveat = "Every confusion counts alike, however far apart the classes are."
    short_name = "class_kappa"
    nothing = "no ECG has one class chosen by both"
    takes_patients = True

    def __init__(self, *, findings: Sequence[str] | None = None) -> None:
        self.classes = checked_classes(self.name, findings)

    def answered(self, study: ReaderStudy) -> Floats:
        """Return the class that each reader chose, one row for all findings together."""
        places = places_of(study, self.name, self.classes)
        return np.stack([class_of(calls[places])[None] for calls in study.cube("calls")])

    def findings(self, study: ReaderStudy) -> Sequence[str]:
        """Return that the one row is of all findings together."""
        return (POOLED,)

    def estimate(self, first: Floats, second: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for all classes together."""
        return cohen_kappa(first=first, second=second, cluster=cluster, level=level)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row | Rows]:
        """Yield a row for every pair and arm, then the means over the readers of each group."""
        yield from super().rows(study, level=level)
        answered = self.answered(study)[:, 0]
        for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
            chosen = {r: answered[study.reader_arms.index((r, arm))] for r in study.readers_with(arm)}
            chosen = {reader: classes for reader, classes in chosen.items() if not np.isnan(classes).all()}
            for side in sides(study, list(chosen)):
                yield self._of_group(study, arm, side, chosen, level)

    def _of_group(self, study: ReaderStudy, arm: str, side: Side, chosen: dict[str, Floats], level: float) -> Row:
        """Return the mean over the pairs of a group, or over those of a program with each of the group."""
        members = [reader for reader in study.human_groups[side.other] if reader in chosen]
        ratings = np.column_stack([chosen[reader] for reader in members])
        is_sample = len(members) >= FEWEST_RANDOM_READERS
        classes, cluster = np.arange(len(self.classes or study.findings)), study.cluster
        if side.one != side.other:
            made = mean_kappa_with(
                first=chosen[side.one],
                ratings=ratings,
                categories=classes,
                cluster=cluster,
                readers="random" if is_sample else "fixed",
                level=level,
            )
        elif is_sample:
            made = pair_mean_kappa(ratings=ratings, categories=classes, cluster=cluster, level=level)
        else:
            made = light_kappa(ratings=ratings, categories=classes, cluster=cluster, level=level)
        people = members if side.one == side.other else [side.one, *members]
        return Row(
            metric=self.name,
            reader=side.one,
            reader_kind=side.kind,
            arm=arm,
            compared_with=side.other,
            finding=POOLED,
            combined=POOLED,
            is_group=True,
            n_readers=len(people),
            n_people=study.people(people),
            n_records=made.n,
            estimate=made,
        )
