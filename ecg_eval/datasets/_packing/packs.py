"""A pack: the stored samples of many records in one file, with an index that says what they mean.

A pack is a folder with ``signals.i16`` (16-bit numbers as the archive stores them, record after record, the leads in
standard order) and ``index.json`` (where each record stands, gain and baseline of each lead, its rate, the SHA-256 of
its samples, and size and time of the files that it came from). The folder's name holds the SHA-256 of the index, so
that an index that changed is not believed; a pack is written beside its place and moved there whole, and never changes.
"""

import hashlib
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._wfdb_files.headers import Layout, Scale, read_header
from ecg_eval.datasets._wfdb_files.records import (
    Signal,
    has_missing,
    header_path,
    in_millivolts,
    is_common,
    standard_order,
    stored_samples,
)
from ecg_eval.errors import SignalError

_FORMAT = 1
_PACK, _MAKING = "pack-", "making-"
_SIGNALS, _INDEX = "signals.i16", "index.json"
# pages of the file that a process may hold; more are given back and fetched again from the system's page cache
_HELD_BYTES = 1 << 28

Stamp = tuple[int, int, int, int]


class PackedRecord(NamedTuple):
    """Where a record stands in a pack, and what it was made from.

    Attributes
    ----------
    first, n_samples : int
        Position of its first number in the file; samples a lead.
    sampling_rate_hz : float
    layout : int
        Which of the pack's layouts its leads have.
    has_missing : bool
        Whether a sample is missing.
    sha256 : str
        Of its numbers.
    signal_file : str
        Name of the signal file beside the header.
    stamp : tuple of int
        Size in bytes and time in ns of the header, then of the signal file.
    """

    first: int
    n_samples: int
    sampling_rate_hz: float
    layout: int
    has_missing: bool
    sha256: str
    signal_file: str
    stamp: Stamp


def stamp_of(header: Path, signal_file: str) -> Stamp | None:
    """Return size and time of a record's two files; None where one is missing."""
    try:
        first, second = os.stat(header), os.stat(header.parent / signal_file)  # noqa: PTH116 (many thousand times)
    except OSError:
        return None
    return first.st_size, first.st_mtime_ns, second.st_size, second.st_mtime_ns


class Pack:
    """An open pack.

    Attributes
    ----------
    path : Path
    records : dict of str to PackedRecord
    """

    def __init__(self, path: Path, index: Mapping[str, Any], signals: mmap.mmap) -> None:
        self.path = path
        self.records = {key: PackedRecord._make((*row[:-1], tuple(row[-1]))) for key, row in index["records"].items()}
        self._layouts = [
            Layout(tuple(layout["leads"]), scales=tuple(Scale(*scale) for scale in layout["scales"]))
            for layout in index["layouts"]
        ]
        self._signals = signals
        self._samples: NDArray[np.int16] = np.frombuffer(signals, dtype="<i2")
        self._held_bytes = 0

    def is_sound(self, record: PackedRecord) -> bool:
        """Whether the record's numbers are those that were packed."""
        return hashlib.sha256(self.stored(record).data).hexdigest() == record.sha256

    def read(self, record: PackedRecord) -> tuple[Signal, tuple[str, ...], float]:
        """Return a record's signal in mV, its leads and its rate, to the bit as ``read_record`` gives them."""
        layout = self._layouts[record.layout]
        signal = in_millivolts(self.stored(record), layout, missing=record.has_missing)
        return signal, layout.leads, record.sampling_rate_hz

    def stored(self, record: PackedRecord) -> NDArray[np.int16]:
        """Return a record's stored numbers, shape (n_samples, n_leads), as a look into the mapped file."""
        n_leads = len(self._layouts[record.layout].leads)
        n = record.n_samples * n_leads
        self._held_bytes += 2 * n
        if self._held_bytes > _HELD_BYTES and hasattr(mmap, "MADV_DONTNEED"):
            self._signals.madvise(mmap.MADV_DONTNEED)
            self._held_bytes = 2 * n
        return self._samples[record.first : record.first + n].reshape(record.n_samples, n_leads)


def packs_in(folder: Path) -> list[Path]:
    """Return the packs of a folder, the newest first."""
    folders = [path for path in folder.glob(f"{_PACK}*") if path.is_dir()]
    return sorted(folders, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def open_pack(path: Path) -> Pack | None:
    """Return a pack; None where its index is not the one that was written, or its signals are not all there."""
    try:
        index_json = (path / _INDEX).read_bytes()
        if path.name != _name(index_json):
            return None
        index = json.loads(index_json)
        with (path / _SIGNALS).open("rb") as file:
            if index["format"] != _FORMAT or os.fstat(file.fileno()).st_size != index["bytes"]:
                return None
            return Pack(path, index, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None


def write_pack(folder: Path, sources: Iterable[tuple[str, Path]]) -> Path | None:
    """Pack the records that can be packed, and return the pack; None where there are none.

    A record is left out when it is not of the common form (wfdb reads those), is not in mV, or cannot be read (whoever
    loads it hears why). Where another process left the same pack meanwhile, this one's is thrown away.

    Parameters
    ----------
    folder : Path
    sources : iterable of (str, Path)
        Key and path of each record.

    Raises
    ------
    OSError
        When the folder cannot be written to, or its disk is full; nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=_MAKING, dir=folder))
    try:
        with (part / _SIGNALS).open("wb") as signals:
            index = _pack_into(signals, sources)
        if not index["records"]:
            return None
        index_json = json.dumps(index, separators=(",", ":")).encode()
        (part / _INDEX).write_bytes(index_json)
        path = folder / _name(index_json)
        try:
            part.rename(path)
        except OSError:
            if not path.is_dir():
                raise
        return path
    finally:
        shutil.rmtree(part, ignore_errors=True)


def leftovers_in(folder: Path, *, older_than: float) -> list[Path]:
    """Return what processes that were ended in the middle have left, by time of change (s since 1970)."""
    return [path for path in folder.glob(f"{_MAKING}*") if path.stat().st_mtime < older_than]


def _in_standard_order(samples: NDArray[np.int16], layout: Layout) -> tuple[NDArray[np.int16], Layout]:
    order = standard_order(layout.leads)
    if order is None:
        return samples, layout
    return np.ascontiguousarray(samples[:, order]), layout.in_order(order)


def _name(index: bytes) -> str:
    return f"{_PACK}{hashlib.sha256(index).hexdigest()[:32]}"


def _pack_into(signals: BinaryIO, sources: Iterable[tuple[str, Path]]) -> dict[str, object]:
    """Write samples one record after the other, and return the index."""
    records: dict[str, PackedRecord] = {}
    layouts: dict[str, int] = {}
    first = 0
    for key, path in sources:
        try:
            header = read_header(header_path(path))
            plain = is_common(header) and header.layout.is_calibrated and not header.layout.others
            # before the samples: a file that changes while it is read is then known to have changed
            stamp = stamp_of(header.path, header.file_names[0]) if plain else None
            if stamp is None:
                continue
            samples, layout = _in_standard_order(stored_samples(header), header.layout)
        except SignalError:
            continue
        if not samples.size:
            continue
        meaning = json.dumps({"leads": layout.leads, "scales": layout.scales})
        records[key] = PackedRecord(
            first=first,
            n_samples=len(samples),
            sampling_rate_hz=header.sampling_rate_hz,
            layout=layouts.setdefault(meaning, len(layouts)),
            has_missing=has_missing(samples),
            sha256=hashlib.sha256(samples.data).hexdigest(),
            signal_file=header.file_names[0],
            stamp=stamp,
        )
        signals.write(samples.data)
        first += samples.size
    return {
        "format": _FORMAT,
        "bytes": 2 * first,
        "layouts": [json.loads(meaning) for meaning in layouts],
        "records": records,
    }
