"""Questions beside the usual ones: the arithmetic of their loops, whose kernels are tested against other programs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.evaluation import MACRO, POOLED, Row, single_rows
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, ConfigError, InputFileError
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.agreement.average_reader import non_inferiority_to_readers
from ecg_eval.stats.agreement.individual_equivalence import individual_equivalence
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.standing_in import alternative_annotator_test
from ecg_eval.stats.latent.latent_accuracy import latent_accuracy
from ecg_eval.stats.probability.calibration_regression import calibration_regression
from ecg_eval.stats.probability.reliability import expected_calibration_error
from ecg_eval.stats.roc.rate_at_rate import sensitivity_at_specificity, weighted_sensitivity_at_specificity

Maker = Callable[..., ReaderStudy]
GPS = ("gp1", "gp2", "gp3")


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def one(found: list[Row], **where: str) -> Row:
    (row,) = [r for r in found if all(getattr(r, k) == v for k, v in where.items())]
    return row


def calls_of(study: ReaderStudy, finding: str = "AF") -> tuple[np.ndarray, np.ndarray]:
    readers = np.column_stack([study.calls(r, "unaided", finding) for r in GPS])
    return study.calls("model", "unaided", finding), readers


@pytest.mark.parametrize("measure", ["sensitivity", "specificity", "accuracy"])
@pytest.mark.parametrize("repeated", [1, 3])
def test_a_model_beside_the_average_reader_is_its_kernel(measure: str, repeated: int, make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=repeated)
    found = rows("model_against_readers", study, margin=0.1, measure=measure)
    model, readers = calls_of(study)
    wanted = non_inferiority_to_readers(
        truth=study.truth("AF"),
        model=model,
        readers=readers,
        margin=0.1,
        measure=measure,
        kind="fixed",
        cluster=study.patients,
    ).difference
    e = one(found, finding="AF").estimate
    for name in ("value", "low", "high", "p_value", "standard_error"):
        assert getattr(e, name) == pytest.approx(getattr(wanted, name))
    both = [one(found, finding=f).estimate.value for f in ("AF", "LBBB")]
    macro = one(found, finding=MACRO)
    assert macro.estimate.value == pytest.approx(np.mean(both))
    assert macro.compared_with == "gp (mean of 3)"
    assert "margin 0.1" in macro.estimate.method


def test_what_follows_from_a_margin_is_said() -> None:
    from ecg_eval.metrics.model_against_readers import verdict
    from ecg_eval.stats.estimate import Estimate

    def told(low: float, high: float) -> str:
        return verdict(Estimate(value=(low + high) / 2, low=low, high=high, method="", n=9), 0.05)

    assert told(0.01, 0.09) == "not worse by the margin; better; not shown equivalent"
    assert told(-0.04, 0.04) == "not worse by the margin; not shown better; equivalent within the margin"
    assert told(-0.2, 0.1) == "not shown to be no worse by the margin; not shown better; not shown equivalent"
    assert told(-0.2, -0.1) == "worse by more than the margin; not shown better; not shown equivalent"
    assert verdict(Estimate(value=0.1, method="", n=9, reason="one patient"), 0.05).startswith("no interval")


def test_standing_in_and_equivalence_are_their_kernels(make_study: Maker) -> None:
    study = make_study()
    model, readers = calls_of(study)
    wanted = alternative_annotator_test(model=model, readers=readers, epsilon=0.2)
    found = rows("standing_in", study, epsilon=0.2)
    group = one(found, finding="AF", compared_with="gp (mean of 3)").estimate
    assert group.value == pytest.approx(wanted.advantage_probability.value)
    assert f"wins {round((wanted.winning_rate or 0) * 3)} of 3 readers tested" in group.method
    own = one(found, finding="AF", compared_with="gp2").estimate
    assert own.value == pytest.approx(wanted.advantages[1].value)
    assert own.p_value == wanted.against[1].p_value
    equal = individual_equivalence(model=model, readers=readers, margin=0.05, kind="fixed").difference
    e = one(rows("individual_equivalence", study), finding="AF").estimate
    assert (e.value, e.low, e.p_value) == (equal.value, equal.low, equal.p_value)
    assert "the margin of 0.05" in e.method


def test_too_few_common_ecgs_are_not_tested(make_study: Maker) -> None:
    found = rows("standing_in", make_study(n_records=20))
    assert (
        "no reader was tested: wins 0 of 0 readers tested, 3 in all"
        in one(found, finding="AF", compared_with="gp (mean of 3)").estimate.method
    )
    assert one(found, finding="AF", compared_with="gp1").estimate.reason is not None


def test_a_model_at_the_readers_own_false_alarm_rate(make_study: Maker) -> None:
    study = make_study()
    truth, score = study.truth("AF"), study.scores("model", "unaided", "AF")
    specificity = np.mean([(study.calls(r, "unaided", "AF")[truth == 0] == 0).mean() for r in GPS])
    wanted = sensitivity_at_specificity(truth=truth, score=score, specificity=float(specificity))
    e = one(rows("sensitivity_at_readers_specificity", study), finding="AF").estimate
    assert e.value == pytest.approx(wanted.value)
    assert e.low is not None
    assert f"({specificity:.3f} of 3 readers)" in e.method


def test_a_rate_of_its_own_for_each_resample() -> None:
    rng = np.random.default_rng(1)
    truth, score = (rng.random(50) < 0.4).astype(float), rng.random(50)
    weights = rng.integers(0, 3, (4, 50))
    at = np.array([0.5, 0.7, np.nan, 0.9])
    got = weighted_sensitivity_at_specificity(truth=truth, score=score, weights=weights, specificity=at)
    for i in (0, 1, 3):
        alone = weighted_sensitivity_at_specificity(
            truth=truth, score=score, weights=weights[i : i + 1], specificity=at[i]
        )
        assert got[i] == alone[0]
    assert np.isnan(got[2])
    with pytest.raises(ArgumentError, match="one a resample"):
        weighted_sensitivity_at_specificity(truth=truth, score=score, weights=weights, specificity=at[:3])


def test_agreement_with_oneself_takes_the_second_reading(make_study: Maker) -> None:
    study = make_study()
    rng = np.random.default_rng(3)
    again = study.readings[(study.readings["reader_id"] == "gp1").to_numpy()].copy()
    again = again[rng.random(len(again)) < 0.7]
    flipped = np.where(rng.random(len(again)) < 0.2, "absent", again["reading"].astype(object))
    third = again.assign(period=3, reading="present")
    both = readings_table(pd.concat([study.readings, again.assign(period=2, reading=flipped), third]))
    made = make_study(readings=both)
    found = rows("repeatability", made)
    first = study.calls("gp1", "unaided", "AF")
    mine = (again["arm"] == "unaided") & (again["finding"] == "AF")
    second = pd.Series((flipped[mine] == "present").astype(float), index=again.loc[mine, "record_id"].astype(str))
    wanted = cohen_kappa(first=first, second=second.reindex(made.records.index).to_numpy())
    e = one(found, reader="gp1", arm="unaided", finding="AF").estimate
    assert e.value == pytest.approx(wanted.value)
    assert e.n == mine.sum()
    assert one(found, reader="gp2", arm="unaided", finding="AF").estimate.reason == "no ECG was read twice in this arm"
    # what is read again is not analysed elsewhere
    assert made.calls("gp1", "unaided", "AF").tolist() == first.tolist()


def test_the_mean_of_readers_who_read_again(make_study: Maker) -> None:
    study = make_study()
    humans = (study.readings["reader_id"] != "model").to_numpy()
    again = study.readings[humans].assign(period=2)
    found = rows("repeatability", make_study(readings=readings_table(pd.concat([study.readings, again]))))
    group = one(found, reader="gp (mean of 3)", arm="aided", finding="LBBB")
    assert group.estimate.value == pytest.approx(1)
    assert (group.n_readers, group.n_records) == (3, 60)


def test_reliance_on_the_paper(make_study: Maker) -> None:
    study = make_study()
    truth, aided = study.truth("AF"), study.calls("gp1", "aided", "AF")
    ai = study.ai_calls("gp1", "aided", "AF")
    over = one(rows("over_reliance", study), reader="gp1", finding="AF").estimate
    under = one(rows("under_reliance", study), reader="gp1", finding="AF").estimate
    assert over.value == pytest.approx((aided == ai)[ai != truth].mean())
    assert under.value == pytest.approx((aided != ai)[ai == truth].mean())


def test_whole_readings_are_counted_where_they_are_complete(make_study: Maker) -> None:
    study = make_study()
    truth = study.truths()
    right = [study.calls("gp1", "unaided", f) == truth[i] for i, f in enumerate(study.findings)]
    found = rows("exact_match", study)
    e = one(found, reader="gp1", arm="unaided").estimate
    assert e.value == pytest.approx(np.logical_and(*right).mean())
    part = study.readings.drop(study.readings.index[(study.readings["reader_id"] == "gp1").to_numpy()][:5])
    fewer = one(rows("exact_match", make_study(readings=part)), reader="gp1", arm="unaided").estimate
    assert fewer.method.startswith("55 of 60 ECGs are complete")
    assert one(rows("fmax", study), reader="model").finding == POOLED


def test_challenge_scores_take_a_table_of_credits(make_study: Maker, tmp_path: Path) -> None:
    study = make_study()
    assert {r.estimate.reason for r in rows("challenge_score", study)} == {"the normal class is not among the findings"}
    plain = one(rows("challenge_score", study, normal="LBBB"), reader="model").estimate
    path = tmp_path / "weights.csv"
    pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["LBBB", "AF"], columns=["LBBB", "AF"]).to_csv(path)
    lenient = one(rows("challenge_score", study, normal="LBBB", weights=path), reader="model").estimate
    assert lenient.value != plain.value
    path.write_text("code,AF\nAF,1\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="LBBB"):
        rows("challenge_score", study, normal="LBBB", weights=path)


def test_habits_say_between_which_shares(make_study: Maker) -> None:
    study = make_study()
    shares = [study.calls(r, "unaided", "AF").mean() for r in GPS]
    e = one(rows("calling_habits", study), arm="unaided", finding="AF").estimate
    assert f"called in {min(shares):.3f} to {max(shares):.3f} of the ECGs" in e.method


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("model_against_readers", {"margin": 0}),
        ("model_against_readers", {"margin": 0.1, "measure": "sensitivty"}),
        ("standing_in", {"epsilon": 2}),
        ("individual_equivalence", {"margin": -0.1}),
        ("sensitivity_at_specificity", {"specificity": 90}),
        ("partial_auroc", {"least_specificity": 1}),
        ("sensitivity_at_capacity", {"capacity": 0}),
        ("calibration_error", {"n_bins": 0}),
        ("recalibration_gain", {"map": "platt"}),
        ("recalibration_gain", {"n_parts": 1}),
        ("conformal_coverage", {"confidence": 90}),
        ("missed_per_thousand", {"prevalence": {"AF": 0.068}}),
        ("missed_per_thousand", {"prevalence": {"AF": {"value": 6.8, "source": "SAFE"}}}),
        ("ppv_at_prevalence", {"prevalence": {"AF": {"value": 0.068, "source": ""}}}),
        ("ppv_at_prevalence", {"prevalence": {"AF": {"value": 0.068, "low": 0.05, "source": "SAFE"}}}),
        ("ppv_at_prevalence", {"prevalence": {"AF": {"value": 0.068, "low": 0.07, "high": 0.09, "source": "SAFE"}}}),
        ("net_benefit_per_thousand", {"threshold": 0}),
        ("f_beta", {"beta": 0}),
        ("whole_reading_agreement", {"similarity": "jacard"}),
    ],
)
def test_arguments_that_make_no_sense_are_refused(name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=f"metrics.{name}"):
        make("metrics", name, arguments)


AT_PREVALENCE = (
    "missed_per_thousand",
    "over_called_per_thousand",
    "ppv_at_prevalence",
    "npv_at_prevalence",
    "net_benefit_per_thousand",
)


@pytest.mark.parametrize("repeated", [1, 3])
def test_calibration_is_its_kernels(repeated: int, make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=repeated)
    given = {"truth": study.truth("AF"), "probability": study.scores("model", "unaided", "AF")}
    fits = calibration_regression(**given, cluster=study.cluster)
    wanted = {
        "calibration_slope": fits.slope,
        "calibration_in_the_large": fits.in_the_large,
        "calibration_error": expected_calibration_error(**given, weights=study.weights),
    }
    for name, kernel in wanted.items():
        found = one(rows(name, study), reader="model", finding="AF").estimate
        assert (found.value, found.low, found.high, found.n) == (kernel.value, kernel.low, kernel.high, kernel.n)
        assert found.value is not None
        assert found.low is not None


OF_PROBABILITIES = (
    *("calibration_slope", "calibration_in_the_large", "calibration_error", "recalibration_gain"),
    *("conformal_coverage", "conformal_single_answer"),
)


@pytest.mark.parametrize("name", OF_PROBABILITIES)
def test_scores_that_are_no_probabilities_have_no_calibration(name: str, make_study: Maker) -> None:
    study = make_study()
    frame = study.readings.copy()
    frame["score"] = frame["score"] * 5
    changed = replace(study, readings=frame)
    found = one(rows(name, changed), reader="model", finding="AF", subgroup="").estimate
    assert (found.value, found.reason) == (None, "scores outside 0 to 1 are no probabilities")


def test_practice_is_sensitivity_and_specificity_at_the_stated_prevalence(make_study: Maker) -> None:
    study = make_study()
    stated = {"prevalence": {"AF": {"value": 0.2, "source": "a survey"}}}
    share = {
        name: one(rows(name, study), reader="gp1", arm="unaided", finding="AF", subgroup="").estimate
        for name in ("sensitivity", "specificity")
    }
    se, sp = share["sensitivity"].value, share["specificity"].value
    assert se is not None
    assert sp is not None
    wanted = {
        "missed_per_thousand": 200 * (1 - se),
        "over_called_per_thousand": 800 * (1 - sp),
        "ppv_at_prevalence": 0.2 * se / (0.2 * se + 0.8 * (1 - sp)),
        "npv_at_prevalence": 0.8 * sp / (0.8 * sp + 0.2 * (1 - se)),
        "net_benefit_per_thousand": 200 * se - 800 * (1 - sp) / 9,  # at a threshold of 0.1
    }
    for name, value in wanted.items():
        table = rows(name, study, **stated)
        found = one(table, reader="gp1", arm="unaided", finding="AF").estimate
        assert found.value == pytest.approx(value)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
        assert found.method.endswith("prevalence 0.2 (a survey), taken as known")
        other = one(table, reader="gp1", arm="unaided", finding="LBBB").estimate
        assert (other.value, other.reason) == (None, "no prevalence is stated for this finding")


def test_the_interval_of_a_prevalence_widens_that_of_the_number(make_study: Maker) -> None:
    study = make_study()
    known = {"AF": {"value": 0.2, "source": "a survey"}}
    for bounds, is_wider in (((0.2, 0.2), False), ((0.15, 0.26), True)):
        uncertain = {"AF": known["AF"] | {"low": bounds[0], "high": bounds[1]}}
        for name in AT_PREVALENCE:
            narrow, wide = (
                one(rows(name, study, prevalence=p), reader="gp1", arm="unaided", finding="AF").estimate
                for p in (known, uncertain)
            )
            assert wide.value == narrow.value
            assert wide.method.endswith(f"prevalence 0.2 ({bounds[0]:g} to {bounds[1]:g}; a survey)")
            assert None not in (wide.low, wide.high, narrow.low, narrow.high)
            if is_wider:
                assert (wide.low < narrow.low, wide.high > narrow.high) == (True, True)  # type: ignore[operator]
            else:
                assert (wide.low, wide.high) == pytest.approx((narrow.low, narrow.high))


def test_latent_classes_are_their_kernel(make_study: Maker) -> None:
    study = make_study()
    _, readers = calls_of(study)
    weights = study.weights[:400] if study.weights is not None else None
    kernel = latent_accuracy(answers=readers, weights=weights, n_clusters=study.n_patients)
    assert one(rows("latent_prevalence", study), finding="AF").estimate == kernel.prevalence
    for name, estimates in (("latent_sensitivity", kernel.sensitivity), ("latent_specificity", kernel.specificity)):
        found = rows(name, study)
        assert [one(found, finding="AF", reader=r).estimate for r in GPS] == list(estimates)
        assert {row.reader for row in found} == set(GPS)
