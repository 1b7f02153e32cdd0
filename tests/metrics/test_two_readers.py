"""Two readers of the same ECGs: ratios, predictive values and scores are their kernels, and groups agree plainly."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.arrays.reading_arrays import class_of
from ecg_eval.domain.evaluation import POOLED, Row, single_rows
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.diagnostic.accuracy_comparison import compare_accuracy
from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test
from ecg_eval.stats.measurement.concordance import lin_ccc

Maker = Callable[..., ReaderStudy]


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


@pytest.mark.parametrize("repeated", [1, 3])
def test_a_pair_is_its_kernel_the_model_first(repeated: int, make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=repeated)
    given = {
        "truth": study.truth("AF"),
        "first": study.calls("model", "unaided", "AF"),
        "second": study.calls("gp2", "unaided", "AF"),
        "cluster": study.cluster,
    }
    wanted = {
        "relative_sensitivity": compare_accuracy(rate="sensitivity", contrast="ratio", **given),
        "relative_specificity": compare_accuracy(rate="specificity", contrast="ratio", **given),
        "relative_false_alarms": compare_accuracy(rate="false_positive_rate", contrast="ratio", **given),
        "ppv_difference": predictive_value_test(kind="positive", **given),
        "npv_difference": predictive_value_test(kind="negative", **given),
    }
    for name, kernel in wanted.items():
        found = rows(name, study)
        assert {r.reader for r in found} == {"model"}
        (row,) = [r for r in found if r.compared_with == "gp2" and r.finding == "AF"]
        for field in ("value", "low", "high", "p_value"):
            assert getattr(row.estimate, field) == pytest.approx(getattr(kernel, field))


def test_doctors_beside_each_other_where_asked(make_study: Maker) -> None:
    found = rows("ppv_difference", make_study(), pairs="all")
    assert {(r.reader, r.compared_with) for r in found} >= {("gp1", "gp2"), ("model", "gp1")}
    with pytest.raises(ConfigError, match="with_machine"):
        rows("ppv_difference", make_study(), pairs="some")


def test_readers_of_no_common_ecg_have_a_reason(make_study: Maker) -> None:
    study = make_study()
    first = (study.readings["record_id"].astype(str) < "r030").to_numpy()
    mine, machine = ((study.readings["reader_id"] == reader).to_numpy() for reader in ("gp1", "model"))
    apart = make_study(readings=study.readings[(mine & first) | (machine & ~first)])
    assert {r.estimate.reason for r in rows("relative_sensitivity", apart)} == {
        "no ECG whose truth is known was read by both"
    }


def test_scores_of_two_readers(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=2)
    other = study.readings[(study.readings["reader_id"] == "gp1").to_numpy()].copy()
    noise = np.random.default_rng(1).normal(0, 0.2, len(other))
    other["score"] = (other["reading"] == "present").to_numpy() * 0.5 + noise
    rest = study.readings[(study.readings["reader_id"] != "gp1").to_numpy()]
    both = make_study(ecgs_per_patient=2, readings=pd.concat([rest, other]))
    found = rows("score_agreement", both)
    (row,) = [r for r in found if r.finding == "AF"]
    wanted = lin_ccc(
        first=both.scores(row.reader, "unaided", "AF"), second=both.scores(row.compared_with, "unaided", "AF")
    )
    assert row.estimate.value == pytest.approx(wanted.ccc.value)
    assert "of one patient taken as independent" in row.estimate.method
    assert rows("score_agreement", study) == []
    few = other[(other["record_id"].astype(str) < "r003").to_numpy()]
    short = rows("score_agreement", make_study(readings=pd.concat([rest, few])))
    assert {r.estimate.reason for r in short} == {"fewer than 4 ECGs have answers of both"}


def test_plain_agreement_of_a_group(make_study: Maker) -> None:
    study = make_study()
    calls = np.stack([study.calls(f"gp{i}", "unaided", "AF") for i in (1, 2, 3)])
    same = [(calls[a] == calls[b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
    (pairs,) = [r for r in rows("percent_agreement", study) if r.arm == "unaided" and r.finding == "AF"]
    assert pairs.estimate.value == pytest.approx(np.mean(same))
    (everybody,) = [r for r in rows("unanimous_agreement", study) if r.arm == "unaided" and r.finding == "AF"]
    assert everybody.estimate.value == pytest.approx((calls.min(axis=0) == calls.max(axis=0)).mean())


def test_graded_answers_agree_by_weighted_kappa(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=2)
    rng = np.random.default_rng(3)
    graded = study.readings[study.readings["reader_id"].isin(["gp1", "gp2"]).to_numpy()].copy()
    graded["score"] = rng.integers(0, 5, len(graded)) / 4
    both = make_study(ecgs_per_patient=2, readings=graded)
    found = [r for r in rows("weighted_kappa", both, weights="linear") if (r.finding, r.arm) == ("AF", "unaided")]
    (row,) = [r for r in found if not r.is_group]
    (group,) = [r for r in found if r.is_group]
    assert (group.reader, group.n_people, group.combined) == (group.compared_with, 2, "")
    assert (group.estimate.value, group.estimate.n) == pytest.approx((row.estimate.value, row.estimate.n))
    grades = [both.scores(reader, "unaided", "AF") for reader in ("gp1", "gp2")]
    wanted = cohen_kappa(first=grades[0], second=grades[1], weights="linear", cluster=both.cluster)
    assert (row.estimate.value, row.estimate.low) == (wanted.value, wanted.low)
    graded["score"] = rng.random(len(graded))
    fine = rows("weighted_kappa", make_study(readings=graded))
    assert {r.estimate.reason for r in fine} == {"more than 10 different scores are no grades"}
    with pytest.raises(ConfigError, match=r"metrics\.weighted_kappa"):
        make("metrics", "weighted_kappa", {"weights": "cubic"})


def test_graded_answers_of_a_group_agree_by_the_mean_over_its_pairs(make_study: Maker) -> None:
    study = make_study()
    graded = study.readings[~study.readings["reader_id"].isin(["model"]).to_numpy()].copy()
    graded["score"] = np.random.default_rng(3).integers(0, 5, len(graded)) / 4
    continuous = study.readings[(study.readings["reader_id"] == "model").to_numpy()]
    found = rows("weighted_kappa", make_study(readings=pd.concat([graded, continuous])))
    af = [r for r in found if (r.finding, r.arm) == ("AF", "unaided")]
    pairs = [r.estimate.value for r in af if not r.is_group and "model" not in (r.reader, r.compared_with)]
    (group,) = [r for r in af if r.is_group and r.reader == r.compared_with]
    assert len(pairs) == 3
    assert group.estimate.value == pytest.approx(np.mean([v for v in pairs if v is not None]))
    (beside,) = [r for r in af if r.is_group and r.reader == "model"]
    assert beside.estimate.reason == "more than 10 different scores are no grades"


def test_single_choices_agree_by_the_kappa_of_their_classes(make_study: Maker) -> None:
    study = make_study()
    (row,) = [
        r
        for r in rows("class_kappa", study)
        if (r.reader, r.compared_with, r.arm, r.finding) == ("gp1", "gp2", "unaided", POOLED)
    ]
    chosen = [class_of(np.stack([study.calls(gp, "unaided", f) for f in study.findings])) for gp in ("gp1", "gp2")]
    wanted = cohen_kappa(first=chosen[0], second=chosen[1], cluster=study.cluster)
    assert (row.estimate.value, row.estimate.n) == (wanted.value, wanted.n)
    assert row.estimate.n < len(study.records)  # ECGs with none or several of the findings have no class
    (right,) = [r for r in rows("class_accuracy", study) if (r.reader, r.arm) == ("gp1", "unaided")]
    truth = class_of(np.stack([study.truth(f) for f in study.findings]))
    judged = ~np.isnan(truth + chosen[0])
    assert right.estimate.value == pytest.approx((truth == chosen[0])[judged].mean())


def test_of_two_classes_the_right_ones_are_the_accuracy_of_either(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=2)
    other = study.reference.table.assign(LBBB=1 - study.reference.table["AF"])
    af = study.readings[(study.readings["finding"] == "AF").to_numpy()]
    turned = {"present": "absent", "absent": "present"}
    not_af = af.assign(finding="LBBB", reading=af["reading"].astype("object").map(turned))
    two = make_study(
        ecgs_per_patient=2,
        readings=readings_table(pd.concat([af, not_af], ignore_index=True).drop(columns="score")),
        reference=ReferenceStandard(table=other, method="by hand"),
    )
    found = {(r.reader, r.arm, r.subgroup): r for r in rows("class_accuracy", two)}
    wanted = {(r.reader, r.arm, r.subgroup): r for r in rows("accuracy", two) if r.finding == "AF"}
    assert found.keys() == wanted.keys()
    assert any(r.is_group for r in found.values())
    for key, row in found.items():
        e, w = row.estimate, wanted[key].estimate
        assert (e.value, e.low, e.high, e.n) == pytest.approx((w.value, w.low, w.high, w.n))
        assert (row.is_group, row.n_people, row.n_records) == (
            wanted[key].is_group,
            wanted[key].n_people,
            wanted[key].n_records,
        )


def test_a_mean_has_no_pair_that_has_no_value_by_itself(make_study: Maker) -> None:
    study = make_study()
    early = (study.readings["record_id"].astype(str) < "r004").to_numpy()
    seldom = study.readings[(study.readings["reader_id"] != "gp3").to_numpy() | early]
    found = [r for r in rows("class_kappa", make_study(readings=seldom)) if r.arm == "unaided"]
    alone = [r.estimate.value for r in found if not r.is_group and "gp3" in (r.reader, r.compared_with)]
    assert alone == [None] * 3
    (group,) = [r for r in found if r.is_group and r.reader == r.compared_with]
    assert (group.estimate.value, group.estimate.reason) == (None, "fewer than 4 ECGs have answers of both")
    (beside,) = [r for r in found if r.is_group and r.reader == "model"]
    assert "mean over 2 of 3 readers" in beside.estimate.method


def test_choices_of_a_group_agree_by_the_mean_over_its_pairs(make_study: Maker) -> None:
    study = make_study()
    found = [r for r in rows("class_kappa", study) if r.arm == "unaided"]
    pairs = [r.estimate.value for r in found if not r.is_group and "model" not in (r.reader, r.compared_with)]
    (group,) = [r for r in found if r.is_group and r.reader == r.compared_with]
    assert group.estimate.value == pytest.approx(np.mean([v for v in pairs if v is not None]))
    with_model = [r.estimate.value for r in found if not r.is_group and "model" in (r.reader, r.compared_with)]
    (beside,) = [r for r in found if r.is_group and r.reader == "model"]
    assert beside.estimate.value == pytest.approx(np.mean([v for v in with_model if v is not None]))
    assert (group.n_people, beside.n_people) == (3, 3)
    assert "fixed readers" in beside.estimate.method  # three readers say too little of others
