"""Small numbers are left out of what a study tells, and with them what would give them away.

What can point to a person is that few patients of a study have a finding (or lack it): such a finding is not told at
all on that side, neither counts nor share. A small number of right or wrong calls of many ECGs points to nobody by
itself; its counts are withheld all the same, while the share stays with two digits. Without it, the studies in which a
reader misses least would be missing from what is pooled, and the pooled number would be wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ecg_eval.domain.facts.observatory import AccuracySummary, AgreementSummary, Suppression

LEAST_SHOWN = 5
Side = Literal["positive", "negative"]
SIDES: tuple[Side, ...] = ("positive", "negative")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is left, and what was left out.

    Attributes
    ----------
    accuracy : tuple of AccuracySummary
    agreement : tuple of AgreementSummary
    suppressed : Suppression
    """

    accuracy: tuple[AccuracySummary, ...]
    agreement: tuple[AgreementSummary, ...]
    suppressed: Suppression


def without_small(
    accuracy: Sequence[AccuracySummary], agreement: Sequence[AgreementSummary], *, least: int = LEAST_SHOWN
) -> Shown:
    """Withhold what rests on 1 to `least` - 1 ECGs, and counts as small. Zero is no small number: it is nobody."""
    few = {(a.finding, side) for a in accuracy for side in SIDES if 0 < (_counts(a, side)[2] or 0) < least}
    rare = {finding for finding, _ in few}
    cleared: list[AccuracySummary] = []
    findings = counts = 0
    for summary in accuracy:
        changed = summary
        for side in SIDES:
            if (summary.finding, side) in few:
                changed, findings = _withheld(changed, side, share=False), findings + 1
            elif summary.finding in rare or any(0 < (n or 0) < least for n in _counts(summary, side)):
                changed, counts = _withheld(changed, side, share=True), counts + 1
        cleared.append(changed)
    large_enough = tuple(a for a in agreement if a.ecgs >= least and a.finding not in rare)
    suppressed = Suppression(
        below=least, few_ecgs=findings, small_counts=counts, agreement=len(agreement) - len(large_enough)
    )
    return Shown(accuracy=tuple(cleared), agreement=large_enough, suppressed=suppressed)


def _counts(summary: AccuracySummary, side: Side) -> tuple[int | None, int | None, int | None]:
    """Return right and wrong calls of a side, and the different ECGs behind them."""
    if side == "positive":
        return summary.true_positive, summary.false_negative, summary.positive_ecgs
    return summary.true_negative, summary.false_positive, summary.negative_ecgs


def _withheld(summary: AccuracySummary, side: Side, *, share: bool) -> AccuracySummary:
    """Return the summary without the counts of a side; its share goes too, or stays rounded, with its ECGs."""
    if side == "positive":
        value, error = (_rounded(x) if share else None for x in (summary.sensitivity, summary.sensitivity_error))
        return replace(
            summary,
            true_positive=None,
            false_negative=None,
            positive_ecgs=_to_five(summary.positive_ecgs) if share else None,
            sensitivity=value,
            sensitivity_error=error,
        )
    value, error = (_rounded(x) if share else None for x in (summary.specificity, summary.specificity_error))
    return replace(
        summary,
        true_negative=None,
        false_positive=None,
        negative_ecgs=_to_five(summary.negative_ecgs) if share else None,
        specificity=value,
        specificity_error=error,
    )


def _to_five(n: int | None) -> int | None:
    """Return a number of ECGs rounded down to a multiple of five."""
    return None if n is None else n - n % 5


def _rounded(value: float | None) -> float | None:
    """Return a number with two decimals, or as many as keep it from certainty."""
    if value is None or value in (0.0, 1.0):
        return value
    return next(near for digits in range(2, 18) if (near := round(value, digits)) not in (0.0, 1.0))
