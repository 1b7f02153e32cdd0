"""Who took which class for which: choices among findings of which each ECG has exactly one, counted by the true class.

What is counted is readings: one ECG read by one reader. A reader who took part in forming the truth is judged by the
others' votes, as in every number of accuracy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.arrays.reading_arrays import NO_ANSWER, class_of
from ecg_eval.domain.result import StudyResult
from ecg_eval.reports.view import Party, View

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Choices:
    """What a reader, or the readers of a group together, chose of the ECGs of each class.

    Attributes
    ----------
    party : Party
    counts : ndarray of int (n_classes, n_classes + 1)
        Readings by the true class (rows) and the class chosen (columns); the last column are answers that name no one
        class: none, several, or in doubt.
    unanswered : ndarray of int (n_classes,)
        ECGs of each class to which no answer was given.
    """

    party: Party
    counts: Counts
    unanswered: Counts

    @property
    def answered(self) -> Counts:
        """Return the readings of each true class, (n_classes,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def right(self) -> int:
        """Return the readings that chose the true class."""
        return int(np.trace(self.counts))

    @property
    def mistakes(self) -> list[tuple[int, int]]:
        """Return the (true class, class chosen) that were confused most often; equal ones all, none where none was."""
        classes = self.counts[:, :-1].copy()
        np.fill_diagonal(classes, 0)
        most = classes.max(initial=0)
        return [(int(i), int(j)) for i, j in np.argwhere(classes == most)] if most else []


def single_choices(result: StudyResult) -> list[tuple[str, ...]]:
    """Return the groups of findings of which each ECG has exactly one, as the run declares them."""
    groups = [tuple(f for f in group if f in result.study.findings) for group in result.provenance.exclusive]
    return [group for group in groups if len(group) > 1]


def choices_of(view: View, classes: tuple[str, ...]) -> list[Choices]:
    """Return the choices of every reader and group of people, in the order of a report.

    Parameters
    ----------
    view : View
    classes : tuple of str
        Findings of the study.
    """
    study = view.result.study
    places = [study.findings.index(code) for code in classes]
    answered = (study.arrays.answers("reading")[:, places] != NO_ANSWER).any(axis=1)
    single: dict[tuple[str, str], Choices] = {}
    for i, (reader, arm) in enumerate(study.reader_arms):
        if study.is_floor(reader):
            continue
        truth = class_of(study.truths(judged=(reader,))[places])
        chosen = np.nan_to_num(class_of(study.cube("calls")[i, places]), nan=len(classes)).astype(np.intp)
        counts = np.zeros((len(classes), len(classes) + 1), dtype=np.int64)
        has_truth = ~np.isnan(truth)
        given = has_truth & answered[i]
        np.add.at(counts, (truth[given].astype(np.intp), chosen[given]), 1)
        silent = truth[has_truth & ~answered[i]].astype(np.intp)
        unanswered = np.bincount(silent, minlength=len(classes))
        single[reader, arm] = Choices(party=Party(reader, arm), counts=counts, unanswered=unanswered)
    every = [*single.values(), *_together(view, single)]
    return sorted(every, key=lambda one: view.rank(one.party))


def _together(view: View, single: dict[tuple[str, str], Choices]) -> list[Choices]:
    """Return the choices of the readers of each group together, where at least two of them chose."""
    groups = []
    for label in view.result.study.human_groups:
        for arm in dict.fromkeys(arm for _, arm in single):
            members = [single[reader, arm] for reader in view.members(label, arm) if (reader, arm) in single]
            if sum(one.counts.any() for one in members) > 1:
                counts = np.sum([one.counts for one in members], axis=0)
                unanswered = np.sum([one.unanswered for one in members], axis=0)
                groups.append(Choices(party=Party(label, arm, is_group=True), counts=counts, unanswered=unanswered))
    return groups


def chooser(view: View, party: Party) -> str:
    """Return who chose, for people: a reader by the id, a group by how many its readers are, the arm with it."""
    if not party.is_group:
        return view.name(party, arms=view.has_aided)
    name = view.reader(party.reader, party.arm, form="plain", is_group=True)
    return f"{name}, {view.words.arm(party.arm)}" if view.has_aided else name


def without_class(result: StudyResult, classes: tuple[str, ...]) -> int:
    """Count the ECGs that have not exactly one of the classes by the truth."""
    places = [result.study.findings.index(code) for code in classes]
    return int(np.isnan(class_of(result.study.truths()[places])).sum())
