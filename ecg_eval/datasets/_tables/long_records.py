"""Long records of two leads, cut into consecutive windows that are read like ten-second ECGs.

A window is a recording of its own, `203_017` the eighteenth of record 203; its truth comes from the annotations within
it. All windows of a patient share the patient, so that intervals are by patient and no split goes through one. What is
left at the end of a record, shorter than a window, is not read.
"""

import re
from abc import ABC
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.datasets._tables.beat_annotations import SPOKEN, read_annotations, stated_in_windows
from ecg_eval.datasets._tables.stated import Stated, count_untranslated, sentence_on_untranslated, truth_table
from ecg_eval.datasets._tables.tables import file_digests
from ecg_eval.datasets._wfdb_files.headers import Header, read_header
from ecg_eval.datasets._wfdb_files.recordings import Person, read_recording
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError, SignalError, UnknownNameError, suggestion

# "69 M 1085 1629 x1" in MIT-BIH headers, "Age: 62  Sex: F" in European ones; -1 is unknown
_PERSON = re.compile(r"(?:Age:\s*)?(?P<age>-?\d{1,3})\s+(?:Sex:\s*)?(?P<sex>[MF])\b", re.ASCII)


class LongRecord(NamedTuple):
    """A whole record of the archive.

    Attributes
    ----------
    header : Header
    edges : ndarray of int, shape (n_windows + 1,)
        Sample at which each window begins, and the end of the last one.
    person : Person
    has_signal : bool
    """

    header: Header
    edges: NDArray[np.int64]
    person: Person
    has_signal: bool


class LongRecords(Dataset, ABC):
    """Records below one folder, cut into windows.

    Attributes
    ----------
    own_records : str
        Regular expression of the archive's record names.
    annotator : str
        Extension of the annotation files.
    get_it : str
        What a user does to get the archive.
    same_person : dict of str to str
        Record -> the record by whose name its patient is called, where two are of one patient.
    """

    own_records: str
    annotator: ClassVar[str] = "atr"
    get_it: ClassVar[str]
    same_person: ClassVar[dict[str, str]] = {}

    def __init__(self, root: Path, window_s: float = 10.0) -> None:
        if not 1 <= window_s <= 3600:
            raise ArgumentError(self.name, "window_s", "from 1 to 3600 s", window_s)
        self.root, self.window_s = Path(root), float(window_s)
        self._whole: tuple[str, Recording] | None = None

    def problems(self) -> list[EcgEvalError]:
        """Return whether there are any records at all."""
        if not self.root.is_dir():
            return [InputFileError(self.name, "root", "a folder", str(self.root), self.get_it)]
        if not self._long:
            return [
                InputFileError(self.name, str(self.root), "a folder with this archive's .hea files", remedy=self.get_it)
            ]
        return []

    def patient_of(self, record: str) -> str:
        """Return the patient of a record."""
        return self.same_person.get(record, record)

    def is_annotated(self, record: str) -> bool:
        """Whether the annotations of a record say all that the rule for windows takes them to say."""
        return self.root.joinpath(f"{record}.{self.annotator}").is_file()

    @cached_property
    def _long(self) -> dict[str, LongRecord]:
        """Return the records whose headers can be read, by name."""
        pattern = re.compile(self.own_records)
        long_records = {}
        for path in sorted(self.root.glob("*.hea")):
            if not pattern.fullmatch(path.stem):
                continue
            try:
                long_records[path.stem] = self._long_record(path)
            except SignalError:
                continue  # named by `unread`
        return long_records

    @cached_property
    def unread(self) -> list[str]:
        """Return the names of records that are there and whose header cannot be read."""
        pattern = re.compile(self.own_records)
        return [
            p.stem for p in sorted(self.root.glob("*.hea")) if pattern.fullmatch(p.stem) and p.stem not in self._long
        ]

    def _long_record(self, path: Path) -> LongRecord:
        header = read_header(path)
        if header.n_samples is None:
            raise SignalError(str(path), "the number of samples", "given")
        n_window = round(self.window_s * header.sampling_rate_hz)
        edges = np.arange(0, header.n_samples + 1, n_window, dtype=np.int64)
        there = all((path.parent / name).is_file() for name in set(header.file_names))
        person_comment = next((m for comment in header.comments if (m := _PERSON.match(comment))), None)
        age = float(person_comment["age"]) if person_comment and int(person_comment["age"]) >= 0 else None
        person = Person(self.patient_of(path.stem), age, person_comment["sex"] if person_comment else None)
        return LongRecord(header, edges, person, there)

    @cached_property
    def _windows(self) -> dict[str, tuple[str, int]]:
        """Return record and position of each window."""
        return {f"{name}_{k:03d}": (name, k) for name, long in self._long.items() for k in range(len(long.edges) - 1)}

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(list(self._windows), dtype="string", name="record_id")

    def records(self) -> pd.DataFrame:
        """Return one row a window; see ``Dataset.records``."""
        for problem in self.problems():
            raise problem
        of = [self._long[name] for name, _ in self._windows.values()]
        return pd.DataFrame(
            {
                "patient_id": pd.array([long.person.patient_id for long in of], dtype="string"),
                "has_signal": [long.has_signal for long in of],
                "age_years": np.array([long.person.age_years for long in of], dtype=float),
                "sex": pd.array([long.person.sex for long in of], dtype="string"),
            },
            index=self._index,
        )

    def load(self, record_id: str) -> Recording:
        """Return one window, in mV; leads are named as in the record (MLII, V5, ...)."""
        if record_id not in self._windows:
            remedy = suggestion(record_id, list(self._windows)[:2000])
            raise UnknownNameError(self.name, "record_id", "a window of a record", record_id, remedy)
        name, position = self._windows[record_id]
        whole = self._load_whole(name)
        start, stop = self._long[name].edges[position : position + 2].tolist()
        return Recording(
            record_id=record_id,
            patient_id=whole.patient_id,
            signal=whole.signal[start:stop].copy(),
            leads=whole.leads,
            sampling_rate_hz=whole.sampling_rate_hz,
            units=whole.units,
            age_years=whole.age_years,
            sex=whole.sex,
        )

    def _load_whole(self, name: str) -> Recording:
        """Return a whole record; the last one is kept, because its windows are asked for one after the other."""
        last_loaded = self._whole
        if last_loaded is None or last_loaded[0] != name:
            long = self._long[name]
            last_loaded = self._whole = (name, read_recording(long.header.path, name, long.person))
        return last_loaded[1]

    @cached_property
    def _said(self) -> tuple[list[Stated | None], list[str]]:
        """Return what each window shows, and the records whose annotations cannot be read."""
        stated: list[Stated | None] = []
        broken = []
        for name, long in self._long.items():
            n_windows = len(long.edges) - 1
            windows: list[Stated | None] = [None] * n_windows
            if self.is_annotated(name):
                try:
                    annotations = read_annotations(self.root / name, self.annotator)
                    windows = stated_in_windows(annotations, long.edges, sampling_rate_hz=long.header.sampling_rate_hz)
                except SignalError:
                    broken.append(name)
            stated += windows
        return stated, broken

    def labels(self, findings: Sequence[str]) -> ReferenceStandard:
        """Return what the annotations within each window show; see ``_beat_annotations`` for the rule."""
        for problem in self.problems():
            raise problem
        stated, broken = self._said
        table = truth_table(findings, stated, self._index, spoken=SPOKEN, who=self.name)
        method = (
            f"The archive's beat and rhythm annotations within each window of {self.window_s:g} s: a rhythm is present "
            "where it covers the window, unknown where it covers a part; premature and paced beats are present if one "
            "is there; bundle branch block if all conducted beats show it, unknown if some do; absent elsewhere. "
            f"{sentence_on_untranslated(self.untranslated())}"
        )
        if broken:
            method += f" Annotations that cannot be read, so that nothing is known: {', '.join(broken)}."
        return ReferenceStandard(table=table, method=method)

    def untranslated(self) -> pd.Series:
        """Return in how many windows each rhythm without a translation is annotated."""
        return count_untranslated(self._said[0])

    def digests(self) -> dict[str, str]:
        """Return the digests of annotations, headers and the archive's own list of checksums."""
        names = [f"{name}.{ending}" for name in self._long for ending in ("hea", self.annotator)]
        return file_digests(self.root, [*names, "SHA256SUMS.txt"])
