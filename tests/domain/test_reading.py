"""A readings table is typed and checked; what is wrong is told with its rows, and blank is missing."""

import pandas as pd
import pytest

from ecg_eval.domain.reading import (
    READING_COLUMNS,
    checked_readings,
    joined,
    readers_table,
    readings_table,
    rows_in_words,
)
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


def test_many_contradictions_are_named_up_to_a_limit() -> None:
    ids = [str(i) for i in range(23)]
    said = problems_of(
        frame(record_id=ids * 2, reader_id="a", finding="AF", reading=["present"] * 23 + ["absent"] * 23)
    )
    assert "21 problem(s)" in said
    assert "3 more that differ" in said


def test_the_same_answer_after_two_different_ai_outputs_is_a_contradiction() -> None:
    same = frame(record_id=["1", "1"], reading=["present", "present"], arm="aided", ai_reading=["present", "absent"])
    said = problems_of(same)
    assert "rows 2, 3" in said
    assert "{'ai_reading': ['present', 'absent']}" in said
    assert len(readings_table(same.assign(ai_reading="absent"))) == 1


def test_what_was_not_kept_is_counted_by_reader() -> None:
    given = frame(record_id=["1", "1", "2", "3"], reader_id="a", finding="AF", reading=["present", "present", "", None])
    found = checked_readings(given)
    assert len(found.table) == 1
    assert [reason for _, _, _, reason in found.left_out] == [
        "2 empty answers: missing, never absent",
        "1 answers given twice alike, counted once",
    ]


def test_what_would_be_done_is_a_reading_where_no_finding_was_answered() -> None:
    """Somebody who says "refer" and leaves the findings blank has read: nothing of it is lost, nothing is absent."""
    given = pd.DataFrame(
        {
            "record_id": ["1", "1", "2", "2", "3", "3"],
            "reader_id": "gp1",
            "finding": ["AF", "LBBB"] * 3,
            "reading": [None, None, "present", None, None, None],
            "management": ["refer", "refer", "nothing", "nothing", None, None],
        }
    )
    found = checked_readings(given)
    kept = found.table[["record_id", "finding", "reading", "management"]].astype(object)
    assert kept.where(kept.notna(), "").to_numpy().tolist() == [
        ["1", "AF", "", "refer"],
        ["1", "LBBB", "", "refer"],
        ["2", "AF", "present", "nothing"],
    ]
    assert [reason for *_, reason in found.left_out] == ["5 empty answers: missing, never absent"]


def test_what_would_be_done_is_kept_with_a_finding_that_is_asked_for() -> None:
    given = pd.DataFrame(
        {
            "record_id": "1",
            "reader_id": "gp1",
            "finding": ["AF", "LBBB"],
            "reading": ["present", None],
            "management": "refer",
        }
    )
    assert checked_readings(given).table["finding"].tolist() == ["AF"]
    assert checked_readings(given, findings=["LBBB"]).table["finding"].tolist() == ["AF", "LBBB"]


@pytest.mark.parametrize("beside", [{"comment": "noisy"}, {"seconds": 12}, {"confidence": 3}])
def test_an_ecg_of_which_all_but_an_answer_was_given_is_counted(beside: dict[str, object]) -> None:
    given = pd.DataFrame(
        {"record_id": ["1", "1", "2"], "reader_id": "gp1", "finding": ["AF", "LBBB", "AF"], "reading": None} | beside
    )
    answered = pd.DataFrame(
        {"record_id": "3", "reader_id": "gp1", "finding": ["AF", "LBBB"], "reading": ["present", None]} | beside
    )
    found = checked_readings(pd.concat([given, answered]))
    assert [(reader, reason) for _, reader, _, reason in found.left_out] == [
        ("gp1", "4 empty answers: missing, never absent"),
        ("gp1", "2 ECGs with a comment, a confidence or a time but no answer: not read"),
    ]


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        (["Aided", "unaided"], ["arm (row 2)", "Did you mean 'aided'", "arms: {Aided: aided}"]),
        (["un-aided", "unaided"], ["arm (row 2)", "Did you mean 'unaided'"]),
        (["net v1", "Net_V1"], ["arm (row 3)", "Did you mean 'net v1'"]),
    ],
)
def test_an_arm_spelt_two_ways_is_refused(arms: list[str], said: list[str]) -> None:
    text = problems_of(frame(arm=arms))
    assert all(part in text for part in said), text


def test_ids_are_the_same_whether_written_whole_decimal_or_in_another_unicode_form() -> None:
    whole, decimal = frame(record_id=[1, 2]), frame(record_id=[1.0, 2.0])
    assert readings_table(whole)["record_id"].tolist() == readings_table(decimal)["record_id"].tolist() == ["1", "2"]
    accents = readings_table(frame(reader_id=["\u00e9", "e\u0301"]))
    assert accents["reader_id"].tolist() == ["\u00e9", "\u00e9"]


def test_the_frame_given_is_as_it_was() -> None:
    given = frame(arm=[None, "aided"], score=["0.5", None])
    before = given.copy(deep=True)
    readings_table(given)
    pd.testing.assert_frame_equal(given, before)


def test_numbers_are_read_to_the_last_bit() -> None:
    numbers = ["0.1", "1e-300", "0.30000000000000004", "123456789.123456789"]
    table = readings_table(
        pd.DataFrame({"record_id": range(4), "reader_id": "a", "finding": "AF", "reading": None, "score": numbers})
    )
    assert table["score"].tolist() == [float(text) for text in numbers]


@pytest.mark.parametrize("word", ["NA", "#N/A", "NULL", ".", "n/a"])
def test_words_for_nothing_are_no_number(word: str) -> None:
    assert readings_table(frame(score=[word, "0.5"]))["score"].isna().tolist() == [True, False]


@pytest.mark.parametrize("cell", ["1_000", "high", "1e999", [1], "0x10"])
def test_what_is_no_number_is_refused(cell: object) -> None:
    assert "score (row 2)" in problems_of(frame(score=[cell, 0.5]))


def test_text_columns_are_categories_and_stay_so_when_joined() -> None:
    first = readings_table(frame())
    second = readings_table(frame(reader_id="b", arm="aided", comment=["unsure", None]))
    both = joined([first, second])
    assert both.dtypes.astype(str).to_dict() == first.dtypes.astype(str).to_dict()
    assert both["reader_id"].tolist() == ["a", "a", "b", "b"]
    pd.testing.assert_frame_equal(joined([first]), first)


def test_more_combinations_than_a_number_can_count_are_told_apart() -> None:
    ids = [str(i) for i in range(70_000)]
    wide = pd.DataFrame({"record_id": ids, "reader_id": ids, "finding": ids, "arm": ids, "reading": "present"})
    assert len(readings_table(pd.concat([wide, wide.assign(period=2)]))) == 140_000


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
