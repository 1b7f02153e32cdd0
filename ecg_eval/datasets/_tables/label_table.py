"""A user's own table of labels beside a user's own recordings, whatever the recordings' format.

The table (CSV) has one row a record: `record_id`, then any of `patient_id`, `age_years`, `sex`, `fold`, `site`,
`device`; every other column is a finding, 1 present, 0 absent, blank unknown.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from ecg_eval.datasets._tables.tables import check_table, file_digests
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.findings import SCHEMES, translate, vocabulary
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, ReadingsError, UnknownNameError, suggestion

_KNOWN = ("record_id", "patient_id", "age_years", "sex", "fold", "site", "device")


class LabelTable:
    """A table of labels, or none.

    Parameters
    ----------
    who : str
        Name of the dataset.
    path : Path or None
        The table; None where the user has none.
    spelling : str or None
        The scheme in which the table's columns spell findings; None for codes of the vocabulary.
    labelled_by : str
        Who said what the recordings show.

    Raises
    ------
    ArgumentError
        For an unknown scheme.
    """

    def __init__(self, who: str, path: Path | None, *, spelling: str | None, labelled_by: str) -> None:
        if spelling is not None and spelling not in SCHEMES:
            rule = f"one of {', '.join(SCHEMES)}"
            raise ArgumentError(who, "spelling", rule, spelling, suggestion(str(spelling), SCHEMES))
        self.who, self.path, self.spelling, self.labelled_by = who, path, spelling, labelled_by

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with the table: unreadable, unknown or repeated columns and records."""
        if self.path is None:
            return []
        who = str(self.path)
        try:
            check_table(self.path)
            table = pd.read_csv(self.path, dtype="string")
        except (OSError, ValueError) as error:
            return [InputFileError(self.who, who, "a CSV table", str(error)[:80], "See docs/add-a-dataset.md.")]
        if "record_id" not in table.columns:
            remedy = "Name the column of the records' paths `record_id`."
            return [InputFileError(who, "columns", "with record_id", list(table.columns), remedy)]
        problems: list[EcgEvalError] = []
        ids = table["record_id"].str.strip()
        if ids.isna().any():
            row = int(ids.isna().to_numpy().nonzero()[0][0])
            problems.append(InputFileError(who, f"record_id of row {row + 2}", "filled in", "", "Name it or drop it."))
        repeated = ids[ids.duplicated()].dropna().unique().tolist()
        if repeated:
            problems.append(
                InputFileError(who, "record_id", "given once a record", repeated[:5], "Keep one row a record.")
            )
        codes = [code for c in table.columns if c not in _KNOWN and (code := self._code(c)) is not None]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            problems.append(
                InputFileError(who, "columns", "one a finding", twice, "Two columns spell the same finding.")
            )
        for column in table.columns:
            if column not in _KNOWN and self._code(column) is None:
                near = suggestion(column, [*_KNOWN, *self._spellings()])
                remedy = near if near.startswith("Did") else "`ecg-eval list findings` names them."
                problems.append(UnknownNameError(who, "column", "a known column or a finding", column, remedy))
        return problems

    def _spellings(self) -> list[str]:
        if self.spelling is None:
            return list(vocabulary())
        return [s for f in vocabulary().values() for s in f.spellings(self.spelling)]

    def _code(self, column: str) -> str | None:
        if self.spelling is None:
            return column if column in vocabulary() else None
        return translate(column, self.spelling)

    @cached_property
    def _table(self) -> pd.DataFrame:
        if self.path is None:
            return pd.DataFrame(index=pd.Index([], dtype="string", name="record_id"))
        for problem in self.problems():
            raise problem
        table = pd.read_csv(self.path, dtype="string")
        return table.assign(record_id=table["record_id"].str.strip()).set_index("record_id")

    def record_ids(self) -> list[str] | None:
        """Return the records in the order of the table; None where there is no table."""
        return None if self.path is None else self._table.index.tolist()

    def known(self) -> pd.DataFrame:
        """Return what the table says of records and patients, index `record_id`: the known columns that it has."""
        table = self._table
        frame = pd.DataFrame(index=table.index)
        if "patient_id" in table.columns:
            frame["patient_id"] = table["patient_id"]
        if "fold" in table.columns:
            frame["fold"] = self._numbers("fold").astype("Int64")
        if "age_years" in table.columns:
            frame["age_years"] = self._numbers("age_years").astype("float64")
        if "sex" in table.columns:
            frame["sex"] = table["sex"].str.upper().str[:1].where(lambda s: s.isin(["F", "M"]))
        for column in ("site", "device"):
            if column in table.columns:
                frame[column] = table[column]
        return frame

    def _numbers(self, column: str) -> pd.Series:
        text = self._table[column]
        numbers = numbers_of(text)
        wrong = text.notna() & numbers.isna()
        if wrong.any():
            row = int(wrong.to_numpy().nonzero()[0][0])
            raise ReadingsError(str(self.path), f"{column} of row {row + 2}", "a number or blank", str(text.iloc[row]))
        return numbers

    def labels(self, findings: Sequence[str], records: pd.Index) -> ReferenceStandard:
        """Return the table's labels, one row for each of `records`: 1 present, 0 absent, blank unknown.

        Raises
        ------
        UnknownNameError
            For a finding that has no column.
        ReadingsError
            For a cell that is no number.
        """
        columns = {code: c for c in self._table.columns if c not in _KNOWN and (code := self._code(c)) is not None}
        for code in findings:
            if code not in columns:
                rule = "a column of the table of labels"
                raise UnknownNameError(self.who, "finding", rule, code, suggestion(code, columns))
        truth = pd.DataFrame({code: self._numbers(columns[code]).astype("float64") for code in findings})
        method = f"Labels of {self.path.name if self.path else 'nobody'}, made by: {self.labelled_by}."
        return ReferenceStandard(table=truth.reindex(records), method=method)

    def digests(self) -> dict[str, str]:
        """Return the digest of the table."""
        return {} if self.path is None else file_digests(self.path.parent, (self.path.name,))
