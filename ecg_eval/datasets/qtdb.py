"""QT Database: 105 fifteen-minute excerpts of two leads from seven archives, waves marked by cardiologists.

The marks (``.q1c``; a second cardiologist's, ``.q2c``, in eleven records) are of some thirty beats a record, in its
last five minutes. Rhythms and beats are judged only in the fifteen excerpts of MIT-BIH Arrhythmia, whose annotations
came along: the other sources do not tell beat types, or rhythms, with the same care. Hard-won facts: ten records are
not calibrated (their gain is 0) and are not called millivolts here; four (sel100, 102, 103, 104) stand on a pedestal of
5.12 mV; 57 call their leads ECG1 and ECG2.
"""

from pathlib import Path
from typing import ClassVar

from ecg_eval.datasets._tables.long_records import LongRecords

# excerpts of MIT-BIH Arrhythmia, by its record
_FROM_MITDB = frozenset(
    f"sel{number}" for number in (100, 102, 103, 104, 114, 116, 117, 123, 213, 221, 223, 230, 231, 232, 233)
)


class Qtdb(LongRecords):
    """The archive in its official layout.

    Parameters
    ----------
    root : Path
        The folder that holds ``sel100.hea`` and the others.
    window_s : float
        Length of a window.
    """

    title: ClassVar[str] = "QT Database"
    version: ClassVar[str] = "1.0.0"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = "Laguna P, Mark RG, Goldberger A, Moody GB. Comput Cardiol 1997;24:673-676."
    url: ClassVar[str] = "https://physionet.org/content/qtdb/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "105 records of at most 103 patients, 15 min of two leads at 250 Hz; about 70 MB of signals"
    population: ClassVar[str] = (
        "Patients of seven Holter archives (MIT-BIH Arrhythmia, European ST-T, sudden death, and others)"
    )
    devices: ClassVar[str] = "Holter recorders of seven archives"
    lead_order: ClassVar[str] = "Two leads, others in other records; 57 records do not name theirs"
    units: ClassVar[str] = "mV; ten records are not calibrated"
    labelled_by: ClassVar[str] = (
        "Cardiologists, who marked waves of about thirty beats a record; rhythms and beats by the annotations of "
        "MIT-BIH Arrhythmia"
    )
    lineage = ("mitdb", "edb", "sddb", "svdb", "nsrdb", "stdb", "ltdb")
    own_records = r"sele?\d{2,5}"
    get_it = "Download it from https://physionet.org/content/qtdb/ and give the folder that holds sel100.hea."
    same_person: ClassVar[dict[str, str]] = {"sele0122": "sele0121", "sele0126": "sele0124"}

    def __init__(self, root: Path, window_s: float = 10.0) -> None:
        super().__init__(root, window_s)

    def is_annotated(self, record: str) -> bool:
        """Whether it is an excerpt of MIT-BIH Arrhythmia, with its annotations."""
        return record in _FROM_MITDB and super().is_annotated(record)
