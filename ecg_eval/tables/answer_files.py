"""Answers from files, in the words and columns of whoever made them: long, wide, listed or chosen, one file or several.

Readings and truth are written alike, so they are read alike: a table is read as text, its columns get our names, its
headers and cells are taken apart, its words for findings and answers are translated. What has no meaning is refused by
file and row, or listed with its count; nothing is dropped in silence.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import MISSING_WORDS, text_column, text_of
from ecg_eval.domain.findings import CANONICAL, SCHEMES, code_spelt, near_finding, vocabulary
from ecg_eval.domain.reading import ANSWER, ANSWERS, READING_COLUMNS, UNAIDED
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ReadingsError, suggestion
from ecg_eval.tables.file_names import FileNames
from ecg_eval.tables.headers import Headers
from ecg_eval.tables.long_form import FILE, ROW, melt, places, split, stack, stacked, translated
from ecg_eval.tables.numbers import grades_as_scores, percents
from ecg_eval.tables.presets import PRESETS
from ecg_eval.tables.table_files import file_problem, read_table

# words that mean an answer in any file; a study's own words are added with `words`
WORDS = {answer: answer for answer in ANSWERS} | {"1": "present", "0": "absent", "1.0": "present", "0.0": "absent"}
MISSING = "missing"
ROW_NUMBER = "row_number"
_UNTRANSLATED = ("refuse", "list")
_CELLS = ("reading", "score", "choice")
LISTED = "listed findings"  # column that holds what cells name until all files are there
_UNMENTIONED = ("missing", "absent")
_NUMBERS = {name for name, dtype in READING_COLUMNS.items() if str(dtype) in ("float64", "int32", "Int32")}
LeftOut = list[tuple[str, str, str, str]]
TRANSPOSE = (
    "A table with one column a recording is best transposed, so that each recording has a row (Excel: copy it, then "
    "Paste Special, Transpose)."
)
DEFINE = "Define it under `findings:` of the run."
_NAMED = 10  # words and columns that one line names


@dataclass(frozen=True, kw_only=True)
class Written:
    """How a file of answers is written.

    Attributes
    ----------
    record_id, reader_id, arm : str
    record_id_digits : int or None
    columns, findings, words : mapping
    headers, finding, separator, listed, choice : str or None
    beside : mapping
    ignore : sequence of str
    unmentioned, spelling, untranslated, cells, encoding, decimal : str
    grades : sequence of str
    present_from, sheet, preset : str or None
        As ``panels/readings_file.py`` explains each.
    """

    record_id: str = "record_id"
    record_id_digits: int | None = None
    reader_id: str = "reader_id"
    arm: str = UNAIDED
    columns: Mapping[str, str] = field(default_factory=dict)
    headers: str | None = None
    finding: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    listed: str | None = None
    choice: str | None = None
    ignore: Sequence[str] = ()
    unmentioned: str = "missing"
    spelling: str = CANONICAL
    findings: Mapping[str, str] = field(default_factory=dict)
    untranslated: str = "refuse"
    cells: str = "reading"
    words: Mapping[str, str] = field(default_factory=dict)
    grades: Sequence[object] = ()
    present_from: object = None
    encoding: str = "utf-8-sig"
    decimal: str = "."
    sheet: str | None = None
    preset: str | None = None
    further: Sequence[str] = ()  # further columns that the plug-in reads by itself

    def check(self, who: str) -> None:
        """Refuse words that are none of those that an option takes, and options that need one another.

        Raises
        ------
        ConfigError
        """
        for key, choices in (
            ("spelling", (CANONICAL, *SCHEMES)),
            ("untranslated", _UNTRANSLATED),
            ("cells", _CELLS),
            ("decimal", (".", ",")),
            ("unmentioned", _UNMENTIONED),
            *((("preset", tuple(PRESETS)),) if self.preset is not None else ()),
        ):
            value = getattr(self, key)
            if value not in choices:
                raise ConfigError(who, key, f"one of {', '.join(choices)}", value, suggestion(str(value), choices))
        if self.listed is not None and self.separator is None:
            raise ConfigError(who, "separator", "given with `listed`", remedy='For example `separator: ";"`.')
        if self.listed is not None and self.choice is not None:
            raise ConfigError(who, "choice", "left out beside `listed`", self.choice, "Both name the same column.")
        for ours, pattern in self.beside.items():
            if ours not in READING_COLUMNS:
                remedy = suggestion(ours, READING_COLUMNS)
                raise ConfigError(who, "beside", "of a column of readings", ours, remedy)
            if "{finding}" not in pattern:
                remedy = 'For example `beside: {confidence: "{finding}_confidence"}`.'
                raise ConfigError(who, f"beside.{ours}", "a pattern that can name a finding", pattern, remedy)
        if self.cells == "choice" and (self.headers is None or "{finding}" in self.headers):
            remedy = 'Say what headers name, for example `headers: "{reader}"`; one column is named by `choice:`.'
            raise ConfigError(who, "cells: choice", "used with headers that name no finding", self.headers, remedy)
        grades = [text_of(grade) for grade in self.grades]
        if len(set(grades)) < len(grades) or len(grades) == 1:
            raise ConfigError(who, "grades", "two or more words, the lowest first, each once", list(self.grades))
        if self.present_from is not None and text_of(self.present_from) not in grades:
            remedy = suggestion(text_of(self.present_from), grades)
            raise ConfigError(
                who, "present_from", f"one of the grades ({', '.join(grades)})", self.present_from, remedy
            )


class AnswerFiles:
    """Files of answers, read as they are written.

    Parameters
    ----------
    who : str
        The plug-in, for messages.
    path : Path
        A file, or a folder when `files` names files in it.
    files : mapping of reader id to file name
        One file a reader; empty where the files name their readers.
    written : Written
    arm_files : mapping of arm to file name, optional
        One file an arm, each with its readers.
    file_names : FileNames, optional
        How the files of the folder are called, where their names say more.
    """

    def __init__(
        self,
        who: str,
        path: Path,
        files: Mapping[str, str],
        written: Written,
        *,
        arm_files: Mapping[str, str] | None = None,
        file_names: FileNames | None = None,
    ) -> None:
        written.check(who)
        if file_names is not None and (files or arm_files):
            raise ConfigError(who, "file_names", "left out beside `files` and `arm_files`", file_names.pattern)
        self.file_names = file_names
        if arm_files and files:
            raise ConfigError(who, "arm_files", "left out beside `files`", dict(arm_files), "Say one of the two.")
        self.arm_files = {text_of(k): str(v) for k, v in (arm_files or {}).items()}
        self.who, self.path, self.written = who, Path(path), written
        self.files = {text_of(k): str(v) for k, v in files.items()}
        self.record_id, self.reader_id, self.arm = text_of(written.record_id), text_of(written.reader_id), written.arm
        self.headers = None if written.headers is None else Headers(text_of(written.headers), who)
        self.beside = {str(k): Headers(text_of(v), who) for k, v in written.beside.items()}
        self.columns = {str(k): text_of(v) for k, v in written.columns.items()}
        self.own_findings = {text_of(k): str(v) for k, v in written.findings.items()}
        self.grades = [text_of(grade) for grade in written.grades]
        self.words = WORDS | {text_of(k).casefold(): str(v) for k, v in written.words.items()}
        self.read_table = partial(read_table, encoding=written.encoding, decimal=written.decimal, sheet=written.sheet)

    # columns of ours that a file may hold beside its findings, and what a file of them is called
    known_columns: tuple[str, ...] = tuple(READING_COLUMNS)
    kind_of_file: str = "a readings file"

    @property
    def _endings(self) -> tuple[str, ...]:
        """Return endings of files that only a preset can read."""
        return PRESETS[self.written.preset].endings if self.written.preset else ()

    @property
    def _sources(self) -> list[tuple[str, str, Path]]:
        """Return the files to be read, each with its reader ("" where the file names its readers) and its arm."""
        if self.arm_files:
            return [("", arm, self.path / name) for arm, name in self.arm_files.items()]
        if self.file_names is not None:
            named = self.file_names.files_in(self.path)
            return [(says.get("reader_id", ""), says.get("arm", self.arm), path) for path, says in named.items()]
        return [(r, self.arm, self.path / name) for r, name in self.files.items()] or [("", self.arm, self.path)]

    @property
    def _base(self) -> Path:
        """Return the folder to which the names of the files are relative."""
        return self.path if self.files or self.arm_files or self.file_names else self.path.parent

    def problems(self) -> list[EcgEvalError]:
        """Return files that are missing or of an unknown kind, and words and codes that mean nothing."""
        problems: list[EcgEvalError] = []
        if self.file_names is not None and (strangers := self.file_names.problem(self.path)) is not None:
            problems.append(strangers)
        for _, _, path in self._sources:
            if (problem := file_problem(path, also=self._endings)) is not None:
                problems.append(problem)
        for word, meaning in self.words.items():
            if meaning not in (*ANSWERS, MISSING):
                remedy = suggestion(meaning, (*ANSWERS, MISSING))
                problems.append(ConfigError(f"{self.who}.words.{word}", "meaning", "an answer", meaning, remedy))
        for code in self.own_findings.values():
            if code not in vocabulary():
                remedy = near_finding(code) or DEFINE
                problems.append(ConfigError(f"{self.who}.findings", "code", "in the vocabulary", code, remedy))
        for name in self.columns:
            if name not in self.known_columns:
                remedy = suggestion(name, self.known_columns)
                problems.append(ConfigError(f"{self.who}.columns", "name", "a column of ours", name, remedy))
        return problems

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file read."""
        paths = [p for _, _, path in self._sources for p in (sorted(path.iterdir()) if path.is_dir() else [path])]
        # by the path that the configuration names: files of one name may stand in several folders
        return {
            os.path.relpath(p, self._base): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.is_file()
        }

    def _is_number(self, theirs: str) -> bool:
        """Whether a column of the file, by its name there, holds numbers."""
        ours = {name: our for our, name in self.columns.items()}.get(theirs, theirs)
        identity = (self.record_id, self.reader_id)
        if any(our in _NUMBERS and headers.taken_apart([theirs]) for our, headers in self.beside.items()):
            return True
        return ours in _NUMBERS or (
            self.written.cells == "score" and ours not in self.known_columns and theirs not in identity
        )

    def _identified(self, reader: str, arm: str, path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return one file's rows with record, reader and arm, each with its place (file and row) for messages."""
        if self.written.preset is None:
            table = self.read_table(path, numbers=self._is_number)
        else:
            table = PRESETS[self.written.preset].read(path, self.read_table, self._spoken)
        left_out += [("", reader, "readings", note) for note in table.attrs.get("notes", [])]
        there = list(table.columns)
        table = self._renamed(table, path)
        rows = table.index.to_numpy()
        if self.record_id == ROW_NUMBER:
            table["record_id"] = text_column(pd.Series(rows - rows.min() if len(rows) else rows, index=table.index))
        elif "record_id" not in table.columns and not self._in_headers("record_id"):
            rule = f"there ({self.record_id!r}), or record_id: row_number"
            raise InputFileError(str(path), "column of the record id", rule, there)
        digits = self.written.record_id_digits
        if digits is not None and "record_id" in table.columns:
            table["record_id"] = text_column(
                table["record_id"], lambda name: name.zfill(digits) if name.isdecimal() else name
            )
        if reader:
            table["reader_id"] = constant(reader, len(table))
        elif "reader_id" not in table.columns and not self._in_headers("reader_id"):
            remedy = "Name it with `reader_id:`, or give one file a reader with `files:`."
            raise InputFileError(str(path), "column of the reader id", f"there ({self.reader_id!r})", remedy=remedy)
        self._say_by_name(table, path)
        if self.written.finding is not None:
            if "finding" in table.columns or self._in_headers("finding"):
                raise InputFileError(
                    str(path), "finding", "said once", "a column or header too", "Take `finding:` out."
                )
            table["finding"] = constant(text_of(self.written.finding), len(table))
        if "arm" not in table.columns and not self._in_headers("arm"):
            table["arm"] = constant(arm, len(table))
        if FILE not in table.columns:  # a preset of several files says which
            table[FILE] = constant(path.name, len(table))
        table[ROW] = rows.astype(np.int32)
        return table.reset_index(drop=True)

    def _say_by_name(self, table: pd.DataFrame, path: Path) -> None:
        """Add what a file's name says of its answers; a column or header that says it too is refused."""
        says = {} if self.file_names is None else self.file_names.taken_apart(path)
        for column in ["arm"] if self.arm_files else [name for name in says if name != "reader_id"]:
            if column in table.columns or self._in_headers(column):
                where = "in `arm_files`" if self.arm_files else "as `file_names` reads it"
                option = "arm_files" if self.arm_files else "file_names"
                remedy = f"Take the column out, or name all files without `{option}:`."
                rule = f"said once, by the file's name {where}"
                raise InputFileError(str(path), column, rule, "a column too", remedy)
            if column != "arm":
                table[column] = constant(says[column], len(table))

    def _in_headers(self, column: str) -> bool:
        return self.headers is not None and column in self.headers.names

    def _theirs(self, ours: str) -> str:
        """Return what the file calls one of our columns."""
        return {"record_id": self.record_id, "reader_id": self.reader_id, **self.columns}.get(ours, ours)

    def _spoken(self, word: str) -> bool:
        """Whether a word is an answer, and not the name of a finding."""
        return word.casefold() in self.words or word.casefold() in MISSING_WORDS or word in self.grades

    def _renamed(self, table: pd.DataFrame, path: Path) -> pd.DataFrame:
        """Return the table with our names of its columns."""
        asked = {"record_id": self.record_id, "reader_id": self.reader_id, **self.columns}
        names = {theirs: ours for ours, theirs in asked.items() if theirs in table.columns}
        for ours, theirs in self.columns.items():
            if theirs not in table.columns:
                remedy = suggestion(theirs, [str(c) for c in table.columns])
                raise InputFileError(str(path), f"column of {ours}", "there", theirs, remedy)
        # a column of the file that is called as one of ours, and is not meant, makes room
        shadowed = {ours: f"{ours} (not read)" for theirs, ours in names.items() if theirs != ours and ours in table}
        renamed: pd.DataFrame = table.rename(columns=shadowed | names)
        return renamed

    def _long_form(self, table: pd.DataFrame, path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return a file's answers in long form; columns without a meaning are refused or listed."""
        table = self._ignored(table, path, left_out)
        table, beside = self._taken_aside(table, path)
        described = [c for c in table.columns if c in (*self.known_columns, *self.written.further, FILE, ROW)]
        others = [c for c in table.columns if c not in described]
        column = self.written.listed or self.written.choice
        if column is not None:
            column = text_of(column)
            if column not in table.columns:
                remedy = suggestion(column, others)
                raise InputFileError(str(path), "column of the findings named", "there", column, remedy)
            return self._without(table, [c for c in others if c != column], path, left_out).rename(
                columns={column: LISTED}
            )
        if self.headers is not None:
            named = self.headers.taken_apart(others)
            if not named:
                remedy = suggestion(self.headers.pattern, others)
                raise InputFileError(str(path), "columns", f"made like {self.headers.pattern}", others, remedy)
            for column in self.headers.names:
                if column in table.columns:
                    got = f"column {self._theirs(column)!r} too"
                    raise InputFileError(str(path), column, f"said once, by headers {self.headers.pattern!r}", got)
            table = self._without(table, [c for c in others if c not in named], path, left_out)
            value = LISTED if self.written.cells == "choice" else self.written.cells
            values = {column: [parts[column] for parts in named.values()] for column in self.headers.names}
            if value != LISTED and "finding" not in (*self.headers.names, *table.columns):
                rule = "about findings that headers or a column name"
                remedy = (
                    "Name the column of the findings with `columns: {finding: ...}`, or the one finding of all answers "
                    f"with `finding:`. {TRANSPOSE}"
                )
                raise InputFileError(str(path), "answers", rule, f"headers {self.headers.pattern!r} alone", remedy)
            return self._melted(table, list(named), values, value, beside)
        if "finding" in table.columns:
            table = self._without(table, others, path, left_out)
            return table if self.written.separator is None else split(table, "finding", self.written.separator)
        if not others:
            rule = "a column `finding`, or one column a finding"
            raise InputFileError(str(path), "columns", rule, [c for c in described if c not in (FILE, ROW)])
        return self._melted(table, others, {"finding": others}, self.written.cells, beside)

    def _taken_aside(self, table: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, dict[str, dict[str, pd.Series]]]:
        """Return a table without the columns that stand beside findings, and these by our column and the finding."""
        beside: dict[str, dict[str, pd.Series]] = {}
        taken: set[str] = set()
        for ours, headers in self.beside.items():
            named = headers.taken_apart(map(str, table.columns))
            if not named:
                there = [str(c) for c in table.columns if c not in (FILE, ROW)]
                remedy = suggestion(headers.pattern, there)
                raise InputFileError(
                    str(path), f"columns of {ours}", f"there: a column made like {headers.pattern}", there, remedy
                )
            beside[ours] = {parts["finding"]: table[name] for name, parts in named.items()}
            taken |= set(named)
        return table.drop(columns=list(taken)), beside

    @staticmethod
    def _melted(
        table: pd.DataFrame,
        columns: Sequence[str],
        values: Mapping[str, Sequence[str]],
        value: str,
        beside: Mapping[str, Mapping[str, pd.Series]],
    ) -> pd.DataFrame:
        """Return a wide table in long form, with what stands beside each finding's column; nothing where it is not."""
        long = melt(table, columns, values, value)
        nothing = pd.Series(np.nan, index=table.index, dtype="float64")
        made: dict[str, object] = {
            ours: stacked([of_findings.get(finding, nothing) for finding in values["finding"]])
            for ours, of_findings in beside.items()
        }
        return pd.DataFrame({**{str(column): long[column] for column in long.columns}, **made})

    def _ignored(self, table: pd.DataFrame, path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return the table without the columns that are not to be read, each counted."""
        names = [name for name in map(text_of, self.written.ignore) if name in table.columns]
        for name in names:
            n = int((text_column(table[name]).notna()).sum())
            left_out.append(("", "", "readings", f"column {name} of {path.name} is ignored as declared: {n} cells"))
        return table.drop(columns=names) if names else table

    def _from_lists(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Return the answers of cells that name what is present: one row a finding that any cell names.

        A word for "missing" leaves the cell without an answer, one for "absent" names nothing, and one for "uncertain"
        or "refer" answers every finding so.
        """
        cells = text_column(raw[LISTED])
        parts = [self._named_in(str(cell)) for cell in cells.cat.categories]
        meanings = [
            [self.words.get(p.casefold(), MISSING if p.casefold() in MISSING_WORDS else "") for p in cell]
            for cell in parts
        ]
        named = [
            p
            for cell, cell_meanings in zip(parts, meanings, strict=True)
            for p, m in zip(cell, cell_meanings, strict=True)
            if not m
        ]
        codes = {self._code(name) or name: None for name in [*named, *self.own_findings]}
        unsaid = "absent" if self.written.choice or self.written.cells == "choice" else self.written.unmentioned
        others = {"missing": -1} | {answer: i for i, answer in enumerate(ANSWERS)}
        table = raw.drop(columns=LISTED)
        for code in codes:
            answers = np.full(len(parts) + 1, -1, dtype=np.int8)  # the last is of blank cells
            for i, (cell, cell_meanings) in enumerate(zip(parts, meanings, strict=True)):
                whole = [m for m in cell_meanings if m in ("uncertain", "refer", MISSING)]
                is_named = any((self._code(p) or p) == code for p, m in zip(cell, cell_meanings, strict=True) if not m)
                rest = whole[0] if whole else unsaid
                answers[i] = ANSWERS.index("present") if is_named else others[rest]
            table[code] = pd.Categorical.from_codes(answers[cells.cat.codes.to_numpy()], dtype=ANSWER)
        return melt(table, list(codes), {"finding": list(codes)}, "reading")

    def _named_in(self, cell: str) -> list[str]:
        """Return what a cell names."""
        parts = [cell] if self.written.separator is None else cell.split(self.written.separator)
        return [part.strip() for part in parts if part.strip()]

    def _read_all(self, left_out: LeftOut) -> tuple[pd.DataFrame, bool]:
        """Return the answers of all files in long form, as they are written, and whether the files were long."""
        tables = [(path, self._identified(reader, arm, path, left_out)) for reader, arm, path in self._sources]
        if self.file_names is not None and (others := self.file_names.others_in(self.path)):
            few = ", ".join(others[:_NAMED])
            left_out.append(("", "", "readings", f"{len(others)} files are not called as `file_names` says: {few}"))
        is_long = all("finding" in table for _, table in tables)
        raw = stack([self._long_form(table, path, left_out) for path, table in tables])
        if LISTED in raw:
            raw = self._from_lists(raw)
        if "reading" not in raw:  # scores alone
            raw["reading"] = pd.Series(None, index=raw.index, dtype="float64")
        for column in [c for c in raw.columns if c in _NUMBERS]:
            raw[column], notes = percents(raw[column], column)
            left_out += notes
        if self.grades:
            raw["score"] = grades_as_scores(raw["reading"], self.grades)
        return raw, is_long

    def _without(self, table: pd.DataFrame, surplus: list[str], path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return the table without columns that mean nothing here, which are listed where that was asked for."""
        if surplus and self.written.untranslated == "refuse":
            rule = f"columns of {self.kind_of_file}"
            columns = self.known_columns
            near = [f"{c!r}: {nearest}" for c in surplus if (nearest := suggestion(c, columns)).startswith("Did")]
            remedy = f"{' '.join(near)} Name them with `columns:`, or leave them out with `untranslated: list`.".strip()
            raise InputFileError(str(path), "columns", rule, surplus[:_NAMED], remedy)
        for column in surplus:
            n = int((text_column(table[column]).notna()).sum())
            left_out.append(("", "", "readings", f"column {column} of {path.name} is not read: {n} cells"))
        rest: pd.DataFrame = table.drop(columns=surplus)
        return rest

    def _answers(self, raw: pd.DataFrame, name: str, problems: list[EcgEvalError]) -> pd.Series:
        first_present = (
            self.grades.index(text_of(self.written.present_from)) if self.written.present_from is not None else None
        )

        def meaning(word: str) -> str | None:
            if name == "reading" and word in self.grades:
                if first_present is None:
                    return ""  # a score alone
                return "present" if self.grades.index(word) >= first_present else "absent"
            answer = self.words.get(word.casefold())
            if answer is None and word.casefold() in MISSING_WORDS:
                answer = MISSING
            return "" if answer == MISSING else answer

        answers, strange = translated(raw[name], meaning)
        if strange:
            near = [hint for word in strange if (hint := suggestion(word, self.words)).startswith("Did you mean")]
            remedy = f"{near[0] if len(strange) == 1 and near else ''} Map your own words with `words:`.".strip()
            problems.append(one_line(raw, strange, name, "a known answer", remedy))
        return answers

    def _codes(
        self, raw: pd.DataFrame, problems: list[EcgEvalError], left_out: LeftOut, *, keep_strange: bool
    ) -> pd.DataFrame:
        """Return the rows with the codes of their findings; words without one are refused, or listed and left out.

        What else is wrong with a row of a finding without a code is looked at in a long file only (`keep_strange`): a
        column of a wide one that is no finding holds no answers either.
        """
        codes, strange = translated(raw["finding"], self._code)
        if not strange:
            raw["finding"] = codes
            return raw
        if self.written.untranslated == "refuse":
            problems.append(self._no_code(raw, strange))
            if keep_strange:
                raw["finding"] = text_column(raw["finding"])
                return raw
        else:
            given = raw["reading"].notna().to_numpy()
            if "score" in raw:
                given = given | raw["score"].notna().to_numpy()
            for word, where in strange.items():
                for reader, n in counts(raw["reader_id"][where], given[where]).items():
                    reason = f"{n} readings of {word!r}, which has no translation ({self.written.spelling})"
                    left_out.append(("", reader, "readings", reason))
        raw["finding"] = codes
        with_code: pd.DataFrame = raw[~np.logical_or.reduce(list(strange.values()))].reset_index(drop=True)
        return with_code

    def _no_code(self, raw: pd.DataFrame, strange: Mapping[str, NDArray[np.bool_]]) -> ReadingsError:
        """Return all words for findings that have no code in one line, with those that were probably meant."""
        near = {word: self._near(word) for word in list(strange)[:_NAMED]}
        meant = {word: remedy_of for word, remedy_of in near.items() if remedy_of}
        first = " ".join(
            remedy_of if len(strange) == 1 else f"{word!r}: {remedy_of}" for word, remedy_of in meant.items()
        )
        remedy = f"{first} Map your own with `findings:`, or leave them out with `untranslated: list`.".strip()
        if self.written.listed is not None or self.written.choice is not None or self.written.cells == "choice":
            named = (raw["reading"] == "present").to_numpy(dtype=bool)  # the other rows do not name it, and so have not
            strange = {word: where & named for word, where in strange.items()}
        return one_line(raw, strange, "finding", f"known ({self.written.spelling})", remedy)

    def _near(self, word: str) -> str:
        """Return what a word for a finding was probably meant to be, only where it is near in spelling or meaning."""
        scheme = self.written.spelling
        if scheme == CANONICAL:
            return near_finding(word, self.own_findings)
        nearest = suggestion(word, [s for f in vocabulary().values() for s in f.spellings(scheme)])
        return nearest if nearest.startswith("Did you mean") else ""

    def _code(self, spelling: str) -> str | None:
        if spelling in self.own_findings:
            return self.own_findings[spelling]
        return code_spelt(spelling, self.written.spelling)


def constant(word: str, n: int) -> pd.Categorical:
    """Return a column of one word."""
    return pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), categories=pd.Index([word], dtype=object))


def one_line(
    raw: pd.DataFrame, strange: Mapping[str, NDArray[np.bool_]], name: str, rule: str, remedy: str
) -> ReadingsError:
    """Return one problem for all words of a column that mean nothing, with the rows in which they stand."""
    where = places(raw, np.logical_or.reduce(list(strange.values())))
    words = list(strange)
    got: object = words[0] if len(words) == 1 else words[:_NAMED]
    more = len(words) - _NAMED
    return ReadingsError(where, name, rule, got, f"And {more} more words. {remedy}" if more > 0 else remedy)


def counts(readers: pd.Series, chosen: NDArray[np.bool_] | None = None) -> dict[str, int]:
    """Return how many rows each reader has, in the order of their appearance; readers without one chosen are 0."""
    names = text_column(readers)
    n = len(names.cat.categories)
    codes = names.cat.codes.to_numpy()
    there = np.bincount(codes[codes >= 0], minlength=n)
    picked = codes if chosen is None else codes[chosen]
    counted = np.bincount(picked[picked >= 0], minlength=n)
    return {str(name): int(counted[i]) for i, name in enumerate(names.cat.categories) if there[i]}
