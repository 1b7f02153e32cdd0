"""Messages have one form, keep their parts, and suggest the nearest name."""

import pytest

from ecg_eval.errors import ConfigError, EcgEvalError, ProblemsError, suggestion


def test_message_has_the_house_form() -> None:
    error = ConfigError("run.yaml", "level", "below 1", 3, "Give a fraction.")
    assert str(error) == "run.yaml: level must be below 1; got 3. Give a fraction."
    assert (error.who, error.what, error.rule, error.value, error.remedy) == (
        *("run.yaml", "level", "below 1", 3, "Give a fraction."),
    )


def test_value_and_remedy_may_be_left_out() -> None:
    assert str(EcgEvalError("a", "b", "c")) == "a: b must be c."


def test_several_problems_are_told_together() -> None:
    error = ProblemsError("file", [EcgEvalError("a", "b", "c"), EcgEvalError("d", "e", "f")])
    assert str(error).splitlines() == ["file: 2 problem(s)", "  - a: b must be c.", "  - d: e must be f."]
    assert len(error.problems) == 2


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("aff", ["AF", "LBBB"], "Did you mean 'AF'?"),
        ("zzz", [], "None is known."),
        ("zzz", ["b", "a"], "Known: a, b."),
    ],
)
def test_suggestions(name: str, known: list[str], said: str) -> None:
    assert suggestion(name, known) == said
