"""Models beside people: the difference on what both read, for the best model and the planned one, each group."""

from ecg_eval.domain.statement import Fact, Quote, Statement
from ecg_eval.reports import basis
from ecg_eval.reports.statements.reading import contestants, heads
from ecg_eval.reports.view import Party, Shown, View

_SAID_AT_MOST = 4
PARTS = (("found", "sensitivity_difference"), ("wrong", "specificity_difference"))


def comparison(view: View) -> list[Statement]:
    """Return the differences that are said in words; where they would be many, those of the planned or best alone."""
    machines, people = heads(view, "sensitivity")
    chosen = contestants(view, machines)
    planned = {p: why for p, why in chosen.items() if why == "planned"}
    if len(chosen) * len(people) > _SAID_AT_MOST and planned:
        chosen = planned
    statements = [
        statement
        for machine, why in chosen.items()
        for other in people
        if (statement := _difference(view, machine, other, why, len(machines))) is not None
    ]
    few = [s for s in statements if s.kind == "difference.few"][:1]
    statements = [s for s in statements if s.kind != "difference.few"]
    more = [Statement(kind="difference.more")] if len(statements) > _SAID_AT_MOST else []
    return [*statements[:_SAID_AT_MOST], *few, *more]


def rows_between(view: View, machine: Party, other: Party) -> dict[str, Shown]:
    """Return the differences of sensitivity ("found") and specificity ("wrong") between a model and a human party."""
    rows_by_part = {}
    for part, metric in PARTS:
        for row in view.at(metric, other.arm, view.overall):
            pair = row.reader, row.compared_with, row.with_group
            if pair == (machine.reader, other.reader, other.is_group) and row.value is not None:
                rows_by_part[part] = row
    return rows_by_part


def _difference(view: View, machine: Party, other: Party, why: str, n_machines: int) -> Statement | None:
    rows = rows_between(view, machine, other)
    if len(rows) < len(PARTS):
        return None
    first, second = basis.who_of(view, machine), basis.who_of(view, other)
    findings = basis.findings_behind(view, rows["found"])
    facts: dict[str, Fact] = {"first": first, "second": second, "chosen": why, "n_machines": n_machines}
    facts |= {"findings": findings, "planned": any(row.pre_specified for row in rows.values())}
    if basis.is_counted(view, rows["found"]):
        return Statement(kind="difference.few", facts=facts)
    estimates: dict[str, Quote] = dict(rows)
    if second.is_group and second.n <= basis.FEW_READERS:
        for part, row in rows.items():
            single = [r for r in basis.singles(view, row) if r.value is not None]
            estimates |= {f"{part}.{r.compared_with}": r for r in single}
        return Statement(kind="difference.each", estimates=estimates, facts=facts)
    return Statement(kind="difference", estimates=estimates, facts=facts)
