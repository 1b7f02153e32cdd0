"""Columns of text and rows that repeat: what costs little where nothing is to be done."""

import pandas as pd
import pytest

from ecg_eval.domain import columns


def test_rows_are_ticked_off_where_there_are_few_possible_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_AT_ONCE", 3)
    words = pd.Categorical.from_codes
    table = pd.DataFrame({"a": words([0, 0, 1, 1, 2], list("xyz")), "n": [5, 6, 5, 6, 5]})
    assert columns.are_different(table, ["a", "n"])
    assert not columns.are_different(table, ["a"])
    assert not columns.are_different(table.assign(n=[5, 5, 5, 6, 5]), ["a", "n"])
    assert not columns.are_different(table.assign(n=[5, 6, 5, 6, 10**12]), ["a", "n"])  # too many to tick off
    assert not columns.are_different(table.assign(a=words([0, 0, 1, 1, -1], list("xyz"))), ["a", "n"])
    assert not columns.are_different(table.iloc[:0], ["a"])


def test_a_column_of_words_as_they_should_be_is_not_copied() -> None:
    given = pd.Series(pd.Categorical(["a", "b", None], categories=pd.Index(["a", "b"], dtype=object)))
    assert columns.text_column(given) is given
    assert columns.text_column(given, str.upper).tolist()[:2] == ["A", "B"]
    assert columns.text_column(given.cat.rename_categories(["a ", "b"])).tolist()[:2] == ["a", "b"]
