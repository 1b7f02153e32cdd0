"""Reasons of one table: a cell that has no value points to its reason under the table, so that columns stay narrow."""

from dataclasses import dataclass

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.notes import ALWAYS, BELOW_CHANCE, CUT, NEVER, ONE_POSITIVE, TWO_POSITIVES, notes_of
from ecg_eval.domain.result import Block, Paragraph
from ecg_eval.reports import numbers
from ecg_eval.reports.basis import FEW, usable
from ecg_eval.reports.missing import NOT_COMPUTABLE, why_missing
from ecg_eval.reports.view import Shown, View

_PROPORTIONS = ("sensitivity", "specificity", "ppv", "npv")
_MEANS = (MACRO, POOLED)
_REMARKS = {
    ALWAYS: "always",
    NEVER: "never",
    BELOW_CHANCE: "below_half",
    ONE_POSITIVE: "one_positive",
    TWO_POSITIVES: "two_positives",
    CUT: "cut",
}


@dataclass(frozen=True)
class Footnote(Paragraph):
    """Words that belong to the table before them."""


def few_of(row: Shown) -> bool:
    """Whether a proportion of one reader rests on fewer than ten ECGs, so that it is given as counts."""
    return row.metric in _PROPORTIONS and not row.is_group and row.finding not in _MEANS and 0 < (row.n or 0) < FEW


def remarks(view: View, row: Shown) -> list[str]:
    """Return what must be said of a value: the notes of its method, and agreement below what chance would give."""
    below = row.value is not None and row.value < 0 and row.metric in view.answering("agreement")
    few = view.of_calls(row.metric) and any(t.finding == row.finding for t in view.few_thresholds.get(row.reader, ()))
    said = {"below_chance": below, "threshold_few": few}
    return [*(_REMARKS[note] for note in notes_of(row.method)), *(key for key, holds in said.items() if holds)]


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
            why = why_missing(self._view, row)
            return f"{words('undefined.short')} {self.mark(row)}" if why == NOT_COMPUTABLE else words(f"missing.{why}")
        if few_of(row):
            counted = words("answer.of", top=numbers.count(round(row.value * (row.n or 0)), words), bottom=row.n)
            return f"{counted} {self._note(words('remark.few'))}"
        shown = usable(self._view, row)
        text = numbers.estimate(shown.value, shown.low, shown.high, shown.reason, words, signed=signed)
        if self._intervals and shown.low is None and shown.high is None:
            text = f"{text} {self.mark(shown)}".strip()
        return " ".join([text, *(self._note(words(f"remark.{key}")) for key in remarks(self._view, shown))])

    def mark(self, row: Shown) -> str:
        """Return the pointer to why a row has no value or no interval; nothing where nothing is said."""
        words = self._view.words
        if row.value is not None and not row.reason:
            return ""
        key = "undefined" if row.value is None else "no_interval"
        return self._note(words(key, reason=words.phrase(row.reason) or words("unknown")))

    def _note(self, note: str) -> str:
        return f"[{self._numbers.setdefault(note, len(self._numbers) + 1)}]"

    def blocks(self) -> list[Block]:
        """Return the reasons that the table points to; nothing when it points to none."""
        notes = [f"[{n}] {numbers.sentence(note)}" for note, n in self._numbers.items()]
        return [Footnote(" ".join(notes))] if notes else []
