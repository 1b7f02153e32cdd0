"""Reasons of one table: a cell that has no value points to its reason under the table, so that columns stay narrow."""

from dataclasses import dataclass

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.notes import ALWAYS, BELOW_CHANCE, CUT, NEVER, ONE_POSITIVE, TWO_POSITIVES, notes_of
from ecg_eval.domain.result import Block, Paragraph
from ecg_eval.reports import basis, numbers
from ecg_eval.reports.basis import FEW, usable
from ecg_eval.reports.missing import NOT_COMPUTABLE, why_missing
from ecg_eval.reports.view import Shown, View

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


def few_of(view: View, row: Shown) -> bool:
    """Whether a proportion rests on fewer than ten ECGs, so that it is given as counts."""
    return view.is_share(row.metric) and row.finding not in _MEANS and 0 < (row.n or 0) < FEW


def remarks(view: View, row: Shown) -> list[str]:
    """Return what must be said of a value: the notes of its method, and agreement below what chance would give."""
    below = row.value is not None and row.value < 0 and row.metric in view.answering("agreement")
    few = view.of_calls(row.metric) and any(t.finding == row.finding for t in view.few_thresholds.get(row.reader, ()))
    cases = row.finding not in ("", *_MEANS) and row.value is not None and 0 < (row.n or 0) < FEW
    facts, noted = view.metric_facts.get(row.metric), [_REMARKS[note] for note in notes_of(row.method)]
    ranked = row.value is not None and facts is not None and facts.needs_scores and row.n_positive is not None
    shown_by_few = ranked and 2 < (row.n_positive or 0) < FEW
    holds_of = {"below_chance": below, "few_cases": cases, "few_positive": shown_by_few, "threshold_few": few}
    return [*noted, *(key for key, holds in holds_of.items() if holds)]


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
        if row.value is None and numbers.is_infinite(row.reason):
            return f"{row.text(words)} {self.mark(row)}"
        if row.value is None:
            why = why_missing(self._view, row)
            return f"{words('undefined.short')} {self.mark(row)}" if why == NOT_COMPUTABLE else words(f"missing.{why}")
        if few_of(self._view, row):
            _, top, bottom = basis.counts(self._view, row)
            counted = words("answer.of", top=numbers.count(top, words), bottom=numbers.count(bottom, words))
            return f"{counted} {self._note(words('remark.few_group' if row.is_group else 'remark.few'))}"
        shown = usable(self._view, row)
        text = numbers.estimate(shown.value, shown.low, shown.high, shown.reason, words, signed=signed)
        if self._intervals and shown.low is None and shown.high is None:
            text = f"{text} {self.mark(shown)}".strip()
        remarks_made = [words(f"remark.{key}") for key in remarks(self._view, shown)] + self._of_mean(row)
        return " ".join([text, *map(self._note, remarks_made)])

    def _of_mean(self, row: Shown) -> list[str]:
        """Return what a mean over findings does not say of itself: which it leaves out, and that most have few ECGs."""
        if row.finding != MACRO:
            return []
        words, behind, whole = self._view.words, basis.findings_behind(self._view, row), basis.averaged(self._view)
        absent = [f for f in whole if f not in behind]
        key, few_named = ("averaged.without", absent) if len(absent) < len(behind) else ("averaged", list(behind))
        named = words.listed([words.finding(f) for f in few_named])
        left = words(f"remark.{key}", n=len(behind), total=len(whole), findings=named)
        few = [words("remark.few_averaged")] if basis.is_counted(self._view, row) else []
        return [*([left] if 0 < len(behind) < len(whole) else []), *few]

    def mark(self, row: Shown) -> str:
        """Return the pointer to why a row has no value or no interval; nothing where nothing is said."""
        words = self._view.words
        if row.value is not None and not row.reason:
            return ""
        reason = words.phrase(row.reason) or words("unknown")
        if numbers.is_infinite(row.reason):
            return self._note(reason)
        return self._note(words("undefined" if row.value is None else "no_interval", reason=reason))

    def _note(self, note: str) -> str:
        return f"[{self._numbers.setdefault(note, len(self._numbers) + 1)}]"

    def blocks(self) -> list[Block]:
        """Return the reasons that the table points to; nothing when it points to none."""
        notes = [f"[{n}] {numbers.sentence(note)}" for note, n in self._numbers.items()]
        return [Footnote(" ".join(notes))] if notes else []
