"""Files that are whole or not there: written beside their place, then moved into it."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_atomically(path: Path, content: bytes | str | Iterable[str]) -> None:
    """Write a file, from bytes, a text or parts of one, so that a reader sees the old or the whole new one."""
    parts = [content] if isinstance(content, bytes | str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as part:
        temporary = Path(part.name)
        try:
            for text in parts:
                part.write(text.encode("utf-8") if isinstance(text, str) else text)
            part.flush()
            os.fsync(part.fileno())
        except BaseException as error:
            with suppress(OSError):  # what could not be written is tried once more, and refused once more
                part.close()
            temporary.unlink(missing_ok=True)
            if (
                isinstance(error, OSError) and error.errno is not None and error.filename is None
            ):  # a full disk does not say where it is
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise
    # a temporary file is private by default; a result is as readable as the user's other files
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)
    temporary.replace(path)


def digest_of_bytes(content: bytes | str) -> str:
    """Return the SHA-256 of bytes or text, in hexadecimal."""
    return hashlib.sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
