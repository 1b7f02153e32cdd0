"""PhysioNet/CinC Challenge 2021, and 2020: twelve-lead ECGs of eight collections, SNOMED CT diagnoses in their headers.

The Challenge of 2020 (1.0.2) has the same layout and the same record names for six of the eight collections, so this
reads it as well. Hard-won facts: headers of the Georgia collection begin with a file name instead of a record name,
units are spelled "mv" in two collections, and who the patients are was not published (each record counts as its own
patient, so intervals are a little too narrow where a patient has several: PTB, INCART). HR records are PTB-XL's, S
records the PTB Diagnostic database's, I records half-hour INCART ones at 257 Hz, JS records Chapman-Shaoxing-Ningbo's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ecg_eval.datasets._tables.snomed_headers import COLLECTIONS, NINGBO, SnomedHeaders


class Challenge2021(SnomedHeaders):
    """Records of the Challenge, in any arrangement of folders.

    Parameters
    ----------
    root : Path
        A folder that holds ``.hea`` and ``.mat`` files, directly or in folders below it.
    collections : sequence of str
        Only these: CPSC, CPSC-Extra, INCART, PTB, PTB-XL, Georgia, Chapman-Shaoxing, Ningbo. All by default.
    """

    title: ClassVar[str] = "PhysioNet/Computing in Cardiology Challenge 2021"
    version: ClassVar[str] = "1.0.3 (the Challenge of 2020: 1.0.2)"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = "Reyna MA, Sadr N, Perez Alday EA, et al. Comput Cardiol 2021;48:1-4."
    url: ClassVar[str] = "https://physionet.org/content/challenge-2021/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "88,253 ECGs of eight collections, 5 s to 30 min, most of 10 s at 500 Hz; about 13 GB"
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
        "ptb_xl",
        "ptb_xl_plus",
        "ptb",
        "incart",
        "cpsc2018",
        "cpsc_extra",
        "georgia",
        "chapman_shaoxing_ningbo",
    )
    own_collections = (*COLLECTIONS.values(), NINGBO)
    get_it = "Download it from https://physionet.org/content/challenge-2021/ and give the folder of the records."

    def __init__(self, root: Path, collections: Sequence[str] = ()) -> None:
        super().__init__(root, collections)
