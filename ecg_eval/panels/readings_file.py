"""Readings from files: long or wide, one file or one a reader, in CSV, TSV, Parquet or Excel."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.findings import SCHEMES, translate, vocabulary
from ecg_eval.domain.reading import (
    ANSWERS,
    READING_COLUMNS,
    UNAIDED,
    readers_table,
    readings_table,
    rows_in_words,
)
from ecg_eval.domain.result import left_out_table
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, ReadingsError, suggestion
from ecg_eval.panels._tables.table_files import file_problem, read_table

# words that mean an answer in any file; a study's own words are added with `words`
WORDS = {answer: answer for answer in ANSWERS} | {"1": "present", "0": "absent", "1.0": "present", "0.0": "absent"}
ROW_NUMBER = "row_number"
_UNTRANSLATED = ("refuse", "list")
_CELLS = ("reading", "score")


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
    reader_id : str
        Column with the reader id.
    spelling : str
        How findings are spelled: "canonical" (codes of the vocabulary) or a scheme ("scp", "snomed_ct", ...).
    findings : mapping, optional
        The file's own spelling of a finding -> code; goes before `spelling`.
    untranslated : str
        What becomes of a word for a finding that has no translation: "refuse" the file, naming word and rows, or "list"
        it among what was left out, with the number of its readings. It is never dropped in silence.
    cells : str
        What the columns of findings of a wide file hold: "reading" (an answer) or "score" (a number, such as a model's
        probability; no threshold is made up, so that scores alone are ranked and never called).
    words : mapping, optional
        The file's own words -> present, absent, uncertain, refer.
    readers : Path or list of mappings
        The readers file, or its rows: `reader_id`, `kind`, ...
    arm : str
        Arm of all readings when there is no column `arm`.
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
        reader_id: str = "reader_id",
        spelling: str = "canonical",
        findings: Mapping[str, str] | None = None,
        untranslated: str = "refuse",
        cells: str = "reading",
        words: Mapping[str, str] | None = None,
        arm: str = UNAIDED,
        encoding: str = "utf-8-sig",
        decimal: str = ".",
        sheet: str | None = None,
    ) -> None:
        if spelling not in ("canonical", *SCHEMES):
            known = ("canonical", *SCHEMES)
            raise ConfigError("readings_file", "spelling", "a known one", spelling, suggestion(spelling, known))
        if untranslated not in _UNTRANSLATED:
            rule = f"one of {', '.join(_UNTRANSLATED)}"
            remedy = suggestion(untranslated, _UNTRANSLATED)
            raise ConfigError("readings_file", "untranslated", rule, untranslated, remedy)
        if cells not in _CELLS:
            remedy = suggestion(cells, _CELLS)
            raise ConfigError("readings_file", "cells", f"one of {', '.join(_CELLS)}", cells, remedy)
        self.untranslated, self.cells = untranslated, cells
        self.path, self.readers_source, self.files = Path(path), readers, dict(files or {})
        self.record_id, self.reader_id, self.spelling, self.arm = record_id, reader_id, spelling, arm
        self.own_findings = {str(k): str(v) for k, v in (findings or {}).items()}
        self.words = WORDS | {str(k).casefold(): str(v) for k, v in (words or {}).items()}
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
            if meaning not in ANSWERS:
                remedy = suggestion(meaning, ANSWERS)
                found.append(ConfigError(f"readings_file.words.{word}", "meaning", "an answer", meaning, remedy))
        for code in self.own_findings.values():
            if code not in vocabulary():
                remedy = suggestion(code, vocabulary())
                found.append(ConfigError("readings_file.findings", "code", "in the vocabulary", code, remedy))
        return found

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file read."""
        paths = [*self._paths().values(), *([self.readers_source] if isinstance(self.readers_source, Path) else [])]
        # by the path that the configuration names: files of one name may stand in several folders
        return {
            os.path.relpath(p, self.path if self.files else self.path.parent): hashlib.sha256(
                p.read_bytes()
            ).hexdigest()
            for p in paths
            if p.is_file()
        }

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return the readings of the records and findings asked for; what else the files hold is counted as left out.

        Raises
        ------
        ProblemsError
            Naming rows, with the nearest valid name, for unknown words, records, readers and findings.
        """
        readers = self._readers()
        parts = [self._long_form(self._identified(reader, path), path) for reader, path in self._paths().items()]
        everything = pd.concat(parts, ignore_index=True)
        if "reading" not in everything:  # scores alone
            everything["reading"] = pd.NA
        raw, untranslated = self._translatable(everything)
        problems: list[EcgEvalError] = []
        places = raw["place"]
        raw["reading"] = self._answers(raw["reading"], "reading", places, problems)
        if "ai_reading" in raw:
            raw["ai_reading"] = self._answers(raw["ai_reading"], "ai_reading", places, problems)
        raw["finding"] = self._codes(raw["finding"], places, problems)
        problems += self._strangers(raw, readers, request)
        if problems:
            raise ProblemsError(str(self.path), problems)
        made = self._asked_for(raw, readers, request)
        left_out = pd.concat([untranslated, made.left_out], ignore_index=True)
        return PanelReadings(readings=made.readings, readers=made.readers, left_out=left_out)

    def _translatable(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows whose finding has a translation, and a table of the others where they are only listed."""
        spelled = raw["finding"].astype("string").str.strip()
        strange = spelled.isin([s for s in spelled.dropna().unique() if self._code(s) is None])
        if self.untranslated == "refuse":
            return raw, left_out_table([])
        said = raw[strange].assign(finding=spelled[strange]).groupby(["reader_id", "finding"], sort=False)
        rows = []
        for (reader, word), group in said:
            given = group[["reading", *(["score"] if "score" in group else [])]].notna().any(axis=1)
            reason = f"{given.sum()} readings of {word!r}, which has no translation ({self.spelling})"
            rows.append(("", str(reader), "readings", reason))
        return raw[~strange].reset_index(drop=True), left_out_table(rows)

    def _strangers(self, raw: pd.DataFrame, readers: pd.DataFrame, request: PanelRequest) -> list[EcgEvalError]:
        """Return records and readers that nobody knows."""
        problems: list[EcgEvalError] = []
        known = request.records.index if request.known_records is None else request.known_records
        self._check_known(raw["record_id"], known, "record_id", raw["place"], problems)
        self._check_known(raw["reader_id"], readers.index, "reader_id", raw["place"], problems)
        return problems

    def _readers(self) -> pd.DataFrame:
        if isinstance(self.readers_source, Path):
            frame = self.read_table(self.readers_source)
            return readers_table(frame, who=str(self.readers_source))
        return readers_table(pd.DataFrame([dict(r) for r in self.readers_source]), who="readings_file.readers")

    def _identified(self, reader: str, path: Path) -> pd.DataFrame:
        """Return one file's rows with record, reader and arm, each with its place (file and row) for messages."""
        table = self.read_table(path)
        table["place"] = [f"{path.name} row {i + 2}" for i in range(len(table))]
        if self.record_id == ROW_NUMBER:
            table["record_id"] = [str(i) for i in range(len(table))]
        elif self.record_id in table.columns:
            table = table.rename(columns={self.record_id: "record_id"})
        else:
            rule = f"there ({self.record_id!r}), or record_id: row_number"
            raise InputFileError(str(path), "column of the record id", rule, list(table.columns)[:-1])
        if reader:
            table["reader_id"] = reader
        elif self.reader_id in table.columns:
            table = table.rename(columns={self.reader_id: "reader_id"})
        else:
            remedy = "Name it with `reader_id:`, or give one file a reader with `files:`."
            raise InputFileError(str(path), "column of the reader id", f"there ({self.reader_id!r})", remedy=remedy)
        if "arm" not in table.columns:
            table["arm"] = self.arm
        return table

    def _long_form(self, table: pd.DataFrame, path: Path) -> pd.DataFrame:
        """Return a file's readings in long form."""
        if "finding" in table.columns:
            return table
        described = [c for c in table.columns if c in (*READING_COLUMNS, "place")]
        named = [c for c in table.columns if c not in described]
        if not named:
            rule = "a column `finding`, or one column a finding"
            raise InputFileError(str(path), "columns", rule, list(table.columns)[:-1])
        return table.melt(id_vars=described, value_vars=named, var_name="finding", value_name=self.cells)

    def _answers(self, column: pd.Series, name: str, places: pd.Series, problems: list[EcgEvalError]) -> pd.Series:
        folded = column.astype("string").str.strip().str.casefold()
        answers = folded.map(self.words).astype("string")
        wrong = folded.notna() & (folded != "") & answers.isna()
        for word in folded[wrong].unique():
            where = _places(places[wrong & (folded == word)])
            remedy = suggestion(word, self.words) + " Map your own words with `words:`."
            problems.append(ReadingsError(where, name, "a known answer", word, remedy))
        return answers

    def _codes(self, column: pd.Series, places: pd.Series, problems: list[EcgEvalError]) -> pd.Series:
        spelled = column.astype("string").str.strip()
        meaning = {s: self._code(s) for s in spelled.dropna().unique()}
        for spelling, code in meaning.items():
            if code is None:
                known = list(vocabulary())
                if self.spelling != "canonical":
                    known = [s for f in vocabulary().values() for s in f.spellings(self.spelling)]
                near = suggestion(spelling, [*known, *self.own_findings])
                remedy = f"{near} Map your own with `findings:`, or leave it out with `untranslated: list`."
                where = _places(places[spelled == spelling])
                problems.append(ReadingsError(where, "finding", f"known ({self.spelling})", spelling, remedy))
        return spelled.map({s: c for s, c in meaning.items() if c is not None}).astype("string")

    def _code(self, spelling: str) -> str | None:
        if spelling in self.own_findings:
            return self.own_findings[spelling]
        if self.spelling == "canonical":
            return spelling if spelling in vocabulary() else None
        return translate(spelling, self.spelling)

    def _check_known(
        self, column: pd.Series, known: pd.Index, name: str, places: pd.Series, problems: list[EcgEvalError]
    ) -> None:
        text = column.astype("string").str.strip()
        wrong = text.notna() & ~text.isin(known)
        for value in text[wrong].unique()[:20]:
            names = [str(k) for k in known[:5000]]
            remedy = suggestion(value, names) if len(names) < 50 or _near(value, names) else ""
            problems.append(ReadingsError(_places(places[wrong & (text == value)]), name, "known", value, remedy))
        more = text[wrong].nunique() - 20
        if more > 0:
            problems.append(ReadingsError(str(self.path), name, "known", f"{more} more unknown values"))

    def _asked_for(self, raw: pd.DataFrame, readers: pd.DataFrame, request: PanelRequest) -> PanelReadings:
        """Keep the records and findings of this run; count the rest."""
        numbers = raw["place"].str.rsplit(" row ", n=1).str[-1].astype(int)
        table = readings_table(raw.drop(columns="place"), who=str(self.path), rows=numbers.tolist())
        rows = []
        outside = table[~table["record_id"].isin(request.records.index)]
        for reader, group in outside.groupby("reader_id", observed=True):
            n = group["record_id"].nunique()
            rows.append(("", str(reader), "readings", f"{n} recordings read that are not in the test split"))
        other = table[table["record_id"].isin(request.records.index) & ~table["finding"].isin(request.findings)]
        for (who, finding), group in other.groupby(["reader_id", "finding"], observed=True):
            rows.append(("", str(who), "readings", f"{len(group)} readings of {finding}, which is not asked for"))
        kept = table[table["record_id"].isin(request.records.index) & table["finding"].isin(request.findings)]
        silent = [r for r in readers.index if r not in set(kept["reader_id"])]
        rows += [("", r, "readers", "no reading of any record and finding asked for") for r in silent]
        return PanelReadings(
            readings=kept.reset_index(drop=True), readers=readers.drop(index=silent), left_out=left_out_table(rows)
        )


def _near(value: str, names: list[str]) -> bool:
    return suggestion(value, names).startswith("Did you mean")


def _places(places: pd.Series) -> str:
    """Name file and rows of a problem: ``readings.csv rows 2, 3``."""
    split = places.str.rsplit(" row ", n=1, expand=True)
    parts = [f"{file} {rows_in_words(group[1].astype(int))}" for file, group in split.groupby(0, sort=False)]
    return "; ".join(parts[:3]) + (f" and {len(parts) - 3} more files" if len(parts) > 3 else "")
