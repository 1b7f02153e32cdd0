"""The answer in two sentences, in plain words and natural frequencies, and what limits it."""

from typing import ClassVar

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult
from ecg_eval.reports import numbers
from ecg_eval.reports.view import Party, Shown, View

_NAMED_AT_MOST = 3  # more readers than this are given as a range
_FEW_POSITIVE = 10


class Answer(Section):
    """How well the models read beside the people, and what their help did."""

    title: ClassVar[dict[str, str]] = {"en": "The answer", "fr": "La réponse"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return two sentences and a note."""
        view = View(result, language)
        first = _reading(view) or _agreement(view) or view.words("answer.nothing")
        lead = view.words("answer.simulated") if view.simulated else ""
        text = f"{numbers.sentence(lead + first)} {numbers.sentence(_aid(view))}"
        return [Paragraph(text), Note(" ".join(_limits(view)))]


def _reading(view: View) -> str:
    """Say how many findings were recognised and how many were named wrongly, machines beside people."""
    machines, humans = _sides(view, "sensitivity")
    found = _clauses(view, "sensitivity", machines, humans, wrong=False)
    wrong = _clauses(view, "specificity", machines, humans, wrong=True)
    if not found or not wrong:
        return ""
    text = view.words("answer.reading", scope=_scope(view), found=found, wrong=wrong)
    return text + _verdict(view, machines, humans)


def _sides(view: View, metric: str) -> tuple[list[Party], list[Party]]:
    """Return machines worth a headline, and people reading alone: their group where there is one."""
    cards = view.result.provenance.get("models", {})
    defined = [
        Party(r.reader, r.arm) for r in view.of(metric, finding=view.overall) if r.value is not None and r.reader
    ]
    parties = [p for p in view.parties([metric]) if p in defined]
    machines = [p for p in parties if view.is_machine(p.reader)]
    taught = [p for p in machines if not cards.get(p.reader, {}).get("card", {}).get("trivial")]
    people = [p for p in parties if view.is_human(p.reader) and p.arm == UNAIDED]
    groups = [p for p in people if view.is_group(p.reader)]
    return taught or machines, groups or people


def _clauses(view: View, metric: str, machines: list[Party], humans: list[Party], *, wrong: bool) -> str:
    """Return "in 85 (80 to 89) by the model and in 78 (74 to 82) by the 12 GPs on average"."""
    clauses = [*_side(view, metric, machines, "machine", wrong), *_side(view, metric, humans, "human", wrong)]
    return view.words.listed(clauses)


def _side(view: View, metric: str, parties: list[Party], side: str, wrong: bool) -> list[str]:
    rows = [row for p in parties if (row := view.one(metric, p, view.overall)) and row.value is not None]
    if len(rows) > _NAMED_AT_MOST:
        values = sorted(_turned(row.value, wrong) for row in rows if row.value is not None)
        low, high = (numbers.per_hundred(v, view.words) for v in (values[0], values[-1]))
        return [view.words("answer.range", low=low, high=high, who=view.counted(side, len(rows)))]
    return [_clause(view, row, wrong) for row in rows]


def _clause(view: View, row: Shown, wrong: bool) -> str:
    who = view.words.reader_in_sentence(row.reader)
    value = numbers.per_hundred(_turned(row.value or 0.0, wrong), view.words)
    if row.low is None or row.high is None:
        return view.words("answer.clause.bare", value=value, who=who)
    ends = sorted(_turned(end, wrong) for end in (row.low, row.high))
    return view.words("answer.clause", value=value, interval=_hundreds(view, ends[0], ends[1]), who=who)


def _turned(value: float, wrong: bool) -> float:
    """Return a specificity as the share that is named wrongly."""
    return 1 - value if wrong else value


def _hundreds(view: View, low: float, high: float, *, signed: bool = False) -> str:
    ends = (numbers.per_hundred(end, view.words, signed=signed) for end in (low, high))
    return view.words("interval", **dict(zip(("low", "high"), ends, strict=True)))


def _scope(view: View) -> str:
    if view.overall in view.findings:
        return view.words("answer.scope.one", finding=view.words.finding(view.overall))
    return view.words("answer.scope.all", findings=view.counted("finding", len(view.findings)))


def _verdict(view: View, machines: list[Party], humans: list[Party]) -> str:
    """Say who recognises more, where one machine stands beside one human party and their difference was estimated."""
    if len(machines) != 1 or len(humans) != 1:
        return ""
    ours, theirs = machines[0].reader, humans[0].reader
    for first, second, sign in ((ours, theirs, 1), (theirs, ours, -1)):
        for row in view.of("sensitivity_difference", reader=first, compared_with=second, finding=view.overall):
            if row.arm not in (AIDED, "") and None not in (row.value, row.low, row.high):
                value, low, high = (sign * (end or 0.0) for end in (row.value, row.low, row.high))
                low, high = min(low, high), max(low, high)
                key = "open" if low <= 0 <= high else "more" if low > 0 else "fewer"
                return view.words(
                    f"answer.verdict.{key}",
                    difference=numbers.per_hundred(value, view.words, signed=True),
                    interval=_hundreds(view, low, high, signed=True),
                    machine=view.words.reader_in_sentence(ours),
                    human=view.words.reader_in_sentence(theirs),
                )
    return ""


def _agreement(view: View) -> str:
    """Say how machines agree with people beside how people agree, where there is no truth to judge by."""
    between: list[float] = []
    among: list[float] = []
    for row in view.of("cohen_kappa", finding=view.overall):
        if row.value is None or row.arm == AIDED or not row.compared_with:
            continue
        machines = view.is_machine(row.reader) + view.is_machine(row.compared_with)
        if machines < 2:
            (between if machines else among).append(row.value)
    if not between and not among:
        return ""
    means = [numbers.number(sum(k) / len(k), view.words) if k else None for k in (between, among)]
    key = "both" if between and among else "between" if between else "among"
    return view.words(f"answer.agreement.{key}", scope=_scope(view), between=means[0], among=means[1])


def _aid(view: View) -> str:
    """Say what help did, and what it did where the AI was wrong."""
    if not view.has_aided:
        return view.words("answer.aid.none")
    rows = [r for r in view.of("aid_effect_sensitivity", finding=view.overall) if not r.compared_with]
    groups = [r for r in rows if view.is_group(r.reader)]
    chosen = [r for r in groups or rows if r.value is not None]
    if not chosen:
        reason = view.words.phrase(rows[0].reason) if rows else view.words("unknown")
        return view.words("answer.aid.undefined", reason=reason)
    if len(chosen) > 1:
        values = sorted(r.value for r in chosen if r.value is not None)
        low, high = (numbers.per_hundred(v, view.words, signed=True) for v in (values[0], values[-1]))
        return view.words("answer.aid.range", low=low, high=high, n=len(chosen))
    return _aid_of(view, chosen[0])


def _aid_of(view: View, row: Shown) -> str:
    value = numbers.per_hundred(row.value or 0.0, view.words, signed=True)
    who = view.words.reader_in_sentence(row.reader)
    text = view.words("answer.aid", who=who, value=value, interval=_bracket(view, row))
    right, wrong = (
        next((r for r in view.of(m, reader=row.reader, finding=view.overall) if r.value is not None), None)
        for m in ("aid_effect_ai_right", "aid_effect_ai_wrong")
    )
    if right is None or wrong is None:
        return text
    split = {
        "right": numbers.per_hundred(right.value or 0.0, view.words, signed=True) + _bracket(view, right),
        "wrong": numbers.per_hundred(wrong.value or 0.0, view.words, signed=True) + _bracket(view, wrong),
    }
    return text + view.words("answer.aid.split", **split)


def _bracket(view: View, row: Shown) -> str:
    if row.low is None or row.high is None:
        return ""
    return f" ({_hundreds(view, row.low, row.high, signed=True)})"


def _limits(view: View) -> list[str]:
    """Return what a reader of the two sentences must know, worst first."""
    words, result = view.words, view.result
    limits = [words("limits.simulated")] if view.simulated else []
    judged = [str(r) for r in result.study.readers.index if not result.study.reference.is_independent_of(str(r))]
    if judged:
        limits.append(words("limits.not_independent", readers=words.listed(judged)))
    if not result.study.reference.exists:
        limits.append(words("limits.no_reference"))
    rare = [f for f in view.findings if 0 < (result.study.truth(f) == 1).sum() < _FEW_POSITIVE]
    if rare:
        named = words.listed([words.finding(f) for f in rare])
        limits.append(words("limits.rare", findings=named, n=_FEW_POSITIVE))
    undefined = sum(row.value is None for row in view.rows)
    if undefined:
        total = numbers.count(len(view.rows), words)
        limits.append(words("limits.undefined", n=numbers.count(undefined, words), total=total))
    limits.append(words("limits.interval", level=view.level_percent))
    if view.overall not in view.findings:
        limits.append(words("limits.macro"))
    limits.append(words("limits.reading"))
    return limits
