"""A readings table is typed and checked; what is wrong is told with its rows, and blank is missing."""

import pandas as pd
import pytest

from ecg_eval.domain.reading import READING_COLUMNS, readers_table, readings_table, rows_in_words
from ecg_eval.errors import ProblemsError


def frame(**columns: object) -> pd.DataFrame:
    base: dict[str, object] = {"record_id": ["1", "2"], "reader_id": ["a", "a"], "finding": ["AF", "AF"]}
    return pd.DataFrame(base | {"reading": ["present", "absent"]} | columns)


def problems_of(table: pd.DataFrame) -> str:
    with pytest.raises(ProblemsError) as caught:
        readings_table(table, who="f.csv")
    return str(caught.value)


def test_defaults_and_types() -> None:
    table = readings_table(frame())
    assert list(table.columns) == list(READING_COLUMNS)
    assert table["arm"].tolist() == ["unaided", "unaided"]
    assert table["period"].tolist() == [1, 1]
    assert table["score"].isna().all()


def test_blank_is_missing_never_absent() -> None:
    table = readings_table(frame(reading=["present", ""]))
    assert table["record_id"].tolist() == ["1"]


def test_a_score_without_a_call_is_kept() -> None:
    table = readings_table(frame(reading=["present", None], score=[0.9, 0.2]))
    assert table["reading"].isna().tolist() == [False, True]


def test_identical_duplicates_stay_once() -> None:
    twice = pd.concat([frame(), frame()])
    assert len(readings_table(twice)) == 2


def test_contradictions_name_their_rows() -> None:
    said = problems_of(frame(record_id=["1", "1"]))
    assert "rows 2, 3" in said
    assert "['present', 'absent']" in said


def test_the_same_record_in_another_period_is_no_contradiction() -> None:
    assert len(readings_table(frame(record_id=["1", "1"], period=[1, 2]))) == 2


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"reading": ["presnt", "absent"]}, ["reading (row 2)", "Did you mean 'present'", "`words`"]),
        ({"ai_reading": ["yes", None]}, ["ai_reading (row 2)", "one of present"]),
        ({"score": ["0,9", "0.1"]}, ["score (row 2)", "decimal"]),
        ({"score": ["inf", "0.1"]}, ["score (row 2)", "a number"]),
        ({"period": ["1.5", "1"]}, ["period (row 2)", "a whole number"]),
        ({"record_id": ["", "2"]}, ["record_id (row 2)", "filled in"]),
        ({"confidance": [1, 2]}, ["Did you mean 'confidence'"]),
    ],
)
def test_what_is_wrong_is_told_with_rows_and_remedy(columns: dict[str, object], said: list[str]) -> None:
    text = problems_of(frame(**columns))
    assert all(part in text for part in said)


def test_missing_columns() -> None:
    assert "['reading']" in problems_of(frame().drop(columns="reading"))


def test_readers_table() -> None:
    table = readers_table(pd.DataFrame({"reader_id": ["a"], "kind": ["gp"], "ecgs_per_year": ["28"]}))
    assert table.loc["a", "ecgs_per_year"] == 28


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"reader_id": ["a", "a"], "kind": ["gp", "gp"]}, "given once a reader"),
        ({"reader_id": ["a"], "kind": ["doctor"]}, "one of gp"),
        ({"reader_id": ["a"], "kind": ["gp"], "year": [3]}, "known column"),
        ({"reader_id": [""], "kind": ["gp"]}, "reader_id (row 2)"),
        ({"reader_id": ["a"]}, "at least reader_id, kind"),
    ],
)
def test_readers_table_refuses(columns: dict[str, object], said: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        readers_table(pd.DataFrame(columns))
    assert said in str(caught.value)


def test_rows_in_words() -> None:
    assert rows_in_words([7]) == "row 7"
    assert rows_in_words(range(2, 10)).endswith("and 3 more")
