"""What a study tells others: the counts of its readings, and nothing of any person."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames
from made_studies import accuracy, kappa

import ecg_eval
from ecg_eval.domain.facts.observatory import StudySummary
from ecg_eval.domain.facts.plain import from_plain, to_plain
from ecg_eval.domain.result import StudyResult
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.observatory.export import Declared, summary_of
from ecg_eval.pipeline.observatory.suppression import without_small


def result_of(reference: object = "truth") -> StudyResult:
    readings, readers, truth = study_frames()
    given = truth.reset_index() if reference == "truth" else reference
    return ecg_eval.evaluate(
        readings,
        given,  # type: ignore[arg-type]
        readers=readers,
        metrics=["sensitivity", "specificity", "fleiss_kappa", "cohen_kappa"],
        resamples=100,
    ).result


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return result_of()


def test_counts_are_those_of_the_readings(result: StudyResult) -> None:
    declared = summary_of(result, declared=Declared(study="s"), least=1)
    readings, _, truth = study_frames()
    (gps,) = [a for a in declared.accuracy if (a.reader, a.arm, a.finding) == ("gp", "aided", "AF")]
    said = readings[(readings["arm"] == "aided") & (readings["finding"] == "AF") & (readings["reader_id"] != "model")]
    right = said["record_id"].map(truth["AF"]).to_numpy()
    yes = (said["reading"] == "present").to_numpy()
    assert gps.readers == 3
    assert (gps.true_positive, gps.false_negative) == (
        int((yes & (right == 1)).sum()),
        int((~yes & (right == 1)).sum()),
    )
    assert (gps.true_negative, gps.false_positive) == (
        int((~yes & (right == 0)).sum()),
        int((yes & (right == 0)).sum()),
    )
    assert gps.positive_ecgs == int(truth["AF"].sum())
    row = result.evaluation.select(metric="sensitivity", reader="gp (mean of 3)", arm="aided", finding="AF").iloc[0]
    assert gps.sensitivity == pytest.approx(row["value"])
    assert gps.sensitivity_error == pytest.approx(row["standard_error"])


def test_agreement_is_that_of_the_evaluation(result: StudyResult) -> None:
    declared = summary_of(result, declared=Declared(), least=1)
    kinds = {(a.coefficient, a.first, a.second, a.arm) for a in declared.agreement}
    assert kinds == {
        ("fleiss_kappa", "gp", "gp", "unaided"),
        ("fleiss_kappa", "gp", "gp", "aided"),
        ("cohen_kappa", "model", "gp", "unaided"),
    }
    assert all(np.isfinite(a.standard_error) and a.standard_error > 0 for a in declared.agreement)


def test_nothing_names_a_person_or_a_record_and_the_file_reads_back(result: StudyResult) -> None:
    declared = summary_of(result, declared=Declared(study="s", software={"model": "2.1"}, period_start="2026-05"))
    text = json.dumps(to_plain(declared))
    for name in ("gp1", "gp2", "gp3", "r001"):
        assert f'"{name}"' not in text
    assert from_plain(StudySummary, json.loads(text), who="file") == declared
    assert declared.software[0].version == "2.1"
    assert declared.ecgs == 60
    assert declared.people == {"gp": 3}


def test_without_a_truth_agreement_is_told_and_no_accuracy() -> None:
    declared = summary_of(result_of(None), declared=Declared(), least=1)
    assert not declared.accuracy
    assert declared.agreement


def test_shares_that_were_not_asked_for_come_from_counts_each_ecg_once() -> None:
    readings, readers, truth = study_frames()
    made = ecg_eval.evaluate(
        readings, truth.reset_index(), readers=readers, metrics=["sensitivity"], resamples=100
    ).result
    declared = summary_of(made, declared=Declared(), least=1)
    for a in declared.accuracy:
        assert a.true_negative is not None
        assert a.false_positive is not None
        assert a.negative_ecgs is not None
        share = a.true_negative / (a.true_negative + a.false_positive)
        assert a.specificity == pytest.approx(share)
        assert a.specificity_error == pytest.approx((share * (1 - share) / a.negative_ecgs) ** 0.5)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"period_start": "2026-05-03"}, "year and month"),
        ({"period_start": "2026", "period_end": "2025"}, "not before"),
        ({"devices": ("mail me: a.b@c.org",)}, "person's"),
    ],
)
def test_days_and_addresses_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        Declared(**wrong)  # type: ignore[arg-type]


def test_a_program_that_did_not_take_part_is_refused(result: StudyResult) -> None:
    with pytest.raises(ArgumentError, match="one of the study's: model"):
        summary_of(result, declared=Declared(software={"other": "1"}))


def test_a_finding_of_few_ecgs_is_not_told() -> None:
    rare = accuracy(2, 3, 90, 97, finding="STEMI")
    shown = without_small([rare, accuracy(20, 30, 50, 60)], [kappa(0.5, 0.1)], least=5)
    few, common = shown.accuracy
    assert few.sensitivity is few.true_positive is few.false_negative is few.positive_ecgs is None
    assert few.true_negative is None  # with the ECGs of the study it would give the three away
    assert (few.specificity, few.negative_ecgs) == (0.93, 95)
    assert common == accuracy(20, 30, 50, 60)
    assert (shown.suppressed.few_ecgs, shown.suppressed.small_counts, shown.suppressed.agreement) == (1, 1, 0)


def test_a_small_count_of_many_ecgs_is_withheld_and_its_share_stays() -> None:
    shown = without_small([accuracy(298, 300, 60, 60)], [kappa(0.5, 0.1)], least=5)
    (declared,) = shown.accuracy
    assert declared.true_positive is declared.false_negative is None
    assert (declared.sensitivity, declared.sensitivity_error, declared.positive_ecgs) == (0.99, 0.005, 300)
    assert (declared.true_negative, declared.false_positive) == (60, 0)  # zero is nobody
    assert shown.agreement
    near = without_small([accuracy(999, 1000, 60, 60)], [], least=5).accuracy[0]
    assert near.sensitivity == 0.999  # never rounded to certainty


def test_agreement_on_a_rare_finding_is_not_told() -> None:
    shown = without_small([accuracy(2, 3, 90, 97)], [kappa(0.5, 0.1)], least=5)
    assert not shown.agreement
    assert shown.suppressed.agreement == 1


def test_devices_of_few_ecgs_are_not_told() -> None:
    readings, readers, truth = study_frames()
    ids = truth.index
    records = pd.DataFrame({"record_id": ids, "patient_id": ids, "device": ["rare"] + ["common"] * (len(ids) - 1)})
    made = ecg_eval.evaluate(
        readings, truth.reset_index(), readers=readers, records=records, metrics=["sensitivity"], resamples=100
    ).result
    assert summary_of(made, declared=Declared()).devices == ("common",)
    assert summary_of(made, declared=Declared(devices=("X",))).devices == ("X",)
