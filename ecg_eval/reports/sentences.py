"""Statements put into words: one function a kind, templates in the catalogue of each language.

Ids of readers are verbatim, wherever they stand: no sentence begins with one, so that none is given a capital. Each
reader has a clause of its own, and what an interval is for (such ECGs, such readers and ECGs) stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ecg_eval.domain.design import PAIRED
from ecg_eval.domain.facts.model import FEWEST
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.result import Listing, Paragraph
from ecg_eval.domain.statement import Quote, Statement, Who
from ecg_eval.reports import basis, numbers
from ecg_eval.reports.statements import Answer, answer
from ecg_eval.reports.statements.limits import NAMED_IN_SENTENCES
from ecg_eval.reports.view import View

_THRESHOLDS_FEW = "thresholds_few"


def paragraphs(view: View) -> list[Paragraph]:
    """Return the answer in words: how well each reads, models beside people, and what help did."""
    statements_made = answer(view)
    parts = [_reading(view, statements_made)]
    if statements_made.comparison:
        parts.append(Paragraph(" ".join(numbers.sentence(say(view, s)) for s in statements_made.comparison)))
    if statements_made.aid:
        parts.append(_help(view, statements_made.aid))
    return parts


def notes(view: View) -> list[str]:
    """Return what limits the answer, in words."""
    return [say(view, statement) for statement in answer(view).limits]


def about(view: View, reader: str, *, is_group: bool = False) -> list[str]:
    """Return what the answer says of one reader or group alone, in words."""
    sentences = []
    for statement in answer(view).said:
        who = statement.facts.get("who", statement.facts.get("first"))
        if isinstance(who, Who) and (who.reader, who.is_group) == (reader, is_group):
            sentences.append(numbers.sentence(say(view, statement)))
    return sentences


def say(view: View, statement: Statement) -> str:
    """Return one statement in words."""
    kind = statement.kind
    return _SAY[kind](view, statement) if kind in _SAY else _plain(view, statement)


def _reading(view: View, statements: Answer) -> Paragraph:
    """Return the first paragraph: the scope, then a clause a reader."""
    scope = next((s for s in statements.reading if s.kind.startswith("scope")), None)
    rest, shared = _shared_caveat([s for s in statements.reading if s is not scope])
    apart = scope is None or scope.kind != "scope"
    clauses = []
    for s in rest:
        brief = any(before.kind in _SHARES for before in rest[: rest.index(s)])
        text = _SHARES[s.kind](view, s, brief) if s.kind in _SHARES else say(view, s)
        clauses.append(text + (_own_scope(view, s) if apart else ""))
    lead = view.words("said.simulated") if view.simulated else ""
    return _listing(view, lead + ("" if scope is None else say(view, scope)), clauses, _caveat_of_several(view, shared))


def _listing(view: View, lead: str, clauses: Sequence[str], end: str = "") -> Paragraph:
    """Return clauses that something leads to, one a line where there are several, and a sentence after them."""
    after = f" {numbers.sentence(end)}" if end else ""
    lead = lead.strip()
    text = numbers.sentence(f"{lead} {view.words('said.then').join(clauses)}") + after
    if len(clauses) < 2 or not lead.endswith((",", ":", ".")):
        return Paragraph(text)
    begun = view.words("said.lead", lead=numbers.capital(lead.rstrip(",:. \u00a0\u202f")))
    return Listing(text, lead=begun, items=tuple(clauses), end=after.strip())


def _help(view: View, statements: Sequence[Statement]) -> Paragraph:
    """Return the paragraph about help: both sides of it one a line, then what else is said of it."""
    text = " ".join(numbers.sentence(say(view, s)) for s in statements)
    if statements[0].kind != "aid":
        return Paragraph(text)
    lead, clauses, planned = _aid_parts(view, statements[0])
    further = [numbers.sentence(t) for t in (planned, *(say(view, s) for s in statements[1:])) if t]
    return replace(_listing(view, lead, clauses, " ".join(further)), text=text)


def _shared_caveat(readings: list[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Return statements without the caveat of few thresholds where several have it, and those that have it.

    Models of one run mostly share their threshold fold: it is said once after them, not in every clause.
    """
    few = [s for s in readings if any(word.startswith(_THRESHOLDS_FEW) for word in _names(s, "caveats"))]
    if len(few) < 2:
        return readings, []
    other_caveats = {id(s): tuple(w for w in _names(s, "caveats") if not w.startswith(_THRESHOLDS_FEW)) for s in few}
    shorter = [
        replace(s, facts={**s.facts, "caveats": other_caveats[id(s)]}) if id(s) in other_caveats else s
        for s in readings
    ]
    return shorter, few


def _caveat_of_several(view: View, few: list[Statement]) -> str:
    if not few:
        return ""
    every = all(f"{_THRESHOLDS_FEW}.all" in _names(s, "caveats") for s in few)
    readers = view.words.listed([_who(view, _of(s, "who")) for s in few])
    return view.words("said.caveat.several.all" if every else "said.caveat.several", readers=readers)


def _scope(view: View, s: Statement) -> str:
    words = view.words
    ecgs = _ecgs(view, s)
    if _int(s, "n_least") < _int(s, "n_ecgs"):
        ecgs = words("said.scope.least", ecgs=ecgs, least=numbers.count(_int(s, "n_least"), words))
    findings = _findings(view, _names(s, "findings"), counted=bool(s.facts.get("counted")))
    return words("said.scope", findings=findings, ecgs=ecgs)


def _ecgs(view: View, s: Statement) -> str:
    n = _int(s, "n_ecgs")
    return view.words("said.ecgs.one" if n == 1 else "said.ecgs.many", n=numbers.count(n, view.words))


def _own_scope(view: View, s: Statement) -> str:
    """Return the findings and ECGs of one clause, in brackets, where they are not those of all."""
    if "findings" not in s.facts:
        return ""
    findings = _findings(view, _names(s, "findings"), counted=s.kind == "reading.counts")
    if "n_ecgs" not in s.facts:
        return view.words("said.scope.findings", findings=findings)
    return view.words("said.scope.own", findings=findings, ecgs=_ecgs(view, s))


def _findings(view: View, findings: Sequence[str], *, counted: bool = False) -> str:
    """Return "for atrial fibrillation", "averaged over both findings (...)", or "... over 4 of the 10 findings"."""
    words, of = view.words, len(view.findings)
    if len(findings) == 1:
        return words("said.scope.one", finding=words.finding(findings[0]))
    named = words("said.then").join(words.finding(f) for f in findings)  # some names have commas of their own
    form = "said.scope.counted" if counted else "said.scope"
    every = "both" if of == 2 else "all"
    count = words(f"{form}.{every}", of=of) if len(findings) == of else words(f"{form}.some", n=len(findings), of=of)
    return words("said.scope.named", count=count, named=named) if len(findings) <= NAMED_IN_SENTENCES else count


def _who(view: View, who: Who) -> str:
    """Return a party within a sentence; an arm of the study's own beside it."""
    name = view.reader(who.reader, who.arm, form="sentence", is_group=who.is_group)
    plain = who.arm in ("", UNAIDED) or " - " in who.arm or not view.is_human(who.reader)
    return name if plain else view.words("said.who.arm", who=name, arm=view.words.arm(who.arm))


def _plainly(view: View, who: Who) -> str:
    """Return a party as a plain plural: "12 GPs"."""
    return view.reader(who.reader, who.arm, form="plain", is_group=who.is_group)


def _share(row: Quote, part: str) -> float:
    """Return what is said of a row: a specificity is told as the share that is named wrongly."""
    value = row.value or 0.0
    return 1 - value if part.startswith("wrong") else value


def _interval(view: View, row: Quote, part: str, who: Who | None, *, signed: bool = False, tenths: bool = False) -> str:
    """Return the interval in hundredths; what it is for is said with the first of a clause; nothing without one."""
    if row.low is None or row.high is None or not basis.interval_for(view, row):
        return ""
    ends = [row.low, row.high]
    if part.startswith("wrong"):
        ends = [-e for e in reversed(ends)] if signed else [1 - e for e in reversed(ends)]
    tenths = tenths or (signed and _in_tenths(view, row))
    low, high = (numbers.per_hundred(e, view.words, signed=signed, tenths=tenths) for e in ends)
    if part.startswith("wrong"):
        return view.words("said.interval.brief", low=low, high=high)
    return view.words("said.interval", low=low, high=high, whose=_covers(view, row, who))


def _in_tenths(view: View, row: Quote) -> bool:
    """Return whether a change is told in tenths of 100, with the ends of its interval."""
    ends = (row.low, row.high) if basis.interval_for(view, row) else ()
    return numbers.in_tenths(row.value, *ends)


def _covers(view: View, row: Quote, who: Who | None) -> str:
    """Return whom and what an interval is for: one that takes readers as drawn at random is for others too."""
    covers = basis.interval_for(view, row)
    if covers == "readers" and who is not None:
        return view.words("said.covers.readers", kind=view.words.kind(_kind(view, who), many=True))
    return view.words(f"said.covers.{covers}")


def _kind(view: View, who: Who) -> str:
    members = view.members(who.reader, who.arm)
    return view.result.study.kind(members[0]) if members else view.kinds[who.reader]


def _hundred(view: View, row: Quote, part: str, who: Who | None) -> str:
    return numbers.per_hundred(_share(row, part), view.words) + _interval(view, row, part, who)


def _caveats(view: View, s: Statement) -> str:
    return "".join(view.words(f"said.caveat.{word}") for word in _names(s, "caveats"))


def _told(view: View, s: Statement, part: str, n: str, brief: bool) -> str:
    """Return "recognised, of every 100 ECGs that show the finding, 93", shorter where that has just been said."""
    key = f"said.{part}.brief" if brief else f"said.{part}"
    return view.words(key, n=n, **({"over": _over(view, s)} if part == "wrong" else {}))


def _reading_of(view: View, s: Statement, brief: bool = False) -> str:
    who, words = _of(s, "who"), view.words
    rows = {part: s.estimates[part] for part in ("found", "wrong") if part in s.estimates}
    clauses = [_told(view, s, part, _hundred(view, row, part, who), brief) for part, row in rows.items()]
    return words("said.reading", who=_who(view, who), told=words.listed(clauses)) + _caveats(view, s)


def _over(view: View, s: Statement) -> str:
    """Return over how many findings false alarms are averaged, where these are not those of what was recognised."""
    if "findings_wrong" not in s.facts:
        return ""
    return view.words("said.over", findings=view.counted("finding", len(_names(s, "findings_wrong"))))


def _reading_counts(view: View, s: Statement) -> str:
    words, facts = view.words, s.facts
    several = "many" if len(_names(s, "findings")) > 1 else "one"
    form = f"{several}.group" if _of(s, "who").is_group else several
    clauses = []
    for part in ("found", "wrong"):
        if f"{part}_top" in facts:
            top, bottom = (numbers.count(_int(s, f"{part}_{end}"), words) for end in ("top", "bottom"))
            over = {"over": _over(view, s)} if part == "wrong" and several == "many" else {}
            clauses.append(words(f"said.counts.{part}.{form}", top=top, bottom=bottom, **over))
    who = _plainly(view, _of(s, "who"))
    return words("said.reading", who=who, told=words.listed(clauses)) + _caveats(view, s)


def _reading_each(view: View, s: Statement, brief: bool = False) -> str:
    """Return the mean of two or three readers, and each of them by name."""
    who, words = _of(s, "who"), view.words
    clauses = []
    for part in ("found", "wrong"):
        if part in s.estimates:
            mean = numbers.per_hundred(_share(s.estimates[part], part), words)
            interval = _interval(view, s.estimates[part], part, who) or _too_few(view, part)
            n = words("said.each", mean=mean, interval=interval, each=_each(view, s, part))
            clauses.append(_told(view, s, part, n, brief))
    return words("said.reading", who=_who(view, who), told=words.listed(clauses)) + _caveats(view, s)


def _too_few(view: View, part: str) -> str:
    """Return that there are too few readers for an interval, once a clause."""
    return view.words("said.too_few") if part == "found" else ""


def _each(view: View, s: Statement, part: str, *, signed: bool = False) -> str:
    """Return each member's own number: "cardiologist1 86, cardiologist2 92"."""
    prefix = f"{part}."
    rows = {key.removeprefix(prefix): row for key, row in s.estimates.items() if key.startswith(prefix)}

    def number(row: Quote) -> str:
        value = -(row.value or 0.0) if signed and part.startswith("wrong") else _share(row, "" if signed else part)
        return numbers.per_hundred(value, view.words, signed=signed)

    return ", ".join(f"{reader} {number(row)}" for reader, row in rows.items())


def _reading_range(view: View, s: Statement, brief: bool = False) -> str:
    words = view.words
    who = _how_many(view, s)
    clauses = []
    for part in ("found", "wrong"):
        if f"{part}.low" in s.estimates:
            shares = sorted(_share(s.estimates[f"{part}.{end}"], part) for end in ("low", "high"))
            low, high = (numbers.per_hundred(x, words) for x in shares)
            clauses.append(_told(view, s, part, words("said.range", low=low, high=high), brief))
    return words("said.range.who", who=who, told=words.listed(clauses))


def _reading_range_few(view: View, s: Statement) -> str:
    return view.words("said.range.few", who=_how_many(view, s))


def _how_many(view: View, s: Statement) -> str:
    """Return "7 human readers", with the people they are where a reader is several."""
    who, n_people = view.counted(str(s.facts["side"]), _int(s, "n")), _int(s, "n_people")
    if n_people <= _int(s, "n"):
        return who
    return view.words("said.range.people", who=who, n=numbers.count(n_people, view.words))


def _ranking(view: View, s: Statement) -> str:
    row, words = s.estimates["auroc"], view.words
    text = words("said.ranking", who=_who(view, _of(s, "who")), n=_hundred(view, row, "", _of(s, "who")))
    return text + (words("said.ranking.worse") if (row.value or 0.0) < 0.5 else "") + _caveats(view, s)


def _difference(view: View, s: Statement) -> str:
    """Return a difference with its interval, and whether it is clear: for what was recognised, then false alarms."""
    words, facts = view.words, s.facts
    first, second = _of(s, "first"), _of(s, "second")
    clauses = []
    for part in ("found", "wrong"):
        row = s.estimates[part]
        value = (row.value or 0.0) * (-1 if part == "wrong" else 1)
        each = s.kind == "difference.each"
        interval = _interval(view, row, part, second, signed=True)
        verdict = _verdict(view, row)
        if each:
            interval = interval or _too_few(view, part)
            interval += words("said.difference.single", each=_each(view, s, part, signed=True))
            verdict = verdict or _each_verdict(view, s, part)
        clauses.append(
            words(
                f"said.difference.{part}",
                n=_more(view, value, tenths=_in_tenths(view, row)),
                interval=interval,
                verdict=verdict,
            )
        )
    why = "" if facts["chosen"] == "only" else words(f"said.chosen.{facts['chosen']}", n=_int(s, "n_machines"))
    planned = words("said.planned") if facts["planned"] else ""
    return words(
        "said.difference",
        first=first.reader,
        why=why,
        second=_who(view, second),
        found=clauses[0],
        wrong=clauses[1],
        planned=planned,
    )


def _difference_few(view: View, s: Statement) -> str:
    return view.words("said.difference.few")


def _more(view: View, value: float, *, tenths: bool = False) -> str:
    """Return "8 more", "0.4 fewer" or "as many"."""
    size = numbers.per_hundred(abs(value), view.words, tenths=tenths)
    return view.words("said.as_many") if value == 0 else view.words("said.more" if value > 0 else "said.fewer", n=size)


def _verdict(view: View, row: Quote) -> str:
    if not row.has_interval or not basis.interval_for(view, row):
        return ""
    if not row.leaves_zero_out:
        return view.words("said.unclear")
    if row.outlasts_adjustment:
        return view.words("said.clear")
    if row.p_value is not None and row.p_value > 1 - row.level:
        return view.words("said.clear.interval")
    if row.family_size is None:
        return view.words("said.clear.alone")
    return view.words("said.clear.alone.of", n=numbers.count(row.family_size, view.words))


def _each_verdict(view: View, s: Statement, part: str) -> str:
    """Return against how many of two or three readers the difference is clear."""
    rows = [row for key, row in s.estimates.items() if key.startswith(f"{part}.") and row.has_interval]
    clear = [row for row in rows if row.leaves_zero_out]
    if not clear:
        return view.words("said.clear.none") if rows else ""
    text = view.words("said.clear.each", n=len(clear), of=len(rows))
    alone = sum(not row.outlasts_adjustment for row in clear)
    return text + (view.words("said.clear.each.alone", n=alone) if alone else "")


def _aid(view: View, s: Statement) -> str:
    lead, clauses, planned = _aid_parts(view, s)
    return f"{lead} {view.words('said.then').join([*clauses, *filter(None, [planned])])}"


def _aid_parts(view: View, s: Statement) -> tuple[str, list[str], str]:
    """Return with whose help, on what and by whom; a clause for each side of it; and whether it was planned."""
    words, who = view.words, _of(s, "who")
    clauses = []
    for part in ("", "_wrong"):
        row = s.estimates.get(f"effect{part}")
        if row is None:
            continue
        kind = "wrong" if part else "found"
        value = (row.value or 0.0) * (-1 if part else 1)
        before, after = (s.estimates.get(f"{word}{part}") for word in ("before", "after"))
        tenths = are_fine = _in_tenths(view, row)
        ends = None if before is None or after is None else (_share(before, kind), _share(after, kind))
        if ends:
            are_fine = not numbers.adds_up(*ends, value, words, tenths=tenths)
            tenths = tenths or are_fine
        each = _each(view, s, "effect", signed=True) if not part else ""
        interval = _interval(view, row, kind, who, signed=True, tenths=tenths)
        interval += words("said.difference.single", each=each) if each else ""
        change = numbers.per_hundred(value, words, signed=True, tenths=tenths)
        values = {"change": change, "interval": interval, "verdict": _verdict(view, row)}
        if ends:
            was, is_now = (numbers.per_hundred(end, words, tenths=are_fine) for end in ends)
            clauses.append(words(f"said.aid.{kind}", before=was, after=is_now, **values))
        else:
            clauses.append(words(f"said.aid.{kind}.change", **values))
    least, most = (numbers.count(_int(s, name), words) for name in ("n_least", "n_ecgs"))
    n = most if least == most else words("said.aid.n", low=least, high=most)
    design = str(s.facts.get("design", PAIRED))
    key = "said.aid" if design == PAIRED else f"said.aid.{design}"
    planned = any(row.pre_specified for name, row in s.estimates.items() if name in ("effect", "effect_wrong"))
    lead = words(key, help=view.help, who=_who(view, who), n=n)
    return lead, clauses, words("said.aid.planned") if planned else ""


def _aid_counts(view: View, s: Statement) -> str:
    who = _plainly(view, _of(s, "who"))
    return view.words("said.aid.counts", help=view.help, who=who, value=_more_counts(view, s), bottom=_int(s, "bottom"))


def _more_counts(view: View, s: Statement) -> str:
    n = _int(s, "changed")
    return view.words("said.as_many") if n == 0 else view.words("said.more" if n > 0 else "said.fewer", n=abs(n))


def _aid_split(view: View, s: Statement) -> str:
    who = _of(s, "who")
    places = {"who": _who(view, who)}
    for part in ("right", "wrong"):
        row = s.estimates[part]
        tenths = _in_tenths(view, row)
        places[part] = numbers.per_hundred(row.value or 0.0, view.words, signed=True, tenths=tenths)
        places[f"{part}_interval"] = _interval(view, row, "", who, signed=True)
    return view.words("said.aid.split", **places)


def _aid_range(view: View, s: Statement) -> str:
    low, high = (numbers.per_hundred(s.estimates[e].value or 0.0, view.words, signed=True) for e in ("low", "high"))
    return view.words("said.aid.range", help=view.help, low=low, high=high, n=_int(s, "n"))


def _aid_undefined(view: View, s: Statement) -> str:
    return view.words("said.aid.undefined", reason=view.words.phrase(str(s.facts["reason"])) or view.words("unknown"))


def _agreement(view: View, s: Statement) -> str:
    words, row = view.words, s.estimates["kappa"]
    values: dict[str, object] = {"kappa": numbers.estimate(row.value, row.low, row.high, row.reason, words)}
    if s.kind == "agreement.pair":
        values |= {"first": s.facts["first"], "second": s.facts["second"]}
    else:
        group = _of(s, "group")
        values |= {"first": s.facts["first"], "group": _plainly(view, group)}
    text = words(f"said.{s.kind}", **values)
    beside = {p: s.estimates.get(p) for p in ("present", "absent")}
    if all(beside.values()):
        shares = {p: numbers.per_hundred(r.value or 0.0, words) for p, r in beside.items() if r is not None}
        text += words("said.agreement.beside", **shares)
    return text + (words("said.agreement.below") if (row.value or 0.0) < 0 else "")


def _agreement_range(view: View, s: Statement) -> str:
    low, high = (numbers.number(s.estimates[e].value or 0.0, view.words) for e in ("low", "high"))
    return view.words("said.agreement.range", low=low, high=high, n=_int(s, "n"))


def _frugal(view: View, s: Statement) -> str:
    """Return the cheapest or smallest model not clearly worse than the best, beside the best where it is another."""
    words = view.words
    sizes = {name: _size_of(view, s, name) for name in ("chosen", "best")}
    row, best = s.estimates["chosen"], s.estimates["best"]
    values: dict[str, object] = {
        "chosen": _of(s, "who").reader,
        "best": _of(s, "best").reader,
        "metric": _within(words.metric(str(s.facts["metric"]))),
        "value": numbers.estimate(row.value, row.low, row.high, row.reason, words),
        "best_value": numbers.estimate(best.value, best.low, best.high, best.reason, words),
        "size": sizes["chosen"],
        "best_size": sizes["best"] or words("unknown"),
        "n": numbers.count(_int(s, "n_models"), words),
        "some": numbers.count(_int(s, "n_not_worse"), words),
    }
    difference = s.estimates.get("difference")
    if difference is not None:
        away = -1 if difference.reader == best.reader else 1  # the row may be of the best minus the other
        ends = [None if e is None else away * e for e in (difference.low, difference.high)][::away]
        value = away * (difference.value or 0.0)
        values["difference"] = numbers.estimate(value, ends[0], ends[1], "", words, signed=True)
    return words(f"said.{s.kind}", **values)


def _within(name: str) -> str:
    """Return a name as it stands within a sentence: without its capital, unless that is an abbreviation's."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _size_of(view: View, s: Statement, name: str) -> str:
    if f"{name}_size" not in s.facts:
        return ""
    text = str(s.facts[f"{name}_size"])
    is_count = text.isdecimal() or float(text) >= 1000
    return numbers.count(float(text), view.words) if is_count else numbers.number(float(text), view.words)


def _rare(view: View, s: Statement) -> str:
    return view.words("limits.rare", n=basis.FEW, findings=_with_counts(view, s))


def _thresholds_few(view: View, s: Statement) -> str:
    words = view.words
    return words(
        "limits.thresholds_few", n=FEWEST, readers=words.listed(_names(s, "readers")), findings=_with_counts(view, s)
    )


def _with_counts(view: View, s: Statement) -> str:
    """Return findings with how many ECGs each rests on."""
    counted = s.facts["findings"]
    pairs = [f for f in counted if isinstance(f, tuple)] if isinstance(counted, tuple) else []
    return view.words.listed([f"{view.words.finding(str(finding))} ({n})" for finding, n in pairs])


def _plain(view: View, s: Statement) -> str:
    """Return a statement of facts alone: its text is filled with them, lists and findings named."""
    values: dict[str, object] = {}
    for key, value in s.facts.items():
        if key == "findings":
            values[key] = view.words.listed([view.words.finding(f) for f in _names(s, key)])
        elif isinstance(value, tuple):
            values[key] = view.words.listed([str(v) for v in value])
        else:
            values[key] = numbers.count(value, view.words) if isinstance(value, int) else value
    prefix = "" if s.kind.startswith(("limits.", "learnt.")) else "said."
    return view.words(prefix + s.kind, **values)


def _int(s: Statement, name: str) -> int:
    value = s.facts[name]
    return value if isinstance(value, int) else 0


def _names(s: Statement, name: str) -> tuple[str, ...]:
    value = s.facts.get(name, ())
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, tuple) else ()


def _of(s: Statement, name: str) -> Who:
    value = s.facts[name]
    return value if isinstance(value, Who) else Who(str(value))


_SHARES: dict[str, Callable[[View, Statement, bool], str]] = {
    "reading": _reading_of,
    "reading.each": _reading_each,
    "reading.range": _reading_range,
}
_SAY: dict[str, Callable[[View, Statement], str]] = {
    "scope": _scope,
    "reading": _reading_of,
    "reading.counts": _reading_counts,
    "reading.each": _reading_each,
    "reading.range": _reading_range,
    "reading.range.few": _reading_range_few,
    "ranking": _ranking,
    "difference": _difference,
    "difference.each": _difference,
    "difference.few": _difference_few,
    "aid": _aid,
    "aid.counts": _aid_counts,
    "aid.split": _aid_split,
    "aid.range": _aid_range,
    "aid.undefined": _aid_undefined,
    "agreement.among": _agreement,
    "agreement.with": _agreement,
    "agreement.pair": _agreement,
    "agreement.range": _agreement_range,
    "frugal.cheapest": _frugal,
    "frugal.cheapest.best": _frugal,
    "frugal.smallest": _frugal,
    "frugal.smallest.best": _frugal,
    "limits.rare": _rare,
    "limits.thresholds_few": _thresholds_few,
}
