"""A study hands out arrays aligned with its records, after the answer policy."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.reference import majority as majority_of
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.errors import ArgumentError, ReadingsError

Maker = Callable[..., ReaderStudy]


def test_arrays_are_aligned_whatever_the_order_of_rows(make_study: Maker) -> None:
    study = make_study()
    shuffled = make_study(readings=study.readings.sample(frac=1, random_state=3))
    for reader, arm in study.reader_arms:
        for finding in study.findings:
            assert np.array_equal(study.calls(reader, arm, finding), shuffled.calls(reader, arm, finding))


def test_who_reads_in_which_arm(make_study: Maker) -> None:
    study = make_study()
    assert study.reader_arms[:2] == [("gp1", "unaided"), ("gp1", "aided")]
    assert study.readers_with("aided", "unaided") == ["gp1", "gp2", "gp3"]
    assert study.human_groups == {"gp (mean of 3)": ["gp1", "gp2", "gp3"]}
    assert ("gp1", "gp2", "aided") in list(study.pairs())
    assert study.is_machine("model")
    assert study.is_human("gp1")
    assert np.isnan(study.calls("model", "aided", "AF")).all()


@pytest.mark.parametrize(("policy", "expected"), [("absent", 0.0), ("present", 1.0), ("missing", np.nan)])
def test_answer_policy(make_study: Maker, policy: str, expected: float) -> None:
    readings = make_study().readings
    first = readings.index[(readings["reader_id"] == "gp1") & (readings["arm"] == "unaided")][0]
    readings.loc[first, "reading"] = "uncertain"
    study = make_study(readings=readings, answers=AnswerPolicy(uncertain=policy))
    assert np.array_equal(study.calls("gp1", "unaided", "AF")[:1], [expected], equal_nan=True)
    assert study.answer_counts().loc[("gp1", "unaided"), "uncertain"] == 1


def test_answer_policy_refuses_other_words() -> None:
    with pytest.raises(ArgumentError, match="refer"):
        AnswerPolicy(refer="maybe")


def test_repeats_do_not_replace_the_first_reading(make_study: Maker) -> None:
    study = make_study()
    again = study.readings[study.readings["reader_id"] == "gp1"].assign(period=2, reading="present")
    both = make_study(readings=readings_table(pd.concat([again, study.readings])))
    assert np.array_equal(both.calls("gp1", "unaided", "AF"), study.calls("gp1", "unaided", "AF"))


def test_patients_are_the_clusters(make_study: Maker) -> None:
    assert make_study().cluster is None
    paired = make_study(ecgs_per_patient=2)
    assert paired.cluster is not None
    assert paired.cluster[:4].tolist() == [0, 0, 1, 1]


def test_a_subset_keeps_everything_aligned(make_study: Maker) -> None:
    study = make_study()
    keep = (study.records["sex"] == "F").to_numpy()
    part = study.subset(keep)
    assert len(part.records) == 30
    assert part.weights is not None
    assert part.weights.shape == (200, 30)
    assert np.array_equal(part.truth("AF"), study.truth("AF")[keep])
    assert np.array_equal(part.scores("model", "unaided", "AF"), study.scores("model", "unaided", "AF")[keep])


def test_other_columns(make_study: Maker) -> None:
    study = make_study()
    readings = study.readings.assign(seconds=30.0, confidence=0.5)
    study = make_study(readings=readings)
    assert study.seconds("gp1", "aided", "AF").tolist() == [30.0] * 60
    assert study.confidence("gp1", "aided", "AF").tolist() == [0.5] * 60
    assert set(study.ai_calls("gp1", "aided", "AF")) == {0.0, 1.0}


def test_cubes_hold_the_readings_of_all(make_study: Maker) -> None:
    study = make_study()
    for quantity, one in (("calls", study.calls), ("scores", study.scores), ("ai_calls", study.ai_calls)):
        cube = study.cube(quantity)
        assert cube.shape == (7, 2, 60)
        for reader, arm in study.reader_arms:
            place = study.place(reader, arm)
            for i, finding in enumerate(study.findings):
                assert np.array_equal(cube[place, i], one(reader, arm, finding), equal_nan=True)
    assert study.place("model", "aided") is None


def test_categoricals_and_words_make_the_same_arrays(make_study: Maker) -> None:
    study = make_study()
    names = ["record_id", "reader_id", "finding", "arm", "reading", "ai_reading"]
    categorical = make_study(readings=study.readings.astype(dict.fromkeys(names, "category")))
    assert categorical.reader_arms == study.reader_arms
    assert np.array_equal(categorical.cube("ai_calls"), study.cube("ai_calls"), equal_nan=True)
    pd.testing.assert_frame_equal(categorical.answer_counts(), study.answer_counts())


def test_a_subset_leaves_out_who_read_nothing_of_it(make_study: Maker) -> None:
    study = make_study()
    readings = study.readings
    early = set(study.records.index[:30])
    readings = readings[(readings["reader_id"] != "gp2") | readings["record_id"].isin(early)]
    study = make_study(readings=readings)
    late = study.subset(np.arange(60) >= 30)
    anew = make_study(records=study.records[30:], readings=late.readings, reference=late.reference, resamples=None)
    assert late.reader_arms == anew.reader_arms
    assert ("gp2", "unaided") not in late.reader_arms
    assert np.array_equal(late.cube("calls"), anew.cube("calls"))
    assert late.subset(np.arange(30) < 3).cube("calls").shape == (5, 2, 3)


def test_a_reading_by_nobody_known_is_refused(make_study: Maker) -> None:
    study = make_study()
    with pytest.raises(ArgumentError, match="gp3"):
        _ = make_study(readers=study.readers.drop(index="gp3")).reader_arms


def test_truths_of_all_findings_leave_out_the_judged(make_study: Maker) -> None:
    study = make_study()
    votes = {
        f"v{i}": study.reference.table.sample(frac=0.8, random_state=i).reindex(study.records.index) for i in range(3)
    }
    majority = ReferenceStandard(table=study.reference.table, method="m", votes=votes, formed_by=tuple(votes))
    kept = make_study(reference=majority)
    assert np.array_equal(kept.truths(), study.truths())
    for i, finding in enumerate(study.findings):
        others = np.column_stack([votes[v][finding].to_numpy(dtype=float) for v in ("v1", "v2")])
        got = kept.truths(judged=("v0", "gp1"))[i]
        assert np.array_equal(got, majority_of(others), equal_nan=True)
        assert np.array_equal(got, kept.truth(finding, judged=("v0",)), equal_nan=True)
    assert np.isnan(kept.truths(judged=("v0", "v1", "v2"))).all()


def test_times_below_zero_are_not_known(make_study: Maker) -> None:
    study = make_study(n_records=10)
    reader, arm = study.reader_arms[0]
    times = np.full(len(study.readings), 4.0)
    times[::2] = -1.0
    timed = replace(study, readings=study.readings.assign(seconds=times))
    seconds = timed.seconds(reader, arm, study.findings[0])
    assert np.isnan(seconds).any()
    assert set(seconds[~np.isnan(seconds)]) == {4.0}


def test_the_label_of_a_group_gives_way_to_a_reader_of_that_name(make_study: Maker) -> None:
    study = make_study()
    label, members = next(iter(study.human_groups.items()))
    readings = study.readings.copy()
    readings["reader_id"] = readings["reader_id"].cat.rename_categories({members[0]: label})
    renamed = replace(study, readings=readings, readers=study.readers.rename(index={members[0]: label}))
    assert renamed.human_groups == {f"{label}, group": [label, *members[1:]]}


@pytest.mark.parametrize("finding", ["macro", "pooled"])
def test_a_finding_called_like_a_mean_is_refused(make_study: Maker, finding: str) -> None:
    with pytest.raises(ReadingsError, match="rename the finding"):
        replace(make_study(), findings=("AF", finding))
