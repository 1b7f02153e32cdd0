"""The materials of a study: from a schedule and an archive to what readers are given and answer on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.joins import join
from ecg_eval.domain.own_words import speaking
from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.ecg_picture import paper_png
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.errors import EcgEvalError, InputFileError
from ecg_eval.pipeline.cases.source import source_of
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.recordings import loader
from ecg_eval.planning.materials import label_studio_project as label_studio
from ecg_eval.planning.materials import redcap_project as redcap
from ecg_eval.planning.materials.booklets import Draw, booklet_of, drawer
from ecg_eval.planning.materials.questions import (
    WHO,
    Questions,
    ShownOutput,
    management_question,
    shown_output,
    shown_table,
)
from ecg_eval.planning.materials.sheets import file_name, in_order, write_sheets
from ecg_eval.planning.materials.sheets_to_read import PAGES, page_to_read
from ecg_eval.planning.schedules.files import read_schedule
from ecg_eval.planning.schedules.schedule import Schedule
from ecg_eval.planning.wordings import LANGUAGES

__all__ = ["MaterialSettings", "Materials", "plan_materials"]

SHOWN_FILE = "ai_shown.csv"  # for the evaluation: what readers were shown, in the form of readings
_DEFAULT_FINDINGS = ("gp_core",)


@dataclass(frozen=True, kw_only=True)
class MaterialSettings:
    """What materials are made, and how.

    Attributes
    ----------
    language : {"en", "fr"}
        Of booklets, answer sheets and projects; instructions and information are in both.
    findings : tuple of str
        Codes and label sets that are asked about; those of the configuration when empty.
    management : tuple of str
        Answers to a question on what the reader would do (nothing, follow_up, refer, ambulance), or own words with what
        each means ("observe=follow_up"); none is asked when empty.
    ai : Path or None
        A table of readings, or a run's folder, with what the AI says.
    ai_reader : str or None
        The AI in it.
    key : Path or None
        Where the schedule's key is kept.
    pdf, pictures : bool
        Whether booklets and sheets to read are printed as PDF, and pictures made for Label Studio.
    """

    language: str = "en"
    findings: tuple[str, ...] = ()
    management: tuple[str, ...] = ()
    ai: Path | None = None
    ai_reader: str | None = None
    key: Path | None = None
    pdf: bool = True
    pictures: bool = False


@dataclass(frozen=True, kw_only=True)
class Materials:
    """What was made.

    Attributes
    ----------
    folder : Path
    counts : dict of str to int
        Kind of material -> files.
    notes : tuple of str
        What is not as it may have been meant, counted.
    """

    folder: Path
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What was made, and what to know of it, for a terminal."""
        lines = [f"{self.folder / kind}: {n} {'file' if n == 1 else 'files'}" for kind, n in self.counts.items()]
        return "\n".join([*lines, *(f"  - {note}" for note in self.notes)])


def plan_materials(
    plan: Path, archive: Path, out: Path, *, settings: MaterialSettings | None = None, progress: Progress = silent
) -> Materials:
    """Make what readers are given: booklets, answer sheets, projects of REDCap and Label Studio, sheets to read.

    Parameters
    ----------
    plan : Path
        Folder of a schedule (``plan_schedule``).
    archive : Path
        Configuration whose dataset has the ECGs, or a folder in PTB-XL's layout.
    out : Path
        A new or empty folder.
    settings : MaterialSettings, optional
    progress : callable

    Raises
    ------
    EcgEvalError
        When the schedule or the archive cannot be read, or the archive lacks ECGs of the schedule.
    """
    asked = settings or MaterialSettings()
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise InputFileError(WHO, str(out), "new or empty", remedy="Choose another with --out, or empty it.")
    schedule = read_schedule(plan, key=asked.key)
    source = source_of(archive)
    with speaking(source.own_words):
        findings = expand_findings(asked.findings or source.findings or _DEFAULT_FINDINGS, who=WHO)
        questions = Questions(
            findings=findings, language=asked.language, management=management_question(asked.management, asked.language)
        )
        shown = shown_output(asked.ai, asked.ai_reader, findings) if asked.ai else ShownOutput()
        rows = in_order(schedule.table.merge(schedule.key[["blinded_id", "record_id"]], on="blinded_id"))
        _check_there(rows, source.dataset.records().index)
        shown_at = _shown_at(rows, shown, questions)
        counts = {"answers": len(write_sheets(schedule.table, questions, out / "answers"))}
        counts["redcap"] = _redcap(schedule, questions, shown_at, out / "redcap")
        counts["label_studio"] = _label_studio(schedule, questions, shown_at, out / label_studio.FOLDER)
        counts["to_read"] = _to_read(schedule, questions, out / "to_read", pdf=asked.pdf)
        if shown.source:
            shown_table(shown, set(rows["record_id"])).to_csv(out / SHOWN_FILE, index=False, lineterminator="\n")
        notes = _notes(rows, shown, asked)
        load = loader(source.dataset, None)
        if asked.pdf:
            draw = drawer(load, questions.language)
            counts["booklets"] = _booklets(rows, questions, shown, draw, out / "booklets", progress)
            notes += _not_drawn(rows, draw)
        if asked.pictures:
            made, failed = _pictures(rows, load, out / label_studio.FOLDER / label_studio.PICTURES, progress)
            counts[f"{label_studio.FOLDER}/{label_studio.PICTURES}"] = made
            notes += failed
    return Materials(folder=out, counts=counts, notes=tuple(notes))


def _check_there(rows: pd.DataFrame, ids: pd.Index) -> None:
    """Refuse a schedule of ECGs that the archive does not have."""
    archive_ids = list(map(str, ids))
    match = join(sorted(set(rows["record_id"])), archive_ids)
    if match.unmatched:
        rule = f"in the archive; {len(match.unmatched)} of {rows['record_id'].nunique()} are not"
        raise InputFileError(WHO, "ECGs of the schedule", rule, list(match.unmatched[:5]), match.remedy(archive_ids))


def _shown_at(rows: pd.DataFrame, shown: ShownOutput, questions: Questions) -> "pd.Series[str]":
    """Return what is shown at each blinded id: nothing without help."""
    texts = [
        shown.text(record, questions) if arm == AIDED else ""
        for record, arm in rows[["record_id", "arm"]].itertuples(index=False)
    ]
    return pd.Series(texts, index=rows["blinded_id"].to_numpy(), dtype=object)


def _notes(rows: pd.DataFrame, shown: ShownOutput, asked: MaterialSettings) -> list[str]:
    """Return what of the AI is not on the materials, and which materials were not asked for."""
    helped = rows[rows["arm"] == AIDED]
    notes = []
    if len(helped) and not shown.source:
        notes.append(f"{len(helped)} readings with help show no AI output: name a table of it with --ai")
    elif len(helped):
        silent_on = sorted(set(helped["record_id"]) - set(shown.calls))
        if silent_on:
            notes.append(f"{shown.source} says nothing of {len(silent_on)} ECGs ({', '.join(silent_on[:5])}, ...)")
    if not asked.pictures:
        notes.append("the tasks of Label Studio name pictures that were not made: ask for them with --pictures")
    return notes


def _not_drawn(rows: pd.DataFrame, draw: Draw) -> list[str]:
    """Return the ECGs that no booklet shows, with the reasons."""
    failed = {r: e for r in sorted(set(rows["record_id"])) if isinstance(e := draw(r), EcgEvalError)}
    return [f"{len(failed)} ECGs cannot be drawn; the first: {next(iter(failed.values()))}"] if failed else []


def _redcap(schedule: Schedule, questions: Questions, shown_at: "pd.Series[str]", folder: Path) -> int:
    """Write the REDCap project; return how many files it has."""
    tables = {
        "data_dictionary": redcap.data_dictionary(questions),
        "events": redcap.events(schedule.table, questions),
        "forms_of_events": redcap.forms_of_events(schedule.table, questions),
        "repeating_forms": redcap.repeating_forms(schedule.table, questions),
        "rows_to_begin_with": redcap.rows_to_begin_with(schedule.table, questions, shown_at),
    }
    folder.mkdir(parents=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return len(tables)


def _label_studio(schedule: Schedule, questions: Questions, shown_at: "pd.Series[str]", folder: Path) -> int:
    """Write the Label Studio project; return how many files it has."""
    folder.mkdir(parents=True)
    (folder / "labelling.xml").write_text(label_studio.labelling_configuration(questions), encoding="utf-8")
    tasks = label_studio.tasks_of(schedule.table, questions, shown_at)
    for reader, tasks_of_reader in tasks.items():
        text = json.dumps(tasks_of_reader, ensure_ascii=False, indent=1) + "\n"
        (folder / f"tasks-{file_name(reader)}.json").write_text(text, encoding="utf-8")
    return 1 + len(tasks)


def _to_read(schedule: Schedule, questions: Questions, folder: Path, *, pdf: bool) -> int:
    """Write instructions and information in both languages, as pages to edit and as PDF; return how many files."""
    folder.mkdir(parents=True)
    for language in LANGUAGES:
        for kind in PAGES:
            html = page_to_read(kind, schedule, replace(questions, language=language))
            (folder / f"{kind}.{language}.html").write_text(html, encoding="utf-8")
            if pdf:
                write_pdf(html, folder / f"{kind}.{language}.pdf")
    return (1 + pdf) * len(LANGUAGES) * len(PAGES)


def _booklets(
    rows: pd.DataFrame, questions: Questions, shown: ShownOutput, draw: Draw, folder: Path, progress: Progress
) -> int:
    """Print a booklet a reader and session; return how many."""
    name_of_row = [
        f"{file_name(reader)}-session-{session:02d}"
        for reader, session in rows[["reader_id", "session"]].itertuples(index=False, name=None)
    ]
    sessions = {str(name): rows_of_session for name, rows_of_session in rows.groupby(name_of_row, sort=True)}
    for name in progress(list(sessions), "Printing booklets"):
        write_pdf(booklet_of(sessions[name], questions, shown, draw), folder / f"{name}.pdf")
    return len(sessions)


def _pictures(
    rows: pd.DataFrame, load: Callable[[str], Recording], folder: Path, progress: Progress
) -> tuple[int, list[str]]:
    """Make a picture a reading, under its blinded id; return how many, and those that could not be made."""
    folder.mkdir(parents=True, exist_ok=True)
    record_of = dict(rows[["blinded_id", "record_id"]].itertuples(index=False, name=None))
    drawn, failed = 0, dict[str, EcgEvalError]()
    for blinded_id in progress(list(record_of), "Making pictures"):
        try:
            (folder / f"{blinded_id}.png").write_bytes(paper_png(load(record_of[blinded_id])))
            drawn += 1
        except EcgEvalError as error:
            failed[blinded_id] = error
    first = next(iter(failed.values()), None)
    return drawn, [f"{len(failed)} pictures could not be made; the first: {first}"] if failed else []
