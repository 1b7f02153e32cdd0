"""SHA256SUMS.txt, the list of files that PhysioNet publishes with every archive, read as hostile text.

The list decides what is written where, and it comes from a server: a path that could leave the archive's folder makes
the whole list untrustworthy, so it is refused as a whole and nothing is written.
"""

import hashlib
import re
from pathlib import Path, PurePosixPath

from ecg_eval.errors import FetchError

LIST_NAME = "SHA256SUMS.txt"
PART_SUFFIX = ".part"

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(.+)")
_DRIVE = re.compile(r"[A-Za-z]:")
_REMEDY = "The list is damaged or not the archive's own; try again, or another mirror."


def checksum_list(content: bytes, *, source: str) -> dict[str, str]:
    """Return the files of a list, path below the archive's folder to SHA-256 in lower-case hexadecimal, in its order.

    Parameters
    ----------
    content : bytes
        Lines ``<64 hexadecimal digits> <path>``, with one space (PhysioNet) or as ``sha256sum`` writes them (two
        spaces, or a space and a star; a leading ``./`` is dropped).
    source : str
        Where it came from, for messages.

    Raises
    ------
    FetchError
        When it is empty, not such a list, names a path twice with different digests, or a path that leaves the folder.
    """
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise FetchError(source, LIST_NAME, "UTF-8 text", str(error)[:80], _REMEDY) from None
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.removesuffix("\r")
        if not text.strip():
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            rule = "a SHA-256 and a path on every line"
            raise FetchError(source, f"line {number} of {LIST_NAME}", rule, text[:120], _REMEDY)
        path = safe_path(match[2], source=source)
        digest = match[1].lower()
        if listed.setdefault(path, digest) != digest:
            raise FetchError(source, f"line {number} of {LIST_NAME}", "the only digest of its path", path, _REMEDY)
    listed.pop(LIST_NAME, None)  # a list cannot vouch for itself
    if not listed:
        raise FetchError(source, LIST_NAME, "a list of at least one file", remedy=_REMEDY)
    return listed


def safe_path(name: str, *, source: str) -> str:
    """Return a relative path with forward slashes, or refuse one that could leave the folder on any system.

    Raises
    ------
    FetchError
        For ``..``, absolute paths, drive letters, backslashes, control characters, empty parts, and names that end in
        the suffix of unfinished files.
    """
    path = name.removeprefix("./")
    parts = path.split("/")
    if (
        not path.isprintable()
        or "\\" in path
        or _DRIVE.match(path)
        or any(part in ("", ".", "..") for part in parts)
        or path.endswith(PART_SUFFIX)
    ):
        raise FetchError(source, "a path of the archive", "inside its own folder", name[:200], _REMEDY)
    return str(PurePosixPath(path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
