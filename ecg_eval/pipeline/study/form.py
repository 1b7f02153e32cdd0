"""A study formed from what everybody read: one table of readings, one of readers, and the truth that judges them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ecg_eval.config.schema import Group, RunConfig
from ecg_eval.domain.contracts import PanelReadings, Reference
from ecg_eval.domain.reading import joined, no_readings
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.domain.vote import with_votes
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.pipeline.study.door import truth_of


def needs_labels(config: RunConfig) -> bool:
    """Whether a run needs the dataset's labels: as truth, or for models that learn or have their thresholds frozen."""
    learns = bool(config.models and (config.split.train or config.split.threshold))
    return config.reference.name == "dataset_labels" or learns


def form_study(
    config: RunConfig,
    reference: Reference,
    *,
    records: pd.DataFrame,
    findings: tuple[str, ...],
    labels: ReferenceStandard | None,
    everyone: Sequence[PanelReadings],
    failed: Sequence[str] = (),
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
    failed : sequence of str
        Why models left no reading, for the message where nobody did.

    Raises
    ------
    EcgEvalError
        When a reader id belongs to two sources, the truth cannot be formed, or nobody read anything asked for.
    """
    readings, readers = together(_shown(everyone)), _readers(everyone)
    truth = truth_of(reference, records=records, findings=findings, labels=labels, readings=readings, readers=readers)
    if truth.is_reading_of:
        readings = readings[(readings["reader_id"] != truth.is_reading_of).to_numpy()].reset_index(drop=True)
        readers = readers.drop(index=truth.is_reading_of)
    if readings.empty:
        rule = "about at least one record and finding of the test split"
        remedy = " ".join(["See what was left out, and the split and findings.", *failed])
        raise ConfigError("run", "readings", rule, "none", remedy)
    answers = AnswerPolicy(uncertain=config.answers.uncertain, refer=config.answers.refer)
    readings, readers = with_votes(readings, readers, config.vote, answers)
    return ReaderStudy(
        records=records,
        readers=readers,
        readings=readings,
        reference=truth,
        findings=findings,
        answers=answers,
        declared_design=config.design,
        adjust_for=config.adjust_for,
        groups={name: _members(name, group, readers) for name, group in config.groups.items()},
    )


def _shown(everyone: Sequence[PanelReadings]) -> list[PanelReadings]:
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
            own = [one.readings[(one.readings["reader_id"] == ai).to_numpy()] for one in everyone]
            said = joined([one for one in own if len(one)] or [no_readings()])
            if not len(said):
                there = [str(reader) for one in everyone for reader in one.readers.index]
                raise ConfigError(f"shows.{arm}", "reader", "one who has readings", ai, suggestion(ai, there))
            said = said.drop_duplicates(["record_id", "finding"])
            for column, shown in (("reading", "ai_reading"), ("score", "ai_score")):
                answers = dict(zip(zip(said["record_id"], said["finding"], strict=True), said[column], strict=True))
                keys = zip(table["record_id"][at], table["finding"][at], strict=True)
                table = table.copy()
                table.loc[at, shown] = [answers.get(key) for key in keys]
        made.append(replace(panel, readings=table))
    return made


def _members(name: str, group: Group, readers: pd.DataFrame) -> tuple[str, ...]:
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
        fits = [readers[c].astype("string").isin([str(v) for v in wanted]) for c, wanted in group.where.items()]
        chosen |= np.logical_and.reduce([f.fillna(False).to_numpy(dtype=bool) for f in fits])
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
