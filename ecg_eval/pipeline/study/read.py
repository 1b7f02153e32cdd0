"""From recordings to readings: who may learn from what, who reads what, and what truth is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import PanelReadings, PanelRequest, Recordings
from ecg_eval.domain.facts.model import ModelFacts
from ecg_eval.domain.facts.provenance import PanelFacts, ReferenceFacts, StudyFacts
from ecg_eval.domain.facts.screening import FlowStep, QualityFacts, RecordingFacts, TracingFacts
from ecg_eval.domain.reading import no_readings, readers_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import InputFileError, PluginError, ProblemsError
from ecg_eval.pipeline.executors.executor import Executor, OneProcess
from ecg_eval.pipeline.explanations import Explained
from ecg_eval.pipeline.plugins import load
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study.build import Parts, allowed_to_models, allowed_to_others, needs_signals
from ecg_eval.pipeline.study.check import fold_problems
from ecg_eval.pipeline.study.costs import CostRequest
from ecg_eval.pipeline.study.door import labels_of, readings_of, records_of
from ecg_eval.pipeline.study.form import form_study, labels_at, needs_labels, together
from ecg_eval.pipeline.study.independence import independence
from ecg_eval.pipeline.study.model_readings import ModelAnswers, ModelRequest, answers_apart, is_apart
from ecg_eval.pipeline.study.plugin_digest import code_digests, content_of
from ecg_eval.pipeline.study.provenance import dataset_facts, digest
from ecg_eval.pipeline.study.recordings import loader, prepare
from ecg_eval.pipeline.study.same_tracings import digests_table, find_same
from ecg_eval.pipeline.study.screen import STAGE, Policy, policy_of, quality_facts, quality_table, screen
from ecg_eval.pipeline.study.spread import looked_at, recordings_for
from ecg_eval.pipeline.study.store import registered


@dataclass
class StudyMade:
    """A study and how it came about.

    Attributes
    ----------
    study : ReaderStudy
    left_out : DataFrame
    quality : DataFrame
        Flaws of the signals, one row a recording and flaw.
    signal_digests : DataFrame
        What the recordings are, whatever their ids: ``storage.run_folder.DIGEST_COLUMNS``.
    facts : StudyFacts
    named : tuple of str
        Readers who are named somewhere and took no part, or are the truth.
    explained : Explained or None
        Where the models' answers come from; None where nobody asked.
    """

    study: ReaderStudy
    left_out: pd.DataFrame
    quality: pd.DataFrame
    signal_digests: pd.DataFrame
    facts: StudyFacts
    named: tuple[str, ...] = ()
    explained: Explained | None = None


@dataclass
class ReadingWork:
    """What the steps of one reading stage hand on."""

    config: RunConfig
    parts: Parts
    progress: Progress
    executor: Executor
    records: pd.DataFrame
    labels: ReferenceStandard | None
    policy: Policy
    quality: pd.DataFrame = field(default_factory=quality_table)
    quality_facts: QualityFacts | None = None
    other_units: dict[str, str] = field(default_factory=dict)
    recording_facts: RecordingFacts | None = None
    signal_digests: pd.DataFrame = field(default_factory=lambda: digests_table({}, {}))
    signal_facts: TracingFacts | None = None
    left_out: list[tuple[str, str, str, str]] = field(default_factory=list)
    flow: list[FlowStep] = field(default_factory=list)

    def note_flow(self, step: str, records: pd.DataFrame) -> None:
        """Note how many records and patients are left after a step."""
        self.flow.append(FlowStep(step=step, records=len(records), patients=int(records["patient_id"].nunique())))

    def rng(self, *names: object) -> np.random.Generator:
        """Return a generator that depends on the run's seed and on what it is for, not on what was drawn before."""
        words = [b for name in names for b in str(name).encode()]
        return np.random.default_rng([self.config.seed, *words])


def make_study(config: RunConfig, parts: Parts, progress: Progress, executor: Executor) -> StudyMade:
    """Return the study of a configuration: models taught and read, panels read, the reference formed.

    Raises
    ------
    ProblemsError
        When folds are empty, patients are on both sides of a split, or required signals are missing.
    """
    work, split = begin(config, parts, progress, executor)
    records = work.records
    test = records.loc[split["test"]]
    work.note_flow("recordings of the test split, read", test)
    by_model = _read_models(work, split)
    said_by_models = [answers.readings for answers in by_model.values()]
    model_readings = together(said_by_models)
    thresholds = [t.beside(model_readings) for answers in by_model.values() for t in answers.thresholds]
    asked = [_read_panel(work, i, test, model_readings) for i in range(len(parts.panels))]
    by_panel = [readings for readings, _ in asked]
    panels = tuple(
        PanelFacts(plugin=panel.name, simulated=panel.simulated, digests=panel.digests(), failed=reason)
        for panel, (_, reason) in zip(parts.panels, asked, strict=True)
    )
    everyone = [*said_by_models, *by_panel]
    failed = {label: answers.facts.failed for label, answers in by_model.items() if answers.facts.failed}
    failed |= {panel.plugin: panel.failed for panel in panels if panel.failed}
    study = form_study(
        config,
        parts.reference,
        records=test,
        findings=parts.findings,
        labels=labels_at(work.labels, test.index),
        everyone=everyone,
        failed=failed,
    )
    reference = study.reference
    dataset = dataset_facts(parts.dataset)
    facts = StudyFacts(
        dataset=dataset,
        simulated=dataset.access == "simulated" or "simulated" in set(study.readers["kind"]),
        flow=tuple(work.flow),
        quality=work.quality_facts,
        thresholds=tuple(thresholds),
        models={
            plug.label: _as_it_was(work, plug, by_model[plug.label].facts, [split["train"], dataset.digests])
            for plug in config.models
        },
        recordings=work.recording_facts,
        signals=work.signal_facts,
        independence=independence(parts.dataset, test, study.readers),
        panels=panels,
        aided_by=_aided_by(by_panel),
        reference=ReferenceFacts(
            plugin=parts.reference.name,
            meaning=parts.reference.meaning,
            method=reference.method,
            formed_by=reference.formed_by,
            agreement=reference.agreement,
            failed=reference.failed,
        ),
        groups=dict(study.groups),
    )
    left_out = pd.concat([left_out_table(work.left_out), *(r.left_out for r in everyone)], ignore_index=True)
    read = {str(reader) for one in by_panel for reader in one.readers.index}
    named = {str(reader) for reader in left_out["reader_id"] if reader and reader not in by_model} | read
    named -= set(study.readers.index)
    reasons = [answers.explained for answers in by_model.values() if answers.explained is not None]
    why = None if config.explanations is None else Explained.of_all(reasons)
    return StudyMade(study, left_out, work.quality, work.signal_digests, facts, tuple(sorted(named)), why)


def _as_it_was(work: ReadingWork, plug: Plug, facts: ModelFacts, lessons: Sequence[object]) -> ModelFacts:
    """Return a model's facts with the digest of what makes it this version; lessons count for one that was taught."""
    config = work.config
    code = code_digests(load("models", plug.name).__module__)
    arguments = content_of(plug.arguments | registered(plug, config), config.data_root)
    learnt = [*lessons, work.parts.findings, config.seed] if facts.n_train else []
    return replace(facts, digest=digest(plug.name, code, arguments, config.resample_hz, learnt))


def begin(
    config: RunConfig, parts: Parts, progress: Progress, executor: Executor
) -> tuple[ReadingWork, dict[str, list[str]]]:
    """Return what a reading stage begins with: records, labels where they are needed, and the ids of each split."""
    records = records_of(parts.dataset)
    labels = _labels(config, parts, records)
    work = ReadingWork(config, parts, progress, executor, records, labels, policy_of(config.quality))
    work.note_flow("records in the dataset", records)
    return work, _split(work)


def _aided_by(panels: Sequence[PanelReadings]) -> dict[str, str]:
    """Return which AI helped in which arm; the names of all, where panels say different ones."""
    named: dict[str, dict[str, None]] = {}
    for panel in panels:
        for arm, ai in panel.aided_by.items():
            named.setdefault(arm, {})[ai] = None
    return {arm: ", ".join(ais) for arm, ais in named.items()}


def _labels(config: RunConfig, parts: Parts, records: pd.DataFrame) -> ReferenceStandard | None:
    """Return the dataset's labels where the run needs them; a run without truth and models may do without."""
    needed = needs_labels(config) or any(p.simulated for p in parts.panels)
    return labels_of(parts.dataset, parts.findings, records) if needed else None


def _split(work: ReadingWork) -> dict[str, list[str]]:
    """Return the record ids that teach, freeze thresholds and are read; only readable ones where models read."""
    records = work.records
    chosen = chosen_of(work.config, records)
    if not needs_signals(work.config, records):
        return {part: list(rows.index) for part, rows in chosen.items()}
    wanted = pd.concat(list(chosen.values()))
    there = with_signal(work.config, work.parts.dataset.name, wanted)
    work.note_flow("in the folds used", wanted)
    work.left_out += [(name, "", "file", reason) for name, reason in work.parts.dataset.other_files().items()]
    work.left_out += [(str(r), "", "signal", "no signal file") for r in wanted.index[~wanted["has_signal"]]]
    work.note_flow("with a signal file", there)
    work.recording_facts = _prepared(work, list(there.index))
    each = partial(looked_at, work.config, work.executor)
    screened = screen(work.parts.dataset, list(there.index), work.progress, work.policy, each)
    work.left_out += screened.left_out
    work.quality = screened.quality
    work.other_units = screened.other_units
    work.quality_facts = quality_facts(screened, len(there), work.policy)
    usable = set(screened.usable)
    work.note_flow("with a readable signal", there[there.index.isin(usable)])
    usable_of = {part: [r for r in rows.index if r in usable] for part, rows in chosen.items()}
    if not usable_of["test"]:
        reasons = [reason for _, _, stage, reason in screened.left_out if stage == STAGE]
        remedy = f"The first reason: {reasons[0]}" if reasons else ""
        raise InputFileError(work.parts.dataset.name, "test split", "at least one readable recording", 0, remedy)
    return _without_copies(work, usable_of, screened.digests)


def chosen_of(config: RunConfig, records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the records that teach ("train"), freeze thresholds ("threshold") and are read ("test").

    Raises
    ------
    ProblemsError
        When folds are empty, or patients are on both sides of the split.
    """
    problems = fold_problems(config, records)
    if problems:
        raise ProblemsError("run", problems)
    split = config.split
    parts = {"train": split.train, "threshold": split.threshold, "test": split.test}
    chosen = {
        part: records[records["fold"].isin(folds)] if folds else records.iloc[:0] for part, folds in parts.items()
    }
    return chosen if split.test else chosen | {"test": records}


def with_signal(config: RunConfig, dataset: str, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return the records that have a signal file.

    Raises
    ------
    InputFileError
        When some lack one and the configuration requires them.
    """
    missing = int((~wanted["has_signal"]).sum())
    if missing and config.signals_required:
        rule = "there for every row of the folds used"
        remedy = "Fetch the rest, or leave out `signals_required`."
        raise InputFileError(dataset, "signals", rule, f"{missing} missing", remedy)
    return wanted[wanted["has_signal"]]


def _prepared(work: ReadingWork, ids: Sequence[str]) -> RecordingFacts:
    """Make recordings ready to be loaded, unless all that is asked of them stands on a shelf."""
    shelf = work.executor.shelf
    if shelf is not None and all(shelf.model(plug.label).how != "later" for plug in work.config.models):
        return RecordingFacts(resampled_to_hz=work.config.resample_hz, cache="")
    return prepare(work.config, work.parts.dataset, ids, work.progress)


def _without_copies(work: ReadingWork, split: dict[str, list[str]], digests: dict[str, str]) -> dict[str, list[str]]:
    """Return the split without tracings that are on both sides of it, or refuse it for them; note copies otherwise."""
    same = find_same(digests, split, dict(zip(work.records.index, work.records["patient_id"], strict=True)))
    if same.problems and work.config.split.same_tracing == "refuse":
        raise ProblemsError("run", same.problems)
    work.left_out += [(r, "", "signal", reason) for rows in same.copies.values() for r, reason in rows.items()]
    work.left_out += same.noted
    work.signal_facts = same.facts
    split = {part: [r for r in ids if r not in same.copies.get(part, {})] for part, ids in split.items()}
    work.signal_digests = digests_table(digests, split)
    return split


def _recordings(work: ReadingWork, executor: Executor, ids: Sequence[str], doing: str) -> Recordings:
    config = work.config
    limits = policy_of(config.quality).limits
    load = loader(work.parts.dataset, config.resample_hz, correct=config.quality.correct, limits=limits)
    recordings = Recordings(tuple(ids), load, lambda items: work.progress(items, doing))
    return recordings_for(config, executor, recordings)


def model_request(work: ReadingWork, label: str, split: dict[str, list[str]]) -> ModelRequest:
    """Return what a model takes part in."""
    shelf, alone = work.executor.shelf, OneProcess()
    alone.shelf = shelf
    there = None if shelf is None else shelf.model(label)
    return ModelRequest(
        findings=work.parts.findings,
        split=split,
        threshold_folds=work.config.split.threshold,
        threshold_rule=work.config.split.threshold_rule,
        labels=None if work.labels is None else work.labels.table,
        other_units=work.other_units,
        recordings=partial(_recordings, work, work.executor),
        recordings_alone=partial(_recordings, work, alone),
        rng=work.rng("fit", label),
        costs=CostRequest(work.config.costs.measure, work.config.costs.energy_country),
        stored=partial(shelf.answers, label)
        if shelf is not None and there is not None and there.how == "read"
        else None,
        counted={} if there is None else there.counts,
        was_shared=there is not None and there.how != "later",
        explanations=work.config.explanations,
        explaining_rng=work.rng("explain", label),
        level=work.config.intervals.level,
    )


def _read_models(work: ReadingWork, split: dict[str, list[str]]) -> dict[str, ModelAnswers]:
    """Return what every model leaves; those asked apart go first, while this process has no pool of threads."""
    allowed, models = allowed_to_models(work.config), work.parts.models
    answers = {
        label: answers_apart(label, models[label], model_request(work, label, split), allowed)
        for label in sorted(models, key=lambda label: not is_apart(models[label], allowed))
    }
    return {label: answers[label] for label in models}


def _read_panel(
    work: ReadingWork, number: int, test: pd.DataFrame, model_readings: pd.DataFrame
) -> tuple[PanelReadings, str]:
    """Return the readings of a panel and ""; where its plug-in fails none, and why. A wrong file is refused."""
    panel = work.parts.panels[number]
    request = PanelRequest(
        records=test,
        findings=work.parts.findings,
        labels=labels_at(work.labels, test.index) if panel.simulated else None,
        model_readings=model_readings,
        rng=work.rng("panel", number),
        known_records=work.records.index,
    )
    try:
        return readings_of(panel, request, allowed_to_others(work.config)), ""
    except PluginError as error:
        reason = str(error)
    no_readers = readers_table(pd.DataFrame({"reader_id": [], "kind": []}, dtype="string"))
    left_out = left_out_table([("", "", "panel", reason)])
    return PanelReadings(readings=no_readings(), readers=no_readers, left_out=left_out), reason
