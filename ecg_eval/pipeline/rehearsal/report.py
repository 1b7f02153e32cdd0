"""A rehearsed plan in words: how often each question is answered, what breaks, and what that rests on."""

import re
from collections.abc import Iterator
from pathlib import Path

import ecg_eval.planning.rehearsal as room
from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.oddities import FEW
from ecg_eval.pipeline.simulate import Accuracy
from ecg_eval.planning.rehearsal.outcome import Question, Rehearsal, Trouble
from ecg_eval.planning.text_table import aligned
from ecg_eval.planning.wordings import Wordings, Words
from ecg_eval.reports.sections.oddities import place
from ecg_eval.reports.words import Words as Names
from ecg_eval.stats.proportion.proportions import single_proportion

WORDS = Wordings(Path(room.__file__).with_name("words.csv"))
_SHOWN = 4  # of a kind of trouble
ENOUGH = 0.8  # the power that is usually asked for
_GROUP = re.compile(r"(?P<kind>.+) \(mean of (?P<n>\d+)\)")


def rehearsal_rows(rehearsal: Rehearsal) -> list[dict[str, str | int | float | None]]:
    """Return one row a question: who, what, how often it was shown with the interval of that share, mean and width."""
    rows: list[dict[str, str | int | float | None]] = []
    for one in rehearsal.questions:
        power = _power(one, rehearsal.level)
        rows.append({**vars(one), "power": power[0], "power_low": power[1], "power_high": power[2]})
    return rows


def rehearsal_text(rehearsal: Rehearsal, ai: Accuracy, language: str = "en") -> str:
    """Return a rehearsed plan in words.

    Parameters
    ----------
    rehearsal : Rehearsal
    ai : Accuracy
        That was simulated.
    language : {"en", "fr"}
    """
    words, names = WORDS.of(language), Names(language)
    head = words(
        "head",
        studies=words.count("study", rehearsal.n_studies),
        readers=words.count("reader", rehearsal.n_readers),
        ecgs=words.count("ecg", rehearsal.n_ecgs),
        readings=words.count("reading", rehearsal.n_readings),
    )
    if rehearsal.hours is not None:
        head += " " + words("hours", hours=_number(rehearsal.hours, language, 1))
    percent = f"{100 * rehearsal.level:g}"
    asked = words("unnamed")
    if rehearsal.questions:
        asked = f"{_questions(rehearsal, words, names)}\n\n{words('explain', level=percent)}"
    lines = [f"  - {line}" for line in _breaks(rehearsal, words, names)]
    breaks = "\n".join([words("breaks"), *lines]) if lines else words("nothing")
    about = ""
    if rehearsal.ais:
        rates = {name: _number(value, language, 2) for name, value in vars(ai).items()}
        about = words(f"ai.{'one' if len(rehearsal.ais) == 1 else 'many'}", ais=", ".join(rehearsal.ais), **rates)
    return "\n\n".join([head, asked, breaks, " ".join([words("rests", ai=about), *_changes(rehearsal, words)])])


def _changes(rehearsal: Rehearsal, words: Words) -> Iterator[str]:
    """Yield what changes while simulated readers read, and where that looks like an effect of help."""
    if not rehearsal.effects:
        return
    effects = {name: _number(value, words.language, 2) for name, value in rehearsal.effects.items()}
    effects["carry_over"] = f"{100 * rehearsal.effects['carry_over']:g}"
    yield words("changes", **effects)
    if rehearsal.design == "crossed" and (rehearsal.effects["learning"] or rehearsal.effects["period"]):
        yield words("changes.crossed")


def _questions(rehearsal: Rehearsal, words: Words, names: Names) -> str:
    language = words.language
    table = [[words(key) for key in ("question", "found", "mean", "width", "computed")]]
    for one in rehearsal.questions:
        power, low, high = _power(one, rehearsal.level)
        text = words("untested")
        if power is not None and low is not None and high is not None:
            ends = {"low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}"}
            text = words("share", n=one.n_found, of=one.n_studies, **ends)
        mean, width = (words("none") if x is None else _number(x, language, 3) for x in (one.mean, one.width))
        computed = words("of", n=one.n_values, of=one.n_studies)
        table.append([_named(one, words, names), text, mean, width, computed])
    return aligned(table)


def _breaks(rehearsal: Rehearsal, words: Words, names: Names) -> Iterator[str]:
    for one in rehearsal.questions:
        power = _power(one, rehearsal.level)[0]
        if power is not None and power < ENOUGH:
            yield words("low_power", question=_named(one, words, names))
        if one.n_values < one.n_studies:
            n = one.n_studies - one.n_values
            why = names.phrase(one.reason)
            yield words("question_missing", question=_named(one, words, names), n=n, of=one.n_studies, why=why)
    for kind in dict.fromkeys(trouble.kind for trouble in rehearsal.troubles):
        alike = [trouble for trouble in rehearsal.troubles if trouble.kind == kind]
        shown = alike if kind.startswith("few_") else alike[:_SHOWN]
        yield from (_line(trouble, words, names, rehearsal.level) for trouble in shown)
        if len(shown) < len(alike):
            yield words(f"more.{kind}", n=len(alike) - len(shown))
    for breach in rehearsal.breaches:
        yield f"{names(f'oddity.{breach.kind}')}: {place(breach, names)}"


def _line(trouble: Trouble, words: Words, names: Names, level: float) -> str:
    if trouble.kind in ("few_with", "few_without"):
        what = names.finding(trouble.what)
        return words(trouble.kind, what=what, n=trouble.count, of=trouble.of, few=FEW)
    if trouble.kind == "not_there":
        return words(trouble.kind, what=names.metric(trouble.what))
    what = names.phrase(trouble.what)
    if trouble.kind == "large_family":
        metric, _, who = trouble.what.partition(": ")
        parts = [words.texts.get(f"family.{part}", names.finding(part)) for part in who.split(", ") if part]
        what = ", ".join([names.metric(metric) if parts else words("family.primary"), *parts])
        p = _number((1 - level) / trouble.count, words.language, 5)
        return words(trouble.kind, what=what, n=trouble.count, p=p)
    return words(trouble.kind, what=what, n=trouble.count, of=trouble.of)


def _power(one: Question, level: float) -> tuple[float | None, float | None, float | None]:
    """Return the share of studies that show what they were to show, with Wilson's interval."""
    if one.n_found is None:
        return None, None, None
    share = single_proportion(n_events=one.n_found, n=one.n_studies, level=level)
    return share.value, share.low, share.high


def _named(one: Question, words: Words, names: Names) -> str:
    """Return a question as people say it: "sensitivity, 12 GPs (mean), atrial fibrillation"."""
    who = [_who(reader, names) for reader in (one.reader, one.compared_with) if reader]
    finding = names.finding(one.finding) if one.finding else ""
    if one.finding in (MACRO, POOLED):
        finding = words(one.finding)
    arm = "" if " - " in one.arm else names.arm(one.arm) if one.arm else ""
    return ", ".join(part for part in (names.metric(one.metric), " / ".join(who), arm, finding) if part)


def _who(reader: str, names: Names) -> str:
    group = _GROUP.fullmatch(reader)
    return names.group(group["kind"], int(group["n"]), "mean") if group else reader


def _number(value: float, language: str, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "fr" else text
