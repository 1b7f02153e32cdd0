"""A run, from configuration to report. Every stage leaves files; one whose inputs are unchanged is not repeated."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from ecg_eval.config.load import config_to_dict, config_to_yaml, make_config, read_yaml
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.result import Paragraph, StudyResult
from ecg_eval.errors import RunFolderError
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.build import Parts, build, make_sections
from ecg_eval.pipeline.study.evaluate import ADJUSTMENT, evaluate_study
from ecg_eval.pipeline.study.measure import measurement_rows, measurements_table
from ecg_eval.pipeline.study.read import make_study
from ecg_eval.storage.run_folder import (
    EVALUATION_FILES,
    MEASUREMENTS_FILE,
    QUALITY_FILE,
    SIGNAL_DIGESTS_FILE,
    STUDY_FILES,
    RunFolder,
)

RUNS = Path("runs")
STORE = RUNS / "mlflow.db"
_FACTS = "study.json"


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
    repeated : list of str
        Stages that were done; those not named stood already.
    left_out : dict of str to int
        How many rows each stage left out.
    note : str
        What could not be done as usual without harm to the numbers; empty where all is well.
    seconds : float
    """

    folder: Path
    headline: list[str]
    reports: list[Path]
    tracking: str
    repeated: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    note: str = ""
    seconds: float = 0.0


def run(config: RunConfig, *, progress: Progress = silent) -> RunOutcome:
    """Do what a configuration says, or what of it has not been done.

    Raises
    ------
    EcgEvalError
        When the run cannot be made; files of finished stages stay.
    """
    start = perf_counter()
    folder = RunFolder(config.out or RUNS / config.name)
    folder.write_text("run.yaml", config_to_yaml(config))
    parts = build(config)
    done: list[str] = []
    facts = _study_stage(config, parts, folder, progress, done)
    _measurements_stage(parts, folder, facts, progress, done)
    _evaluation_stage(config, parts, folder, facts, progress, done, start)
    reports = _report_stage(config, folder, done)
    result = folder.read_result(config_to_dict(config))
    return RunOutcome(
        folder=folder.path,
        headline=headline(config, result),
        reports=reports,
        tracking=track(config, result, folder.path),
        repeated=done,
        left_out={str(k): int(n) for k, n in result.left_out["stage"].value_counts().items()},
        note=str(facts.get("recordings", {}).get("cache", "")),
        seconds=perf_counter() - start,
    )


def rebuild_report(run_dir: Path) -> list[Path]:
    """Write the report anew from the run folder alone; return the pages.

    Raises
    ------
    RunFolderError
        When the folder is no run folder, or lacks a file.
    """
    config = config_of(run_dir)
    return _write_reports(config, RunFolder(run_dir))


def track_again(run_dir: Path) -> str:
    """Log a finished run to MLflow (again); return what came of it."""
    config = config_of(run_dir)
    return track(config, RunFolder(run_dir).read_result(config_to_dict(config)), run_dir)


def config_of(run_dir: Path) -> RunConfig:
    """Return the configuration that a run folder was made from."""
    if not (run_dir / "run.yaml").is_file():
        remedy = "Name the folder that `ecg-eval run` wrote."
        raise RunFolderError(str(run_dir), "run folder", "one that holds run.yaml", remedy=remedy)
    return make_config(read_yaml(run_dir / "run.yaml"), who=str(run_dir / "run.yaml"))


def store_uri(config: RunConfig | None = None) -> str:
    """Return where MLflow keeps runs: the configuration's word, MLFLOW_TRACKING_URI, or runs/mlflow.db here."""
    from ecg_eval.tracking.mlflow_tracker import sqlite_uri

    told = config.tracking.uri if config else None
    return told or os.environ.get("MLFLOW_TRACKING_URI") or sqlite_uri(STORE)


def track(config: RunConfig, result: StudyResult, run_dir: Path) -> str:
    """Log a result to MLflow and say what came of it; never raise because of the store."""
    if not config.tracking.enabled:
        return "Tracking is switched off in the configuration."
    from ecg_eval.tracking.log_items import log_items
    from ecg_eval.tracking.mlflow_tracker import log_to_mlflow

    outcome = log_to_mlflow(
        log_items(result),
        uri=store_uri(config),
        experiment=config.tracking.experiment,
        run_folder=run_dir,
        log_later=f"Log it later with `ecg-eval track {run_dir}`.",
    )
    return outcome.message


def headline(config: RunConfig, result: StudyResult) -> list[str]:
    """Return the report's first paragraphs: the answer in words, in the first of its languages."""
    first = next(iter(make_sections(config)), None)
    blocks = first.blocks(result, language=config.report.languages[0]) if first else []
    return [b.text for b in blocks if isinstance(b, Paragraph)]


def _study_stage(
    config: RunConfig, parts: Parts, folder: RunFolder, progress: Progress, done: list[str]
) -> dict[str, Any]:
    """Leave the study's tables and the facts about how they came about."""
    dataset = provenance.dataset_facts(parts.dataset)
    inputs = provenance.study_inputs(config, dataset, [p.digests() for p in parts.panels])
    if folder.stage_stands("study", inputs=inputs):
        return folder.read_json(_FACTS)
    made = make_study(config, parts, progress)
    simulated = dataset["access"] == "simulated" or "simulated" in set(made.study.readers["kind"])
    facts = {"dataset": dataset, "simulated": simulated, **made.facts}
    folder.write_study(made.study, made.left_out, made.quality)
    folder.write_signal_digests(made.signal_digests)
    folder.write_json(_FACTS, facts)
    folder.stage_done("study", inputs=inputs, files=(*STUDY_FILES, QUALITY_FILE, SIGNAL_DIGESTS_FILE, _FACTS))
    done.append("study")
    return facts


def _measurements_stage(
    parts: Parts, folder: RunFolder, facts: Mapping[str, Any], progress: Progress, done: list[str]
) -> None:
    """Leave measured and reference intervals of the recordings read, where the archive gives a reference."""
    reference = parts.dataset.reference_measurements()
    told = "" if reference is None else reference.to_csv()
    data = facts["dataset"]["digests"]
    inputs = provenance.digest(folder.digest(["records.parquet"]), data, told, provenance.code_digest())
    if folder.stage_stands("measurements", inputs=inputs):
        return
    table = None
    if reference is not None:
        table = measurements_table(parts.dataset, folder.read_records(), reference, progress)
    folder.write_measurements(table)
    folder.stage_done("measurements", inputs=inputs, files=() if table is None else (MEASUREMENTS_FILE,))
    if table is not None:
        done.append("measurements")


def _evaluation_stage(
    config: RunConfig,
    parts: Parts,
    folder: RunFolder,
    facts: Mapping[str, Any],
    progress: Progress,
    done: list[str],
    start: float,
) -> None:
    """Leave the estimates and the provenance of all that led to them."""
    measurements = folder.read_measurements()
    read = (*STUDY_FILES, _FACTS) if measurements is None else (*STUDY_FILES, _FACTS, MEASUREMENTS_FILE)
    inputs = provenance.evaluation_inputs(config, folder.digest(read))
    files = (*EVALUATION_FILES, "provenance.json")
    if folder.stage_stands("evaluation", inputs=inputs):
        return
    answers = {"uncertain": config.answers.uncertain, "refer": config.answers.refer}
    study = folder.read_study({**facts, "answers": answers})
    evaluation = evaluate_study(
        study,
        parts.metrics,
        seed=config.seed,
        level=config.intervals.level,
        n_resamples=config.intervals.resamples,
        primary=config.primary,
        subgroups=config.subgroups,
        progress=progress,
    )
    if measurements is not None:
        evaluation = evaluation.and_rows(measurement_rows(measurements, level=config.intervals.level))
    folder.write_evaluation(evaluation)
    folder.write_json(
        "provenance.json",
        {
            **provenance.environment(),
            "created": provenance.now(),
            "duration_s": round(perf_counter() - start, 1),
            "seed": config.seed,
            **facts,
            "metrics": provenance.metric_facts(parts.metrics),
            "answers": answers,
            "intervals": {
                "level": config.intervals.level,
                "resamples": config.intervals.resamples,
                "unit": "patient",
                "adjustment": ADJUSTMENT,
            },
            "evaluation_id": provenance.digest(inputs, evaluation.to_csv())[:16],
        },
    )
    folder.stage_done("evaluation", inputs=inputs, files=files)
    done.append("evaluation")


def _report_stage(config: RunConfig, folder: RunFolder, done: list[str]) -> list[Path]:
    """Leave the report, a page a language."""
    files = (*STUDY_FILES, *EVALUATION_FILES, "provenance.json")
    said = config_to_dict(config)
    inputs = provenance.digest(folder.digest(files), said["report"], said.get("title"), provenance.code_digest())
    pages = [folder.path / f"report.{language}.html" for language in config.report.languages]
    if folder.stage_stands("report", inputs=inputs):
        return pages
    _write_reports(config, folder)
    folder.stage_done("report", inputs=inputs, files=[p.name for p in pages])
    done.append("report")
    return pages


def _write_reports(config: RunConfig, folder: RunFolder) -> list[Path]:
    from ecg_eval.reports.build import render_report

    result = folder.read_result(config_to_dict(config))
    pages = []
    for language in config.report.languages:
        name = f"report.{language}.html"
        folder.write_text(name, render_report(result, language=language, sections=make_sections(config)))
        pages.append(folder.path / name)
    return pages
