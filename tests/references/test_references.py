"""Each way of forming the reference, against what a reader of the table can count by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError
from ecg_eval.references.adjudicated import Adjudicated
from ecg_eval.references.dataset_labels import DatasetLabels
from ecg_eval.references.latent_class import LatentClass
from ecg_eval.references.majority import Majority
from ecg_eval.references.none import NoReference
from ecg_eval.references.panel_threshold import PanelThreshold
from ecg_eval.references.reader import Reader

RECORDS = pd.DataFrame({"patient_id": ["1", "2", "3"]}, index=pd.Index(["1", "2", "3"], name="record_id"))
READERS = readers_table(pd.DataFrame({"reader_id": ["a", "b", "c", "x"], "kind": ["gp", "gp", "gp", "panel"]}))
CALLS = {
    "a": "present absent present",
    "b": "present absent uncertain",
    "c": "absent absent absent",
    "x": "present absent refer",
}
READINGS = readings_table(
    pd.DataFrame(
        [
            {"record_id": str(i + 1), "reader_id": reader, "finding": "AF", "reading": word}
            for reader, words in CALLS.items()
            for i, word in enumerate(words.split())
        ]
    )
)


def form(how: object, **changes: object) -> ReferenceStandard:
    given: dict[str, object] = {
        "records": RECORDS,
        "findings": ["AF"],
        "labels": None,
        "readings": READINGS,
        "readers": READERS,
    }
    return how.form(**(given | changes))  # type: ignore[attr-defined,no-any-return]


def same(values: object, expected: list[float]) -> bool:
    return np.array_equal(np.asarray(values, dtype=float), expected, equal_nan=True)


def test_majority_by_kind() -> None:
    reference = form(Majority(kinds=["gp"]))
    assert same(reference.table["AF"], [1, 0, np.nan])  # one present, one absent: a tie
    assert reference.formed_by == ("a", "b", "c")
    assert same(reference.truth("AF", judged=("a",)), [np.nan, 0, 0])


def test_majority_by_name_takes_unaided_readings_only() -> None:
    aided = READINGS[READINGS["reader_id"] == "c"].assign(arm="aided", reading="present")
    reference = form(Majority(readers=["a", "c"]), readings=pd.concat([READINGS, aided]))
    assert same(reference.table["AF"], [np.nan, 0, np.nan])


@pytest.mark.parametrize(
    "how", [Majority(kinds=["gp"]), PanelThreshold(threshold=2, kinds=["gp"]), LatentClass(kinds=["gp"])]
)
def test_an_answer_with_the_ai_in_view_is_no_vote_whatever_its_arm_is_called(how: object) -> None:
    is_shown = (READINGS["reader_id"] == "c") & (READINGS["record_id"] == "1")
    shown = READINGS.assign(ai_reading=READINGS["ai_reading"].mask(is_shown, "absent"))
    reference = form(how, readings=shown)
    without = form(how, readings=READINGS[~is_shown])
    assert same(reference.table["AF"], list(without.table["AF"]))
    assert "1 of these readings, made with an AI's output in view, do not vote." in reference.method
    assert "in view" not in without.method


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({}, "by either readers or kinds"), ({"readers": ["a"], "kinds": ["gp"]}, "by either readers or kinds")],
)
def test_majority_needs_voters(arguments: dict[str, list[str]], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Majority(**arguments)


def test_majority_of_nobody_and_of_strangers() -> None:
    with pytest.raises(ConfigError, match="at least two readers"):
        form(Majority(kinds=["nurse"]))
    with pytest.raises(ConfigError, match="Did you mean"):
        form(Majority(readers=["a", "aa"]))


def test_a_majority_says_how_far_its_voters_agree() -> None:
    # 3 votes for and 5 against: half of the pairs differ, of 30/56 expected by chance
    assert form(Majority(kinds=["gp"])).agreement == "Krippendorff's alpha between the voters is 0.07 (AF)."
    alone = READINGS[READINGS["record_id"] == "2"]
    assert not form(Majority(kinds=["gp"]), readings=alone).agreement  # nobody differs
    two = pd.concat([READINGS, READINGS.assign(finding="LBBB")])
    assert "over 2 findings" in form(Majority(kinds=["gp"]), readings=two, findings=["AF", "LBBB"]).agreement


@pytest.mark.parametrize(
    ("threshold", "truth"), [(1, [1, 0, 1]), (2, [1, 0, np.nan]), (3, [0, 0, 0])]
)  # on the third ECG b, who is uncertain, could turn a word of two
def test_a_panel_speaks_when_enough_of_it_do(threshold: int, truth: list[float]) -> None:
    reference = form(PanelThreshold(threshold=threshold, kinds=["gp"]))
    assert same(reference.table["AF"], truth)
    assert f"at least {threshold} of 3 readers" in reference.method
    assert not reference.is_independent_of("a")


def test_a_panel_smaller_than_its_threshold_is_refused() -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        PanelThreshold(threshold=0, kinds=["gp"])
    with pytest.raises(ConfigError, match="at least 4 readers"):
        form(PanelThreshold(threshold=4, kinds=["gp"]))


def test_the_likeliest_truth_follows_the_readers_who_are_mostly_right() -> None:
    rng = np.random.default_rng(4)
    ids = [f"r{i}" for i in range(300)]
    truth = rng.random(300) < 0.4
    said = {
        r: np.where(rng.random(300) < right, truth, ~truth) for r, right in zip("abc", (0.9, 0.85, 0.75), strict=True)
    }
    rows = [
        {"record_id": i, "reader_id": r, "finding": f, "reading": "present" if yes else "absent"}
        for f in ("AF", "LBBB")
        for r, calls in said.items()
        for i, yes in zip(ids, calls, strict=True)
        if f == "AF" or r != "c"
    ]
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id"))
    given = {"records": records, "findings": ["AF", "LBBB"], "readings": readings_table(pd.DataFrame(rows))}
    reference = form(LatentClass(kinds=["gp"]), **given)
    assert (reference.table["AF"] == truth).mean() > 0.88
    assert reference.table["LBBB"].isna().all()  # two readers
    assert "err independently" in reference.method
    assert "cannot be fitted for 1 findings, whose truth is unknown: LBBB" in reference.method
    sure = form(LatentClass(kinds=["gp"], certainty=0.95), **given)
    assert 0 < sure.table["AF"].isna().sum() < 150
    with pytest.raises(ConfigError, match="at least three readers"):
        form(LatentClass(readers=["a", "b"]), **given)
    with pytest.raises(ConfigError, match=r"from 0\.5 to below 1"):
        LatentClass(kinds=["gp"], certainty=0.4)


def test_an_adjudicator_settles_a_tie_and_stands_whoever_is_left_out(tmp_path: Path) -> None:
    sheet = tmp_path / "answers.csv"
    sheet.write_text(
        "record_id,finding,answer,comment\n3,AF,present,seen in V1\n2,AF,,\n9,AF,absent,\n", encoding="utf-8"
    )
    reference = form(Adjudicated(file=sheet, base={"name": "majority", "kinds": ["gp"]}))
    assert same(reference.table["AF"], [1, 0, 1])
    for voter in ("a", "b", "c"):
        assert reference.truth("AF", judged=(voter,))[2] == 1
    assert same(reference.truth("AF", judged=("a",)), [np.nan, 0, 1])  # the others' majority stands elsewhere
    assert "1 disputed readings were settled by an adjudicator; 1 truths changed" in reference.method
    assert Adjudicated(file=sheet).problems() == []
    assert "existing" in str(Adjudicated(file=tmp_path / "gone.csv").problems()[0])
    for base in ("adjudicated", {"kinds": ["gp"]}):
        with pytest.raises(ConfigError, match="another reference"):
            Adjudicated(file=sheet, base=base)


def test_one_reader_is_the_truth_and_is_not_judged() -> None:
    reference = form(Reader(reader="x", formed_by=["a"], method="Adjudicated."))
    assert same(reference.table["AF"], [1, 0, np.nan])
    assert (reference.is_reading_of, reference.formed_by, reference.method) == ("x", ("a",), "Adjudicated.")
    assert not reference.is_independent_of("a")
    with pytest.raises(ConfigError, match="one of the study's"):
        form(Reader(reader="y"))


def test_an_aided_reading_is_never_truth() -> None:
    seen = READINGS.assign(
        ai_reading=pd.Categorical(["present"] * len(READINGS), READINGS["ai_reading"].cat.categories)
    )
    with pytest.raises(ConfigError, match="no truth to judge the AI by"):
        form(Reader(reader="x"), readings=seen)
    with pytest.raises(ConfigError, match="without help"):
        Reader(reader="x", arm="aided")
    second = READINGS.assign(arm=pd.Categorical(["second look"] * len(READINGS)))
    with pytest.raises(ConfigError, match=r"Say `arm:` .* second look"):
        form(Reader(reader="x"), readings=second)
    assert same(form(Reader(reader="x", arm="second look"), readings=second).table["AF"], [1, 0, np.nan])
    some = seen.assign(ai_reading=seen["ai_reading"].where(seen["record_id"] == "1"))
    reference = form(Reader(reader="x"), readings=some)
    assert same(reference.table["AF"], [np.nan, 0, np.nan])
    assert "1 of these readings" in reference.method


def test_none_knows_nothing() -> None:
    assert not form(NoReference()).exists


def test_labels_are_passed_on() -> None:
    labels = ReferenceStandard(table=pd.DataFrame({"AF": [1.0, 0, 1]}, index=RECORDS.index), method="m")
    assert form(DatasetLabels(), labels=labels) is labels
    with pytest.raises(ConfigError, match="reference: majority"):
        form(DatasetLabels())
    assert DatasetLabels().problems() == []
