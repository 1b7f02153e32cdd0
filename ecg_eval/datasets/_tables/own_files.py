"""Files of the user's own with a table of labels: what ``wfdb_folder`` and ``clinical_files`` are told alike."""

from abc import ABC
from collections.abc import Mapping, Sequence
from pathlib import Path

from ecg_eval.datasets._tables.label_table import LabelTable
from ecg_eval.datasets._tables.own_words import OwnRecordings, own_words


class OwnFiles(OwnRecordings, ABC):
    """Files below a folder, what the user says of them, and what a table says they show.

    Attributes
    ----------
    root : Path
    label_table : LabelTable
        Without a path where no table was given.
    """

    def __init__(
        self,
        root: Path,
        labels: Path | None = None,
        spelling: str | None = None,
        *,
        about: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        self.root = Path(root)
        path = None if labels is None else Path(labels)
        self.own_words = own_words(self.name, about)
        self.lineage = self.own_words.lineage
        self.label_table = LabelTable(self.name, path, spelling=spelling, labelled_by=self.own_words.labelled_by)
