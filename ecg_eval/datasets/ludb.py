"""LUDB: 200 ten-second 12-lead ECGs whose waves cardiologists marked lead by lead, with diagnoses in words.

The diagnoses are phrases of a fixed list; each is translated here one by one. "Undefined ischemia/scar/supp.nstemi"
says that it is not known which: infarction and ischaemia are then unknown, not absent. The archive never says "normal".

Its headers give every lead a gain of its own that makes the lead span exactly 1 mV. The stored numbers keep
Einthoven's and Goldberger's relations instead, and have the size of microvolts: `scale: stored` takes them so.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._packing.archive import WfdbArchive
from ecg_eval.datasets._tables.ludb_marks import INTERVALS, LEADS, Marks, cardiologists, median_intervals_ms
from ecg_eval.datasets._tables.stated import Stated, count_untranslated, sentence_on_untranslated, truth_table
from ecg_eval.datasets._tables.tables import file_digests, table_problems
from ecg_eval.datasets._wfdb_files.content_digest import headers_digest
from ecg_eval.datasets._wfdb_files.headers import read_header
from ecg_eval.datasets._wfdb_files.recordings import path_below
from ecg_eval.datasets._wfdb_files.records import header_path
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, UnknownNameError, suggestion

SCALES = ("header", "stored")
_STORED_UNITS_PER_MV = 1000
_TABLE = "ludb.csv"
_DIAGNOSES = (
    "Rhythms",
    "Conduction abnormalities",
    "Extrasystolies",
    "Hypertrophies",
    "Cardiac pacing",
    "Ischemia",
    "Non-specific repolarization abnormalities",
    "Other states",
)
_COLUMNS = ("ID", "Sex", "Age", *_DIAGNOSES)
_GET_IT = "Download LUDB from https://physionet.org/content/ludb/ and give the folder that holds ludb.csv."

# phrase -> what it states
_PHRASES: dict[str, tuple[str, ...]] = {
    "Sinus rhythm": ("SR",),
    "Sinus bradycardia": ("SBRAD",),
    "Sinus tachycardia": ("STACH",),
    "Sinus arrhythmia": ("SARRH",),
    "Irregular sinus rhythm": ("SARRH",),
    "Atrial fibrillation": ("AF",),
    "Atrial flutter, typical": ("AFL",),
    "Incomplete right bundle branch block": ("IRBBB",),
    "Incomplete left bundle branch block": ("ILBBB",),
    "Complete right bundle branch block": ("RBBB",),
    "Complete left bundle branch block": ("LBBB",),
    "Left anterior hemiblock": ("LAFB",),
    "I degree av block": ("1AVB",),
    "Iii degree av-block": ("3AVB",),
    "Non-specific intravintricular conduction delay": ("IVCD",),
    "Wandering atrial pacemaker": ("WAP",),
    "Sinoatrial blockade, undefined": ("SAB",),
    "Early repolarization syndrome": ("ERP",),
    "Left ventricular hypertrophy": ("LVH",),
    "Right ventricular hypertrophy": ("RVH",),
    "Left atrial hypertrophy": ("LAE",),
    "Left atrial overload": ("LAE",),
    "Right atrial hypertrophy": ("RAE",),
    "Right atrial overload": ("RAE",),
}
# beginning of a phrase (what follows is a place or a kind) -> what it states
_BEGINNINGS: dict[str, tuple[str, ...]] = {
    "Ventricular extrasystole": ("PVC",),
    "Atrial extrasystole": ("PAC",),
    "Pacemaker presence": ("PACE",),
    "Unipolar": ("PACE",),
    "Bipolar": ("PACE",),
    "Biventricular pacing": ("PACE",),
    "P-synchrony": ("PACE",),
    "Ischemia:": ("ISC",),
    "Non-specific repolarization abnormalities": ("NSSTT",),
}
# an infarction by its wall: the septum counts to the anterior wall as in SCP-ECG; an apex is an infarction of no wall
_WALLS = {
    **{"anterior wall": "AMI", "septal": "AMI", "inferior wall": "IMI", "lateral wall": "LMI", "posterior wall": "PMI"},
    **{"apical": "MI"},
}
_INFARCTS: dict[str, tuple[str, ...]] = {"Stemi": ("STE",), "Scar formation": ()}
_OPEN = "Undefined ischemia/scar/supp.nstemi"

_SPOKEN = frozenset(
    code
    for codes in (*_PHRASES.values(), *_BEGINNINGS.values(), *_INFARCTS.values(), tuple(_WALLS.values()))
    for code in codes
)


class Ludb(WfdbArchive):
    """LUDB in its official layout.

    Parameters
    ----------
    root : Path
        The folder that holds ``ludb.csv`` and ``data/``.
    scale : str
        "header": millivolts as the headers have it. "stored": the stored numbers taken as microvolts, for whatever
        compares amplitudes.
    """

    title: ClassVar[str] = "Lobachevsky University Electrocardiography Database"
    version: ClassVar[str] = "1.0.1"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = "Kalyakulina AI, Yusipov II, Moskalenko VA, et al. IEEE Access 2020;8:186181-186190."
    url: ClassVar[str] = "https://physionet.org/content/ludb/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "200 ECGs of 200 subjects, 10 s at 500 Hz; about 30 MB"
    population: ClassVar[str] = "200 healthy volunteers and patients of hospitals in Nizhny Novgorod, 11 to 90 years"
    devices: ClassVar[str] = "Schiller Cardiovit AT-101"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6, in small letters"
    units: ClassVar[str] = "mV by its headers, which make every lead span 1 mV; scale: stored takes the numbers as uV"
    labelled_by: ClassVar[str] = "Cardiologists, who also marked the boundaries of P, QRS and T in every lead"

    def __init__(self, root: Path, scale: str = "header") -> None:
        if scale not in SCALES:
            raise ArgumentError(self.name, "scale", f"one of {', '.join(SCALES)}", scale, suggestion(scale, SCALES))
        self.root, self.scale = Path(root), scale

    def problems(self) -> list[EcgEvalError]:
        """Return what is missing of folder, table and columns."""
        return table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT)

    @cached_property
    def _table(self) -> pd.DataFrame:
        for problem in self.problems():
            raise problem
        # cells end in line breaks
        table = pd.read_csv(self.root / _TABLE, dtype="string")
        table = pd.DataFrame({column: table[column].str.strip() for column in table.columns})
        return table.set_index(pd.Index(table["ID"], name="record_id"))

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._table
        folder = self.root / "data"
        names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        return pd.DataFrame(
            {
                "patient_id": table.index.to_series().astype("string"),  # one ECG a subject
                "has_signal": [f"{i}.hea" in names and f"{i}.dat" in names for i in table.index],
                # ">89" is 90: "90 or older"
                "age_years": numbers_of(table["Age"].replace(">89", "90")),
                "sex": table["Sex"].where(table["Sex"].isin(["F", "M"])),
                "device": pd.array(["Schiller Cardiovit AT-101"] * len(table), dtype="string"),
            },
            index=table.index,
        )

    def records(self) -> pd.DataFrame:
        """Return one row a record; see ``Dataset.records``."""
        return self._records.copy()

    def path_of(self, record_id: str) -> Path:
        """Return the path of a record."""
        if record_id not in self._people:
            raise UnknownNameError(self.name, "record_id", "an ID of ludb.csv", record_id, "Ids are '1' to '200'.")
        return path_below(self.root / "data", record_id, who=self.name)

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV by the scale chosen."""
        recording = super().load(record_id)
        if self.scale == "header":
            return recording
        layout = read_header(header_path(self.path_of(record_id))).layout
        gains = dict(zip(layout.leads, (scale.gain for scale in layout.scales), strict=True))
        factors = np.array([gains[lead] / _STORED_UNITS_PER_MV for lead in recording.leads])
        change = "every lead's gain replaced by 1,000 stored units per mV"
        signal = (recording.signal * factors).astype(np.float32)
        return replace(recording, signal=signal, changes=(*recording.changes, change))

    @cached_property
    def _said(self) -> list[Stated]:
        cells = self._table[list(_DIAGNOSES)].fillna("").to_numpy()
        return [_translated([p.strip() for cell in row for p in str(cell).split("\n") if p.strip()]) for row in cells]

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the table of diagnoses states; what it does not state is absent."""
        table = truth_table(findings, self._said, self._table.index, spoken=_SPOKEN, who=self.name)
        method = (
            "LUDB's diagnoses by cardiologists: present where stated, or where a narrower one is; infarction and "
            "ischaemia unknown where the archive calls them undefined, and whatever a broader diagnosis "
            "leaves open; absent elsewhere. " + sentence_on_untranslated(self.untranslated())
        )
        return ReferenceStandard(table=table, method=method)

    def reference_measurements(self) -> pd.DataFrame:
        """Return PR, QRS and QT by the cardiologists' marks: the median over beats and leads of each record.

        NaN for a record whose marks are not there, or cannot be read.
        """
        ids = self._records.index[self._records["has_signal"]]
        intervals = [median_intervals_ms(_marks(self.path_of(str(record_id)))) for record_id in ids]
        return pd.DataFrame(intervals, index=ids, columns=list(INTERVALS))

    def untranslated(self) -> pd.Series:
        """Return how often each phrase without a translation is stated."""
        return count_untranslated(self._said)

    def digests(self) -> dict[str, str]:
        """Return the digests of the headers and of the table."""
        headers = (self.root / "data").glob("*.hea")
        return headers_digest(self.root, headers) | file_digests(self.root, (_TABLE,))


def _marks(path: Path) -> list[Marks]:
    """Return the marks of all leads, none where those of a lead are missing or broken."""
    try:
        return [cardiologists(path, lead) for lead in LEADS]
    except InputFileError:
        return []


def _translated(phrases: list[str]) -> Stated:
    """Translate the phrases of one record."""
    present: set[str] = set()
    unknown: set[str] = set()
    strange: list[str] = []
    for phrase in phrases:
        head, _, place = phrase.partition(": ")
        beginning = next((codes for start, codes in _BEGINNINGS.items() if phrase.startswith(start)), None)
        if phrase in _PHRASES:
            present.update(_PHRASES[phrase])
        elif beginning is not None:
            present.update(beginning)
        elif head in _INFARCTS and place in _WALLS:
            present.update((*_INFARCTS[head], _WALLS[place]))
        elif head == _OPEN and place in _WALLS:
            unknown.update((_WALLS[place], "ISC"))
        else:
            strange.append(phrase)
    return Stated(frozenset(present), frozenset(unknown), tuple(strange))
