"""What a reader of the answer must know, worst first."""

from ecg_eval.domain.statement import Fact, Statement
from ecg_eval.domain.study import averaged_once
from ecg_eval.reports.basis import FEW, findings_behind
from ecg_eval.reports.missing import NOT_COMPUTABLE, why_missing
from ecg_eval.reports.statements.reading import heads
from ecg_eval.reports.view import LEARNT_HERE, View

NAMED_IN_SENTENCES = 6  # more findings than this are counted in a sentence and named here


def limits(view: View) -> list[Statement]:
    """Return what limits the answer: who is judged by whom, what was learnt from where, what is rare or missing."""
    result = view.result
    statements = [Statement(kind="limits.simulated")] if view.simulated else []
    judged = tuple(view.not_independent)
    if judged:
        statements.append(Statement(kind="limits.not_independent", facts={"readers": judged}))
    if result.study.reference.votes:
        statements.append(Statement(kind="limits.voters"))
    statements += _of_thresholds(view)
    for kind in LEARNT_HERE:
        if readers := tuple(view.learnt(kind)):
            statements.append(Statement(kind=f"learnt.{kind}.note", facts={"readers": readers}))
    if not result.study.reference.exists:
        statements.append(Statement(kind="limits.no_reference"))
    cases = {f: int((result.study.truth(f) == 1).sum()) for f in view.findings}
    rare = tuple((f, n) for f, n in cases.items() if n < FEW)
    if rare and result.study.reference.exists:
        statements.append(Statement(kind="limits.rare", facts={"findings": rare}))
    if view.unread:
        statements.append(Statement(kind="limits.unread", facts={"findings": tuple(view.unread)}))
    missing = sum(why_missing(view, row) == NOT_COMPUTABLE for row in view.rows)
    if missing:
        statements.append(Statement(kind="limits.undefined", facts={"n": missing, "total": len(view.rows)}))
    if view.overall not in view.findings:
        statements.append(Statement(kind="limits.macro"))
    everything = result.study.findings
    broader = tuple(f for f, once in zip(everything, averaged_once(everything), strict=True) if not once)
    if broader and view.overall not in view.findings:
        statements.append(Statement(kind="limits.broader", facts={"findings": broader}))
    averaged = _averaged(view)
    if len(averaged) > NAMED_IN_SENTENCES:
        statements.append(Statement(kind="limits.averaged", facts={"findings": averaged}))
    return [*statements, Statement(kind="limits.reading")]


def _of_thresholds(view: View) -> list[Statement]:
    """Return whose thresholds were chosen here, and which were chosen on too few ECGs."""
    statements = []
    for thresholds in ("thresholds_here", "thresholds_perhaps_here"):
        if readers := tuple(r for r, facts in view.independence.items() if facts.thresholds == thresholds):
            statements.append(Statement(kind=f"learnt.{thresholds}.note", facts={"readers": readers}))
    alike: dict[tuple[tuple[str, int], ...], list[str]] = {}  # models of one run mostly share their threshold fold
    for reader, few in view.few_thresholds.items():
        alike.setdefault(tuple((t.finding, min(t.n_positive, t.n - t.n_positive)) for t in few), []).append(reader)
    for findings, sharing in alike.items():
        facts: dict[str, Fact] = {"readers": tuple(sharing), "findings": findings}
        statements.append(Statement(kind="limits.thresholds_few", facts=facts))
    return statements


def _averaged(view: View) -> tuple[str, ...]:
    """Return the findings behind the means of the answer, where these are too many to be named there."""
    averaged: set[str] = set()
    for side in heads(view, "sensitivity"):
        for party in side:
            if (row := view.one("sensitivity", party, view.overall)) is not None:
                averaged |= set(findings_behind(view, row))
    return tuple(f for f in view.findings if f in averaged)
