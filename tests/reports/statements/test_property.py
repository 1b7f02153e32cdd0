"""Every number of the answer is a row of the evaluation, of the ECGs, findings and readers that the words name."""

import re
from collections.abc import Iterable

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
STUDIES = 20  # in a chunk; two chunks each time, ten more with the long simulations
CHUNKS = [0, 1, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in range(2, 12))]
NUMBER = re.compile(r"(?<![\w.])[<>]?[+\u2212]?\d[\d,]*(?:\.\d+)?")


@pytest.mark.parametrize("chunk", CHUNKS)
def test_every_number_is_a_row_over_what_the_sentence_names(chunk: int) -> None:
    for seed in range(chunk * STUDIES, (chunk + 1) * STUDIES):
        truths = random_study(seed)
        if truths.readings.empty:
            continue
        readers = {r: k for r, k in truths.kinds.items() if r in set(truths.readings["reader_id"])}
        analysis = evaluate(
            truths.readings, truths.truth, readers=readers, metrics=METRICS, resamples=60, seed=seed, primary=()
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
    facts = s.facts
    who = facts.get("who")
    findings = tuple(f for f in facts.get("findings", ()) if isinstance(f, str)) if "findings" in facts else ()
    if s.kind in ("reading", "reading.each"):
        people = _members(view, who)
        assert facts["n_ecgs"] == truths.ecgs(people, who.arm, findings)
        for part, shown in SHOWN.items():
            if part in s.estimates:
                over = facts.get("findings_wrong", findings) if part == "wrong" else findings
                assert np.isclose(s.estimates[part].value, truths.mean(people, who.arm, over, shown))
                assert not np.isnan([truths.share(p, who.arm, f, shown) for p in people for f in over]).any()
                singles = {k: q for k, q in s.estimates.items() if k.startswith(f"{part}.")}
                assert s.kind == "reading" or {q.reader for q in singles.values()} == set(people)
    elif s.kind == "reading.counts":
        for part, shown in SHOWN.items():
            if f"{part}_top" in facts:
                rows = [q for k, q in s.estimates.items() if k.startswith(f"{part}.")]
                own = [truths.one(q.reader, q.arm, q.finding) for q in rows]
                asked = [table[table["truth"] == shown] for table in own]
                assert facts[f"{part}_bottom"] == sum(map(len, asked))
                assert facts[f"{part}_top"] == sum(int((t["call"] == 1).sum()) for t in asked)
                assert {q.reader for q in rows} <= set(_members(view, who))
    elif s.kind in ("difference", "difference.each"):
        first, second = facts["first"], facts["second"]
        for part, shown in SHOWN.items():
            over = {
                f: [truths.difference(first.reader, p, second.arm, f, shown) for p in _members(view, second)]
                for f in view.findings
            }
            known = [v for v in over.values() if not np.isnan(v).any()]
            assert np.isclose(s.estimates[part].value, np.mean(known))
            if part == "found":
                assert findings == tuple(f for f, v in over.items() if not np.isnan(v).any())
    elif s.kind == "aid":
        for part, shown in (("", 1), ("_wrong", 0)):
            if f"effect{part}" in s.estimates:
                over = {f: [truths.effect(p, f, shown) for p in _members(view, who)] for f in view.findings}
                known = [v for v in over.values() if not np.isnan(v).any()]
                assert np.isclose(s.estimates[f"effect{part}"].value, np.mean(known))
                if f"before{part}" in s.estimates:
                    change = s.estimates[f"after{part}"].value - s.estimates[f"before{part}"].value
                    assert np.isclose(change, s.estimates[f"effect{part}"].value)
    elif s.kind == "reading.range":
        assert s.estimates["found.low"].value <= s.estimates["found.high"].value
        assert not any(q.is_group for q in s.estimates.values()), "a range is of people"


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
    if s.kind.startswith("difference") and s.estimates:
        parts = {"found": text.split("and wrongly named")[0], "wrong": text.split("and wrongly named")[1]}
        for part, said in parts.items():
            value = s.estimates[part].value * (-1 if part == "wrong" else 1)
            word = "as many" if abs(value) < 1e-12 else "more" if value > 0 else "fewer"
            told = said.replace(s.facts["first"].reader, "").replace(s.facts["second"].reader, "")
            assert re.search(rf"\b{word}\b", told)
            if s.kind == "difference" and s.estimates[part].has_interval:
                assert ("a clear difference" in told) == s.estimates[part].leaves_zero_out


def _allowed(view: View, s: Statement) -> set[str]:
    words = view.words
    allowed = {"100", "10"}
    values: list[float] = []
    for q in s.estimates.values():
        values += [x for x in (q.value, q.low, q.high) if x is not None]
    for x in values:
        for y in (x, -x, 1 - x, abs(x)):
            allowed |= {per_hundred(y, words), per_hundred(y, words, signed=True), number(y, words)}
    whole: Iterable[object] = s.facts.values()
    for fact in whole:
        if isinstance(fact, Who):
            allowed |= {str(fact.n)}
        elif isinstance(fact, tuple):
            allowed |= {str(len(fact)), *(str(f[1]) for f in fact if isinstance(f, tuple))}
        elif isinstance(fact, int):
            allowed |= {count(fact, words), str(abs(fact))}
    allowed |= {str(len(view.findings))}
    clear = sum(q.leaves_zero_out for k, q in s.estimates.items() if "." in k)
    return allowed | {str(i) for i in range(clear + 1)} | {str(sum("." in k for k in s.estimates))}
