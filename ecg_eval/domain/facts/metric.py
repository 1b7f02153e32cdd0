"""What a metric states of itself, by which reports and tracking know it."""

from dataclasses import dataclass
from typing import Literal

Answers = Literal["reading", "agreement", "difference", "aid", "question", "management", "description"]
Picture = Literal["", "policies", "by_place", "by_sitting", "carried", "reliability", "coverage"]
Role = Literal["", "found", "cleared", "found_difference", "cleared_difference", "right_class"]


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
        that the report shows by itself), "management" (what readers would do) or "description" (the study itself).
    short_name : str
        A dozen letters, for titles of charts.
    needs_scores : bool
        Whether it is made from scores; a reader who gives none is not asked.
    signed : bool
        Whether it is a change, with 0 for none, so that a plus says something.
    is_test : bool
        Whether the p-value is its point, so that it stands in a table of tests and is not drawn.
    role : str
        The part that it plays where a report builds its answer from single metrics: "found" (of ECGs with the finding,
        the share that is called), "cleared" (of ECGs without it, the share that is not), "found_difference" and
        "cleared_difference" (two readers' difference in these); empty for all others.
    is_share : bool
        Whether it is so many of so many ECGs, and can be given as these two counts where they are few.
    picture : str
        Of a question that the report shows by itself, the picture that says most of it: "policies" (what undecided
        answers count as), "by_place" and "by_sitting" (right readings over the order of reading), "carried" (none, but
        a sentence), "reliability" (how often probabilities come true), "coverage" (errors among the surest answers);
        empty for estimates side by side.
    uses : tuple of str
        Columns of the readings beside the answer that it makes numbers of, in a single arm too.
    classes : tuple of str
        Findings of the single choice that it is of, where its configuration names them; empty for all of the study.
    stated_for : tuple of str
        Findings for which its configuration states a number or an action: how common they are, what they cost.
    """

    question: str
    source: str
    caveat: str
    answers: Answers
    short_name: str
    needs_scores: bool
    signed: bool
    is_test: bool
    role: Role
    is_share: bool
    picture: Picture = ""
    uses: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    stated_for: tuple[str, ...] = ()
