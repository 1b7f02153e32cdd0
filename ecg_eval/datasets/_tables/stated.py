"""From what an archive states of each record to truth per finding, for archives that list what is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.findings import descendants, finding, opened_by, vocabulary
from ecg_eval.errors import UnknownNameError, suggestion


@dataclass(frozen=True)
class Stated:
    """What an archive says of one record.

    Attributes
    ----------
    present : frozenset of str
        Codes of the vocabulary.
    unknown : frozenset of str
        Codes that it leaves open.
    untranslated : tuple of str
        What it says in words that the vocabulary does not have.
    """

    present: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    untranslated: tuple[str, ...] = ()


def truth_table(
    findings: Sequence[str], stated: Sequence[Stated | None], index: pd.Index, *, spoken: frozenset[str], who: str
) -> pd.DataFrame:
    """Return truth, one row a record: 1 if the finding or a narrower one is stated, NaN if left open, otherwise 0.

    Left open is what the archive calls so, and what lies below a broader finding that is stated without any narrower
    one: "infarction" alone leaves its wall open.

    Parameters
    ----------
    findings : sequence of str
    stated : sequence of Stated, length n_records
        None for a record of which nothing is known: all its cells are NaN.
    index : Index, length n_records
    spoken : frozenset of str
        Every code that the archive may state.
    who : str
        Name of the dataset.

    Raises
    ------
    UnknownNameError
        For a finding that the archive cannot speak of.
    """
    place = {code: column for column, code in enumerate(vocabulary())}
    present = _marks([s.present if s else () for s in stated], place)
    unknown = _marks([s.unknown if s else () for s in stated], place)
    opened = _opened(present, place)
    is_silent = np.array([s is None for s in stated], dtype=bool)
    columns: dict[str, NDArray[np.float64]] = {}
    for code in findings:
        finding(code)
        family = descendants(code)
        if not family & spoken:
            rule = "one that this archive's labels speak of"
            raise UnknownNameError(who, "finding", rule, code, suggestion(code, spoken_with_parents(spoken)))
        below = [place[c] for c in family]
        is_open = opened[:, place[code]] | unknown[:, below].any(axis=1)
        columns[code] = np.where(present[:, below].any(axis=1), 1.0, np.where(is_open, np.nan, 0.0))
        columns[code][is_silent] = np.nan
    return pd.DataFrame(columns, index=index)


def _marks(stated: Sequence[Iterable[str]], place: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return which codes are said of which record, shape (n_records, n_findings of the vocabulary)."""
    marks = np.zeros((len(stated), len(place)), dtype=bool)
    for row, codes in enumerate(stated):
        for code in codes:
            marks[row, place[code]] = True
    return marks


def _opened(present: NDArray[np.bool_], place: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return which codes a broader one leaves open that is stated without any of them; same shape."""
    opened = np.zeros_like(present)
    for code, column in place.items():
        below = np.array([place[c] for c in opened_by(code)], dtype=int)
        alone = present[:, column] & ~present[:, below].any(axis=1)
        opened[np.ix_(alone, below)] = True
    return opened


def spoken_with_parents(spoken: frozenset[str]) -> list[str]:
    """Return the codes that can be asked for: those stated, and the broader ones that they imply."""
    return [code for code in vocabulary() if descendants(code) & spoken]


def count_untranslated(stated: Sequence[Stated | None]) -> pd.Series:
    """Return how often each word without translation is stated, most often first."""
    words = [word for statement in stated if statement is not None for word in statement.untranslated]
    return pd.Series(words, dtype="string").value_counts()


def sentence_on_untranslated(counts: pd.Series) -> str:
    """Say what was left out because the vocabulary has no word for it."""
    if counts.empty:
        return "Everything stated has a translation."
    shown = ", ".join(f"{word} ({n})" for word, n in counts.head(8).items())
    more = f" and {len(counts) - 8} more" if len(counts) > 8 else ""
    return f"Stated without a translation, and left out: {shown}{more}."
