"""The tidy table survives its files: the same numbers, and nothing known stays nothing known."""

import json

import pandas as pd
import pytest

from ecg_eval.domain.evaluation import EVALUATION_COLUMNS, POOLED, Evaluation, Row, Rows, single_rows
from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import Estimate, Estimates

ROWS = [
    Row(metric="auroc", reader="m", finding="AF", estimate=Estimate(value=1 / 3, low=0.1, high=0.7, method="a", n=9)),
    Row(metric="ppv", reader="m", estimate=Estimate.undefined(reason="nobody called", method="Wilson", n=4)),
]


def test_columns_and_round_trip() -> None:
    evaluation = Evaluation.from_rows(ROWS)
    assert tuple(evaluation.frame.columns) == EVALUATION_COLUMNS
    again = Evaluation.from_csv(evaluation.to_csv())
    pd.testing.assert_frame_equal(evaluation.frame, again.frame)
    assert again.frame["value"].iloc[0] == 1 / 3


def test_unknown_is_empty_with_a_reason_never_zero() -> None:
    line = Evaluation.from_rows(ROWS).to_csv().splitlines()[2]
    assert line == "ppv,m,,,,,,,,,0.95,Wilson,4,,,,,False,nobody called,False,,,,,,,,,"
    loaded = json.loads(Evaluation.from_rows(ROWS).to_json())
    assert loaded["version"] == 1
    assert loaded["estimates"][1]["value"] is None


def test_selection() -> None:
    evaluation = Evaluation.from_rows(ROWS)
    assert len(evaluation.select(reader="m")) == 2
    assert evaluation.select(metric=("ppv", "npv"))["reason"].tolist() == ["nobody called"]


def test_another_table_is_refused() -> None:
    with pytest.raises(RunFolderError, match="columns"):
        Evaluation.from_csv("a,b\n1,2\n")


def test_within_labels_a_subgroup() -> None:
    assert ROWS[0].within("sex=F").subgroup == "sex=F"


def test_columns_and_single_rows_make_the_same_table() -> None:
    together = Rows(
        metric=["auroc", "ppv"],
        reader="m",
        finding=["AF", ""],
        estimates=Estimates.of([row.estimate for row in ROWS]),
    )
    assert list(together) == ROWS
    pd.testing.assert_frame_equal(Evaluation.from_rows([together]).frame, Evaluation.from_rows(ROWS).frame)
    mixed = [ROWS[0], together, *ROWS, together.within("sex=F")]
    assert list(single_rows(mixed))[:5] == [ROWS[0], *ROWS, *ROWS]
    frame = Evaluation.from_rows(mixed).frame
    assert frame["metric"].tolist() == ["auroc", *["auroc", "ppv"] * 3]
    assert frame["subgroup"].tolist()[-3:] == ["", "sex=F", "sex=F"]
    pd.testing.assert_frame_equal(frame, Evaluation.from_csv(Evaluation(frame).to_csv()).frame)


def test_what_a_number_is_of_stands_in_columns_of_its_own() -> None:
    pooled = Row(
        metric="a",
        reader="gp (mean of 2)",
        is_group=True,
        finding=POOLED,
        combined=POOLED,
        n_readers=2,
        n_people=5,
        n_records=0,
        estimate=Estimate(value=0.0, low=-1, high=1, method="m", n=3, n_positive=0, n_discordant=2, df=4.0),
    )
    cells = Evaluation.from_rows([pooled]).frame.iloc[0]
    assert cells["is_group"]
    names = ("combined", "n_readers", "n_people", "n_records", "n_positive", "n_discordant", "df")
    assert [cells[name] for name in names] == [POOLED, 2, 5, 0, 0, 2, 4.0]


def test_no_rows_are_a_table_without_rows() -> None:
    assert tuple(Evaluation.from_rows([]).frame.columns) == EVALUATION_COLUMNS
