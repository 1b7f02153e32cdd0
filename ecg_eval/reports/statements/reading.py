"""How well each reader reads: one statement a reader or group, what it rests on, and a range where people are many."""

from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.statement import Fact, Quote, Statement, Who
from ecg_eval.reports import basis
from ecg_eval.reports.view import LEARNT_HERE, Party, Shown, View

NAMED_AT_MOST = 4  # more people or groups of them than this are given as a range
_MACHINES_AT_MOST = 3

Rows = dict[str, Shown]


def heads(view: View, metric: str) -> tuple[list[Party], list[Party]]:
    """Return machines that say something, and people reading alone: their group where there is one."""
    defined = [p for p in view.parties([metric]) if (r := view.one(metric, p, view.overall)) and r.value is not None]
    machines = [p for p in defined if view.is_machine(p.reader)]
    telling = [p for p in machines if not view.is_trivial(p.reader)]
    people = [p for p in defined if view.is_human(p.reader) and p.arm != AIDED]
    grouped = {(view.kinds[p.reader], p.arm) for p in people if p.is_group}
    # a kind of which there is one reader has no group, and that reader speaks alone
    return telling or machines, [p for p in people if p.is_group or (view.kinds[p.reader], p.arm) not in grouped]


def contestants(view: View, machines: list[Party]) -> dict[Party, str]:
    """Return the machines to be compared with people, and why these: the only one, the planned, the best.

    The best is the one with the largest sum of sensitivity and specificity, picked after the fact.
    """
    if len(machines) < 2:
        return dict.fromkeys(machines, "only")
    planned = {row.reader for row in view.rows if row.pre_specified and row.reader}
    best = max(machines, key=lambda p: _youden(view, p))
    return {best: "best"} | {p: "planned" for p in machines if p.reader in planned}


def _youden(view: View, party: Party) -> float:
    return sum(row.value or 0.0 for m in ("sensitivity", "specificity") if (row := view.one(m, party, view.overall)))


def reading(view: View) -> list[Statement]:
    """Return a scope and what each reader recognised and named wrongly; nothing where no calls are judged."""
    machines, people = heads(view, "sensitivity")
    if not machines and not people:
        return []
    named = machines
    if len(machines) > _MACHINES_AT_MOST:
        named = [p for p in machines if p in contestants(view, machines)]
    statements = [_of(view, party) for party in named]
    rest = [p for p in machines if p not in named]
    statements += _range(view, rest, "machine") if rest else []
    if len(people) <= NAMED_AT_MOST:
        statements += [_of(view, party) for party in people]
    else:
        everybody = [p for p in view.parties(["sensitivity"]) if view.is_human(p.reader) and not p.is_group]
        statements += _range(view, [p for p in everybody if p.arm != AIDED], "human")
    quoted = [(p, view.one("sensitivity", p, view.overall)) for p in [*machines, *people]]
    rows = [(basis.who_of(view, p), row) for p, row in quoted if row is not None and row.value is not None]
    return [_scope(view, rows, statements), *statements]


def _scope(view: View, rows: list[tuple[Who, Shown]], statements: list[Statement]) -> Statement:
    """Return what the numbers are of, where it is the same for all; that it is not, where it is not."""
    common = basis.common(view, rows)
    if common is None or len({s.facts["findings"] for s in statements}) > 1:
        return Statement(kind="scope.apart")
    counted = all(s.kind == "reading.counts" for s in statements)
    return Statement(kind="scope", facts={**common._asdict(), "counted": counted})


def _of(view: View, party: Party) -> Statement:
    """Return what one reader, or the mean of a group, recognised and named wrongly."""
    rows: Rows = {}
    for part, metric in (("found", "sensitivity"), ("wrong", "specificity")):
        row = view.one(metric, party, view.overall)
        if row is not None and row.value is not None:
            rows[part] = row
    who = basis.who_of(view, party)
    facts = facts_of(view, who, rows)
    if any(basis.is_counted(view, row) for row in rows.values()):
        return _counted(view, rows, facts)
    if who.is_group and who.n <= basis.FEW_READERS:
        return _each(view, rows, facts)
    return Statement(kind="reading", estimates=dict(rows), facts=facts)


def facts_of(view: View, who: Who, rows: Rows) -> dict[str, Fact]:
    """Return who is spoken of, on which findings and how many ECGs, and what flatters the numbers."""
    behind = {part: basis.findings_behind(view, row) for part, row in rows.items()}
    findings = next(iter(behind.values()), ())
    facts: dict[str, Fact] = {"who": who, "findings": findings, "caveats": caveats(view, who, findings)}
    facts["n_ecgs"] = int(basis.ecgs(view, who, findings).sum())
    if behind.get("wrong", findings) != findings:
        facts["findings_wrong"] = behind["wrong"]
    return facts


def _counted(view: View, rows: Rows, facts: dict[str, Fact]) -> Statement:
    """Return counts of readings, added over findings and readers, where ECGs are too few for shares."""
    estimates: dict[str, Quote] = {}
    for part, row in rows.items():
        singles, top, bottom = basis.counts(view, row)
        estimates |= {f"{part}.{i}": single for i, single in enumerate(singles)}
        facts |= {f"{part}_top": top if part == "found" else bottom - top, f"{part}_bottom": bottom}
    return Statement(kind="reading.counts", estimates=estimates, facts=facts)


def _each(view: View, rows: Rows, facts: dict[str, Fact]) -> Statement:
    """Return the mean of two or three readers with each of them by name: so few say nothing of others."""
    estimates: dict[str, Quote] = dict(rows)
    members: dict[str, None] = {}
    for part, row in rows.items():
        for single in basis.singles(view, row):
            if single.value is not None:
                estimates[f"{part}.{single.reader}"] = single
                members[single.reader] = None
    return Statement(kind="reading.each", estimates=estimates, facts=facts | {"members": tuple(members)})


def _range(view: View, parties: list[Party], side: str) -> list[Statement]:
    """Return the ends of what single readers reached; that there are too few ECGs for shares, where it is so."""
    recognised = [r for p in parties if (r := view.one("sensitivity", p, view.overall)) and r.value is not None]
    wrong = [r for p in parties if (r := view.one("specificity", p, view.overall)) and r.value is not None]
    readers = tuple(dict.fromkeys(r.reader for r in recognised))
    if not recognised:
        return []
    whole: dict[str, None] = {}
    for row in recognised:
        whole |= dict.fromkeys(basis.findings_behind(view, row))
    findings = tuple(f for f in view.findings if f in whole)
    simulated = side == "human" and all(view.kinds[r] == "simulated" for r in readers)
    facts: dict[str, Fact] = {"side": "simulated" if simulated else side, "n": len(readers), "findings": findings}
    facts["n_people"] = view.result.study.people(readers)
    if any(basis.is_counted(view, row) for row in recognised):
        return [Statement(kind="reading.range.few", facts=facts)]
    estimates: dict[str, Quote] = {}
    for part, rows in (("found", recognised), ("wrong", wrong)):
        if rows:
            estimates[f"{part}.low"] = min(rows, key=lambda r: r.value or 0.0)
            estimates[f"{part}.high"] = max(rows, key=lambda r: r.value or 0.0)
    return [Statement(kind="reading.range", estimates=estimates, facts=facts)]


def ranking(view: View) -> list[Statement]:
    """Return how well scores rank, where nobody called anything: the AUROC of each reader."""
    machines, people = heads(view, "auroc")
    statements = []
    for party in [*machines, *people]:
        row = view.one("auroc", party, view.overall)
        if row is not None and row.value is not None:
            who = basis.who_of(view, party)
            statements.append(
                Statement(kind="ranking", estimates={"auroc": row}, facts=facts_of(view, who, {"auroc": row}))
            )
    return [Statement(kind="scope.ranking"), *statements] if statements else []


def caveats(view: View, who: Who, findings: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what flatters a reader's numbers on some findings, or makes them a matter of chance, worst first."""
    if who.is_group:
        judged = [r for r in view.members(who.reader, who.arm) if r in view.not_independent]
        return ("reference",) if judged else ()
    named = ["reference"] if who.reader in view.not_independent else []
    learnt = view.independence.get(who.reader)
    if learnt and learnt.thresholds != "independent":
        named.append(learnt.thresholds)
    if learnt and learnt.kind in LEARNT_HERE[:-1]:
        named.append(learnt.kind)
    few = {frozen.finding for frozen in view.few_thresholds.get(who.reader, ())}
    if few & set(findings):
        named.append("thresholds_few" if set(findings) - few else "thresholds_few.all")
    return tuple(named)
