"""What every metric keeps: complete rows, the same answer in any order, a reason where nothing is known.

The numbers themselves come from ``stats/`` and are tested there against other programs; here stand the loops around
them: who is measured, on what, the means over findings and readers, and what is left out.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval import registry
from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, POOLED, Row, single_rows
from ecg_eval.domain.notes import READ_BOTH_WAYS
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.plugins import make

Maker = Callable[..., ReaderStudy]
NAMES = registry.names("metrics")
LEARNT_ON_OTHER_PATIENTS = ("recalibration_gain", "conformal_coverage", "conformal_single_answer")
NEEDS_NO_TRUTH = {
    "percent_agreement",
    "unanimous_agreement",
    "class_kappa",
    *("latent_prevalence", "latent_sensitivity", "latent_specificity"),
    *("cohen_kappa", "pabak", "gwet_ac1", "positive_agreement", "negative_agreement", "fleiss_kappa"),
    *("krippendorff_alpha", "standing_in", "individual_equivalence", "repeatability", "whole_reading_agreement"),
    *("calling_habits", "aid_effect_seconds", "aid_effect_seconds_median", "aid_effect_confidence"),
    *("seconds", "seconds_over_arms", "referral_load"),
}


def metric(name: str) -> Metric:
    made: Metric = make("metrics", name, {})
    return made


def rows(name: str, study: ReaderStudy) -> list[Row]:
    return list(single_rows(metric(name).rows(study, level=0.95)))


def value(found: list[Row], **where: str) -> float:
    where = {"subgroup": ""} | where
    chosen = [r for r in found if all(getattr(r, k) == v for k, v in where.items())]
    assert len(chosen) == 1, f"{len(chosen)} rows for {where}"
    assert chosen[0].estimate.value is not None, chosen[0].estimate.reason
    return chosen[0].estimate.value


# of these test_management.py has the properties
ABOUT_MANAGEMENT = tuple(name for name in NAMES if metric(name).answers == "management")


def keyed(found: list[Row]) -> dict[tuple[str, ...], float | None]:
    keys = ("reader", "arm", "compared_with", "finding", "subgroup")
    return {tuple(getattr(r, k) for k in keys): r.estimate.value for r in found}


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_unique_and_within_their_intervals(name: str, make_study: Maker) -> None:
    found = rows(name, make_study())
    # which need a second reader, or people, who give scores; and readers who were asked what they would do
    silent = ("auroc_difference", "aid_effect_auroc", "score_agreement", "weighted_kappa", *ABOUT_MANAGEMENT)
    assert bool(found) == (name not in silent)
    assert len(keyed(found)) == len(found)
    for row in found:
        e = row.estimate
        assert row.metric == name or (row.metric in metric(name).also_yields and row.subgroup == READ_BOTH_WAYS)
        if e.value is not None and e.low is not None and e.high is not None:
            assert e.low - 1e-12 <= e.value <= e.high + 1e-12, row
            assert e.low < e.high, row


@pytest.mark.parametrize("name", NAMES)
def test_patients_with_several_ecgs(name: str, make_study: Maker) -> None:
    alone, paired = (keyed(rows(name, make_study(ecgs_per_patient=n))) for n in (1, 3))
    assert alone.keys() == paired.keys()
    for key, number in paired.items():
        expected = alone[key]
        # McNemar's clustered form is another statistic of the same question
        if name not in ("mcnemar", *LEARNT_ON_OTHER_PATIENTS):
            assert (number is None and expected is None) or number == pytest.approx(expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_records_and_readings_does_not_matter(name: str, make_study: Maker) -> None:
    study = make_study()
    order = np.random.default_rng(2).permutation(len(study.records))
    assert study.weights is not None
    shuffled = make_study(
        records=study.records.iloc[order],
        reference=ReferenceStandard(table=study.reference.table.iloc[order], method="m"),
        readings=study.readings.sample(frac=1, random_state=1),
        resamples=Resamples.of(study.weights[:, order], np.arange(len(order))),
    )
    expected, got = keyed(rows(name, study)), keyed(rows(name, shuffled))
    assert expected.keys() == got.keys()
    for key, number in expected.items():
        assert (number is None and got[key] is None) or got[key] == pytest.approx(number)


@pytest.mark.parametrize("name", NAMES)
def test_without_truth_only_agreement_speaks(name: str, make_study: Maker) -> None:
    study = make_study()
    empty = ReferenceStandard(table=study.reference.table * np.nan, method="none")
    found = rows(name, make_study(reference=empty))
    assert bool(found) == (name in NEEDS_NO_TRUTH)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_records", [1, 2])
def test_next_to_no_data_gives_reasons(name: str, n_records: int, make_study: Maker) -> None:
    study = make_study()
    keep = np.zeros(len(study.records), dtype=bool)
    keep[:n_records] = True
    for row in rows(name, study.subset(keep)):
        e = row.estimate
        assert e.value is not None or e.reason
        if e.value is not None and (e.low is None or e.high is None):
            assert e.reason, row


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_that_nobody_has(name: str, make_study: Maker) -> None:
    truth = make_study().reference.table.assign(AF=0.0)
    for row in rows(name, make_study(reference=ReferenceStandard(table=truth, method="m"))):
        assert row.estimate.value is not None or row.estimate.reason


@pytest.mark.parametrize("name", NAMES)
def test_without_resamples_there_are_values_and_reasons(name: str, make_study: Maker) -> None:
    for row in rows(name, make_study(resamples=None)):
        e = row.estimate
        if row.finding == MACRO and e.value is not None:
            assert e.reason or e.low is not None


def test_counts_that_can_be_done_on_paper(make_study: Maker) -> None:
    study = make_study()
    truth, call = study.truth("AF"), study.calls("gp1", "unaided", "AF")
    tp, fn = np.sum((truth == 1) & (call == 1)), np.sum((truth == 1) & (call == 0))
    fp, tn = np.sum((truth == 0) & (call == 1)), np.sum((truth == 0) & (call == 0))
    at = {"reader": "gp1", "arm": "unaided", "finding": "AF"}
    assert value(rows("sensitivity", study), **at) == tp / (tp + fn)
    assert value(rows("specificity", study), **at) == tn / (tn + fp)
    assert value(rows("ppv", study), **at) == tp / (tp + fp)
    assert value(rows("npv", study), **at) == tn / (tn + fn)
    assert value(rows("f1", study), **at) == pytest.approx(2 * tp / (2 * tp + fp + fn))
    assert value(rows("positive_likelihood_ratio", study), **at) == pytest.approx(tp / (tp + fn) / (fp / (fp + tn)))
    assert value(rows("negative_likelihood_ratio", study), **at) == pytest.approx(fn / (tp + fn) / (tn / (fp + tn)))
    assert value(rows("prevalence", study), finding="AF") == truth.mean()


def test_means_over_findings_and_readers(make_study: Maker) -> None:
    study = make_study()
    found = rows("sensitivity", study)
    own = {r: [value(found, reader=r, arm="unaided", finding=f) for f in study.findings] for r in ("gp1", "gp2", "gp3")}
    assert value(found, reader="gp1", arm="unaided", finding=MACRO) == pytest.approx(np.mean(own["gp1"]))
    group = {"reader": "gp (mean of 3)", "arm": "unaided"}
    assert value(found, **group, finding="AF") == pytest.approx(np.mean([v[0] for v in own.values()]))
    assert value(found, **group, finding=MACRO) == pytest.approx(np.mean(list(own.values())))


def test_scores_belong_to_those_who_give_them(make_study: Maker) -> None:
    assert {r.reader for r in rows("auroc", make_study())} == {"model"}
    assert rows("auroc_difference", make_study()) == []


def test_brier_of_what_is_no_probability(make_study: Maker) -> None:
    readings = make_study().readings
    readings["score"] = readings["score"] * 100
    assert {r.estimate.reason for r in rows("brier", make_study(readings=readings)) if r.finding == "AF"} == {
        "scores outside 0 to 1 are no probabilities"
    }


def test_two_scoring_readers_are_compared(make_study: Maker) -> None:
    study = make_study()
    readings = study.readings.copy()
    other = readings[readings["reader_id"] == "model"].assign(reader_id="rival")
    other["score"] = 1 - other["score"]
    readers = pd.concat([study.readers, readers_table(pd.DataFrame({"reader_id": ["rival"], "kind": ["vendor"]}))])
    both = make_study(readings=readings_table(pd.concat([readings, other])), readers=readers)
    auc = rows("auroc", both)
    expected = value(auc, reader="model", finding="AF") - value(auc, reader="rival", finding="AF")
    assert value(rows("auroc_difference", both), finding="AF") == pytest.approx(expected)


def test_agreement_is_between_pairs_and_sides(make_study: Maker) -> None:
    study = make_study()
    found = rows("cohen_kappa", study)
    pairs = {(r.reader, r.compared_with) for r in found if r.arm == "unaided"}
    group = "gp (mean of 3)"
    assert ("model", "gp1") in pairs  # the machine is named first
    assert {("model", group), (group, group)} <= pairs
    inside = [
        value(found, reader=a, compared_with=b, arm="unaided", finding="AF")
        for a, b in (("gp1", "gp2"), ("gp1", "gp3"), ("gp2", "gp3"))
    ]
    assert value(found, reader=group, compared_with=group, arm="unaided", finding="AF") == pytest.approx(
        np.mean(inside)
    )


def test_readers_without_a_common_ecg(make_study: Maker) -> None:
    study = make_study()
    first, second = set(study.records.index[:30]), set(study.records.index[30:])
    readings = study.readings
    readings = readings[
        ((readings["reader_id"] == "gp1") & readings["record_id"].isin(first))
        | ((readings["reader_id"] == "gp2") & readings["record_id"].isin(second))
    ]
    apart = make_study(readings=readings)
    for name in ("cohen_kappa", "mcnemar", "fleiss_kappa", "sensitivity_difference"):
        chosen = {} if name not in ("mcnemar", "sensitivity_difference") else {"pairs": "all"}
        found = single_rows(make("metrics", name, chosen).rows(apart, level=0.95))
        reasons = {r.estimate.reason for r in found if r.finding == "AF"}
        assert reasons, name
        assert None not in reasons, name


def test_differences_are_first_minus_second(make_study: Maker) -> None:
    study = make_study()
    sens = rows("sensitivity", study)
    expected = value(sens, reader="model", arm="unaided", finding="AF") - value(
        sens, reader="gp1", arm="unaided", finding="AF"
    )
    found = rows("sensitivity_difference", study)
    assert value(found, reader="model", compared_with="gp1", arm="unaided", finding="AF") == pytest.approx(expected)
    spec = rows("specificity", study)
    expected = value(spec, reader="gp1", arm="aided", finding="AF") - value(
        spec, reader="gp2", arm="aided", finding="AF"
    )
    beside = make("metrics", "specificity_difference", {"pairs": "all"})
    found = list(single_rows(beside.rows(study, level=0.95)))
    assert value(found, reader="gp1", compared_with="gp2", arm="aided", finding="AF") == pytest.approx(expected)


def test_doctors_are_tested_against_one_another_on_request(make_study: Maker) -> None:
    assert {r.reader for r in rows("mcnemar", make_study())} == {"model"}
    every = make("metrics", "mcnemar", {"pairs": "all"})
    assert {r.reader for r in single_rows(every.rows(make_study(), level=0.95))} == {"model", "gp1", "gp2"}
    with pytest.raises(ConfigError, match="with_machine"):
        make("metrics", "mcnemar", {"pairs": "some"})


def test_what_the_aid_does_is_counted_by_hand(make_study: Maker) -> None:
    study = make_study()
    truth, ai = study.truth("AF"), study.ai_calls("gp2", "aided", "AF")
    without, with_aid = (study.calls("gp2", arm, "AF") == truth for arm in ("unaided", "aided"))
    at = {"reader": "gp2", "finding": "AF"}
    assert value(rows("aid_effect_accuracy", study), **at) == pytest.approx(with_aid.mean() - without.mean())
    for name, chosen in (("aid_effect_ai_right", ai == truth), ("aid_effect_ai_wrong", ai != truth)):
        assert value(rows(name, study), **at) == pytest.approx(with_aid[chosen].mean() - without[chosen].mean())
    for name, chosen in (("aid_effect_sensitivity", truth == 1), ("aid_effect_specificity", truth == 0)):
        assert value(rows(name, study), **at) == pytest.approx(with_aid[chosen].mean() - without[chosen].mean())
    assert value(rows("beneficial_switch", study), **at) == pytest.approx(with_aid[~without].mean())
    assert value(rows("harmful_switch", study), **at) == pytest.approx((~with_aid)[without].mean())


def test_pooling_weighs_every_reading_alike(make_study: Maker) -> None:
    study = make_study()
    wrong = right = 0
    for finding in study.findings:
        truth, ai = study.truth(finding), study.ai_calls("gp1", "aided", finding)
        change = (study.calls("gp1", "aided", finding) == truth).astype(int) - (
            study.calls("gp1", "unaided", finding) == truth
        )
        wrong += int((ai != truth).sum())
        right += int(change[ai != truth].sum())
    found = rows("aid_effect_ai_wrong", study)
    assert value(found, reader="gp1", finding=POOLED) == pytest.approx(right / wrong)
    assert value(found, reader="gp (mean of 3)", finding=POOLED) == pytest.approx(
        np.mean([value(found, reader=r, finding=POOLED) for r in ("gp1", "gp2", "gp3")])
    )


def test_readers_without_both_arms_have_no_aid_effect(make_study: Maker) -> None:
    study = make_study()
    only = study.readings[study.readings["arm"] == "unaided"]
    assert rows("aid_effect_accuracy", make_study(readings=only)) == []


def test_a_gap_is_the_difference_between_a_subgroup_and_all_others(make_study: Maker) -> None:
    study = make_study()
    women = (study.records["sex"] == "F").to_numpy()
    for of, gap in (("sensitivity", "sensitivity_gap"), ("specificity", "specificity_gap")):
        found = rows(gap, study)
        inside, others = rows(of, study.subset(women)), rows(of, study.subset(~women))
        for at in (
            {"reader": "gp1", "arm": "aided", "finding": "AF"},
            {"reader": "model", "finding": MACRO},
            {"reader": "gp (mean of 3)", "arm": "unaided", "finding": "LBBB"},
        ):
            expected = value(inside, **at) - value(others, **at)
            assert value(found, **at, subgroup="sex=F") == pytest.approx(expected)
            assert value(found, **at, subgroup="sex=M") == pytest.approx(-expected)


def test_a_gap_needs_a_number_on_both_sides_and_readers_to_average(make_study: Maker) -> None:
    study = make_study()
    truth = study.reference.table.copy()
    truth.loc[(study.records["sex"] == "F").to_numpy(), "AF"] = 0.0
    found = rows("sensitivity_gap", make_study(reference=ReferenceStandard(table=truth, method="m")))
    chosen = [r.estimate for r in found if r.finding == "AF"]
    assert chosen
    assert all(e.value is None and e.reason for e in chosen)
    alone = study.readings[study.readings["reader_id"].isin(["gp1", "model"])]
    lone = rows("sensitivity_gap", make_study(readings=alone, readers=study.readers.loc[["gp1", "model"]]))
    assert {r.reader for r in lone} == {"gp1", "model"}


def test_without_subgroups_there_are_no_gaps(make_study: Maker) -> None:
    assert rows("sensitivity_gap", make_study(subgroups=None)) == []
    everybody = make_study().subgroups.assign(sex="F")
    assert rows("sensitivity_gap", make_study(subgroups=everybody)) == []
