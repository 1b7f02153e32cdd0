"""Whether a difference is called clear: by its interval, its test, and the other comparisons of its kind."""

from dataclasses import replace

import pytest
from reports.study_fixture import toy_result

from ecg_eval.reports import sentences
from ecg_eval.reports.statements import answer
from ecg_eval.reports.view import look

AWAY, ACROSS = {"low": 0.05, "high": 0.21}, {"low": -0.05, "high": 0.21}
CASES = [
    ({**AWAY, "p_value": None, "p_adjusted": None}, ", a clear difference,"),
    ({**AWAY, "p_value": 0.001, "p_adjusted": 0.03, "family_size": 33}, ", a clear difference,"),
    (
        {**AWAY, "p_value": 0.0017, "p_adjusted": 0.056, "family_size": 33},
        "clear by itself but not once all 33 comparisons of its kind are counted",
    ),
    ({**AWAY, "p_value": 0.0017, "p_adjusted": 0.056}, "not once all comparisons of its kind are counted"),
    (
        {**AWAY, "p_value": 0.07, "p_adjusted": 0.07, "family_size": 1},
        "clear by its interval but not by its test",
    ),
    ({**ACROSS, "p_value": 0.3, "p_adjusted": 1.0, "family_size": 33}, ", which this study does not settle"),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_a_difference_is_called_clear_if_it_outlasts_its_family(changes: dict[str, float], expected: str) -> None:
    view = look(toy_result(), "en")
    statement = next(s for s in answer(view).said if s.kind == "difference")
    quotes = {part: quote._replace(value=0.13, **changes) for part, quote in statement.estimates.items()}
    found = sentences.say(view, replace(statement, estimates=quotes)).split("and wrongly named")[0]
    assert expected in found


def test_against_each_reader_those_that_stand_by_themselves_alone_are_counted() -> None:
    view = look(toy_result(), "en")
    statement = next(s for s in answer(view).said if s.kind == "difference")
    quote = statement.estimates["found"]
    alone = quote._replace(value=0.13, p_value=0.0017, p_adjusted=0.056, family_size=33, **AWAY)
    outlasting = alone._replace(p_adjusted=0.03)
    bare = {part: row._replace(low=None, high=None) for part, row in statement.estimates.items()}
    single = {"found.gp1": alone, "found.gp2": outlasting, "found.gp3": alone._replace(**ACROSS)}
    said = sentences.say(view, replace(statement, kind="difference.each", estimates={**bare, **single}))
    assert "a clear difference from 2 of the 3 (1 of them not once all comparisons of the kind are counted)" in said
