"""Files as hospitals and their carts write them (docs/clinical-files.md): one, or a folder of them.

The format is told by the content. What a cart's program wrote into a file is text for those who ask (``statements``).
It is not a label.
"""

from pathlib import Path
from typing import ClassVar

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.datasets._clinical.folder import FolderOfFiles
from ecg_eval.datasets._clinical.formats import is_candidate, missing_libraries, read_clinical
from ecg_eval.errors import EcgEvalError


class ClinicalFiles(FolderOfFiles):
    """A file, or a folder of files, in formats of hospitals.

    Parameters
    ----------
    root : Path
        The file or folder.
    labels : Path, optional
        A table of labels as ``wfdb_folder`` has; its `record_id` is the file's path below the folder.
    spelling : str, optional
        The scheme in which the table's columns spell findings ("scp", "snomed_ct", "code"); codes of the vocabulary by
        default.
    about : mapping, optional
        What only you know, for the report: title, version, licence, citation, url, access, size, population, devices,
        labelled_by (who said what the recordings show), and lineage, the archives that share these recordings or
        patients by the names of their plug-ins (``[ptb_xl]``).
    """

    title: ClassVar[str] = "Files in formats of hospitals"
    devices: ClassVar[str] = "as each file says"
    lead_order: ClassVar[str] = "as each file has it, told by names and codes"
    units: ClassVar[str] = "mV, by the unit that each file gives"
    page = "docs/clinical-files.md"

    def is_record(self, path: Path) -> bool:
        """Return whether a file is meant to be an ECG: by its content, or by the ending of its name."""
        return is_candidate(path)

    def read(self, path: Path) -> tuple[str, ClinicalEcg]:
        """Return the format of a file and its ECG."""
        return read_clinical(path)

    def missing_libraries(self) -> list[EcgEvalError]:
        """Return the libraries of the extra ``formats`` that are not installed."""
        return list(missing_libraries(self.name))

    def statements(self, record_id: str) -> tuple[str, ...]:
        """Return what the file says of the ECG in words, mostly its cart's program. Text, not labels."""
        return self.ecg_of(record_id).facts.statements
