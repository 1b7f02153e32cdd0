"""PhysioNet/CinC Challenge 2021: twelve-lead ECGs of eight collections, SNOMED CT diagnoses in their headers.

Hard-won facts: headers of the Georgia collection begin with a file name instead of a record name, units are spelled
"mv" in two collections, and who the patients are was not published (each record counts as its own patient, so intervals
are a little too narrow where a patient has several). HR records are PTB-XL's, S records the PTB Diagnostic database's.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._recordings import Person, people_of, read_recording
from ecg_eval.datasets._stated import (
    Stated,
    count_untranslated,
    sentence_on_untranslated,
    truth_table,
)
from ecg_eval.datasets._wfdb_headers import Header, read_header
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.findings import translate, vocabulary
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion

# beginning of the record's name -> collection; Chapman-Shaoxing and Ningbo share JS and are told apart by number
COLLECTIONS = {
    "A": "CPSC",
    "Q": "CPSC-Extra",
    "I": "INCART",
    "S": "PTB",
    "HR": "PTB-XL",
    "E": "Georgia",
    "JS": "Chapman-Shaoxing",
}
_FIRST_NINGBO = 10647

_GET_IT = "Download it from https://physionet.org/content/challenge-2021/ and give the folder of the records."


class Challenge2021(Dataset):
    """Records of the Challenge, in any arrangement of folders.

    Parameters
    ----------
    root : Path
        A folder that holds ``.hea`` and ``.mat`` files, directly or in folders below it.
    """

    title: ClassVar[str] = "PhysioNet/Computing in Cardiology Challenge 2021"
    version: ClassVar[str] = "1.0.3"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = "Reyna MA, Sadr N, Perez Alday EA, et al. Comput Cardiol 2021;48:1-4."
    url: ClassVar[str] = "https://physionet.org/content/challenge-2021/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "88,253 ECGs of eight collections, 5 s to 30 min, most of 10 s at 500 Hz; about 11 GB"
    population: ClassVar[str] = (
        "Patients of hospitals in China, Germany, Russia and the United States; ages 0 to 90 and older"
    )
    devices: ClassVar[str] = "Those of each collection; not published for most"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = (
        "As in each collection (cardiologists, devices confirmed by a doctor, or both), translated to SNOMED CT by the "
        "Challenge's organisers"
    )
    lineage = (
        *("ptb_xl", "ptb_xl_plus", "ptb", "incart"),
        *("cpsc2018", "cpsc_extra", "georgia", "chapman_shaoxing_ningbo"),
    )

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def problems(self) -> list[EcgEvalError]:
        """Return whether there are any records at all."""
        if not self.root.is_dir():
            return [InputFileError(self.name, "root", "a folder", str(self.root), _GET_IT)]
        if not self._paths:
            return [InputFileError(self.name, str(self.root), "a folder with .hea files", remedy=_GET_IT)]
        return []

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """Return the header of each record, by the record's id: the name of the file."""
        return {path.stem: path for path in sorted(self.root.rglob("*.hea"))}

    @cached_property
    def _headers(self) -> dict[str, Header | None]:
        """Return what the headers say; None for a header that cannot be read, which stops no other."""
        headers: dict[str, Header | None] = {}
        for record_id, path in self._paths.items():
            try:
                headers[record_id] = read_header(path)
            except SignalError:
                headers[record_id] = None
        return headers

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(list(self._paths), dtype="string", name="record_id")

    def records(self) -> pd.DataFrame:
        """Return one row a record; a header that cannot be read is a row without signal."""
        return self._records.copy()

    @cached_property
    def _records(self) -> pd.DataFrame:
        said = [_comments(header) for header in self._headers.values()]
        age = pd.to_numeric(pd.Series([c.get("age") for c in said], dtype="object"), errors="coerce").to_numpy(float)
        return pd.DataFrame(
            {
                "patient_id": self._index.to_series().astype("string"),
                "has_signal": [_has_signal(header) for header in self._headers.values()],
                # PTB-XL's 300 for "older than 89" came along with its records
                "age_years": np.where(age > 120, 90.0, age),
                "sex": pd.array([_SEX.get(c.get("sex", "").lower(), pd.NA) for c in said], dtype="string"),
                "site": pd.array([collection_of(record_id) for record_id in self._index], dtype="string"),
            },
            index=self._index,
        )

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self._records)

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV."""
        if record_id not in self._paths:
            remedy = suggestion(record_id, list(self._paths)[:2000])
            raise UnknownNameError(self.name, "record_id", "the name of a header file", record_id, remedy)
        return read_recording(self._paths[record_id], record_id, self._people[record_id])

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the headers state; a diagnosis that is not stated is absent."""
        stated = [_diagnoses(header) for header in self._headers.values()]
        table = truth_table(findings, stated, self._index, spoken=_SPOKEN, who=self.name)
        method = (
            "SNOMED CT diagnoses of the Challenge's headers: present where stated, or where a narrower one is; absent "
            f"elsewhere. {sentence_on_untranslated(self.untranslated())}"
        )
        return ReferenceStandard(table=table, method=method)

    def untranslated(self) -> pd.Series:
        """Return how often each SNOMED CT code without a translation is stated."""
        return count_untranslated([_diagnoses(header) for header in self._headers.values()])


_SEX = {"male": "M", "m": "M", "female": "F", "f": "F"}
_SPOKEN = frozenset(code for code, finding in vocabulary().items() if finding.snomed_ct)


def collection_of(record_id: str) -> str:
    """Return the collection that a record came from, by its name.

    Examples
    --------
    >>> collection_of("E00271"), collection_of("JS00001"), collection_of("JS20000"), collection_of("X1")
    ('Georgia', 'Chapman-Shaoxing', 'Ningbo', 'unknown')
    """
    letters = record_id.rstrip("0123456789")
    name = COLLECTIONS.get(letters, "unknown")
    return "Ningbo" if letters == "JS" and int(record_id[2:]) >= _FIRST_NINGBO else name


def _comments(header: Header | None) -> dict[str, str]:
    """Return the header's comments as lower-case key to value (``Age: 47``)."""
    if header is None:
        return {}
    parts = (comment.partition(":") for comment in header.comments)
    return {key.strip().lower(): value.strip() for key, _, value in parts}


def _has_signal(header: Header | None) -> bool:
    if header is None:
        return False
    return all((header.path.parent / name).is_file() for name in {line.file_name for line in header.leads})


def _diagnoses(header: Header | None) -> Stated | None:
    """Return what the ``Dx`` comment states; None where there is none, so that nothing is called absent."""
    said = _comments(header).get("dx")
    if said is None:
        return None
    codes = [code.strip() for code in said.split(",") if code.strip()]
    known = {code: translate(code, "snomed_ct") for code in codes}
    return Stated(
        present=frozenset(c for c in known.values() if c is not None),
        untranslated=tuple(code for code, c in known.items() if c is None),
    )
