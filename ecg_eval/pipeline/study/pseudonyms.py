"""Names of people leave a study before any of it is written: readers, patients, comments, and what names them.

Machines keep their names. Ids of recordings stay: they join the tables, and a study whose ids look like
people's is told so by the check.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath

import pandas as pd

from ecg_eval.config.load import config_to_dict, make_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.provenance import PanelFacts, StudyFacts
from ecg_eval.domain.people.pseudonyms import Pseudonyms, hidden_notes, hidden_text
from ecg_eval.domain.reading import is_human_kind
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.study.read import StudyMade


def people_in(study: ReaderStudy) -> list[str]:
    """Return the ids of the readers who are people."""
    return [str(reader) for reader, kind in study.readers["kind"].items() if is_human_kind(kind)]


def hidden_study(study: ReaderStudy, names: Pseudonyms) -> ReaderStudy:
    """Return a study without names: readers and patients by their pseudonyms, comments blank."""
    people = people_in(study)
    new = {name: names.reader(name) for name in people}
    readings = study.readings.copy()
    readings["reader_id"] = readings["reader_id"].cat.rename_categories(lambda name: new.get(name, name))
    readings["comment"] = pd.Categorical([None] * len(readings), categories=pd.Index([], dtype=object))
    readers = study.readers.rename(index=new)
    readers["description"] = readers["description"].mask(study.readers.index.isin(people))
    records = study.records.copy()
    whose = records["patient_id"].astype("string")
    is_person = whose.isin(list(map(str, records.index)))  # who is not known is named as the recording is
    records["patient_id"] = whose.where(is_person, whose.map(names.patient, na_action="ignore").astype("string"))
    return replace(
        study,
        readings=readings,
        readers=readers,
        records=records,
        reference=_hidden_reference(study.reference, names, people),
        groups={group: tuple(new.get(name, name) for name in members) for group, members in study.groups.items()},
    )


def _hidden_reference(truth: ReferenceStandard, names: Pseudonyms, people: list[str]) -> ReferenceStandard:
    makers = {*people, *truth.formed_by, *truth.votes, *([truth.is_reading_of] if truth.is_reading_of else [])}
    new = {name: names.reader(name) for name in makers}
    return replace(
        truth,
        formed_by=tuple(new[name] for name in truth.formed_by),
        votes={new[name]: votes for name, votes in truth.votes.items()},
        is_reading_of=new.get(truth.is_reading_of, ""),
        method=hidden_text(hidden_notes(truth.method, names), new),
        agreement=hidden_text(truth.agreement, new),
    )


def aliases_of(config: RunConfig, people: Iterable[str], names: Pseudonyms) -> dict[str, str]:
    """Return what stands for each reader who is a person, and for each file that holds one reader's answers."""
    aliases = {name: names.reader(name) for name in people}
    for panel in config.panels:
        files = panel.arguments.get("files")
        for reader, file in files.items() if isinstance(files, dict) else ():
            if str(reader) in aliases:
                aliases[str(file)] = aliases[str(reader)] + PurePath(str(file)).suffix
    return aliases


def hidden(made: StudyMade, names: Pseudonyms | None, config: RunConfig) -> StudyMade:
    """Return what the reading stage made, without names where that was asked for."""
    if names is None:
        return made
    study = hidden_study(made.study, names)
    people = sorted({*people_in(made.study), *made.study.reference.formed_by, *made.named})
    n = int(made.study.readings["comment"].notna().sum())
    aliases = aliases_of(config, people, names)
    left_out = hidden_rows(made.left_out, aliases, names)
    if n:
        blanked = left_out_table([("", "", "readings", f"{n} comments, which pseudonyms leave out")])
        left_out = pd.concat([left_out, blanked], ignore_index=True)
    return replace(made, study=study, left_out=left_out, facts=hidden_facts(made.facts, study, aliases))


def hidden_rows(rows: pd.DataFrame, aliases: Mapping[str, str], names: Pseudonyms) -> pd.DataFrame:
    """Return what was left out without names; its reasons may quote them."""
    return rows.assign(
        reader_id=[aliases.get(str(name), name) for name in rows["reader_id"]],
        reason=[hidden_text(hidden_notes(str(reason), names), aliases) for reason in rows["reason"]],
    ).astype("string")


def hidden_facts(facts: StudyFacts, study: ReaderStudy, aliases: Mapping[str, str]) -> StudyFacts:
    """Return the facts of a study without names, those of its truth and groups taken from the hidden study."""
    truth = study.reference
    reference = replace(
        facts.reference,
        method=truth.method,
        formed_by=truth.formed_by,
        agreement=truth.agreement,
        failed=hidden_text(truth.failed, aliases),
    )
    panels = tuple(_hidden_panel(panel, aliases) for panel in facts.panels)
    return replace(facts, reference=reference, panels=panels, groups=dict(study.groups))


def _hidden_panel(panel: PanelFacts, aliases: Mapping[str, str]) -> PanelFacts:
    """Return a panel's facts; a file may be called as its reader."""
    digests = {hidden_text(file, aliases): digest for file, digest in panel.digests.items()}
    return replace(panel, digests=digests, failed=hidden_text(panel.failed, aliases))


def hidden_config(config: RunConfig, readers: Iterable[str], names: Pseudonyms) -> RunConfig:
    """Return a configuration in which readers are named by their pseudonyms, and files of one reader likewise.

    It describes the run and does not run again: the files that it names go by other names.

    Parameters
    ----------
    config : RunConfig
    readers : iterable of str
        Pseudonyms of the study's readers: an id of the configuration is a reader's where its pseudonym is among them.
    names : Pseudonyms
    """
    pseudonyms = set(readers)
    met: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, str) and names.reader(value) in pseudonyms:
            met.add(value)
        if isinstance(value, dict):
            value = [*value.keys(), *value.values()]
        for part in value if isinstance(value, list) else ():
            look(part)

    def hide(value: object) -> object:
        if isinstance(value, str):
            return hidden_text(value, aliases)
        if isinstance(value, dict):
            ignored = value.get("ignore")
            unread = {"ignore": [names.column(str(c)) for c in ignored]} if isinstance(ignored, list) else {}
            rest = {key: part for key, part in value.items() if key not in ("description", *unread)}
            return {hide(key): hide(part) for key, part in rest.items()} | unread
        return [hide(part) for part in value] if isinstance(value, list) else value

    raw = config_to_dict(config)
    look(raw)
    aliases = aliases_of(config, met, names)
    hidden = hide(raw["panels"])
    panels = [_without_lists(panel, pseudonyms) for panel in hidden] if isinstance(hidden, list) else []
    named = ("dataset", "groups", "primary", "reference")
    return make_config({**raw, "panels": panels, **{key: hide(raw[key]) for key in named}})


def _without_lists(panel: dict[str, object], pseudonyms: set[str]) -> dict[str, object]:
    """Return a panel's arguments without rows of readers who took no part, whose names nothing else knows."""
    listed = panel.get("readers")
    if not isinstance(listed, list):
        return panel
    return {
        **panel,
        "readers": [r for r in listed if not is_human_kind(r.get("kind")) or r.get("reader_id") in pseudonyms],
    }
