"""PTB-XL's further columns: typed, trimmed, and only those that a copy has."""

from pathlib import Path

import pandas as pd
import pytest

from ecg_eval.datasets._ptb_xl.columns import further_columns
from ecg_eval.datasets.ptb_xl import PtbXl


def test_types_and_blanks() -> None:
    table = pd.DataFrame(
        {
            "height": [None, 170.0],
            "nurse": [2.0, None],
            "validated_by_human": [True, False],
            "second_opinion": ["False", None],
            "baseline_drift": [" , V6", "  ,  "],
            "heart_axis": ["LAD", None],
        }
    )
    found = pd.DataFrame(further_columns(table))
    assert list(found.columns) == [
        *("height_cm", "nurse", "second_opinion", "validated_by_human", "heart_axis", "baseline_drift")
    ]
    assert found["height_cm"].tolist()[1] == 170
    assert found["nurse"].fillna("?").tolist() == ["2", "?"]
    assert found["validated_by_human"].tolist() == [True, False]
    assert found["second_opinion"].isna().tolist() == [False, True]
    assert found["baseline_drift"].fillna("?").tolist() == ["V6", "?"]
    assert further_columns(pd.DataFrame({"ecg_id": [1]})) == {}


@pytest.mark.shared_data
def test_real_counts(shared: Path) -> None:
    records = PtbXl(shared / "data/ptb-xl").records()
    # counted in the table itself with csv and collections.Counter
    assert int(records["validated_by_human"].sum()) == 16094
    assert int(records["second_opinion"].sum()) == 557
    assert records["heart_axis"].value_counts()["MID"] == 7687
    assert int(records["weight_kg"].notna().sum()) == 21837 - 12408
    assert records["pacemaker"].value_counts()["ja, pacemaker"] == 287
    assert records["validated_by"].value_counts()["0"] == 6121
    assert records.loc["1", "static_noise"] == "I-V1"
