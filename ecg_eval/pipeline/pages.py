"""Pages of their own beside the reports (a stress test, a matrix, pooled studies), one a language, dated once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ecg_eval.pipeline.study.version import own_version
from ecg_eval.storage.atomic import write_atomically


class Render(Protocol):
    """What makes a page as HTML."""

    def __call__(self, *, language: str, version: str, created: str) -> str:
        """Return the page in a language, with the program's version and the day."""


def write_pages(folder: Path, name: str, languages: Sequence[str], render: Render) -> tuple[Path, ...]:
    """Write a page in each language and return where they are.

    Parameters
    ----------
    folder : Path
        Which is there.
    name : str
        Of the files: ``NAME.LANGUAGE.html``.
    languages : sequence of str
        "en", "fr".
    render : callable
        (language, version, created) -> the page.
    """
    version, today = own_version(), datetime.now(UTC).date().isoformat()
    pages = []
    for language in languages:
        path = folder / f"{name}.{language}.html"
        write_atomically(path, render(language=language, version=version, created=today))
        pages.append(path)
    return tuple(pages)
