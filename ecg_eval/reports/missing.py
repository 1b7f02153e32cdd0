"""Why a number is not there: not asked, not applicable and not computable are three things, each with its word.

A reader who was never asked about a finding did not fail at it, and one who gives no scores has no ROC curve. Only what
was asked, and could have been answered, "cannot be computed".
"""

from functools import lru_cache

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.reports.view import Shown, View

NOT_ASKED, NOT_APPLICABLE, NOT_COMPUTABLE = "not_asked", "not_applicable", "not_computable"

Answered = frozenset[tuple[str, str, str]]


def why_missing(view: View, row: Shown) -> str:
    """Return the word for why a row has no value; "" where it has one."""
    if row.value is not None:
        return ""
    asked, scored = _answered(view.result.study)
    if row.reader and row.finding not in (MACRO, POOLED, ""):
        sides = _sides(row)
        if not all(_any(view, asked, side, row.arm, row.finding) for side in sides):
            return NOT_ASKED
    if row.reader and _needs_scores(view, row.metric):
        sides = _sides(row)
        findings = [row.finding] if row.finding in view.findings else view.findings
        if not all(any(_any(view, scored, side, row.arm, f) for f in findings) for side in sides):
            return NOT_APPLICABLE
    return NOT_COMPUTABLE


def _needs_scores(view: View, metric: str) -> bool:
    return metric in view.metric_facts and view.metric_facts[metric].needs_scores


def _sides(row: Shown) -> list[tuple[str, bool]]:
    """Return whom a row is of, each with whether it is a group."""
    return [(row.reader, row.is_group), *([(row.compared_with, row.with_group)] if row.compared_with else [])]


def _any(view: View, answered: Answered, side: tuple[str, bool], arm: str, finding: str) -> bool:
    """Whether a reader, or anybody of a group, gave an answer of the kind, in every arm that the row is of."""
    readers = view.members(side[0], arm) if side[1] else [side[0]]
    arms = [a for a in arm.split(" - ") if a]
    if not arms:
        return True
    return all(any((reader, a, finding) in answered for reader in readers) for a in arms)


@lru_cache(maxsize=4)
def _answered(study: ReaderStudy) -> tuple[Answered, Answered]:
    """Return the (reader, arm, finding) that have any reading, and those that have a score."""
    columns = ["reader_id", "arm", "finding"]
    table = study.readings
    given = (table[columns], table.loc[table["score"].notna(), columns])
    asked, scored = (frozenset(part.drop_duplicates().itertuples(index=False, name=None)) for part in given)
    return asked, scored
