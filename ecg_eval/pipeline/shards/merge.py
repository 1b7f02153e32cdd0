"""All shards of a run become the run: it is made as ever, and takes what recordings gave off the shards' shelves.

So there is one way to make a run, and what the merge leaves is what a run without shards leaves, to the byte in
readings and evaluation. What is not on a shelf (nothing could be worked out from a recording; a look that nobody named
ahead) is worked out here and counted.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.facts.shard import ModelInShard, ShardFacts
from ecg_eval.errors import EcgEvalError, ProblemsError, RunFolderError
from ecg_eval.pipeline.executors.shelf import Make, Shelf
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.shards.make_shard import answers_name
from ecg_eval.pipeline.shards.shares import FOLDER, Share, dealt, differences, made_from, parts_of
from ecg_eval.pipeline.study.build import build
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.provenance import digest
from ecg_eval.pipeline.study.run import RunOutcome, run
from ecg_eval.pipeline.study.store import RUNS
from ecg_eval.storage.shard_folder import PIECE, SHARD_FILE, ShardFolder

_NAMED = 5  # things that differ, missing shards


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A run made of shards.

    Attributes
    ----------
    run : RunOutcome
    shards : int
    recordings : int
    here : dict of str to str
        Models that read here -> why.
    again : int
        Times that something was worked out here because no shard had it.
    """

    run: RunOutcome
    shards: int
    recordings: int
    here: dict[str, str]
    again: int


def merge(
    config: RunConfig, folders: Sequence[Path] = (), *, plan: PlanFacts | None = None, progress: Progress = silent
) -> Merged:
    """Make a run of its shards.

    Parameters
    ----------
    config : RunConfig
    folders : sequence of Path
        The shards' folders, or folders that hold a folder `shards` of them; those in the run folder when not given.
    plan : PlanFacts, optional
        As for ``run``.
    progress : callable

    Raises
    ------
    ProblemsError
        When a shard is missing, given twice, half made, damaged, or made from something else; each is named.
    """
    run_folder = config.out or RUNS / config.name
    with speaking_as(config):
        made = build(config)
        ids = dealt(parts_of(config, made))
        shelf = _checked(_shards_in(folders or [run_folder]), ids, made_from(config, made))
    outcome = run(config, plan=plan, progress=progress, shelf=shelf)
    here = {plug.label: shelf.model(plug.label).why for plug in config.models if shelf.model(plug.label).how == "later"}
    return Merged(run=outcome, shards=len(shelf.shards), recordings=len(ids), here=here, again=shelf.again.total())


def _shards_in(folders: Sequence[Path]) -> list[Path]:
    """Return the shards' folders that are named, or that stand in those that are."""
    shards = []
    for folder in folders:
        inside = sorted(path.parent for path in (folder / FOLDER).glob(f"*/{SHARD_FILE}"))
        if not inside and not (folder / SHARD_FILE).is_file():
            remedy = "Name the run folder, or the folders that `ecg-eval run CONFIG --shard i/n` wrote."
            raise RunFolderError(str(folder), "folder", "that of a shard, or one that holds shards", remedy=remedy)
        shards += inside or [folder]
    return shards


def _checked(paths: Sequence[Path], ids: Sequence[str], ours: Mapping[str, str]) -> "Shelves":
    """Return the shelf of all shards, or say everything that is wrong with them."""
    by_number: dict[int, tuple[ShardFolder, ShardFacts]] = {}
    problems: list[EcgEvalError] = []
    sizes: dict[int, Path] = {}
    for path in paths:
        shard = ShardFolder(path)
        facts = shard.read_facts("Delete the folder, and run that shard again.")
        if facts is None:
            problems.append(RunFolderError(str(path), "folder", f"that of a shard, which holds {SHARD_FILE}"))
            continue
        sizes.setdefault(facts.of, path)
        if facts.number in by_number and by_number[facts.number][1].of == facts.of:
            first = by_number[facts.number][0].path
            rule, remedy = "given once", f"{first} is the same shard: name one of the two."
            problems.append(RunFolderError(str(path), f"shard {facts.number}/{facts.of}", rule, "twice", remedy))
            continue
        by_number[facts.number] = (shard, facts)
        problems += _problems(shard, facts, ids, ours)
    if len(sizes) > 1:
        came = ", ".join(f"1/{n} ({path})" for n, path in sorted(sizes.items()))
        remedy = "Name the shards of one run, or delete the folders of the other."
        problems.append(RunFolderError("merge", "shards", "of one n", came, remedy))
    else:
        problems += _missing(by_number, next(iter(sizes), 0))
    if problems:
        raise ProblemsError("merge", problems)
    return Shelves([by_number[number] for number in sorted(by_number)], ids)


def _missing(there: Mapping[int, object], of: int) -> list[EcgEvalError]:
    missing = [number for number in range(1, of + 1) if number not in there]
    if not missing:
        return []
    named = ", ".join(f"{number}/{of}" for number in missing[:_NAMED])
    more = f" and {len(missing) - _NAMED} others" if len(missing) > _NAMED else ""
    remedy = f"Make it with `ecg-eval run CONFIG --shard {missing[0]}/{of}`, or name its folder too."
    return [RunFolderError("merge", "shards", f"all {of}", f"without {named}{more}", remedy)]


def _problems(shard: ShardFolder, facts: ShardFacts, ids: Sequence[str], ours: Mapping[str, str]) -> list[EcgEvalError]:
    """Return what is wrong with a shard by itself."""
    who, share = str(shard.path), Share(facts.number, facts.of)
    again = f"Run `ecg-eval run CONFIG --shard {share}` again"
    differing = differences(ours, facts.made_from)
    if differing:
        more = [f"{len(differing) - _NAMED} others"] if len(differing) > _NAMED else []
        rule = "made from the same as this merge"
        came = f"others in {len(differing)}: {'; '.join([*differing[:_NAMED], *more])}"
        return [RunFolderError(who, f"shard {share}", rule, came, f"{again}, or merge with what it was made from.")]
    if facts.ids != digest(share.among(ids)):
        return [RunFolderError(who, f"shard {share}", "of the recordings of this run", "others", f"{again}.")]
    if not facts.done:
        rule, remedy = "done", f"{again}: it goes on where it was."
        return [RunFolderError(who, f"shard {share}", rule, "one that was broken off, or goes on", remedy)]
    damaged = shard.damaged(facts.files)
    if damaged:
        came = f"damaged or gone: {', '.join(damaged[:_NAMED])}"
        return [RunFolderError(who, f"files of shard {share}", "as it left them", came, f"{again}.")]
    return []


class Shelves(Shelf):
    """What the shards of a run left, asked by work and recording.

    Parameters
    ----------
    shards : list of (ShardFolder, ShardFacts)
        All, by number.
    ids : sequence of str
        All recordings, in the order in which they were dealt out.

    Attributes
    ----------
    again : Counter of str
        Work -> how many recordings it was done for here because no shard had it.
    """

    def __init__(self, shards: list[tuple[ShardFolder, ShardFacts]], ids: Sequence[str]) -> None:
        self.shards, self.again = shards, Counter[str]()
        self._places = {record_id: place for place, record_id in enumerate(ids)}
        self._work = ""
        self._open: dict[int, tuple[int, dict[str, str]]] = {}  # of one work, the last piece of each shard

    @cached_property
    def _works(self) -> set[str]:
        return {work for shard, _ in self.shards for work in shard.works()}

    def results(self, work: str, ids: Sequence[str], make: Make) -> Iterator[object]:
        """Yield what is worked out from each recording; see ``Shelf.results``."""
        if work not in self._works:  # others may share in it
            self.again[work] += len(ids)
            yield from make(ids)
            return
        for record_id in ids:
            stored = self._stored(work, record_id)
            if stored is None:
                self.again[work] += 1
                yield from make([record_id])
            else:
                yield json.loads(stored)

    def model(self, label: str) -> ModelInShard:
        """Return what all shards have of a model: the least that one of them has."""
        of_shards = [facts.models[label] for _, facts in self.shards]
        counts: dict[str, Counter[str]] = {}
        for one in of_shards:
            for what, by_reason in one.counts.items():
                counts.setdefault(what, Counter()).update(by_reason)
        later = next((one for one in of_shards if one.how == "later"), None)
        return later or replace(of_shards[0], counts={what: dict(n) for what, n in counts.items()})

    def answers(self, label: str, ids: Sequence[str]) -> Iterator[object]:
        """Yield a model's answer about each recording; see ``Shelf.answers``."""
        for record_id in ids:
            stored = self._stored(answers_name(label), record_id)
            self.again[answers_name(label)] += stored is None
            yield None if stored is None else json.loads(stored)

    def _stored(self, work: str, record_id: str) -> str | None:
        """Return what a shard worked out from a recording, in JSON; None for nothing."""
        if work != self._work:
            self._work, self._open = work, {}
        place = self._places[record_id]
        number, piece = place % len(self.shards), place // len(self.shards) // PIECE
        if self._open.get(number, (-1, {}))[0] != piece:
            self._open[number] = piece, self.shards[number][0].read_piece(work, piece) or {}
        return self._open[number][1].get(record_id)
