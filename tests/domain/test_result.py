"""What a result says of itself."""

import pandas as pd
import pytest

from ecg_eval.domain.result import StudyResult


@pytest.mark.parametrize(
    ("heading", "name", "language", "title"),
    [
        ("A", "n", "fr", "A"),
        ({"en": "A", "fr": "B"}, "", "fr", "B"),
        ({"en": "A"}, "", "fr", "A"),
        ({}, "n", "en", "n"),
        ("", "", "en", ""),
    ],
)
def test_a_title_in_the_reader_s_language(heading: str | dict[str, str], name: str, language: str, title: str) -> None:
    nothing = pd.DataFrame()
    result = StudyResult(study=None, evaluation=None, left_out=nothing, name=name, heading=heading)  # type: ignore[arg-type]
    assert result.title(language) == title
