"""What a metric states of itself, by which reports and tracking know it."""

from dataclasses import dataclass
from typing import Literal

Answers = Literal["reading", "agreement", "difference", "aid", "question", "description"]


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """A metric's own words.

    Attributes
    ----------
    question, source, caveat : str
        As ``domain.contracts.Metric`` asks them.
    answers : str
        What the question is about: "reading" (how right a reader is), "agreement" (readers with one another),
        "difference" (readers against one another), "aid" (the same readers with and without help), "question" (one
        that the report shows by itself) or "description" (the study itself).
    short_name : str
        A dozen letters, for titles of charts.
    needs_scores : bool
        Whether it is made from scores; a reader who gives none is not asked.
    signed : bool
        Whether it is a change, with 0 for none, so that a plus says something.
    is_test : bool
        Whether the p-value is its point, so that it stands in a table of tests and is not drawn.
    """

    question: str
    source: str
    caveat: str
    answers: Answers
    short_name: str
    needs_scores: bool
    signed: bool
    is_test: bool
