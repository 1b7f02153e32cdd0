"""A look at one file: which program made it, what its columns are, what its cells hold. Nothing is decided silently."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.domain.spelling import folded
from ecg_eval.errors import EcgEvalError, InputFileError
from ecg_eval.pipeline.drafting import words
from ecg_eval.tables.order import date_formats
from ecg_eval.tables.presets import PRESETS
from ecg_eval.tables.table_files import READABLE, read_table
from ecg_eval.tables.workbooks import EXCEL, sheets_of

Cells = Literal["reading", "score", "choice"]
_BRACKETS = re.compile(r"(.*?)\s*[\[(](.+)[\])]\s*$")
_BOXES = re.compile(r"(.+?)___(.+)$")
_JOINED = re.compile(r"([^\W_]+)([_ .-])([^\W_]+)")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$")
_GRADE = re.compile(r"\d|10")
_BESIDE = ("confidence", "seconds", "comment")  # what a file may hold of each finding beside the answer
_MOST_CLASSES = 12
_FEWEST_GRADES = 3
# of the cells that name something, the share with a separator from which on they are lists, not double ticks
_LISTS = 0.1
# a schedule's folder, and what of it tells of answers: the other files plan, or are for people
_SCHEDULE, _OF_SCHEDULE = "schedule.json", ("key.csv", "readers.csv")
_FOLDERS = ("challenge", "answer_sheets")  # presets that read a folder as one
_LOOKED_AT = (*READABLE, ".json")
_DRAFTS = (".yaml", ".yml")
_NAMED = 10


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
    grades : list of str
        Ordinal answers, the lowest first.
    is_list : bool
        Whether the cells of the one column of classes list several.
    sheet : str
        Of a workbook of several.
    meant : dict of str to str
        Answers of words that name the finding of their column.
    ordered_by : str
        Column of the dates or times at which recordings were read.
    date_formats : list of str
        The ways that read all those dates, where they are not ISO 8601.
    beside : dict of str to str
        Our column -> how headers of columns are made that stand beside each finding's.
    notes : list of str
        What of it was not looked at.
    finding : str
        The one that all answers are about, where the file names none.
    truth, ai : str
        Column of the truth, or of a program's answers, among columns of readers.
    ids, readers : list of str
        Ids of recordings and readers that it names.
    unread : list of str
        Columns that mean nothing here.
    key : Path or None
        The key of the schedule whose blinded ids it has.
    """

    path: Path
    preset: str = ""
    options: dict[str, object] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    wide: list[str] = field(default_factory=list)
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    cells: Cells = "reading"
    words: list[str] = field(default_factory=list)
    grades: list[str] = field(default_factory=list)
    is_list: bool = False
    sheet: str = ""
    meant: dict[str, str] = field(default_factory=dict)
    ordered_by: str = ""
    date_formats: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    finding: str = ""
    truth: str = ""
    ai: str = ""
    ids: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    key: Path | None = None
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def called(self) -> str:
        """Return what a person calls it: the sheet, or the file without its ending."""
        return self.sheet or self.path.stem

    @property
    def table_name(self) -> str:
        """Return the file's name, with the sheet of a workbook of several."""
        return f"sheet {self.sheet!r} of {self.path.name}" if self.sheet else self.path.name

    @property
    def finding_first(self) -> bool:
        """Whether headers of two parts name findings first, and not second."""
        n_findings = [sum(words.finding_of(pair[i]) is not None for pair in self.parts.values()) for i in (0, 1)]
        return n_findings[0] > n_findings[1]

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


def looks_at(path: Path) -> list[Look]:
    """Return what a file or folder seems to be; of a workbook, one look for each sheet that holds answers.

    Raises
    ------
    EcgEvalError
        When it cannot be read; of a workbook of several sheets, when none can.
    """
    preset = next((name for name, how in PRESETS.items() if how.is_one(path)), "")
    if not preset and path.is_dir():
        rule = "a file, or the folder of an export"
        raise InputFileError(str(path), "path", rule, "another folder", "Name it to have its files looked at.")
    if preset:
        look = Look(path, preset=preset)
        look.table = PRESETS[preset].read(path, read_table, lambda word: words.answer_of(word) is not None)
        look.columns = {str(c): str(c) for c in look.table.columns}
        look.ids, look.readers = values_of(look.table, "record_id"), values_of(look.table, "reader_id")
        look.words = values_of(look.table, "reading") if "reading" in look.table else []
        return [look]
    sheets = sheets_of(path) if path.suffix.lower() in EXCEL else []
    if len(sheets) < 2:
        return [_look_at(path, "")]
    looks, failed = list[Look](), list[EcgEvalError]()
    for sheet in sheets:
        try:
            look = _look_at(path, sheet)
        except EcgEvalError as error:
            failed.append(error)
        else:
            looks.append(look)
    if not looks:
        raise failed[0]
    looks[0].notes += [f"of {path.name} was not read: {error}" for error in failed]
    return looks


def _look_at(path: Path, sheet: str) -> Look:
    """Return what a table seems to be."""
    table, options = _read(path, sheet)
    look = Look(path, options=options, table=table, sheet=sheet)
    look.notes += [str(note) for note in table.attrs.get("notes", []) if not sheet]
    for name in map(str, table.columns):
        ours = words.column_of(name)
        if ours is not None and ours not in look.columns:
            look.columns[ours] = name
    # a column may be called "AI" and hold what the AI said
    arm = look.columns.get("arm")
    if arm is not None and not any(words.arm_of(word) for word in values_of(table, arm)):
        del look.columns["arm"]
    _identity(look)
    rest = [str(c) for c in table.columns if str(c) not in look.columns.values()]
    _answers(look, rest)
    look.ids = values_of(table, look.columns["record_id"]) if "record_id" in look.columns else []
    look.readers = values_of(table, look.columns["reader_id"]) if "reader_id" in look.columns else []
    return look


def tables_in(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Return the files and folders to look at (those named, and what a folder named holds), and what is not looked at.

    Hidden files, and those that Excel keeps while a workbook is open, are not named.
    """
    tables, others = list[Path](), list[str]()
    for path in paths:
        if (path / _SCHEDULE).is_file():
            tables += [path / name for name in _OF_SCHEDULE if (path / name).is_file()]
        elif path.is_dir() and not any(PRESETS[name].is_one(path) for name in _FOLDERS):
            inside = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~")))
            tables += [p for p in inside if p.is_dir() or p.suffix.lower() in _LOOKED_AT]
            others += [p.name for p in inside if p.is_file() and p.suffix.lower() not in (*_LOOKED_AT, *_DRAFTS)]
        else:
            tables.append(path)
    if not others:
        return tables, []
    named = ", ".join(others[:_NAMED]) + (f" and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
    return tables, [f"not looked at, being of no kind that is read ({', '.join(_LOOKED_AT)}): {named}"]


def _read(path: Path, sheet: str) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return a table as text, and how it had to be read."""
    options: dict[str, object] = {"sheet": sheet} if sheet else {}
    try:
        table = read_table(path, sheet=sheet or None)
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
    elif commas:
        table.attrs["notes"] = [
            *table.attrs.get("notes", []),
            f"{path.name} has decimal points and commas: write all alike",
        ]
    return table, options


def classes_of(met: Sequence[str]) -> dict[str, list[str]]:
    """Return, for each word of a column of classes, the classes that it names: several where it was ticked twice.

    A semicolon or a bar always parts classes; another mark does where each part is a word of the column by itself.

    Examples
    --------
    >>> classes_of(["AF", "normal", "AF/normal", "AF; LBBB", "and/or"])["AF/normal"]
    ['AF', 'normal']
    """
    alone = {folded(word) for word in met}
    named = {}
    for word in met:
        parts = [part.strip() for part in re.split(r"[;|]", word)]
        other = [part.strip() for part in re.split(r"\s*[/+&,]\s*|\s+(?:et|and|und|y|e)\s+", word)]
        if len(parts) == 1 and len(other) > 1 and all(folded(part) in alone for part in other):
            parts = other
        named[word] = [part for part in parts if part]
    return named


def values_of(table: pd.DataFrame, column: str) -> list[str]:
    """Return the values of a column, each once, in the order of their appearance."""
    if column not in table:
        return []
    text = text_column(table[column])
    return [str(value) for value in text.dropna().unique()]


def _identity(look: Look) -> None:
    """Take the first column whose cells are all different for the recording, where no name says so."""
    table = look.table
    if "record_id" in look.columns or "finding" in look.columns:
        return
    for name in map(str, table.columns):
        text = text_column(table[name])
        if name in look.columns.values() or text.isna().any() or len(text) < 2:
            continue
        if text.nunique() == len(text) or "reader_id" in look.columns:
            look.columns["record_id"] = name
            return


def _answers(look: Look, rest: list[str]) -> None:
    """Say what the remaining columns hold: answers, scores, classes, or nothing that is meant here."""
    if {"finding", "reading"} <= set(look.columns):
        look.words = values_of(look.table, look.columns["reading"])
        look.grades = _grades(look.words)
        look.unread = rest
        return
    for ours in ("reading", "finding", "score"):  # a wide file may call a finding so
        look.columns.pop(ours, None)
    rest = [str(c) for c in look.table.columns if str(c) not in look.columns.values()]
    rest = _without_beside(look, rest)
    kinds = {name: _kind(look, name) for name in rest}
    scale = {value for name in rest if kinds[name] == "grade" for value in values_of(look.table, name)}
    kinds |= {
        name: "grade"
        for name in rest
        if scale and set(values_of(look.table, name)) <= scale and kinds[name] != "constant"
    }
    order: tuple[Cells | Literal["grade"], ...] = ("score", "reading", "choice", "grade")
    counts = {kind: sum(k == kind for k in kinds.values()) for kind in order}
    most = max(order, key=lambda kind: counts[kind])
    if counts["grade"] and most == "reading":  # of grades, some columns hold the lowest two alone
        most = "grade"
    if not counts[most]:
        look.unread = rest
        return
    look.cells = "reading" if most == "grade" else most
    if most == "choice" and {"kind", "years_experience"} & set(look.columns) and "reader_id" in look.columns:
        look.unread, look.cells = rest, "reading"
        return
    # a column of one word, or of none, fits beside any others
    beside = {"score": ("reading",), "grade": ("reading",)}.get(most, ())
    look.wide = [name for name in rest if kinds[name] in (most, "constant", *beside)]
    look.unread = [name for name in rest if name not in look.wide]
    look.parts = _parts(look)
    firsts, seconds = ({pair[i] for pair in look.parts.values()} for i in (0, 1))
    is_grid = len(look.parts) == len(firsts) * len(seconds) and len(seconds) > 1
    # a name with a bracket is one name, unless the brackets repeat; what is chosen in cells stands in no header
    if len(look.parts) < len(look.wide) or not is_grid or most == "choice":
        look.parts = {}
    if most != "score":
        met = dict.fromkeys(word for name in look.wide for word in values_of(look.table, name))
        look.words = list(met)
    look.meant = _named_answers(look) if most == "reading" else {}
    if "position" not in look.columns:
        look.ordered_by = next((name for name in look.unread if _are_dates(values_of(look.table, name))), "")
        look.unread = [name for name in look.unread if name != look.ordered_by]
        days = values_of(look.table, look.ordered_by) if look.ordered_by else []
        look.date_formats = [] if all(map(_ISO_DATE.match, days)) else date_formats(days)
    if most == "grade":
        look.grades = _grades(look.words)
    if most == "choice":
        look.truth = next((name for name in look.wide if words.is_truth(name)), "")
        look.ai = next((name for name in look.wide if words.is_ai(name)), "")
        look.is_list = len(look.wide) == 1 and _are_lists(look.table[look.wide[0]])


def _parts(look: Look) -> dict[str, tuple[str, str]]:
    """Return both parts of headers that have two: by brackets, REDCap's line, or a mark between two words.

    A mark alone ("AF_gp1") counts where one side names findings, and each of these stands beside each of the others.
    """
    marked = [(n, m) for n in look.wide if (m := _BRACKETS.match(n) or _BOXES.match(n)) and m[1].strip()]
    if marked:
        return {name: (match[1], match[2]) for name, match in marked}
    split = {n: m.groups() for n in look.wide if (m := _JOINED.fullmatch(n))}
    marks = {groups[1] for groups in split.values()}
    firsts, seconds = ({groups[i] for groups in split.values()} for i in (0, 2))
    named = any(all(words.finding_of(part) is not None for part in side) for side in (firsts, seconds))
    if len(marks) != 1 or not named or min(len(firsts), len(seconds)) < 2:
        return {}
    return {n: (first, second) for n, (first, _, second) in split.items()}


def _named_answers(look: Look) -> dict[str, str]:
    """Return what words mean that name the finding of their column, each in that column alone."""
    met: dict[str, set[str]] = {}
    for name in look.wide:
        for word in values_of(look.table, name):
            met.setdefault(word, set()).add(name)
    named = {
        word: words.answer_about(word, words.finding_of(next(iter(columns))) or "")
        for word, columns in met.items()
        if len(columns) == 1 and words.answer_of(word) is None
    }
    return {word: answer for word, answer in named.items() if answer is not None}


def _without_beside(look: Look, names: list[str]) -> list[str]:
    """Note columns that stand beside those of others, such as "AF_confidence" beside "AF", and return the others."""
    met: dict[tuple[str, str], list[str]] = {}
    for name in names:
        for other in names:
            before, between, after = name.partition(other)
            ours = words.column_of(before + after) if between and (before or after) else None
            if ours in _BESIDE:
                met.setdefault((ours, f"{before}{{finding}}{after}"), []).append(name)
    taken: set[str] = set()
    for (ours, pattern), named in met.items():
        if ours not in look.beside and ours not in look.columns:
            look.beside[ours] = pattern
            taken |= set(named)
    return [name for name in names if name not in taken]


def _are_dates(values: Sequence[str]) -> bool:
    """Whether all of several cells are dates, as ISO 8601 or with the day or the month first."""
    return len(values) > 1 and (all(_ISO_DATE.match(value) for value in values) or bool(date_formats(values)))


def _are_lists(column: pd.Series) -> bool:
    """Whether so many cells name several things that this is a list of what is there, and no choice ticked twice."""
    text = text_column(column)
    several = text.isin([word for word in text.cat.categories if re.search(r"[;|]", word)])
    return bool(several.sum() >= max(_LISTS * text.notna().sum(), 1))


def _grades(met: Sequence[str]) -> list[str]:
    """Return the grades that words are of, the lowest first; nothing where they are no ordinal answers.

    Numbers are taken for the whole of their scale: who met 0, 1, 3 and 4 may answer 2.
    """
    if len(met) < _FEWEST_GRADES or all(words.answer_of(word) is not None for word in met):
        return []
    if all(_GRADE.fullmatch(word) for word in met):
        steps = [int(word) for word in met]
        return [str(step) for step in range(min(*steps, 1), max(steps) + 1)]
    ranks = {word: words.grade_of(word) for word in met}
    graded = {word: rank for word, rank in ranks.items() if rank is not None}
    if len(graded) < len(ranks) or len(set(graded.values())) < _FEWEST_GRADES:
        return []
    return sorted(graded, key=lambda word: graded[word]) if len(set(graded.values())) == len(graded) else []


def _kind(look: Look, name: str) -> str:
    """Return what a column's cells are: answers, scores, grades, classes, constant, or other."""
    values = values_of(look.table, name)
    if not values:
        return "constant"
    if all(words.answer_of(value) is not None for value in values):
        return "reading"
    is_finding = words.finding_of(name) is not None
    if _grades(values) and (is_finding or not _GRADE.fullmatch(values[0])):
        return "grade"
    code = words.finding_of(name) or ""
    if is_finding and _mostly_answers(look.table[name], code):
        return "reading"  # the cells that are none are refused by the check, by their rows
    decimal = [value.replace(",", ".") if "decimal" in look.options else value for value in values]
    numbers, wrong = number_column(pd.Series(decimal, dtype=object))
    if not wrong.any():
        inside = ((numbers >= 0) & (numbers <= 1)) | pd.isna(numbers)
        return "score" if bool(inside.all()) else "other"
    if any(_COMMA.fullmatch(value) for value in values):
        return "other"  # a number is no class
    classes = {folded(part) for parts in classes_of(values).values() for part in parts}
    repeated = len(look.table) >= 2 * len(values) or len(values) == 1
    return "choice" if len(classes) <= _MOST_CLASSES and repeated else "other"


def _mostly_answers(column: pd.Series, code: str) -> bool:
    """Whether at least half of the cells that hold something are answers, in words or about a finding by its name."""
    text = text_column(column)
    answers = [w for w in text.cat.categories if words.answer_of(w) or words.answer_about(w, code)]
    is_answer = text.isin(answers)
    return bool(is_answer.sum() * 2 >= text.notna().sum())
