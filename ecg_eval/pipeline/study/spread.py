"""The work of a run, shared by the processes of an executor: what is worked out from each recording, and each metric.

Another process makes the dataset anew from the configuration and loads the recordings itself, and reads the study from
the run folder: nothing travels but ids, names and what was worked out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import lru_cache, partial
from typing import TypeVar, cast

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Metric, Recordings
from ecg_eval.domain.evaluation import Row, Rows
from ecg_eval.domain.facts.provenance import StudyFacts
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.errors import ClusterError, EcgEvalError, InputFileError
from ecg_eval.pipeline.apart.processes import is_outside
from ecg_eval.pipeline.executors.executor import Executor, OneProcess
from ecg_eval.pipeline.executors.looks import Load, Watch, looked_at_here
from ecg_eval.pipeline.executors.shelf import name_of
from ecg_eval.pipeline.study.build import allowed_to_others, make_dataset, make_metrics
from ecg_eval.pipeline.study.door import recording_of
from ecg_eval.pipeline.study.evaluate import Asked, RowsBy, ask
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.provenance import code_digest, digest, packages
from ecg_eval.pipeline.study.recordings import loader
from ecg_eval.pipeline.study.screen import policy_of
from ecg_eval.storage.run_folder import FACTS_FILE, STUDY_FILES, RunFolder

T = TypeVar("T")
_AT_ONCE = 64  # recordings in one piece of work


def identity() -> str:
    """Return what must be the same in every process that takes part in a run."""
    return digest(code_digest(), packages())


@contextmanager
def executor_of(config: RunConfig) -> Iterator[Executor]:
    """Provide the executor that a configuration names, for as long as a run goes on.

    Raises
    ------
    InputFileError
        When Dask is not installed.
    ClusterError
        When a cluster of this machine does not come up.
    """
    chosen = config.executor
    if chosen.name == "process":
        yield OneProcess()
        return
    try:
        import distributed  # noqa: F401 - looked for before anything is started
    except ImportError:
        remedy = 'Install it with: pip install "ecg-eval[cluster]".'
        raise InputFileError("executor", "package distributed", "installed", remedy=remedy) from None
    from ecg_eval.pipeline.executors.dask_cluster import DaskCluster, local_cluster

    there = nullcontext(chosen.scheduler) if chosen.scheduler else local_cluster(chosen.workers, limit_s=chosen.limit_s)
    with there as address:
        yield DaskCluster(str(address), identity=identity, limit_s=chosen.limit_s)


def recordings_for(config: RunConfig, executor: Executor, recordings: Recordings) -> Recordings:
    """Return recordings whose `each` is shared by the executor's processes, where there are any."""
    if not executor.shares and executor.shelf is None:
        return recordings
    return replace(recordings, share=partial(_shared, config, executor))


def looked_at(
    config: RunConfig,
    executor: Executor,
    load: Load,
    ids: Sequence[str],
    look: Callable[[Load, str], T],
    watch: Watch,
) -> Iterator[T]:
    """Yield what is worked out from each recording as it was recorded, in their order.

    Parameters
    ----------
    config : RunConfig
    executor : Executor
    load : callable
        Record id -> Recording, for this process.
    ids : sequence of str
    look : callable
        (load, record id) -> what is worked out; a function of a module, or a ``partial`` of one.
    watch : callable
        Wraps the ids (a progress bar).
    """
    if not executor.shares and executor.shelf is None:
        return looked_at_here(load, ids, look, watch)
    return _shared(config, executor, look, Recordings(tuple(ids), load, watch), as_recorded=True)


def _shared(
    config: RunConfig,
    executor: Executor,
    look: Callable[[Load, str], T],
    recordings: Recordings,
    *,
    as_recorded: bool = False,
) -> Iterator[T]:
    def make(ids: Sequence[str]) -> Iterator[T]:
        some = replace(recordings, ids=tuple(ids), watch=iter)
        if executor.shares:
            return _in_pieces(config, executor, look, some, as_recorded=as_recorded)
        return looked_at_here(some.load, some.ids, look, iter)

    shelf, ids = executor.shelf, recordings.ids
    outcomes = make(ids) if shelf is None else shelf.results(name_of(look, as_recorded=as_recorded), ids, make)
    for _, outcome in zip(recordings.watch(ids), outcomes, strict=True):
        yield cast("T", outcome)


def _in_pieces(
    config: RunConfig,
    executor: Executor,
    look: Callable[[Load, str], T],
    recordings: Recordings,
    *,
    as_recorded: bool,
) -> Iterator[T]:
    """Yield what the executor's processes work out, in the order of the recordings."""
    ids = recordings.ids
    pieces = [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
    config = config.model_copy(update={"data_root": config.data_root.absolute()})
    results = executor.results(partial(_piece, config, look, as_recorded), pieces)
    outcomes = (one for piece in results for one in piece)
    for record_id, one in zip(ids, outcomes, strict=True):
        if isinstance(one, EcgEvalError):
            recordings.load(record_id)  # whoever asked is told which one it was
            raise one
        yield one


def _piece(
    config: RunConfig, look: Callable[[Load, str], T], as_recorded: bool, ids: Sequence[str]
) -> list[T | EcgEvalError]:
    """Return what is worked out from some recordings, or why it cannot be."""
    outcomes: list[T | EcgEvalError] = []
    with speaking_as(config):
        load = _loader_of(config.model_dump_json(), as_recorded)
        for record_id in ids:
            try:
                outcomes.append(look(load, record_id))
            except EcgEvalError as error:
                outcomes.append(error)
    return outcomes


@lru_cache(maxsize=2)
def _loader_of(values: str, as_recorded: bool) -> Load:
    """Return what loads the recordings of a configuration, kept in this process for the next piece of work."""
    config = RunConfig.model_validate_json(values)
    dataset = make_dataset(config)
    if as_recorded:
        return partial(recording_of, dataset)
    limits = policy_of(config.quality).limits
    return loader(dataset, config.resample_hz, correct=config.quality.correct, limits=limits)


def study_in(folder: RunFolder, config: RunConfig) -> tuple[StudyFacts, ReaderStudy]:
    """Return the study that a run folder holds as a configuration asks about it, and the facts about it."""
    facts = folder.read_facts(StudyFacts, FACTS_FILE)
    answers = AnswerPolicy(uncertain=config.answers.uncertain, refer=config.answers.refer)
    study = folder.read_study(facts.reference, answers, facts.groups)
    return facts, study.declaring(config.design, config.adjust_for)


def rows_by(config: RunConfig, executor: Executor, folder: RunFolder) -> RowsBy | None:
    """Return who makes the rows of metrics: the executor's processes, where there are any; None for this process.

    Metrics from outside, and all where limits are set, are asked by this process, which can keep them apart.
    """
    allowed = allowed_to_others(config)
    if not executor.shares or allowed.is_limited:
        return None
    digest = folder.digest((*STUDY_FILES, FACTS_FILE))
    values = config.model_copy(update={"data_root": config.data_root.absolute()}).model_dump_json()
    task = partial(_rows_there, values, RunFolder(folder.path.absolute()), digest)

    def made(asked: Asked, metrics: Sequence[Metric]) -> Iterator[list[Row | Rows]]:
        shared = executor.results(task, [m.name for m in metrics if not is_outside(type(m))])
        for metric in metrics:
            yield asked.rows(metric, allowed) if is_outside(type(metric)) else next(shared)

    return made


def _rows_there(values: str, folder: RunFolder, digest: str, name: str) -> list[Row | Rows]:
    """Return the rows of a metric, in another process."""
    config = RunConfig.model_validate_json(values)
    with speaking_as(config):
        asked, metrics = _asked_there(values, folder, digest)
        return asked.rows(metrics[name])


@lru_cache(maxsize=1)
def _asked_there(values: str, folder: RunFolder, digest: str) -> tuple[Asked, dict[str, Metric]]:
    """Return the study of a run folder and the metrics of a configuration, kept for the next piece of work."""
    if not all((folder.path / name).is_file() for name in STUDY_FILES) or (
        folder.digest((*STUDY_FILES, FACTS_FILE)) != digest
    ):
        raise ClusterError("executor", f"run folder {folder.path}", "the same for every worker", "another, or none")
    config = RunConfig.model_validate_json(values)
    made = make_metrics(config)
    asked = ask(
        study_in(folder, config)[1],
        seed=config.seed,
        level=config.intervals.level,
        n_resamples=config.intervals.resamples,
        subgroups=config.subgroups,
        reader_subgroups=config.reader_subgroups,
        target_population=config.target_population,
    )
    return asked, {metric.name: metric for metric in made}
