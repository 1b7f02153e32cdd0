"""Names of people replaced by a keyed hash: the same person is the same pseudonym, and without the key it is nobody.

HMAC-SHA-256 (RFC 2104) of the id under a secret key, its first 40 bits in hexadecimal. An unkeyed hash of a name is no
pseudonym: all names can be tried. Whoever has the key can do so too: keep it apart from the run folder.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from ecg_eval.errors import InputFileError

# what panels and tables of truth say of what they do not read
_COLUMN = re.compile(r"\b([Cc]olumn) (.+?) (of [^:]+? is (?:not read|ignored as declared): )")
_FILES = re.compile(r"(files are not called as `file_names` says: )(.+)")
SHORTEST_KEY = 16  # bytes
_DIGITS = 10


@dataclass(frozen=True)
class Pseudonyms:
    """A key, and the pseudonyms that it makes.

    Attributes
    ----------
    key : bytes
        At least ``SHORTEST_KEY`` bytes, space at its ends apart.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that can be guessed."""
        if len(self.key) < SHORTEST_KEY:
            remedy = "Make one: openssl rand -hex 32 > pseudonyms.key"
            raise InputFileError("pseudonyms", "key", f"of at least {SHORTEST_KEY} bytes", len(self.key), remedy)

    def reader(self, name: str) -> str:
        """Return the pseudonym of a reader."""
        return f"reader-{self._digest('reader', name)}"

    def patient(self, name: str) -> str:
        """Return the pseudonym of a patient."""
        return f"patient-{self._digest('patient', name)}"

    def column(self, name: str) -> str:
        """Return what stands for a column of a user's file that is not read: it may be called as a person."""
        return f"column-{self._digest('column', name)}"

    def file(self, name: str) -> str:
        """Return what stands for a user's file that is not read, with its ending."""
        return f"file-{self._digest('file', name)}{PurePath(name).suffix}"

    @property
    def check(self) -> str:
        """Return what tells this key from others and gives nothing of it away."""
        return self._digest("check", "")

    def _digest(self, what: str, name: str) -> str:
        return hmac.new(self.key, f"{what}\0{name}".encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def hidden_notes(text: str, names: Pseudonyms) -> str:
    """Return a text without the names of columns and files that it says are not read."""
    text = _COLUMN.sub(lambda m: f"{m[1]} {names.column(m[2])} {m[3]}", text)
    return _FILES.sub(lambda m: m[1] + ", ".join(names.file(file) for file in m[2].split(", ")), text)


def hidden_text(text: str, aliases: Mapping[str, str]) -> str:
    """Return a text with names in it replaced by their aliases, the longest first."""
    for name in sorted(aliases, key=len, reverse=True):
        text = text.replace(name, aliases[name])
    return text
