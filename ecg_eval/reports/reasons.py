"""Reasons of one table: a cell that has no value points to its reason under the table, so that columns stay narrow."""

from dataclasses import dataclass

from ecg_eval.domain.result import Block, Paragraph
from ecg_eval.reports import numbers
from ecg_eval.reports.view import Shown, View


@dataclass(frozen=True)
class Footnote(Paragraph):
    """Words that belong to the table before them."""


class Reasons:
    """Footnotes of one table.

    Parameters
    ----------
    view : View
    intervals : bool
        Whether a value without its interval points to the reason.
    """

    def __init__(self, view: View, *, intervals: bool = True) -> None:
        self._view = view
        self._intervals = intervals
        self._numbers: dict[str, int] = {}

    def cell(self, row: Shown | None, *, signed: bool = False) -> str:
        """Return an estimate as it stands in the table, a reason as a pointer to it."""
        words = self._view.words
        if row is None:
            return words("none")
        if row.value is None:
            return f"{words('undefined.short')} {self.mark(row)}"
        text = row.text(words, signed=signed)
        if self._intervals and row.low is None and row.high is None:
            return f"{text} {self.mark(row)}".strip()
        return text

    def mark(self, row: Shown) -> str:
        """Return the pointer to why a row has no value or no interval; nothing where nothing is said."""
        words = self._view.words
        if row.value is not None and not row.reason:
            return ""
        key = "undefined" if row.value is None else "no_interval"
        note = words(key, reason=words.phrase(row.reason) or words("unknown"))
        return f"[{self._numbers.setdefault(note, len(self._numbers) + 1)}]"

    def blocks(self) -> list[Block]:
        """Return the reasons that the table points to; nothing when it points to none."""
        notes = [f"[{n}] {numbers.sentence(note)}" for note, n in self._numbers.items()]
        return [Footnote(" ".join(notes))] if notes else []
