"""MIT-BIH Arrhythmia: 48 half-hour records of two leads, every beat annotated, read here in windows of ten seconds.

Which leads they are differs from record to record (MLII and V1 in most; 102 and 104 have no limb lead; 114 has them the
other way round), so leads are only ever taken by name. Records 201 and 202 are one patient. A half was drawn at random
(100 to 124), the other chosen for what is rare (200 to 234): no prevalence can be had from it.
"""

from pathlib import Path
from typing import ClassVar

from ecg_eval.datasets._tables.long_records import LongRecords


class Mitdb(LongRecords):
    """The archive in its official layout.

    Parameters
    ----------
    root : Path
        The folder that holds ``100.hea`` and the others.
    window_s : float
        Length of a window.
    """

    title: ClassVar[str] = "MIT-BIH Arrhythmia Database"
    version: ClassVar[str] = "1.0.0"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = "Moody GB, Mark RG. IEEE Eng Med Biol 2001;20(3):45-50."
    url: ClassVar[str] = "https://physionet.org/content/mitdb/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "48 records of 47 patients, half an hour of two leads at 360 Hz; about 100 MB"
    population: ClassVar[str] = (
        "In- and outpatients of Beth Israel Hospital, Boston, 1975 to 1979; 23 records drawn at random, 25 chosen for "
        "rare arrhythmias"
    )
    devices: ClassVar[str] = "Two-channel Holter tape recorders (Del Mar Avionics 445)"
    lead_order: ClassVar[str] = "Two leads, others in other records: mostly MLII and V1"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = "Two or more cardiologists independently, beat by beat; differences resolved"
    lineage = ("nstdb", "qtdb")
    own_records = r"[12]\d\d"
    get_it = "Download it from https://physionet.org/content/mitdb/ and give the folder that holds 100.hea."
    same_person: ClassVar[dict[str, str]] = {"202": "201"}

    def __init__(self, root: Path, window_s: float = 10.0) -> None:
        super().__init__(root, window_s)
