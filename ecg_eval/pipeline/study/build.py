"""From a configuration to the objects that a run is made of."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ecg_eval import registry
from ecg_eval.config.schema import Plug, RunConfig, StatedPrevalence
from ecg_eval.domain.contracts import Dataset, Metric, Model, Panel, Reference, Section
from ecg_eval.domain.findings import expand_findings, vocabulary
from ecg_eval.errors import ConfigError, EcgEvalError, suggestion
from ecg_eval.pipeline.apart.processes import Allowed
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.study.store import model_arguments


@dataclass(frozen=True)
class Parts:
    """The plug-ins of a run, made.

    Attributes
    ----------
    dataset : Dataset
    models : dict of str to Model
        By reader id.
    panels : list of Panel
    reference : Reference
    metrics : list of Metric
    findings : tuple of str
        Codes, label sets expanded.
    """

    dataset: Dataset
    models: dict[str, Model]
    panels: list[Panel]
    reference: Reference
    metrics: list[Metric]
    findings: tuple[str, ...]


def build(config: RunConfig) -> Parts:
    """Return the plug-ins that a configuration names.

    Raises
    ------
    EcgEvalError
        For the first thing that cannot be made; ``pipeline.check`` finds all of them at once.
    """
    root = config.data_root
    return Parts(
        dataset=make_dataset(config),
        models={plug.label: make_model(plug, config) for plug in config.models},
        panels=[_made("panels", plug, root) for plug in config.panels],
        reference=_made("references", config.reference, root),
        metrics=make_metrics(config),
        findings=expand_findings(config.codes),
    )


def make_dataset(config: RunConfig) -> Dataset:
    """Return the dataset; its `root`, where it takes one and none is given, is the data root itself."""
    name, arguments = config.dataset.name, config.dataset.arguments
    accepted = registry.parameters(load("datasets", name))
    if "root" in accepted and "root" not in arguments and accepted["root"].default is accepted["root"].empty:
        arguments["root"] = "."
    dataset: Dataset = make("datasets", name, arguments, root=config.data_root)
    return dataset


def needs_signals(config: RunConfig, records: pd.DataFrame) -> bool:
    """Whether recordings must be there and readable: where a model looks at them.

    Models whose answers stand in a file read a study without signals; where there are signals, they read the same
    recordings as everybody.
    """
    if not config.models:
        return False
    looks = any(load("models", plug.name).reads_signals for plug in config.models)
    return looks or bool(records["has_signal"].any())


def make_model(plug: Plug, config: RunConfig) -> Model:
    """Return a model; one that an MLflow store holds is fetched first."""
    arguments = model_arguments(plug, config)
    model: Model = make("models", plug.name, arguments, root=config.data_root, allowed=allowed_to_models(config))
    return model


def make_metrics(config: RunConfig) -> list[Metric]:
    """Return the metrics in order."""
    return [make_metric(plug, config) for plug in config.metrics]


def make_metric(plug: Plug, config: RunConfig) -> Metric:
    """Return a metric, told how common findings are where it asks and nobody says it beside its name."""
    arguments = metric_arguments(plug.name, plug.arguments, config.prevalence)
    metric: Metric = make("metrics", plug.name, arguments, root=config.data_root)
    return metric


def metric_arguments(
    name: str, arguments: Mapping[str, object], prevalence: Mapping[str, StatedPrevalence] | None
) -> Mapping[str, object]:
    """Return a metric's arguments with the prevalence that is stated for all; its own wins.

    Raises
    ------
    EcgEvalError
        When there is no such metric.
    """
    if prevalence is None or "prevalence" in arguments or not _asks_prevalence(name):
        return arguments
    return {
        **arguments,
        "prevalence": {code: stated.model_dump(exclude_none=True) for code, stated in prevalence.items()},
    }


def margin_rule(asked: object) -> str:
    """Return what the margin of a primary estimate must be where its metric has the margin `asked`, None for none."""
    return "left out for a metric without one" if asked is None else f"that of the metric ({asked})"


def prevalence_problems(
    prevalence: Mapping[str, StatedPrevalence] | None, metrics: Iterable[tuple[str, Mapping[str, object]]]
) -> list[EcgEvalError]:
    """Return what is wrong with the prevalence stated for all metrics: findings that nobody knows, and no use of it.

    Parameters
    ----------
    prevalence : mapping or None
    metrics : iterable of (str, mapping)
        Names and arguments of those asked.
    """
    if prevalence is None:
        return []
    problems: list[EcgEvalError] = []
    for code in prevalence:
        if code not in vocabulary():
            remedy = suggestion(code, vocabulary())
            problems.append(ConfigError(f"prevalence.{code}", "finding", "a code of the vocabulary", code, remedy))
    asked = list(metrics)
    if not any("prevalence" not in arguments and _asks_prevalence(name) for name, arguments in asked):
        remedy = f"Ask for one: {', '.join(_asking_prevalence())}."
        given = [name for name, _ in asked]
        problems.append(ConfigError("prevalence", "prevalence", "used by a metric that is asked", given, remedy))
    return problems


def _asks_prevalence(name: str) -> bool:
    return "prevalence" in registry.parameters(load("metrics", name))


def _asking_prevalence() -> list[str]:
    """Return the metrics that ask how common a finding is; one from outside that cannot be loaded is passed over."""
    asking = []
    for name in registry.names("metrics"):
        with suppress(EcgEvalError):
            asking += [name] if _asks_prevalence(name) else []
    return asking


def allowed_to_models(config: RunConfig) -> Allowed:
    """Return what a model may take for all that it does."""
    return Allowed(seconds=config.limits.model_s, memory_gb=config.limits.memory_gb)


def allowed_to_others(config: RunConfig) -> Allowed:
    """Return what a plug-in that is no model may take for an answer."""
    return Allowed(seconds=config.limits.plugin_s, memory_gb=config.limits.memory_gb)


def make_sections(config: RunConfig) -> list[Section]:
    """Return the report's sections in order."""
    allowed = allowed_to_others(config)
    return [
        make("sections", plug.name, plug.arguments, root=config.data_root, allowed=allowed)
        for plug in config.report.sections
    ]


def _made(kind: str, plug: Plug, root: Path) -> Any:
    return make(kind, plug.name, plug.arguments, root=root)
