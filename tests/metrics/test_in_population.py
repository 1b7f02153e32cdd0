"""Numbers in the population: what the rows hold beside the unweighted ones; kernels are tested against R's survey."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.evaluation import MACRO, POOLED, Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.patients.in_population import NO_POPULATION
from ecg_eval.metrics.bases.single_choice import NO_CHOICE
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.clusters.weighted_shares import FIXED, weighted_share

Maker = Callable[..., ReaderStudy]
PLAIN = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
SCORED = ("auroc", "average_precision", "brier")


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def one(found: list[Row], **where: str) -> Row:
    (row,) = [r for r in found if all(getattr(r, k) == v for k, v in ({"subgroup": ""} | where).items())]
    return row


def standing(study: ReaderStudy, weight: np.ndarray, stratum: pd.Series | None = None) -> ReaderStudy:
    return study.standing_for(weight, stratum, "a practice")


@pytest.mark.parametrize("name", [*PLAIN, *SCORED])
def test_equal_weights_leave_every_value_as_it_is(name: str, make_study: Maker) -> None:
    study = make_study()
    plain = rows(name, study)
    weighted = rows(f"{name}_in_population", standing(study, np.full(60, 7.0)))
    values = {(r.reader, r.arm, r.finding, r.subgroup): r.estimate for r in plain}
    assert {(r.reader, r.arm, r.finding, r.subgroup) for r in weighted} == set(values)
    for row in weighted:
        before = values[row.reader, row.arm, row.finding, row.subgroup]
        assert row.estimate.value == pytest.approx(before.value)
        assert row.estimate.n == before.n
        assert row.estimate.low is not None


def test_a_reader_is_the_kernels_and_says_whom_it_stands_for(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=3)
    weight = np.linspace(1, 9, 60)
    weight[5] = np.nan
    truth, call = study.truth("AF"), study.calls("gp1", "unaided", "AF")
    wanted = weighted_share(
        event=np.where(truth == 1, call, np.nan), weight=np.nan_to_num(weight), cluster=study.patients
    )
    e = one(
        rows("sensitivity_in_population", standing(study, weight)), reader="gp1", arm="unaided", finding="AF"
    ).estimate
    for name in ("value", "low", "high", "standard_error", "df", "n"):
        assert getattr(e, name) == pytest.approx(getattr(wanted, name))
    assert e.method == "weighted to a practice, 1 ECGs without a weight left out; Korn and Graubard's interval"


def test_rare_findings_lower_the_ppv_and_not_the_sensitivity(make_study: Maker) -> None:
    study = make_study()
    rare = np.where(study.truth("AF") == 1, 1.0, 30.0)
    stratum = pd.Series(np.where(rare == 1, "AF", "none"), index=study.records.index)
    weighted = standing(study, rare, stratum)
    for name, changes in (("sensitivity", False), ("specificity", False), ("ppv", True), ("npv", True)):
        where = {"reader": "gp (mean of 3)", "arm": "unaided", "finding": "AF"}
        before = one(rows(name, study), **where).estimate.value
        after = one(
            rows(f"{name}_in_population", weighted), reader="gp (mean of 3)", arm="unaided", finding="AF"
        ).estimate
        assert (after.value == pytest.approx(before)) is not changes
    prevalence = one(rows("prevalence_in_population", weighted), finding="AF").estimate
    assert (prevalence.low, prevalence.reason) == (None, FIXED)
    assert one(rows("prevalence_in_population", weighted), finding="LBBB").estimate.low is not None


def test_without_weights_the_reason_is_in_the_rows(make_study: Maker) -> None:
    for name in ("ppv_in_population", "auroc_in_population", "prevalence_in_population"):
        found = rows(name, make_study())
        assert {r.estimate.reason for r in found} == {NO_POPULATION}
        assert {r.finding for r in found} == ({"AF", "LBBB"} if name.startswith("prev") else {MACRO})
    nobody = standing(make_study(), np.zeros(60))
    assert rows("auroc_in_population", nobody)[0].estimate.reason == NO_POPULATION


def test_scores_that_are_no_probabilities_have_no_brier(make_study: Maker) -> None:
    study = make_study()
    study = make_study(readings=study.readings.assign(score=study.readings["score"] * 9))
    found = one(rows("brier_in_population", standing(study, np.ones(60))), reader="model", finding="AF")
    assert found.estimate.reason == "scores outside 0 to 1 are no probabilities"


def test_a_single_choice_leaves_out_what_is_none(make_study: Maker) -> None:
    study = make_study()
    truth = np.stack([study.truth(f) for f in study.findings])
    calls = np.stack([study.calls("gp1", "unaided", f) for f in study.findings])
    both = (truth.sum(axis=0) == 1) & (calls.sum(axis=0) == 1)
    right = truth.argmax(axis=0) == calls.argmax(axis=0)
    e = one(rows("balanced_accuracy", study), reader="gp1", arm="unaided", finding=POOLED).estimate
    shares = [right[both & (truth.argmax(axis=0) == k)].mean() for k in (0, 1)]
    assert e.value == pytest.approx(np.mean(shares))
    assert e.n == both.sum()
    assert e.method.startswith(
        f"{both.sum()} of 60 ECGs have one class by truth and reader; balanced accuracy, 2 classes"
    )
    for name in ("matthews_correlation", "macro_f1"):
        assert one(rows(name, study, findings=["LBBB", "AF"]), reader="gp1", arm="unaided").estimate.low is not None


def test_what_no_class_can_be(make_study: Maker) -> None:
    with pytest.raises(ConfigError, match="at least two"):
        rows("macro_f1", make_study(), findings=["AF"])
    with pytest.raises(ConfigError, match="Did you mean 'LBBB'"):
        rows("macro_f1", make_study(), findings=["AF", "LBB"])
    study = make_study()
    healthy = make_study(readings=study.readings.assign(reading="absent"))
    assert one(rows("macro_f1", healthy), reader="gp1", arm="unaided").estimate.reason == NO_CHOICE
