import re

import pytest
from reports.study_fixture import toy_result

from ecg_eval import registry
from ecg_eval.errors import UnknownNameError
from ecg_eval.reports.build import render_report


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_stands_alone(language: str) -> None:
    sections = [registry.load("sections", name)() for name in registry.names("sections")]
    page = render_report(toy_result(), language=language, sections=sections)
    assert f'<html lang="{language}">' in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page), "the page asks for something from outside"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "an id is given twice"


def test_unknown_language_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="'de'"):
        render_report(toy_result(), language="de", sections=[])
