"""WFDB headers as real archives write them: parsed strictly, with the few liberties that are known to be harmless.

Known liberties: a record name with an extension (``E00271.mat 12 500 5000``, the Georgia collection of the PhysioNet
Challenge), checksums written signed or unsigned, lead and unit names in any case ("AVR", "mv"). A channel beside the
leads that is no voltage (blood pressure, breathing) is left aside and named. Refused: a file that is not text, a header
that names signal files outside its own folder, sizes that no ECG has, a record of which no channel is a voltage.

The format: Moody, WFDB Applications Guide, header(5). Its defaults are kept: 250 Hz where no rate is given, 200 units
per mV where the gain is missing or 0, mV where no unit is given.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.errors import SignalError

# a header is a few kilobytes; a day of twelve leads at 250 Hz is 2.6e8 samples
MAX_HEADER_BYTES = 1 << 20
_USUAL_BYTES = 1 << 13
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
MAX_LEADS = 256
_MAX_SEGMENTS = 5_000
MAX_SAMPLES = 1 << 29

_DEFAULT_RATE_HZ, _DEFAULT_GAIN = 250.0, 200.0

# volts and their parts; anything else (mmHg, "NU", a z-score) is refused rather than taken for millivolts
_UNITS_PER_MILLIVOLT = {
    **dict.fromkeys(("mV", "mv", "millivolt", "millivolts"), 1.0),
    **dict.fromkeys(("uV", "uv", "\u00b5V", "\u03bcV", "microvolt", "microvolts"), 1e3),
    **dict.fromkeys(("nV", "nv"), 1e6),
    **dict.fromkeys(("pV", "pv"), 1e9),
    **dict.fromkeys(("V", "v", "volt", "volts"), 1e-3),
}

_RECORD = re.compile(
    r"(?P<name>[^\s/]+)(?:/(?P<segments>\d{1,9}))?\s+(?P<n_leads>\d+)"
    r"(?:\s+(?P<rate>[-+]?[\d.]+(?:[eE][-+]?\d+)?)(?:/\S+)?(?:\s+(?P<n_samples>\d+)(?:\s.*)?)?)?",
    re.ASCII,
)
_FORMAT = re.compile(
    r"(?P<format>\d{1,4})(?:x(?P<per_frame>\d{1,4}))?(?::(?P<skew>\d{1,5}))?(?:\+(?P<offset>\d{1,12}))?", re.ASCII
)
_GAIN = re.compile(
    r"(?P<gain>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\((?P<baseline>-?\d{1,12})\))?(?:/(?P<unit>\S+))?", re.ASCII
)
# file format gain/unit resolution zero first checksum block name; all but two may be missing, from the end. Possessive
# quantifiers (never going back over what has matched) make it quick, and as quick on a hostile line.
_SIGNAL = re.compile(
    r"(?P<file>\S++)\s++(?P<format>\S++)(?:\s++(?P<gain>\S++)(?:\s++-?[0-9]{1,12}+(?:\s++(?P<zero>-?[0-9]{1,12}+)"
    r"(?:\s++-?[0-9]{1,12}+(?:\s++(?P<checksum>-?[0-9]{1,12}+)(?:\s++-?[0-9]{1,12}+(?:\s++(?P<lead>.+))?+)?+)?+)?+)?+)?+)?+"
)
_TEXT_BYTES = bytes(b for b in range(256) if b >= 32 or b in b"\t\r\n")


class Storage(NamedTuple):
    """How a lead's samples are stored."""

    storage_format: str
    samples_per_frame: int
    skew: int
    byte_offset: int


class Scale(NamedTuple):
    """What a stored number means: (stored - baseline) / gain / units_per_millivolt is in mV.

    Attributes
    ----------
    gain : float
        Stored units per physical unit.
    baseline : int
        Stored value of 0 mV.
    units_per_millivolt : float
        1 for mV, 1,000 for microvolts, 0.001 for volts.
    """

    gain: float
    baseline: int
    units_per_millivolt: float


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Layout:
    """What the headers of an archive's records have in common, worked out once for all of them.

    Two are the same when they are the same object, so that what follows from one can be looked up at once.

    Attributes
    ----------
    leads : tuple of str
        Standard spellings.
    storages : tuple of Storage
    scales : tuple of Scale
    is_calibrated : bool
        Whether every lead has a gain; 0 or none says that its amplitude means nothing (header(5)).
    others : tuple of str
        Channels among `leads` that are no voltage, with their units, "" for a lead; empty where all are leads.
    """

    leads: tuple[str, ...] = ()
    storages: tuple[Storage, ...] = ()
    scales: tuple[Scale, ...] = ()
    is_calibrated: bool = True
    others: tuple[str, ...] = ()

    @property
    def kept(self) -> list[int]:
        """Return the positions of the channels that are leads."""
        return [i for i in range(len(self.leads)) if not (self.others and self.others[i])]

    def in_order(self, positions: Sequence[int]) -> "Layout":
        """Return the layout with its leads in another order."""
        return Layout(
            tuple(self.leads[i] for i in positions),
            tuple(self.storages[i] for i in positions),
            tuple(self.scales[i] for i in positions),
            self.is_calibrated,
            tuple(self.others[i] for i in positions) if self.others else (),
        )


class Header(NamedTuple):
    """A record's header.

    Attributes
    ----------
    path : Path
        The header file.
    sampling_rate_hz : float
    n_samples : int or None
        Samples a lead; None where the header leaves it to the size of the file.
    segments : tuple of str
        Names of the records that it is made of, "~" for a gap; empty for an ordinary record.
    layout : Layout
        Of its leads; without any for a record of several segments.
    file_names : tuple of str
        The signal file of each lead.
    checksums : tuple of (int or None)
        Sum of all stored samples of each lead modulo 65,536.
    comments : tuple of str
        Without their "#".
    """

    path: Path
    sampling_rate_hz: float
    n_samples: int | None
    segments: tuple[str, ...]
    layout: Layout
    file_names: tuple[str, ...]
    checksums: tuple[int | None, ...]
    comments: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Return what a header file says.

    Parameters
    ----------
    path : Path
        The ``.hea`` file.

    Raises
    ------
    SignalError
        When it is missing, not text, not a header, or asks for what no header may ask.
    """
    lines = [line for line in map(str.strip, _text(path).splitlines()) if line]
    content = [line for line in lines if line[0] != "#"]
    comments = tuple(line.lstrip("#").strip() for line in lines if line[0] == "#")
    match = _RECORD.fullmatch(content[0]) if content else None
    if match is None:
        rule = "a WFDB record line (name, number of leads, rate in Hz, number of samples)"
        raise SignalError(str(path), "its first line", rule, content[0][:80] if content else "", _FETCH_AGAIN)
    rate, n_leads, n_samples = _record_numbers(path, match)
    signals = content[1:]
    if match["segments"]:
        if len(signals) > _MAX_SEGMENTS:
            raise SignalError(str(path), "the number of segments", f"at most {_MAX_SEGMENTS}", len(signals))
        segments = tuple(line.split()[0] for line in signals)
        for name in segments:
            _check_inside(path, name)
        return Header(path, rate, n_samples, segments, _NO_LEADS, (), (), comments)
    if len(signals) != n_leads:
        rule = f"one a lead: {n_leads} as its first line says"
        raise SignalError(str(path), "the number of signal lines", rule, len(signals), _FETCH_AGAIN)
    layout, file_names, checksums = _leads(path, signals)
    return Header(path, rate, n_samples, (), layout, file_names, checksums, comments)


_NO_LEADS = Layout()
_FETCH_AGAIN = "The file may be damaged; fetch it again."


def _text(path: Path) -> str:
    try:
        file = os.open(path, os.O_RDONLY | _BINARY)  # a third of the time of Path.open
        try:
            data = os.read(file, _USUAL_BYTES)
            if len(data) == _USUAL_BYTES:
                data += os.read(file, MAX_HEADER_BYTES)
        finally:
            os.close(file)
    except OSError as error:
        remedy = "Is the archive complete? Records without files can be left out."
        rule = f"a file that can be read ({error.strerror})"
        raise SignalError(str(path), "the header", rule, remedy=remedy) from None
    if len(data) > MAX_HEADER_BYTES:
        rule = f"at most {MAX_HEADER_BYTES} bytes"
        raise SignalError(str(path), "the header", rule, f"more than {MAX_HEADER_BYTES} bytes")
    if data.translate(None, _TEXT_BYTES):
        raise SignalError(str(path), "the header", "text", data[:16], _FETCH_AGAIN)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # names of patients' towns in comments of old archives


def _record_numbers(path: Path, match: re.Match[str]) -> tuple[float, int, int | None]:
    """Return rate, number of leads and samples a lead, each within what an ECG can be."""
    try:
        rate = float(match["rate"]) if match["rate"] else _DEFAULT_RATE_HZ
    except ValueError:
        rate = float("nan")
    if not 0 < rate < float("inf"):
        raise SignalError(str(path), "the sampling rate in Hz", "a positive number", match["rate"], _FETCH_AGAIN)
    n_leads = _bounded(path, "the number of leads", match["n_leads"], 1, MAX_LEADS)
    # header(5): 0 and a blank both leave the length to the size of the signal file
    n_samples = _bounded(path, "the number of samples a lead", match["n_samples"] or "0", 0, MAX_SAMPLES // n_leads)
    return rate, n_leads, n_samples or None


def _bounded(path: Path, what: str, digits: str, low: int, high: int) -> int:
    """Return a whole number within bounds; a number of absurd length is never converted."""
    number = int(digits) if len(digits) <= 18 else high + 1
    if not low <= number <= high:
        raise SignalError(str(path), what, f"between {low} and {high}", digits[:24], _FETCH_AGAIN)
    return number


def _leads(path: Path, lines: Sequence[str]) -> tuple[Layout, tuple[str, ...], tuple[int | None, ...]]:
    """Return layout, signal files and checksums of the signal lines, of which there is at least one."""
    words = [match.groups() for line in lines if (match := _SIGNAL.fullmatch(line))]
    layout = None
    if len(words) == len(lines):
        file_names, formats, gains, zeros, checksums, names = zip(*words, strict=True)
        layout = _layout(formats, gains, zeros, names)
    if layout is None:
        raise next(problem for i, line in enumerate(lines) if (problem := _line_problem(path, line, i)))
    for file_name in set(file_names):
        if not _is_inside(file_name):
            _check_inside(path, file_name)
    return layout, file_names, tuple([int(x) % 65536 if x else None for x in checksums])


_Words = tuple[str | None, ...]
_AS_STORED = Scale(1.0, 0, 1.0)


@lru_cache(maxsize=1024)
def _layout(formats: _Words, gains: _Words, zeros: _Words, names: _Words) -> Layout | None:
    """Return what the words that rarely differ between records say; None where one of them says nothing known."""
    storages = [_storage(word or "") for word in formats]
    scales = [_scale(word or "0", zero or "0") for word, zero in zip(gains, zeros, strict=True)]
    leads = tuple(lead_name(name, i) for i, name in enumerate(names))
    known_storages = tuple(x for x in storages if x is not None)
    known_scales = tuple(_AS_STORED if isinstance(x, str) else x for x in scales if x is not None)
    complete = len(known_storages) == len(known_scales) == len(leads)
    if not complete or not all(isinstance(x, Scale) or is_beside_leads(n) for x, n in zip(scales, names, strict=True)):
        return None
    if all(isinstance(x, str) for x in scales):
        return None
    units = [x if isinstance(x, str) else "" for x in scales]
    others = tuple(f"{lead} ({unit})" if unit else "" for lead, unit in zip(leads, units, strict=True))
    is_calibrated = all(
        (match := _GAIN.fullmatch(word or "0")) and float(match["gain"])
        for word, unit in zip(gains, units, strict=True)
        if not unit
    )
    return Layout(leads, known_storages, known_scales, is_calibrated, others if any(others) else ())


def _line_problem(path: Path, line: str, position: int) -> SignalError | None:
    """Return what is wrong with a signal line."""
    match = _SIGNAL.fullmatch(line)
    scale = _scale(match["gain"] or "0", match["zero"] or "0") if match else None
    if match is None or scale is None or _storage(match["format"]) is None:
        # a word that is no number where one is due would shift all that follow it
        rule = "a WFDB signal line (file, format, gain/unit, ..., name of the lead)"
        return SignalError(str(path), f"the line of lead {position + 1}", rule, line[:80], _FETCH_AGAIN)
    return _unknown_unit(path, scale, lead_name(match["lead"], position)) if isinstance(scale, str) else None


def _storage(word: str) -> Storage | None:
    """Return what a word such as ``16+24`` says; None for a word of another kind."""
    match = _FORMAT.fullmatch(word)
    if match is None:
        return None
    return Storage(match["format"], int(match["per_frame"] or 1), int(match["skew"] or 0), int(match["offset"] or 0))


def _scale(word: str, zero: str) -> Scale | str | None:
    """Return what a word such as ``1000.0(0)/mV`` says; the unit's name for an unknown unit, None for another word.

    Where the word gives no baseline, the converter's zero stands for it (header(5)).
    """
    match = _GAIN.fullmatch(word)
    if match is None or not isfinite(float(match["gain"])):
        return None
    unit = match["unit"] or "mV"
    if unit not in _UNITS_PER_MILLIVOLT:
        return unit
    gain = float(match["gain"])
    baseline = int(zero if match["baseline"] is None else match["baseline"])
    return Scale(gain if gain != 0 else _DEFAULT_GAIN, baseline, _UNITS_PER_MILLIVOLT[unit])


def lead_name(name: str | None, position: int) -> str:
    """Return the standard spelling of a lead's name; a nameless one is called by its position in the file."""
    return canonical_lead(name) if name else f"lead {position + 1}"


def _unknown_unit(path: Path | str, unit: str, lead: str) -> SignalError:
    remedy = "Only voltages can be turned into mV; leave the record out or mend its header."
    return SignalError(str(path), f"the unit of lead {lead}", "a voltage, from pV to V", unit, remedy)


def units_per_millivolt(path: Path | str, unit: str, lead: str) -> float:
    """Return how many of a unit make a millivolt; a unit that is no voltage is refused."""
    if unit not in _UNITS_PER_MILLIVOLT:
        raise _unknown_unit(path, unit, lead)
    return _UNITS_PER_MILLIVOLT[unit]


def is_beside_leads(name: str | None) -> bool:
    """Whether a channel of another unit may be left aside: it has a name, and that of no standard lead."""
    return bool(name) and canonical_lead(name or "").removeprefix("-") not in STANDARD_LEADS


def is_voltage(unit: str) -> bool:
    """Whether a unit is a voltage, and so the channel's an ECG lead's."""
    return unit in _UNITS_PER_MILLIVOLT


def _check_inside(path: Path, name: str) -> None:
    """Refuse a file name that leads outside the record's folder (or is no plain name at all)."""
    if not _is_inside(name):
        remedy = "Such a header is broken or hostile; nothing was opened."
        raise SignalError(str(path), "a file that it names", "in the folder of the header", name, remedy)


@lru_cache(maxsize=1024)
def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name)
    return not (parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name)
