"""`ecg-eval stress`: models taught as in a run read the test folds as they are and changed, dose by dose.

Each model takes part once, by the same steps as in a run: taught on the training folds, thresholds frozen on theirs,
both on tracings as they are. All changed recordings are read in one pass, and what it answers to a recording is set
against what it answers to the same recording as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.facts.stress import CLEAN, StressNumber, StressResult
from ecg_eval.errors import ConfigError, ProblemsError
from ecg_eval.pipeline.analysis import evaluate
from ecg_eval.pipeline.executors.executor import OneProcess
from ecg_eval.pipeline.frame_rows import estimate_of
from ecg_eval.pipeline.pages import write_pages
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.stress.changed import Changed, Tracings, perturbations_of, tracings
from ecg_eval.pipeline.study.build import allowed_to_models, build
from ecg_eval.pipeline.study.check import examine
from ecg_eval.pipeline.study.door import labels_of
from ecg_eval.pipeline.study.model_readings import GetRecordings, ModelAnswers, answers_apart
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.read import ReadingWork, begin, model_request
from ecg_eval.pipeline.study.recordings import loader
from ecg_eval.pipeline.study.screen import policy_of
from ecg_eval.pipeline.study.store import RUNS
from ecg_eval.stats.estimate import Estimate
from ecg_eval.storage.atomic import write_atomically

METRICS = ("auroc", "sensitivity", "specificity")
_DIFFERENCES = tuple(f"{metric}_difference" for metric in METRICS)
TABLE = "stress.csv"


@dataclass(frozen=True, kw_only=True)
class StressOutcome:
    """What a stress test left: its result, the table and the pages."""

    result: StressResult
    table: Path
    pages: tuple[Path, ...]


def stress_file(
    path: Path, *, overrides: Sequence[str] = (), out: Path | None = None, progress: Progress = silent
) -> StressOutcome:
    """Put the models of a configuration to the test, and write table and pages into a folder.

    Raises
    ------
    EcgEvalError
        When the configuration is wrong, names no model, or asks for what cannot be done to any tracing.
    """
    from ecg_eval.reports.stress_page import render_stress

    config = load_config(path, overrides)
    config = config.model_copy(update={"panels": (), "primary": ()})
    if not config.models:
        raise ConfigError(str(path), "models", "named", [], "There is nothing to put to the test.")
    if problems := examine(config, contents=False).problems:
        raise ProblemsError(str(path), problems)
    with speaking_as(config):
        result = stress(config, progress=progress)
        folder = out or RUNS / f"{config.name}-stress"
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / TABLE, numbers_table(result).to_csv(index=False, lineterminator="\n"))
        pages = write_pages(folder, "stress", config.report.languages, partial(render_stress, result))
    return StressOutcome(result=result, table=folder / TABLE, pages=pages)


def stress(config: RunConfig, *, progress: Progress = silent) -> StressResult:
    """Return what becomes of a configuration's models as tracings get worse."""
    perturbations = perturbations_of(config)
    parts = build(config)
    work, split = begin(config, parts, progress, OneProcess())
    test = split["test"]
    chosen = [
        test[i] for i in np.unique(np.linspace(0, len(test) - 1, min(config.stress.records, len(test))).astype(int))
    ]
    limits = policy_of(config.quality).limits
    load = loader(parts.dataset, config.resample_hz, correct=config.quality.correct, limits=limits)
    changed = tracings(chosen, load, perturbations, seed=config.seed, progress=progress)
    answers = {label: _answers(work, label, split, changed) for label in parts.models}
    failed = {label: reason for label, given in answers.items() if (reason := _failure(given))}
    reading = {label: given for label, given in answers.items() if label not in failed}
    truth = labels_of(parts.dataset, parts.findings, work.records).table.loc[chosen]
    numbers = [
        number
        for label, given in reading.items()
        for number in _numbers(config, label, given, changed, truth, work.records.loc[chosen])
    ]
    return StressResult(
        name=config.name,
        dataset=parts.dataset.title,
        simulated=parts.dataset.access == "simulated",
        n_records=len(chosen),
        parts=tuple(changed.parts),
        numbers=tuple(numbers),
        failed=tuple(failed.items()),
        unsaid=tuple(pair for label, given in reading.items() for pair in _unsaid(label, given)),
        silent=tuple(counted for label, given in reading.items() for counted in _silent(label, given, changed)),
        level=config.intervals.level,
        overall=parts.findings[0] if len(parts.findings) == 1 else MACRO,
    )


def _failure(given: ModelAnswers) -> str:
    """Return why a model left no score at all; empty where it did."""
    if given.facts.failed:
        return given.facts.failed
    if given.readings.readings["score"].notna().any():
        return ""
    reasons = list(dict.fromkeys(map(str, given.readings.left_out["reason"])))
    return "; ".join(reasons[:3]) or "It has no score for any recording."


def _unsaid(label: str, given: ModelAnswers) -> Iterator[tuple[str, str]]:
    """Yield what a model cannot say of any recording: findings without a score, or without a threshold."""
    rows = given.readings.left_out
    for reason in dict.fromkeys(rows.loc[rows["record_id"].fillna("") == "", "reason"]):
        yield label, str(reason)


def _answers(work: ReadingWork, label: str, split: dict[str, list[str]], changed: Tracings) -> ModelAnswers:
    request = model_request(work, label, {**split, "test": list(changed.by_id)})

    def got(usual: GetRecordings) -> GetRecordings:
        def recordings(ids: Sequence[str], doing: str) -> Recordings:
            if not ids or ids[0] not in changed.by_id:
                return usual(ids, doing)
            return Recordings(tuple(ids), changed.load, lambda items: work.progress(items, doing))

        return recordings

    return answers_apart(label, work.parts.models[label], request.of_others(got), allowed_to_models(work.config))


def _silent(label: str, given: ModelAnswers, changed: Tracings) -> Iterator[tuple[str, str, float, int]]:
    """Yield how many changed recordings had no score, by perturbation and dose, where there were any."""
    scored = given.readings.readings.dropna(subset=["score"])
    answered = set(scored["record_id"].astype(str))
    as_it_was = {c.record_id for name, c in changed.by_id.items() if c.perturbation is None and name in answered}
    counts: dict[tuple[str, float], int] = {}
    for name, c in changed.by_id.items():
        if c.perturbation is not None and c.dose is not None and name not in answered and c.record_id in as_it_was:
            key = c.perturbation.name, c.dose
            counts[key] = counts.get(key, 0) + 1
    yield from ((label, name, dose, n) for (name, dose), n in counts.items())


def _numbers(
    config: RunConfig, label: str, given: ModelAnswers, changed: Tracings, truth: pd.DataFrame, records: pd.DataFrame
) -> Iterator[StressNumber]:
    readings = given.readings.readings[["record_id", "finding", "reading", "score"]].copy()
    how: list[Changed] = [changed.by_id[str(name)] for name in readings["record_id"]]
    readings["record_id"] = [c.record_id for c in how]
    readings["perturbation"] = [c.perturbation.name if c.perturbation else CLEAN for c in how]
    readings["reader_id"] = [CLEAN if c.dose is None else f"{c.dose:g}" for c in how]
    clean = readings[readings["perturbation"] == CLEAN]
    for part in changed.parts:
        mine = readings[readings["perturbation"] == part.perturbation]
        both = pd.concat([clean, mine], ignore_index=True).drop(columns="perturbation")
        doses = [d for d, n in zip(part.doses, part.n_records, strict=True) if n]
        if not doses:
            continue
        readers = dict.fromkeys([CLEAN, *(f"{dose:g}" for dose in doses)], "model")
        analysis = evaluate(
            both,
            truth.rename_axis("record_id").reset_index(),
            readers=readers,
            records=records.reset_index(),
            findings=[f for f in truth.columns if f in set(both["finding"])],
            metrics=[*METRICS, *_DIFFERENCES],
            level=config.intervals.level,
            resamples=config.intervals.resamples,
            seed=config.seed,
        )
        frame = analysis.frame
        rows = frame[~frame["metric"].isin(_DIFFERENCES) & (frame["subgroup"].fillna("") == "")]
        for metric, finding in rows[["metric", "finding"]].drop_duplicates().itertuples(index=False):
            if metric not in METRICS:
                continue
            for dose in (None, *doses):
                reader = CLEAN if dose is None else f"{dose:g}"
                value = _estimate(rows, metric=metric, reader=reader, finding=finding)
                change = None if dose is None else _change(frame, metric=metric, reader=reader, finding=finding)
                if value is not None:
                    yield StressNumber(
                        model=label,
                        perturbation=part.perturbation,
                        dose=dose,
                        metric=metric,
                        finding=finding,
                        value=value,
                        change=change,
                    )


def _estimate(frame: pd.DataFrame, **where: str) -> Estimate | None:
    there = np.logical_and.reduce([frame[column].to_numpy(dtype=object) == value for column, value in where.items()])
    rows = frame[there]
    return None if rows.empty else estimate_of(rows.iloc[0])


def _change(frame: pd.DataFrame, *, metric: str, reader: str, finding: str) -> Estimate | None:
    """Return the reader's number less that on the tracings as they were, whichever stands first in the table."""
    name = f"{metric}_difference"
    forwards = _estimate(frame, metric=name, reader=reader, compared_with=CLEAN, finding=finding)
    if forwards is not None:
        return forwards
    backwards = _estimate(frame, metric=name, reader=CLEAN, compared_with=reader, finding=finding)
    if backwards is None or backwards.value is None:
        return backwards
    low, high = (None if end is None else -end for end in (backwards.high, backwards.low))
    return replace(backwards, value=-backwards.value, low=low, high=high)


def numbers_table(result: StressResult) -> pd.DataFrame:
    """Return one row a number: tracings as they were (no dose), and changed ones with the change."""
    units = {part.perturbation: part.unit for part in result.parts}
    rows = [
        {
            "model": x.model,
            "perturbation": x.perturbation,
            "dose": x.dose,
            "unit": units[x.perturbation],
            "metric": x.metric,
            "finding": x.finding,
            **_columns("", x.value),
            **_columns("change_", x.change),
            "level": result.level,
            "n": x.value.n,
            "reason": x.value.reason or (x.change.reason if x.change else "") or "",
        }
        for x in result.numbers
    ]
    return pd.DataFrame.from_records(rows)


def _columns(prefix: str, estimate: Estimate | None) -> dict[str, float | None]:
    ends = ("value", "low", "high")
    return {prefix + end: None if estimate is None else getattr(estimate, end) for end in ends}


def stress_lines(outcome: StressOutcome) -> list[str]:
    """Return the answer in words for a console, and where table and pages are."""
    from ecg_eval.reports.stress_page import said_lines

    where = [f"Page:  {page}" for page in outcome.pages]
    return [*said_lines(outcome.result), "", *where, f"Table: {outcome.table}"]
