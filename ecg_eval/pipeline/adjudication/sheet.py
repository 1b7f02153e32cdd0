"""The sheet for an adjudicator: what is disputed, and a column to fill in; who said what only where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.domain.columns import csv_of
from ecg_eval.domain.findings import name_of
from ecg_eval.errors import ArgumentError, InputFileError
from ecg_eval.pipeline.adjudication.disputes import Dispute, disputes_of
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.references.votes.adjudication import CHOICES
from ecg_eval.reports.words import Words
from ecg_eval.storage.atomic import write_atomically
from ecg_eval.tables.answer_sheets import SheetColumn, SheetWords, workbook_to_fill

WHO = "ecg-eval adjudicate"
_TO_FILL = ("answer", "comment")
_WIDEST = 48  # letters of a column
_NOTES = ("what", "how", "blank", "order")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet that was written.

    Attributes
    ----------
    paths : tuple of Path
        CSV and Excel.
    n_rows : int
    n_disputed : int
        Disputed readings in all; more than the rows where a limit was given.
    n_split : int
        Of the rows, those on which readers differ among themselves.
    n_records : int
        Different ECGs among the rows.
    blinded : bool
    """

    paths: tuple[Path, ...]
    n_rows: int
    n_disputed: int
    n_split: int
    n_records: int
    blinded: bool


def write_sheet(
    run_dir: Path, *, out: Path | None = None, blinded: bool = True, limit: int | None = None, split: float = 0.0
) -> Sheet:
    """Write the disputed readings of a run as a sheet, CSV and Excel.

    Parameters
    ----------
    run_dir : Path
    out : Path, optional
        The CSV file; the Excel file lies beside it. ``adjudication.csv`` in the run folder when not given.
    blinded : bool
        Without who said what, and without what stands for the truth now.
    limit : int, optional
        So many rows at most, the first in order.
    split : float
        Least share of the smaller side, 0 to 0.5: 0.25 leaves out what one of twelve readers said.

    Raises
    ------
    EcgEvalError
        When the folder is no finished run, nothing is disputed, or a sheet stands there already: it may be filled in.
    """
    if not 0 <= split <= 0.5:
        raise ArgumentError(WHO, "--minimum-split", "from 0 to 0.5", split)
    if limit is not None and limit < 1:
        raise ArgumentError(WHO, "--limit", "1 or more", limit)
    paths = free_paths(WHO, out or run_dir / "adjudication.csv", "name another by --out")
    folder = checked_folder(run_dir, but=("report",))
    config = config_of(run_dir)
    with speaking_as(config):
        study = read_result(config, folder).study
        disputes = [d for d in disputes_of(study) if d.split >= split]
        if not disputes:
            rule = "disputed by at least two people who read without help"
            raise ArgumentError(WHO, "readings", rule, "none disputed")
        write_frame(paths, disputes[:limit], blinded=blinded)
    return Sheet(
        paths=paths,
        n_rows=len(disputes[:limit]),
        n_disputed=len(disputes),
        n_split=sum(d.split > 0 for d in disputes[:limit]),
        n_records=len({d.record_id for d in disputes[:limit]}),
        blinded=blinded,
    )


def free_paths(who: str, csv: Path, way_out: str = "move it away") -> tuple[Path, Path]:
    """Return where a sheet goes, CSV and Excel; refuse a place where one stands that may be filled in."""
    paths = (csv.with_suffix(".csv"), csv.with_suffix(".xlsx"))
    for path in paths:
        if path.exists():
            remedy = f"It may be filled in: {way_out}, or take its answers back by --answers."
            raise InputFileError(who, str(path), "free", "a file that is there", remedy)
    return paths


def write_frame(
    paths: tuple[Path, Path], disputes: Sequence[Dispute], *, blinded: bool, notes: Sequence[str] = _NOTES
) -> None:
    """Write a sheet to be filled in, CSV and Excel, with some notes (`adjudication.note.` of the catalogue)."""
    frame = sheet_frame(disputes, blinded=blinded)
    write_atomically(paths[0], csv_of(frame))
    write_atomically(paths[1], _workbook(frame, notes))


def _workbook(frame: pd.DataFrame, notes: Sequence[str]) -> bytes:
    """Return the sheet as a workbook in which an answer is picked from a list."""
    columns = [
        SheetColumn(
            header=name,
            means="",
            words=dict.fromkeys(CHOICES, "") if name == "answer" else {},
            is_fixed=name not in _TO_FILL,
            width=min(max(len(str(cell)) for cell in [name, *frame[name].dropna()]) + 2, _WIDEST),
        )
        for name in frame.columns
    ]
    shown = frame.drop(columns=list(_TO_FILL)).astype("object")
    choose = "{} / {}".format(*(Words(language)("adjudication.choose") for language in ("en", "fr")))
    return workbook_to_fill(
        columns,
        [[None if pd.isna(cell) else cell for cell in row] for row in shown.itertuples(index=False)],
        words=SheetWords(title="adjudication", choose=choose, number=""),
        notes=_instructions(notes),
    )


def _instructions(notes: Sequence[str]) -> list[str]:
    """Return what to do with the sheet, in both languages."""
    english, french = ([Words(language)(f"adjudication.note.{note}") for note in notes] for language in ("en", "fr"))
    return [*english, "", *french]


def sheet_frame(disputes: Sequence[Dispute], *, blinded: bool) -> pd.DataFrame:
    """Return the rows of the sheet: answer and comment are to be filled in."""
    frame = pd.DataFrame(
        {
            "item": range(1, len(disputes) + 1),
            "record_id": [d.record_id for d in disputes],
            "finding": [d.finding for d in disputes],
            "name_en": [name_of(d.finding, "en") for d in disputes],
            "name_fr": [name_of(d.finding, "fr") for d in disputes],
            "urgency": [d.urgency for d in disputes],
            "answer": pd.Series([pd.NA] * len(disputes), dtype="object"),
            "comment": pd.Series([pd.NA] * len(disputes), dtype="object"),
        }
    )
    if blinded:
        return frame
    words = {1.0: "present", 0.0: "absent"}
    return frame.assign(
        said_present=[" ".join(d.present) for d in disputes],
        said_absent=[" ".join(d.absent) for d in disputes],
        split=[round(d.split, 3) for d in disputes],
        stands_now=[words.get(d.truth, "unknown") for d in disputes],
    )


def sheet_lines(sheet: Sheet) -> list[str]:
    """Say what was written, for the console."""
    against = sheet.n_rows - sheet.n_split
    lines = [
        f"{sheet.n_rows} disputed readings of {sheet.n_records} ECGs: readers differ on {sheet.n_split}, and on "
        f"{against} they all differ from the reference.",
        *(f"Sheet: {path}" for path in sheet.paths),
    ]
    if sheet.n_rows < sheet.n_disputed:
        lines.append(f"{sheet.n_disputed - sheet.n_rows} more are left out by --limit.")
    lines.append(
        "It does not say who said what; --open writes one that does."
        if sheet.blinded
        else "It says who said what: an adjudicator who sees that is not blinded."
    )
    return lines
