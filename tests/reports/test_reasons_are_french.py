"""Every reason that a statistic or a metric can give for having no value or no interval has its French.

A study shows few of them: most need data that are sparse in one way. So they are read off the sources, not off a run.
"""

import re

import pytest
from test_reach import PAGE, listed_modules, modules
from texts_of_sources import Sources

from ecg_eval.reports import words as words_of_reports
from ecg_eval.reports.words import Words, known_phrase

ROOMS = ("stats", "metrics", "pipeline.observatory", "pipeline.matrix", "pipeline.stress")


def reached_sources() -> dict[str, str]:
    """Return the text of each module of the rooms that a user reaches: test_reach holds the list of the others."""
    files, unreached = modules(), listed_modules(PAGE.read_text(encoding="utf-8"))
    rooms = tuple(f"ecg_eval.{room}" for room in ROOMS)
    return {m: files[m].read_text(encoding="utf-8") for m in files if m.startswith(rooms) and m not in unreached}


def english_within(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what stays English in the French of a text: all of it, or what stands in its places."""
    left: list[str] = []

    def carried(name: str) -> str:
        left.append(name)
        return name

    monkeypatch.setattr(words_of_reports, "carried", carried)
    known_phrase.cache_clear()
    return [text] if known_phrase(Words("fr"), text) is None else left


def test_every_reason_in_the_sources_is_french(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = Sources(reached_sources(), inside={"one_class"})
    reasons = sources.given_to("reason")
    assert not [f"{sources.place(node)}: name this text where it can be followed" for node in sources.unclear]
    assert len(reasons) > 250
    english = {text: place for text, place in reasons.items() if english_within(text, monkeypatch)}
    assert not english
    french = [known_phrase(Words("fr"), text) or "" for text in reasons]
    assert not [text for text in french if re.search(r"\d\.\d", text)]


SOURCE = """
from other import ELSEWHERE
HERE = "constant"
BY_NAME = {"kappa": "of a table"}
class Cases:
    empty = "field"
    @property
    def one_class(self):
        return "all alike" if self.n else None
def undefined(words, *, reason):
    return Estimate(value=None, reason=reason)
def helper(n):
    for why, holds in (("in a loop", n > 1), ("and its second row", n > 2)):
        if holds:
            return why
def ask(cases, n, name):
    reason = np.where(n, "chosen", HERE).astype(object)
    reason[n == 0] = BY_NAME[name]
    a = undefined("not a reason", reason="by keyword")
    b = Estimate(reason=f"{cases.one_class}: {n:g} of {name}" if n else cases.empty)
    c = replace(b, reason=a.reason or helper(n))
    return Estimate(method="not one either", reason=reason), replace(c, reason=ELSEWHERE.format(n=n))
"""


def test_reasons_are_followed_to_where_they_are_written() -> None:
    sources = Sources({"a": SOURCE, "other": 'ELSEWHERE = "only {n} cases"'}, inside={"one_class"})
    assert set(sources.given_to("reason")) == {
        *("constant", "of a table", "field", "all alike: 0.5 of 0.5", "by keyword", "chosen"),
        *("in a loop", "and its second row", "only 0.5 cases"),
    }
    assert not sources.unclear


@pytest.mark.parametrize(
    "given", ["unknown(n)", "n + 'more'", "missing", "a.b.of_nobody", "next(k for k, v in {'a': n}.items())"]
)
def test_a_reason_that_cannot_be_followed_is_noted(given: str) -> None:
    sources = Sources({"a": f"def ask(n):\n    return Estimate(reason={given})"}, inside=())
    assert not sources.given_to("reason")
    assert [sources.place(node) for node in sources.unclear] == ["a:2"]


def test_a_reason_without_french_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    assert english_within("no cat was rated", monkeypatch) == ["no cat was rated"]
    assert english_within("no rater ever chose strange words", monkeypatch) == ["strange words"]
    assert not english_within("no rater ever chose 3", monkeypatch)


@pytest.mark.parametrize("name", ["intercept", "aided", "period 2", "position", "experience", "finding 3", "practice"])
def test_the_effects_that_a_reason_names_are_french(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = f"the effect of {name} has no bound: it separates the outcomes completely, or nearly so"
    assert not english_within(reason, monkeypatch)
