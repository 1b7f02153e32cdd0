"""A look at one file: which program made it, what its columns are, what its cells hold. Nothing is decided silently."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.drafting import words
from ecg_eval.tables.presets import PRESETS
from ecg_eval.tables.table_files import READABLE, read_table

Cells = Literal["reading", "score", "choice"]
_BRACKETS = re.compile(r"(.*?)\s*[\[(](.+)[\])]\s*$")
_BOXES = re.compile(r"(.+?)___(.+)$")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_MOST_CLASSES = 12


@dataclass
class Look:
    """What a file seems to be.

    Attributes
    ----------
    path : Path
    preset : str
        The program that made it, empty for a table.
    options : dict
        How it is read (encoding, decimal, sheet): what is not the usual.
    columns : dict of str to str
        Our column -> the file's name of it.
    wide : list of str
        Columns that hold answers.
    parts : dict of str to tuple of str
        Of wide columns named in two parts, both of them.
    cells : str
        What those hold.
    words : list of str
        Words that stand in them, numbers aside.
    truth, ai : str
        Column of the truth, or of a program's answers, among columns of readers.
    ids, readers : list of str
        Ids of recordings and readers that it names.
    unread : list of str
        Columns that mean nothing here.
    """

    path: Path
    preset: str = ""
    options: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    wide: list[str] = field(default_factory=list)
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    cells: Cells = "reading"
    words: list[str] = field(default_factory=list)
    truth: str = ""
    ai: str = ""
    ids: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def is_readers_file(self) -> bool:
        """Whether it says who the readers are, and holds no answer."""
        about = {"kind", "years_experience"} & set(self.columns)
        return (
            "reader_id" in self.columns
            and bool(about)
            and "reading" not in self.columns
            and self.cells != "score"
            and not self.wide
        )


def look_at(path: Path) -> Look:
    """Return what a file or folder seems to be.

    Raises
    ------
    EcgEvalError
        When it cannot be read.
    """
    preset = next((name for name, how in PRESETS.items() if how.is_one(path)), "")
    if preset:
        found = Look(path, preset=preset)
        found.table = PRESETS[preset].read(path, read_table, lambda word: words.answer_of(word) is not None)
        found.columns = {str(c): str(c) for c in found.table.columns}
        found.ids, found.readers = _values(found.table, "record_id"), _values(found.table, "reader_id")
        found.words = _values(found.table, "reading") if "reading" in found.table else []
        return found
    table, options = _read(path)
    found = Look(path, options=options, table=table)
    for name in map(str, table.columns):
        ours = words.column_of(name)
        if ours is not None and ours not in found.columns:
            found.columns[ours] = name
    # a column may be called "AI" and hold what the AI said
    arm = found.columns.get("arm")
    if arm is not None and not any(words.arm_of(word) for word in _values(table, arm)):
        del found.columns["arm"]
    _identity(found)
    rest = [str(c) for c in table.columns if str(c) not in found.columns.values()]
    _answers(found, rest)
    found.ids = _values(table, found.columns["record_id"]) if "record_id" in found.columns else []
    found.readers = _values(table, found.columns["reader_id"]) if "reader_id" in found.columns else []
    return found


def tables_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files and folders to look at: those named, and what a folder named holds."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir() and not PRESETS["challenge"].is_one(path):
            inside = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~")))
            found += [p for p in inside if p.is_dir() or p.suffix.lower() in (*READABLE, ".json")]
        else:
            found.append(path)
    return found


def _read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a table as text, and how it had to be read."""
    options: dict[str, str] = {}
    try:
        table = read_table(path)
    except EcgEvalError as error:
        if "text in utf-8" not in str(error):
            raise
        table, options["encoding"] = read_table(path, encoding="cp1252"), "cp1252"
    cells = [str(c) for column in table for c in text_column(table[column]).cat.categories[:200]]
    commas, points = (
        sum(bool(_COMMA.fullmatch(c)) for c in cells),
        sum(bool(re.fullmatch(r"\d+\.\d+", c)) for c in cells),
    )
    if commas and not points:
        options["decimal"] = ","
    return table, options


def _values(table: pd.DataFrame, column: str) -> list[str]:
    """Return the values of a column, each once, in the order of their appearance."""
    if column not in table:
        return []
    text = text_column(table[column])
    return [str(value) for value in text.dropna().unique()]


def _identity(found: Look) -> None:
    """Take the first column whose cells are all different for the recording, where no name says so."""
    table = found.table
    if "record_id" in found.columns or "finding" in found.columns:
        return
    for name in map(str, table.columns):
        text = text_column(table[name])
        if name in found.columns.values() or text.isna().any() or len(text) < 2:
            continue
        if text.nunique() == len(text) or "reader_id" in found.columns:
            found.columns["record_id"] = name
            return


def _answers(found: Look, rest: list[str]) -> None:
    """Say what the remaining columns hold: answers, scores, classes, or nothing that is meant here."""
    if {"finding", "reading"} <= set(found.columns):
        found.words = _values(found.table, found.columns["reading"])
        found.unread = rest
        return
    for ours in ("reading", "finding", "score"):  # a wide file may call a finding so
        found.columns.pop(ours, None)
    rest = [str(c) for c in found.table.columns if str(c) not in found.columns.values()]
    kinds = {name: _kind(found, name) for name in rest}
    counts = {kind: sum(k == kind for k in kinds.values()) for kind in ("score", "reading", "choice")}
    most = max(counts, key=lambda kind: counts[kind])
    if not counts[most]:
        found.unread = rest
        return
    found.cells = most  # type: ignore[assignment]
    if most == "choice" and {"kind", "years_experience"} & set(found.columns) and "reader_id" in found.columns:
        found.unread, found.cells = rest, "reading"
        return
    # a column of one word, or of none, fits beside any others
    found.wide = [name for name in rest if kinds[name] in (most, "constant")]
    if most == "score":
        found.wide = [name for name in rest if kinds[name] in ("score", "constant", "reading")]
    found.unread = [name for name in rest if name not in found.wide]
    found.parts = {n: m.groups() for n in found.wide if (m := _BRACKETS.match(n) or _BOXES.match(n)) and m[1].strip()}  # type: ignore[misc]
    firsts, seconds = ({pair[i] for pair in found.parts.values()} for i in (0, 1))
    is_grid = len(found.parts) == len(firsts) * len(seconds) and len(seconds) > 1
    # a name with a bracket is one name, unless the brackets repeat; what is chosen in cells stands in no header
    if len(found.parts) < len(found.wide) or not is_grid or most == "choice":
        found.parts = {}
    if most != "score":
        met = dict.fromkeys(word for name in found.wide for word in _values(found.table, name))
        found.words = list(met)
    if most == "choice":
        found.truth = next((name for name in found.wide if words.is_truth(name)), "")
        found.ai = next((name for name in found.wide if words.is_ai(name)), "")


def _kind(found: Look, name: str) -> str:
    """Return what a column's cells are: answers, scores, classes, constant, or other."""
    values = _values(found.table, name)
    if not values:
        return "constant"
    if all(words.answer_of(value) is not None for value in values):
        return "reading"
    decimal = [value.replace(",", ".") if "decimal" in found.options else value for value in values]
    numbers, wrong = number_column(pd.Series(decimal, dtype=object))
    if not wrong.any():
        inside = ((numbers >= 0) & (numbers <= 1)) | pd.isna(numbers)
        return "score" if bool(inside.all()) else "other"
    classes = {folded(part) for value in values for part in re.split(r"[;|]", value)}
    repeated = len(found.table) >= 2 * len(values) or len(values) == 1
    return "choice" if len(classes) <= _MOST_CLASSES and repeated else "other"
