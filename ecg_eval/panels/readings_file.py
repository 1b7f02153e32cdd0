"""Readings from files: long or wide, one file or one a reader, in CSV, TSV, Parquet or Excel."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.columns import MISSING_WORDS, text_column, text_of
from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.findings import SCHEMES, translate, vocabulary
from ecg_eval.domain.joins import join
from ecg_eval.domain.reading import (
    AIDED,
    ANSWER,
    ANSWERS,
    READER_COLUMNS,
    READING_COLUMNS,
    UNAIDED,
    checked_readings,
    readers_table,
)
from ecg_eval.domain.result import left_out_table
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, ReadingsError, suggestion
from ecg_eval.panels._tables.long_form import FILE, ROW, matching, melt, places, split, stack, translated
from ecg_eval.panels._tables.table_files import file_problem, read_table

# words that mean an answer in any file; a study's own words are added with `words`
WORDS = {answer: answer for answer in ANSWERS} | {"1": "present", "0": "absent", "1.0": "present", "0.0": "absent"}
MISSING = "missing"
ROW_NUMBER = "row_number"
_UNTRANSLATED = ("refuse", "list")
_CELLS = ("reading", "score")
_UNMENTIONED = ("missing", "absent")
_NUMBERS = {name for name, dtype in READING_COLUMNS.items() if str(dtype) in ("float64", "int32", "Int32")}
_ABOUT_READERS = {name for name, dtype in READER_COLUMNS.items() if dtype == "float64"}
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):([0-5]?\d(?:\.\d+)?)")
LeftOut = list[tuple[str, str, str, str]]
_NAMED = 10  # words and columns that one line names


class ReadingsFile(Panel):
    """Readings and readers from files.

    Parameters
    ----------
    path : Path
        A file, or a folder when `files` names files in it.
    files : mapping of reader id to file name, optional
        One file a reader (wide form).
    record_id : str
        Column with the record id, or "row_number": the first data row is record 0.
    record_id_digits : int, optional
        How many digits the ids have, where a spreadsheet took their zeros: 7 of 5 digits is 00007.
    reader_id : str
        Column with the reader id.
    columns : mapping, optional
        Our name of a column -> its name in the file: `{seconds: lead_time, finding: question, reading: answer}`.
    finding_columns : str, optional
        A pattern for the columns of findings of a wide file, its star the finding: `LABEL[*]`, `dx___*`.
    separator : str, optional
        What stands between several findings in one cell of the column `finding`, or of `listed`.
    listed : str, optional
        A column whose cells list the findings that are present, and hold no other answer.
    unmentioned : str
        With `listed`: what a finding is that a cell does not list, "missing" or "absent". Asked are the findings that
        occur anywhere in the column, and those of `findings`; a blank cell answers nothing.
    spelling : str
        How findings are spelled: "canonical" (codes of the vocabulary) or a scheme ("scp", "snomed_ct", ...).
    findings : mapping, optional
        The file's own spelling of a finding -> code; goes before `spelling`.
    untranslated : str
        What becomes of a word for a finding that has no translation, and of a column that has no meaning: "refuse" the
        file, naming them, or "list" them among what was left out, with the number of their readings. Nothing is
        dropped in silence.
    cells : str
        What the columns of findings of a wide file hold: "reading" (an answer) or "score" (a number, such as a model's
        probability; no threshold is made up, so that scores alone are ranked and never called).
    words : mapping, optional
        The file's own words -> present, absent, uncertain, refer, missing.
    readers : Path or list of mappings
        The readers file, or its rows: `reader_id`, `kind`, ...
    arm : str
        Arm of all readings when there is no column `arm`.
    arms : mapping, optional
        The file's own words for arms -> unaided, aided, or the name of a third arm.
    encoding, decimal, sheet
        As ``read_table`` takes them.
    """

    def __init__(
        self,
        *,
        path: Path,
        readers: Path | Sequence[Mapping[str, Any]],
        files: Mapping[str, str] | None = None,
        record_id: str = "record_id",
        record_id_digits: int | None = None,
        reader_id: str = "reader_id",
        columns: Mapping[str, str] | None = None,
        finding_columns: str | None = None,
        separator: str | None = None,
        listed: str | None = None,
        unmentioned: str = "missing",
        spelling: str = "canonical",
        findings: Mapping[str, str] | None = None,
        untranslated: str = "refuse",
        cells: str = "reading",
        words: Mapping[str, str] | None = None,
        arm: str = UNAIDED,
        arms: Mapping[str, str] | None = None,
        encoding: str = "utf-8-sig",
        decimal: str = ".",
        sheet: str | None = None,
    ) -> None:
        for key, value, known in (
            ("spelling", spelling, ("canonical", *SCHEMES)),
            ("untranslated", untranslated, _UNTRANSLATED),
            ("cells", cells, _CELLS),
            ("decimal", decimal, (".", ",")),
            ("unmentioned", unmentioned, _UNMENTIONED),
        ):
            if value not in known:
                rule = f"one of {', '.join(known)}"
                raise ConfigError("readings_file", key, rule, value, suggestion(str(value), known))
        if finding_columns is not None and finding_columns.count("*") != 1:
            rule = "a pattern with one star for the finding"
            raise ConfigError("readings_file", "finding_columns", rule, finding_columns, "For example dx___*.")
        if listed is not None and separator is None:
            rule = "given with `listed`"
            raise ConfigError("readings_file", "separator", rule, remedy='For example `separator: ";"`.')
        self.untranslated, self.cells, self.unmentioned = untranslated, cells, unmentioned
        self.path, self.readers_source = Path(path), readers
        self.files = {text_of(k): str(v) for k, v in (files or {}).items()}
        self.record_id, self.reader_id, self.spelling, self.arm = text_of(record_id), text_of(reader_id), spelling, arm
        self.record_id_digits, self.separator = record_id_digits, separator
        self.finding_columns = None if finding_columns is None else text_of(finding_columns)
        self.listed = None if listed is None else text_of(listed)
        self.columns = {str(k): text_of(v) for k, v in (columns or {}).items()}
        self.arms = {text_of(k): str(v) for k, v in (arms or {}).items()}
        self.own_findings = {text_of(k): str(v) for k, v in (findings or {}).items()}
        self.words = WORDS | {text_of(k).casefold(): str(v) for k, v in (words or {}).items()}
        self.read_table = partial(read_table, encoding=encoding, decimal=decimal, sheet=sheet)

    def _paths(self) -> dict[str, Path]:
        """Return the files to be read, by reader id ("" for a file that names its readers)."""
        return {r: self.path / name for r, name in self.files.items()} if self.files else {"": self.path}

    def problems(self) -> list[EcgEvalError]:
        """Return files that are missing or of an unknown kind, and words and codes that mean nothing."""
        found: list[EcgEvalError] = [p for path in self._paths().values() if (p := file_problem(path)) is not None]
        if isinstance(self.readers_source, Path) and (problem := file_problem(self.readers_source)) is not None:
            found.append(problem)
        for word, meaning in self.words.items():
            if meaning not in (*ANSWERS, MISSING):
                remedy = suggestion(meaning, (*ANSWERS, MISSING))
                found.append(ConfigError(f"readings_file.words.{word}", "meaning", "an answer", meaning, remedy))
        for code in self.own_findings.values():
            if code not in vocabulary():
                remedy = suggestion(code, vocabulary())
                found.append(ConfigError("readings_file.findings", "code", "in the vocabulary", code, remedy))
        for name in self.columns:
            if name not in READING_COLUMNS:
                remedy = suggestion(name, READING_COLUMNS)
                found.append(ConfigError("readings_file.columns", "name", "a column of readings", name, remedy))
        return found

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file read."""
        paths = [*self._paths().values(), *([self.readers_source] if isinstance(self.readers_source, Path) else [])]
        # by the path that the configuration names: files of one name may stand in several folders
        base = self.path if self.files else self.path.parent
        return {os.path.relpath(p, base): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.is_file()}

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return the readings of the records and findings asked for; what else the files hold is counted as left out.

        Raises
        ------
        ProblemsError
            Naming rows, with the nearest valid name, for unknown words, records, readers and findings: one line a
            fault, the most harmful first.
        """
        readers = self._readers()
        left_out: LeftOut = []
        tables = [(path, self._identified(reader, path, left_out)) for reader, path in self._paths().items()]
        is_long = all("finding" in table for _, table in tables)
        raw = stack([self._long_form(table, path, left_out) for path, table in tables])
        if "reading" not in raw:  # scores alone
            raw["reading"] = pd.Series(None, index=raw.index, dtype="float64")
        problems = self._strangers(raw, readers, request)
        raw = self._codes(raw, problems, left_out, keep_strange=is_long)
        raw["arm"] = self._arm(raw, problems)
        for column in ("reading", "ai_reading"):
            if column in raw:
                raw[column] = self._answers(raw, column, problems)
        if "seconds" in raw:
            raw["seconds"] = _clock(raw["seconds"], left_out)
        return self._asked_for(raw, readers, request, problems, left_out)

    def _strangers(self, raw: pd.DataFrame, readers: pd.DataFrame, request: PanelRequest) -> list[EcgEvalError]:
        """Return records and readers that nobody knows."""
        known = request.records.index if request.known_records is None else request.known_records
        return [
            *self._unknown(raw, "record_id", [str(name) for name in known], "the recordings"),
            *self._unknown(raw, "reader_id", [str(name) for name in readers.index], "the readers"),
        ]

    def _unknown(self, raw: pd.DataFrame, name: str, known: list[str], whose: str) -> list[EcgEvalError]:
        """Return the ids of a column that are not among those known, in one line."""
        column = raw[name] = text_column(raw[name])
        used = column.cat.categories[np.unique(column.cat.codes.to_numpy()[column.notna().to_numpy()])]
        found = join(used, known)
        if not found.unmatched:
            return []
        where = places(raw, column.isin(list(found.unmatched)).to_numpy())
        got = list(found.unmatched[:_NAMED]) if len(found.unmatched) > 1 else found.unmatched[0]
        rule = f"known ({found.counts('the file', whose)})"
        return [ReadingsError(where, name, rule, got, found.remedy(known))]

    def _readers(self) -> pd.DataFrame:
        if isinstance(self.readers_source, Path):
            frame = self.read_table(self.readers_source, numbers=_ABOUT_READERS.__contains__)
            return readers_table(frame, who=str(self.readers_source))
        return readers_table(pd.DataFrame([dict(r) for r in self.readers_source]), who="readings_file.readers")

    def _is_number(self, theirs: str) -> bool:
        """Whether a column of the file, by its name there, holds numbers."""
        ours = {name: our for our, name in self.columns.items()}.get(theirs, theirs)
        identity = (self.record_id, self.reader_id)
        return ours in _NUMBERS or (self.cells == "score" and ours not in READING_COLUMNS and theirs not in identity)

    def _identified(self, reader: str, path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return one file's rows with record, reader and arm, each with its place (file and row) for messages."""
        table = self.read_table(path, numbers=self._is_number)
        left_out += [("", reader, "readings", note) for note in table.attrs.get("notes", [])]
        there = list(table.columns)
        table = self._renamed(table, path)
        rows = table.index.to_numpy()
        if self.record_id == ROW_NUMBER:
            table["record_id"] = text_column(pd.Series(rows - rows.min() if len(rows) else rows, index=table.index))
        elif "record_id" not in table.columns:
            rule = f"there ({self.record_id!r}), or record_id: row_number"
            raise InputFileError(str(path), "column of the record id", rule, there)
        if self.record_id_digits is not None:
            digits = self.record_id_digits
            table["record_id"] = text_column(
                table["record_id"], lambda name: name.zfill(digits) if name.isdecimal() else name
            )
        if reader:
            table["reader_id"] = _constant(reader, len(table))
        elif "reader_id" not in table.columns:
            remedy = "Name it with `reader_id:`, or give one file a reader with `files:`."
            raise InputFileError(str(path), "column of the reader id", f"there ({self.reader_id!r})", remedy=remedy)
        if "arm" not in table.columns:
            table["arm"] = _constant(self.arm, len(table))
        table[FILE] = _constant(path.name, len(table))
        table[ROW] = rows.astype(np.int32)
        return table.reset_index(drop=True)

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
        """Return a file's readings in long form; columns without a meaning are refused or listed."""
        described = [c for c in table.columns if c in (*READING_COLUMNS, FILE, ROW)]
        others = [c for c in table.columns if c not in described]
        if self.listed is not None:
            return self._from_lists(table, path, others, left_out)
        if self.finding_columns is not None:
            named = matching(self.finding_columns, others)
            if not named:
                remedy = suggestion(self.finding_columns, others)
                raise InputFileError(str(path), "columns of findings", f"like {self.finding_columns}", others, remedy)
            table = self._without(table, [c for c in others if c not in named], path, left_out)
            return melt(table, list(named), list(named.values()), self.cells)
        if "finding" in table.columns:
            table = self._without(table, others, path, left_out)
            return table if self.separator is None else split(table, "finding", self.separator)
        if not others:
            rule = "a column `finding`, or one column a finding"
            raise InputFileError(str(path), "columns", rule, [c for c in described if c not in (FILE, ROW)])
        return melt(table, others, others, self.cells)

    def _from_lists(self, table: pd.DataFrame, path: Path, others: list[str], left_out: LeftOut) -> pd.DataFrame:
        """Return the readings of a column whose cells list what is present."""
        column = str(self.listed)
        if column not in table.columns:
            remedy = suggestion(column, others)
            raise InputFileError(str(path), "column of the findings listed", "there", column, remedy)
        cells = text_column(table[column])
        nothing = {word for word, meaning in self.words.items() if meaning == "absent"}
        parts = [[p.strip() for p in str(c).split(str(self.separator)) if p.strip()] for c in cells.cat.categories]
        named = list(dict.fromkeys(p for cell in parts for p in cell if p.casefold() not in nothing))
        spelled = {self._code(name) or name for name in named}
        named += [name for name, code in self.own_findings.items() if code not in spelled]
        table = self._without(table, [c for c in others if c != column], path, left_out).drop(columns=column)
        unsaid = -1 if self.unmentioned == "missing" else ANSWERS.index("absent")
        for name in named:
            codes = np.array([ANSWERS.index("present") if name in cell else unsaid for cell in parts] + [-1], np.int8)
            table[name] = pd.Categorical.from_codes(codes[cells.cat.codes.to_numpy()], dtype=ANSWER)
        return melt(table, named, named, "reading")

    def _without(self, table: pd.DataFrame, surplus: list[str], path: Path, left_out: LeftOut) -> pd.DataFrame:
        """Return the table without columns that mean nothing here, which are listed where that was asked for."""
        if surplus and self.untranslated == "refuse":
            rule = "columns of a readings file"
            near = [f"{c!r}: {said}" for c in surplus if (said := suggestion(c, READING_COLUMNS)).startswith("Did")]
            remedy = f"{' '.join(near)} Name them with `columns:`, or leave them out with `untranslated: list`.".strip()
            raise InputFileError(str(path), "columns", rule, surplus[:_NAMED], remedy)
        for column in surplus:
            n = int((text_column(table[column]).notna()).sum())
            left_out.append(("", "", "readings", f"column {column} of {path.name} is not read: {n} cells"))
        rest: pd.DataFrame = table.drop(columns=surplus)
        return rest

    def _answers(self, raw: pd.DataFrame, name: str, problems: list[EcgEvalError]) -> pd.Series:
        def meaning(word: str) -> str | None:
            said = self.words.get(word.casefold())
            if said is None and word.casefold() in MISSING_WORDS:
                said = MISSING
            return "" if said == MISSING else said

        answers, strange = translated(raw[name], meaning)
        if strange:
            near = [said for word in strange if (said := suggestion(word, self.words)).startswith("Did you mean")]
            remedy = f"{near[0] if len(strange) == 1 and near else ''} Map your own words with `words:`.".strip()
            problems.append(_one_line(raw, strange, name, "a known answer", remedy))
        return answers

    def _arm(self, raw: pd.DataFrame, problems: list[EcgEvalError]) -> pd.Series:
        """Return the arms by what they are; a word that nobody explained is refused."""
        declared = {UNAIDED, AIDED, self.arm, *self.arms.values()}

        def meaning(word: str) -> str | None:
            return self.arms.get(word, word if word in declared else None)

        arms, strange = translated(raw["arm"], meaning)
        if strange:
            first = next(iter(strange))
            near = suggestion(first, [UNAIDED, AIDED])
            remedy = f"{near if near.startswith('Did') else ''} Say what it is: `arms: {{{first}: aided}}`.".strip()
            problems.append(_one_line(raw, strange, "arm", "unaided, aided, or named in `arms:`", remedy))
        return arms

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
        if self.untranslated == "refuse":
            problems.append(self._no_code(raw, strange))
            if keep_strange:
                raw["finding"] = text_column(raw["finding"])
                return raw
        else:
            given = raw["reading"].notna().to_numpy()
            if "score" in raw:
                given = given | raw["score"].notna().to_numpy()
            for word, where in strange.items():
                for reader, n in _counts(raw["reader_id"][where], given[where]).items():
                    reason = f"{n} readings of {word!r}, which has no translation ({self.spelling})"
                    left_out.append(("", reader, "readings", reason))
        raw["finding"] = codes
        kept: pd.DataFrame = raw[~np.logical_or.reduce(list(strange.values()))].reset_index(drop=True)
        return kept

    def _no_code(self, raw: pd.DataFrame, strange: Mapping[str, NDArray[np.bool_]]) -> ReadingsError:
        """Return all words for findings that have no code in one line, with those that were probably meant."""
        known = list(vocabulary())
        if self.spelling != "canonical":
            known = [s for f in vocabulary().values() for s in f.spellings(self.spelling)]
        near = {word: suggestion(word, [*known, *self.own_findings]) for word in list(strange)[:_NAMED]}
        meant = {word: said for word, said in near.items() if said.startswith("Did you mean")}
        first = " ".join(said if len(strange) == 1 else f"{word!r}: {said}" for word, said in meant.items())
        remedy = f"{first} Map your own with `findings:`, or leave them out with `untranslated: list`.".strip()
        return _one_line(raw, strange, "finding", f"known ({self.spelling})", remedy)

    def _code(self, spelling: str) -> str | None:
        if spelling in self.own_findings:
            return self.own_findings[spelling]
        if self.spelling == "canonical":
            return spelling if spelling in vocabulary() else None
        return translate(spelling, self.spelling)

    def _asked_for(
        self,
        raw: pd.DataFrame,
        readers: pd.DataFrame,
        request: PanelRequest,
        problems: list[EcgEvalError],
        left_out: LeftOut,
    ) -> PanelReadings:
        """Keep the records and findings of this run; count the rest.

        Raises
        ------
        ProblemsError
            With the problems found before, and those of the readings themselves.
        """
        rows = pd.Index(raw[ROW])
        if len(self.files) > 1:
            rows = pd.Index(raw[FILE].astype(str) + " " + raw[ROW].astype(str))
        try:
            made = checked_readings(raw.drop(columns=[FILE, ROW]), who=str(self.path), rows=rows)
        except ProblemsError as error:
            raise ProblemsError(str(self.path), [*problems, *error.problems]) from None
        if problems:
            raise ProblemsError(str(self.path), problems)
        table = made.table
        left_out += made.left_out
        here = table["record_id"].isin(list(request.records.index)).to_numpy()
        asked = table["finding"].isin(list(request.findings)).to_numpy()
        outside = table.loc[~here, ["reader_id", "record_id"]].drop_duplicates()["reader_id"]
        for reader, n in _counts(outside).items():
            left_out.append(("", reader, "readings", f"{n} recordings read that are not in the test split"))
        other = table.loc[here & ~asked, ["reader_id", "finding"]]
        for finding in other["finding"].unique():
            for reader, n in _counts(other["reader_id"][(other["finding"] == finding).to_numpy()]).items():
                left_out.append(("", reader, "readings", f"{n} readings of {finding}, which is not asked for"))
        kept = table if (here & asked).all() else table[here & asked].reset_index(drop=True)
        have = set(kept["reader_id"].unique())
        silent = [r for r in readers.index if r not in have]
        left_out += [("", r, "readers", "no reading of any record and finding asked for") for r in silent]
        return PanelReadings(readings=kept, readers=readers.drop(index=silent), left_out=left_out_table(left_out))


def _constant(word: str, n: int) -> pd.Categorical:
    """Return a column of one word."""
    return pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), categories=pd.Index([word], dtype=object))


def _one_line(
    raw: pd.DataFrame, strange: Mapping[str, NDArray[np.bool_]], name: str, rule: str, remedy: str
) -> ReadingsError:
    """Return one problem for all words of a column that mean nothing, with the rows in which they stand."""
    where = places(raw, np.logical_or.reduce(list(strange.values())))
    words = list(strange)
    got: object = words[0] if len(words) == 1 else words[:_NAMED]
    more = len(words) - _NAMED
    return ReadingsError(where, name, rule, got, f"And {more} more words. {remedy}" if more > 0 else remedy)


def _counts(readers: pd.Series, chosen: NDArray[np.bool_] | None = None) -> dict[str, int]:
    """Return how many rows each reader has, in the order of their appearance; readers without one chosen are 0."""
    names = text_column(readers)
    n = len(names.cat.categories)
    codes = names.cat.codes.to_numpy()
    there = np.bincount(codes[codes >= 0], minlength=n)
    picked = codes if chosen is None else codes[chosen]
    counted = np.bincount(picked[picked >= 0], minlength=n)
    return {str(name): int(counted[i]) for i, name in enumerate(names.cat.categories) if there[i]}


def _clock(column: pd.Series, left_out: LeftOut) -> pd.Series:
    """Return reading times in seconds, those written as a clock (m:ss or h:mm:ss) among them."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    text = text_column(column)
    clocked = [word for word in text.cat.categories if _CLOCK.fullmatch(word)]
    if clocked:
        n = int(text.isin(clocked).sum())
        left_out.append(("", "", "readings", f"{n} times written as a clock (m:ss, h:mm:ss), read as seconds"))

    def seconds(word: str) -> str:
        found = _CLOCK.fullmatch(word)
        if found is None:
            return word
        hours, minutes, rest = (float(part or 0) for part in found.groups())
        return repr(3600 * hours + 60 * minutes + rest)

    return text_column(text, seconds)
