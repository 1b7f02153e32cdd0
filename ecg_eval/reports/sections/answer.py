"""The answer in two sentences, in plain words and natural frequencies; its numbers with intervals; what limits it."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.view import LEARNT_HERE, Party, Shown, View, look

_NAMED_AT_MOST = 3  # more readers than this are given as a range
_FEW_POSITIVE = 10


class Answer(Section):
    """How well the models read beside the people, and what their help did."""

    title: ClassVar[dict[str, str]] = {"en": "The answer", "fr": "La réponse"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return two sentences, their numbers, and a note."""
        view = look(result, language)
        first = _reading(view) or _ranking(view) or _agreement(view) or view.words("answer.nothing")
        lead = view.words("answer.simulated") if view.simulated else ""
        text = f"{numbers.sentence(lead + first)} {numbers.sentence(_aid(view))}"
        return [Paragraph(text), *_table(view), Note(" ".join(_limits(view)))]


def _reading(view: View) -> str:
    """Say how many findings were recognised and how many were named wrongly, machines beside people."""
    found = [_value(view, "sensitivity", side, parties) for side, parties in _sides(view, "sensitivity")]
    wrong = [_value(view, "specificity", side, parties) for side, parties in _sides(view, "specificity")]
    told = [pair for side in found for pair in side]
    if not told or not any(wrong):
        return ""
    clauses = [
        view.words("answer.first" if i == 0 else "answer.next", who=who, value=value)
        for i, (who, value) in enumerate(told)
    ]
    return view.words(
        "answer.reading",
        scope=_scope(view),
        found=view.words.listed(clauses) + _verdict(view),
        wrong=view.words.listed([value for side in wrong for _, value in side]),
    )


def _ranking(view: View) -> str:
    """Say how well scores rank, where nobody called anything: the AUROC as a natural frequency."""
    told = [pair for side, parties in _sides(view, "auroc") for pair in _value(view, "auroc", side, parties)]
    if not told:
        return ""
    clauses = [view.words("answer.ranking.who", who=who, value=value) for who, value in told]
    return view.words("answer.ranking", scope=_scope(view), found=view.words.listed(clauses))


def _sides(view: View, metric: str) -> list[tuple[str, list[Party]]]:
    """Return machines that learnt something, and people reading alone: their group where there is one."""
    defined = [p for p in view.parties([metric]) if (r := view.one(metric, p, view.overall)) and r.value is not None]
    machines = [p for p in defined if view.is_machine(p.reader)]
    taught = [p for p in machines if not view.is_trivial(p.reader)]
    people = [p for p in defined if view.is_human(p.reader) and p.arm != AIDED]
    kinds = {view.kinds[p.reader] for p in people if p.is_group}
    # a kind of which there is one reader has no group, and that reader speaks alone
    heads = [p for p in people if p.is_group or view.kinds[p.reader] not in kinds]
    made_up = bool(heads) and all(view.kinds[p.reader] == "simulated" for p in heads)
    return [("machine", taught or machines), ("simulated" if made_up else "human", heads)]


def _value(view: View, metric: str, side: str, parties: list[Party]) -> list[tuple[str, str]]:
    """Return (who, how many in 100) for each party, or a range for many of them."""
    values = [view.one(metric, p, view.overall) for p in parties]
    shares = [_turned(r.value, metric) for r in values if r is not None and r.value is not None]
    if len(shares) <= _NAMED_AT_MOST:
        names = [view.reader(p.reader, p.arm, form="sentence") for p in parties]
        return [(who, numbers.per_hundred(v, view.words)) for who, v in zip(names, shares, strict=True)]
    low, high = (numbers.per_hundred(v, view.words) for v in (min(shares), max(shares)))
    who = view.words("answer.each", who=view.counted(side, len(shares)))
    return [(who, view.words("interval", low=low, high=high))]


def _turned(value: float, metric: str) -> float:
    """Return a specificity as the share that is named wrongly."""
    return 1 - value if metric == "specificity" else value


def _scope(view: View) -> str:
    if view.overall in view.findings:
        return view.words("answer.scope.one", finding=view.words.finding(view.overall))
    return view.words("answer.scope.all", findings=view.counted("finding", len(view.findings)))


def _verdict(view: View) -> str:
    """Say whether the difference is clear, where one machine stands beside one human party."""
    machines, humans = (parties for _, parties in _sides(view, "sensitivity"))
    if len(machines) != 1 or len(humans) != 1:
        return ""
    pair = {machines[0].reader, humans[0].reader}
    for row in view.of("sensitivity_difference", finding=view.overall):
        if {row.reader, row.compared_with} == pair and row.arm in ("", UNAIDED):
            return _clarity(view, row)
    return ""


def _clarity(view: View, row: Shown) -> str:
    if row.low is None or row.high is None:
        return ""
    return view.words("answer.unclear" if row.low <= 0 <= row.high else "answer.clear")


def _agreement(view: View) -> str:
    """Say how machines agree with people beside how people agree, where there is no truth to judge by."""
    between: list[float] = []
    among: list[float] = []
    for row in view.of("cohen_kappa", finding=view.overall):
        readers = (row.reader, row.compared_with)
        if row.value is None or row.arm == AIDED or not row.compared_with or any(map(view.is_group, readers)):
            continue
        machines = [r for r in readers if view.is_machine(r)]
        if len(machines) < 2 and not any(map(view.is_trivial, machines)):
            (between if machines else among).append(row.value)
    if not between and not among:
        return ""
    means = [numbers.two_decimals(sum(k) / len(k), view.words) if k else None for k in (between, among)]
    key = "both" if between and among else "between" if between else "among"
    return view.words(f"answer.agreement.{key}", scope=_scope(view), between=means[0], among=means[1])


def _aid(view: View) -> str:
    """Say what help did, and what it did where the AI was wrong."""
    if not view.has_aided:
        return view.words("answer.aid.none")
    rows = [r for r in view.of("aid_effect_sensitivity", finding=view.overall) if not r.compared_with]
    groups = [r for r in rows if r.is_group]
    chosen = [r for r in groups or rows if r.value is not None]
    if not chosen:
        reason = view.words.phrase(rows[0].reason) if rows else view.words("unknown")
        return view.words("answer.aid.undefined", reason=reason)
    if len(chosen) > 1:
        values = [r.value for r in chosen if r.value is not None]
        low, high = (numbers.per_hundred(v, view.words, signed=True) for v in (min(values), max(values)))
        return view.words("answer.aid.range", low=low, high=high, n=len(chosen))
    return _aid_of(view, chosen[0])


def _aid_of(view: View, row: Shown) -> str:
    who = view.reader(row.reader, row.arm, form="sentence")
    arms = [view.one("sensitivity", Party(row.reader, arm, row.is_group), view.overall) for arm in (UNAIDED, AIDED)]
    known = [numbers.per_hundred(r.value, view.words) for r in arms if r is not None and r.value is not None]
    if len(known) == 2:
        text = view.words("answer.aid", who=who, before=known[0], after=known[1])
    else:
        change = numbers.per_hundred(row.value or 0.0, view.words, signed=True)
        text = view.words("answer.aid.change", who=who, value=change)
    text += _clarity(view, row)
    split = [_effect(view, row.reader, m) for m in ("aid_effect_ai_right", "aid_effect_ai_wrong")]
    if None in split:
        return text
    return text + view.words("answer.aid.split", right=split[0], wrong=split[1])


def _effect(view: View, reader: str, metric: str) -> str | None:
    """Return a change in 100 over all findings together: readings where the AI was wrong are few in any one finding."""
    for finding in (POOLED, view.overall):
        for row in view.of(metric, reader=reader, finding=finding):
            if row.value is not None:
                return numbers.per_hundred(row.value, view.words, signed=True)
    return None


def _table(view: View) -> list[Block]:
    """Return what the sentences say, with intervals: one row a machine, and people without and with help."""
    words = view.words
    metrics = ("sensitivity", "specificity")
    records = []
    for party in view.few(view.parties(metrics)):
        rows = [view.one(m, party, view.overall) for m in metrics]
        if all(row is not None and row.value is not None for row in rows):
            cells = [_in_hundred(view, row, m) for row, m in zip(rows, metrics, strict=True)]
            record = {words("reader"): view.name(party, arms=view.has_aided)}
            records.append(record | {words("answer.found"): cells[0], words("answer.wrong"): cells[1]})
    caption = words("answer.table", level=view.level_percent)
    return [Table(caption, pd.DataFrame.from_records(records))] if records else []


def _in_hundred(view: View, row: Shown | None, metric: str) -> str:
    if row is None or row.value is None:
        return view.words("none")
    text = numbers.per_hundred(_turned(row.value, metric), view.words)
    if row.low is None or row.high is None:
        return f"{text} ({view.words('answer.no_interval')})"  # why, is said in the tables of accuracy
    low, high = (numbers.per_hundred(_turned(end, metric), view.words) for end in sorted((row.low, row.high)))
    low, high = (high, low) if metric == "specificity" else (low, high)
    return f"{text} ({view.words('interval', low=low, high=high)})"


def _limits(view: View) -> list[str]:
    """Return what a reader of the two sentences must know, worst first."""
    words, result = view.words, view.result
    limits = [words("limits.simulated")] if view.simulated else []
    judged = view.not_independent
    if judged:
        limits.append(words("limits.not_independent", readers=words.listed(judged)))
    limits += [words(f"learnt.{k}.note", readers=words.listed(r)) for k in LEARNT_HERE if (r := view.learnt(k))]
    if not result.study.reference.exists:
        limits.append(words("limits.no_reference"))
    rare = [f for f in view.findings if 0 < (result.study.truth(f) == 1).sum() < _FEW_POSITIVE]
    if rare:
        named = words.listed([words.finding(f) for f in rare])
        if len(rare) > _NAMED_AT_MOST:
            named = words("limits.rare.many", n=len(rare), of=len(view.findings))
        limits.append(words("limits.rare", findings=named, n=_FEW_POSITIVE))
    undefined = sum(row.value is None for row in view.rows)
    if undefined:
        total = numbers.count(len(view.rows), words)
        limits.append(words("limits.undefined", n=numbers.count(undefined, words), total=total))
    if view.overall not in view.findings:
        limits.append(words("limits.macro"))
    limits.append(words("limits.reading"))
    return limits
