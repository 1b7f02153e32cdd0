"""MIMIC-IV-ECG: 800,035 ten-second ECGs of 161,352 patients of one Boston hospital; no human labels.

The archive has what the ECG cart stated and measured, and no cardiologist's word. A machine's statements are a reader's
readings, not truth, so the dataset's own labels are all unknown; the panel `mimic_machine` brings the statements.
Hard-won facts: the files have aVF before aVL; age and sex are in MIMIC-IV, not here; a patient has up to 260 ECGs.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._tables.tables import file_digests, table_problems
from ecg_eval.datasets._wfdb_files.recordings import Person, read_recording
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.findings import finding
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import EcgEvalError, InputFileError, SignalError, UnknownNameError

_TABLE = "record_list.csv"
_COLUMNS = ("subject_id", "study_id", "path")
_GET_IT = "Download it from https://physionet.org/content/mimic-iv-ecg/ and give the folder that holds record_list.csv."


class MimicIvEcg(Dataset):
    """The archive in its official layout, whole or in part.

    Parameters
    ----------
    root : Path
        The folder that holds ``record_list.csv`` and ``files/``.
    """

    title: ClassVar[str] = "MIMIC-IV-ECG: Diagnostic Electrocardiogram Matched Subset"
    version: ClassVar[str] = "1.0"
    licence: ClassVar[str] = "ODbL 1.0"
    citation: ClassVar[str] = (
        "Gow B, Pollard T, Nathanson LA, et al. MIMIC-IV-ECG (version 1.0). PhysioNet, 2023, doi:10.13026/4nqg-sb35."
    )
    url: ClassVar[str] = "https://physionet.org/content/mimic-iv-ecg/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "800,035 ECGs of 161,352 patients, 10 s at 500 Hz; about 96 GB"
    population: ClassVar[str] = (
        "Patients of Beth Israel Deaconess Medical Center, Boston: emergency, wards, outpatients"
    )
    devices: ClassVar[str] = "Not published (ECG carts of one hospital)"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVF, aVL, V1 to V6: not the usual order"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = "Nobody; the ECG cart's own statements are read as a vendor's (panel mimic_machine)"
    lineage = ("mimic_iv",)

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def problems(self) -> list[EcgEvalError]:
        """Return what is missing of folder, table, columns and recordings."""
        problems = table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT)
        if not problems and not self._records["has_signal"].any():
            problems.append(
                InputFileError(self.name, str(self.root / "files"), "a folder of recordings", remedy=_GET_IT)
            )
        return problems

    @cached_property
    def _table(self) -> pd.DataFrame:
        for problem in table_problems(self.name, self.root, {_TABLE: _COLUMNS}, get_it=_GET_IT):
            raise problem
        table = pd.read_csv(self.root / _TABLE, dtype="string", usecols=list(_COLUMNS))
        return table.set_index(pd.Index(table["study_id"], name="record_id"))

    @cached_property
    def _records(self) -> pd.DataFrame:
        table = self._table
        root = os.fspath(self.root)
        folders: dict[str, bool] = {}

        def has_files(path: str) -> bool:
            # 800,000 rows: plain text instead of paths, and one look for all studies of a patient who is not there
            patient = path.rsplit("/", 2)[0]
            if patient not in folders:
                folders[patient] = os.path.isdir(f"{root}/{patient}")  # noqa: PTH112 - as said above
            stem = f"{root}/{path}"
            return (
                folders[patient]
                and _is_inside(path)
                and os.path.isfile(f"{stem}.hea")  # noqa: PTH113 - as said above
                and os.path.isfile(f"{stem}.dat")  # noqa: PTH113 - as said above
            )

        return pd.DataFrame(
            {
                "patient_id": table["subject_id"],
                "has_signal": [has_files(path) for path in table["path"].fillna("").tolist()],
            },
            index=table.index,
        )

    def records(self) -> pd.DataFrame:
        """Return one row a study; see ``Dataset.records``. Age and sex are not in this archive."""
        return self._records.copy()

    @cached_property
    def _paths(self) -> dict[str, tuple[str, str]]:
        """Return path and patient of each study."""
        table = self._table
        return dict(zip(table.index, zip(table["path"].fillna(""), table["subject_id"], strict=True), strict=True))

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV."""
        if record_id not in self._paths:
            raise UnknownNameError(self.name, "record_id", f"a study_id of {_TABLE}", record_id)
        path, patient = self._paths[record_id]
        if not _is_inside(path):
            remedy = "The table is damaged or hostile; nothing was opened."
            raise SignalError(self.name, f"the path of study {record_id}", f"below {self.root}", path, remedy)
        return read_recording(self.root / path, record_id, Person(patient, None, None))

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return unknown for every finding: nobody has labelled these recordings."""
        for code in findings:
            finding(code)
        table = pd.DataFrame(np.nan, index=self._table.index, columns=list(findings))
        return ReferenceStandard(
            table=table, method="None: the archive has a machine's statements and no human labels."
        )

    def digests(self) -> dict[str, str]:
        """Return the digests of the list of records and of the archive's own list of checksums."""
        return file_digests(self.root, (_TABLE, "SHA256SUMS.txt"))

    def signal_files(self) -> dict[str, Path]:
        """Return headers and signal files of all studies; see ``Dataset.signal_files``."""
        paths = (path for path, _ in self._paths.values() if _is_inside(path))
        return {f"{path}{ending}": self.root / f"{path}{ending}" for path in paths for ending in (".hea", ".dat")}


def _is_inside(path: str) -> bool:
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")
