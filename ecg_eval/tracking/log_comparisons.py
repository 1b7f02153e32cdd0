"""How a machine differs from the others: as metrics to sort and chart by, and as a table in the run's description.

A difference is this run's reader minus another, on the same ECGs: ``vs_gp_sens/AF`` beside its bounds
``vs_gp_sens_low/AF`` and ``vs_gp_sens_high/AF``, and ``vs_gp_sens_p/AF``, the p-value adjusted for how many
were tested. Single people stand in the run's own table alone: hundreds of such numbers are no column of a list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.facts.metric import MetricFacts, Role
from ecg_eval.domain.result import StudyResult

_FINDINGS_AT_MOST = 20  # beyond which other machines are compared with by the means alone
_ROWS_AT_MOST = 24
_LEVEL = 0.95
_SIDES: Mapping[str, Role] = {"found_difference": "found", "cleared_difference": "cleared"}


@dataclass(frozen=True)
class Difference:
    """One reader minus another.

    Attributes
    ----------
    other : str
        Label of the other reader or group, as the evaluation has it.
    with_group : bool
        Whether the other is a group of people.
    section : str
        ``vs_gp_sens``.
    finding : str
    value : float
    low, high, p_adjusted : float or None
    """

    other: str
    with_group: bool
    section: str
    finding: str
    value: float
    low: float | None
    high: float | None
    p_adjusted: float | None

    def metrics(self, *, bounded: bool) -> dict[str, float]:
        """Return what is known of it, by ``section/card``: bounds of a single finding where they are asked for."""
        ends = {"": self.value, "_p": self.p_adjusted}
        if bounded or self.finding in (MACRO, POOLED, ""):
            ends |= {"_low": self.low, "_high": self.high}
        card = self.finding or "all"
        return {
            f"{self.section}{end}/{card}": round(x, 6 if end == "_p" else 4) for end, x in ends.items() if x is not None
        }


def differences(
    result: StudyResult, rows: pd.DataFrame, labels: Sequence[str], others: Mapping[str, str]
) -> list[Difference]:
    """Return how a reader differs from groups of people and from other machines.

    Parameters
    ----------
    result : StudyResult
    rows : DataFrame
        Rows of the evaluation that name the reader on either side; a row of another minus this reader is turned.
    labels : sequence of str
        The reader's own labels.
    others : mapping of str to str
        Label of another -> what it is called in a metric's name.
    """
    facts = {m: f for m, f in result.provenance.metrics.items() if f.answers == "difference" and not f.is_test}
    whole = rows[(rows["subgroup"] == "") & rows["metric"].isin(facts)]
    names = _names(result.provenance.metrics)
    groups = set(result.study.human_groups)
    many = len(result.study.findings) > _FINDINGS_AT_MOST
    columns = ["metric", "reader", "compared_with", "finding", "value", "low", "high", "p_adjusted"]
    made: dict[tuple[str, str], Difference] = {}
    for metric, reader, second, finding, *numbers in whole[columns].itertuples(index=False):
        turned = second in labels
        other = reader if turned else second
        if other not in others or (many and other not in groups and finding not in (MACRO, POOLED, "")):
            continue
        value, low, high, p = (None if pd.isna(x) else float(x) for x in numbers)
        if value is None:
            continue
        if turned:
            value, low, high = -value, None if high is None else -high, None if low is None else -low
        section = f"vs_{others[other]}_{names[metric]}"
        made.setdefault((section, finding), Difference(other, other in groups, section, finding, value, low, high, p))
    return list(made.values())


def _names(metrics: Mapping[str, MetricFacts]) -> dict[str, str]:
    """Return what a difference is of, briefly: that of two sensitivities is "sens"."""
    by_role: dict[str, str] = {facts.role: facts.short_name for facts in metrics.values() if facts.role}
    return {
        name: by_role.get(_SIDES.get(facts.role, facts.role), "")
        or facts.short_name.removesuffix("_difference").removesuffix("_diff")
        for name, facts in metrics.items()
    }


def as_markdown(compared: Sequence[Difference], reader: str) -> str:
    """Return the differences as a table for the run's description: those over all findings first; empty where none."""
    if not compared:
        return ""
    ranked = sorted(compared, key=lambda d: (d.finding not in (MACRO, POOLED, ""), not d.with_group))
    lines = [
        f"{reader} minus another, on the ECGs that both have read, with intervals and adjusted p:",
        "",
        "| minus | of | finding | difference | interval | p | |",
        "|---|---|---|---|---|---|---|",
        *_lines(ranked[:_ROWS_AT_MOST]),
    ]
    more = len(ranked) - _ROWS_AT_MOST
    return "\n".join([*lines, *([f"\n{more} more are metrics of this run (`vs_...`)."] if more > 0 else [])])


def _lines(chosen: Sequence[Difference]) -> Iterator[str]:
    for d in chosen:
        interval = "" if d.low is None or d.high is None else f"{d.low:+.3f} to {d.high:+.3f}"
        clear = d.low is not None and d.high is not None and not d.low <= 0 <= d.high
        p = "" if d.p_adjusted is None else "<0.001" if d.p_adjusted < 0.001 else f"{d.p_adjusted:.3f}"
        what, word = d.section.rpartition("_")[2], "clear" if clear else "not settled"
        if clear and d.p_adjusted is not None and d.p_adjusted >= 1 - _LEVEL:
            word = "clear by itself, not among all that were tested"
        cells = (d.other, what, d.finding or "all", f"{d.value:+.3f}", interval, p, word)
        yield f"| {' | '.join(cells)} |"
