"""Harm by hand: counts of wrong calls times their costs; and a model beside parts of the readers."""

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import study as of_design

import ecg_eval
from ecg_eval.domain.evaluation import POOLED, Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.harm_per_thousand import FREE, NOT_ALL
from ecg_eval.pipeline.plugins import make

COSTS = {"AF": {"missed": 7, "called": 2}, "LBBB": {"missed": 1, "called": 0.5}}


def rows(study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", "harm_per_thousand", arguments).rows(study, level=0.95)))


def by_hand(study: ReaderStudy, reader: str, arm: str, finding: str, missed: float, called: float) -> np.ndarray:
    truth, call = study.truth(finding), study.calls(reader, arm, finding)
    return 1000 * (missed * ((truth == 1) & (call == 0)) + called * ((truth == 0) & (call == 1)))


def test_harm_is_the_sum_of_costs() -> None:
    made = of_design("crossover")
    harm = rows(made, costs=COSTS)
    of_reader = {(r.reader, r.arm, r.finding): r.estimate for r in harm}
    sums = {}
    for arm in ("unaided", "aided"):
        af, lbbb = (by_hand(made, "gp1", arm, f, *c) for f, c in (("AF", (7, 2)), ("LBBB", (1, 0.5))))
        assert of_reader["gp1", arm, "AF"].value == pytest.approx(af.mean())
        sums[arm] = af + lbbb
        total = of_reader["gp1", arm, POOLED]
        assert total.value == pytest.approx(sums[arm].mean())
        assert total.low < total.value < total.high
        everybody = [of_reader[f"gp{i}", arm, POOLED].value for i in range(8)]
        assert of_reader["gp (mean of 8)", arm, POOLED].value == pytest.approx(np.mean(everybody))
    change = of_reader["gp1", "aided - unaided", POOLED]
    assert change.value == pytest.approx((sums["aided"] - sums["unaided"]).mean())
    mean = of_reader["gp (mean of 8)", "aided - unaided", POOLED]
    assert mean.high < 0  # help is worth 0.15
    assert mean.p_value < 0.05


def test_costs_follow_urgency_unless_a_finding_is_named() -> None:
    made = of_design("crossover")
    methods = {r.finding: r.estimate.method for r in rows(made)}
    assert "missed 10, called 1" in methods["AF"]  # urgent in the vocabulary
    twice = {"urgent": {"missed": 20, "called": 2}, "LBBB": {"missed": 0, "called": 0}}
    told = {r.finding: r.estimate for r in rows(made, costs=twice)}
    assert "missed 20, called 2" in told["AF"].method
    assert told["LBBB"].reason == FREE
    assert not [r for r in rows(of_design("parallel")) if r.arm == "aided - unaided"]


def test_ecgs_without_all_answers_have_no_sum() -> None:
    readings = pd.DataFrame({"record_id": ["a", "b"], "reader_id": "gp", "finding": ["AF", "LBBB"], "reading": [1, 0]})
    truth = pd.DataFrame({"record_id": ["a", "b"], "AF": [1.0, 0], "LBBB": [0.0, 1]})
    frame = ecg_eval.evaluate(readings, truth, readers={"gp": "gp"}, metrics=["harm_per_thousand"], resamples=100).frame
    assert frame[frame["finding"] == POOLED]["reason"].tolist() == [NOT_ALL]
    none = ecg_eval.evaluate(readings, readers={"gp": "gp"}, metrics=["harm_per_thousand"], resamples=100).frame
    assert none.empty


@pytest.mark.parametrize(
    ("costs", "match"),
    [
        ({"STEMY": {"missed": 1, "called": 1}}, "a finding or an urgency"),
        ({"AF": 3}, "the costs `missed` and `called`"),
        ({"AF": {"missed": 1}}, "the costs `missed` and `called`"),
        ({"AF": {"missed": -1, "called": 1}}, "costs of 0 or more"),
        ({"urgent": {"missed": True, "called": 1}}, "costs of 0 or more"),
    ],
)
def test_other_costs_are_refused(costs: dict[str, object], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        make("metrics", "harm_per_thousand", {"costs": costs})


def test_a_model_beside_parts_of_the_readers_and_of_the_ecgs() -> None:
    rng = np.random.default_rng(5)
    ids = [f"r{i}" for i in range(80)]
    truth = pd.DataFrame({"record_id": ids, "AF": ([1.0] * 40) + ([0.0] * 40)})
    readers = pd.DataFrame(
        {
            "reader_id": [*"abcde", "net"],
            "kind": ["gp"] * 5 + ["model"],
            "training": ["old", "old", "new", "new", "x", None],
        }
    )
    readings = pd.concat(
        pd.DataFrame(
            {"record_id": ids, "reader_id": r, "finding": "AF", "reading": rng.random(80) < 0.3 + 0.5 * truth["AF"]}
        )
        for r in readers["reader_id"]
    ).assign(reading=lambda t: t["reading"].astype(int))
    records = pd.DataFrame({"record_id": ids, "patient_id": ids, "sex": ["F", "M"] * 40})

    def asked(some: list[str], **more: object) -> pd.DataFrame:
        mine, who = readings[readings["reader_id"].isin(some)], readers[readers["reader_id"].isin(some)]
        return ecg_eval.evaluate(
            mine, truth, readers=who, records=records, metrics=["model_against_readers"], resamples=100, **more
        ).frame

    frame = asked([*"abcde", "net"], reader_subgroups=["training"], subgroups={"by": ["sex"], "minimum_n": 10})
    of_af = frame[frame["finding"] == "AF"].set_index("subgroup")
    assert list(of_af.index) == ["", "readers: training=new", "readers: training=old", "sex=F", "sex=M"]
    alone = asked(["a", "b", "net"])
    one = alone[alone["finding"] == "AF"].iloc[0]
    part = of_af.loc["readers: training=old"]
    assert (part["value"], part["low"], part["n_readers"]) == (one["value"], one["low"], 3)
