"""Archives whose only table is the comments of their headers: age, sex, and diagnoses in SNOMED CT (``#Dx``).

The PhysioNet Challenges of 2020 and 2021 brought this form; the Chapman-Shaoxing-Ningbo archive is published in it too.
Records may stand in any arrangement of folders. A header that cannot be read is a row without signal and labels, and
stops no other. Every record counts as a patient of its own, because none of these archives tells who is who.
"""

from abc import ABC
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ecg_eval.datasets._packing.archive import WfdbArchive
from ecg_eval.datasets._tables.stated import Stated, count_untranslated, sentence_on_untranslated, truth_table
from ecg_eval.datasets._tables.tables import file_digests
from ecg_eval.datasets._wfdb_files.content_digest import headers_digest
from ecg_eval.datasets._wfdb_files.headers import Header, read_header
from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.findings import equivalences, spoken_in, translate
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion

# beginning of a record's name -> collection; Chapman-Shaoxing and Ningbo share JS and are told apart by number
COLLECTIONS = {
    "A": "CPSC",
    "Q": "CPSC-Extra",
    "I": "INCART",
    "S": "PTB",
    "HR": "PTB-XL",
    "E": "Georgia",
    "JS": "Chapman-Shaoxing",
}
NINGBO = "Ningbo"
# what each collection is called where it is published, or would be
_ARCHIVES = {
    **{"CPSC": "cpsc2018", "CPSC-Extra": "cpsc_extra", "INCART": "incart", "PTB": "ptb", "PTB-XL": "ptb_xl"},
    **{"Georgia": "georgia", "Chapman-Shaoxing": "chapman_shaoxing", NINGBO: "ningbo"},
}
_FIRST_NINGBO = 10647


class SnomedHeaders(WfdbArchive, ABC):
    """Records with diagnoses in their headers, in any arrangement of folders.

    Attributes
    ----------
    own_collections : tuple of str
        Collections that the archive is made of.
    get_it : str
        What a user does to get the archive.
    """

    own_collections: ClassVar[tuple[str, ...]]
    get_it: ClassVar[str]
    tables: ClassVar[tuple[str, ...]] = ("SHA256SUMS.txt",)

    def __init__(self, root: Path, collections: Sequence[str] = ()) -> None:
        chosen = (collections,) if isinstance(collections, str) else tuple(collections)
        for name in chosen:
            if name not in self.own_collections:
                rule = f"one of {', '.join(self.own_collections)}"
                raise ArgumentError(self.name, "collections", rule, name, suggestion(name, self.own_collections))
        self.root, self.collections = Path(root), chosen
        self.parts = tuple(_ARCHIVES[name] for name in chosen)

    def problems(self) -> list[EcgEvalError]:
        """Return whether there are any records at all."""
        if not self.root.is_dir():
            return [InputFileError(self.name, "root", "a folder", str(self.root), self.get_it)]
        if not self._paths:
            rule = f"a folder with .hea files{' of ' + ', '.join(self.collections) if self.collections else ''}"
            return [InputFileError(self.name, str(self.root), rule, remedy=self.get_it)]
        return []

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """Return the header of each record, by the record's id: the name of the file."""
        paths = {path.stem: path for path in sorted(self.root.rglob("*.hea"))}
        if not self.collections:
            return paths
        return {i: path for i, path in paths.items() if collection_of(i) in self.collections}

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
        comments = [_comments(header) for header in self._headers.values()]
        age = numbers_of(pd.Series([c.get("age") for c in comments], dtype="object")).to_numpy()
        return pd.DataFrame(
            {
                "patient_id": self._index.to_series().astype("string"),
                "has_signal": [_has_signal(header) for header in self._headers.values()],
                # PTB-XL's 300 for "older than 89" came along with its records
                "age_years": np.where(age > 120, 90.0, age),
                "sex": pd.array([_SEX.get(c.get("sex", "").lower(), pd.NA) for c in comments], dtype="string"),
                "site": pd.array([collection_of(record_id) for record_id in self._index], dtype="string"),
            },
            index=self._index,
        )

    def path_of(self, record_id: str) -> Path:
        """Return the path of a record's header."""
        if record_id not in self._paths:
            remedy = suggestion(record_id, list(self._paths)[:2000])
            raise UnknownNameError(self.name, "record_id", "the name of a header file", record_id, remedy)
        return self._paths[record_id]

    @cached_property
    def _said(self) -> list[Stated | None]:
        return [_diagnoses(header) for header in self._headers.values()]

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the headers state; a diagnosis that is not stated is absent."""
        table = truth_table(findings, self._said, self._index, spoken=spoken_in("snomed_ct"), who=self.name)
        method = (
            "SNOMED CT diagnoses of the archive's headers: present where stated, or where a narrower one is; unknown "
            "where only a broader one is; absent elsewhere. "
            f"{_sentence_on_equivalences(table.columns)}{sentence_on_untranslated(self.untranslated())}"
        )
        return ReferenceStandard(table=table, method=method)

    def untranslated(self) -> pd.Series:
        """Return how often each SNOMED CT code without a translation is stated."""
        return count_untranslated(self._said)

    def digests(self) -> dict[str, str]:
        """Return the digest of all headers, and those of the archive's own lists."""
        return headers_digest(self.root, self._paths.values()) | file_digests(self.root, self.tables)


_SEX = {"male": "M", "m": "M", "female": "F", "f": "F"}


def collection_of(record_id: str) -> str:
    """Return the collection that a record came from, by its name.

    Examples
    --------
    >>> collection_of("E00271"), collection_of("JS00001"), collection_of("JS20000"), collection_of("X1")
    ('Georgia', 'Chapman-Shaoxing', 'Ningbo', 'unknown')
    """
    letters = record_id.rstrip("0123456789")
    name = COLLECTIONS.get(letters, "unknown")
    number = record_id[len(letters) :]
    return NINGBO if letters == "JS" and number and int(number) >= _FIRST_NINGBO else name


def _sentence_on_equivalences(codes: Iterable[str]) -> str:
    """Say which diagnoses count as one, as the Challenge of 2021 scores them."""
    counted = [f"{e.says} ({e.spelling}) as {e.finding}" for e in equivalences("challenge2021") if e.finding in codes]
    return f"Counted as the same, as the Challenge of 2021 does: {'; '.join(counted)}. " if counted else ""


def _comments(header: Header | None) -> dict[str, str]:
    """Return the header's comments as lower-case key to value (``Age: 47``)."""
    if header is None:
        return {}
    parts = (comment.partition(":") for comment in header.comments)
    return {key.strip().lower(): value.strip() for key, _, value in parts}


def _has_signal(header: Header | None) -> bool:
    if header is None:
        return False
    return all((header.path.parent / name).is_file() for name in set(header.file_names))


def _diagnoses(header: Header | None) -> Stated | None:
    """Return what the ``Dx`` comment states; None where there is none, so that nothing is called absent."""
    dx_comment = _comments(header).get("dx")
    if dx_comment is None:
        return None
    codes = [code.strip() for code in dx_comment.split(",") if code.strip()]
    translations = {code: translate(code, "snomed_ct") for code in codes}
    return Stated(
        present=frozenset(c for c in translations.values() if c is not None),
        untranslated=tuple(code for code, c in translations.items() if c is None),
    )
