"""The worked page docs/add-a-section.md does what it says."""

import csv
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from reports.study_fixture import toy_result

from ecg_eval.reports import words
from ecg_eval.reports.build import render_report

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-section.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found is not None
    return found[1]


def test_the_section_of_the_page_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    added = dict(csv.reader(block("csv").splitlines()))
    monkeypatch.setattr(words, "catalogue", lambda language: CATALOGUE[language] | added)
    module = ModuleType("reading_time")
    exec(block("python"), module.__dict__)
    result = toy_result()
    timed = replace(result, study=replace(result.study, readings=result.study.readings.assign(seconds=61.5)))
    page = render_report(timed, sections=[module.ReadingTime()])
    assert "Reading time by reader" in page
    assert "61.5" in page
    assert '<section id="reading_time"' in page
    assert "<section" not in render_report(result, sections=[module.ReadingTime()])


CATALOGUE = {language: dict(words.catalogue(language)) for language in words.LANGUAGES}
