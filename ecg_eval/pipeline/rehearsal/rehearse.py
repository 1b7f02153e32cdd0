"""`ecg-eval rehearse`: simulated answers to the very plan, evaluated as the study will be, again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Metric, PanelReadings, PanelRequest, Reference
from ecg_eval.domain.design import design_of
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.oddities import oddities
from ecg_eval.domain.reading import AIDED, readers_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.panels._simulation.reader_model import draw_readers
from ecg_eval.panels.simulated_gps import SimulatedGps
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.rehearsal.stand_in import (
    Cast,
    ai_readings,
    cast_of,
    checked_numbers,
    truth_readings,
)
from ecg_eval.pipeline.simulate import Accuracy
from ecg_eval.pipeline.study.build import make_dataset, make_metrics
from ecg_eval.pipeline.study.door import labels_of, records_of
from ecg_eval.pipeline.study.evaluate import evaluate_study
from ecg_eval.pipeline.study.form import form_study, labels_at
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.planning.rehearsal.outcome import (
    Rehearsal,
    Trouble,
    Verdict,
    case_troubles,
    number_troubles,
    questions_of,
)

# as the published readers and an AI of the field: see docs/rehearsal.md
AI_ACCURACY = Accuracy(0.85, 0.92)
_NUMBERS = ("value", "low", "high", "p_adjusted")
_BREACHES = ("design_not_declared", "no_washout", "help_with_period", "help_taken_back", "mixed_period")


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """What all simulated studies of a plan share."""

    config: RunConfig
    findings: tuple[str, ...]
    records: pd.DataFrame
    labels: ReferenceStandard
    reference: Reference
    metrics: tuple[Metric, ...]
    cast: Cast
    panel: SimulatedGps
    accuracy: Accuracy
    n_resamples: int


def rehearse(  # noqa: PLR0913 - each is one thing that a command line may say
    config_path: Path,
    *,
    schedule: Path | None = None,
    key: Path | None = None,
    n_studies: int = 20,
    n_readers: int = 12,
    ai: Accuracy = AI_ACCURACY,
    reliance: float = 1.0,
    missing: float = 0.01,
    learning: float = 0.0,
    n_resamples: int = 200,
    overrides: Sequence[str] = (),
    seed: int = 1,
    progress: Progress = silent,
) -> Rehearsal:
    """Simulate answers to a plan and evaluate them, several times, before anybody has read anything.

    Parameters
    ----------
    config_path : Path
        The study's configuration. Its dataset gives the ECGs and their truth; its panels are stood in for.
    schedule, key : Path, optional
        Of `ecg-eval plan schedule`: who reads what. Without it `n_readers` GPs read all ECGs by the declared design (a
        crossover where none is declared).
    n_studies : int
        Simulated studies, each with readers and an AI of its own, on the same ECGs.
    n_readers : int
    ai : Accuracy
        How often the AI is right.
    reliance : float
        Factor on how readily readers take its answer: 1 as published, 0 for a study without any effect.
    missing : float
        Chance that a reading is not given, in [0, 1).
    learning : float
        What readers gain in d' with every 100 ECGs that they read; no figure of GPs is published.
    n_resamples : int
        Bootstrap resamples of each study.
    overrides : sequence of str
    seed : int
    progress : callable

    Returns
    -------
    Rehearsal

    Raises
    ------
    EcgEvalError
        When the plan names no primary estimate, its ECGs have no truth, or something of it cannot be read.
    """
    checked_numbers(studies=n_studies, n_readers=n_readers)
    config = load_config(config_path, overrides)
    if not config.primary:
        remedy = "Name what the study is to show: primary: [{metric: aid_effect_sensitivity}]."
        raise ConfigError(str(config_path), "primary", "given before a plan is rehearsed", [], remedy)
    with speaking_as(config):
        dataset, findings = make_dataset(config), expand_findings(config.codes)
        records = records_of(dataset)
        test = records[records["fold"].isin(config.split.test)] if config.split.test else records
        metrics = tuple(make_metrics(config))
        cast = cast_of(
            config,
            test,
            schedule=schedule,
            key=key,
            n_readers=n_readers,
            asks_of_help=_asks_of_help(config, metrics),
        )
        panel = SimulatedGps(
            n_readers=len(cast.readers),
            ai=cast.ais[0] if cast.has_help else None,
            design=cast.design,
            reliance=reliance,
            effects={"learning": learning},
            missing=missing,
        )
        stage = _Stage(
            config=config,
            findings=findings,
            records=test,
            labels=_known(labels_of(dataset, findings, records), test, config_path),
            reference=make("references", config.reference.name, config.reference.arguments, root=config.data_root),
            metrics=metrics,
            cast=cast,
            panel=panel,
            accuracy=ai,
            n_resamples=n_resamples,
        )
        return _rehearsed(stage, n_studies, seed, progress)


def _asks_of_help(config: RunConfig, metrics: Sequence[Metric]) -> bool:
    of_help = {metric.name for metric in metrics if metric.answers == "aid"}
    return any(one.metric in of_help or AIDED in (one.arm or "") for one in config.primary)


def _known(labels: ReferenceStandard, test: pd.DataFrame, config_path: Path) -> ReferenceStandard:
    made = labels_at(labels, test.index)
    if made is None or not made.table.notna().to_numpy().any():
        remedy = "Answers are simulated from the truth: rehearse with ECGs whose truth is known."
        raise ConfigError(str(config_path), "dataset", "one with a truth", None, remedy)
    return made


def _rehearsed(stage: _Stage, n_studies: int, seed: int, progress: Progress) -> Rehearsal:
    """Return what came of all studies: the first is evaluated whole, the others for what the plan named."""
    named = tuple(m for m in stage.metrics if m.name in {p.metric for p in stage.config.primary})
    verdicts = []
    for number in progress([str(k) for k in range(n_studies)], "Rehearsing"):
        study = _study(stage, np.random.default_rng([seed, int(number)]))
        frame = _evaluated(stage, study, stage.metrics if number == "0" else named)
        verdicts.append(list(_verdicts(frame, named, stage.config.intervals.level)))
        if number == "0":
            first, everything = study, frame
    return _outcome(stage, first, everything, verdicts)


def _study(stage: _Stage, rng: np.random.Generator) -> ReaderStudy:
    """Return one simulated study: its readers and AIs are new, its ECGs those of the plan."""
    cast, truth = stage.cast, stage.labels.table[list(stage.findings)]
    advice = ai_readings(truth, cast.ais, stage.accuracy, rng)
    ids = list(cast.records)
    request = PanelRequest(
        records=stage.records.loc[ids],
        findings=stage.findings,
        labels=labels_at(stage.labels, stage.records.loc[ids].index),
        model_readings=advice,
        rng=rng,
    )
    people = draw_readers(cast.expertise, reliance_factor=stage.panel.reliance, rng=rng)
    if cast.plan is None:
        made = stage.panel.read_as(people, request)
    else:
        made = stage.panel.read_planned(people, request, cast.plan)
    ours = dict(zip(made.readers.index, cast.readers.index.astype(str), strict=True))
    readings = made.readings.assign(reader_id=made.readings["reader_id"].cat.rename_categories(ours))
    everyone = [PanelReadings(readings=readings, readers=cast.readers, aided_by=made.aided_by)]
    if cast.ais and not cast.is_ai_made_up:
        machines = readers_table(pd.DataFrame({"reader_id": list(cast.ais), "kind": "model"}))
        everyone.append(PanelReadings(readings=advice, readers=machines))
    if stage.config.reference.name == "reader":  # an adjudication panel, which is taken to be right
        panel = str(stage.config.reference.arguments["reader"])
        judges = readers_table(pd.DataFrame({"reader_id": [panel], "kind": ["panel"]}))
        everyone.append(PanelReadings(readings=truth_readings(truth, panel), readers=judges))
    return form_study(
        stage.config,
        stage.reference,
        records=stage.records,
        findings=stage.findings,
        labels=stage.labels,
        everyone=everyone,
    )


def _evaluated(stage: _Stage, study: ReaderStudy, metrics: Sequence[Metric]) -> pd.DataFrame:
    config = stage.config
    return evaluate_study(
        study,
        metrics,
        seed=config.seed,
        level=config.intervals.level,
        n_resamples=stage.n_resamples,
        primary=config.primary,
        subgroups=config.subgroups,
        reader_subgroups=config.reader_subgroups,
        target_population=config.target_population,
        family=config.family,
    ).frame


def _verdicts(frame: pd.DataFrame, named: Sequence[Metric], level: float) -> Iterator[Verdict]:
    """Yield what the evaluation of a study says of each estimate that the plan named."""
    metrics = {metric.name: metric for metric in named}
    for row in frame[frame["pre_specified"]].to_dict(orient="records"):
        value, low, high, p = (float("nan") if pd.isna(row[k]) else float(row[k]) for k in _NUMBERS)
        yield Verdict(
            **{name: str(row[name]) for name in ("metric", "reader", "arm", "compared_with", "finding")},
            value=value,
            low=low,
            high=high,
            is_found=_is_found(metrics[str(row["metric"])], low, high, p, level),
            reason="" if pd.isna(row["reason"]) else str(row["reason"]),
        )


def _is_found(metric: Metric, low: float, high: float, p: float, level: float) -> bool | None:
    """Return whether an estimate shows what it was to show; None where nothing is tested.

    Not worse by a margin, where the metric has one; otherwise another value than none: by p, adjusted for all that the
    plan named, where there is one, and by the interval where there is none.
    """
    margin = getattr(metric, "margin", None)
    if margin is not None:
        return bool(low > -float(margin)) and not p >= (1 - level) / 2
    if not (metric.signed or metric.is_test):
        return None
    return bool(p < 1 - level) if not np.isnan(p) else bool(low > 0 or high < 0)


def _outcome(
    stage: _Stage, study: ReaderStudy, evaluation: pd.DataFrame, verdicts: Sequence[Sequence[Verdict]]
) -> Rehearsal:
    cast = stage.cast
    read = study.readings[study.readings["reader_id"].isin(list(cast.readers.index))]
    one = read.drop_duplicates(["reader_id", "record_id", "arm", "period"])
    seconds = one.groupby("reader_id", observed=True)["seconds"].sum()
    troubles = [Trouble(kind="unknown_kind", what=kind, count=n) for kind, n in cast.unknown_kinds.items()]
    there = {verdict.metric for study_said in verdicts for verdict in study_said}
    unnamed = [p.metric for p in stage.config.primary if p.metric not in there]
    troubles += [Trouble(kind="not_there", what=metric, count=0) for metric in dict.fromkeys(unnamed)]
    truth = stage.labels.table.loc[list(cast.records), list(stage.findings)]
    facts = [metric.facts() for metric in stage.metrics]
    asked = oddities(study, subgroups=stage.config.subgroups.by, exclusive=stage.config.exclusive_sets, metrics=facts)
    return Rehearsal(
        n_studies=len(verdicts),
        n_readers=len(cast.readers),
        n_ecgs=len(cast.records),
        n_readings=len(one) if cast.plan is None else len(cast.plan),
        questions=questions_of(verdicts),
        troubles=(*case_troubles(truth), *troubles, *number_troubles(evaluation)),
        design=design_of(study).recognised,
        breaches=tuple(odd for odd in asked if odd.kind in _BREACHES),
        hours=float(seconds.median()) / 3600,
        ais=cast.ais,
        effects=stage.panel.effects,
        level=stage.config.intervals.level,
    )
