"""What is in an archive of many small files, cheaply: its headers, whose checksums follow every sample, and file sizes.

Reading every signal to know whether one changed would take as long as the run itself. A WFDB header holds a checksum of
each lead, which is compared with the samples whenever they are read: a changed signal with an unchanged header does not
pass unnoticed, and a changed header changes this digest.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

HEADERS = "headers and sizes of signal files"
FILES = "all files of recordings"


def headers_digest(root: Path, headers: Iterable[Path]) -> dict[str, str]:
    """Return one SHA-256 of headers, in the order of their paths, with the sizes of the files beside them.

    Files count as beside a header where they have its name and another ending. Headers that are not there are left out;
    empty where there are none.
    """
    sizes: dict[Path, dict[str, list[str]]] = {}
    digest, n = hashlib.sha256(), 0
    for path in sorted(headers):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if path.parent not in sizes:
            sizes[path.parent] = _sizes(path.parent)
        name = path.relative_to(root).as_posix()
        beside = " ".join(sizes[path.parent].get(path.stem, ()))
        digest.update(f"{name} {beside} {len(content)}\n".encode() + content)
        n += 1
    return {HEADERS: digest.hexdigest()} if n else {}


def _sizes(folder: Path) -> dict[str, list[str]]:
    """Return "ending:bytes" of a folder's files by their name without ending, in order; headers are not counted."""
    sizes: dict[str, list[str]] = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            stem, ending = os.path.splitext(entry.name)  # noqa: PTH122 - a Path a file doubles the time
            if ending != ".hea" and entry.is_file():
                sizes.setdefault(stem, []).append(f"{ending}:{entry.stat().st_size}")
    return sizes


def files_digest(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Return one SHA-256 of names and contents of files, in the order of their paths; empty where there are none."""
    digest, n = hashlib.sha256(), 0
    for path in sorted(paths):
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            continue
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
        n += 1
    return {FILES: digest.hexdigest()} if n else {}
