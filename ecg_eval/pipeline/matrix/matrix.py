"""`ecg-eval matrix`: models taught on each of several archives read the test folds of all of them, over seeds.

Every model is made anew for each archive and seed and takes part by the same steps as in a run: taught on the training
folds, thresholds frozen on theirs. What it is asked to read are the test folds of all archives in one pass.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.facts.matrix import MatrixNumber, MatrixResult, RankStability
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, ProblemsError
from ecg_eval.pipeline.analysis import evaluate
from ecg_eval.pipeline.executors.executor import OneProcess
from ecg_eval.pipeline.frame_rows import estimate_of
from ecg_eval.pipeline.pages import write_pages
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import allowed_to_models, build
from ecg_eval.pipeline.study.check import examine
from ecg_eval.pipeline.study.door import labels_of
from ecg_eval.pipeline.study.model_readings import GetRecordings, ModelAnswers, answers_apart
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.read import ReadingWork, begin, model_request
from ecg_eval.pipeline.study.store import RUNS
from ecg_eval.storage.atomic import write_atomically

TABLE = "matrix.csv"
_METRIC = "auroc"
_BETWEEN = " / "  # an archive's name, and the id of a record of it


@dataclass(frozen=True, kw_only=True)
class MatrixOutcome:
    """What a matrix left: its result, the table and the pages."""

    result: MatrixResult
    table: Path
    pages: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Archive:
    """One archive, ready to teach and to be read."""

    config: RunConfig
    work: ReadingWork
    split: dict[str, list[str]]
    truth: pd.DataFrame


def matrix_file(
    path: Path, *, overrides: Sequence[str] = (), out: Path | None = None, progress: Progress = silent
) -> MatrixOutcome:
    """Teach and read a configuration's models on all its archives, and write table and pages into a folder.

    Raises
    ------
    EcgEvalError
        When the configuration is wrong, or names no model or no second archive.
    """
    from ecg_eval.reports.matrix_page import render_matrix

    config = load_config(path, overrides)
    config = config.model_copy(update={"panels": (), "primary": ()})
    for key, there in (("models", config.models), ("matrix.archives", config.matrix.archives)):
        if not there:
            raise ConfigError(str(path), key, "named", [], "docs/matrix.md shows a configuration.")
    configs = archives_of(config)
    if problems := [p for each in configs.values() for p in examine(each, contents=False).problems]:
        raise ProblemsError(str(path), problems)
    with speaking_as(config):
        result = matrix(config, configs, progress=progress)
        folder = out or RUNS / f"{config.name}-matrix"
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / TABLE, numbers_table(result).to_csv(index=False, lineterminator="\n"))
        pages = write_pages(folder, "matrix", config.report.languages, partial(render_matrix, result))
    return MatrixOutcome(result=result, table=folder / TABLE, pages=pages)


def archives_of(config: RunConfig) -> dict[str, RunConfig]:
    """Return the configuration of each archive by its name, the configuration's own dataset first.

    Raises
    ------
    ConfigError
        When two have one name.
    """
    configs = {config.matrix.id or config.dataset.label: config}
    for archive in config.matrix.archives:
        name = archive.id or archive.dataset.label
        if name in configs:
            raise ConfigError("matrix.archives", "name", "one of its own", name, "Add `id:` to each, and `matrix.id`.")
        given = {"dataset": archive.dataset, "split": archive.split or config.split}
        configs[name] = config.model_copy(update=given)
    return configs


def matrix(config: RunConfig, configs: Mapping[str, RunConfig], *, progress: Progress = silent) -> MatrixResult:
    """Return how well each model, taught on each archive with each seed, reads all of them."""
    archives = {name: _begun(each, progress) for name, each in configs.items()}
    numbers: list[MatrixNumber] = []
    failed: dict[tuple[str, str], str] = {}
    unsaid: dict[tuple[str, str, str], None] = {}
    for name in archives:
        for number in range(config.matrix.seeds):
            seed = config.seed + number
            answers = _answers(archives, name, seed)
            for label, given in answers.items():
                if given.facts.failed or not given.readings.readings["score"].notna().any():
                    failed[label, name] = given.facts.failed or "It has no score for any recording."
            reading = {label: given for label, given in answers.items() if (label, name) not in failed}
            unsaid |= {(label, name, reason): None for label, given in reading.items() for reason in _unsaid(given)}
            numbers += _numbers(config, archives, name, seed, reading)
    findings = next(iter(archives.values())).work.parts.findings
    overall = findings[0] if len(findings) == 1 else MACRO
    return MatrixResult(
        name=config.name,
        archives=tuple((n, a.work.parts.dataset.title, len(a.split["test"])) for n, a in archives.items()),
        numbers=tuple(numbers),
        ranks=tuple(_ranks(numbers, overall)),
        failed=tuple((label, name, reason) for (label, name), reason in failed.items()),
        unsaid=tuple(unsaid),
        shared=tuple(pair for pair in combinations(archives, 2) if _share(*(archives[name] for name in pair))),
        simulated=any(a.work.parts.dataset.access == "simulated" for a in archives.values()),
        level=config.intervals.level,
        overall=overall,
    )


def _begun(config: RunConfig, progress: Progress) -> Archive:
    parts = build(config)
    work, split = begin(config, parts, progress, OneProcess())
    truth = labels_of(parts.dataset, parts.findings, work.records).table.loc[split["test"]]
    return Archive(config, work, split, truth)


def _share(first: Archive, second: Archive) -> bool:
    """Whether two archives share recordings, by what is known of them or by the tracings that are used."""
    one, other = first.work.parts.dataset, second.work.parts.dataset
    tracings = set(first.work.signal_digests["sha256"]) & set(second.work.signal_digests["sha256"])
    return one.name in other.related() or other.name in one.related() or bool(tracings)


def _answers(archives: Mapping[str, Archive], taught_on: str, seed: int) -> dict[str, ModelAnswers]:
    """Return what models that are taught on one archive answer to the test folds of all."""
    archive = archives[taught_on]
    work = replace(archive.work, config=archive.config.model_copy(update={"seed": seed}), parts=build(archive.config))
    loads = {name: model_request(a.work, name, a.split).recordings([], "").load for name, a in archives.items()}
    homes = {f"{name}{_BETWEEN}{r}": (name, r) for name, other in archives.items() for r in other.split["test"]}

    def load(named: str) -> Recording:
        name, record_id = homes[named]
        return replace(loads[name](record_id), record_id=named)

    answers = {}
    for label, model in work.parts.models.items():
        request = model_request(work, label, {**archive.split, "test": list(homes)})
        asked = request.of_others(lambda usual: _from_all(usual, set(homes), load, work.progress))
        answers[label] = answers_apart(label, model, asked, allowed_to_models(work.config))
    return answers


def _from_all(
    usual: GetRecordings,
    named: set[str],
    load: Callable[[str], Recording],
    progress: Progress,
) -> GetRecordings:
    """Return how recordings are handed over: those of the archive that teaches as usual, those to be read from all."""

    def recordings(ids: Sequence[str], doing: str) -> Recordings:
        if not ids or ids[0] not in named:
            return usual(ids, doing)
        return Recordings(tuple(ids), load, lambda items: progress(items, doing))

    return recordings


def _unsaid(given: ModelAnswers) -> list[str]:
    """Return the findings that a model scores for no recording, in words."""
    rows = given.readings.left_out
    return [
        str(reason) for reason in rows.loc[(rows["record_id"].fillna("") == "") & (rows["stage"] == "model"), "reason"]
    ]


def _numbers(
    config: RunConfig,
    archives: Mapping[str, Archive],
    taught_on: str,
    seed: int,
    answers: Mapping[str, ModelAnswers],
) -> Iterator[MatrixNumber]:
    if not answers:
        return
    readings = pd.concat([given.readings.readings for given in answers.values()], ignore_index=True)
    readings = readings[["record_id", "reader_id", "finding", "reading", "score"]].astype({"record_id": str})
    readers = pd.concat([given.readings.readers for given in answers.values()])
    home = readings["record_id"].str.partition(_BETWEEN)
    for name, archive in archives.items():
        here = readings[home[0] == name].assign(record_id=home[2])
        analysis = evaluate(
            here,
            archive.truth.rename_axis("record_id").reset_index(),
            readers=readers[["kind", "is_floor"]].rename_axis("reader_id").reset_index(),
            records=archive.work.records.loc[archive.split["test"]].reset_index(),
            findings=list(archive.truth.columns),
            metrics=[_METRIC],
            level=config.intervals.level,
            resamples=config.intervals.resamples,
            seed=config.seed,
        )
        frame = analysis.frame
        rows = frame[(frame["metric"] == _METRIC) & (frame["subgroup"].fillna("") == "")]
        for _, row in rows[rows["reader"].isin(list(answers))].iterrows():
            yield MatrixNumber(
                model=str(row["reader"]),
                taught_on=taught_on,
                read_on=name,
                seed=seed,
                finding=str(row["finding"]),
                value=estimate_of(row),
            )


def _ranks(numbers: Sequence[MatrixNumber], overall: str) -> Iterator[RankStability]:
    whole = [x for x in numbers if x.finding == overall and x.value.value is not None]
    for taught_on, read_on in dict.fromkeys((x.taught_on, x.read_on) for x in whole):
        cell = [x for x in whole if (x.taught_on, x.read_on) == (taught_on, read_on)]
        by_seed = pd.DataFrame([(x.seed, x.model, x.value.value) for x in cell], columns=["seed", "model", "value"])
        table = by_seed.pivot_table(index="model", columns="seed", values="value").dropna()
        if len(table) < 2:
            continue
        yield RankStability(
            taught_on=taught_on,
            read_on=read_on,
            best=tuple(str(table[seed].idxmax()) for seed in table.columns),
            agreement=_agreement(table),
        )


def _agreement(table: pd.DataFrame) -> float | None:
    """Return the mean of Kendall's tau-b over all pairs of columns; None where it is defined for none."""
    from scipy.stats import kendalltau

    taus = [float(kendalltau(table[a], table[b]).statistic) for a, b in combinations(table.columns, 2)]
    taus = [tau for tau in taus if not np.isnan(tau)]
    return float(np.mean(taus)) if taus else None


def numbers_table(result: MatrixResult) -> pd.DataFrame:
    """Return one row a number: which model, taught and read where, seed, finding, its value and interval."""
    return pd.DataFrame.from_records(
        [
            {
                "model": x.model,
                "taught_on": x.taught_on,
                "read_on": x.read_on,
                "seed": x.seed,
                "metric": _METRIC,
                "finding": x.finding,
                "value": x.value.value,
                "low": x.value.low,
                "high": x.value.high,
                "level": result.level,
                "n": x.value.n,
                "reason": x.value.reason or "",
            }
            for x in result.numbers
        ]
    )


def matrix_lines(outcome: MatrixOutcome) -> list[str]:
    """Return the answer in words for a console, and where table and pages are."""
    from ecg_eval.reports.matrix_page import said_lines

    where = [f"Page:  {page}" for page in outcome.pages]
    return [*said_lines(outcome.result), "", *where, f"Table: {outcome.table}"]
