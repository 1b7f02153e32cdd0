"""CODE-15 %: 345,779 ECGs of primary care in Brazil, six findings each, in 18 HDF5 files.

Hard-won facts:

* **The unit is not known.** The authors write that the numbers are "at the scale 1e-4V" and, in the same sentence,
  that volts are to be multiplied by 1,000, which is millivolts
  (https://github.com/antonior92/automatic-ecg-diagnosis); others who measured amplitudes found that neither fits well.
  Say `mv_per_unit: 1` to take them for millivolts, as the Challenge of 2025 does, or 0.1; until then nothing that needs
  millivolts reads them.
* The rows of ``exams.csv`` are not in the order of the files: a tracing is found by its `exam_id`. Each file has one
  row too many, with the id 0.
* Most tracings are 7 s long, and padded with zeros on both sides, which are removed here.
* A tracing without any of the six findings need not be normal. `normal_ecg` is what the device's program said; it is no
  label here, and neither are the age that a network guessed and what became of the patient.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._tables.hdf5_tracings import CODE_UNITS, TracingsFile, declared_unit
from ecg_eval.datasets._tables.tables import askable, file_digests, table_problems
from ecg_eval.datasets._wfdb_files.recordings import Person, people_of
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, ReadingsError, SignalError, UnknownNameError

FINDINGS = ("1dAVb", "RBBB", "LBBB", "SB", "AF", "ST")
SAMPLING_RATE_HZ = 400.0

_TABLE = "exams.csv"
_COLUMNS = ("exam_id", "age", "is_male", "patient_id", "trace_file", *FINDINGS)
_GET_IT = (
    "Download exams.csv and exams_part0.zip to exams_part17.zip from https://doi.org/10.5281/zenodo.4916206, unpack "
    "them into one folder, and give it."
)
_FILE_NAME = re.compile(r"[\w-]+\.(?:hdf5|h5)", re.ASCII)


class Code15(Dataset):
    """CODE-15 % as published, whole or in part.

    Parameters
    ----------
    root : Path
        The folder that holds ``exams.csv`` and the HDF5 files that you have.
    mv_per_unit : float, optional
        Millivolts of one stored unit; not known, and not guessed.
    """

    title: ClassVar[str] = "CODE-15 %: a large scale annotated dataset of 12-lead ECGs"
    version: ClassVar[str] = "1.0.0"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Ribeiro AH, Paixao GMM, Lima EM, et al. CODE-15 %. Zenodo, 2021, doi:10.5281/zenodo.4916206; Ribeiro AH, "
        "Ribeiro MH, Paixao GMM, et al. Nat Commun 2020;11:1760."
    )
    url: ClassVar[str] = "https://doi.org/10.5281/zenodo.4916206"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "345,779 ECGs of 233,770 patients, 7 to 10 s at 400 Hz; 68 GB unpacked"
    population: ClassVar[str] = "Patients of primary-care units in Minas Gerais, Brazil, 2010 to 2016; 40 % men"
    devices: ClassVar[str] = "Tele-electrocardiographs TEB ECGPC and Micromed ErgoPC 13"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6"
    units: ClassVar[str] = "not known: the authors write both 1e-4 V and a factor of 1000, which is mV"
    labelled_by: ClassVar[str] = (
        "The text of the cardiologist's report, combined by rules with what a program and the Minnesota code said"
    )

    def __init__(self, root: Path, mv_per_unit: float | None = None) -> None:
        if mv_per_unit is not None and not 0 < mv_per_unit < 1000:
            raise ArgumentError(self.name, "mv_per_unit", "positive and below 1000", mv_per_unit)
        self.root, self.mv_per_unit = Path(root), mv_per_unit

    def facts(self) -> DatasetFacts:
        """Return what is stated, with the unit that the configuration declares."""
        return super().facts().saying(declared_unit(self.mv_per_unit))

    def problems(self) -> list[EcgEvalError]:
        """Return what is missing of folder, table, columns and files."""
        problems = table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT)
        if not problems and not self.records()["has_signal"].any():
            rule = "a folder with HDF5 files of its exams"
            problems.append(InputFileError(self.name, str(self.root), rule, remedy=_GET_IT))
        return problems

    @cached_property
    def _table(self) -> pd.DataFrame:
        for problem in table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT):
            raise problem
        table = pd.read_csv(self.root / _TABLE, dtype="string", usecols=list(_COLUMNS))
        return table.set_index(pd.Index(table["exam_id"], name="record_id"))

    @cached_property
    def _files(self) -> dict[str, TracingsFile]:
        """Return the files that the table names and that are there, by name."""
        named = [name for name in self._table["trace_file"].dropna().unique() if _FILE_NAME.fullmatch(name)]
        return {
            name: TracingsFile(self.root / name, STANDARD_LEADS, SAMPLING_RATE_HZ, self.mv_per_unit, CODE_UNITS)
            for name in named
            if (self.root / name).is_file()
        }

    @cached_property
    def _rows(self) -> dict[str, dict[str, int]]:
        """Return the rows of each file by exam_id; none for a file that cannot be read, which ``load`` names."""
        rows: dict[str, dict[str, int]] = {}
        for name, file in self._files.items():
            try:
                rows[name] = file.rows_by_id()
            except SignalError:
                rows[name] = {}
        return rows

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._table
        nowhere: dict[str, int] = {}
        placed = zip(table.index, table["trace_file"].fillna(""), strict=True)
        is_male = table["is_male"].str.lower()
        return pd.DataFrame(
            {
                "patient_id": table["patient_id"],
                "has_signal": [exam in self._rows.get(name, nowhere) for exam, name in placed],
                "age_years": numbers_of(table["age"]),
                "sex": is_male.map({"true": "M", "1": "M", "false": "F", "0": "F"}).astype("string"),
            },
            index=table.index,
        )

    def records(self) -> pd.DataFrame:
        """Return one row an exam; see ``Dataset.records``."""
        return self._records.copy()

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self._records)

    @cached_property
    def _file_of(self) -> dict[str, str]:
        return dict(zip(self._table.index, self._table["trace_file"].fillna(""), strict=True))

    def load(self, record_id: str) -> Recording:
        """Return one tracing without its padding, in mV if `mv_per_unit` was given."""
        if record_id not in self._file_of:
            raise UnknownNameError(self.name, "record_id", f"an exam_id of {_TABLE}", record_id)
        name = self._file_of[record_id]
        if name not in self._files:
            remedy = "Is the archive complete? Records without files can be left out."
            raise SignalError(self.name, f"the file of exam {record_id}", f"in {self.root}", name, remedy)
        file = self._files[name]
        row = self._rows[name].get(record_id)
        if row is None:
            file.rows_by_id()  # says what is wrong with the file, if that is why
            raise SignalError(str(file.path), "exam_id", f"holding exam {record_id}", remedy=_GET_IT)
        return file.recording(row, record_id, self._people[record_id])

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the six findings; nothing else can be asked for."""
        table = self._table
        spellings = askable(findings, "code", FINDINGS, who=self.name)
        flags = pd.DataFrame({word: table[word].str.lower().map(_FLAGS) for word in FINDINGS}).astype("float64")
        strange = flags.isna().to_numpy()
        if strange.any():
            row, column = (int(i[0]) for i in np.nonzero(strange))
            got = str(table[FINDINGS[column]].iloc[row])
            what = f"{FINDINGS[column]} of row {row + 2} of {_TABLE}"
            raise ReadingsError(self.name, what, "True or False", got, _GET_IT)
        truth = pd.DataFrame(
            {code: flags[list(words)].max(axis=1) for code, words in spellings.items()}, index=table.index
        )
        method = (
            "CODE-15 %: the six findings of Ribeiro et al., Nat Commun 2020;11:1760, from the text of the "
            "cardiologist's report combined with a program's diagnosis and the Minnesota code; not stated is absent."
        )
        return ReferenceStandard(table=truth, method=method)

    def digests(self) -> dict[str, str]:
        """Return the digest of the table of exams."""
        return file_digests(self.root, (_TABLE,))

    def signal_files(self) -> dict[str, Path]:
        """Return the HDF5 files; see ``Dataset.signal_files``."""
        return {name: self.root / name for name in self._files}


_FLAGS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
