"""An archive of WFDB records: its records are loaded in one place, from its files or from a packed cache of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from ecg_eval.datasets._packing.cache import PackedCache, open_cache
from ecg_eval.datasets._wfdb_files.recordings import Person, as_recording, people_of, read_recording
from ecg_eval.datasets._wfdb_files.records import header_path
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.recording import Recording

_ENDINGS = (".hea", ".dat", ".mat")


class WfdbArchive(Dataset, ABC):
    """A dataset whose recordings are WFDB records below one folder.

    Attributes
    ----------
    root : Path
        The folder of the archive.
    """

    root: Path
    _packed: PackedCache | None = None

    @abstractmethod
    def path_of(self, record_id: str) -> Path:
        """Return the path of a record, with or without ``.hea``, below the root.

        Raises
        ------
        UnknownNameError
        """

    @cached_property
    def _people(self) -> dict[str, Person]:
        return people_of(self.records())

    def prepare(
        self, record_ids: Sequence[str], *, cache: Path, watch: Callable[[Sequence[str]], Iterator[str]] = iter
    ) -> str:
        """Pack these records, or find them packed; see ``Dataset.prepare``."""
        paths = {record_id: self.path_of(record_id) for record_id in record_ids}
        self._packed = open_cache(paths, root=self.root, cache=cache, watch=watch)
        return self._packed.note

    def signal_files(self) -> dict[str, Path]:
        """Return headers and signal files of all records; see ``Dataset.signal_files``."""
        records = self.records()
        paths = (header_path(self.path_of(record_id)) for record_id in records.index[records["has_signal"]])
        files = (path.with_suffix(ending) for path in paths for ending in _ENDINGS)
        return {path.as_posix().removeprefix(self.root.as_posix()): path for path in files}

    def load(self, record_id: str) -> Recording:
        """Return one recording, in mV."""
        packed = self._packed.read(record_id) if self._packed else None
        if packed is None:
            return read_recording(self.path_of(record_id), record_id, self._people[record_id])
        return as_recording(packed, record_id, self._people[record_id])
