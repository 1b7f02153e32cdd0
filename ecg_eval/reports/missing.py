"""Why a row has no value, by the three words of ``domain.missing``."""

from ecg_eval.domain import missing
from ecg_eval.domain.missing import NOT_APPLICABLE, NOT_ASKED, NOT_COMPUTABLE
from ecg_eval.reports.view import Shown, View

__all__ = ["NOT_APPLICABLE", "NOT_ASKED", "NOT_COMPUTABLE", "why_missing"]


def why_missing(view: View, row: Shown) -> str:
    """Return the word for why a row has no value; "" where it has one."""
    if row.value is not None:
        return ""
    if not row.reader:
        return NOT_COMPUTABLE
    facts = view.metric_facts.get(row.metric)
    sides = [(row.reader, row.is_group), *([(row.compared_with, row.with_group)] if row.compared_with else [])]
    return missing.why_missing(
        view.result.study,
        sides=[view.members(reader, row.arm) if is_group else [reader] for reader, is_group in sides],
        arm=row.arm,
        finding=row.finding,
        needs_scores=facts is not None and facts.needs_scores,
    )
