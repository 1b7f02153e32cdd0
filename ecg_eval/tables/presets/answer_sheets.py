"""Answer sheets of a planned study, filled in: workbooks that say themselves what their columns and words mean.

The path is a folder of them, or one. The sheet of codes is the one that ``tables/answer_sheets.py`` wrote; ids of
recordings are blinded, so that the schedule's key says which ECG each is (`key:`). What a column without a meaning
holds is counted and not read.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ecg_eval.errors import InputFileError
from ecg_eval.tables.workbooks import read_workbook

CODES = "ecg-eval codes"
CODES_COLUMNS = ("header", "means", "word", "answer")
READER, WORD, SHOWN = "reader", "word", "shown"  # what is shown was filled in for the reader's eyes
ALONG = ("record_id", "confidence", "seconds", "management", "comment")
FINDING = "finding:"
_FILE = "file"  # tables/long_form.py calls it so


@dataclass(frozen=True)
class _Codes:
    """What a workbook says of itself."""

    reader: str
    means: dict[str, str]
    answers: dict[tuple[str, str], str] = field(default_factory=dict)

    def answers_in(self, sheet: pd.DataFrame, header: str) -> pd.Series:
        """Return a column with its words turned into what they mean; other cells as they are."""
        words = {word: answer for (h, word), answer in self.answers.items() if h == header}
        return sheet[header].map(lambda cell: words.get(cell.casefold(), cell))


def is_one(path: Path) -> bool:
    """Whether a file is a filled answer sheet, or a folder holds one."""
    if path.is_dir():
        return any(is_one(inside) for inside in _workbooks(path))
    if path.suffix.lower() != ".xlsx":
        return False
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            return f'"{CODES}"'.encode() in part.read(1 << 16)
    except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return False


def read(path: Path, _read_table: Callable[[Path], pd.DataFrame], _is_answer: Callable[[str], bool]) -> pd.DataFrame:
    """Return the answers of workbooks in long form.

    Raises
    ------
    InputFileError
        For a folder without workbooks, one without its codes, and cells that a workbook must not have.
    """
    files = _workbooks(path) if path.is_dir() else [path]
    if not files:
        raise InputFileError(str(path), "folder", "of filled answer sheets (.xlsx)", "none")
    parts, notes = [], list[str]()
    for file in files:
        part, left_out = _of_workbook(file)
        parts.append(part)
        notes += left_out
    table = pd.concat(parts)
    table.attrs["notes"] = notes
    return table


def _workbooks(folder: Path) -> list[Path]:
    """Return the workbooks of a folder, without those that Excel keeps while one is open."""
    return sorted(p for p in folder.glob("*.xlsx") if not p.name.startswith(("~", ".")))


def _of_workbook(path: Path) -> tuple[pd.DataFrame, list[str]]:
    codes = _codes(path)
    sheet, notes = read_workbook(path, None)
    notes = [note for note in notes if f"'{CODES}'" not in note]
    strange = [name for name in sheet.columns if name and name not in codes.means]
    findings = {h: m.removeprefix(FINDING) for h, m in codes.means.items() if m.startswith(FINDING) and h in sheet}
    along = {h: m for h, m in codes.means.items() if m in ALONG and h in sheet}
    if "record_id" not in along.values() or not findings:
        remedy = "Its headers must stay as they were written."
        raise InputFileError(str(path), "answer sheet", "with its column of ids and its findings", list(sheet), remedy)
    for header in [*strange, *(h for h, m in codes.means.items() if not m and h in sheet)]:
        if n := int((sheet[header] != "").sum()):
            notes.append(f"column {header} of {path.name} is not read: {n} cells")
    about = pd.DataFrame({meaning: codes.answers_in(sheet, header) for header, meaning in along.items()})
    parts = []
    for header, code in findings.items():
        answers = codes.answers_in(sheet, header)
        parts.append(about.assign(finding=code, reading=answers, reader_id=codes.reader, **{_FILE: path.name}))
    return pd.concat(parts), notes


def _codes(path: Path) -> _Codes:
    try:
        table, _ = read_workbook(path, CODES)
    except InputFileError as error:
        if error.what != "sheet":
            raise
        rule = f"an answer sheet with its sheet {CODES!r}"
        remedy = "Save the workbook whole, as .xlsx: a copy of its first sheet alone has lost what its columns mean."
        raise InputFileError(str(path), "workbook", rule, remedy=remedy) from None
    if set(CODES_COLUMNS) - set(table.columns):
        raise InputFileError(str(path), f"sheet {CODES!r}", f"with {', '.join(CODES_COLUMNS)}", list(table.columns))
    reader, means, answers = "", dict[str, str](), dict[tuple[str, str], str]()
    for row in table.to_dict(orient="records"):
        header, meaning = str(row["header"]), str(row["means"])
        if header == READER:
            reader = str(row["answer"])
        elif meaning == WORD:
            answers[header, str(row["word"]).casefold()] = str(row["answer"])
        else:
            means[header] = meaning
    return _Codes(reader, means, answers)
