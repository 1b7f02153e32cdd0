"""A study formed from what everybody read: one table of readings, one of readers, and the truth that judges them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd

from ecg_eval.config.schema import Group, RunConfig
from ecg_eval.domain.columns import text_column, text_of
from ecg_eval.domain.contracts import PanelReadings, Reference
from ecg_eval.domain.reading import joined, no_readings
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.domain.vote import FEWEST, with_votes
from ecg_eval.errors import ConfigError, EcgEvalError, PluginError, suggestion
from ecg_eval.pipeline.study.build import allowed_to_others
from ecg_eval.pipeline.study.door import truth_of

NO_TRUTH_FORMED = "No reference standard: it could not be formed, so that readers are compared with one another only."


def needs_labels(config: RunConfig) -> bool:
    """Whether a run needs the dataset's labels: as truth, or for models that learn or have their thresholds frozen."""
    learns = bool(config.models and (config.split.train or config.split.threshold))
    return "dataset_labels" in _references(config) or learns


def _references(config: RunConfig) -> set[str]:
    """Return the names of the reference and of the one that it is laid over, if one."""
    plug = config.reference
    if plug.name != "adjudicated":
        return {plug.name}
    base = plug.arguments.get("base", "dataset_labels")
    return {plug.name, str(base.get("name")) if isinstance(base, Mapping) else str(base)}


def form_study(
    config: RunConfig,
    reference: Reference,
    *,
    records: pd.DataFrame,
    findings: tuple[str, ...],
    labels: ReferenceStandard | None,
    everyone: Sequence[PanelReadings],
    failed: Mapping[str, str] = MappingProxyType({}),
    refuse: bool = False,
) -> ReaderStudy:
    """Return the study of the readings of all models and panels.

    Parameters
    ----------
    config : RunConfig
    reference : Reference
        How the truth is formed.
    records : DataFrame
        The recordings of the test split.
    findings : tuple of str
    labels : ReferenceStandard or None
        The dataset's labels, one row for each of `records`.
    everyone : sequence of PanelReadings
    failed : mapping of str to str
        Models and panels that left no reading because they failed -> why. What the configuration says of readers who
        are theirs is then no error, and what cannot be formed without them is left out.
    refuse : bool
        Whether a reference whose plug-in fails is an error; otherwise it leaves everything unknown, with the reason.

    Raises
    ------
    EcgEvalError
        When a reader id belongs to two sources, the truth cannot be formed of what was read, or nobody read anything
        asked for.
    """
    readings, readers = together(_shown(everyone, failed)), _readers(everyone)
    form = partial(
        truth_of,
        reference,
        records=records,
        findings=findings,
        labels=labels,
        readings=readings,
        readers=readers,
        allowed=allowed_to_others(config),
    )
    truth = form() if refuse else _formed(form, records, findings, failed)
    if truth.is_reading_of:
        readings = readings[(readings["reader_id"] != truth.is_reading_of).to_numpy()].reset_index(drop=True)
        readers = readers.drop(index=truth.is_reading_of)
    if readings.empty:
        rule = "about at least one record and finding of the test split"
        silent = [f"{', '.join(map(str, readers.index))} answered none of what is asked."] if len(readers) else []
        remedy = " ".join([*silent, "See what was left out, and the split and findings.", *failed.values()])
        raise ConfigError("run", "readings", rule, "none", remedy)
    answers = AnswerPolicy(uncertain=config.answers.uncertain, refer=config.answers.refer)
    kinds = [kind for kind in config.vote if not failed or (readers["kind"] == kind).sum() >= FEWEST]
    readings, readers = with_votes(readings, readers, kinds, answers)
    return ReaderStudy(
        records=records,
        readers=readers,
        readings=readings,
        reference=truth,
        findings=findings,
        answers=answers,
        declared_design=config.design,
        adjust_for=config.adjust_for,
        groups=_groups(config, readers, failed),
    )


def _formed(
    form: Callable[[], ReferenceStandard], records: pd.DataFrame, findings: tuple[str, ...], failed: Mapping[str, str]
) -> ReferenceStandard:
    """Return the truth, or everything unknown where its plug-in fails, or misses readers of others that failed."""
    try:
        return form()
    except EcgEvalError as error:
        if not failed and not isinstance(error, PluginError):
            raise
        table = pd.DataFrame(np.nan, index=records.index, columns=list(findings))
        return ReferenceStandard(table=table, method=NO_TRUTH_FORMED, failed=" ".join([str(error), *failed.values()]))


def _groups(config: RunConfig, readers: pd.DataFrame, failed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the named groups; where sources of readings failed, those that have a reader without them."""
    groups = {}
    for name, group in config.groups.items():
        try:
            groups[name] = members_of(name, group, readers)
        except ConfigError:
            there = group.model_copy(update={"readers": tuple(r for r in group.readers if r in readers.index)})
            if not failed:
                raise
            with suppress(ConfigError):
                groups[name] = members_of(name, there, readers)
    return groups


def _shown(everyone: Sequence[PanelReadings], failed: Mapping[str, str]) -> list[PanelReadings]:
    """Return what everybody left, with what an AI of the study had shown where a panel says whose readings that was.

    Raises
    ------
    ConfigError
        Where nobody of that name read.
    """
    made = []
    for panel in everyone:
        table = panel.readings
        for arm, ai in panel.shows.items():
            at = ((table["arm"] == arm) & table["ai_reading"].isna() & (table["reader_id"] != ai)).to_numpy()
            if not at.any():
                continue
            of_ai = [one.readings[(one.readings["reader_id"] == ai).to_numpy()] for one in everyone]
            by_ai = joined([one for one in of_ai if len(one)] or [no_readings()])
            if not len(by_ai) and failed:  # it may be among them: what was shown stays unknown
                continue
            if not len(by_ai):
                there = [str(reader) for one in everyone for reader in one.readers.index]
                raise ConfigError(f"shows.{arm}", "reader", "one who has readings", ai, suggestion(ai, there))
            by_ai = by_ai.drop_duplicates(["record_id", "finding"])
            for column, shown in (("reading", "ai_reading"), ("score", "ai_score")):
                answers = dict(zip(zip(by_ai["record_id"], by_ai["finding"], strict=True), by_ai[column], strict=True))
                keys = zip(table["record_id"][at], table["finding"][at], strict=True)
                table = table.copy()
                table.loc[at, shown] = [answers.get(key) for key in keys]
        made.append(replace(panel, readings=table))
    return made


def members_of(name: str, group: Group, readers: pd.DataFrame) -> tuple[str, ...]:
    """Return the readers of a named group: those listed, and those whose columns say what the group asks for.

    Raises
    ------
    ConfigError
        For a reader or a column that nobody has, and a group without a reader.
    """
    for reader in group.readers:
        if reader not in readers.index:
            remedy = suggestion(reader, readers.index)
            raise ConfigError(f"groups.{name}", "reader", "one of the study's", reader, remedy)
    chosen = readers.index.isin(list(group.readers))
    for column in group.where:
        if column not in readers:
            raise ConfigError(
                f"groups.{name}.where", "column", "one of the readers'", column, suggestion(column, map(str, readers))
            )
    if group.where:
        # as text, in which 18.0 years are 18
        fits = [text_column(readers[c]).isin([text_of(v) for v in wanted]) for c, wanted in group.where.items()]
        chosen |= np.logical_and.reduce([f.to_numpy(dtype=bool) for f in fits])
    if not chosen.any():
        raise ConfigError(f"groups.{name}", "group", "of at least one reader who has readings", dict(group.where))
    return tuple(str(reader) for reader in readers.index[chosen])


def labels_at(labels: ReferenceStandard | None, ids: pd.Index) -> ReferenceStandard | None:
    """Return the labels of some records, in their order."""
    if labels is None:
        return None
    return ReferenceStandard(
        table=labels.table.reindex(ids), method=labels.method, formed_by=labels.formed_by, agreement=labels.agreement
    )


def together(everyone: Sequence[PanelReadings]) -> pd.DataFrame:
    """Return all readings in one table; none where nobody read anything."""
    there = [r.readings for r in everyone if len(r.readings)]
    return joined(there) if there else no_readings()


def _readers(everyone: Sequence[PanelReadings]) -> pd.DataFrame:
    """Return all readers in one table; an identity may belong to one source only."""
    readers = pd.concat([r.readers for r in everyone])
    repeated = sorted(set(readers.index[readers.index.duplicated()]))
    if repeated:
        remedy = "Rename one with `id:` (a model) or in its file."
        raise ConfigError("run", "reader_id", "given once over all models and panels", repeated, remedy)
    return readers
