"""Which recordings two archives (or two runs) share: by what is known of archives, and by the tracings themselves."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.domain.signal_digest import signal_digest
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import make_dataset
from ecg_eval.pipeline.study.run import checked_folder

_NAMED = 10


@dataclass(frozen=True)
class Tracings:
    """The tracings of one archive or run.

    Attributes
    ----------
    name : str
        Name of the dataset.
    related : frozenset of str
        Archives that share its recordings.
    digests : dict of record id to signal digest
    unreadable : int
        Recordings that could not be read, and so not compared.
    """

    name: str
    related: frozenset[str]
    digests: dict[str, str]
    unreadable: int = 0


@dataclass(frozen=True, eq=False)
class Overlap:
    """What two archives share.

    Attributes
    ----------
    first, second : Tracings
    by_lineage : bool
        Whether the archives are known to hold the same recordings.
    shared : DataFrame
        One row a pair of the same tracing: `first`, `second` (record ids), `sha256`.
    """

    first: Tracings
    second: Tracings
    by_lineage: bool
    shared: pd.DataFrame


def overlap(first: Path, second: Path, *, progress: Progress = silent) -> Overlap:
    """Return what two archives share, each named by a run's configuration or by the folder that a run left.

    Raises
    ------
    EcgEvalError
        When one of them is neither, or its archive is not there.
    """
    return overlap_of(tracings_of(first, progress), tracings_of(second, progress))


def overlap_of(first: Tracings, second: Tracings) -> Overlap:
    """Return what two sets of tracings share."""
    left, right = (
        pd.DataFrame({name: list(t.digests), "sha256": list(t.digests.values())}, dtype="string")
        for name, t in (("first", first), ("second", second))
    )
    same = left.merge(right, on="sha256")[["first", "second", "sha256"]]
    return Overlap(first, second, share_by_lineage(first, second), same)


def share_by_lineage(first: Tracings, second: Tracings) -> bool:
    """Whether two archives are one, or are known to hold the same recordings."""
    return first.name == second.name or first.name in second.related or second.name in first.related


def tracings_of(place: Path, progress: Progress = silent) -> Tracings:
    """Return the tracings of a run's folder, or of the archive that a configuration names."""
    if place.is_dir():
        return tracings_of_run(place)
    dataset = make_dataset(load_config(place))
    for problem in dataset.problems():
        raise problem
    records = dataset.records()
    digests: dict[str, str] = {}
    there = list(records.index[records["has_signal"]])
    for record_id in progress(there, f"Reading {dataset.name}"):
        try:
            digests[record_id] = signal_digest(dataset.load(record_id))
        except EcgEvalError:  # counted below
            continue
    related = dataset.related()
    return Tracings(dataset.name, related, digests, unreadable=len(there) - len(digests))


def tracings_of_run(run_dir: Path) -> Tracings:
    """Return the tracings that a run read, from its folder alone.

    Raises
    ------
    RunFolderError
        When it is no run folder.
    """
    folder = checked_folder(run_dir, but=("report",))
    dataset = folder.read_provenance().dataset
    table = folder.read_signal_digests()
    digests = dict(zip(table["record_id"], table["sha256"], strict=True))
    return Tracings(dataset.name, frozenset(dataset.lineage), digests)


def overlap_text(overlap: Overlap) -> str:
    """Return an overlap in words."""
    first, second = overlap.first, overlap.second
    lines = []
    if overlap.by_lineage:
        lines.append(f"{first.name} and {second.name} hold the same recordings, as far as archives are known.")
    else:
        lines.append(f"{first.name} and {second.name} are not known to share recordings.")
    for side, tracings in (("first", first), ("second", second)):
        n = overlap.shared[side].nunique()
        unread = f"; {tracings.unreadable} cannot be read and are not compared" if tracings.unreadable else ""
        lines.append(f"{tracings.name}: {n} of {len(tracings.digests)} tracings are also in the other{unread}.")
    pairs = [f"{a} = {b}" for a, b in overlap.shared[["first", "second"]].head(_NAMED).itertuples(index=False)]
    more = len(overlap.shared) - len(pairs)
    if pairs:
        lines.append(f"The same: {', '.join(pairs)}{f' and {more} more' if more else ''}.")
    lines.append("Copies that were resampled, filtered, cut or scaled are not recognised by their tracings.")
    return "\n".join(lines)
