"""Agreement of all pairs of readers, computed once for all its coefficients.

The five coefficients come from the same joint counts, which are matrix products of readings and resampling weights: no
pair is looked at alone. A study keeps what was made, so that the second coefficient costs nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.stats.agreement.pairwise_agreement import COEFFICIENTS, PairwiseAgreement, pairwise_agreement
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.resampling.many_intervals import intervals_from_replicates

NUMBERS_AT_ONCE = 1 << 20  # of one array of resamples and pairs: as many as stay near the processor
Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Side:
    """Pairs that are averaged: those within a group of readers, or of a program with each of a group.

    Attributes
    ----------
    one, other : str
        Labels of the two sides.
    kind : str
        Of the readers of the first.
    pairs : ndarray of int
        Places among all pairs of the arm.
    """

    one: str
    other: str
    kind: str
    pairs: Places


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmAgreement:
    """One coefficient of all pairs of an arm.

    Attributes
    ----------
    values : ndarray, shape (n_pairs, n_findings)
        NaN where it cannot be computed.
    counts : ndarray of int, shape (3, n_pairs, n_findings)
        ECGs that both read, that either called, on which they differ.
    estimates : Estimates, length n_pairs * (n_findings + 1)
        Pair by pair: every finding, then the mean over findings.
    of_sides : ndarray, shape (n_sides, n_findings, n_resamples)
        The mean over the pairs of each side whose value is known.
    """

    values: Floats
    counts: NDArray[np.int64]
    estimates: Estimates
    of_sides: Floats


def pairs_of(readers: Sequence[str]) -> list[tuple[str, str]]:
    """Return all pairs in the order of the arrays."""
    return list(combinations(readers, 2))


def sides(study: ReaderStudy, readers: Sequence[str]) -> Iterator[Side]:
    """Yield every group of people with itself, and every program with every group."""
    place = {reader: i for i, reader in enumerate(readers)}
    first, second = np.triu_indices(len(readers), k=1)
    for group, everybody in study.human_groups.items():
        members = np.array([place[m] for m in everybody if m in place], dtype=np.intp)
        if len(members) < 2:
            continue
        inside = np.isin(first, members) & np.isin(second, members)
        yield Side(one=group, other=group, kind=study.kind(everybody[0]), pairs=np.flatnonzero(inside))
        for machine in (r for r in readers if study.is_machine(r)):
            place_of_machine = place[machine]
            between = ((first == place_of_machine) & np.isin(second, members)) | (
                (second == place_of_machine) & np.isin(first, members)
            )
            yield Side(one=machine, other=group, kind=study.kind(machine), pairs=np.flatnonzero(between))


def agreement(study: ReaderStudy, arm: str, level: float) -> dict[str, ArmAgreement]:
    """Return every coefficient of all pairs of readers of an arm, by name; made once a study."""
    return study.once(("agreement", arm, level), lambda: _agreement(study, arm, level))


def _agreement(study: ReaderStudy, arm: str, level: float) -> dict[str, ArmAgreement]:
    readers = study.readers_with(arm)
    places = [place for r in readers if (place := study.place(r, arm)) is not None]

    def calls(finding: str) -> Floats:  # one finding at a time: all of them may be gigabytes
        return study.calls_about(finding, places)

    single = [pairwise_agreement(ratings=calls(f), cluster=study.cluster, level=level) for f in study.findings]
    averaged = list(sides(study, readers))
    result = {}
    drawn = _drawn(study, calls, single, averaged)
    n_patients, once = study.n_patients, averaged_once(study.findings)
    counts = np.stack([np.stack([getattr(s, c) for s in single], axis=1) for c in ("n", "n_positive", "n_discordant")])
    for name in COEFFICIENTS:
        alone = [s.estimates(name) for s in single]
        values = np.stack([e.value for e in alone], axis=1)
        averaged_values, averaged_counts = np.where(once, values, np.nan), np.where(once, counts, 0).astype(np.int64)
        mean = _finding_means(name, alone, averaged_values, averaged_counts, drawn[name][0], level, n_patients)
        result[name] = ArmAgreement(
            values=values,
            counts=counts.astype(np.int64),
            estimates=interleaved([*alone, mean]),
            of_sides=drawn[name][1],
        )
    return result


def interleaved(parts: Sequence[Estimates]) -> Estimates:
    """Return the first of every part, then the second of every part, and so on."""
    columns = {f.name: np.stack([getattr(p, f.name) for p in parts], axis=1).ravel() for f in fields(Estimates)}
    return Estimates(**columns)


def _finding_means(
    name: str,
    alone: Sequence[Estimates],
    values: Floats,
    counts: NDArray[np.int64],
    drawn: Floats,
    level: float,
    n_patients: int,
) -> Estimates:
    """Return the mean over findings of every pair, from replicates of shape (n_resamples, n_pairs)."""
    label, n_findings = name_in_words(name), len(alone)
    is_known = ~np.isnan(values)
    n_known = is_known.sum(axis=1)
    mean = np.where(n_known > 0, np.nansum(values, axis=1) / np.maximum(n_known, 1), np.nan)
    words = [
        f"{label}, mean over {n_findings if k == n_findings else f'{k} of {n_findings}'} findings" for k in n_known
    ]
    counted = {
        "n": counts[0].max(axis=1),
        "n_positive": counts[1].sum(axis=1),
        "n_discordant": counts[2].sum(axis=1),
        "n_clusters": n_patients,
    }
    if not len(drawn):
        reason = np.where(n_known > 0, "no resamples were drawn", "no finding's value can be computed")
        return Estimates.of_columns(value=mean, method=words, level=level, reason=reason, **counted)
    estimates = intervals_from_replicates(values=mean, replicates=drawn, labels=words, level=level, **counted)
    reason = np.where(n_known > 0, estimates.reason, "no finding's value can be computed").astype(object)
    return replace(estimates, reason=reason)


def name_in_words(name: str) -> str:
    """Return what a coefficient is called in `method`."""
    return {"kappa": "cohen kappa", "ac1": "gwet ac1"}.get(name, name.replace("_", " "))


def _drawn(
    study: ReaderStudy, calls: Callable[[str], Floats], single: Sequence[PairwiseAgreement], averaged: Sequence[Side]
) -> dict[str, tuple[Floats, Floats]]:
    """Return, over the shared resamples, every pair's mean over findings and every side's mean over pairs.

    Shapes (n_resamples, n_pairs) and (n_sides, n_findings, n_resamples); what is averaged is what has a value.
    """
    n_pairs, n_resamples = len(single[0].n), 0 if study.resamples is None else len(study.resamples)
    once = averaged_once(study.findings)
    is_known = {name: np.stack([~np.isnan(getattr(s, name)) for s in single]) for name in COEFFICIENTS}
    of_pairs = {name: np.zeros((n_resamples, n_pairs)) for name in COEFFICIENTS}
    of_sides = {name: np.zeros((len(averaged), len(single), n_resamples)) for name in COEFFICIENTS}
    member = np.zeros((len(averaged), n_pairs))
    for i, side in enumerate(averaged):
        member[i, side.pairs] = 1.0
    if study.resamples is not None:
        resamples, width = study.resamples, max(1, NUMBERS_AT_ONCE // n_resamples)
        for i, table in enumerate(map(calls, study.findings)):
            for start in range(0, n_pairs, width):
                part = slice(start, min(start + width, n_pairs))
                agreement = pairwise_agreement(
                    ratings=table, weights=resamples.drawn, units=resamples.patients, pairs=part
                )
                for name in COEFFICIENTS:
                    usable, drawn = is_known[name][i, part], getattr(agreement, name)
                    of_sides[name][:, i] += _sums(member[:, part] * usable, drawn)
                    if not once[i]:
                        continue
                    if not usable.all():
                        drawn[:, ~usable] = 0.0
                    of_pairs[name][:, part] += drawn
    for name in COEFFICIENTS:
        with np.errstate(invalid="ignore", divide="ignore"):  # nothing to average is NaN
            of_pairs[name] /= is_known[name][once].sum(axis=0)
            of_sides[name] /= (is_known[name] @ member.T).T[:, :, None]
    return {name: (of_pairs[name], of_sides[name]) for name in COEFFICIENTS}


def _sums(member: Floats, drawn: Floats) -> Floats:
    """Sum the replicates (n_resamples, n_pairs) of the pairs of each side, NaN where one of them is."""
    missing = np.isnan(drawn)
    if not missing.any():
        return np.asarray(member @ drawn.T)
    total = member @ np.where(missing, 0.0, drawn).T
    return np.where(member @ missing.T > 0, np.nan, total)
