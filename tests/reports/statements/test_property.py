"""Every number of the answer is a row of the evaluation, of the ECGs, findings and readers that the words name."""

import re
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from reports.statements.random_study import Truths, random_study

from ecg_eval import evaluate
from ecg_eval.domain.statement import Quote, Statement, Who, quotes
from ecg_eval.pipeline.analysis import Analysis
from ecg_eval.reports import sentences
from ecg_eval.reports.numbers import count, number, per_hundred
from ecg_eval.reports.statements import answer
from ecg_eval.reports.view import View, look

METRICS = (
    *("sensitivity", "specificity", "sensitivity_difference", "specificity_difference", "cohen_kappa"),
    *("aid_effect_sensitivity", "aid_effect_specificity", "aid_effect_ai_right", "aid_effect_ai_wrong"),
)
SHOWN = {"found": 1, "wrong": 0}
STUDIES = 10  # in a chunk; one chunk each time, 23 more with the long simulations
CHUNKS = [0, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in range(1, 24))]
NUMBER = re.compile(r"(?<![\w.])[<>]?[+\u2212]?\d[\d,]*(?:\.\d+)?")
ADDS_UP = re.compile(r"went from ([\d.]+) to ([\d.]+), a change of ([+\u2212]?[\d.]+)")


@pytest.mark.parametrize("chunk", CHUNKS)
def test_every_number_is_a_row_over_what_the_sentence_names(chunk: int) -> None:
    for seed in range(chunk * STUDIES, (chunk + 1) * STUDIES):
        truths = random_study(seed)
        if truths.readings.empty:
            continue
        readers = {r: k for r, k in truths.kinds.items() if r in set(truths.readings["reader_id"])}
        analysis = evaluate(
            truths.readings,
            {"name": "majority", "readers": truths.voters} if truths.voters else truths.truth,
            readers=readers,
            metrics=METRICS,
            resamples=60,
            seed=seed,
            primary=(),
        )
        view = look(analysis.result, "en")
        for statement in answer(view).said:
            try:
                _rows(analysis, statement)
                _basis(view, truths, statement)
                _words(view, statement)
            except AssertionError as error:
                raise AssertionError(f"study {seed}: {sentences.say(view, statement)}\n{statement}") from error


def _rows(analysis: Analysis, statement: Statement) -> None:
    """Hold that every estimate quoted is a row of the table, number for number."""
    table = {_key(q) for q in quotes(analysis.frame)}
    for quote in statement.estimates.values():
        assert _key(quote) in table


def _key(q: Quote) -> tuple[object, ...]:
    return (q.metric, q.reader, q.arm, q.compared_with, q.finding, q.subgroup, q.value, q.low, q.high, q.n, q.p_value)


def _members(view: View, who: Who) -> list[str]:
    return view.members(who.reader, who.arm) if who.is_group else [who.reader]


def _basis(view: View, truths: Truths, s: Statement) -> None:
    """Hold that a statement's numbers are what its readers did on its findings and ECGs, recomputed by hand."""
    if s.kind in ("reading", "reading.each"):
        _reading(view, truths, s)
    elif s.kind == "reading.counts":
        _counts(view, truths, s)
    elif s.kind in ("difference", "difference.each"):
        second = s.facts["second"]
        _changes(
            view,
            s,
            {"found": "found", "wrong": "wrong"},
            lambda f, shown: [
                truths.difference(s.facts["first"].reader, p, second.arm, f, shown) for p in _members(view, second)
            ],
        )
    elif s.kind == "aid":
        who = s.facts["who"]
        parts = {"effect": "found", "effect_wrong": "wrong"}
        _changes(view, s, parts, lambda f, shown: [truths.effect(p, f, shown) for p in _members(view, who)])
        for part in ("", "_wrong"):
            if f"before{part}" in s.estimates:
                change = s.estimates[f"after{part}"].value - s.estimates[f"before{part}"].value
                assert np.isclose(change, s.estimates[f"effect{part}"].value)
    elif s.kind == "reading.range":
        assert s.estimates["found.low"].value <= s.estimates["found.high"].value
        assert not any(q.is_group for q in s.estimates.values()), "a range is of people"


def _reading(view: View, truths: Truths, s: Statement) -> None:
    who, findings = s.facts["who"], s.facts["findings"]
    people = _members(view, who)
    assert set(findings) <= set(Truths.once(list(view.result.study.findings)))
    assert s.facts["n_ecgs"] == truths.ecgs(people, who.arm, findings)
    for part, shown in SHOWN.items():
        if part not in s.estimates:
            continue
        over = s.facts.get("findings_wrong", findings) if part == "wrong" else findings
        assert np.isclose(s.estimates[part].value, truths.mean(people, who.arm, over, shown))
        singles = {k: q for k, q in s.estimates.items() if k.startswith(f"{part}.")}
        assert s.kind == "reading" or {q.reader for q in singles.values()} == set(people)


def _counts(view: View, truths: Truths, s: Statement) -> None:
    for part, shown in SHOWN.items():
        rows = [q for k, q in s.estimates.items() if k.startswith(f"{part}.")]
        if not rows:
            continue
        asked = [truths.counted(q.reader, q.arm, q.finding, shown) for q in rows]
        rounded = len(asked) / 2 if truths.voters else 0  # means over several truths are no whole numbers
        assert abs(s.facts[f"{part}_bottom"] - sum(n for _, n in asked)) <= rounded
        assert abs(s.facts[f"{part}_top"] - sum(r if part == "found" else n - r for r, n in asked)) <= rounded
        assert {q.reader for q in rows} <= set(_members(view, s.facts["who"]))


def _changes(view: View, s: Statement, parts: dict[str, str], by_hand: Callable[[str, int], list[float]]) -> None:
    """Hold that a change is the mean over the findings for which every reader's is known, and that these are named."""
    for part, kind in parts.items():
        if part not in s.estimates:
            continue
        over = {f: by_hand(f, SHOWN[kind]) for f in Truths.once(list(view.result.study.findings)) if f in view.findings}
        known = {f: v for f, v in over.items() if not np.isnan(v).any()}
        assert np.isclose(s.estimates[part].value, np.mean(list(known.values())))
        if kind == "found":
            assert s.facts["findings"] == tuple(known)


def _words(view: View, s: Statement) -> None:
    """Hold that the words have the statement's numbers and no others, ids as they are, directions as their signs."""
    text = sentences.say(view, s)
    for fact in s.facts.values():
        if isinstance(fact, Who) and not fact.is_group:
            assert fact.reader in text or s.kind == "difference.few"
            assert text.lower().startswith(fact.reader.lower()) is False or text.startswith(fact.reader)
    names = [*view.result.study.readers.index, *(view.words.finding(f) for f in view.findings)]
    names += [str(s.facts.get("reason", ""))]
    rest = text
    for name in sorted(filter(None, names), key=len, reverse=True):
        rest = rest.replace(name, "")
    for found in NUMBER.findall(rest):
        assert found.rstrip(",") in _allowed(view, s), found
    if s.kind == "aid":
        for before, after, change in ADDS_UP.findall(text):
            step = float(change.replace("\u2212", "-"))
            assert float(after) - float(before) == pytest.approx(step, abs=0.11), (before, after, change)
    if s.kind.startswith("difference") and s.estimates:
        parts = {"found": text.split("and wrongly named")[0], "wrong": text.split("and wrongly named")[1]}
        for part, said in parts.items():
            value = s.estimates[part].value * (-1 if part == "wrong" else 1)
            word = "as many" if abs(value) < 1e-12 else "more" if value > 0 else "fewer"
            told = said.replace(s.facts["first"].reader, "").replace(s.facts["second"].reader, "")
            assert re.search(rf"\b{word}\b", told)
            if s.kind == "difference" and s.estimates[part].has_interval:
                quote = s.estimates[part]
                is_clear = quote.leaves_zero_out and quote.outlasts_adjustment
                assert ("a clear difference" in told) == is_clear
                assert ("does not settle" in told) == (not quote.leaves_zero_out)


def _allowed(view: View, s: Statement) -> set[str]:
    words = view.words
    allowed = {"100", "10"}
    values: list[float] = []
    for q in s.estimates.values():
        values += [x for x in (q.value, q.low, q.high) if x is not None]
    for x in values:
        for y in (x, -x, 1 - x, abs(x)):
            allowed |= {per_hundred(y, words), per_hundred(y, words, signed=True), number(y, words)}
            allowed |= {f"{sign}{abs(100 * y):.{d}f}" for d in (1,) for sign in ("", "+", "\u2212")}
    whole: Iterable[object] = s.facts.values()
    for fact in whole:
        if isinstance(fact, Who):
            allowed |= {str(fact.n)}
        elif isinstance(fact, tuple):
            allowed |= {str(len(fact)), *(str(f[1]) for f in fact if isinstance(f, tuple))}
        elif isinstance(fact, int):
            allowed |= {count(fact, words), str(abs(fact))}
    allowed |= {str(len(view.findings))}
    allowed |= {str(q.family_size) for q in s.estimates.values()}
    clear = sum(q.leaves_zero_out for k, q in s.estimates.items() if "." in k)
    return allowed | {str(i) for i in range(clear + 1)} | {str(sum("." in k for k in s.estimates))}
