"""Simulated GPs leave a checked table, marked as simulated, and err as their model says."""

import time

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.reading import ANSWERS, READING_COLUMNS, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ArgumentError, ReadingsError, UnknownNameError
from ecg_eval.panels.simulated_gps import SimulatedGps
from ecg_eval.pipeline.plugins import load

FINDINGS = expand_findings(["gp_core"])


def request(n: int = 120, *, wrong: float = 0.1, seed: int = 1, findings: tuple[str, ...] = FINDINGS) -> PanelRequest:
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"e{i}" for i in range(n)], dtype="string", name="record_id")
    truth = (rng.random((n, len(findings))) < 0.25).astype(float)
    ai = np.where(rng.random(truth.shape) < wrong, 1 - truth, truth)
    truth[rng.random(truth.shape) < 0.02] = np.nan
    frame = pd.DataFrame(
        {
            "record_id": np.repeat(ids.to_numpy(), len(findings)),
            "reader_id": "model",
            "finding": np.tile(findings, n),
            "reading": np.where(ai.ravel() > 0.5, "present", "absent"),
            "score": np.clip(ai.ravel(), 0.1, 0.9),
        }
    )
    return PanelRequest(
        records=pd.DataFrame({"patient_id": ids}, index=ids),
        findings=findings,
        labels=ReferenceStandard(table=pd.DataFrame(truth, index=ids, columns=list(findings)), method="made up"),
        model_readings=readings_table(frame),
        rng=np.random.default_rng(seed + 1),
    )


def called(out: PanelReadings, asked: PanelRequest) -> pd.DataFrame:
    """Return the readings with what was true (`truth`) and whether the reader said yes (`yes`)."""
    assert asked.labels is not None
    row, column = asked.labels.table.index, asked.labels.table.columns
    table = out.readings.copy()
    place = row.get_indexer(pd.Index(table["record_id"])), column.get_indexer(pd.Index(table["finding"]))
    table["truth"] = asked.labels.table.to_numpy()[place]
    table["yes"] = table["reading"].isin(["present", "refer"])
    return table


def test_is_found_by_its_name_and_says_that_it_is_simulated() -> None:
    assert load("panels", "simulated_gps") is SimulatedGps
    assert SimulatedGps.simulated
    assert SimulatedGps().problems() == []
    assert SimulatedGps().digests() == {}


def test_readers_are_marked_and_described() -> None:
    readers = SimulatedGps(n_readers=3).read(request()).readers
    assert list(readers.index) == ["gp01", "gp02", "gp03"]
    assert set(readers["kind"]) == {"simulated"}
    assert set(readers["training"]) == {"gp"}
    assert list(readers["practice_id"]) == ["practice01", "practice01", "practice02"]
    assert (readers["ecgs_per_year"] > 0).all()
    mixed = SimulatedGps(n_readers=6, expertise="mixed").read(request()).readers
    assert sorted(mixed["training"]) == ["cardiologist", "gp", "gp", "gp", "gp", "resident"]


def test_readings_are_a_checked_table() -> None:
    asked = request()
    out = SimulatedGps(ai="model", missing=0.0).read(asked)
    assert list(out.readings.columns) == list(READING_COLUMNS)
    assert set(out.readings["reading"]) == set(ANSWERS)
    assert len(out.readings) == 12 * 2 * 120 * len(FINDINGS)
    pd.testing.assert_frame_equal(readings_table(out.readings), out.readings)
    assert out.left_out.empty


def test_the_ai_is_shown_in_the_aided_arm_only() -> None:
    asked = request()
    table = SimulatedGps(ai="model").read(asked).readings
    unaided = table["arm"] == "unaided"
    assert table.loc[unaided, "ai_reading"].isna().all()
    assert table.loc[unaided, "ai_score"].isna().all()
    shown = table[~unaided].set_index(["record_id", "finding"])
    said = asked.model_readings.set_index(["record_id", "finding"])
    assert (shown["ai_reading"] == said["reading"].reindex(shown.index)).all()
    assert (shown["ai_score"] == said["score"].reindex(shown.index)).all()


def test_without_an_ai_there_is_no_aided_arm() -> None:
    table = SimulatedGps(missing=0.0).read(request()).readings
    assert set(table["arm"]) == {"unaided"}
    assert len(table) == 12 * 120 * len(FINDINGS)


def test_advice_is_missing_where_the_model_did_not_answer() -> None:
    asked = request()
    some = asked.model_readings[asked.model_readings["finding"] == "AF"]
    some = pd.concat([some, some.assign(record_id="another archive's")])
    asked = PanelRequest(
        records=asked.records, findings=FINDINGS, labels=asked.labels, model_readings=some, rng=asked.rng
    )
    table = SimulatedGps(ai="model").read(asked).readings
    aided = table[table["arm"] == "aided"]
    assert aided.loc[aided["finding"] == "AF", "ai_reading"].notna().all()
    assert aided.loc[aided["finding"] != "AF", "ai_reading"].isna().all()


def test_is_the_same_for_the_same_seed() -> None:
    first = SimulatedGps(ai="model").read(request())
    again = SimulatedGps(ai="model").read(request())
    pd.testing.assert_frame_equal(first.readings, again.readings)
    pd.testing.assert_frame_equal(first.readers, again.readers)


def test_good_advice_helps_bad_advice_harms_and_none_does_nothing() -> None:
    def gain(wrong: float, reliance: float) -> float:
        asked = request(400, wrong=wrong)
        settings = {"period": 0.0, "fatigue": 0.0}
        out = called(SimulatedGps(n_readers=20, ai="model", reliance=reliance, effects=settings).read(asked), asked)
        right = out["yes"] == (out["truth"] == 1)
        known = out["truth"].notna() & (out["finding"] != "NORM")
        share = right[known].groupby(out["arm"], observed=True).mean()
        return float(share["aided"] - share["unaided"])

    assert gain(wrong=0.0, reliance=1.0) > 0.03
    assert gain(wrong=0.6, reliance=1.0) < -0.03
    assert abs(gain(wrong=0.0, reliance=0.0)) < 0.01


def test_normal_is_taken_back_beside_something_abnormal() -> None:
    out = SimulatedGps(n_readers=4).read(request())
    yes = out.readings[out.readings["reading"].isin(["present", "refer"])]
    names = yes.groupby(["reader_id", "record_id"], observed=True)["finding"].agg(set)
    assert all(found == {"NORM"} or "NORM" not in found for found in names)


def test_missing_recordings_are_missing_whole() -> None:
    table = SimulatedGps(n_readers=20, missing=0.3).read(request()).readings
    per_recording = table.groupby(["reader_id", "record_id"], observed=True).size()
    assert set(per_recording) == {len(FINDINGS)}
    assert len(per_recording) == pytest.approx(0.7 * 20 * 120, rel=0.05)


def test_the_dataset_s_own_difficulty_counts() -> None:
    asked = request(600, findings=("AF",))
    hard = np.arange(600) % 2 == 1
    asked.records["difficulty"] = np.where(hard, 3.0, -1.0)
    asked.records.loc[asked.records.index[:2], "difficulty"] = np.nan
    out = called(SimulatedGps(n_readers=10).read(asked), asked)
    right = out["yes"] == (out["truth"] == 1)
    is_hard = out["record_id"].map(dict(zip(asked.records.index, hard, strict=True))).astype(bool)
    known = out["truth"].notna()
    assert right[known & ~is_hard].mean() > right[known & is_hard].mean() + 0.1


STILL = {"learning": 0.0, "fatigue": 0.0, "period": 0.0, "carry_over": 0.0}


def right_by(asked: PanelRequest, effects: dict[str, float]) -> pd.DataFrame:
    panel = SimulatedGps(n_readers=20, ai="model", reliance=0.0, effects=STILL | effects)
    out = called(panel.read(asked), asked)
    out = out[out["truth"].notna()]
    return out.assign(right=out["yes"] == (out["truth"] == 1))


def test_learning_fatigue_and_period_are_seen_in_the_readings() -> None:
    asked = request(400, findings=("AF",))
    learning, fatigue, period = (right_by(asked, e) for e in ({"learning": 0.25}, {"fatigue": 1.5}, {"period": 1.0}))
    # 200 recordings more are half a unit of d'; fatigue takes 0.75 of it between the halves, a period gives 1
    assert _gain(learning, learning["position"] > 200) > 0.02
    assert _gain(fatigue, fatigue["position"] > 200) < -0.03
    assert _gain(period, period["period"] == 2) > 0.05


def _gain(readings: pd.DataFrame, later: pd.Series) -> float:
    return float(readings["right"][later].mean() - readings["right"][~later].mean())


def test_what_is_remembered_makes_the_second_reading_like_the_first() -> None:
    alike = []
    for carried in (0.0, 1.0):
        out = right_by(request(400, findings=("AF",)), {"carry_over": carried})
        wide = out.pivot_table(index=["reader_id", "record_id"], columns="arm", values="right", observed=True).dropna()
        alike.append((wide["aided"] == wide["unaided"]).mean())
    assert alike[0] < 0.95
    assert alike[1] == 1.0


def test_a_finding_outside_the_vocabulary_is_read_too() -> None:
    asked = request(findings=("NORM", "MY_OWN"))
    assert set(SimulatedGps(n_readers=2).read(asked).readings["finding"]) == {"NORM", "MY_OWN"}


def test_needs_labels_and_a_model_that_has_read() -> None:
    asked = request()
    blind = PanelRequest(
        records=asked.records, findings=FINDINGS, labels=None, model_readings=asked.model_readings, rng=asked.rng
    )
    with pytest.raises(ReadingsError, match="use a dataset that has labels"):
        SimulatedGps().read(blind)
    with pytest.raises(UnknownNameError, match="Did you mean 'model'"):
        SimulatedGps(ai="modle").read(asked)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_readers": 0}, "1 or more"),
        ({"n_readers": 2.5}, "whole number"),
        ({"expertise": "gps"}, "Did you mean 'gp'"),
        ({"design": "crosover"}, "Did you mean 'crossover'"),
        ({"reliance": -1}, "0 or more"),
        ({"missing": 1.0}, r"in \[0, 1\)"),
        ({"effects": {"learnin": 1}}, "Did you mean 'learning'"),
        ({"effects": {"carry_over": 2}}, "carry_over must be in"),
    ],
)
def test_refuses_arguments(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        SimulatedGps(**arguments)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_study_of_600_recordings_takes_under_three_seconds() -> None:
    asked = request(600)
    start = time.process_time()
    SimulatedGps(ai="model").read(asked)
    assert time.process_time() - start < 3
