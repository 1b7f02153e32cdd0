"""Any folder of WFDB records with a table of labels: one's own recordings, or an archive that has no file here yet.

The table (CSV) has one row a record: `record_id` is the path of the record below the folder, without extension; then
any of `patient_id`, `age_years`, `sex`, `fold`, `site`, `device`; every other column is a finding, 1 present, 0 absent,
blank unknown. Without a table every record of the folder is read, and there are no labels.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar

import pandas as pd

from ecg_eval.datasets._own_words import own_words
from ecg_eval.datasets._recordings import Person, people_of, read_recording
from ecg_eval.datasets._tables import file_digests
from ecg_eval.datasets._wfdb_headers import read_header
from ecg_eval.datasets._wfdb_records import header_path
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.findings import SCHEMES, translate, vocabulary
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import (
    ArgumentError,
    EcgEvalError,
    InputFileError,
    ReadingsError,
    SignalError,
    UnknownNameError,
    suggestion,
)

_KNOWN = ("record_id", "patient_id", "age_years", "sex", "fold", "site", "device")


class WfdbFolder(Dataset):
    """A folder of WFDB records.

    Parameters
    ----------
    root : Path
        The folder.
    labels : Path, optional
        The table.
    spelling : str, optional
        The scheme in which the table's columns spell findings ("scp", "snomed_ct", "code"); codes of the vocabulary by
        default.
    about : mapping, optional
        What only you know, for the report: title, version, licence, citation, url, access, size, population, devices,
        labelled_by (who said what the recordings show), and lineage, the archives that share these recordings or
        patients by the names of their plug-ins (``[ptb_xl]``).
    """

    title: ClassVar[str] = "A folder of WFDB records"
    version: ClassVar[str] = "the user's"
    licence: ClassVar[str] = "the user's"
    citation: ClassVar[str] = "none"
    url: ClassVar[str] = "none"
    access: ClassVar[str] = "local"
    size: ClassVar[str] = "the user's"
    population: ClassVar[str] = "as the user knows"
    devices: ClassVar[str] = "as the user knows"
    lead_order: ClassVar[str] = "as each header says"
    units: ClassVar[str] = "mV, by the gain and unit that each header gives"
    labelled_by: ClassVar[str] = "not stated"

    def __init__(
        self,
        root: Path,
        labels: Path | None = None,
        spelling: str | None = None,
        *,
        about: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        if spelling is not None and spelling not in SCHEMES:
            rule = f"one of {', '.join(SCHEMES)}"
            raise ArgumentError(self.name, "spelling", rule, spelling, suggestion(str(spelling), SCHEMES))
        self.root = Path(root)
        self.labels_path = None if labels is None else Path(labels)
        self.spelling = spelling
        self.own_words = own_words(self.name, about)
        self.lineage = self.own_words.lineage

    def facts(self) -> dict[str, str]:
        """Return what is stated, the user's words before ours."""
        return super().facts() | self.own_words.words

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with folder and table: missing, unreadable, unknown or repeated columns and records."""
        if not self.root.is_dir():
            return [InputFileError(self.name, "root", "a folder", str(self.root), "Give the folder of the .hea files.")]
        if self.labels_path is not None:
            return self._table_problems(self.labels_path)
        if next(self.root.rglob("*.hea"), None) is None:
            remedy = "Give the folder of the records, or a table of labels."
            return [InputFileError(self.name, str(self.root), "a folder with .hea files", remedy=remedy)]
        return []

    def _table_problems(self, path: Path) -> list[EcgEvalError]:
        who = str(path)
        try:
            table = pd.read_csv(path, dtype="string")
        except (OSError, ValueError) as error:
            return [InputFileError(self.name, who, "a CSV table", str(error)[:80], "See docs/add-a-dataset.md.")]
        if "record_id" not in table.columns:
            remedy = "Name the column of the records' paths `record_id`."
            return [InputFileError(who, "columns", "with record_id", list(table.columns), remedy)]
        found: list[EcgEvalError] = []
        ids = table["record_id"]
        if ids.isna().any():
            row = int(ids.isna().to_numpy().nonzero()[0][0])
            found.append(InputFileError(who, f"record_id of row {row + 2}", "filled in", "", "Name it or drop it."))
        repeated = ids[ids.duplicated()].dropna().unique().tolist()
        if repeated:
            found.append(
                InputFileError(who, "record_id", "given once a record", repeated[:5], "Keep one row a record.")
            )
        codes = [code for c in table.columns if c not in _KNOWN and (code := self._code(c)) is not None]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            found.append(InputFileError(who, "columns", "one a finding", twice, "Two columns spell the same finding."))
        for column in table.columns:
            if column not in _KNOWN and self._code(column) is None:
                near = suggestion(column, [*_KNOWN, *self._spellings()])
                remedy = near if near.startswith("Did") else "`ecg-eval list findings` names them."
                found.append(UnknownNameError(who, "column", "a known column or a finding", column, remedy))
        return found

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
        for problem in self.problems():
            raise problem
        if self.labels_path is None:
            ids = sorted(p.relative_to(self.root).with_suffix("").as_posix() for p in self.root.rglob("*.hea"))
            return pd.DataFrame(index=pd.Index(ids, dtype="string", name="record_id"))
        table = pd.read_csv(self.labels_path, dtype="string")
        return table.set_index("record_id")

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._table
        frame = pd.DataFrame(index=table.index)
        own = table.index.to_series().astype("string")
        frame["patient_id"] = table["patient_id"].fillna(own) if "patient_id" in table.columns else own
        frame["has_signal"] = [self._is_there(record_id) for record_id in table.index]
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

    def _is_there(self, record_id: str) -> bool:
        """Whether header and signal files are there; a header that cannot be read is found out when it is loaded."""
        path = header_path(self._path(record_id))
        if not path.is_file():
            return False
        try:
            names = set(read_header(path).file_names)
        except SignalError:
            return True
        return all((path.parent / name).is_file() for name in names - {"~"})

    def _path(self, record_id: str) -> Path:
        parts = PurePosixPath(record_id)
        if parts.is_absolute() or ".." in parts.parts:
            remedy = "Give paths below the folder; nothing was opened."
            raise SignalError(self.name, "record_id", f"a path in {self.root}", record_id, remedy)
        return self.root / parts

    def _numbers(self, column: str) -> pd.Series:
        text = self._table[column]
        numbers = pd.to_numeric(text, errors="coerce")
        wrong = text.notna() & numbers.isna()
        if wrong.any():
            row = int(wrong.to_numpy().nonzero()[0][0])
            who = str(self.labels_path)
            raise ReadingsError(who, f"{column} of row {row + 2}", "a number or blank", str(text.iloc[row]))
        return numbers

    def records(self) -> pd.DataFrame:
        """Return one row a record of the table, or of the folder; see ``Dataset.records``."""
        return self._records.copy()

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self._records)

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV."""
        if record_id not in self._people:
            remedy = suggestion(record_id, list(self._people)[:2000])
            raise UnknownNameError(self.name, "record_id", "one of the records", record_id, remedy)
        return read_recording(self._path(record_id), record_id, self._people[record_id])

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the table's labels: 1 present, 0 absent, blank unknown."""
        columns = {code: c for c in self._table.columns if c not in _KNOWN and (code := self._code(c)) is not None}
        for code in findings:
            if code not in columns:
                rule = "a column of the table of labels"
                raise UnknownNameError(self.name, "finding", rule, code, suggestion(code, columns))
        table = pd.DataFrame({code: self._numbers(columns[code]).astype("float64") for code in findings})
        whose = self.labels_path.name if self.labels_path else "nobody"
        method = f"Labels of {whose}, made by: {self.own_words.labelled_by}."
        return ReferenceStandard(table=table.reindex(self._table.index), method=method)

    def digests(self) -> dict[str, str]:
        """Return the digest of the table."""
        return {} if self.labels_path is None else file_digests(self.labels_path.parent, (self.labels_path.name,))
