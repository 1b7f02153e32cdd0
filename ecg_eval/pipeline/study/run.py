"""A run, from configuration to report; and what is made again from a folder that a run left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from ecg_eval.config.load import config_to_yaml, make_config, read_yaml
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.result import StudyResult
from ecg_eval.errors import RunFolderError
from ecg_eval.pipeline.executors.executor import Executor
from ecg_eval.pipeline.executors.shelf import Shelf
from ecg_eval.pipeline.oddities import odd_lines
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import build, make_sections
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.pseudonyms import hidden_config
from ecg_eval.pipeline.study.secret_key import pseudonyms_of
from ecg_eval.pipeline.study.spread import executor_of
from ecg_eval.pipeline.study.stages import STAGES, Work, do_stages, pages_of, read_result, report_stage, stages_of
from ecg_eval.pipeline.study.store import RUNS, store_uri
from ecg_eval.reports.sections.oddities import oddities_of
from ecg_eval.storage.lock import held
from ecg_eval.storage.run_folder import RunFolder
from ecg_eval.tracking.ledger import Ledger
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.mlflow_tracker import TrackingOutcome, log_to_mlflow


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """What a run left.

    Attributes
    ----------
    folder : Path
    headline : list of str
        The answer in words.
    reports : list of Path
    tracking : str
        What came of logging, in a sentence.
    tracked : bool
        Whether anything was to be logged.
    ledger : Ledger or None
        How often the test set was scored, and by which models, as the store has it; None where it was not counted.
    looks : list of str
        The same in sentences, or why it could not be counted.
    stages_done : list of str
        Stages that were done; those not named stood already.
    failed : dict of str to str
        Each model and panel that left no reading because it failed, and the reference that could not be formed ->
        why.
    left_out : dict of str to int
        How many rows each stage left out.
    odd : list of str
        What is odd in the data, one line a kind.
    compared : str
        How it was told whether signals changed since they were read; empty where the data's digests cover them.
    note : str
        What could not be done as usual without harm to the numbers; empty where all is well.
    seconds : float
    """

    folder: Path
    headline: list[str]
    reports: list[Path]
    tracking: str
    stages_done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)
    tracked: bool = True
    ledger: Ledger | None = None
    looks: list[str] = field(default_factory=list)
    compared: str = ""
    note: str = ""
    seconds: float = 0.0


def run(
    config: RunConfig, *, plan: PlanFacts | None = None, progress: Progress = silent, shelf: Shelf | None = None
) -> RunOutcome:
    """Do what a configuration says, or what of it has not been done.

    Parameters
    ----------
    config : RunConfig
    plan : PlanFacts, optional
        The locked plan beside the configuration, for report and tracking (``pipeline.locked_plan``).
    progress : callable
    shelf : Shelf, optional
        Where results of earlier work on the same recordings stand.

    Raises
    ------
    EcgEvalError
        When the run cannot be made; files of finished stages stay.
    """
    start = perf_counter()
    folder = RunFolder(config.out or RUNS / config.name)
    with held(folder.path), speaking_as(config), executor_of(config) as executor:
        executor.shelf = shelf
        return _run_in(folder, config, plan, progress, start, executor)


def _run_in(
    folder: RunFolder,
    config: RunConfig,
    plan: PlanFacts | None,
    progress: Progress,
    start: float,
    executor: Executor,
) -> RunOutcome:
    names = pseudonyms_of(config)
    if names is None:
        folder.write_text("run.yaml", config_to_yaml(config))
    work = Work(
        config=config,
        parts=build(config),
        folder=folder,
        progress=progress,
        start=start,
        executor=executor,
        plan=plan,
    )
    stages = stages_of(work)
    stages_done = do_stages(folder, stages[:1])
    if names is not None:  # who the readers are is known now, and none is named from here on
        config = hidden_config(config, folder.read_readers().index, names)
        folder.write_text("run.yaml", config_to_yaml(config))
        work = replace(work, config=config)
        stages = (stages[0], *stages_of(work)[1:])
    stages_done += do_stages(folder, stages[1:])
    result = work.result
    facts = result.provenance
    tracked = track(config, result, folder.path)
    return RunOutcome(
        folder=folder.path,
        headline=headline(config, result),
        reports=pages_of(config, folder),
        tracking=tracked.message,
        ledger=tracked.ledger,
        looks=tracked.looks,
        stages_done=stages_done,
        left_out={str(k): int(n) for k, n in result.left_out["stage"].value_counts().items()},
        tracked=config.tracking.enabled,
        odd=odd_lines(oddities_of(result)),
        failed=facts.failed,
        compared=_compared(len(work.parts.dataset.signal_files()), config.verify),
        note=facts.recordings.cache if facts.recordings else "",
        seconds=perf_counter() - start,
    )


def _compared(n_files: int, verify: str) -> str:
    if not n_files:
        return ""
    if verify == "full":
        return f"Signals were compared by all that is in their {n_files:,} files."
    return f"Signals were compared by size and time of their {n_files:,} files; `verify: full` reads them all."


def rebuild_report(run_dir: Path) -> list[Path]:
    """Write the report anew from the run folder alone; return the pages.

    Raises
    ------
    RunFolderError
        When the folder is no run folder, or lacks a file.
    """
    folder = checked_folder(run_dir, but=("report",))
    with held(run_dir):
        config = config_of(run_dir)
        with speaking_as(config):
            stage = report_stage(config, folder, lambda: read_result(config, folder))
            inputs = stage.depends_on()
            stage.make()
            folder.stage_done(stage.name, inputs=inputs, files=stage.leaves)
    return pages_of(config, folder)


def track_again(run_dir: Path) -> str:
    """Log a finished run to MLflow (again); return what came of it, and how often its test set was scored."""
    folder = checked_folder(run_dir)
    with held(run_dir):
        config = config_of(run_dir)
        with speaking_as(config):
            tracked = track(config, read_result(config, folder), run_dir)
    return "\n".join([tracked.message, *([" ".join(tracked.looks)] if tracked.looks else [])])


def checked_folder(run_dir: Path, *, but: Sequence[str] = ()) -> RunFolder:
    """Return a run's folder whose files are as the run left them.

    Parameters
    ----------
    run_dir : Path
    but : sequence of str
        Stages that are about to be made again, or do not matter.

    Raises
    ------
    RunFolderError
        When it is no run folder, or is unfinished or damaged.
    """
    folder = RunFolder(run_dir)
    folder.check([stage for stage in STAGES if stage not in but])
    return folder


def config_of(run_dir: Path) -> RunConfig:
    """Return the configuration that a run folder was made from."""
    if not (run_dir / "run.yaml").is_file():
        remedy = "Name the folder that `ecg-eval run` wrote."
        raise RunFolderError(str(run_dir), "run folder", "one that holds run.yaml", remedy=remedy)
    raw = read_yaml(run_dir / "run.yaml")
    if not isinstance(raw, dict):
        raise RunFolderError(
            str(run_dir / "run.yaml"), "file", "the configuration that a run wrote", type(raw).__name__
        )
    return make_config(raw, who=str(run_dir / "run.yaml"))


def track(config: RunConfig, result: StudyResult, run_dir: Path) -> TrackingOutcome:
    """Log a result to MLflow and say what came of it; never raise because of the store."""
    experiment = config.tracking.experiment
    if not config.tracking.enabled:
        off = "Tracking is switched off in the configuration."
        return TrackingOutcome(logged=False, uri="", experiment=experiment, message=off)
    return log_to_mlflow(
        log_items(result, sentences_of=said_of(result), split=folds_of(config)),
        uri=store_uri(config),
        experiment=experiment,
        run_folder=run_dir,
        log_later=f"Log it later with `ecg-eval track {run_dir}`.",
        limit_s=config.tracking.limit_s,
    )


def folds_of(config: RunConfig) -> dict[str, tuple[int, ...]]:
    """Return which folds of the dataset were for what; empty for a dataset that is read whole."""
    split = config.split
    return {"train": split.train, "threshold": split.threshold, "test": split.test}


def said_of(result: StudyResult) -> Callable[[str, bool], list[str]]:
    """Return what the report says of each reader or group, by label and whether it is a group's."""
    from ecg_eval.reports.sentences import about
    from ecg_eval.reports.view import look

    return lambda label, is_group: about(look(result, "en"), label, is_group=is_group)


def headline(config: RunConfig, result: StudyResult) -> list[str]:
    """Return the report's first paragraphs: the answer in words, in the first of its languages."""
    from ecg_eval.reports.build import blocks_of, paragraphs_of

    first = next(iter(make_sections(config)), None)
    blocks = blocks_of(first, result, language=config.report.languages[0]) if first else []
    return [paragraph.text for paragraph in paragraphs_of(blocks)]
