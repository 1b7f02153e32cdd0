"""Chapman-Shaoxing-Ningbo as PhysioNet publishes it (ecg-arrhythmia): 45,152 ten-second ECGs of two Chinese hospitals.

The archive has no table: age, sex and diagnoses stand in each header, in SNOMED CT. JS00001 to JS10646 were recorded in
Shaoxing, the others in Ningbo. Its acronyms mislead ("AF" is atrial flutter there), so only the SNOMED CT codes are
read. The Challenge of 2021 holds the same recordings under the same names.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ecg_eval.datasets._tables.snomed_headers import COLLECTIONS, NINGBO, SnomedHeaders


class ChapmanShaoxingNingbo(SnomedHeaders):
    """The archive in its official layout, or any part of it.

    Parameters
    ----------
    root : Path
        The folder that holds ``WFDBRecords/``, or any folder of its records.
    collections : sequence of str
        Chapman-Shaoxing or Ningbo; both by default.
    """

    title: ClassVar[str] = "A large scale 12-lead electrocardiogram database for arrhythmia study"
    version: ClassVar[str] = "1.0.0"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Zheng J, Guo H, Chu H. A large scale 12-lead electrocardiogram database for arrhythmia study (version 1.0.0). "
        "PhysioNet, 2022; Zheng J, Chu H, Struppa D, et al. Sci Rep 2020;10:2898."
    )
    url: ClassVar[str] = "https://physionet.org/content/ecg-arrhythmia/"
    access: ClassVar[str] = "open"
    size: ClassVar[str] = "45,152 ECGs of 45,152 patients, 10 s at 500 Hz; about 5 GB"
    population: ClassVar[str] = "Patients of Shaoxing People's Hospital and Ningbo First Hospital, China"
    devices: ClassVar[str] = "Not stated in the files (the Shaoxing part was exported from GE MUSE)"
    lead_order: ClassVar[str] = "I, II, III, aVR, aVL, aVF, V1 to V6"
    units: ClassVar[str] = "mV"
    labelled_by: ClassVar[str] = "A licensed physician, checked by a second; a senior one decided where they differed"
    lineage = ("challenge2021",)
    own_collections = (COLLECTIONS["JS"], NINGBO)
    get_it = (
        "Download it from https://physionet.org/content/ecg-arrhythmia/ and give the folder that holds WFDBRecords."
    )
    tables = ("ConditionNames_SNOMED-CT.csv", "SHA256SUMS.txt")

    def __init__(self, root: Path, collections: Sequence[str] = ()) -> None:
        super().__init__(root, collections)
