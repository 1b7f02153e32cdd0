"""An adjudicator's answers taken back: a run of its own with the new truth, and what that changed."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import pandas as pd

from ecg_eval.config.load import config_to_yaml
from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.facts.adjudication import AdjudicationFacts, ChangedTruths, MovedNumber
from ecg_eval.domain.facts.provenance import StudyFacts
from ecg_eval.domain.result import StudyResult
from ecg_eval.errors import ArgumentError, RunFolderError
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import build
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import Work, do_stages, pages_of, read_result, stages_of
from ecg_eval.references.adjudicated import Adjudicated as Plugin
from ecg_eval.references.votes.adjudication import Adjudicated, AdjudicatedAnswers, laid_over, read_answers
from ecg_eval.reports.adjudication_page import render_adjudication
from ecg_eval.stats.estimate import Estimate
from ecg_eval.storage.lock import held
from ecg_eval.storage.run_folder import (
    FACTS_FILE,
    MEASUREMENTS_FILE,
    QUALITY_FILE,
    SIGNAL_DIGESTS_FILE,
    RunFolder,
)

WHO = "ecg-eval adjudicate"
CHANGES_FILE, MOVED_FILE = "adjudication_changes.csv", "adjudication_moved.csv"
# what a study is about, shown before and after; pre-specified estimates are shown whatever they are
MAIN_METRICS = (
    *("sensitivity", "specificity", "accuracy", "auroc", "aid_effect_sensitivity", "aid_effect_specificity"),
    *("aid_effect_accuracy", "model_against_readers"),
)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What taking answers back left.

    Attributes
    ----------
    folder : Path
        The new run folder.
    facts : AdjudicationFacts
    pages, tables : tuple of Path
    """

    folder: Path
    facts: AdjudicationFacts
    pages: tuple[Path, ...]
    tables: tuple[Path, ...]


def settle(run_dir: Path, answers: Path, *, out: Path | None = None, progress: Progress = silent) -> Settled:
    """Lay an adjudicator's answers over the truth of a run, and evaluate its readings anew, in a folder of its own.

    Nobody reads again: readings, thresholds and all that does not rest on the truth stay as they are.

    Raises
    ------
    EcgEvalError
        When the folder is no finished run, the sheet cannot be read, none of its answers is about the study, or the
        new folder is taken.
    """
    start = perf_counter()
    source = checked_folder(run_dir, but=("report",))
    target = out or run_dir.with_name(f"{run_dir.resolve().name}-adjudicated")
    if target.exists() and any(target.iterdir()):
        raise RunFolderError(WHO, str(target), "new or empty", remedy="Name another folder by --out.")
    config = config_of(run_dir)
    filled_in = read_answers(answers)
    with speaking_as(config):
        before = read_result(config, source)
        made = laid_over(before.study.reference, filled_in)
        if not made.n_answered:
            remedy = "Was the sheet written from another run?"
            raise ArgumentError(WHO, str(answers), "with answers about readings of this run", "none", remedy)
        folder = RunFolder(target)
        with held(target):
            work = _work(config, before, made, source, folder, answers, progress, start)
            do_stages(folder, stages_of(work)[2:])
            after = work.result
            facts = _facts(filled_in, made, before, after)
            pages = _write(folder, work.config, facts, made, after)
    return Settled(
        folder=target,
        facts=facts,
        pages=(*pages, *pages_of(work.config, folder)),
        tables=(target / CHANGES_FILE, target / MOVED_FILE),
    )


def _work(
    config: RunConfig,
    before: StudyResult,
    made: Adjudicated,
    source: RunFolder,
    folder: RunFolder,
    answers: Path,
    progress: Progress,
    start: float,
) -> Work:
    """Leave the stages before the evaluation in the new folder as a run of the new configuration would."""
    sheet = folder.path / f"answers{answers.suffix.lower()}"
    shutil.copyfile(answers, sheet)
    base = config.reference.model_dump(exclude_none=True)
    changed = config.model_copy(
        update={
            "name": f"{config.name}-adjudicated"[:100],
            "out": folder.path,
            "reference": Plug(name=Plugin.name, file=str(sheet.resolve()), base=base),  # type: ignore[call-arg]
        }
    )
    folder.write_text("run.yaml", config_to_yaml(changed))
    quality = pd.read_csv(
        source.path / QUALITY_FILE, dtype="string", keep_default_na=False, float_precision="round_trip"
    )
    folder.write_study(replace(before.study, reference=made.reference), source.read_left_out(), quality)
    for name in (SIGNAL_DIGESTS_FILE, MEASUREMENTS_FILE):
        if (source.path / name).is_file():
            shutil.copyfile(source.path / name, folder.path / name)
    facts = source.read_facts(StudyFacts, FACTS_FILE)
    reference = replace(
        facts.reference,
        plugin=Plugin.name,
        meaning=Plugin.meaning,
        method=made.reference.method,
        formed_by=made.reference.formed_by,
    )
    folder.write_facts(FACTS_FILE, replace(facts, reference=reference))
    work = Work(config=changed, parts=build(changed), folder=folder, progress=progress, start=start)
    for stage in stages_of(work)[:2]:
        folder.stage_done(stage.name, inputs=stage.depends_on(), files=stage.leaves)
    return work


def _facts(
    filled_in: AdjudicatedAnswers, made: Adjudicated, before: StudyResult, after: StudyResult
) -> AdjudicationFacts:
    kinds = Counter(
        (str(row.finding), _name(row.before), _name(row.after)) for row in made.changes.itertuples(index=False)
    )
    order = {code: i for i, code in enumerate(before.study.findings)}
    changed = [ChangedTruths(finding=f, before=old, after=new, n=n) for (f, old, new), n in kinds.items()]
    return AdjudicationFacts(
        n_answered=made.n_answered,
        n_blank=filled_in.n_blank,
        n_strange=made.n_strange,
        n_confirmed=made.n_answered - len(made.changes),
        changed=tuple(sorted(changed, key=lambda c: (order[c.finding], -c.n))),
        moved=tuple(_moved(before.evaluation, after.evaluation)),
    )


def _name(truth: object) -> str:
    return {1.0: "present", 0.0: "absent"}.get(truth, "unknown")  # type: ignore[call-overload, no-any-return]


def _moved(before: Evaluation, after: Evaluation) -> Iterator[MovedNumber]:
    """Yield the main estimates of both evaluations side by side: over all findings, and what the plan named."""
    key = ["metric", "reader", "arm", "compared_with", "finding", "subgroup", "is_group"]
    old, new = (frame.set_index(key, drop=False) for frame in (before.frame, after.frame))
    over_all = old["combined"] != ""
    whole = over_all | ~old["metric"].isin(old.loc[over_all, "metric"])
    main = old["metric"].isin(MAIN_METRICS) & whole & (old["subgroup"] == "")
    for place, row in old[main | old["pre_specified"]].iterrows():
        if place not in new.index:
            continue
        other = new.loc[[place]].iloc[0]
        both = [_estimate(r) for r in (row, other)]
        yield MovedNumber(
            metric=str(row["metric"]),
            reader=str(row["reader"]),
            reader_kind=str(row["reader_kind"]),
            arm=str(row["arm"]),
            finding=str(row["finding"]),
            is_group=bool(row["is_group"]),
            pre_specified=bool(row["pre_specified"]),
            before=both[0],
            after=both[1],
        )


def _estimate(row: pd.Series) -> Estimate:
    value, low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("value", "low", "high"))
    reason = "" if pd.isna(row["reason"]) else str(row["reason"])
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=float(row["level"]),
        method=str(row["method"]),
        n=int(row["n"]),
        reason=reason or (None if value is not None else "it cannot be computed"),
    )


def _write(
    folder: RunFolder, config: RunConfig, facts: AdjudicationFacts, made: Adjudicated, after: StudyResult
) -> list[Path]:
    folder.write_text(CHANGES_FILE, made.changes.to_csv(index=False, lineterminator="\n"))
    rows = [
        {
            "metric": m.metric,
            "reader": m.reader,
            "arm": m.arm,
            "finding": m.finding,
            "pre_specified": m.pre_specified,
            "before": m.before.value,
            "before_low": m.before.low,
            "before_high": m.before.high,
            "after": m.after.value,
            "after_low": m.after.low,
            "after_high": m.after.high,
            "change": m.change,
        }
        for m in facts.moved
    ]
    folder.write_text(MOVED_FILE, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    pages = []
    for language in config.report.languages:
        name = f"adjudication.{language}.html"
        folder.write_text(name, render_adjudication(after, facts, language=language))
        pages.append(folder.path / name)
    return pages


def settled_lines(settled: Settled) -> list[str]:
    """Say what came of it, for the console."""
    facts = settled.facts
    lines = [
        f"{facts.n_answered} answers: {facts.n_confirmed} say what stood there, {facts.n_changed} changed a truth; "
        f"{facts.n_blank} rows were left blank."
    ]
    if facts.n_strange:
        lines.append(f"{facts.n_strange} answers are about records or findings that are not in this run: left aside.")
    lines += [f"  {c.finding}: {c.n} from {c.before} to {c.after}" for c in facts.changed]
    moved = [m for m in facts.moved if m.change]
    largest = sorted(moved, key=lambda m: (not m.pre_specified, -abs(m.change or 0.0)))[:8]
    if largest:
        lines.append("Main numbers that moved most:")
    lines += [
        f"  {m.metric}, {m.reader}, {m.arm}, {m.finding}: {m.before.value:.3f} to {m.after.value:.3f} ({m.change:+.3f})"
        for m in largest
    ]
    lines += [f"Page:  {page}" for page in settled.pages]
    lines += [f"Table: {table}" for table in settled.tables]
    return lines
