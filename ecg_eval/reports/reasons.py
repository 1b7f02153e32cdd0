"""Reasons of one table: a cell that has no value points to its reason under the table, so that columns stay narrow."""

from ecg_eval.domain.result import Block, Paragraph
from ecg_eval.reports import numbers
from ecg_eval.reports.view import Shown, View


class Reasons:
    """Footnotes of one table.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._numbers: dict[str, int] = {}

    def cell(self, row: Shown | None, *, signed: bool = False) -> str:
        """Return an estimate as it stands in the table, a reason as a pointer to it."""
        words = self._view.words
        if row is None:
            return words("none")
        if row.value is None:
            return f"{words('undefined.short')} {self._mark('undefined', row)}"
        text = row.text(words, signed=signed)
        if row.low is None and row.high is None and row.reason:
            return f"{text} {self._mark('no_interval', row)}"
        return text

    def _mark(self, key: str, row: Shown) -> str:
        words = self._view.words
        note = words(key, reason=words.phrase(row.reason) or words("unknown"))
        return f"[{self._numbers.setdefault(note, len(self._numbers) + 1)}]"

    def blocks(self) -> list[Block]:
        """Return the reasons that the table points to; nothing when it points to none."""
        notes = [f"[{n}] {numbers.sentence(note)}" for note, n in self._numbers.items()]
        return [Paragraph(" ".join(notes))] if notes else []
