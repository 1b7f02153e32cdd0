"""Which format a file is in, told by its content, and the reader of that format.

Files of patients' devices are read as hostile bytes: their size is bounded before they are opened, and whatever a
library stumbles over becomes the same clear error, naming the file.
"""

import re
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

from ecg_eval.datasets._clinical.ecg import ClinicalEcg
from ecg_eval.errors import EcgEvalError, InputFileError, SignalError

HEAD_BYTES = 1 << 14
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(AnnotatedECG|RestingECG|restingecgdata)[\s>/]")


class Format(NamedTuple):
    """A format.

    Attributes
    ----------
    title : str
    suffixes : tuple of str
        Usual endings of its files.
    library : str
        What it is read with.
    """

    title: str
    suffixes: tuple[str, ...]
    library: str


FORMATS = {
    "dicom": Format("DICOM waveform", (".dcm",), "pydicom"),
    "edf": Format("EDF, EDF+ or BDF", (".edf", ".bdf"), "edfio"),
    "scp_ecg": Format("SCP-ECG", (".scp",), "ecgdatakit"),
    "ishne": Format("ISHNE Holter", (), "ecgdatakit"),
    "hl7_aecg": Format("HL7 aECG", (), "defusedxml"),
    "muse_xml": Format("GE MUSE XML", (), "defusedxml"),
    "philips_xml": Format("Philips XML", (), "defusedxml"),
}
_ROOTS = {b"AnnotatedECG": "hl7_aecg", b"RestingECG": "muse_xml", b"restingecgdata": "philips_xml"}
_SUFFIXES = frozenset(s for f in FORMATS.values() for s in f.suffixes)


def format_of(head: bytes) -> str | None:
    """Return the format of a file that begins with `head` (at least `HEAD_BYTES` of it, or all); None for none.

    Examples
    --------
    >>> format_of(bytes(128) + b"DICM"), format_of(b"<?xml?><RestingECG>"), format_of(b"record_id,AF")
    ('dicom', 'muse_xml', None)
    """
    if head[128:132] == b"DICM":
        return "dicom"
    if head[:8] in (b"0       ", b"\xffBIOSEMI"):
        return "edf"
    if head[:8] == b"ISHNE1.0":
        return "ishne"
    # section 0 comes first and points at itself, at byte 7
    if len(head) >= 32 and head[8:10] == head[22:24] == b"\0\0" and head[28:32] == b"\x07\0\0\0":
        return "scp_ecg"
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").replace(b"\0", b"")  # marks and zeros are of UTF-16
    root = _ROOT.search(text) if text[:1] == b"<" else None
    return _ROOTS[root[1]] if root else None


def is_candidate(path: Path) -> bool:
    """Return whether a file of a folder is meant to be an ECG: by its content, or by the ending of its name."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return format_of(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False


def missing_libraries(who: str) -> list[EcgEvalError]:
    """Return an error when the libraries of the optional extra are not there."""
    missing = sorted({f.library for f in FORMATS.values() if find_spec(f.library) is None})
    if not missing:
        return []
    remedy = 'Install them: pip install "ecg-eval[formats]".'
    return [InputFileError(who, "hospital formats", "read with their libraries", f"without {missing}", remedy)]


def read_clinical(path: Path) -> tuple[str, ClinicalEcg]:
    """Return the format's name and the ECG of a file.

    Raises
    ------
    InputFileError
        When the libraries of the extra are not installed.
    SignalError
        When the file is missing, too large, of no known format, or does not say what an ECG must say.
    """
    who = str(path)
    for problem in missing_libraries(who):
        raise problem
    try:
        with path.open("rb") as file:
            name = format_of(file.read(HEAD_BYTES))
            if name is None:
                titles = ", ".join(f.title for f in FORMATS.values())
                raise SignalError(who, "content", f"one of {titles}", remedy="Nothing was guessed from its name.")
            module = import_module(f"ecg_eval.datasets._clinical.{name}")
            file.seek(0)
            data = file.read(module.MAX_BYTES + 1)
    except OSError as error:
        raise SignalError(who, "the file", f"there and readable ({error.strerror})") from None
    if len(data) > module.MAX_BYTES:
        raise SignalError(who, "the file", f"at most {module.MAX_BYTES} bytes", f"more than {module.MAX_BYTES} bytes")
    read = cast(Callable[[bytes, str], ClinicalEcg], getattr(module, f"read_{name}"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, on what is checked here or does not touch the signal
            return name, read(data, who)
    except EcgEvalError:
        raise
    except Exception as error:  # libraries raise whatever their parts raise on broken bytes, from KeyError to struct's
        rule = f"a {FORMATS[name].title} file that can be read"
        raise SignalError(who, "the file", rule, f"{type(error).__name__}: {str(error)[:120]}") from error
