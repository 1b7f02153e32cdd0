"""Everything wrong with a configuration and its inputs, at once, without running."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from ecg_eval import registry
from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import Dataset, Panel, PanelReadings, PanelRequest, Reference
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.oddities import Oddity, oddities
from ecg_eval.domain.reading import no_readings
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError, EcgEvalError, PluginError, ProblemsError, suggestion
from ecg_eval.pipeline.energy import energy_problem
from ecg_eval.pipeline.explanations import explanations_problem
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.study.build import (
    allowed_to_others,
    make_dataset,
    make_metric,
    make_model,
    margin_rule,
    needs_signals,
    prevalence_problems,
)
from ecg_eval.pipeline.study.door import labels_of, readings_of, records_of
from ecg_eval.pipeline.study.form import form_study, labels_at, needs_labels
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.screen import policy_of
from ecg_eval.pipeline.study.secret_key import pseudonyms_of

Made = TypeVar("Made")
_NAMED = 10  # readers that one line names


@dataclass(frozen=True)
class Examined:
    """What an examination of a configuration and its inputs found.

    Attributes
    ----------
    problems : list of EcgEvalError
        Everything for which a run would be refused, one fault once, the most harmful first.
    odd : list of Oddity
        What is odd in the readings of files and the truth; empty where there are problems.
    failing : list of EcgEvalError
        Panels and a reference that fail: a run goes on without their answers, and names them.
    noted : list of str
        What of the files of readings is not used, or was read in another way than it is written, with its count.
    """

    problems: list[EcgEvalError] = field(default_factory=list)
    odd: list[Oddity] = field(default_factory=list)
    failing: list[EcgEvalError] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)


def check_file(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Return the run of a configuration file, examined as far as the run itself would not do so at once.

    What files of readings hold is looked at where models would read before them.

    Raises
    ------
    ProblemsError
        With everything wrong that can be known without reading a signal.
    """
    config = load_config(path, overrides)
    problems = examine(config, contents=bool(config.models)).problems
    if problems:
        raise ProblemsError(str(path), problems)
    return config


def examine_file(path: Path, overrides: Sequence[str] = ()) -> Examined:
    """Return everything wrong with a configuration file and all that it names, and what is odd in the data."""
    try:
        return examine(load_config(path, overrides))
    except ProblemsError as error:
        return Examined(list(error.problems))


def problems_of(config: RunConfig) -> list[EcgEvalError]:
    """Return everything wrong with a configuration's names, arguments, files and what they hold, folds and findings."""
    examined = examine(config)
    return [*examined.problems, *examined.failing]


def examine(config: RunConfig, *, contents: bool = True) -> Examined:
    """Return everything wrong with a configuration and its inputs, and what is odd in the data.

    Parameters
    ----------
    config : RunConfig
    contents : bool
        Whether files of readings are read; otherwise only their names, kinds and arguments are looked at.
    """
    try:
        with speaking_as(config):
            return _examined(config, contents)
    except ProblemsError as error:  # of words of its own that cannot be
        return Examined(list(error.problems))


def _examined(config: RunConfig, contents: bool) -> Examined:
    problems: list[EcgEvalError] = _name_problems(config)
    try:
        findings = expand_findings(config.codes, who="findings")
    except ProblemsError as error:
        problems += error.problems
        findings = ()
    problems += _primary_problems(config, findings)
    _made(partial(policy_of, config.quality), problems)
    _made(partial(pseudonyms_of, config), problems)
    country = config.costs.energy_country
    asked_for = (country and energy_problem(country), explanations_problem(config.explanations))
    problems += [problem for problem in asked_for if problem]
    if problems:
        return Examined(_once(problems))
    dataset = _made(partial(make_dataset, config), problems)
    panels: list[Panel] = []
    for plug in config.panels:
        panel: Panel | None = _made(partial(make, "panels", plug.name, plug.arguments, root=config.data_root), problems)
        if panel is not None:
            panels.append(panel)
            problems += panel.problems()
    reference: Reference | None = _made(
        partial(make, "references", config.reference.name, config.reference.arguments, root=config.data_root), problems
    )
    problems += reference.problems() if reference else []
    for plug in config.models:
        _made(partial(make_model, plug, config), problems)
    for plug in config.metrics:
        _made(partial(make_metric, plug, config), problems)
    for plug in config.report.sections:
        _made(partial(make, "sections", plug.name, plug.arguments, root=config.data_root), problems)
    if isinstance(dataset, Dataset):
        dataset_problems = dataset.problems()
        # a simulated cohort would have to be made to be looked at, and it has what it is asked for
        if dataset_problems or dataset.access == "simulated":
            problems += dataset_problems
        else:
            problems += _data_problems(config, dataset, findings)
            if contents and not problems and reference is not None:
                return _contents(config, dataset, findings, panels, reference)
    return Examined(_once(problems))


def _once(problems: Sequence[EcgEvalError]) -> list[EcgEvalError]:
    """Return problems without those that say the same again."""
    return list({str(problem): problem for problem in problems}.values())


def request_of_files(
    config: RunConfig, records: pd.DataFrame, test: pd.DataFrame, findings: tuple[str, ...]
) -> PanelRequest:
    """Return what a panel of files is asked before anything was read: no labels, and nothing that a model said.

    Parameters
    ----------
    config : RunConfig
    records, test : DataFrame
        All records of the dataset, and those to be read.
    findings : tuple of str
    """
    return PanelRequest(
        records=test,
        findings=findings,
        labels=None,
        model_readings=no_readings(),
        rng=np.random.default_rng(config.seed),
        known_records=records.index,
    )


def _contents(
    config: RunConfig, dataset: Dataset, findings: tuple[str, ...], panels: Sequence[Panel], reference: Reference
) -> Examined:
    """Return what is wrong, and odd, in what panels of files hold; simulated readers have yet to be made."""
    records = records_of(dataset)
    test = records[records["fold"].isin(config.split.test)] if config.split.test else records
    request = request_of_files(config, records, test, findings)
    problems: list[EcgEvalError] = []
    of_files = [panel for panel in panels if not panel.simulated]
    read = [
        made
        for panel in of_files
        if (made := _made(partial(readings_of, panel, request, allowed_to_others(config)), problems)) is not None
    ]
    failing = [problem for problem in problems if isinstance(problem, PluginError)]
    problems = [problem for problem in problems if problem not in failing]
    if problems or failing or not read:
        return Examined(_once(problems), failing=_once(failing))
    noted = [line for made in read for line in _noted(made)]
    needed = config.reference.name == "dataset_labels"
    labels = labels_at(labels_of(dataset, findings, records) if needed else None, test.index)
    form = partial(form_study, config, reference, records=test, findings=findings, labels=labels, everyone=read)
    study: ReaderStudy | None = _made(partial(form, refuse=True), problems)
    if study is None and isinstance(problems[0], PluginError):
        return Examined(failing=_once(problems))
    if study is None:
        # with readers who have yet to read, the truth and the readings may be theirs
        others = config.models or len(of_files) < len(panels)
        return Examined([] if others else _once(problems))
    asked = [part.strip() for column in config.subgroups.by for part in column.split(" x ")]
    missing = [c for c in asked if c != "age" and c not in records]
    if missing:
        remedy = suggestion(missing[0], ["age", *(str(c) for c in records.columns)])
        return Examined([ConfigError("subgroups.by", "subgroup", "a column of the records", missing, remedy)])
    facts = [make_metric(plug, config).facts() for plug in config.metrics]
    odd = oddities(study, subgroups=config.subgroups.by, exclusive=config.exclusive_sets, metrics=facts)
    return Examined(odd=odd, noted=noted)


def _noted(made: PanelReadings) -> list[str]:
    """Return what a panel did not use or read in another way, each once, with its readers where it is of some."""
    lines: dict[str, list[str]] = {}
    for reader, reason in zip(made.left_out["reader_id"].fillna(""), made.left_out["reason"], strict=True):
        lines.setdefault(str(reason), []).append(str(reader))
    return [
        f"{', '.join(filter(None, readers[:_NAMED]))}: {reason}" if any(readers) else reason
        for reason, readers in lines.items()
    ]


def _made(make: Callable[[], Made], problems: list[EcgEvalError]) -> Made | None:
    """Return what `make` makes, or None with its problem noted."""
    try:
        return make()
    except ProblemsError as error:
        problems += error.problems
    except EcgEvalError as error:
        problems.append(error)
    return None


def _name_problems(config: RunConfig) -> list[EcgEvalError]:
    """Return unknown plug-ins, arguments that they do not take, and that nobody reads."""
    places: list[tuple[str, str, Plug]] = [
        ("dataset", "datasets", config.dataset),
        *((f"models.{i}", "models", p) for i, p in enumerate(config.models)),
        *((f"panels.{i}", "panels", p) for i, p in enumerate(config.panels)),
        ("reference", "references", config.reference),
        *((f"metrics.{i}", "metrics", p) for i, p in enumerate(config.metrics)),
        *((f"report.sections.{i}", "sections", p) for i, p in enumerate(config.report.sections)),
    ]
    problems: list[EcgEvalError] = []
    if not config.models and not config.panels:
        remedy = "Name the network that `ecg-eval train` left: {name: trained_network, path: .../network.json}."
        problems.append(ConfigError("models, panels", "readers", "at least one", [], remedy))
    for where, kind, plug in places:
        try:
            cls = load(kind, plug.name)
            arguments = dict(plug.arguments)
            if kind == "datasets" and "root" in registry.parameters(cls):
                arguments.setdefault("root", ".")
            problems += registry.argument_problems(cls, arguments, where=where)
        except EcgEvalError as error:
            problems.append(error)
    labels = [m.label for m in config.models]
    for i, panel in enumerate(config.panels):
        ai = panel.arguments.get("ai")
        if isinstance(ai, str) and ai not in labels:
            problems.append(ConfigError(f"panels.{i}.ai", "model", "one of the run's", ai, suggestion(ai, labels)))
    if not problems:
        problems += prevalence_problems(config.prevalence, [(plug.name, plug.arguments) for plug in config.metrics])
    return problems


def _primary_problems(config: RunConfig, findings: Sequence[str]) -> list[EcgEvalError]:
    metrics = [m.label for m in config.metrics]
    problems: list[EcgEvalError] = []
    for i, primary in enumerate(config.primary):
        if primary.metric not in metrics:
            remedy = suggestion(primary.metric, metrics)
            problems.append(ConfigError(f"primary.{i}.metric", "metric", "one of the run's", primary.metric, remedy))
        elif primary.margin is not None:
            plug = next(m for m in config.metrics if m.label == primary.metric)
            problems += _margin_problems(f"primary.{i}.margin", plug, primary.margin)
        if findings and primary.finding not in (None, "macro", *findings):
            remedy = suggestion(str(primary.finding), [*findings, "macro"])
            problems.append(ConfigError(f"primary.{i}.finding", "finding", "asked for", primary.finding, remedy))
    return problems


def _margin_problems(where: str, plug: Plug, margin: float) -> list[EcgEvalError]:
    """Return that a primary margin is not the one that its metric is asked with, spelt out or by default."""
    try:
        accepted = registry.parameters(load("metrics", plug.name))
    except EcgEvalError:  # named already
        return []
    asked = plug.arguments.get("margin", accepted["margin"].default) if "margin" in accepted else None
    if asked == margin:
        return []
    remedy = f"Say the same twice: metrics: [default, {{name: {plug.name}, margin: {margin:g}}}]."
    return [ConfigError(where, "margin", margin_rule(asked), margin, "" if asked is None else remedy)]


def _data_problems(config: RunConfig, dataset: Dataset, findings: Sequence[str]) -> list[EcgEvalError]:
    """Return empty folds, patients on both sides of a split, and findings that nobody has."""
    problems: list[EcgEvalError] = []
    try:
        records = records_of(dataset)
        labels = labels_of(dataset, findings, records) if needs_labels(config) else None
    except ProblemsError as error:
        return list(error.problems)
    except EcgEvalError as error:
        return [error]
    problems += fold_problems(config, records)
    if config.signals_required and config.models and not records["has_signal"].all():
        n = int((~records["has_signal"]).sum())
        remedy = "Fetch the rest, or leave out `signals_required` to go on with those that are there."
        problems.append(ConfigError("signals_required", "signals", "there for every row", f"{n} missing", remedy))
    # a model that learns nothing needs no label, and neither does another reader's word as the truth
    if labels is not None and not problems:
        for code in findings:
            if not labels.table[code].notna().any():
                remedy = f"{dataset.name} says nothing of it; leave it out."
                problems.append(ConfigError("findings", "finding", "one that the dataset speaks of", code, remedy))
    return problems


def fold_problems(config: RunConfig, records: pd.DataFrame) -> list[EcgEvalError]:
    """Return folds without usable records, models without folds to learn from, patients on both sides of a split."""
    problems: list[EcgEvalError] = []
    split = config.split
    parts = {"train": split.train, "threshold": split.threshold, "test": split.test}
    if not any(parts.values()):
        return problems
    if "fold" not in records:
        return [ConfigError("split", "folds", "left out for a dataset without folds", parts)]
    usable = records[records["has_signal"]] if needs_signals(config, records) else records
    patients: dict[str, set[str]] = {}
    for part, folds in parts.items():
        chosen = usable[usable["fold"].isin(folds)]
        patients[part] = set(chosen["patient_id"])
        empty = [f for f in folds if not (usable["fold"] == f).any()]
        if empty:
            there = sorted(int(f) for f in usable["fold"].dropna().unique())
            remedy = f"Folds with usable records: {there}."
            problems.append(ConfigError(f"split.{part}", "folds", "ones with usable records", empty, remedy))
    for first, second in (("train", "threshold"), ("train", "test"), ("threshold", "test")):
        both = sorted(patients[first] & patients[second])
        if both:
            rule = "on one side only"
            remedy = "A model would be judged on patients that it learnt from."
            who = f"split.{first}, split.{second}"
            problems.append(ConfigError(who, f"{len(both)} patients", rule, both[:5], remedy))
    return problems
