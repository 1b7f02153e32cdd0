"""Who reads alike, where there is no truth to judge by: people among one another, and machines beside people."""

from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.statement import Fact, Quote, Statement
from ecg_eval.reports import basis
from ecg_eval.reports.view import Party, Shown, View

_BESIDE = (("present", "positive_agreement"), ("absent", "negative_agreement"))


def agreement(view: View) -> list[Statement]:
    """Return the mean kappas of groups, and of machines with each; ranges over pairs where no kind has two readers."""
    rows = [r for r in view.of("cohen_kappa", finding=view.overall) if r.arm != AIDED and r.value is not None]
    rows = [r for r in rows if not view.is_trivial(r.reader) and not view.is_trivial(r.compared_with)]
    of_groups = [r for r in rows if r.with_group]
    if of_groups:
        of_groups.sort(key=lambda r: r.is_group, reverse=True)
        return [_of_group(view, row) for row in of_groups]
    if not rows:
        return []
    low, high = (end(rows, key=lambda r: r.value or 0.0) for end in (min, max))
    if len(rows) == 1:
        facts: dict[str, Fact] = {"first": low.reader, "second": low.compared_with}
        facts["findings"] = basis.findings_behind(view, low)
        return [Statement(kind="agreement.pair", estimates={"kappa": low, **_beside(view, low)}, facts=facts)]
    return [Statement(kind="agreement.range", estimates={"low": low, "high": high}, facts={"n": len(rows)})]


def _of_group(view: View, row: Shown) -> Statement:
    group = basis.who_of(view, Party(row.compared_with, row.arm, is_group=True))
    kind = "agreement.among" if row.is_group else "agreement.with"
    facts: dict[str, Fact] = {"first": row.reader, "group": group, "findings": basis.findings_behind(view, row)}
    return Statement(kind=kind, estimates={"kappa": row, **_beside(view, row)}, facts=facts)


def _beside(view: View, row: Shown) -> dict[str, Quote]:
    """Return the agreement on present and on absent, without which a kappa says little where a finding is rare."""
    beside: dict[str, Quote] = {}
    for part, metric in _BESIDE:
        for other in view.at(metric, row.arm, row.finding):
            same = (other.reader, other.compared_with, other.with_group) == (
                row.reader,
                row.compared_with,
                row.with_group,
            )
            if same and other.value is not None:
                beside[part] = other
    return beside
