"""Means over findings and readers: what they take, what stands beside them, and that they add up."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.evaluation import MACRO, Row, single_rows
from ecg_eval.domain.notes import ALWAYS, BELOW_CHANCE, NEVER, ONE_POSITIVE, READ_BOTH_WAYS, TWO_POSITIVES, notes_of
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.by_reader import SAYS_NOTHING
from ecg_eval.metrics.bases.panels import LEAVE_ONE_OUT, over_panels
from ecg_eval.pipeline.plugins import make
from ecg_eval.references.majority import Majority
from ecg_eval.stats.estimate import Estimate

Maker = Callable[..., ReaderStudy]


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def one(found: list[Row], **where: object) -> Row:
    where = {"subgroup": ""} | where
    chosen = [r for r in found if all(getattr(r, k) == v for k, v in where.items())]
    assert len(chosen) == 1, f"{len(chosen)} rows for {where}"
    return chosen[0]


def made(calls: dict[str, dict[str, list[float]]], truth: dict[str, list[float]], **more: object) -> ReaderStudy:
    """Return a study of calls by reader ("gp1", or "gp1 aided") and finding; NaN is not read."""
    n = len(next(iter(truth.values())))
    ids = [f"r{i}" for i in range(n)]
    table = pd.DataFrame(truth, index=pd.Index(ids, dtype="string", name="record_id"), dtype=float)
    cells = [
        {
            "record_id": ids[i],
            "reader_id": who.split()[0],
            "arm": "aided" if who.endswith(" aided") else "unaided",
            "finding": finding,
            "reading": "present" if call else "absent",
            "ai_reading": "present" if who.endswith(" aided") else None,
        }
        for who, findings in calls.items()
        for finding, column in findings.items()
        for i, call in enumerate(column)
        if not np.isnan(call)
    ]
    readers = list(dict.fromkeys(who.split()[0] for who in calls))
    kinds = ["model" if r.startswith("ai") else "gp" for r in readers]
    parts: dict[str, object] = {
        "records": pd.DataFrame({"patient_id": ids}, index=table.index),
        "readers": readers_table(pd.DataFrame({"reader_id": readers, "kind": kinds})),
        "readings": readings_table(pd.DataFrame(cells)),
        "reference": ReferenceStandard(table=table, method="by hand"),
        "findings": tuple(truth),
    }
    return ReaderStudy(**(parts | more))  # type: ignore[arg-type]


def random_calls(truth: list[float], share: float, seed: int) -> list[float]:
    right = np.random.default_rng(seed).random(len(truth)) < share
    return [t if r else 1 - t for t, r in zip(truth, right, strict=True)]


TRUTH = [1.0] * 20 + [0.0] * 20


def test_a_finding_of_one_case_widens_the_mean() -> None:
    rare = [1.0] + [0.0] * 39
    calls = {"AF": random_calls(TRUTH, 0.8, 1), "LBBB": [1.0] + [0.0] * 39}
    mean = one(rows("sensitivity", made({"gp1": calls}, {"AF": TRUTH, "LBBB": rare})), finding=MACRO).estimate
    own = one(rows("sensitivity", made({"gp1": calls}, {"AF": TRUTH, "LBBB": rare})), finding="AF").estimate
    assert mean.low is not None
    assert mean.high is not None
    assert own.low is not None
    assert own.high is not None
    # the interval of a single case is nearly all of 0 to 1, and half of it enters
    assert mean.high - mean.low > 0.3
    assert mean.value == pytest.approx((float(own.value or 0) + 1) / 2)


def test_the_mean_over_one_finding_is_the_finding() -> None:
    found = rows("sensitivity", made({"gp1": {"AF": random_calls(TRUTH, 0.8, 1)}}, {"AF": TRUTH}))
    mean, own = (one(found, finding=f).estimate for f in (MACRO, "AF"))
    assert (mean.value, mean.low, mean.high) == (own.value, own.low, own.high)


def test_a_superclass_beside_its_children_is_not_counted_twice() -> None:
    codes = ("MI", "AMI", "AF")
    calls = {"gp1": {code: random_calls(TRUTH, 0.6 + 0.1 * i, i) for i, code in enumerate(codes)}}
    found = rows("sensitivity", made(calls, dict.fromkeys(codes, TRUTH)))
    mean = one(found, finding=MACRO).estimate
    own = {code: one(found, finding=code).estimate.value for code in codes}
    assert mean.value == pytest.approx(np.mean([float(own["AMI"] or 0), float(own["AF"] or 0)]))
    assert "mean over 2 of 3 findings; 1 broader than others among them left out (MI)" in mean.method


@pytest.mark.parametrize(("n_readers", "said"), [(3, "fixed readers, random cases"), (4, "random readers and cases")])
def test_few_readers_are_taken_as_they_are(n_readers: int, said: str) -> None:
    calls = {f"gp{k}": {"AF": random_calls(TRUTH, 0.5 + 0.1 * k, k)} for k in range(n_readers)}
    group = one(rows("sensitivity", made(calls, {"AF": TRUTH})), reader=f"gp (mean of {n_readers})", finding="AF")
    assert said in group.estimate.method
    assert group.is_group
    assert (group.n_readers, group.n_people, group.n_records) == (n_readers, n_readers, 20)
    if n_readers == 3:
        assert group.estimate.low is not None
        assert group.estimate.high is not None
        assert group.estimate.high - group.estimate.low < 0.4


def test_the_mean_without_each_reader_stands_beside_it() -> None:
    shares = (0.4, 0.6, 0.8, 1.0)
    calls = {f"gp{k}": {"AF": random_calls(TRUTH, s, 7)} for k, s in enumerate(shares)}
    found = rows("sensitivity", made(calls, {"AF": TRUTH}))
    own = [float(one(found, reader=f"gp{k}", finding="AF").estimate.value or 0) for k in range(4)]
    left = {r.subgroup: r for r in found if r.subgroup}
    assert set(left) == {"without gp0", "without gp3"}
    assert left["without gp0"].estimate.value == pytest.approx(np.mean(own[1:]))
    assert left["without gp3"].estimate.value == pytest.approx(np.mean(own[:3]))
    assert left["without gp3"].n_readers == 3


def test_readers_of_different_ecgs_are_also_shown_on_those_that_all_have_read() -> None:
    first, second = random_calls(TRUTH, 0.8, 1), random_calls(TRUTH, 0.6, 2)
    second[:10] = [np.nan] * 10
    study = made({"gp1": {"AF": first}, "gp2": {"AF": second}, "ai": {"AF": first}}, {"AF": TRUTH})
    found = rows("sensitivity", study)
    assert "did not all read the same ECGs" in one(found, reader="gp (mean of 2)", finding="AF").estimate.method
    label = "read by all: gp"
    alike = {r: one(found, reader=r, finding="AF", subgroup=label) for r in ("gp1", "gp2", "ai", "gp (mean of 2)")}
    assert {row.estimate.n for row in alike.values()} == {10}
    assert alike["gp1"].estimate.value == pytest.approx(np.mean(first[10:20]))
    assert alike["ai"].estimate.value == alike["gp1"].estimate.value
    assert "did not" not in alike["gp (mean of 2)"].estimate.method


@pytest.mark.parametrize("what", ["sensitivity", "specificity", "accuracy"])
def test_after_minus_before_is_the_effect(what: str) -> None:
    truth = {"AF": TRUTH, "LBBB": TRUTH[::-1]}
    calls = {}
    for k in range(4):
        calls[f"gp{k}"] = {f: random_calls(t, 0.7, k) for f, t in truth.items()}
        aided = {f: random_calls(t, 0.8, 10 + k) for f, t in truth.items()}
        calls[f"gp{k} aided"] = {
            f: [np.nan if (i + k) % 3 == 0 else c for i, c in enumerate(v)] for f, v in aided.items()
        }
    effects = rows(f"aid_effect_{what}", made(calls, truth))
    checked = 0
    for row in effects:
        if row.metric != f"aid_effect_{what}" or row.subgroup or row.finding == "pooled":
            continue
        at = {"metric": what, "reader": row.reader, "finding": row.finding, "subgroup": READ_BOTH_WAYS}
        before, after = (float(one(effects, **at, arm=arm).estimate.value or 0) for arm in ("unaided", "aided"))
        assert after - before == pytest.approx(float(row.estimate.value or 0), abs=1e-12)
        checked += 1
    assert checked == 5 * 3


def test_where_all_was_read_both_ways_the_plain_rows_do() -> None:
    calls = {"gp1": {"AF": random_calls(TRUTH, 0.7, 1)}, "gp1 aided": {"AF": random_calls(TRUTH, 0.9, 2)}}
    found = rows("aid_effect_sensitivity", made(calls, {"AF": TRUTH}))
    assert {r.metric for r in found} == {"aid_effect_sensitivity"}


def test_means_of_effects_have_the_p_value_of_their_interval() -> None:
    truth = {"AF": TRUTH, "LBBB": TRUTH[::-1]}
    calls = {}
    for k in range(5):
        calls[f"gp{k}"] = {f: random_calls(t, 0.6, k) for f, t in truth.items()}
        calls[f"gp{k} aided"] = {f: random_calls(t, 0.95, 20 + k) for f, t in truth.items()}
    found = rows("aid_effect_sensitivity", made(calls, truth))
    for row in found:
        e = row.estimate
        if row.finding != MACRO and not row.is_group:
            continue
        assert e.p_value is not None
        assert e.low is not None
        assert e.high is not None
        assert (e.p_value < 0.05) == (e.low > 0 or e.high < 0)
    assert all(r.estimate.p_value is None for r in rows("sensitivity", made(calls, truth)))


def test_where_the_ai_is_rarely_wrong_there_is_an_interval_all_the_same() -> None:
    truth = {"AF": [1.0] * 19 + [0.0], "LBBB": [1.0] * 20}
    calls = {}
    for k in range(4):
        calls[f"gp{k}"] = {f: random_calls(t, 0.8, k) for f, t in truth.items()}
        calls[f"gp{k} aided"] = {f: random_calls(t, 0.7, 30 + k) for f, t in truth.items()}
    found = rows("aid_effect_ai_wrong", made(calls, truth))
    mean = one(found, reader="gp (mean of 4)", finding="pooled").estimate
    assert mean.n == 1
    assert mean.low is not None
    assert all(r.estimate.low is not None for r in found if r.estimate.value is not None and not r.subgroup)


def test_equally_good_readers_are_judged_alike_by_a_majority() -> None:
    rng = np.random.default_rng(5)
    truth = (rng.random(3000) < 0.5).astype(float).tolist()
    calls = {name: {"AF": random_calls(truth, 0.8, i)} for i, name in enumerate(("gp1", "gp2", "gp3", "ai"))}
    study = made(calls, {"AF": truth})
    reference = Majority(kinds=["gp"]).form(
        records=study.records, findings=study.findings, labels=None, readings=study.readings, readers=study.readers
    )
    found = rows("specificity", made(calls, {"AF": truth}, reference=reference))
    own = [float(one(found, reader=f"gp{k}", finding="AF").estimate.value or 0) for k in (1, 2, 3)]
    ai = one(found, reader="ai", finding="AF").estimate
    assert abs(float(ai.value or 0) - np.mean(own)) < 0.025
    assert LEAVE_ONE_OUT in ai.method


def test_a_finding_beside_its_parts_is_in_no_mean_and_no_sum() -> None:
    findings = {"LBBB": TRUTH, "AF": TRUTH[::-1]}
    broad = {"CD": [1.0] * 5 + [0.0] * 35}
    calls = {
        who: {f: random_calls(t, 0.7, i + 10 * k) for k, (f, t) in enumerate((findings | broad).items())}
        for i, who in enumerate(("gp1", "gp1 aided", "gp2", "gp2 aided", "ai"))
    }
    narrow_calls = {who: {f: c for f, c in said.items() if f != "CD"} for who, said in calls.items()}
    both, narrow = made(calls, findings | broad), made(narrow_calls, findings)
    for name in ("sensitivity", "cohen_kappa", "sensitivity_difference", "aid_effect_accuracy", "harmful_switch"):
        of = {
            label: {
                (r.reader, r.arm, r.compared_with, r.subgroup, r.combined): (r.estimate.value, r.estimate.n_positive)
                for r in rows(name, study)
                if r.combined
            }
            for label, study in (("both", both), ("narrow", narrow))
        }
        assert of["both"] == of["narrow"], name


SCORED = ("auroc", "average_precision", "brier", "positive_likelihood_ratio", "negative_likelihood_ratio")


def votes_and_each(name: str, **arguments: object) -> tuple[list[Estimate], list[list[Estimate]]]:
    """Return a model's estimates beside three voters, and those by each reference that leaves one voter out."""
    rng = np.random.default_rng(6)
    truth = (rng.random(400) < 0.3).astype(float).tolist()
    calls = {reader: {"AF": random_calls(truth, 0.75, i)} for i, reader in enumerate(("gp1", "gp2", "gp3", "ai"))}
    study = made(calls, {"AF": truth})
    readings = study.readings.astype({"score": float})
    called = (readings["reading"] == "present").to_numpy(dtype=float)
    readings["score"] = np.clip(called * 0.6 + 0.4 * rng.random(len(readings)), 0, 1)
    voted = Majority(kinds=["gp"]).form(
        records=study.records, findings=study.findings, labels=None, readings=study.readings, readers=study.readers
    )

    def ai(reference: ReferenceStandard) -> list[Estimate]:
        judged = replace(study, readings=readings, reference=reference)
        return [r.estimate for r in rows(name, judged, **arguments) if r.reader == "ai" and not r.subgroup]

    alone = []
    for voter in voted.votes:
        table = pd.DataFrame({"AF": voted.truth("AF", judged=(voter,))}, index=study.records.index)
        alone.append(ai(ReferenceStandard(table=table, method="")))
    return ai(voted), alone


@pytest.mark.parametrize("name", SCORED)
def test_a_model_beside_voters_is_judged_by_the_same_votes_whatever_is_measured(name: str) -> None:
    """A model that scores as the first GP does must get the mean of what the leave-one-out votes give, not more."""
    voted, alone = votes_and_each(name)
    for i, estimate in enumerate(voted):
        value, low, high = (
            np.array([getattr(panel[i], end) for panel in alone], dtype=float) for end in ("value", "low", "high")
        )
        mean = np.exp(np.log(value).mean()) if "ratio" in name else value.mean()
        assert estimate.value == pytest.approx(float(mean))
        assert LEAVE_ONE_OUT in estimate.method
        assert low.min() <= (estimate.low or 0) <= estimate.value <= (estimate.high or 1) <= high.max()


ASKED_BY_NAME: dict[str, dict[str, object]] = {
    "f_beta": {},
    "fmax": {},
    "partial_auroc": {},
    "sensitivity_at_specificity": {},
    "sensitivity_at_capacity": {},
    "calibration_in_the_large": {},
    "calibration_slope": {},
    "calibration_error": {},
    "recalibration_gain": {},
    "missed_per_thousand": {"prevalence": {"AF": {"value": 0.068, "source": "SAFE"}}},
    "net_benefit_per_thousand": {"prevalence": {"AF": {"value": 0.068, "source": "SAFE"}}},
    "exact_match": {},
    "challenge_score": {"normal": "AF"},
}


@pytest.mark.parametrize("name", ASKED_BY_NAME)
def test_what_is_asked_by_name_judges_a_model_by_the_same_votes_too(name: str) -> None:
    voted, alone = votes_and_each(name, **ASKED_BY_NAME[name])
    assert voted
    for i, estimate in enumerate(voted):
        values = [panel[i].value for panel in alone]
        if None in values:
            assert estimate.value is None
            continue
        assert estimate.value == pytest.approx(float(np.mean(values)))
        assert LEAVE_ONE_OUT in estimate.method


def test_a_mean_over_references_keeps_what_is_known() -> None:
    known = Estimate(value=0.8, low=0.7, high=0.9, n=10, n_positive=4, method="Wilson; note: one ECG with the finding")
    unknown = Estimate.undefined(reason="no case", method="Wilson")
    assert over_panels([known]) is known
    assert over_panels([known, unknown]).value == pytest.approx(0.8)
    assert over_panels([unknown, unknown]).reason == "no case"
    half = over_panels([known, replace(known, value=0.6, low=None, n=13, reason="there is no lower bound")])
    assert (half.value, half.low, half.n, half.reason) == (pytest.approx(0.7), None, 12, "there is no lower bound")
    assert half.method == f"Wilson; {LEAVE_ONE_OUT}; note: one ECG with the finding"


def test_f1_says_how_it_was_made_before_what_is_noted_of_it() -> None:
    study = made({"gp1": {"AF": [1.0] * 40}}, {"AF": [1.0] * 20 + [0.0] * 20})
    method = one(rows("f1", study), finding="AF").estimate.method
    assert method == f"Wilson, through TP / (TP + FP + FN); note: {ALWAYS}"


def scored(study: ReaderStudy, score: float, *, is_floor: bool) -> ReaderStudy:
    readings = study.readings.astype({"score": float})
    readings.loc[(readings["reader_id"] == "model") & (readings["finding"] == "AF"), "score"] = score
    return ReaderStudy(
        records=study.records,
        readers=study.readers.assign(is_floor=[False, False, False, is_floor]),
        readings=readings,
        reference=study.reference,
        findings=study.findings,
    )


def test_scores_that_say_nothing_are_no_answer_except_of_a_floor(make_study: Maker) -> None:
    silent = scored(make_study(), 0.5, is_floor=False)
    assert silent.silent == {("model", "unaided", "AF")}
    for name in ("specificity", "auroc"):
        found = rows(name, silent)
        assert one(found, reader="model", finding="AF").estimate.reason == SAYS_NOTHING
        assert "mean over 1 of 2 findings" in one(found, reader="model", finding=MACRO).estimate.method
    assert silent.subset(np.arange(60) < 30).silent == silent.silent
    floor = scored(make_study(), 0.5, is_floor=True)
    assert floor.silent == frozenset()
    assert one(rows("auroc", floor), reader="model", finding="AF").estimate.value == 0.5


def test_facts_about_readers_and_findings_stand_in_the_method(make_study: Maker) -> None:
    truth = {"AF": [1.0] + [0.0] * 39, "LBBB": [1.0, 1.0] + [0.0] * 38}
    study = made({"gp1": {"AF": [1.0] * 40, "LBBB": [0.0] * 40}}, truth)
    found = rows("sensitivity", study)
    assert notes_of(one(found, finding="AF").estimate.method) == [ALWAYS, ONE_POSITIVE]
    assert notes_of(one(found, finding="LBBB").estimate.method) == [NEVER, TWO_POSITIVES]
    turned = make_study().readings.astype({"score": float})
    turned["score"] = 1 - turned["score"]
    assert BELOW_CHANCE in one(rows("auroc", make_study(readings=turned)), finding="AF").estimate.method


def test_a_subgroups_number_needs_its_own_cases(make_study: Maker) -> None:
    study = make_study(subgroup_minimum_n=15)
    part = study.subset((study.records["sex"] == "F").to_numpy())
    found = rows("sensitivity", part)
    chosen = [r.estimate for r in found if r.reader == "gp1" and r.arm == "unaided" and r.finding != MACRO]
    counted = part.reference.table.sum().tolist()
    assert [e.value is None for e in chosen] == [n < 15 for n in counted]
    assert any(n < 15 for n in counted)
    assert all(e.value is not None for e in (r.estimate for r in rows("specificity", part) if r.finding == "AF"))
    gap = [r.estimate for r in rows("sensitivity_gap", study) if r.finding == "LBBB" and not r.is_group]
    assert gap
    assert all("fewer than 15 ECGs of one side" in str(e.reason) for e in gap)


def test_readers_may_be_several_people(make_study: Maker) -> None:
    study = make_study()
    several = study.readers.assign(n_people=pd.array([2, pd.NA, 3, pd.NA], dtype="Int32"))
    found = rows("sensitivity", make_study(readers=several))
    assert one(found, reader="gp (mean of 3)", arm="unaided", finding="AF").n_people == 6
    assert one(found, reader="gp1", arm="unaided", finding="AF").n_people == 2


def test_a_machine_is_tested_against_the_mean_reader() -> None:
    truth = {"AF": TRUTH, "LBBB": [1.0] + [0.0] * 39}
    calls = {f"gp{k}": {f: random_calls(t, 0.6, k) for f, t in truth.items()} for k in range(4)}
    calls["ai"] = {f: random_calls(t, 0.95, 9) for f, t in truth.items()}
    found = rows("sensitivity_difference", made(calls, truth))
    for row in (
        one(found, compared_with="gp (mean of 4)", finding=MACRO),
        one(found, compared_with="gp1", finding=MACRO),
    ):
        e = row.estimate
        assert e.low is not None
        assert e.high is not None
        assert e.p_value is not None
        assert (e.p_value < 0.05) == (e.low > 0 or e.high < 0)
    own = [float(one(found, compared_with=f"gp{k}", finding=MACRO).estimate.value or 0) for k in range(4)]
    assert one(found, compared_with="gp (mean of 4)", finding=MACRO).estimate.value == pytest.approx(np.mean(own))
    assert {r.subgroup.split()[0] for r in found if r.subgroup} == {"without"}


def test_two_scorers_of_rare_findings_have_a_mean_difference_with_its_interval(make_study: Maker) -> None:
    study = make_study()
    readings = study.readings.copy()
    other = readings[readings["reader_id"] == "model"].assign(reader_id="rival")
    other["score"] = 1 - other["score"]
    readers = pd.concat([study.readers, readers_table(pd.DataFrame({"reader_id": ["rival"], "kind": ["vendor"]}))])
    table = study.reference.table.copy()
    table["LBBB"] = 0.0
    table.iloc[0, 1] = 1.0
    rare = ReferenceStandard(table=table, method="m")
    both = make_study(readings=readings_table(pd.concat([readings, other])), readers=readers, reference=rare)
    mean = one(rows("auroc_difference", both), finding=MACRO).estimate
    assert mean.low is not None
    assert mean.p_value is not None
