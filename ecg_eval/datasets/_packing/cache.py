"""Which packs a cache has of an archive, whether they may be believed, and what has to be packed anew.

All is looked at once, when the cache is opened: a record is taken from a pack when its header and signal file have the
size and time that they had when it was packed, and when the SHA-256 of its numbers is the one in the index. That costs
about as much as reading the records once; every later reading is then a look into mapped memory. What is not there, or
changed since, is packed; a damaged pack is thrown away. A file that was changed while its size and time were kept is
not noticed.

Several processes may do this at once: packs are whole or not there, and never change (``_packs.py``). Where the disk
has no room, or the folder cannot be written to, the archive's own files are read, and a note says so.
"""

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._fetching.disk import SPARE_BYTES, free_bytes
from ecg_eval.datasets._packing.packs import (
    Pack,
    PackedRecord,
    leftovers_in,
    open_pack,
    packs_in,
    stamp_of,
    write_pack,
)
from ecg_eval.datasets._wfdb_files.records import Signal, header_path

_DAY_S = 86_400.0


class PackedCache:
    """The records of an archive that can be read from packs.

    Attributes
    ----------
    note : str
        Why records are not packed that could be; empty where all is well.
    """

    def __init__(self, packed: Mapping[str, tuple[Pack, PackedRecord]], note: str = "") -> None:
        self._found = dict(packed)
        self.note = note

    def __len__(self) -> int:
        """Count the packed records."""
        return len(self._found)

    def read(self, record_id: str) -> tuple[Signal, tuple[str, ...], float] | None:
        """Return a record as ``read_record`` does, to the bit; None where it is not packed."""
        there = self._found.get(record_id)
        return there[0].read(there[1]) if there else None

    def stored(self, record_id: str) -> NDArray[np.int16] | None:
        """Return a record's stored numbers, a look into mapped memory; None where it is not packed."""
        there = self._found.get(record_id)
        return there[0].stored(there[1]) if there else None


def folder_of(root: Path, cache: Path) -> Path:
    """Return the folder of an archive in a cache, named so that a person can tell which to delete."""
    place = root.resolve()
    return cache / f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"


def open_cache(
    paths: Mapping[str, Path], *, root: Path, cache: Path, watch: Callable[[Sequence[str]], Iterator[str]] = iter
) -> PackedCache:
    """Return a cache of records, packing what is not in it yet.

    Parameters
    ----------
    paths : mapping of str to Path
        Record id to the record's path, with or without ``.hea``, below `root`.
    root : Path
        The archive's folder.
    cache : Path
        The folder of caches; that of this archive is inside it.
    watch : callable
        Wraps the ids while they are packed (a progress bar).
    """
    folder = folder_of(root, cache)
    headers = {record_id: header_path(path) for record_id, path in paths.items()}
    keys = {record_id: header.relative_to(root).as_posix() for record_id, header in headers.items()}
    packed = _found(folder, headers, keys)
    missing = [record_id for record_id in paths if record_id not in packed]
    note = ""
    if missing:
        try:
            packed |= _packed(folder, {i: headers[i] for i in missing}, keys, watch)
        except OSError as error:
            note = f"the cache cannot be written ({error.strerror}); the archive's own files are read"
    return PackedCache(packed, note)


def _found(folder: Path, headers: Mapping[str, Path], keys: Mapping[str, str]) -> dict[str, tuple[Pack, PackedRecord]]:
    """Return what the packs hold of some records, unchanged and sound; what is damaged is deleted."""
    packed: dict[str, tuple[Pack, PackedRecord]] = {}
    for path in packs_in(folder):
        pack = open_pack(path)
        here = {}
        for record_id, key in keys.items():
            record = pack.records.get(key) if pack and record_id not in packed else None
            if record and stamp_of(headers[record_id], record.signal_file) == record.stamp:
                here[record_id] = record
        if pack is None or not all(pack.is_sound(record) for record in here.values()):
            shutil.rmtree(path, ignore_errors=True)
            continue
        packed |= {record_id: (pack, record) for record_id, record in here.items()}
    return packed


def _packed(
    folder: Path,
    headers: Mapping[str, Path],
    keys: Mapping[str, str],
    watch: Callable[[Sequence[str]], Iterator[str]],
) -> dict[str, tuple[Pack, PackedRecord]]:
    """Pack records, and delete the packs that the new one replaces."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in leftovers_in(folder, older_than=time.time() - _DAY_S):
        shutil.rmtree(path, ignore_errors=True)
    older = packs_in(folder)
    new = write_pack(folder, ((keys[i], headers[i]) for i in _while_there_is_room(folder, watch(list(headers)))))
    pack = open_pack(new) if new else None
    if pack is None:
        return {}
    for other in older:
        replaced = open_pack(other) if other != new else None
        if replaced and replaced.records.keys() <= pack.records.keys():
            shutil.rmtree(other, ignore_errors=True)
    return {i: (pack, pack.records[keys[i]]) for i in headers if keys[i] in pack.records}


def _while_there_is_room(folder: Path, record_ids: Iterator[str]) -> Iterator[str]:
    for record_id in record_ids:
        if free_bytes(folder) < SPARE_BYTES:
            raise OSError(errno.ENOSPC, "the disk is full")
        yield record_id
