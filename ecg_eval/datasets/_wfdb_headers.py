"""WFDB headers as real archives write them: parsed strictly, with the few liberties that are known to be harmless.

Known liberties: a record name with an extension (``E00271.mat 12 500 5000``, the Georgia collection of the PhysioNet
Challenge), checksums written signed or unsigned, lead and unit names in any case ("AVR", "mv"). Refused: a file that is
not text, a header that names signal files outside its own folder, sizes that no ECG has, a unit that is not a voltage.

The format: Moody, WFDB Applications Guide, header(5). Its defaults are kept: 250 Hz where no rate is given, 200 units
per mV where the gain is missing or 0, mV where no unit is given.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ecg_eval.domain.leads import canonical_lead
from ecg_eval.errors import SignalError

# a header is a few kilobytes; a day of twelve leads at 250 Hz is 2.6e8 samples
MAX_HEADER_BYTES = 1 << 20
MAX_LEADS = 256
MAX_SAMPLES = 1 << 29

_DEFAULT_RATE_HZ, _DEFAULT_GAIN = 250.0, 200.0

# volts and their parts; anything else (mmHg, "NU", a z-score) is refused rather than taken for millivolts
_UNITS_PER_MILLIVOLT = {
    **dict.fromkeys(("mV", "mv", "millivolt", "millivolts"), 1.0),
    **dict.fromkeys(("uV", "uv", "\u00b5V", "\u03bcV", "microvolt", "microvolts"), 1e3),
    **dict.fromkeys(("V", "v", "volt", "volts"), 1e-3),
}

_RECORD = re.compile(
    r"(?P<name>[^\s/]+)(?:/(?P<segments>\d+))?\s+(?P<n_leads>\d+)"
    r"(?:\s+(?P<rate>[-+]?[\d.]+(?:[eE][-+]?\d+)?)(?:/\S+)?(?:\s+(?P<n_samples>\d+)(?:\s.*)?)?)?\s*"
)
_SIGNAL = re.compile(
    r"(?P<file>\S+)\s+(?P<format>\d+)(?:x(?P<per_frame>\d+))?(?::(?P<skew>\d+))?(?:\+(?P<offset>\d+))?"
    r"(?:\s+(?P<gain>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>\S+))?"
    r"(?:\s+(?P<resolution>\d+)(?:\s+(?P<zero>-?\d+)(?:\s+(?P<first>-?\d+)(?:\s+(?P<checksum>-?\d+)"
    r"(?:\s+(?P<block>\d+)(?:\s+(?P<lead>.+?))?)?)?)?)?)?)?\s*"
)


@dataclass(frozen=True, slots=True)
class LeadLine:
    """What a header says of one lead.

    Attributes
    ----------
    lead : str
        Standard spelling.
    file_name, storage_format : str
    samples_per_frame, skew, byte_offset : int
    gain : float
        Stored units per physical unit.
    baseline : int
        Stored value of 0 mV.
    units_per_millivolt : float
        1 for mV, 1,000 for microvolts, 0.001 for volts.
    checksum : int or None
        Sum of all stored samples modulo 65,536.
    """

    lead: str
    file_name: str
    storage_format: str
    samples_per_frame: int
    skew: int
    byte_offset: int
    gain: float
    baseline: int
    units_per_millivolt: float
    checksum: int | None


@dataclass(frozen=True, slots=True)
class Header:
    """A record's header.

    Attributes
    ----------
    path : Path
        The header file.
    sampling_rate_hz : float
    n_samples : int or None
        Samples a lead; None where the header leaves it to the size of the file.
    n_segments : int
        0 for an ordinary record.
    leads : tuple of LeadLine
        Empty for a record of several segments.
    comments : tuple of str
        Without their "#".
    """

    path: Path
    sampling_rate_hz: float
    n_samples: int | None
    n_segments: int
    leads: tuple[LeadLine, ...]
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
    lines = _text(path).splitlines()
    content = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    comments = tuple(line.strip().lstrip("#").strip() for line in lines if line.lstrip().startswith("#"))
    match = _RECORD.fullmatch(content[0]) if content else None
    if match is None:
        rule = "a WFDB record line (name, number of leads, rate in Hz, number of samples)"
        raise SignalError(str(path), "its first line", rule, content[0][:80] if content else "", _FETCH_AGAIN)
    rate, n_leads, n_samples = _record_numbers(path, match)
    n_segments = int(match["segments"] or 0)
    signals = content[1:]
    if n_segments:
        for line in signals:
            _check_inside(path, line.split()[0])
        return Header(path, rate, n_samples, n_segments, (), comments)
    if len(signals) != n_leads:
        rule = f"one a lead: {n_leads} as its first line says"
        raise SignalError(str(path), "the number of signal lines", rule, len(signals), _FETCH_AGAIN)
    leads = tuple(_lead_line(path, line, i) for i, line in enumerate(signals))
    return Header(path, rate, n_samples, 0, leads, comments)


_FETCH_AGAIN = "The file may be damaged; fetch it again."


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_HEADER_BYTES + 1)
    except OSError as error:
        remedy = "Is the archive complete? Records without files can be left out."
        raise SignalError(
            str(path), "the header", f"a file that can be read ({error.strerror})", remedy=remedy
        ) from None
    if len(data) > MAX_HEADER_BYTES:
        rule = f"at most {MAX_HEADER_BYTES} bytes"
        raise SignalError(str(path), "the header", rule, f"more than {MAX_HEADER_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # names of patients' towns in comments of old archives
    if any(ord(c) < 32 and c not in "\t\r\n" for c in text):
        raise SignalError(str(path), "the header", "text", data[:16], _FETCH_AGAIN)
    return text


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


def _lead_line(path: Path, line: str, position: int) -> LeadLine:
    match = _SIGNAL.fullmatch(line)
    if match is None or any(len(v) > 18 for k, v in match.groupdict().items() if v and k not in _WORDS):
        rule = "a WFDB signal line (file, format, gain/unit, ..., name of the lead)"
        raise SignalError(str(path), f"the line of lead {position + 1}", rule, line[:80], _FETCH_AGAIN)
    lead = lead_name(match["lead"], position)
    _check_inside(path, match["file"])
    gain = float(match["gain"] or 0.0)
    zero = int(match["zero"] or 0)
    return LeadLine(
        lead=lead,
        file_name=match["file"],
        storage_format=match["format"],
        samples_per_frame=int(match["per_frame"] or 1),
        skew=int(match["skew"] or 0),
        byte_offset=int(match["offset"] or 0),
        gain=gain if gain != 0 else _DEFAULT_GAIN,
        baseline=int(match["baseline"]) if match["baseline"] is not None else zero,
        units_per_millivolt=units_per_millivolt(path, match["unit"] or "mV", lead),
        checksum=None if match["checksum"] is None else int(match["checksum"]) % 65536,
    )


def lead_name(name: str | None, position: int) -> str:
    """Return the standard spelling of a lead's name; a nameless one is called by its position in the file."""
    return canonical_lead(name) if name else f"lead {position + 1}"


def units_per_millivolt(path: Path, unit: str, lead: str) -> float:
    """Return how many of a unit make a millivolt; a unit that is no voltage is refused."""
    if unit not in _UNITS_PER_MILLIVOLT:
        remedy = "Only voltages can be turned into mV; leave the record out or mend its header."
        raise SignalError(str(path), f"the unit of lead {lead}", "mV, uV or V", unit, remedy)
    return _UNITS_PER_MILLIVOLT[unit]


_WORDS = ("file", "unit", "lead")


def _check_inside(path: Path, name: str) -> None:
    """Refuse a file name that leads outside the record's folder (or is no plain name at all)."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name:
        remedy = "Such a header is broken or hostile; nothing was opened."
        raise SignalError(str(path), "a file that it names", "in the folder of the header", name, remedy)
