"""From what an archive states of each record to truth per finding, for archives that list what is there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
    columns: dict[str, np.ndarray] = {}
    for code in findings:
        finding(code)
        family = descendants(code)
        if not family & spoken:
            rule = "one that this archive's labels speak of"
            raise UnknownNameError(who, "finding", rule, code, suggestion(code, spoken_with_parents(spoken)))
        columns[code] = np.array([_state(said, code, family) for said in stated], dtype=float)
    return pd.DataFrame(columns, index=index)


def _state(said: Stated | None, code: str, family: frozenset[str]) -> float:
    if said is None:
        return float("nan")
    if said.present & family:
        return 1.0
    opened = any(code in opened_by(p) and not opened_by(p) & said.present for p in said.present)
    return float("nan") if opened or said.unknown & family else 0.0


def spoken_with_parents(spoken: frozenset[str]) -> list[str]:
    """Return the codes that can be asked for: those stated, and the broader ones that they imply."""
    return [code for code in vocabulary() if descendants(code) & spoken]


def count_untranslated(stated: Sequence[Stated | None]) -> pd.Series:
    """Return how often each word without translation is stated, most often first."""
    words = [word for said in stated if said is not None for word in said.untranslated]
    return pd.Series(words, dtype="string").value_counts()


def sentence_on_untranslated(counts: pd.Series) -> str:
    """Say what was left out because the vocabulary has no word for it."""
    if counts.empty:
        return "Everything stated has a translation."
    shown = ", ".join(f"{word} ({n})" for word, n in counts.head(8).items())
    more = f" and {len(counts) - 8} more" if len(counts) > 8 else ""
    return f"Stated without a translation, and left out: {shown}{more}."
