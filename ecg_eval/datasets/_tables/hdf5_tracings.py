"""Tracings in an HDF5 file, as the CODE archives publish them: one array (n_records, n_samples, 12), padded with zeros.

A recording is read by itself, never the whole file. HDF5 can point to other files and claim any size, so a data set
that is a link, is made of other files, or is no array of plain numbers of this shape, is refused before anything is
read of it.

The zeros on both sides are no ECG: a flat line that a reader would have to explain. Samples at which all leads are
exactly zero are cut off at both ends, and the recording says how many.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._wfdb_files.recordings import Person
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError

if TYPE_CHECKING:
    import h5py

TRACINGS, IDS = "tracings", "exam_id"
CODE_UNITS = "units of CODE (1e-4 V or mV: its authors say both)"
_MAX_ROWS, _MAX_SAMPLES, _MAX_CHUNK_BYTES = 1 << 24, 1 << 16, 1 << 28
_FETCH_AGAIN = "The file may be damaged or not what its name says; fetch it again."


@dataclass(frozen=True)
class TracingsFile:
    """One HDF5 file of tracings.

    Attributes
    ----------
    path : Path
    leads : tuple of str, length 12
        In the order of the array's last axis.
    sampling_rate_hz : float
    mv_per_unit : float or None
        Millivolts of one stored unit; None where that is not known.
    units : str
        What the stored numbers are called where `mv_per_unit` is None.
    """

    path: Path
    leads: tuple[str, ...]
    sampling_rate_hz: float
    mv_per_unit: float | None
    units: str

    def count(self) -> int:
        """Return the number of tracings.

        Raises
        ------
        SignalError
        """
        with self._open() as file:
            return int(self._tracings(file).shape[0])

    def rows_by_id(self) -> dict[str, int]:
        """Return the row of each exam by its id; the id 0 names rows that are no exam.

        Raises
        ------
        SignalError
        """
        with self._open() as file:
            n = int(self._tracings(file).shape[0])
            ids = self._checked(file, IDS)
            if ids.dtype.kind not in "iu" or ids.shape != (n,):
                raise self._error(IDS, f"whole numbers of shape ({n},)", f"{ids.dtype} of shape {ids.shape}")
            return {str(exam): row for row, exam in enumerate(ids[()].tolist()) if exam != 0}

    def recording(self, row: int, record_id: str, person: Person) -> Recording:
        """Return one tracing, its leads in standard order, its padding removed.

        Raises
        ------
        SignalError
            When the file is broken, or the tracing is nothing but zeros.
        """
        with self._open() as file:
            tracings = self._tracings(file)
            if not 0 <= row < tracings.shape[0]:
                raise self._error("the row", f"between 0 and {tracings.shape[0] - 1}", row)
            stored = np.asarray(tracings[row], dtype=np.float32)
        order = [self.leads.index(lead) for lead in STANDARD_LEADS]
        signal, before, after = without_padding(stored[:, order])
        if not len(signal):
            raise SignalError(str(self.path), f"the tracing of {record_id}", "something other than zeros")
        if self.mv_per_unit is not None:
            signal = signal * np.float32(self.mv_per_unit)
        return Recording(
            record_id=record_id,
            patient_id=person.patient_id,
            signal=signal,
            leads=STANDARD_LEADS,
            sampling_rate_hz=self.sampling_rate_hz,
            units="mV" if self.mv_per_unit is not None else self.units,
            age_years=person.age_years,
            sex=person.sex,
            changes=(f"{before} samples of padding removed before, {after} after",) if before or after else (),
        )

    @contextmanager
    def _open(self) -> Iterator["h5py.File"]:
        if not self.path.is_file():
            raise SignalError(str(self.path), "the file of tracings", "there", remedy="Is the archive complete?")
        import h5py

        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except (OSError, KeyError, RuntimeError, ValueError) as error:  # what h5py makes of a damaged file
            raise self._error("the file", "HDF5 that can be read", str(error)[:120]) from error

    def _tracings(self, file: "h5py.File") -> "h5py.Dataset":
        tracings = self._checked(file, TRACINGS)
        rule = f"floating-point numbers of shape (n_records, n_samples, {len(self.leads)})"
        got = f"{tracings.dtype} of shape {tracings.shape}"
        is_known = tracings.dtype.kind == "f" and tracings.dtype.itemsize <= 8 and tracings.ndim == 3
        if not is_known or tracings.shape[2] != len(self.leads):
            raise self._error(TRACINGS, rule, got)
        if tracings.shape[0] > _MAX_ROWS or not 0 < tracings.shape[1] <= _MAX_SAMPLES:
            raise self._error(TRACINGS, f"at most {_MAX_ROWS} tracings of at most {_MAX_SAMPLES} samples", got)
        return tracings

    def _checked(self, file: "h5py.File", name: str) -> "h5py.Dataset":
        """Return a data set that is in the file itself, of a size that can be read."""
        import h5py

        link = file.get(name, getlink=True)
        if link is None:
            raise self._error(f"data set {name!r}", "there", list(file)[:10])
        if not isinstance(link, h5py.HardLink):
            raise self._error(f"data set {name!r}", "in the file itself", type(link).__name__)
        array = file[name]
        if not isinstance(array, h5py.Dataset):
            raise self._error(name, "a data set", type(array).__name__)
        if array.is_virtual or array.external:
            raise self._error(f"data set {name!r}", "in the file itself", "one made of other files")
        chunk = int(np.prod(array.chunks or (1,), dtype=np.float64)) * array.dtype.itemsize
        if chunk > _MAX_CHUNK_BYTES or array.size > _MAX_ROWS * _MAX_SAMPLES:
            got = f"{array.shape} in chunks of {chunk} bytes"
            raise self._error(f"data set {name!r}", "of a size that can be read", got)
        return array

    def _error(self, what: str, rule: str, got: object) -> SignalError:
        return SignalError(str(self.path), what, rule, got, _FETCH_AGAIN)


def declared_unit(mv_per_unit: float | None) -> dict[str, str]:
    """Return the fact that a report prints of the unit, where the configuration declares one."""
    if mv_per_unit is None:
        return {}
    return {"units": f"{mv_per_unit:g} mV, as the configuration declares; the authors do not settle it"}


def without_padding(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], int, int]:
    """Return a signal, shape (n_samples, n_leads), without the all-zero samples at its ends, and how many there were.

    Examples
    --------
    >>> signal, before, after = without_padding(np.array([[0, 0], [0, 1], [0, 0], [2, 0], [0, 0]], dtype=np.float32))
    >>> signal.tolist(), before, after
    ([[0.0, 1.0], [0.0, 0.0], [2.0, 0.0]], 1, 1)
    """
    something = np.flatnonzero(np.any(signal != 0, axis=1))
    if not len(something):
        return signal[:0], len(signal), 0
    first, last = int(something[0]), int(something[-1]) + 1
    return np.ascontiguousarray(signal[first:last]), first, len(signal) - last
