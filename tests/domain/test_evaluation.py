"""The tidy table survives its files: the same numbers, and nothing known stays nothing known."""

import json

import pandas as pd
import pytest

from ecg_eval.domain.evaluation import EVALUATION_COLUMNS, Evaluation, Row
from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import Estimate

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
    assert line == "ppv,m,,,,,,,,,0.95,Wilson,4,,,,,False,nobody called"
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
