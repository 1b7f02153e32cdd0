"""A file, or a folder of files, each of them one recording: what formats of hospitals and plain arrays share.

A record's id is the file's path below the folder, with its ending. Age, sex and patient come from the table of labels
where it says so and otherwise from the files; a hospital's own patient numbers are replaced by "patient 1", "patient
2", ... in the order of the records, so that they reach no report and the files of one patient still stay together.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ecg_eval.datasets._clinical.ecg import ClinicalEcg, Facts
from ecg_eval.datasets._tables.own_files import OwnFiles
from ecg_eval.datasets._wfdb_files.content_digest import files_digest
from ecg_eval.datasets._wfdb_files.recordings import Person, is_below, path_below, people_of
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion


class _Said(NamedTuple):
    """What a file says beside its signal; no format where it cannot be read."""

    file_format: str | None
    derived_leads: tuple[str, ...]
    facts: Facts


class FolderOfFiles(OwnFiles, ABC):
    """Files that hold one recording each.

    Attributes
    ----------
    page : str
        The document that says which files are read.
    units_read : str
        The unit of every signal.
    """

    page: str
    units_read = "mV"

    @abstractmethod
    def is_record(self, path: Path) -> bool:
        """Return whether a file is meant to be a recording."""

    @abstractmethod
    def read(self, path: Path) -> tuple[str, ClinicalEcg]:
        """Return the format of a file and its ECG.

        Raises
        ------
        SignalError
        """

    def missing_libraries(self) -> list[EcgEvalError]:
        """Return what must be installed first; nothing by default."""
        return []

    @property
    def _folder(self) -> Path:
        return self.root.parent if self.root.is_file() else self.root

    def problems(self) -> list[EcgEvalError]:
        """Return what is wrong with files, table and libraries, without reading signals."""
        if not self.root.exists():
            remedy = "Give a file or the folder of the files."
            return [InputFileError(self.name, "root", "a file or a folder", str(self.root), remedy)]
        problems = [*self.missing_libraries(), *self.label_table.problems()]
        if not problems and not self._ids:
            remedy = f"See {self.page} for the formats."
            problems.append(InputFileError(self.name, str(self.root), "a folder with ECG files", remedy=remedy))
        return problems

    @cached_property
    def _files(self) -> list[Path]:
        """Return the files of the folder but hidden ones and the table of labels."""
        table = self.label_table.path
        files = (p for p in self.root.rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(p for p in files if table is None or not p.samefile(table))

    @cached_property
    def _ids(self) -> list[str]:
        listed = self.label_table.record_ids()
        if listed is not None:
            return listed
        if self.root.is_file():
            return [self.root.name]
        return [p.relative_to(self.root).as_posix() for p in self._files if self.is_record(p)]

    def other_files(self) -> dict[str, str]:
        """Return the files of the folder that are no recording, with why; nothing where a table names the records."""
        if self.label_table.path is not None or self.root.is_file():
            return {}
        records = set(self._ids)
        others = (p.relative_to(self.root).as_posix() for p in self._files)
        return {name: f"in no format that is read ({self.page})" for name in others if name not in records}

    @cached_property
    def _index(self) -> pd.Index:
        for problem in self.problems():
            raise problem
        return pd.Index(self._ids, dtype="string", name="record_id")

    def _path(self, record_id: str) -> Path:
        return path_below(self._folder, record_id, who=self.name)

    @cached_property
    def _said(self) -> dict[str, _Said]:
        """Return what each file says beside its signal; a file that cannot be read is found out when it is loaded."""
        contents = {}
        for record_id in self._index:
            try:
                file_format, ecg = self.read(self._path(record_id))
            except SignalError:
                contents[record_id] = _Said(None, (), Facts())
            else:
                contents[record_id] = _Said(file_format, ecg.derived_leads, ecg.facts)
        return contents

    @cached_property
    def _records(self) -> pd.DataFrame:
        index = self._index
        stated_in_table = self.label_table.known().reindex(index)
        there = [self._path(record_id).is_file() for record_id in index]
        facts = [self._said[record_id].facts for record_id in index]
        from_files = {
            "patient_id": _numbered(list(index), [f.patient_id for f in facts]),
            "age_years": [f.age_years for f in facts],
            "sex": [f.sex for f in facts],
            "device": [f.device for f in facts],
        }
        dtypes = {"age_years": "float64"}
        frame = pd.DataFrame({"has_signal": there}, index=index)
        for column, values in from_files.items():
            stated = pd.Series(values, index=index, dtype=dtypes.get(column, "string"))
            frame[column] = stated_in_table[column].fillna(stated) if column in stated_in_table.columns else stated
        frame["file_format"] = pd.array([self._said[r].file_format for r in index], dtype="string")
        frame["derived_leads"] = pd.array([" ".join(self._said[r].derived_leads) for r in index], dtype="string")
        return frame.join(stated_in_table[[c for c in stated_in_table.columns if c not in from_files]])

    def records(self) -> pd.DataFrame:
        """Return one row a file; see ``Dataset.records``.

        Two columns more: `file_format`, and `derived_leads`, the leads that the file does not store and that were
        computed from I and II.
        """
        return self._records.copy()

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self._records)

    def ecg_of(self, record_id: str) -> ClinicalEcg:
        """Return what the file of a record holds."""
        if record_id not in self._index:
            remedy = suggestion(record_id, self._ids[:2000])
            raise UnknownNameError(self.name, "record_id", "one of the files", record_id, remedy)
        return self.read(self._path(record_id))[1]

    def load(self, record_id: str) -> Recording:
        """Return one recording."""
        ecg = self.ecg_of(record_id)
        person = self._people[record_id]
        return Recording(
            record_id=record_id,
            patient_id=person.patient_id,
            signal=ecg.signal,
            leads=ecg.leads,
            sampling_rate_hz=ecg.sampling_rate_hz,
            age_years=person.age_years,
            sex=person.sex,
            units=self.units_read,
            changes=ecg.changes,
            oddities=ecg.facts.unreadable,
        )

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the table's labels: 1 present, 0 absent, blank unknown."""
        return self.label_table.labels(findings, self._index)

    def digests(self) -> dict[str, str]:
        """Return the digests of the files and of the table."""
        below = [r for r in self._index if is_below(r)]
        return files_digest(self._folder, [self._folder / r for r in below]) | self.label_table.digests()


def _numbered(record_ids: Sequence[str], patients: Sequence[str | None]) -> list[str]:
    """Return a patient for each record: numbered where the file names one, the record itself where it does not."""
    numbers: dict[str, str] = {}
    for patient in patients:
        if patient is not None:
            numbers.setdefault(patient, f"patient {len(numbers) + 1}")
    return [record if p is None else numbers[p] for record, p in zip(record_ids, patients, strict=True)]
