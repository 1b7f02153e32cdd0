"""What stands behind a number: which findings it averages, on how many ECGs each of them rests, and which were read.

Two numbers may stand side by side only where these are the same. The answer is taken from the rows and the readings,
never from the configuration: a finding that nobody read, or that no ECG shows, is behind no mean.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.statement import Quote, Who
from ecg_eval.domain.study import averaged_once
from ecg_eval.reports.view import Party, Shown, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW_READERS = 3  # so few say nothing of other readers
FEW_SAY_LITTLE = "two or three readers say too little of other readers"
FOR_READERS = "random readers"  # in the method of an interval that is for other readers too
FEW = 10  # ECGs below which counts are given and no percentage (docs/talking-about-results.md)
NEARLY_ALL = 0.95  # of the answers given by anybody: readers who gave fewer do not stand beside the others


class Common(NamedTuple):
    """What numbers that stand side by side are of: findings, ECGs read by anybody, the fewest that a reader read."""

    findings: tuple[str, ...]
    n_ecgs: int
    n_least: int


def who_of(view: View, party: Party) -> Who:
    """Return a party as a statement names it."""
    n = len(view.members(party.reader, party.arm)) if party.is_group else 1
    return Who(party.reader, party.arm, party.is_group, n)


def interval_for(view: View, row: Quote) -> str:
    """Return what an interval is for: "ecgs" (this reader, other ECGs), "these" (a group's), "readers" (others).

    "" where there is none worth giving: two or three readers say too little of other readers.
    """
    if row.low is None and row.high is None:
        return ""
    if not (row.is_group or row.with_group):
        return "ecgs"
    if FOR_READERS not in row.method:
        return "these"
    group = row.compared_with if row.with_group else row.reader
    return "readers" if len(view.members(group, row.arm)) > FEW_READERS else ""


def usable(view: View, row: Shown) -> Shown:
    """Return a row without an interval that says nothing: for readers like these, of a mean of two or three."""
    if (row.low is None and row.high is None) or interval_for(view, row):
        return row
    return row._replace(low=None, high=None, reason=FEW_SAY_LITTLE)


def singles(view: View, row: Shown) -> list[Shown]:
    """Return the rows of single readers (or single pairs) that a group's row is the mean of; the row itself, else."""
    if not (row.is_group or row.with_group):
        return [row]
    rows = view.of(row.metric, arm=row.arm, finding=row.finding, subgroup=row.subgroup)
    if row.is_group:
        members = set(view.members(row.reader, row.arm))
        return [r for r in rows if r.reader in members and not r.is_group and r.compared_with == row.compared_with]
    members = set(view.members(row.compared_with, row.arm))
    return [r for r in rows if r.reader == row.reader and r.compared_with in members and not r.with_group]


def parts(view: View, row: Shown) -> list[Shown]:
    """Return the rows, one a finding, that a mean over findings is the mean of; the row itself where it is of one.

    A reader's mean is over the findings whose value is known; a group's over those that are known for all its members.
    Neither takes a finding of whose parts some are there.
    """
    if row.finding not in (MACRO, POOLED):
        return [row]
    where = {"arm": row.arm, "subgroup": row.subgroup, "reader": row.reader, "compared_with": row.compared_with}
    places = (r for f in averaged(view) for r in view.of(row.metric, finding=f, **where))
    of_this_pair = [r for r in places if (r.is_group, r.with_group) == (row.is_group, row.with_group)]
    return [r for r in of_this_pair if r.value is not None and all(one.value is not None for one in singles(view, r))]


def findings_behind(view: View, row: Shown) -> tuple[str, ...]:
    """Return the findings that a number is of, in the study's order."""
    behind = {r.finding for r in parts(view, row)}
    return tuple(f for f in view.findings if f in behind)


def averaged(view: View) -> tuple[str, ...]:
    """Return the findings that a mean over findings is of, where each of them has a value: none twice."""
    everything = view.result.study.findings
    once = {f for f, is_one in zip(everything, averaged_once(everything), strict=True) if is_one}
    return tuple(f for f in view.findings if f in once)


def few_behind(view: View, row: Shown) -> tuple[tuple[str, int], ...]:
    """Return the findings behind a number that fewer than ten ECGs speak of, with how many do."""
    return tuple((r.finding, r.n or 0) for r in parts(view, row) if (r.n or 0) < FEW)


def is_counted(view: View, row: Shown) -> bool:
    """Whether a number is given as counts: fewer than ten ECGs behind it, or behind half of the findings averaged."""
    behind = parts(view, row)
    return 2 * len(few_behind(view, row)) >= len(behind) if behind else False


def counts(view: View, row: Shown) -> tuple[list[Shown], int, int]:
    """Return the single rows behind a proportion, the readings that count in its top, and those in its bottom."""
    rows = [one for part in parts(view, row) for one in singles(view, part) if one.value is not None]
    return rows, sum(round((r.value or 0.0) * (r.n or 0)) for r in rows), sum(r.n or 0 for r in rows)


def read(view: View, reader: str, arm: str, finding: str) -> "NDArray[np.bool_]":
    """Return which ECGs a reader said yes or no of and the reference knows, shape (n_records,)."""
    study = view.result.study
    answered = ~np.isnan(study.calls(reader, arm, finding))
    return answered & ~np.isnan(study.truth(finding)) if study.reference.exists else answered


def ecgs(view: View, who: Who, findings: tuple[str, ...]) -> "NDArray[np.bool_]":
    """Return which ECGs a party read for any of the findings: by any member of a group, shape (n_records,)."""
    masks = [read(view, reader, who.arm, f) for reader in _people(view, who) for f in findings]
    return np.any(masks, axis=0) if masks else np.zeros(len(view.result.study.records), dtype=bool)


def both_ways(view: View, who: Who, arms: tuple[str, str]) -> tuple[int, int]:
    """Return how many ECGs a party read in both arms: the fewest and the most of a group's members."""
    counts_both_ways = []
    for reader in _people(view, who._replace(arm=" - ".join(arms))):
        one, other = arms
        masks = [read(view, reader, one, f) & read(view, reader, other, f) for f in view.findings]
        counts_both_ways.append(int(np.any(masks, axis=0).sum()))
    return (min(counts_both_ways), max(counts_both_ways)) if counts_both_ways else (0, 0)


def common(view: View, rows: list[tuple[Who, Shown]]) -> Common | None:
    """Return what numbers that may stand side by side are of; None where they may not.

    They are of the same findings, and every reader read the same ECGs of each, or nearly all that were read at all.
    """
    behind = {findings_behind(view, row) for _, row in rows}
    if len(behind) != 1:
        return None
    findings = behind.pop()
    everybody = dict.fromkeys((reader, who.arm) for who, _ in rows for reader in _people(view, who))
    cells = np.array([[read(view, reader, arm, f) for f in findings] for reader, arm in everybody])
    if not cells.size:
        return None
    ecgs_read = cells.any(axis=1)
    whole, least = int(cells.any(axis=0).sum()), int(cells.sum(axis=(1, 2)).min())
    if least < NEARLY_ALL * whole:
        return None
    return Common(findings, int(ecgs_read.any(axis=0).sum()), int(ecgs_read.sum(axis=1).min()))


def _people(view: View, who: Who) -> list[str]:
    return view.members(who.reader, who.arm) if who.is_group else [who.reader]
