"""Each way of forming the reference, against what a reader of the table can count by hand."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError
from ecg_eval.references.dataset_labels import DatasetLabels
from ecg_eval.references.majority import Majority
from ecg_eval.references.none import NoReference
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
