"""Text that a spreadsheet would run is marked as text in every table that is written, and read back as it was."""

from io import StringIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_eval.domain.columns import as_meant, csv_of

FORMULAS = ["=1+1", '=HYPERLINK("http://x","gp")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=1", "''@x"]
HARMLESS = ["gp1", "-0.5", "+1", "-3,5", "1e-5", "-12%", "aided - unaided", "a=b", "'t Hooft", "", "O'Neil"]


def written(words: list[str]) -> list[str]:
    text = csv_of(pd.DataFrame({"x": words, "n": -1.0}))
    return [str(x) for x in pd.read_csv(StringIO(text), dtype="string", keep_default_na=False)["x"]]


@pytest.mark.parametrize("word", FORMULAS)
def test_formulas_begin_with_an_apostrophe(word: str) -> None:
    assert written([word]) == [f"'{word}"]


def test_what_is_no_formula_is_left_as_it_is() -> None:
    assert written(HARMLESS) == HARMLESS


def test_numbers_are_never_marked() -> None:
    table = pd.DataFrame(
        {"value": [-1.5, float("nan")], "n": pd.array([-1, None], dtype="Int64"), "flag": [True, False]}
    )
    assert csv_of(table) == "value,n,flag\n-1.5,-1,True\n,,False\n"


def test_categories_are_marked_too_and_blanks_stay() -> None:
    table = pd.DataFrame({"x": pd.Categorical(["=1", None, "a"])})
    assert csv_of(table) == 'x\n\'=1\n""\na\n'


@given(st.lists(st.text("=+-@'\t a1.,é", min_size=1, max_size=6), min_size=1, max_size=8))
def test_every_text_is_read_back_as_it_was(words: list[str]) -> None:
    table = pd.read_csv(StringIO(csv_of(pd.DataFrame({"x": words, "n": 1}))), dtype="string", keep_default_na=False)
    assert as_meant(table)["x"].tolist() == words
