"""Recordings known from a table alone: which there are, whose they are and what they show. For studies of readings.

No signal is needed, and no model can read. The table is written as a readings file may be (docs/formats.md): wide,
long, listed, a single choice, in any words and under any names of columns; beside the truth it may hold `patient_id`,
`age_years`, `sex`, `fold`, `site` and `device`, and of an enriched draw `sampling_weight` (how many ECGs of the
population each stands for) and `sampling_stratum` (what it was drawn as). Without a truth, a study compares readers
with one another.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._clinical.ecg import years_of
from ecg_eval.datasets._tables.own_words import OwnRecordings, own_words
from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.domain.reading import ABSENT, PRESENT
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import (
    ConfigError,
    EcgEvalError,
    InputFileError,
    ProblemsError,
    ReadingsError,
    SignalError,
    UnknownNameError,
    suggestion,
)
from ecg_eval.tables.answer_files import AnswerFiles, LeftOut, Written
from ecg_eval.tables.long_form import ROW

_ABOUT = ("patient_id", "age_years", "sex", "fold", "site", "device", "sampling_weight", "sampling_stratum")
_NUMBERS = ("age_years", "fold", "sampling_weight")
TRUTH = "truth"


class StudyTable(OwnRecordings, AnswerFiles):
    """A table of recordings and their truth.

    Parameters
    ----------
    path : Path
        CSV, TSV, Parquet or Excel; with a preset, the program's export.
    truth : bool
        Whether the table holds the truth; otherwise its ids, and what it says of patients, are read alone.
    reader : str, optional
        Of a table of several readers (an export), the one whose answers are the truth.
    columns : mapping, optional
        Our name of a column -> its name in the table: `{patient_id: case, age_years: âge}`.
    sex_words : mapping, optional
        The table's words -> F and M.
    record_id, record_id_digits, headers, ignore, separator, listed, unmentioned, choice, spelling, findings
        As ``readings_file`` takes them.
    untranslated, cells, grades, present_from, words, preset, encoding, decimal, sheet
        As ``readings_file`` takes them. Uncertain and blank are unknown, and counted.
    about : mapping, optional
        What only you know, for the report: title, version, licence, citation, url, access, size, population, devices,
        labelled_by (who said what the recordings show), and lineage, the archives that share these recordings or
        patients by the names of their plug-ins (``[ptb_xl]``).
    """

    title: ClassVar[str] = "Recordings known from a table"
    lead_order: ClassVar[str] = "no signals"
    units: ClassVar[str] = "no signals"
    known_columns = ("record_id", "reader_id", "finding", "reading", "score", "arm", "comment", *_ABOUT)
    kind_of_file = "a table of recordings and truth"

    def __init__(  # noqa: PLR0913 - each is what a table may need to have said of it
        self,
        path: Path,
        *,
        truth: bool = True,
        reader: str | None = None,
        record_id: str = "record_id",
        record_id_digits: int | None = None,
        columns: Mapping[str, str] | None = None,
        sex_words: Mapping[str, str] | None = None,
        headers: str | None = None,
        ignore: Sequence[str] = (),
        separator: str | None = None,
        listed: str | None = None,
        unmentioned: str = "missing",
        choice: str | None = None,
        spelling: str = "canonical",
        findings: Mapping[str, str] | None = None,
        untranslated: str | None = None,
        cells: str = "reading",
        grades: Sequence[object] = (),
        present_from: object = None,
        words: Mapping[str, str] | None = None,
        preset: str | None = None,
        encoding: str = "utf-8-sig",
        decimal: str = ".",
        sheet: str | None = None,
        about: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        written = Written(
            record_id=record_id,
            record_id_digits=record_id_digits,
            columns=columns or {},
            headers=headers,
            ignore=ignore,
            separator=separator,
            listed=listed,
            unmentioned=unmentioned,
            choice=choice,
            spelling=spelling,
            findings=findings or {},
            untranslated=untranslated or ("refuse" if preset is None else "list"),
            cells=cells,
            grades=grades,
            present_from=present_from,
            words=words or {},
            encoding=encoding,
            decimal=decimal,
            sheet=sheet,
            preset=preset,
        )
        AnswerFiles.__init__(self, self.name, path, {}, written)
        self.truth, self.reader = truth, reader
        self.sex_words = {str(k).casefold(): v for k, v in (sex_words or {}).items()} | {"f": "F", "m": "M"}
        for word in self.sex_words.values():
            if word not in ("F", "M"):
                raise ConfigError(self.name, "sex_words", "to F or M", word)
        self.own_words = own_words(self.name, about)
        self.lineage = self.own_words.lineage

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with the table: missing, words that mean nothing, records given twice."""
        problems = AnswerFiles.problems(self)
        if problems:
            return problems
        try:
            self._made  # noqa: B018 - read once, kept
        except ProblemsError as error:
            return list(error.problems)
        except EcgEvalError as error:
            return [error]
        return []

    @cached_property
    def _made(self) -> tuple[pd.DataFrame, pd.DataFrame, LeftOut]:
        """Return the records, the answers (record_id, finding, reading) and what was left out."""
        left_out: LeftOut = []
        if self.truth:
            raw, is_long = self._read_all(left_out)
            if self.reader is not None:
                raw = self._of_reader(raw)
            problems: list[EcgEvalError] = []
            raw = self._codes(raw, problems, left_out, keep_strange=is_long)
            raw["reading"] = self._answers(raw, "reading", problems)
            if problems:
                raise ProblemsError(str(self.path), problems)
        else:
            raw = self._identified("", self.arm, self.path, left_out)
            keep = [c for c in raw.columns if c in ("record_id", ROW, *_ABOUT)]
            raw = raw[keep].assign(finding="", reading="")
        return self._people(raw), self._once(raw), left_out

    def _in_headers(self, column: str) -> bool:
        """Return whether headers say it; who made the truth need not be said."""
        return column == "reader_id" or AnswerFiles._in_headers(self, column)

    def _of_reader(self, raw: pd.DataFrame) -> pd.DataFrame:
        there = [] if "reader_id" not in raw else sorted(map(str, text_column(raw["reader_id"]).cat.categories))
        if self.reader not in there:
            remedy = suggestion(str(self.reader), there)
            raise ConfigError(self.name, "reader", "one of the table's", self.reader, remedy)
        return raw[(text_column(raw["reader_id"]) == self.reader).to_numpy()].reset_index(drop=True)

    def _once(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Return the answers, each given once; two that differ are refused."""
        answers = raw[["record_id", "finding", "reading", ROW]].copy()
        answers["record_id"] = text_column(answers["record_id"])
        same = answers.drop_duplicates(["record_id", "finding", "reading"])
        again = same[same.duplicated(["record_id", "finding"], keep=False) & same["reading"].notna()]
        both = again[again.duplicated(["record_id", "finding"], keep=False)]
        if len(both):
            first = both.iloc[0]
            rows = both[(both["record_id"] == first["record_id"]) & (both["finding"] == first["finding"])][ROW]
            what = f"truth of {first['finding']} of record {first['record_id']} (rows {', '.join(map(str, rows))})"
            remedy = "Keep one row, or name the `reader:` whose answers are the truth."
            raise ReadingsError(str(self.path), what, "given once", remedy=remedy)
        return same[same["reading"].notna()].drop_duplicates(["record_id", "finding"])

    def _people(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Return one row a record; what the table says twice of one must be the same."""
        ids = text_column(raw["record_id"])
        if ids.isna().any():
            row = int(raw[ROW][ids.isna()].iloc[0])
            raise InputFileError(str(self.path), f"record_id of row {row}", "filled in", "", "Name it or drop it.")
        index = pd.Index(ids.cat.categories.astype(object), dtype="string", name="record_id")
        index = index[index.isin(list(map(str, ids.unique())))]
        frame = pd.DataFrame({"patient_id": index.to_series(), "has_signal": False}, index=index)
        for column in _ABOUT:
            if column not in raw:
                continue
            stated = raw.assign(record_id=ids.astype("string"), said=text_column(raw[column]).astype("string"))
            stated = stated[["record_id", "said"]].dropna().drop_duplicates()
            twice = stated["record_id"][stated["record_id"].duplicated()]
            if len(twice):
                values = stated["said"][stated["record_id"] == twice.iloc[0]].tolist()
                what = f"{column} of record {twice.iloc[0]}"
                raise InputFileError(str(self.path), what, "the same in all its rows", values, "Mend the table.")
            values_of = stated.set_index("record_id")["said"].reindex(index)
            frame[column] = (
                values_of.fillna(frame[column]) if column == "patient_id" else self._typed(column, values_of)
            )
        return frame

    def _typed(self, column: str, texts: pd.Series) -> pd.Series:
        if column == "sex":
            made = texts.map(lambda word: self.sex_words.get(str(word).casefold(), pd.NA), na_action="ignore")
            strange = texts[texts.notna() & made.isna()]
            if len(strange):
                remedy = "Say what it is: `sex_words: {...: F}`."
                raise InputFileError(str(self.path), "sex", "F or M", str(strange.iloc[0]), remedy)
            return made.astype("string")
        if column not in _NUMBERS:
            return texts
        if column == "age_years":
            years = {word: repr(age) for word in map(str, texts.dropna()) if (age := years_of(word)) is not None}
            texts = texts.map(lambda word: years.get(word, word), na_action="ignore")
        numbers, wrong = number_column(texts.astype(object))
        if wrong.any():
            what = f"{column} of record {texts.index[wrong][0]}"
            remedy = "Write years, or an age with its unit (61Y, 18M)." if column == "age_years" else ""
            raise InputFileError(str(self.path), what, "a number or blank", str(texts[wrong].iloc[0]), remedy)
        return pd.Series(numbers, index=texts.index).astype("Int64" if column == "fold" else "float64")

    def records(self) -> pd.DataFrame:
        """Return one row a record of the table; see ``Dataset.records``."""
        return self._made[0].copy()

    def load(self, record_id: str) -> Recording:
        """Return no recording.

        Raises
        ------
        SignalError
            Always: the table has no signals.
        """
        raise SignalError(self.name, record_id, "read from signals, which this dataset does not have")

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the table's truth: 1 present, 0 absent, NaN uncertain or unknown.

        Raises
        ------
        UnknownNameError
            For a finding that the table says nothing of.
        """
        people, answers, left_out = self._made
        spoken = list(dict.fromkeys(map(str, answers["finding"]))) if self.truth else []
        for code in findings:
            if code not in spoken:
                rule = "one that the table of truth speaks of"
                remedy = f"It speaks of {', '.join(spoken)}." if spoken else "It holds no truth: use `reference: none`."
                raise UnknownNameError(self.name, "finding", rule, code, remedy)
        value = answers["reading"].astype(object).map({PRESENT: 1.0, ABSENT: 0.0})
        labelled = answers.assign(value=np.asarray(value, dtype=float))
        keys = [labelled["record_id"].astype(str), labelled["finding"].astype(str)]
        wide = labelled["value"].groupby(keys).first().unstack()  # noqa: PD010 - each is given once
        method = f"The truth of {self.path.name}, made by: {self.own_words.labelled_by}."
        n_doubt = int(value.isna().sum())
        doubt = f" {n_doubt} answers that are neither present nor absent are unknown." if n_doubt else ""
        notes = "".join(f" {reason[:1].upper()}{reason[1:]}." for *_, reason in left_out)
        table = wide.reindex(index=list(people.index), columns=list(findings)).astype(float)
        table.index = people.index
        return ReferenceStandard(table=table, method=f"{method}{doubt}{notes}")

    def digests(self) -> dict[str, str]:
        """Return the digest of the table."""
        return AnswerFiles.digests(self)
