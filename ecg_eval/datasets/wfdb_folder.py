"""Any folder of WFDB records with a table of labels: one's own recordings, or an archive that has no file here yet.

The table (CSV) has one row a record: `record_id` is the path of the record below the folder, without extension; then
any of `patient_id`, `age_years`, `sex`, `fold`, `site`, `device`; every other column is a finding, 1 present, 0 absent,
blank unknown. Without a table every record of the folder is read, and there are no labels.
"""

import contextlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from ecg_eval.datasets._clinical.formats import is_candidate
from ecg_eval.datasets._packing.archive import WfdbArchive
from ecg_eval.datasets._tables.own_files import OwnFiles
from ecg_eval.datasets._wfdb_files.content_digest import headers_digest
from ecg_eval.datasets._wfdb_files.headers import read_header
from ecg_eval.datasets._wfdb_files.recordings import is_below, path_below
from ecg_eval.datasets._wfdb_files.records import header_path
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion


def _why_not(path: Path) -> str:
    if is_candidate(path):
        return "no WFDB record: dataset clinical_files reads files of this format"
    return "no header (.hea) names it"


class WfdbFolder(OwnFiles, WfdbArchive):
    """A folder of WFDB records.

    Parameters
    ----------
    root : Path
        The folder.
    labels : Path, optional
        The table.
    spelling : str, optional
        The scheme in which the table's columns spell findings ("scp", "snomed_ct", ...); codes of the vocabulary by
        default.
    about : mapping, optional
        What only you know, for the report: title, version, licence, citation, url, access, size, population, devices,
        labelled_by (who said what the recordings show), and lineage, the archives that share these recordings or
        patients by the names of their plug-ins (``[ptb_xl]``).
    """

    title: ClassVar[str] = "A folder of WFDB records"
    lead_order: ClassVar[str] = "as each header says"
    units: ClassVar[str] = "mV, by the gain and unit that each header gives"

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with folder and table: missing, unreadable, unknown or repeated columns and records."""
        if not self.root.is_dir():
            return [InputFileError(self.name, "root", "a folder", str(self.root), "Give the folder of the .hea files.")]
        if self.label_table.path is not None:
            return self.label_table.problems()
        if next(self.root.rglob("*.hea"), None) is None:
            remedy = "Give the folder of the records, or a table of labels."
            return [InputFileError(self.name, str(self.root), "a folder with .hea files", remedy=remedy)]
        return []

    @cached_property
    def _index(self) -> pd.Index:
        for problem in self.problems():
            raise problem
        ids = self.label_table.record_ids()
        if ids is None:
            ids = sorted(p.relative_to(self.root).with_suffix("").as_posix() for p in self.root.rglob("*.hea"))
        return pd.Index(ids, dtype="string", name="record_id")

    @cached_property
    def _records(self) -> pd.DataFrame:
        stated_in_table = self.label_table.known().reindex(self._index)
        record_ids = self._index.to_series()
        frame = pd.DataFrame(index=self._index)
        frame["patient_id"] = (
            stated_in_table["patient_id"].fillna(record_ids) if "patient_id" in stated_in_table.columns else record_ids
        )
        frame["has_signal"] = [self._is_there(record_id) for record_id in self._index]
        return frame.join(stated_in_table.drop(columns="patient_id", errors="ignore"))

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
        return path_below(self.root, record_id, who=self.name)

    def records(self) -> pd.DataFrame:
        """Return one row a record of the table, or of the folder; see ``Dataset.records``."""
        return self._records.copy()

    def path_of(self, record_id: str) -> Path:
        """Return the path of a record."""
        if record_id not in self._people:
            remedy = suggestion(record_id, list(self._people)[:2000])
            raise UnknownNameError(self.name, "record_id", "one of the records", record_id, remedy)
        return self._path(record_id)

    def other_files(self) -> dict[str, str]:
        """Return the files that no header names, with which dataset reads them where one does."""
        if self.label_table.path is not None:
            return {}
        named: set[Path] = set()
        for header in self.root.rglob("*.hea"):
            named.add(header)
            with contextlib.suppress(SignalError):
                named |= {header.parent / name for name in read_header(header).file_names}
        files = (p for p in self.root.rglob("*") if p.is_file() and not p.name.startswith(".") and p not in named)
        return {p.relative_to(self.root).as_posix(): _why_not(p) for p in sorted(files)}

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the table's labels: 1 present, 0 absent, blank unknown."""
        return self.label_table.labels(findings, self._index)

    def digests(self) -> dict[str, str]:
        """Return the digests of the headers and of the table."""
        below = [r for r in self._index if is_below(r)]
        return headers_digest(self.root, [header_path(self.root / r) for r in below]) | self.label_table.digests()
