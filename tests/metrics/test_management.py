"""What readers would do, beside what the ECGs call for: against arithmetic on paper, in every design."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.management.levels import called_for, levels_of

ASKED = [
    *("management_right", "under_managed", "over_managed", "sent_on"),
    *("aid_effect_management_right", "aid_effect_under_managed", "aid_effect_sent_on"),
]
# AF is urgent in the vocabulary (refer), ventricular tachycardia is act now (ambulance), 1AVB is routine (follow-up)
TRUTH = pd.DataFrame(
    {
        "record_id": [f"e{i}" for i in range(6)],
        "AF": [1, 1, 0, 0, 0, 0],
        "VT": [0, 1, 0, 0, 0, 0],
        "1AVB": [0, 0, 1, 1, 0, 0],
    }
)
# e0 calls for refer, e1 for an ambulance, e2 and e3 for a follow-up, e4 and e5 for nothing
SAID = {
    ("gp1", "unaided"): ["follow_up", "refer", "follow_up", "nothing", "nothing", "refer"],
    ("gp1", "aided"): ["refer", "ambulance", "follow_up", "follow_up", "nothing", "refer"],
    ("gp2", "unaided"): ["refer", "ambulance", "refer", "follow_up", None, "nothing"],
    ("gp2", "aided"): ["refer", "ambulance", "follow_up", "follow_up", "nothing", "nothing"],
}


def readings(said: dict[tuple[str, str], list[str | None]]) -> pd.DataFrame:
    def rows() -> Iterator[dict[str, str | None]]:
        for (reader, arm), answers in said.items():
            for record, answer in zip(TRUTH["record_id"], answers, strict=True):
                for finding in ("AF", "VT", "1AVB"):
                    known = {"record_id": record, "reader_id": reader, "finding": finding, "arm": arm}
                    yield {**known, "reading": "absent", "management": answer}

    return pd.DataFrame(rows())


def evaluated(said: dict[tuple[str, str], list[str | None]], **more: object) -> pd.DataFrame:
    readers = {reader: "gp" for reader, _ in said}
    made = ecg_eval.evaluate(
        readings(said), TRUTH, readers=readers, metrics=more.pop("metrics", ASKED), resamples=100, **more
    )
    return made.frame


def value(frame: pd.DataFrame, metric: str, reader: str, arm: str) -> float:
    (row,) = frame.query("metric == @metric and reader == @reader and arm == @arm and subgroup == ''").itertuples()
    assert row.finding == POOLED
    return float(row.value)


def test_an_ecg_calls_for_what_its_most_urgent_finding_does() -> None:
    levels = levels_of(["AF", "VT", "1AVB"], {})
    assert levels.tolist() == [2, 3, 1]
    truths = TRUTH[["AF", "VT", "1AVB"]].to_numpy(dtype=float).T
    assert called_for(truths, levels).tolist() == [2, 3, 1, 1, 0, 0]
    truths[1, 0], truths[2, 1] = np.nan, np.nan  # it might be VT; a 1AVB more changes nothing
    assert called_for(truths, levels).tolist()[1:] == [3, 1, 1, 0, 0]
    assert np.isnan(called_for(truths, levels)[0])
    assert levels_of(["AF", "1AVB"], {"AF": "ambulance"}).tolist() == [3, 1]
    with pytest.raises(ConfigError, match="Did you mean 'refer'"):
        levels_of(["AF"], {"AF": "refr"})
    with pytest.raises(ConfigError, match=r"calls_for\.LBBB"):
        levels_of(["AF"], {"LBBB": "refer"})


def test_shares_and_the_effect_of_help_are_those_of_paper() -> None:
    frame = evaluated(SAID)
    assert not frame.duplicated(["metric", "reader", "arm", "finding", "subgroup"]).any()
    bounded = frame.dropna(subset=["value", "low", "high"])
    assert (bounded["low"] <= bounded["value"]).all()
    assert (bounded["value"] <= bounded["high"]).all()
    assert value(frame, "management_right", "gp1", "unaided") == pytest.approx(2 / 6)
    assert value(frame, "under_managed", "gp1", "unaided") == pytest.approx(3 / 6)
    assert value(frame, "over_managed", "gp1", "unaided") == pytest.approx(1 / 6)
    assert value(frame, "sent_on", "gp1", "unaided") == pytest.approx(2 / 6)
    assert value(frame, "management_right", "gp2", "unaided") == pytest.approx(4 / 5)  # of one ECG nothing was said
    assert value(frame, "aid_effect_management_right", "gp1", "aided - unaided") == pytest.approx(5 / 6 - 2 / 6)
    assert value(frame, "aid_effect_under_managed", "gp1", "aided - unaided") == pytest.approx(-3 / 6)
    assert value(frame, "aid_effect_sent_on", "gp1", "aided - unaided") == pytest.approx(1 / 6)
    both = value(frame, "aid_effect_management_right", "gp (mean of 2)", "aided - unaided")
    assert both == pytest.approx((3 / 6 + 1 / 5) / 2)


def test_readers_who_were_not_asked_have_no_rows() -> None:
    frame = evaluated({key: [None] * 6 for key in SAID})
    assert frame.empty or not frame["metric"].isin(ASKED).any()


def test_what_a_finding_calls_for_can_be_said() -> None:
    asked = [{"name": "management_right", "calls_for": {"AF": "follow_up"}}]
    frame = evaluated(SAID, metrics=asked)
    assert value(frame, "management_right", "gp1", "unaided") == pytest.approx(3 / 6)  # e0 now calls for a follow-up


def test_arms_of_other_readers_and_other_ecgs_are_compared_as_the_design_asks() -> None:
    said = {(f"gp{i}", "aided" if i % 2 else "unaided"): SAID["gp1", "aided" if i % 2 else "unaided"] for i in range(8)}
    frame = evaluated(said)
    (row,) = frame.query("metric == 'aid_effect_management_right' and is_group").itertuples()
    assert row.value == pytest.approx(3 / 6)
    half = {
        key: [a if (i % 2 == 0) == (key[1] == "aided") else None for i, a in enumerate(answers)]
        for key, answers in SAID.items()
    }
    table = readings(half).dropna(subset=["management"])
    made = ecg_eval.evaluate(table, TRUTH, readers={"gp1": "gp", "gp2": "gp"}, metrics=ASKED, resamples=100).frame
    own = made.query("metric == 'aid_effect_management_right' and reader == 'gp1'").iloc[0]
    assert own["value"] == pytest.approx(3 / 3 - 0 / 3)  # e0, e2, e4 with help; e1, e3, e5 without


def test_a_stepped_wedge_takes_time_out() -> None:
    rng = np.random.default_rng(5)
    parts = []
    for practice in range(4):
        for period in range(1, 5):
            helped = period > practice
            for reader in (f"gp{practice}a", f"gp{practice}b"):
                for k in range(15):
                    right = rng.random() < (0.8 if helped else 0.55)
                    parts.append(
                        {
                            "record_id": f"p{period}k{k}",
                            "reader_id": reader,
                            "finding": "AF",
                            "reading": "present",
                            "arm": "aided" if helped else "unaided",
                            "period": period,
                            "management": "refer" if right else "nothing",
                        }
                    )
    table = pd.DataFrame(parts)
    truth = pd.DataFrame({"record_id": table["record_id"].unique(), "AF": 1})
    readers = pd.DataFrame(
        {"reader_id": table["reader_id"].unique(), "kind": "gp", "practice_id": [f"p{i // 2}" for i in range(8)]}
    )
    frame = ecg_eval.evaluate(
        table, truth, readers=readers, metrics=["aid_effect_management_right"], design="stepped_wedge", resamples=100
    ).frame
    (row,) = frame.query("metric == 'aid_effect_management_right' and is_group").itertuples()
    assert 0.05 < row.value < 0.5
    assert "adjusted for period" in row.method


def test_who_says_what_to_do_and_nothing_else_is_counted() -> None:
    """gp1 leaves the findings of e0 and e1 blank; what would be done about them counts all the same."""
    said = {("gp1", "unaided"): SAID["gp1", "unaided"]}
    table = readings(said)
    silent = table["record_id"].isin(["e0", "e1"])
    blank = table.assign(reading=table["reading"].mask(silent))
    study = ecg_eval.evaluate(
        blank, TRUTH, readers={"gp1": "gp"}, metrics=["management_right", "sent_on", "sensitivity"], resamples=100
    )
    made = study.frame
    assert value(made, "management_right", "gp1", "unaided") == pytest.approx(2 / 6)
    assert value(made, "sent_on", "gp1", "unaided") == pytest.approx(2 / 6)
    (af,) = made.query("metric == 'sensitivity' and reader == 'gp1' and finding == 'AF'").itertuples()
    assert pd.isna(af.value)
    missing = {one.finding: (one.count, one.of) for one in study.oddities() if one.kind == "answers_missing"}
    assert missing == dict.fromkeys(["AF", "VT", "1AVB"], (2, 6))


def test_a_repeat_that_answers_counts_before_a_reading_that_only_says_what_to_do() -> None:
    first = readings({("gp1", "unaided"): ["refer"] * 6}).assign(reading=None, period=1)
    again = readings({("gp1", "unaided"): ["nothing"] * 6}).assign(period=2)
    made = ecg_eval.evaluate(
        pd.concat([first, again]), TRUTH, readers={"gp1": "gp"}, metrics=["specificity"], resamples=100
    ).frame
    (af,) = made.query("metric == 'specificity' and reader == 'gp1' and finding == 'AF'").itertuples()
    assert (af.n, af.value) == (4, 1)
