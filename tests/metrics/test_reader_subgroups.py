"""Parts of the readers: each part's mean is that of its readers, and the difference is between their means."""

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import study

import ecg_eval
from ecg_eval.config.schema import ReaderSubgroups
from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.notes import is_subgroup
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.evaluate import evaluate_study


def evaluated(design: str = "crossover", **asked: object) -> pd.DataFrame:
    made = study(design)
    metrics = [make("metrics", name, {}) for name in ("sensitivity", "aid_effect_accuracy")]
    by = ReaderSubgroups(**({"by": ("years_experience",), "years_experience": (4,)} | asked))
    return evaluate_study(made, metrics, seed=1, n_resamples=100, reader_subgroups=by).frame


@pytest.mark.parametrize("design", ["crossover", "split_plot", "half_and_half"])
def test_a_parts_mean_is_of_its_readers_and_the_difference_between_parts(design: str) -> None:
    frame = evaluated(design)
    effects = frame[(frame["metric"] == "aid_effect_accuracy") & (frame["finding"] == MACRO)]
    own = effects[~effects["is_group"]].set_index("reader")["value"]
    label = "readers: years_experience=4 or more"
    older = effects[effects["subgroup"] == label].iloc[0]
    few, many = [f"gp{i}" for i in range(4)], [f"gp{i}" for i in range(4, 8)]
    assert older["value"] == pytest.approx(own[many].mean())
    assert older["n_readers"] == 4
    apart = effects[effects["subgroup"] == f"{label} - others"].iloc[0]
    assert apart["value"] == pytest.approx(own[many].mean() - own[few].mean())
    assert apart["low"] < apart["value"] < apart["high"]
    assert 0 < apart["p_value"] <= 1
    assert "these readers minus the others" in apart["method"]
    assert apart["n_readers"] == 8


def test_shares_have_parts_too_and_arms_stay_apart() -> None:
    frame = evaluated()
    parts = frame[(frame["metric"] == "sensitivity") & frame["subgroup"].str.startswith("readers: ")]
    assert set(parts["arm"]) == {"aided", "unaided"}
    assert set(parts["finding"]) == {"AF", "LBBB", MACRO}


def test_readers_of_whom_nothing_is_known_are_in_no_part() -> None:
    frame = evaluated(by=("training",))
    assert not frame["subgroup"].str.startswith("readers: ").any()
    assert not is_subgroup("readers: training=gp")


def test_from_python() -> None:
    made = study("crossover")
    truth = made.reference.table.rename_axis("record_id").reset_index()
    readers = made.readers.reset_index()
    asked = {"readers": readers, "metrics": ["aid_effect_accuracy"], "resamples": 100}
    frame = ecg_eval.evaluate(made.readings, truth, reader_subgroups=["practice_id"], **asked).frame
    assert "readers: practice_id=p1 - others" in set(frame["subgroup"])
    for given, words in ((["practice"], "Did you mean 'practice_id'"), ({"bye": []}, "known keys")):
        with pytest.raises(ArgumentError, match=words):
            ecg_eval.evaluate(made.readings, truth, reader_subgroups=given, **asked)


def test_an_interaction_that_is_there_is_found() -> None:
    made = study("crossover")
    table = made.readings.copy()
    true = made.reference.table
    places = (
        true.index.get_indexer(table["record_id"].astype(str)),
        true.columns.get_indexer(table["finding"].astype(str)),
    )
    truth = true.to_numpy()[places]
    learnt = (
        table["reader_id"].astype(str).isin(["gp4", "gp5", "gp6", "gp7"]).to_numpy()
        & (table["arm"] == "aided").to_numpy()
    )
    words = np.where(truth == 1, "present", "absent")
    table["reading"] = pd.Categorical(
        np.where(learnt, words, table["reading"].astype(str)), categories=table["reading"].cat.categories
    )
    metric = make("metrics", "aid_effect_accuracy", {})
    by = ReaderSubgroups(by=("years_experience",), years_experience=(4,))
    frame = evaluate_study(
        study("crossover", readings=table), [metric], seed=1, n_resamples=100, reader_subgroups=by
    ).frame
    apart = frame[(frame["subgroup"] == "readers: years_experience=4 or more - others") & (frame["finding"] == MACRO)]
    assert apart["low"].iloc[0] > 0.05
