"""The answer as data: what can be said of a study, each statement with the estimates that it quotes."""

from dataclasses import dataclass
from functools import lru_cache

from ecg_eval.domain.statement import Statement
from ecg_eval.reports.statements.agreement import agreement
from ecg_eval.reports.statements.aid import aid
from ecg_eval.reports.statements.comparison import comparison
from ecg_eval.reports.statements.limits import limits
from ecg_eval.reports.statements.reading import ranking, reading
from ecg_eval.reports.view import View

_ANSWERING = ("sensitivity", "auroc", "cohen_kappa")  # what the first paragraph is made from


@dataclass(frozen=True)
class Answer:
    """What is said first, in three paragraphs, and what limits it.

    Attributes
    ----------
    reading : list of Statement
        How well each reader reads: a scope, then one statement a reader or group.
    comparison : list of Statement
        Models beside people: differences on what both read.
    aid : list of Statement
        What the AI's help did.
    limits : list of Statement
        What must be known before the numbers are used, worst first.
    """

    reading: list[Statement]
    comparison: list[Statement]
    aid: list[Statement]
    limits: list[Statement]

    @property
    def said(self) -> list[Statement]:
        """Return the statements of the answer itself, in their order."""
        return [*self.reading, *self.comparison, *self.aid]


@lru_cache(maxsize=4)
def answer(view: View) -> Answer:
    """Return what can be said of a study; that nothing can be, or that nothing was asked, is a statement too.

    It is asked for by several sections, and once for every reader that is tracked.
    """
    silent = "nothing" if any(map(view.was_asked, _ANSWERING)) else "not_asked"
    first = reading(view) or ranking(view) or agreement(view) or [Statement(kind=silent)]
    return Answer(reading=first, comparison=comparison(view), aid=aid(view), limits=limits(view))
