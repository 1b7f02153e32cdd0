"""One share of a run: its recordings are looked at, measured and read, and what came of each is put on a shelf.

Nothing that depends on other recordings is decided here: teaching, thresholds, who is left out and what is the same
tracing twice come when the shards are merged, once. A model that learns nothing from this study's recordings reads its
share here; of one that does, what it asks of each recording by itself (``Model.looks``) is worked out.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Look, Model, Recordings
from ecg_eval.domain.facts.shard import ModelInShard, ShardFacts
from ecg_eval.errors import ConfigError, EcgEvalError
from ecg_eval.pipeline.apart.processes import apart
from ecg_eval.pipeline.apart.stand_ins import ModelApart
from ecg_eval.pipeline.executors.executor import OneProcess
from ecg_eval.pipeline.executors.looks import Load
from ecg_eval.pipeline.executors.shelf import name_of
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.shards.shares import Share, dealt, made_from, parts_of
from ecg_eval.pipeline.study.build import Parts, allowed_to_models, build
from ecg_eval.pipeline.study.door import card_of, recording_of
from ecg_eval.pipeline.study.measure import look_at_intervals
from ecg_eval.pipeline.study.model_readings import Asking, ModelRequest, is_apart
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.provenance import digest
from ecg_eval.pipeline.study.read import ReadingWork, model_request
from ecg_eval.pipeline.study.recordings import loader, prepare
from ecg_eval.pipeline.study.screen import is_usable, look, looked_of, policy_of
from ecg_eval.pipeline.study.store import RUNS
from ecg_eval.storage.lock import held
from ecg_eval.storage.shard_folder import PIECE, ShardFolder

LEARNS = "it is taught when the shards are merged, and reads then"
NO_SIGNAL = "it looks at no signal, and answers when the shards are merged"
UNTAUGHT = "it learns, and nothing teaches it"
GAVE_UP = "it read none of the first {n} recordings of the share ({reason}), and is asked when the shards are merged"


@dataclass(frozen=True, kw_only=True)
class ShardOutcome:
    """What a shard left.

    Attributes
    ----------
    folder : Path
    share : Share
    recordings, of_all : int
        In the share, and in the whole run.
    unusable : int
        Recordings of the share that cannot be loaded, or are excluded for what is seen in them.
    models : mapping of str to ModelInShard
    stood : bool
        Whether it had been done before, of the same things.
    """

    folder: Path
    share: Share
    recordings: int
    of_all: int
    unusable: int
    models: Mapping[str, ModelInShard]
    stood: bool


def answers_name(label: str) -> str:
    """Return the name of a model's answers as work that is put on a shelf: a folder's, whatever the model is called."""
    return f"answers-{digest(label)[:16]}"


def make_shard(config: RunConfig, share: Share, *, progress: Progress = silent) -> ShardOutcome:
    """Do one share of the looking, measuring and reading of a run, or what of it has not been done.

    It is done in this process, whatever `executor:` says: a batch system's jobs are the executor.

    Raises
    ------
    EcgEvalError
        When the run cannot be made; what was worked out stays, and the shard goes on there.
    """
    shard = ShardFolder(share.folder(config.out or RUNS / config.name))
    with held(shard.path), speaking_as(config):
        made = build(config)
        parts = parts_of(config, made)
        everything = dealt(parts)
        if share.of > len(everything):
            remedy = "Shares would be empty: ask for fewer."
            raise ConfigError("--shard", "n", f"at most the {len(everything)} recordings", share.of, remedy)
        ids = share.among(everything)
        about = ShardFacts(
            number=share.number,
            of=share.of,
            made_from=made_from(config, made),
            recordings=len(ids),
            ids=digest(ids),
        )
        work = _Work(config, made, parts, ids, shard, progress)
        before = shard.read_facts("Delete the folder, and run the shard again.")
        if before is None or _same(before) != _same(about):
            shard.forget()
            shard.write_facts(about)
        elif before.done and not shard.damaged(before.files):
            return _outcome(work, share, before, len(everything), stood=True)
        looks = _looks(work)
        note = prepare(config, made.dataset, ids, progress).cache
        if note:
            progress([], note)
        _look(work, looks)
        models = {label: _of_model(work, label, looks) for label in made.models}
        about = replace(about, models=models, files=shard.digests(), done=True)
        shard.write_facts(about)
        return _outcome(work, share, about, len(everything), stood=False)


def _same(facts: ShardFacts) -> tuple[object, ...]:
    return facts.number, facts.of, facts.made_from, facts.ids


@dataclass(eq=False)
class _Work:
    """What a shard works on."""

    config: RunConfig
    made: Parts
    parts: Mapping[str, pd.DataFrame]
    ids: list[str]
    shard: ShardFolder
    progress: Progress
    usable: dict[str, bool] = field(default_factory=dict)

    @property
    def pieces(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the ids in pieces, with their numbers."""
        for number, start in enumerate(range(0, len(self.ids), PIECE)):
            yield number, self.ids[start : start + PIECE]

    def of_parts(self, *parts: str) -> set[str]:
        """Return the ids of the share that are in some parts of the split."""
        wanted = {str(record_id) for part in parts for record_id in self.parts[part].index}
        return wanted & set(self.ids)


def _outcome(work: _Work, share: Share, about: ShardFacts, of_all: int, *, stood: bool) -> ShardOutcome:
    if not work.usable:
        _look(work, [])
    return ShardOutcome(
        folder=work.shard.path,
        share=share,
        recordings=about.recordings,
        of_all=of_all,
        unusable=sum(not usable for usable in work.usable.values()),
        models=about.models,
        stood=stood,
    )


@dataclass(frozen=True, eq=False)
class _Wanted:
    """A look that the share's recordings get: for whom ("" for all), how they are loaded, and which of them."""

    label: str
    look: Look
    load: Load
    ids: set[str]
    as_recorded: bool

    @property
    def name(self) -> str:
        return name_of(self.look, as_recorded=self.as_recorded)


def _looks(work: _Work) -> list[_Wanted]:
    """Return the looks that models and the archive's measurements ask for."""
    config, dataset = work.config, work.made.dataset
    limits = policy_of(config.quality).limits
    load = loader(dataset, config.resample_hz, correct=config.quality.correct, limits=limits)
    lessons = Recordings(tuple(r for r in work.ids if r in work.of_parts("train")), load)
    everything = set(work.ids)
    wanted = [
        _Wanted(label, one, load, everything if _learns(model) else work.of_parts("threshold", "test"), False)
        for label, model in work.made.models.items()
        if not (_learns(model) and not config.split.train)
        for one in model.looks(lessons)
    ]
    reference = dataset.reference_measurements()
    if reference is not None:
        wanted.append(_Wanted("", look_at_intervals, partial(recording_of, dataset), work.of_parts("test"), True))
    return wanted


def _learns(model: Model) -> bool:
    kind = model.kind if isinstance(model, ModelApart) else type(model)
    return kind.fit is not Model.fit


def _look(work: _Work, wanted: Sequence[_Wanted]) -> None:
    """Look at the recordings, piece by piece, so that all that is asked of one is asked while it is remembered."""
    policy = policy_of(work.config.quality)
    first = _Wanted("", partial(look, policy), partial(recording_of, work.made.dataset), set(work.ids), True)
    watch = work.progress([str(number) for number, _ in work.pieces], "Looking at signals and measuring")
    for _, (number, ids) in zip(watch, work.pieces, strict=True):
        for record_id, plain in _results(work, first, number, ids).items():
            work.usable[record_id] = is_usable(looked_of(plain), policy)
        for one in wanted:
            _results(work, one, number, [r for r in ids if r in one.ids and work.usable.get(r, False)])


def _results(work: _Work, wanted: _Wanted, number: int, ids: Sequence[str]) -> dict[str, object]:
    """Return what is worked out from the recordings of a piece; what stands already is not done again."""

    def made(record_id: str) -> object:
        return wanted.look(wanted.load, record_id)

    return _stored(work, wanted.name, number, ids, lambda: _each(made, ids))


def _each(make: Callable[[str], object], ids: Sequence[str]) -> dict[str, object]:
    """Return what is made of each recording; one that it cannot be made of is left to the merge, which says why."""
    results = {}
    for record_id in ids:
        try:
            results[record_id] = make(record_id)
        except EcgEvalError:
            continue
    return results


def _stored(
    work: _Work, name: str, number: int, ids: Sequence[str], make: Callable[[], dict[str, object]]
) -> dict[str, object]:
    there = work.shard.read_piece(name, number)
    if there is None:
        results = make()
        work.shard.write_piece(name, number, results)
        return results
    return {record_id: json.loads(result) for record_id, result in there.items()}


def _of_model(work: _Work, label: str, looks: Sequence[_Wanted]) -> ModelInShard:
    """Let a model read its share where it can be read here, and say what was done."""
    model = work.made.models[label]
    if any(one.label == label for one in looks):
        return ModelInShard(how="measured")
    if not model.reads_signals:
        return ModelInShard(how="later", why=NO_SIGNAL)
    if _learns(model):
        return ModelInShard(how="later", why=LEARNS if work.config.split.train else UNTAUGHT)
    request = _request(work, label)
    allowed = allowed_to_models(work.config)
    try:
        if is_apart(model, allowed):
            return apart(lambda: _read(work, label, model, request), f"model {label}", "answers", allowed)
        return _read(work, label, model, request)
    except EcgEvalError as error:
        return ModelInShard(how="later", why=str(error))


def _request(work: _Work, label: str) -> ModelRequest:
    asked = {part: [r for r in work.ids if r in work.of_parts(part)] for part in work.parts}
    reading = ReadingWork(
        config=work.config,
        parts=work.made,
        progress=lambda items, _: silent(items, ""),
        executor=OneProcess(),
        records=pd.concat(list(work.parts.values())),
        labels=None,
        policy=policy_of(work.config.quality),
    )
    return model_request(reading, label, asked)


def _read(work: _Work, label: str, model: Model, request: ModelRequest) -> ModelInShard:
    """Let a model read the share's recordings of the threshold and test folds."""
    asked = work.of_parts("threshold", "test")
    name, read_any = answers_name(label), False
    counts: dict[str, Counter[str]] = {}
    watch = work.progress([str(number) for number, _ in work.pieces], f"{label} reads")
    for _, (number, piece) in zip(watch, work.pieces, strict=True):
        ids = [r for r in piece if r in asked and work.usable[r]]
        asking = Asking(label=label, model=model, request=request, doing="")
        answers = _stored(work, name, number, ids, partial(_answers, asking, ids))
        failed = [answer for answer in answers.values() if isinstance(answer, str)]
        read_any = read_any or len(failed) < len(answers)
        if failed and not read_any:
            return ModelInShard(how="later", why=GAVE_UP.format(n=len(failed), reason=failed[0]))
        for what, by_reason in card_of(model, label).counts.items():
            counts.setdefault(what, Counter()).update(by_reason)
    return ModelInShard(how="read", counts={what: dict(by_reason) for what, by_reason in counts.items()})


def _answers(asking: Asking, ids: Sequence[str]) -> dict[str, object]:
    """Return the scores of each recording, or why it has none."""
    if not ids:
        return {}
    rows = [row for part in asking.in_parts(ids) for row in part]
    return {r: asking.failed.get(r, row.tolist()) for r, row in zip(ids, rows, strict=True)}
