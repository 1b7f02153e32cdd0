"""What people read in English and French: a table of words beside the file that says them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ecg_eval.errors import ArgumentError

LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Attributes
    ----------
    language : str
    texts : mapping of str to str
        Key -> text with names in braces; a noun has two, ``noun.one`` and ``noun.many``.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return self.texts[key].format(**values)

    def date(self, iso: str) -> str:
        """Return a date (2027-01-31) as people write it: 31/01/2027 in French; blank stays blank."""
        if not iso or self.language == "en":
            return iso
        year, month, day = iso.split("-")
        return f"{day}/{month}/{year}"

    def count(self, noun: str, n: int) -> str:
        """Return a number with its noun; French has none in the plural either."""
        is_one = n == 1 or (n == 0 and self.language == "fr")
        return self.texts[f"{noun}.{'one' if is_one else 'many'}"].format(n=n)


@dataclass(frozen=True)
class Wordings:
    """A table of words: `key`, `en`, `fr`.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def of(self, language: str) -> Words:
        """Return the words of a language.

        Raises
        ------
        ArgumentError
            For a language that there is not.
        """
        if language not in LANGUAGES:
            raise ArgumentError("planning", "language", " or ".join(LANGUAGES), language)
        return Words(language, {row["key"]: row[language] for row in self._rows})

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
