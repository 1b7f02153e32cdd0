"""What a result says of itself."""

import pandas as pd
import pytest

from ecg_eval.domain.result import StudyResult


@pytest.mark.parametrize(
    ("config", "language", "title"),
    [
        ({"title": "A", "name": "n"}, "fr", "A"),
        ({"title": {"en": "A", "fr": "B"}}, "fr", "B"),
        ({"title": {"en": "A"}}, "fr", "A"),
        ({"title": {}, "name": "n"}, "en", "n"),
        ({}, "en", ""),
    ],
)
def test_a_title_in_the_reader_s_language(config: dict[str, object], language: str, title: str) -> None:
    nothing = pd.DataFrame()
    result = StudyResult(study=None, evaluation=None, left_out=nothing, config=config, provenance={})  # type: ignore[arg-type]
    assert result.title(language) == title
