"""What is odd is found, counted and named: small studies with one oddity each, counted by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.facts.metric import MetricFacts
from ecg_eval.domain.oddities import KINDS, ODDITY_COLUMNS, Oddity, oddities, oddities_table
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.plugins import make

PLAIN = MetricFacts(
    question="",
    source="",
    caveat="",
    answers="reading",
    short_name="",
    needs_scores=False,
    signed=False,
    is_test=False,
    role="",
    is_share=False,
)
IDS = [f"e{i:02d}" for i in range(24)]
TRUTH = [1.0] * 12 + [0.0] * 12


def study(
    *changes: dict[str, Any],
    truth: dict[str, list[float]] | None = None,
    more: pd.DataFrame | None = None,
    drop: str = "",
    **columns: object,
) -> ReaderStudy:
    """Return a study in which two GPs read all ECGs rightly but for one each, changed as asked."""
    table = truth or {"AF": TRUTH}
    rows = [
        {"record_id": record, "reader_id": reader, "finding": finding, "reading": _said(i == wrong, values[i])}
        for wrong, reader in ((0, "g1"), (13, "g2"))
        for finding, values in table.items()
        for i, record in enumerate(IDS)
    ]
    frame = pd.DataFrame(rows).assign(**columns)
    if more is not None:
        frame = pd.concat([frame, more])
    if drop:
        frame = frame.query(drop)
    records = pd.DataFrame({"patient_id": [f"p{i}" for i in range(24)]}, index=pd.Index(IDS, name="record_id"))
    return ReaderStudy(
        records=records,
        readers=readers_table(pd.DataFrame({"reader_id": ["g1", "g2"], "kind": "gp"})),
        readings=readings_table(frame),
        reference=ReferenceStandard(table=pd.DataFrame(table, index=records.index), method=""),
        findings=tuple(table),
    )


def _said(is_wrong: bool, truth: float) -> str:
    return "present" if (truth == 1) != is_wrong else "absent"


def asked(**facts: Any) -> MetricFacts:
    return replace(PLAIN, **facts)


def found(of: ReaderStudy, kind: str, **asked: Any) -> list[Oddity]:
    everything = oddities(of, **asked)
    assert {oddity.kind for oddity in everything} == {kind}
    return everything


def test_a_whole_study_has_nothing_odd() -> None:
    assert oddities(study()) == []


def test_truth_that_is_not_known_for_all() -> None:
    table = pd.DataFrame({"AF": [1.0] * 12 + [0.0] * 10 + [np.nan] * 2}, index=pd.Index(IDS, name="record_id"))
    whole = study()
    part = ReaderStudy(
        records=whole.records,
        readers=whole.readers,
        readings=whole.readings,
        reference=ReferenceStandard(table=table, method=""),
        findings=("AF",),
    )
    (odd,) = found(part, "truth_missing")
    assert (odd.finding, odd.count, odd.of, odd.records) == ("AF", 2, 24, ("e22", "e23"))


def test_no_truth_at_all_is_not_odd() -> None:
    whole = study()
    nothing = ReferenceStandard(table=whole.reference.table * np.nan, method="")
    agreement = ReaderStudy(
        records=whole.records, readers=whole.readers, readings=whole.readings, reference=nothing, findings=("AF",)
    )
    assert oddities(agreement) == []


def test_findings_that_nobody_read() -> None:
    both = study(truth={"AF": TRUTH, "LBBB": TRUTH}, drop="finding != 'LBBB'")
    (odd,) = found(both, "unread")
    assert (odd.finding, odd.count, odd.of) == ("LBBB", 0, 24)


def test_pairs_that_are_missing() -> None:
    (odd,) = found(study(drop="not (reader_id == 'g2' and record_id in ['e03', 'e05'])"), "pairs_missing")
    assert (odd.reader, odd.arm, odd.count, odd.of) == ("g2", "unaided", 2, 24)
    assert odd.records == ("e03", "e05")


def test_answers_that_are_missing_on_a_recording_that_was_read() -> None:
    both = study(
        truth={"AF": TRUTH, "LBBB": TRUTH}, drop="not (reader_id == 'g1' and finding == 'LBBB' and record_id == 'e03')"
    )
    (odd,) = found(both, "answers_missing")
    assert (odd.reader, odd.finding, odd.count, odd.of, odd.records) == ("g1", "LBBB", 1, 24, ("e03",))


def test_repeats_are_counted_not_the_first_readings() -> None:
    again = pd.DataFrame({"record_id": ["e01", "e02"], "reader_id": "g1", "finding": "AF", "reading": "absent"})
    (odd,) = found(study(more=again.assign(period=2), period=1), "repeats")
    assert (odd.reader, odd.count, odd.records) == ("g1", 2, ("e01", "e02"))


def test_a_later_period_that_comes_first_in_the_file_is_still_the_repeat() -> None:
    first = pd.DataFrame({"record_id": IDS[:3], "reader_id": "g1", "finding": "AF", "reading": "present", "period": 1})
    (odd,) = found(study(period=2, more=first), "repeats")
    assert (odd.reader, odd.count) == ("g1", 3)
    assert oddities(study(period=2)) == []  # one reading each, whatever its period is called


def test_exclusive_classes() -> None:
    classes = {"AF": TRUTH, "SR": [1 - value for value in TRUTH]}
    # each GP errs in both classes on the same ECG, which leaves one of the two present
    assert oddities(study(truth=classes), exclusive=[["AF", "SR"], ["MI", "NORM"]]) == []
    both = study(truth={"AF": TRUTH, "SR": TRUTH})
    found_both = found(both, "not_exclusive", exclusive=[["AF", "SR"]])
    assert [(o.reader, o.detail, o.count) for o in found_both] == [
        ("", "several", 12),
        ("", "none", 12),
        ("g1", "several", 11),
        ("g1", "none", 13),
        ("g2", "several", 13),
        ("g2", "none", 11),
    ]


def test_a_parent_that_is_absent_where_its_child_is_present() -> None:
    child = [1.0] * 12 + [0.0] * 12
    parent = [1.0] * 10 + [0.0] * 14
    said = found(study(truth={"IMI": child, "MI": parent}), "parents_absent")
    # g1 errs on e00 in both, g2 on e13 in both
    assert [(o.reader, o.finding, o.detail, o.count) for o in said] == [
        ("", "IMI", "MI", 2),
        ("g1", "IMI", "MI", 2),
        ("g2", "IMI", "MI", 2),
    ]
    assert said[0].records == ("e10", "e11")


@pytest.mark.parametrize("always", ["absent", "present"])
def test_one_sided_readers(always: str) -> None:
    said = found(study(reading=[always] * 24 + [_said(i == 13, TRUTH[i]) for i in range(24)]), "one_sided")
    assert [(o.reader, o.detail, o.count) for o in said] == [("g1", always, 24)]


def test_constant_scores() -> None:
    said = found(study(score=0.5), "constant_scores")
    assert [(o.reader, o.detail, o.count) for o in said] == [("g1", "0.5", 24), ("g2", "0.5", 24)]
    assert oddities(study(score=[i / 48 for i in range(48)])) == []


def test_a_floor_that_says_nothing_is_not_odd() -> None:
    silent = study(reading="absent", score=0.5)
    floors = replace(silent, readers=silent.readers.assign(is_floor=True))
    assert {o.kind for o in oddities(silent)} == {"one_sided", "constant_scores"}
    assert oddities(floors) == []


def test_few_cases_on_either_side() -> None:
    rare = [1.0] * 2 + [0.0] * 22
    assert [(o.detail, o.count, o.of) for o in found(study(truth={"AF": rare}), "few_cases")] == [("present", 2, 24)]
    common = [1.0] * 24
    said = found(study(truth={"AF": common}, drop="record_id != 'x'"), "few_cases")
    assert [(o.detail, o.count) for o in said] == [("absent", 0)]


def test_subgroups_that_the_records_do_not_have() -> None:
    odd = found(study(), "subgroup_unknown", subgroups=["sex", "age"])
    assert [(o.detail, o.count, o.of, o.records) for o in odd] == [("sex", 24, 24, ()), ("age", 24, 24, ())]


def test_what_is_stated_for_findings_that_nobody_is_asked_about() -> None:
    metrics = [asked(stated_for=("AF", "LBBB")), asked(stated_for=("LBBB",)), asked()]
    assert [(o.detail, o.count) for o in found(study(), "stated_unused", metrics=metrics)] == [("LBBB", 2)]


@pytest.mark.parametrize(
    ("name", "arguments", "stated"),
    [
        ("ppv_at_prevalence", {"prevalence": {"LBBB": {"value": 0.1, "source": "a register"}}}, ("LBBB",)),
        (
            "harm_per_thousand",
            {"costs": {"LBBB": {"missed": 3, "called": 1}, "urgent": {"missed": 5, "called": 1}}},
            ("LBBB",),
        ),
        ("under_managed", {"calls_for": {"LBBB": "refer"}}, ("LBBB",)),
    ],
)
def test_every_metric_says_for_which_findings_something_is_stated(
    name: str, arguments: dict[str, object], stated: tuple[str, ...]
) -> None:
    assert make("metrics", name, arguments).facts().stated_for == stated


def test_patients_that_are_unknown() -> None:
    whole = study()
    alone = ReaderStudy(
        records=whole.records.assign(patient_id=whole.records.index),
        readers=whole.readers,
        readings=whole.readings,
        reference=whole.reference,
        findings=("AF",),
    )
    (odd,) = found(alone, "patients_unknown")
    assert odd.count == 24


def test_times_below_zero() -> None:
    odd, unused = oddities(study(seconds=[-3.0] + [5.0] * 47))
    assert (odd.kind, odd.reader, odd.count, odd.records) == ("negative_times", "g1", 1, ("e00",))
    assert (unused.kind, unused.detail, unused.count) == ("not_evaluated", "seconds", 48)  # one arm: nothing to compare


def test_confidence_that_no_number_is_made_of() -> None:
    (odd,) = found(study(confidence=3.0), "not_evaluated")
    assert (odd.detail, odd.count) == ("confidence", 48)
    assert not oddities(study(confidence=3.0), metrics=[asked(uses=("confidence",))])
    assert not oddities(study(seconds=5.0), metrics=[asked(uses=("seconds",))])


@pytest.fixture
def aided() -> pd.DataFrame:
    return pd.DataFrame({"record_id": IDS[:4], "reader_id": "g1", "finding": "AF", "reading": "present"}).assign(
        arm="aided", ai_reading="present"
    )


def test_arms_that_are_not_balanced_and_opposite_ai_outputs(aided: pd.DataFrame) -> None:
    other = aided.assign(reader_id="g2", ai_reading=["present", "absent", "absent", None])
    odd = oddities(study(more=pd.concat([aided, other])))
    assert [o.kind for o in odd] == ["shown_opposite", "arms_unbalanced", "arms_unbalanced", "shown_unknown"]
    assert (odd[0].arm, odd[0].finding, odd[0].count, odd[0].of) == ("aided", "AF", 2, 4)
    assert odd[0].records == ("e01", "e02")
    assert [(o.reader, o.arm, o.count, o.of) for o in odd[1:3]] == [(g, "unaided", 20, 24) for g in ("g1", "g2")]
    assert (odd[3].reader, odd[3].count, odd[3].of) == ("g2", 1, 4)


def test_a_reader_without_the_other_arm(aided: pd.DataFrame) -> None:
    odd = [o for o in oddities(study(more=aided)) if o.kind == "arms_unbalanced"]
    assert [(o.reader, o.count) for o in odd] == [("g1", 20), ("g2", 24)]


def test_as_a_table() -> None:
    table = oddities_table(oddities(study(score=0.5)))
    assert list(table.columns) == list(ODDITY_COLUMNS)
    assert table["kind"].tolist() == ["constant_scores"] * 2
    assert set(table["kind"]) <= set(KINDS)
    assert len(oddities_table([])) == 0


def test_an_ai_shown_in_the_only_arm_that_is_called_unaided() -> None:
    odd = found(study(ai_reading=["present"] * 24 + [None] * 24), "ai_shown_unaided")
    assert [(o.reader, o.arm, o.count, o.of) for o in odd] == [("g1", "unaided", 24, 24)]
