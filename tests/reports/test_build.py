import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest
from reports.study_fixture import bare, toy_result

from ecg_eval import registry
from ecg_eval.domain.contracts import Section
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.result import Block, Figure, Note, Paragraph, StudyResult, Table
from ecg_eval.errors import UnknownNameError
from ecg_eval.pipeline.plugins import load
from ecg_eval.reports.build import _cell, render_report

VOID = {"meta", "br", "img", "input", "link", "hr", "path", "use"}


def all_sections() -> list[Section]:
    return [load("sections", name)() for name in registry.names("sections")]


@cache
def page_in(language: str) -> str:
    return render_report(toy_result(), language=language, sections=all_sections())


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_stands_alone_and_is_whole(language: str) -> None:
    page = page_in(language)
    assert f'<html lang="{language}">' in page
    asked = re.findall(r"""(?:src|href)\s*=\s*["']?((?!#)[^"'> ]+)|url\(((?!#)[^)]+)\)|@import""", page)
    assert [a for a in asked if not "".join(a).startswith("data:image/png")] == [], "the page asks for something"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "an id is given twice"
    referenced = re.findall(r'(?:href="|url\()#([^")]+)', page)
    assert set(referenced) <= set(ids)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "nan" not in re.findall(r">\s*(nan|NaN|None|<NA>)\s*<", page)
    assert not re.search(r"\{[a-z_]*\}", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_page_is_the_same_every_time() -> None:
    assert render_report(toy_result(), sections=all_sections()) == page_in("en")


def test_page_can_be_read_without_seeing_it() -> None:
    page = page_in("en")
    tables = re.findall(r"<table.*?</table>", page, flags=re.DOTALL)
    assert all("<caption>" in table and 'scope="col"' in table and 'scope="row"' in table for table in tables)
    pictures = re.findall(r'<div class="picture[ \w]*" role="img" aria-label="([^"]*)"', page)
    assert pictures
    assert all(pictures)
    assert page.count("<h1") == 1


@pytest.mark.parametrize(
    "result",
    [
        bare(toy_result()),
        bare(toy_result(known=False)),
        toy_result(known=False),
        toy_result(findings=("AF",), overall=False),
        toy_result(aided=False, n_readers=1, kind="gp"),
        toy_result(overall=False, n_readers=7, kind="gp", formed_by=("gp_01",), findings=("AF", "LBBB")),
        toy_result(n_readers=0, aided=False),
        replace(toy_result(), evaluation=Evaluation.from_rows([])),
    ],
    ids=["bare", "bare, no truth", "no truth", "one finding", "one reader", "dependent", "no people", "no estimates"],
)
def test_page_bears_whatever_is_missing(result: StudyResult) -> None:
    page = render_report(result, language="fr", sections=all_sections())
    assert '<section id="answer"' in page


class Hostile(Section):
    title = {"en": "<b>T</b>"}  # noqa: RUF012 - a contract's class attribute

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        frame = pd.DataFrame({"a<": ["<script>alert(1)</script>"], "b": ["0.5 (0.4 to 0.6)"]})
        empty = frame.iloc[:0]
        return [
            Paragraph("<i>p</i>"),
            Note("<i>n</i>"),
            Table("<i>c</i>", frame),
            Figure("<i>f</i>", lambda: "<svg></svg>", frame, '"quoted"'),
            Figure("bare", lambda: "<svg></svg>", empty, "none"),
        ]


def test_words_of_a_run_are_never_markup() -> None:
    page = render_report(toy_result(), sections=[Hostile()])
    assert "<script>" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert 'aria-label="&#34;quoted&#34;"' in page
    assert lambda: "<svg></svg>" in page
    assert page.count("<details>") == 1, "a figure without numbers offers none"


def test_a_section_with_nothing_to_say_is_left_out() -> None:
    page = render_report(bare(toy_result(aided=False)), sections=all_sections())
    assert '<section id="aid"' not in page


def test_unknown_language_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="'de'"):
        render_report(toy_result(), language="de", sections=[])


def test_simulated_readers_are_never_counted_as_people() -> None:
    assert "read by 2 models and 4 simulated readers" in page_in("en")
    people = render_report(toy_result(kind="gp", aided=False, n_readers=1), sections=[])
    assert "read by 2 models and 1 human reader<" in people


def test_title_falls_back_to_what_is_known() -> None:
    result = toy_result()
    assert "<h1>rehearsal</h1>" in render_report(replace(result, heading=""), sections=[])
    assert "<h1>Simulated 12-lead cohort</h1>" in render_report(replace(result, name="", heading=""), sections=[])
    assert "<h1>Reader study report</h1>" in render_report(bare(result), sections=[])


class Breaking(Section):
    """A section with a mistake."""

    title = {"en": "Broken", "fr": "Cassée"}  # noqa: RUF012 - a contract's class attribute

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Raise, as a mistake does."""
        raise ZeroDivisionError("division\nby zero")


class BreaksWhenDrawn(Breaking):
    """A section whose picture holds the mistake."""

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the picture, which nobody has looked at."""
        return [Figure("caption", lambda: str(1 / 0), pd.DataFrame(), "alt")]


@pytest.mark.parametrize("section", [Breaking, BreaksWhenDrawn])
@pytest.mark.parametrize(("language", "said"), [("en", "could not be made"), ("fr", "pas pu être produite")])
def test_a_section_that_raises_says_so_and_costs_itself_only(language: str, said: str, section: type[Breaking]) -> None:
    others = all_sections()[:2]
    with pytest.warns(UserWarning, match="could not be made: ZeroDivisionError: division"):
        page = render_report(toy_result(), language=language, sections=[section(), *others])
    assert f"{said} (ZeroDivisionError: division by zero)" in page
    alone = render_report(toy_result(), language=language, sections=others)
    assert page.count("<section") == 1 + alone.count("<section") > 1


def test_an_interval_is_set_smaller_with_the_number_of_its_footnote() -> None:
    assert _cell("0.31 (0.23 to 0.39)", 1) == {"value": "0.31", "interval": "(0.23 to 0.39)"}
    assert _cell("0.31 (0.23 to 0.39) [2] [11]", 1) == {"value": "0.31", "interval": "(0.23 to 0.39) [2] [11]"}
    assert _cell("infinite (4.1 or more) [1]", 1)["interval"] == ""


@pytest.mark.parametrize(
    ("version", "english", "french"),
    [
        ("5", "An archive, version 5 · ", "An archive, version 5 · "),
        (
            "1.0.0 to 1.0.3 (the digests tell which)",
            "An archive, version 1.0.0 to 1.0.3 (the digests tell which) · ",
            "An archive, version 1.0.0 à 1.0.3 (les empreintes disent laquelle) · ",
        ),
        ("the user's", "An archive · ", "An archive · "),
    ],
)
def test_the_version_of_the_data_is_said_to_be_one(version: str, english: str, french: str) -> None:
    result = toy_result()
    dataset = replace(result.provenance.dataset, title="An archive", version=version)
    changed = replace(result, provenance=replace(result.provenance, dataset=dataset))
    for language, byline in (("en", english), ("fr", french)):
        assert byline in render_report(changed, language=language, sections=[])
