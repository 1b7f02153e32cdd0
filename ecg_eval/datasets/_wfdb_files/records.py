"""Records in WFDB form, read to the last bit as wfdb reads them, an order of magnitude faster in the common case.

The common case (one segment, one file, format 16, one sample a frame, no skew: PTB-XL, LUDB, the Challenge archives)
is read directly; whatever else WFDB knows is left to wfdb itself, after the same checks. Both verify the checksums that
the header carries. Leads come in the standard order whatever the order of the file.

"To the last bit" means float32 of wfdb's physical signal, which is (stored - baseline) / gain in float64. Where stored
values, baseline and gain are exact in float32, dividing in float32 gives the same bits: a quotient of two exact
p-bit numbers survives double rounding when the wider format has at least 2p + 2 bits, and 53 >= 2 * 24 + 2
(Figueroa, SIGNUM Newsletter 1995;30(3):21).
"""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._wfdb_files.headers import (
    MAX_SAMPLES,
    Header,
    Layout,
    is_beside_leads,
    is_voltage,
    lead_name,
    read_header,
    units_per_millivolt,
)
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import SignalError

Signal = NDArray[np.float32]

_MISSING = -32768  # what format 16 stores for a missing sample
_ROWS_AT_ONCE = 40  # summed side by side: long rows are what numpy adds fast, and usual lengths are multiples of 40
_USUAL_SAMPLES = 1 << 20  # of all leads together: a minute of twelve leads at 1000 Hz
_FETCH_AGAIN = "Fetch the file again, or leave the record out."


def read_record(path: Path) -> tuple[Signal, tuple[str, ...], float]:
    """Return the signal of a record in millivolts.

    Parameters
    ----------
    path : Path
        Path of the record without extension, or of its ``.hea`` file.

    Returns
    -------
    signal : ndarray of float32, shape (n_samples, n_leads)
        In mV; NaN where the archive marks a sample as missing.
    leads : tuple of str, length n_leads
        The twelve standard leads first and in standard order, then others in the order of the file.
    sampling_rate_hz : float

    Raises
    ------
    SignalError
        When header or signal are missing, damaged, truncated, or in a unit that is no voltage.
    """
    return read_signal(read_header(header_path(path)))


def header_path(path: Path) -> Path:
    """Return the path of a record's header; record names may hold points, so only ``.hea`` counts as an extension."""
    name = os.fspath(path)
    return path if name.endswith(".hea") else Path(f"{name}.hea")


def read_signal(header: Header) -> tuple[Signal, tuple[str, ...], float]:
    """Return the signal that a header describes; see ``read_record``."""
    if is_common(header):
        samples, leads = stored_samples(header), header.layout.leads
        signal = in_millivolts(samples, header.layout, missing=has_missing(samples))
        if header.layout.others:
            positions = header.layout.kept
            signal, leads = np.ascontiguousarray(signal[:, positions]), tuple([leads[i] for i in positions])
    else:
        signal, leads = _read_with_wfdb(header)
    order = standard_order(leads)
    if order is not None:
        signal, leads = np.ascontiguousarray(signal[:, order]), tuple([leads[i] for i in order])
    return signal, leads, header.sampling_rate_hz


def channels_left_aside(header: Header) -> tuple[str, ...]:
    """Return the channels of a record that are no voltage, with their units, as they are named in its changes."""
    named = [other for other in header.layout.others if other]
    for name in sorted(set(header.segments) - {"~"}):
        named += channels_left_aside(read_header(header.path.parent / f"{name}.hea"))
    return tuple(dict.fromkeys(named))


@lru_cache(maxsize=1024)
def standard_order(leads: tuple[str, ...]) -> list[int] | None:
    """Return the positions that bring leads into standard order, others after them; None where they are in it."""
    place = {lead: i for i, lead in enumerate(STANDARD_LEADS)}
    order = sorted(range(len(leads)), key=lambda i: place.get(leads[i], len(place)))
    return None if order == list(range(len(leads))) else order


def is_common(header: Header) -> bool:
    """Whether the record is one segment in one file of format 16, one sample a frame, no skew."""
    return len(set(header.file_names)) == 1 and _is_plain(header.layout)


@lru_cache(maxsize=1024)
def _is_plain(layout: Layout) -> bool:
    return set(layout.storages) == {("16", 1, 0, layout.storages[0].byte_offset)}


def stored_samples(header: Header) -> NDArray[np.int16]:
    """Return the stored samples of a record of the common form, shape (n_samples, n_leads), checksums verified.

    They stand in memory that this thread's next call uses again: asking the system for fresh memory for each record
    takes longer than reading it.
    """
    path = header.path.parent / header.file_names[0]
    start, n_leads = header.layout.storages[0].byte_offset, len(header.file_names)
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (half the time of Path.open)
            n_samples = header.n_samples or _samples_in(file, path, start, n_leads)
            needed = 2 * n_leads * n_samples
            if needed > 2 * _USUAL_SAMPLES:  # memory is asked for only if the file can fill it
                _check_size(path, os.fstat(file.fileno()).st_size, start + needed)
            if start:
                file.seek(start)
            samples = _SCRATCH.of_size(n_samples * n_leads)
            got = file.readinto(samples.data)
            if got != needed:
                _check_size(path, os.fstat(file.fileno()).st_size, start + needed)
    except OSError as error:
        raise _unreadable(path, error) from None
    if got != needed:
        raise SignalError(str(path), "the signal", f"{needed} bytes from byte {start}", got, _FETCH_AGAIN)
    samples = samples.reshape(n_samples, n_leads)
    _verify(path, header, column_sums(samples).tolist())
    return samples


def _samples_in(file: FileIO, path: Path, start: int, n_leads: int) -> int:
    """Return how many samples a lead the file holds; a header may leave the length to it."""
    n_samples = max(os.fstat(file.fileno()).st_size - start, 0) // (2 * n_leads)
    if n_samples * n_leads > MAX_SAMPLES:
        raise SignalError(str(path), "the number of samples", f"at most {MAX_SAMPLES}", n_samples * n_leads)
    return n_samples


class _Scratch(threading.local):
    """Memory of each thread for the stored samples of one record."""

    samples: NDArray[np.int16] = np.empty(0, dtype="<i2")

    def of_size(self, n: int) -> NDArray[np.int16]:
        """Return memory for `n` samples; that of an uncommonly long record is not kept."""
        if n > _USUAL_SAMPLES:
            return np.empty(n, dtype="<i2")
        if n > len(self.samples):
            self.samples = np.empty(n, dtype="<i2")
        return self.samples[:n]


_SCRATCH = _Scratch()


def column_sums(samples: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return each lead's sum of stored samples modulo 65,536, shape (n_leads,), as WFDB checksums are formed."""
    n_samples, n_leads = samples.shape
    whole = n_samples - n_samples % _ROWS_AT_ONCE
    rows = samples[:whole].reshape(-1, _ROWS_AT_ONCE * n_leads)
    # sums in 16 bits wrap around, which is the modulo
    sums = np.add.reduce(rows, axis=0, dtype=np.int16).reshape(_ROWS_AT_ONCE, n_leads)
    total = np.add.reduce(sums, axis=0, dtype=np.int64)
    if whole < n_samples:
        total = total + np.add.reduce(samples[whole:], axis=0, dtype=np.int64)
    return np.asarray(total % 65536, dtype=np.int64)


def has_missing(samples: NDArray[np.int16]) -> bool:
    """Whether the archive marks any of the stored samples as missing."""
    return bool(samples.size and samples.min() == _MISSING)


def in_millivolts(samples: NDArray[np.int16], layout: Layout, *, missing: bool) -> Signal:
    """Turn stored samples into mV: (stored - baseline) / gain / units per mV; NaN for missing ones, if any are."""
    baseline, gain, units = _factors(layout)
    signal: NDArray[np.floating] = samples.astype(gain.dtype)
    if baseline is not None:
        np.subtract(signal, baseline, out=signal)
    np.divide(signal, gain, out=signal)
    if units is not None:
        np.divide(signal, units, out=signal)
    if missing:
        signal[samples == _MISSING] = np.nan
    return signal.astype(np.float32, copy=False)


_Factors = tuple[NDArray[np.floating] | None, NDArray[np.floating], NDArray[np.floating] | None]


@lru_cache(maxsize=1024)
def _factors(layout: Layout) -> _Factors:
    """Return baselines (None where all are 0), gains (one where all are alike), units per mV (None where all are mV).

    They are of float32 where that gives the bits of float64: gains, and stored values less baselines, exact in it.
    """
    gain, baseline, units = np.array(layout.scales, dtype=np.float64).T
    exact = np.all(gain == gain.astype(np.float32)) and np.all(np.abs(baseline) < 1 << 23) and np.all(units == 1)
    kind = np.float32 if exact else np.float64
    gain, baseline, units = gain.astype(kind), baseline.astype(kind), units.astype(kind)
    return (
        baseline if baseline.any() else None,
        gain[:1] if np.all(gain == gain[0]) else gain,
        None if np.all(units == 1) else units,
    )


def _verify(path: Path, header: Header, sums: list[int]) -> None:
    """Compare the sums of the stored samples with the header's checksums, where it gives any."""
    if tuple(sums) == header.checksums:
        return
    for lead, stated, got in zip(header.layout.leads, header.checksums, sums, strict=True):
        if stated is not None and stated != got:
            what = f"the checksum of lead {lead}"
            raise SignalError(str(path), what, f"{stated} as the header says", got, _FETCH_AGAIN)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> SignalError:
    remedy = "Is the archive complete? Records without files can be left out."
    return SignalError(str(path), "the signal file", f"there and readable ({error.strerror})", remedy=remedy)


def _check_size(path: Path, size: int, needed: int) -> None:
    if size < needed:
        raise SignalError(
            str(path), "the signal file", f"{needed} bytes long", size, f"It is cut short. {_FETCH_AGAIN}"
        )


# bits that a sample takes in each format, at the least for the compressed ones (508, 516, 524)
_FORMAT_BITS = {
    **{"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 10, "311": 10},
    **dict.fromkeys(("508", "516", "524"), 1 / 256),
}


def _check_claims(header: Header) -> None:
    """Refuse what would cost memory or time without end: sizes that the files cannot hold, segments of segments."""
    bits: dict[str, float] = {}
    for file_name, stored in zip(header.file_names, header.layout.storages, strict=True):
        claimed = _FORMAT_BITS.get(stored.storage_format, 0) * stored.samples_per_frame * (header.n_samples or 0)
        bits[file_name] = bits.get(file_name, 8 * stored.byte_offset) + claimed
    for name in bits.keys() - {"~"}:  # WFDB's word for a signal that was not stored
        path = header.path.parent / name
        _check_size(path, _size(path), int(bits[name]) // 8)
    names = set(header.segments) - {"~"}
    if header.segments and (header.n_samples or 0) > MAX_SAMPLES // 16:
        rule = f"at most {MAX_SAMPLES // 16} in a record of several segments"
        raise SignalError(str(header.path), "the number of samples a lead", rule, header.n_samples)
    for name in sorted(names):
        segment = read_header(header.path.parent / f"{name}.hea")
        if segment.segments:
            raise SignalError(str(header.path), f"segment {name}", "a plain record", "a record of several segments")
        _check_claims(segment)


def _read_with_wfdb(header: Header) -> tuple[Signal, tuple[str, ...]]:
    """Read what is not the common case with wfdb, after refusing what the files cannot hold."""
    _check_claims(header)
    import wfdb

    try:
        record = wfdb.rdrecord(str(header.path.with_suffix("")), physical=False)
        storages = header.layout.storages
        one_each = bool(storages) and all(x[1:3] == (1, 0) for x in storages)
        if one_each:
            _verify(header.path, header, [int(total) % 65536 for total in record.calc_checksum()])
        physical = np.asarray(record.dac(), dtype=np.float64)
        units, names = list(record.units), list(record.sig_name)
    except SignalError:
        raise
    except Exception as error:  # wfdb raises whatever its parts raise, from KeyError to IndexError
        rule = "a record that wfdb can read"
        raise SignalError(str(header.path), "the record", rule, f"{type(error).__name__}: {error}") from error
    return _scaled(header, physical, units, names)


def _scaled(
    header: Header, physical: NDArray[np.float64], units: Sequence[str], names: Sequence[str | None]
) -> tuple[Signal, tuple[str, ...]]:
    leads = tuple([lead_name(name, i) for i, name in enumerate(names)])
    beside = [not is_voltage(unit) and is_beside_leads(name) for unit, name in zip(units, names, strict=True)]
    positions = [i for i, left_aside in enumerate(beside) if not left_aside] or range(len(units))
    physical, leads, units = physical[:, positions], tuple([leads[i] for i in positions]), [units[i] for i in positions]
    scale = np.array([units_per_millivolt(header.path, u, leads[i]) for i, u in enumerate(units)])
    if not np.all(scale == 1):
        physical = physical / scale
    return physical.astype(np.float32), leads
