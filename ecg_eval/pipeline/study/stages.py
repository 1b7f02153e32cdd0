"""The stages of a run as values, and the loop that does those that do not stand."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter

from ecg_eval.config.load import config_to_dict
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.plain import to_plain
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.oddities import oddities
from ecg_eval.domain.result import StudyResult
from ecg_eval.errors import PluginError
from ecg_eval.pipeline.executors.executor import Executor, OneProcess
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.build import Parts, allowed_to_others, make_sections
from ecg_eval.pipeline.study.evaluate import evaluate_study
from ecg_eval.pipeline.study.measure import measurement_rows, measurements_table
from ecg_eval.pipeline.study.plugin_digest import plugin_digests
from ecg_eval.pipeline.study.pseudonyms import hidden
from ecg_eval.pipeline.study.read import make_study
from ecg_eval.pipeline.study.secret_key import pseudonyms_of
from ecg_eval.pipeline.study.spread import looked_at, rows_by, study_in
from ecg_eval.pipeline.study.store import registered
from ecg_eval.storage.run_folder import (
    EVALUATION_FILES,
    EXPLANATION_FILES,
    FACTS_FILE,
    MEASUREMENTS_FILE,
    ODDITIES_FILE,
    PROVENANCE_FILE,
    QUALITY_FILE,
    SIGNAL_DIGESTS_FILE,
    STUDY_FILES,
    RunFolder,
)

STAGES = ("study", "measurements", "evaluation", "report")


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """What the stages of one run work on.

    Attributes
    ----------
    config : RunConfig
    parts : Parts
    folder : RunFolder
    progress : callable
    start : float
        When the run began, as ``perf_counter`` says it.
    executor : Executor
        Who reads, measures and evaluates.
    plan : PlanFacts or None
        The locked plan beside the configuration.
    """

    config: RunConfig
    parts: Parts
    folder: RunFolder
    progress: Progress
    start: float
    executor: Executor = field(default_factory=OneProcess)
    plan: PlanFacts | None = None

    @cached_property
    def result(self) -> StudyResult:
        """Return what the stages before the report have left, read once for the report and for all that is said."""
        return read_result(self.config, self.folder)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One stage of a run.

    Attributes
    ----------
    name : str
    depends_on : callable
        () -> digest of all that its result depends on; called when the stages before it are done.
    leaves : tuple of str
        Names of its files in the run folder; empty for a stage that this run has nothing to do in.
    make : callable
        Leaves the files.
    """

    name: str
    depends_on: Callable[[], str]
    leaves: tuple[str, ...]
    make: Callable[[], object]


def stages_of(work: Work) -> tuple[Stage, ...]:
    """Return the stages of a run in their order."""
    data = work.parts.dataset.digests()
    files = work.parts.dataset.signal_files()
    signals = provenance.signals_digest(files, full=work.config.verify == "full")
    return (
        _study_stage(work, data, signals),
        _measurements_stage(work, data, signals),
        _evaluation_stage(work),
        report_stage(work.config, work.folder, lambda: work.result),
    )


def do_stages(folder: RunFolder, stages: Iterable[Stage]) -> list[str]:
    """Do the stages whose files or inputs are not as they left them; return the names of those that were done."""
    done = []
    for stage in stages:
        inputs = stage.depends_on()
        if folder.stage_stands(stage.name, inputs=inputs):
            continue
        stage.make()
        folder.stage_done(stage.name, inputs=inputs, files=stage.leaves)
        if stage.leaves:
            done.append(stage.name)
    return done


def made_of(config: RunConfig, *kinds: str) -> list[dict[str, str]]:
    """Return the code and files of the plug-ins of some kinds, as the registry names them, in their order."""
    plugs = {
        "datasets": (config.dataset,),
        "models": config.models,
        "panels": config.panels,
        "references": (config.reference,),
        "metrics": config.metrics,
        "sections": config.report.sections,
    }
    made = [plugin_digests(kind, plug, root=config.data_root) for kind in kinds for plug in plugs[kind]]
    # a version of a registered model does not change; the alias that names it may move to another
    return [*made, *(registered(plug, config) for plug in config.models if "models" in kinds)]


def _study_stage(work: Work, data: Mapping[str, str], signals: str) -> Stage:
    """Return the stage of the study's tables and of the facts about how they came about."""
    parts, folder = work.parts, work.folder

    def make() -> None:
        made = hidden(
            make_study(work.config, parts, work.progress, work.executor), pseudonyms_of(work.config), work.config
        )
        folder.write_study(made.study, made.left_out, made.quality)
        folder.write_signal_digests(made.signal_digests)
        why = made.explained
        folder.write_explanations(None if why is None else why.table, None if why is None else why.maps)
        folder.write_facts(FACTS_FILE, made.facts)

    def depends_on() -> str:
        plugins = made_of(work.config, "datasets", "models", "panels", "references")
        return provenance.study_inputs(work.config, data, [*plugins, *(p.digests() for p in parts.panels)], signals)

    explaining = () if work.config.explanations is None else EXPLANATION_FILES
    return Stage(
        name="study",
        depends_on=depends_on,
        leaves=(*STUDY_FILES, QUALITY_FILE, SIGNAL_DIGESTS_FILE, FACTS_FILE, *explaining),
        make=make,
    )


def _measurements_stage(work: Work, data: Mapping[str, str], signals: str) -> Stage:
    """Return the stage of measured beside reference intervals, where the archive gives a reference."""
    dataset, folder = work.parts.dataset, work.folder
    reference = dataset.reference_measurements()

    def depends_on() -> str:
        table = "" if reference is None else reference.to_csv()
        read = folder.digest(["records.parquet"])
        return provenance.digest(read, data, signals, table, provenance.packages(), provenance.code_digest())

    def make() -> None:
        table = None
        if reference is not None:
            each = partial(looked_at, work.config, work.executor)
            table = measurements_table(dataset, folder.read_records(), reference, work.progress, each)
        folder.write_measurements(table)

    leaves = () if reference is None else (MEASUREMENTS_FILE,)
    return Stage(name="measurements", depends_on=depends_on, leaves=leaves, make=make)


def _evaluation_stage(work: Work) -> Stage:
    """Return the stage of the estimates and of the provenance of all that led to them."""
    config, folder = work.config, work.folder

    def depends_on() -> str:
        measured = (folder.path / MEASUREMENTS_FILE).is_file()
        read = (*STUDY_FILES, FACTS_FILE, *([MEASUREMENTS_FILE] if measured else []))
        made_from = provenance.evaluation_inputs(config, folder.digest(read), made_of(config, "metrics"))
        return made_from if work.plan is None else provenance.digest(made_from, to_plain(work.plan))

    def make() -> None:
        facts, study = study_in(folder, config)
        asked = [metric.facts() for metric in work.parts.metrics]
        odd = oddities(study, subgroups=config.subgroups.by, exclusive=config.exclusive_sets, metrics=asked)
        folder.write_oddities(odd)
        evaluation = evaluate_study(
            study,
            work.parts.metrics,
            seed=config.seed,
            level=config.intervals.level,
            n_resamples=config.intervals.resamples,
            primary=config.primary,
            subgroups=config.subgroups,
            reader_subgroups=config.reader_subgroups,
            target_population=config.target_population,
            family=config.family,
            rows_by=rows_by(config, work.executor, folder),
            allowed=allowed_to_others(config),
            progress=work.progress,
        )
        measurements = folder.read_measurements()
        if measurements is not None:
            evaluation = evaluation.and_rows(measurement_rows(measurements, level=config.intervals.level))
        if facts.reference.failed and not evaluation.frame["value"].notna().any():
            rule = "known, as no number that was asked for can be made without it"
            raise PluginError(f"reference {facts.reference.plugin}", "truth", rule, remedy=facts.reference.failed)
        table = folder.write_evaluation(evaluation)
        made = replace(
            provenance.provenance_of(facts),
            duration_s=round(perf_counter() - work.start, 1),
            seed=config.seed,
            metrics=provenance.metric_facts(work.parts.metrics),
            answers=study.answers,
            intervals=provenance.interval_facts(config.intervals.level, config.intervals.resamples, config.family),
            subgroups=config.subgroups.by,
            exclusive=config.exclusive_sets,
            design=config.design,
            adjust_for=config.adjust_for,
            plan=work.plan,
            evaluation_id=provenance.digest(table)[:16],
        )
        folder.write_facts(PROVENANCE_FILE, made)

    leaves = (*EVALUATION_FILES, ODDITIES_FILE, PROVENANCE_FILE)
    return Stage(name="evaluation", depends_on=depends_on, leaves=leaves, make=make)


def report_stage(config: RunConfig, folder: RunFolder, result: Callable[[], StudyResult]) -> Stage:
    """Return the stage of the report, a page a language; it needs what the folder holds alone."""
    values = config_to_dict(config)
    explaining = () if config.explanations is None else EXPLANATION_FILES
    files = (*STUDY_FILES, *EVALUATION_FILES, ODDITIES_FILE, PROVENANCE_FILE, *explaining)
    return Stage(
        name="report",
        depends_on=lambda: provenance.digest(
            folder.digest(files),
            values["report"],
            values.get("title"),
            [values["findings"], values["kinds"], values["groups"]],  # their names
            made_of(config, "sections"),
            provenance.code_digest(),
        ),
        leaves=tuple(p.name for p in pages_of(config, folder)),
        make=lambda: _write_reports(config, folder, result()),
    )


PAGES = ("report", "summary", "appendix")


def pages_of(config: RunConfig, folder: RunFolder) -> list[Path]:
    """Return where the report's pages stand, a language after another: the report first, then what is beside it."""
    return [folder.path / f"{page}.{language}.html" for language in config.report.languages for page in PAGES]


def read_result(config: RunConfig, folder: RunFolder) -> StudyResult:
    """Return all that a report needs, from the run folder and the run's name and heading."""
    title = config.title
    heading = title if isinstance(title, str) else {str(language): text for language, text in title.items()}
    return folder.read_result(name=config.name, heading=heading)


def _write_reports(config: RunConfig, folder: RunFolder, result: StudyResult) -> None:
    from ecg_eval.reports.appendix import render_appendix
    from ecg_eval.reports.build import render_report
    from ecg_eval.reports.summary import render_summary

    sections = make_sections(config)
    for language in config.report.languages:
        files = {page: f"{page}.{language}.html" for page in ("summary", "report", "appendix")}
        beside = {page: {other: file for other, file in files.items() if other != page} for page in files}
        report = render_report(result, language=language, sections=sections, beside=beside["report"])
        summary = render_summary(result, language=language, sections=sections, beside=beside["summary"])
        folder.write_text(files["report"], report)
        folder.write_text(files["summary"], summary)
        folder.write_text(files["appendix"], render_appendix(result, language=language, beside=beside["appendix"]))
