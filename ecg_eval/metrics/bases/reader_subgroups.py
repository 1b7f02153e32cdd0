"""Numbers of some readers of a kind against the others: by training, practice, experience or ECGs a year.

Each part's mean is made like the mean over all readers of the kind; its difference from the others (the interaction,
where the number is an effect of help) takes the readers as random and allows for the ECGs that both have read.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ecg_eval.domain.evaluation import MACRO, Rows
from ecg_eval.domain.notes import READERS
from ecg_eval.domain.study import averaged_once
from ecg_eval.metrics.bases.averages import Averages
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.arm_difference import arm_difference
from ecg_eval.stats.mrmc.part_means import ReaderErrors

FEWEST = 2  # readers of a part


def by_readers(averages: Averages) -> Iterator[Rows]:
    """Yield, for every way to divide the readers, the mean of each part and its difference from all others."""
    divided = averages.study.reader_subgroups
    if divided is None or averages.study.is_part or averages.subgroup:
        return
    for group, arm, members in averages.groups():
        names = [averages.numbers.who[i][0] for i in members]
        for column in divided:
            words = divided[column].reindex(names)
            for value in sorted(words.dropna().unique()):
                inside = [i for i, word in zip(members, words, strict=True) if word == value]
                others = [i for i, word in zip(members, words.isna() | (words == value), strict=True) if not word]
                label = f"{READERS}: {column}={value}"
                if len(inside) >= FEWEST:
                    yield _mean(averages, group, arm, inside, label)
                if len(inside) >= FEWEST and len(others) >= FEWEST:
                    yield _difference(averages, group, arm, inside, others, label)


def _mean(averages: Averages, group: str, arm: str, members: list[int], label: str) -> Rows:
    """Return the mean over the readers of a part."""
    means = [(mean, e) for mean, e in averages.over_readers(members) if not mean.subgroup]
    findings = [mean.finding for mean, _ in means]
    combined = [mean.combined for mean, _ in means]
    return _rows(averages, group, arm, members, label, findings, combined, [e for _, e in means])


def _difference(averages: Averages, group: str, arm: str, inside: list[int], others: list[int], label: str) -> Rows:
    """Return the mean of a part minus that of the others, finding by finding and over findings."""
    order = [*inside, *others]
    parts = averages.numbers.parts.take(readers=np.array(order))
    errors, values = ReaderErrors(parts), parts.values
    counts = averages.numbers.estimates.n.reshape(averages.numbers.parts.values.shape)[order]
    once = np.ones(values.shape[1], dtype=bool) if averages.combined else averaged_once(averages.findings)
    usable = np.flatnonzero(once & ~np.isnan(values).any(axis=0))
    columns = [
        (f, averages.combined, values[:, i], errors.by_finding[i], counts[:, i])
        for i, f in enumerate(averages.findings)
    ]
    if usable.size and not averages.combined:
        covariance = errors.by_finding[usable[0]] if usable.size == 1 else errors.of_means(usable)
        columns.append((MACRO, MACRO, values[:, usable].mean(axis=1), covariance, counts[:, usable]))
    width = averages.measure.span[1] - averages.measure.span[0]
    estimates = [
        arm_difference(
            first=value[: len(inside)],
            second=value[len(inside) :],
            covariance=covariance,
            n=int(n.max()),
            label=f"{averages.measure.label}, these readers minus the others",
            level=averages.level,
            ends=(-width, width),
            n_clusters=averages.study.n_patients,
        )
        for _, _, value, covariance, n in columns
    ]
    findings, combined = [c[0] for c in columns], [c[1] for c in columns]
    return _rows(averages, group, arm, order, f"{label} - others", findings, combined, estimates)


def _rows(
    averages: Averages,
    group: str,
    arm: str,
    members: list[int],
    label: str,
    findings: Sequence[str],
    combined: Sequence[str],
    estimates: Sequence[Estimate],
) -> Rows:
    people = [averages.numbers.who[i][0] for i in members]
    return Rows(
        metric=averages.measure.metric,
        reader=group,
        reader_kind=averages.study.kind(people[0]),
        arm=arm,
        finding=list(findings),
        subgroup=label,
        combined=list(combined),
        is_group=True,
        n_readers=len(people),
        n_people=averages.study.people(people),
        estimates=Estimates.of(list(estimates)),
    )
