"""Undecided answers under every policy, by hand from a 3 x 2 table, and the share of ECGs that are sent on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import N
from metrics.test_by_design import study as of_design

import ecg_eval
from ecg_eval.domain.evaluation import MACRO, POOLED, Row, single_rows
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.plugins import make
from ecg_eval.reports.sections.questions import Questions

# A 3 x 2 table as in Schuetz et al., BMJ 2012;345:e6717: 5 true positives, 2 false negatives, 3 undecided with the
# finding (1 of them "refer"); 2 false positives, 13 true negatives, 5 undecided without it (2 of them "refer").
POSITIVE = ["present"] * 5 + ["absent"] * 2 + ["uncertain"] * 2 + ["refer"]
NEGATIVE = ["present"] * 2 + ["absent"] * 13 + ["uncertain"] * 3 + ["refer"] * 2
# share and Wilson's interval: statsmodels 0.14 proportion_confint(x, n, method="wilson")
SENSITIVITY = {
    "absent": (5, 10, 0.23659309, 0.76340691),
    "present": (8, 10, 0.49016247, 0.94331785),
    "left out": (5, 7, 0.35893445, 0.91778108),
    "worst case": (5, 10, 0.23659309, 0.76340691),
    "best case": (8, 10, 0.49016247, 0.94331785),
}
SPECIFICITY = {
    "absent": (18, 20, 0.69896633, 0.97213353),
    "present": (13, 20, 0.43285428, 0.81880818),
    "left out": (13, 15, 0.62118017, 0.96263874),
    "worst case": (13, 20, 0.43285428, 0.81880818),
    "best case": (18, 20, 0.69896633, 0.97213353),
}


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def frames(readers: tuple[str, ...] = ("a", "b")) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = [f"e{i}" for i in range(30)]
    table = pd.DataFrame({"record_id": ids, "finding": "AF", "reading": POSITIVE + NEGATIVE})
    truth = pd.DataFrame({"AF": [1.0] * 10 + [0.0] * 20}, index=pd.Index(ids, name="record_id"))
    return pd.concat([table.assign(reader_id=r) for r in readers]), truth


@pytest.mark.parametrize(
    ("metric", "wanted"), [("sensitivity_by_policy", SENSITIVITY), ("specificity_by_policy", SPECIFICITY)]
)
def test_every_policy_by_hand(metric: str, wanted: dict[str, tuple[int, int, float, float]]) -> None:
    readings, truth = frames()
    analysis = ecg_eval.evaluate(readings, truth, readers={"a": "gp", "b": "gp"}, metrics=[metric])
    frame = analysis.frame
    for policy, (x, n, low, high) in wanted.items():
        label = f"uncertain and refer counted as: {policy}"
        (row,) = frame[
            (frame["reader"] == "a") & (frame["subgroup"] == label) & (frame["finding"] == "AF")
        ].itertuples()
        assert (row.value, row.n) == (pytest.approx(x / n), n)
        assert (row.low, row.high) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))
    for language, said in (("en", "16 of 60 answers"), ("fr", "16 réponses sur 60")):
        blocks = Questions().blocks(analysis.result, language=language)
        assert any(said in getattr(block, "text", "") for block in blocks)
        assert sum(hasattr(block, "svg") for block in blocks) == 1


def test_one_kind_of_answer_leaves_the_other_as_it_is() -> None:
    readings, truth = frames()
    frame = ecg_eval.evaluate(
        readings,
        truth,
        readers={"a": "gp", "b": "gp"},
        metrics=[{"name": "sensitivity_by_policy", "of": "uncertain"}],
    ).frame
    of_a = frame[(frame["reader"] == "a") & (frame["finding"] == "AF")].set_index("subgroup")["value"]
    assert of_a["uncertain counted as: worst case"] == 0.6  # refer counts as present
    assert of_a["uncertain counted as: left out"] == 0.75


def test_where_nobody_is_undecided_the_reason_is_given() -> None:
    readings, truth = frames()
    sure = readings.assign(reading=readings["reading"].replace({"uncertain": "absent", "refer": "absent"}))
    asked = ["sensitivity_by_policy", "referral_load", {"name": "specificity_by_policy", "of": ["refer"]}]
    found = ecg_eval.evaluate(sure, truth, readers={"a": "gp", "b": "gp"}, metrics=asked).frame
    reasons = ["no reader answered uncertain or refer", "no reader answered refer", "no reader answered refer"]
    assert found["reason"].tolist() == reasons
    none = ecg_eval.evaluate(readings, readers={"a": "gp", "b": "gp"}, metrics=["sensitivity_by_policy"]).frame
    assert none.empty  # without a reference nothing is right or wrong


@pytest.mark.parametrize("wrong", ["unsure", [], ["refer", "absent"], 3])
def test_other_answers_are_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.sensitivity_by_policy: of must be"):
        make("metrics", "sensitivity_by_policy", {"of": wrong})


def sending(design: str) -> ReaderStudy:
    """Return a study whose readers send on every fifth ECG without help and every tenth with it."""
    made = of_design(design)
    table = made.readings.astype({"reading": object})
    number = table["record_id"].astype(str).str[1:].astype(int)
    sent = (number % np.where(table["arm"].astype(str) == "aided", 10, 5) == 0) & (table["finding"].astype(str) == "AF")
    return replace(made, readings=readings_table(table.assign(reading=table["reading"].where(~sent, "refer"))))


def test_ecgs_sent_on_with_and_without_help() -> None:
    found = rows("referral_load", sending("crossover"))
    group = {r.arm: r for r in found if r.is_group}
    assert group["unaided"].estimate.value == pytest.approx(0.2)
    assert group["aided"].estimate.value == pytest.approx(0.1)
    change = group["aided - unaided"]
    assert change.estimate.value == pytest.approx(-0.1)
    assert (change.finding, change.combined, change.n_records) == (POOLED, POOLED, N)
    assert {r.reader for r in found if not r.is_group} == {f"gp{i}" for i in range(8)}


@pytest.mark.parametrize("design", ["parallel", "half_and_half", "stepped_wedge", "split_plot"])
def test_ecgs_sent_on_in_other_designs(design: str) -> None:
    found = rows("referral_load", sending(design))
    changes = [r for r in found if r.arm == "aided - unaided"]
    groups = [r for r in changes if r.is_group]
    assert bool(groups) == (design != "stepped_wedge")
    assert all(-0.2 < r.estimate.value < 0 and r.estimate.low is not None for r in groups)
    if design == "stepped_wedge":  # time is not taken out, which the method says
        assert all("not adjusted for period" in r.estimate.method for r in changes)
    if design == "parallel":
        assert [r.reader for r in changes] == ["gp (mean of 8)"]


def test_means_over_findings_are_made_under_every_policy() -> None:
    found = rows("sensitivity_by_policy", sending("crossover"))
    assert {r.finding for r in found} == {"AF", "LBBB", MACRO}
    assert len({r.subgroup for r in found if r.is_group}) == 5
