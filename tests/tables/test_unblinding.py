"""Blinded ids become recordings, readers and arms; what does not fit the key is named by row."""

import pandas as pd
import pytest

from ecg_eval.errors import InputFileError
from ecg_eval.tables.unblinding import unblinded

KEY = pd.DataFrame(
    {
        "blinded_id": ["K7MQ", "B2XP", "W88X"],
        "record_id": ["00017", "00042", "00017"],
        "reader_id": ["gp1", "gp1", "gp2"],
        "arm": ["aided", "unaided", "unaided"],
        "period": ["1", "1", "2"],
        "position": ["1", "2", "1"],
    }
)


def raw(**columns: list[str]) -> pd.DataFrame:
    n = len(columns["record_id"])
    return pd.DataFrame(
        {"finding": "AF", "reading": "present", "file": "a.csv", "row": range(2, n + 2), "arm": "session_1"} | columns
    )


def test_the_key_says_which_recording_reader_and_arm_it_is() -> None:
    table, problems = unblinded(raw(record_id=["W88X", "K7MQ"], reader_id=["7", "gp1"]), KEY, who="key.csv")
    assert problems == []
    said = table[["record_id", "reader_id", "arm", "period", "position"]].astype(str).to_numpy().tolist()
    assert said == [["00017", "gp2", "unaided", "2", "1"], ["00017", "gp1", "aided", "1", "1"]]


def test_an_id_that_the_key_does_not_have_is_named() -> None:
    table, (problem,) = unblinded(raw(record_id=["K7MQ", "K7MO"], reader_id=["gp1", "gp1"]), KEY, who="key.csv")
    assert len(table) == 1
    assert "row 3" in str(problem)
    assert "K7MO" in str(problem)


def test_somebody_elses_reading_is_named() -> None:
    _, (problem,) = unblinded(raw(record_id=["K7MQ", "B2XP"], reader_id=["gp2", "gp1"]), KEY, who="key.csv")
    assert "row 2" in str(problem)
    assert "gp2, in place of gp1" in str(problem)


def test_what_is_no_key_is_refused() -> None:
    table = raw(record_id=["K7MQ"], reader_id=["gp1"])
    with pytest.raises(InputFileError, match="the key of a schedule"):
        unblinded(table, KEY.drop(columns="arm"), who="key.csv")
    with pytest.raises(InputFileError, match="given once a reading"):
        unblinded(table, pd.concat([KEY, KEY]), who="key.csv")
