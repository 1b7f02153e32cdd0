"""CODE-test: 827 ECGs of primary-care patients read by two cardiologists, residents, students and a network.

A real reader study: the archive's readings and gold standard, age and sex, and, where you have them, the tracings. Its
recordings are numbered from 0 here, in the order of its tables, which is the index that the network's own table
carries. Tracings are found by that number alone, so a file of another length is refused.

Hard-won facts: the limb leads are in the order aVL, aVF, aVR here (the archive's README; CODE-15 % has the usual one),
and the unit is not known (``code15``).

The gold standard is the two cardiologists' agreement, a third specialist deciding where they differed: it is not
independent of them. The columns of the residents and students are two people each, who read half of the ECGs.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from ecg_eval.datasets._tables.hdf5_tracings import CODE_UNITS, TracingsFile, declared_unit
from ecg_eval.datasets._tables.tables import askable, file_digests, table_problems
from ecg_eval.datasets._wfdb_files.recordings import Person, people_of
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, ReadingsError, SignalError, UnknownNameError

SAMPLING_RATE_HZ = 400.0
LEADS = ("I", "II", "III", "aVL", "aVF", "aVR", "V1", "V2", "V3", "V4", "V5", "V6")
FINDINGS = ("1dAVb", "RBBB", "LBBB", "SB", "AF", "ST")

_ATTRIBUTES, _GOLD = "attributes.csv", "annotations/gold_standard.csv"
_TABLES = {_ATTRIBUTES: ("age", "sex"), _GOLD: FINDINGS}
_GET_IT = "Download it from https://doi.org/10.5281/zenodo.3765780 and give the folder that holds attributes.csv."


class CodeTest(Dataset):
    """CODE-test, with or without its tracings.

    Parameters
    ----------
    root : Path
        The folder that holds ``attributes.csv`` and ``annotations/``.
    tracings : Path, optional
        ``ecg_tracings.hdf5``; without it there are readings to be judged, but nothing to be read.
    mv_per_unit : float, optional
        Millivolts of one stored unit; not known, and not guessed.
    """

    title: ClassVar[str] = "CODE-test: an annotated 12-lead ECG dataset"
    version: ClassVar[str] = "1.0.2"
    licence: ClassVar[str] = "MIT (annotations, as published with the paper's code)"
    citation: ClassVar[str] = "Ribeiro AH, Ribeiro MH, Paixao GMM, et al. Nat Commun 2020;11:1760."
    url: ClassVar[str] = "https://doi.org/10.5281/zenodo.3765780"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "827 ECGs of 827 patients, 7 to 10 s at 400 Hz; 0.2 GB with the tracings"
    population: ClassVar[str] = (
        "Patients of primary-care units in Minas Gerais, Brazil, one ECG each, 16 years and older"
    )
    devices: ClassVar[str] = "Tele-electrocardiographs TEB ECGPC and Micromed ErgoPC 13"
    lead_order: ClassVar[str] = "I, II, III, aVL, aVF, aVR, V1 to V6: not the usual order"
    units: ClassVar[str] = "not known: the authors write both 1e-4 V and a factor of 1000, which is mV"
    labelled_by: ClassVar[str] = "Two cardiologists independently; a third specialist decided where they differed"

    def __init__(self, root: Path, tracings: Path | None = None, mv_per_unit: float | None = None) -> None:
        if mv_per_unit is not None and not 0 < mv_per_unit < 1000:
            raise ArgumentError(self.name, "mv_per_unit", "positive and below 1000", mv_per_unit)
        self.root, self.tracings = Path(root), None
        self.mv_per_unit = mv_per_unit
        if tracings is not None:
            self.tracings = TracingsFile(Path(tracings), LEADS, SAMPLING_RATE_HZ, mv_per_unit, CODE_UNITS)

    def facts(self) -> DatasetFacts:
        """Return what is stated, with the unit that the configuration declares."""
        return super().facts().saying(declared_unit(self.mv_per_unit))

    def problems(self) -> list[EcgEvalError]:
        """Return what is missing of folder, tables and columns, and a disagreement about the number of ECGs."""
        problems = table_problems(self.name, self.root, _TABLES, get_it=_GET_IT)
        if not problems and len(self._gold) != len(self._attributes):
            rule = f"as long as {_ATTRIBUTES} ({len(self._attributes)} rows)"
            problems.append(InputFileError(self.name, _GOLD, rule, len(self._gold), _GET_IT))
        if not problems and self.tracings is not None:
            try:
                n = self.tracings.count()
            except SignalError as error:
                return [error]
            if n != len(self._attributes):
                rule = f"as many as {_ATTRIBUTES} has rows ({len(self._attributes)}), which they are numbered by"
                problems.append(InputFileError(self.name, str(self.tracings.path), rule, n, _GET_IT))
        return problems

    @cached_property
    def _attributes(self) -> pd.DataFrame:
        return self._read(_ATTRIBUTES)

    @cached_property
    def _gold(self) -> pd.DataFrame:
        return self._read(_GOLD)

    def _read(self, name: str) -> pd.DataFrame:
        for problem in table_problems(self.name, self.root, {name: _TABLES[name]}, get_it=_GET_IT):
            raise problem
        table = pd.read_csv(self.root / name, float_precision="round_trip")
        table.index = pd.Index([str(i) for i in range(len(table))], dtype="string", name="record_id")
        return table

    def records(self) -> pd.DataFrame:
        """Return one row an ECG; each is a patient of its own."""
        table = self._attributes
        return pd.DataFrame(
            {
                "patient_id": table.index.to_series().astype("string"),
                "has_signal": self.tracings is not None and not self.problems(),
                "age_years": table["age"].astype("float64"),
                "sex": table["sex"].astype("string").where(table["sex"].isin(["F", "M"])),
            },
            index=table.index,
        )

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self.records())

    def load(self, record_id: str) -> Recording:
        """Return one tracing without its padding, in mV if `mv_per_unit` was given."""
        if record_id not in self._people:
            raise UnknownNameError(self.name, "record_id", "a row number", record_id, "Ids are '0', '1', ...")
        if self.tracings is not None:
            return self.tracings.recording(int(record_id), record_id, self._people[record_id])
        what = f"the tracing of record {record_id}"
        remedy = "Give `tracings: ecg_tracings.hdf5`, or use readings of files instead of models that read signals."
        raise SignalError(self.name, what, "in a file of tracings, and none was given", remedy=remedy)

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return the gold standard."""
        for problem in self.problems():
            raise problem
        spellings = askable(findings, "code", FINDINGS, who=self.name)
        gold = self._gold
        strange = ~gold[list(FINDINGS)].isin([0, 1]).all(axis=1)
        if strange.any():
            row = int(strange.to_numpy().nonzero()[0][0])
            got = gold.iloc[row].to_dict()
            raise ReadingsError(self.name, f"row {row + 2} of {_GOLD}", "0 or 1 in every column", got, _GET_IT)
        table = pd.DataFrame({code: gold[list(words)].max(axis=1).astype(float) for code, words in spellings.items()})
        return ReferenceStandard(
            table=table,
            method=(
                "Gold standard of Ribeiro et al., Nat Commun 2020;11:1760: two cardiologists read independently; "
                "where they agreed that is the truth, and elsewhere a third specialist decided, knowing theirs."
            ),
            formed_by=("cardiologist1", "cardiologist2"),
        )

    def digests(self) -> dict[str, str]:
        """Return the digests of the patients' table and the gold standard."""
        return file_digests(self.root, _TABLES)

    def signal_files(self) -> dict[str, Path]:
        """Return the HDF5 file; see ``Dataset.signal_files``."""
        return {} if self.tracings is None else {self.tracings.path.name: self.tracings.path}
