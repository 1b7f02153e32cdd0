"""Frames from Python are joined by a stated rule, counted, and never changed; `evaluate` has what the command has."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.joins import join
from ecg_eval.errors import EcgEvalError

QUICK: dict[str, Any] = {"metrics": ["sensitivity"], "resamples": 100}


def reads(ids: list[Any], truth: list[int], **columns: Any) -> pd.DataFrame:
    """Return one GP's readings, all right but the first."""
    said = [1 - truth[0], *truth[1:]]
    frame = pd.DataFrame({"record_id": ids, "reader_id": "g", "finding": "AF", "reading": said})
    return frame.assign(**columns)


TRUTH = [1, 0] * 10
IDS = list(range(20))


def table(ids: list[Any] = IDS, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"record_id": ids, "AF": TRUTH}).assign(**columns)


def sensitivity(*args: Any, **options: Any) -> float:
    frame = ecg_eval.evaluate(*args, readers={"g": "gp"}, **(QUICK | options)).frame
    return float(frame.loc[(frame["metric"] == "sensitivity") & (frame["finding"] == "AF"), "value"].iloc[0])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([float(i) for i in IDS], IDS),
        (IDS, [f" {i} " for i in IDS]),
        ([f"é{i}" for i in IDS], [f"e\u0301{i}" for i in IDS]),
        ([str(i) for i in IDS], [np.int64(i) for i in IDS]),
    ],
)
def test_ids_are_joined_as_text(ours: list[Any], theirs: list[Any]) -> None:
    assert sensitivity(reads(ours, TRUTH), table(theirs)) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([f"{i:05d}" for i in IDS], ["0 of the 20 ids", "'0' is perhaps '00000'", "record_id_digits: 5"]),
        ([f"{i}.hea" for i in IDS], ["0 of the 20 ids", "'0' is perhaps '0.hea'"]),
        ([*range(19), "r-19"], ["19 of the 20 ids"]),
        (
            [f"ecg{i}" for i in range(100, 120)],
            ["0 of the 20 ids of the recordings", "such as 'ecg100'"],
        ),
    ],
)
def test_ids_that_do_not_join_are_refused_with_counts_and_what_was_meant(theirs: list[Any], said: list[str]) -> None:
    ours: list[Any] = [*range(19), "R19"] if "r-19" in theirs else IDS
    with pytest.raises(EcgEvalError) as caught:
        sensitivity(reads(ours, TRUTH), table(theirs))
    assert all(part in str(caught.value) for part in said), str(caught.value)


def test_truth_for_a_part_is_counted_and_listed_as_odd() -> None:
    found = ecg_eval.evaluate(reads(IDS, TRUTH), table().iloc[:12], readers={"g": "gp"}, **QUICK)
    missing = [o for o in found.oddities() if o.kind == "truth_missing"]
    assert [(o.count, o.of) for o in missing] == [(8, 20)]
    assert "unknown for 8 of 20 ECGs" in found.report()


def test_what_the_truth_has_too_much_is_counted() -> None:
    more = pd.concat([table(LBBB=0), table([100 + i for i in IDS], LBBB=1)])
    found = ecg_eval.evaluate(reads(IDS, TRUTH), more, readers={"g": "gp"}, **QUICK)
    assert found.result.left_out["reason"].tolist() == [
        "columns that no reading is about: LBBB",
        "20 recordings of the truth that are not evaluated",
    ]


def test_truth_in_words_is_read_and_other_words_are_refused() -> None:
    words = table().assign(AF=["present", "absent"] * 10)
    assert sensitivity(reads(IDS, TRUTH), words) == pytest.approx(0.9)
    with pytest.raises(EcgEvalError, match="AF of record 0 must be 1, 0 or blank"):
        sensitivity(reads(IDS, TRUTH), words.assign(AF="maybe"))


def test_no_argument_is_changed() -> None:
    truth = table().set_index("record_id")
    readings, records = reads(IDS, TRUTH), pd.DataFrame({"record_id": IDS, "patient_id": IDS}).set_index("record_id")
    before = [frame.copy(deep=True) for frame in (truth, readings, records)]
    ecg_eval.evaluate(readings, truth, readers={"g": "gp"}, records=records, **QUICK)
    for was, now in zip(before, (truth, readings, records), strict=True):
        pd.testing.assert_frame_equal(now, was)


def test_a_misspelt_arm_and_a_misspelt_answer_are_told_at_once() -> None:
    both = pd.concat([reads(IDS, TRUTH), reads(IDS, TRUTH, arm="aidd")], ignore_index=True)
    both["reading"] = both["reading"].astype(object)
    both.loc[0, "reading"] = "presnt"
    with pytest.raises(EcgEvalError, match=r"(?s)Did you mean 'present'.*Did you mean 'aided'"):
        ecg_eval.evaluate(both, table(), readers={"g": "gp"}, **QUICK)


def test_arms_are_named_or_refused() -> None:
    both = pd.concat([reads(IDS, TRUTH, arm="before"), reads(IDS, TRUTH, arm="with net", ai_reading=TRUTH)])
    with pytest.raises(EcgEvalError, match=r"arms=\{'before'"):
        sensitivity(both, table())
    arms = {"before": "unaided", "with net": "aided"}
    asked = {"metrics": ["aid_effect_accuracy"]}
    found = ecg_eval.evaluate(both, table(), readers={"g": "gp"}, arms=arms, **(QUICK | asked))
    assert "aid_effect_accuracy" in set(found.frame["metric"])
    assert set(found.study.readings["arm"]) == {"unaided", "aided"}
    with pytest.raises(EcgEvalError, match="Did you mean 'aided'"):
        sensitivity(reads(IDS, TRUTH, arm="Aided"), table())


def test_a_label_set_is_no_finding_but_can_be_asked_for() -> None:
    with pytest.raises(EcgEvalError, match="a set of 5 findings"):
        sensitivity(reads(IDS, TRUTH, finding="superclasses"), table())
    two = pd.concat([reads(IDS, TRUTH, finding="MI"), reads(IDS, TRUTH)])
    found = ecg_eval.evaluate(two, table(MI=TRUTH), readers={"g": "gp"}, findings=["superclasses"], **QUICK)
    assert found.study.findings == ("NORM", "MI", "STTC", "CD", "HYP")
    assert "20 readings of AF, which is not asked for" in found.result.left_out["reason"].tolist()
    with pytest.raises(EcgEvalError, match="Did you mean 'AF'"):
        sensitivity(two, table(), findings=["AFF"])


def test_metrics_primary_and_subgroups_as_on_the_command_line() -> None:
    readings, readers, truth = study_frames()
    records = pd.DataFrame({"record_id": truth.index, "patient_id": truth.index, "ward": ["a", "b"] * 30})
    found = ecg_eval.evaluate(
        readings,
        truth,
        readers=readers,
        records=records,
        metrics=[{"name": "sensitivity"}, {"name": "specificity"}],
        primary=[{"metric": "sensitivity", "reader": "gp1", "finding": "AF"}],
        subgroups={"by": ["ward"], "minimum_n": 5},
        resamples=100,
    )
    planned = found.frame[found.frame["pre_specified"]]
    assert set(planned["reader"]) == {"gp1"}
    assert {"ward=a", "ward=b"} <= set(found.frame["subgroup"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"subgroups": ["sexe"], "records": table(sex="F", patient_id=1)}, "Did you mean 'sex'"),
        ({"subgroups": {"minimumn": 3}}, "Did you mean 'minimum_n'"),
        ({"primary": ["sensitivty"]}, "Did you mean 'sensitivity'"),
        ({"primary": [{"metrc": "sensitivity"}]}, "Did you mean 'metric'"),
        ({"primary": [{"finding": "AF"}]}, "a mapping with one"),
        ({"primary": [{"metric": "sensitivity", "margin": 0.1}]}, "left out for a metric without one"),
        (
            {"metrics": ["model_against_readers"], "primary": [{"metric": "model_against_readers", "margin": 0.1}]},
            "that of the metric (0.05)",
        ),
        ({"primary": [{"metric": "sensitivity", "margn": 0.1}]}, "Did you mean 'margin'"),
        ({"prevalence": {"AF": {"value": 0.1, "source": "a survey"}}}, "used by a metric"),
        ({"prevalence": {"AF": {"value": 0.1}}, "metrics": ["missed_per_thousand"]}, "prevalence.AF.source"),
        ({"prevalence": {"AFF": {"value": 0.1, "source": "a"}}, "metrics": ["missed_per_thousand"]}, "mean 'AF'"),
        ({"design": "crosover"}, "Did you mean 'crossover'"),
        ({"adjust_for": ["periods"]}, "Did you mean 'period'"),
        ({"primary": [{"metric": "sensitivity", "finding": "AFF"}]}, "Did you mean 'AF'"),
        ({"metrics": [{"level": 3}]}, "a mapping with one"),
        ({"tracking": {"url": "x"}}, "Did you mean 'uri'"),
        ({"quality": pd.DataFrame({"record_id": [1]})}, "a frame with record_id, kind, action"),
        ({"quality": pd.DataFrame({"record_id": [1], "kind": "noise", "action": "drop"})}, "one of exclude"),
        ({"quality": pd.DataFrame({"record_id": ["01"], "kind": "noise", "action": "exclude"})}, "perhaps '1'"),
        ({"records": table([None, *range(1, 20)], patient_id=1)}, "1 blank ones"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(EcgEvalError) as caught:
        sensitivity(reads(IDS, TRUTH), table(), **options)
    assert said in str(caught.value)


def test_a_prevalence_is_stated_once_for_all_metrics() -> None:
    stated = {"AF": {"value": 0.2, "source": "a survey"}}
    names = ("missed_per_thousand", "ppv_at_prevalence")

    def practice(**options: Any) -> pd.DataFrame:
        return ecg_eval.evaluate(reads(IDS, TRUTH), table(), readers={"g": "gp"}, **(QUICK | options)).frame

    once = practice(metrics=list(names), prevalence=stated)
    each = practice(metrics=[{"name": name, "prevalence": stated} for name in names])
    assert once["value"].notna().all()
    pd.testing.assert_frame_equal(once, each)


def test_flawed_recordings_are_left_out_or_named() -> None:
    flaws = pd.DataFrame({"record_id": [1.0, 3.0, 5.0], "kind": "noise", "action": ["exclude", "flag", "note"]})
    found = ecg_eval.evaluate(reads(IDS, TRUTH), table(), readers={"g": "gp"}, quality=flaws, **QUICK)
    assert len(found.study.records) == 19
    named = found.result.left_out[["record_id", "stage"]].to_numpy().tolist()
    assert named[:2] == [["1", "signal"], ["3", "signal, kept"]]


def test_tracking_says_what_came_of_it(tmp_path: Path) -> None:
    there = {"uri": f"sqlite:///{tmp_path / 'm.db'}", "experiment": "frames"}
    found = ecg_eval.evaluate(reads(IDS, TRUTH), table(), readers={"g": "gp"}, tracking=there, **QUICK)
    assert (tmp_path / "m.db").exists()
    assert "frames" in found.tracked
    off = ecg_eval.evaluate(reads(IDS, TRUTH), table(), readers={"g": "gp"}, tracking={"enabled": False}, **QUICK)
    assert "switched off" in off.tracked


def test_joins_know_what_programs_do_to_ids() -> None:
    found = join(["7", "8.0", "E9", "10.PNG", "x"], ["007", "8", "e9", "10", "y"])
    assert found.near == {"7": "007", "8.0": "8", "E9": "e9", "10.PNG": "10"}
    assert found.remedy(["y"]).startswith("'7' is perhaps '007'")
    assert join(["a", "b"], ["a", "b"]).unmatched == ()
    assert join(["a"], []).remedy([]) == ""
    assert join(["7"], ["007", "07"]).near == {}  # two could be meant
    assert join(["ecg_1"], ["ecg_2"]).near == {}
    assert "Did you mean 'ecg_2'" in join(["ecg_1"], ["ecg_2"]).remedy(["ecg_2"])


def test_groups_are_found_by_numbers() -> None:
    both = pd.concat([reads(IDS, TRUTH), reads(IDS, TRUTH).assign(reader_id="h")])
    who = pd.DataFrame({"reader_id": ["g", "h"], "kind": "gp", "years_experience": [18, 3]})
    groups = {"seasoned": {"where": {"years_experience": [18, 21]}}, "all": ["g", "h"]}
    found = ecg_eval.evaluate(both, table(), readers=who, groups=groups, **QUICK)
    assert found.study.groups == {"seasoned": ("g",), "all": ("g", "h")}
