"""What the AI's help did: before, after and effect of the ECGs read both ways, and where the AI was right or wrong."""

from ecg_eval.domain.design import BLOCKS, ONE_ARM, PAIRED, design_of
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.notes import READ_BOTH_WAYS
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.statement import Fact, Quote, Statement
from ecg_eval.reports import basis
from ecg_eval.reports.statements.reading import NAMED_AT_MOST
from ecg_eval.reports.view import Party, Shown, View

_SAME = 1e-6  # after minus before and the effect are the same number, but for arithmetic
PARTS = (("", "sensitivity", "aid_effect_sensitivity"), ("_wrong", "specificity", "aid_effect_specificity"))


def aid(view: View) -> list[Statement]:
    """Return what help did to each group, or reader where there is no group; why nothing can be said, else."""
    study = view.result.study
    if design_of(study).name == ONE_ARM:
        return [Statement(kind="aid.none")]
    if not view.was_asked("aid_effect_sensitivity"):
        return [Statement(kind="aid.not_asked")]
    rows = [r for r in view.of("aid_effect_sensitivity", finding=view.overall) if not r.compared_with]
    computed = [r for r in rows if r.value is not None]
    if not computed:
        reason = rows[0].reason if rows else "" if study.reference.exists else "the truth of no record is known"
        return [Statement(kind="aid.undefined", facts={"reason": reason})]
    kinds = {r.reader_kind for r in computed if r.is_group}
    chosen = [r for r in computed if r.is_group or r.reader_kind not in kinds]
    if len(chosen) > NAMED_AT_MOST:
        return [_range([r for r in computed if not r.is_group])]
    return [statement for row in chosen for statement in _of(view, row)]


def _range(rows: list[Shown]) -> Statement:
    low, high = (end(rows, key=lambda r: r.value or 0.0) for end in (min, max))
    return Statement(kind="aid.range", estimates={"low": low, "high": high}, facts={"n": len(rows)})


def _of(view: View, row: Shown) -> list[Statement]:
    """Return the effects on one party, and what help did where the AI was right and where it was wrong."""
    who = basis.who_of(view, Party(row.reader, row.arm, row.is_group))
    estimates: dict[str, Quote] = {}
    for part, metric, effect in PARTS:
        estimates |= _change(view, row, metric, effect, part)
    facts: dict[str, Fact] = {"who": who, "findings": basis.findings_behind(view, row)}
    facts["n_least"], facts["n_ecgs"] = basis.both_ways(view, who, (UNAIDED, AIDED))
    analysis = design_of(view.result.study).analysis
    facts["design"] = PAIRED if analysis == BLOCKS else analysis
    if facts["design"] == PAIRED and basis.is_counted(view, row):
        rows, _, bottom = basis.counts(view, row)
        changed = sum(round((r.value or 0.0) * (r.n or 0)) for r in rows)
        counted: dict[str, Quote] = {f"effect.{i}": single for i, single in enumerate(rows)}
        return [Statement(kind="aid.counts", estimates=counted, facts=facts | {"changed": changed, "bottom": bottom})]
    if who.is_group and who.n <= basis.FEW_READERS:
        single = [r for r in basis.singles(view, row) if r.value is not None]
        estimates |= {f"effect.{r.reader}": r for r in single}
    return [Statement(kind="aid", estimates=estimates, facts=facts), *_split(view, row, facts)]


def _change(view: View, row: Shown, metric: str, effect: str, part: str) -> dict[str, Quote]:
    """Return an effect with what it was before and after, where these are of the same ECGs as the effect."""
    party = Party(row.reader, row.arm, row.is_group)
    changed = view.one(effect, party, view.overall)
    if changed is None or changed.value is None:
        return {}
    quotes: dict[str, Quote] = {f"effect{part}": changed}
    for subgroup in (READ_BOTH_WAYS, ""):
        arms = [view.within(subgroup, metric, party._replace(arm=arm), view.overall) for arm in (UNAIDED, AIDED)]
        before, after = (None if r is None else r.value for r in arms)
        if before is not None and after is not None and abs(after - before - changed.value) < _SAME:
            return quotes | {f"{word}{part}": r for word, r in zip(("before", "after"), arms, strict=True) if r}
    return quotes


def _split(view: View, row: Shown, facts: dict[str, Fact]) -> list[Statement]:
    """Return what help did where the AI was right and where it was wrong: over all findings, as errors are few."""
    party = Party(row.reader, row.arm, row.is_group)
    for finding in (POOLED, view.overall):
        right, wrong = (view.one(m, party, finding) for m in ("aid_effect_ai_right", "aid_effect_ai_wrong"))
        if right is not None and wrong is not None and right.value is not None and wrong.value is not None:
            return [Statement(kind="aid.split", estimates={"right": right, "wrong": wrong}, facts=facts)]
    return []
