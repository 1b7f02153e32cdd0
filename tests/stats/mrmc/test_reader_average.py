import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import norm, t

from ecg_eval import evaluate
from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.reader_average import reader_average, reader_average_difference

Columns = dict[str, np.ndarray]
ARMS = {"minuend": "aided", "subtrahend": "unaided"}


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def test_the_mean_is_that_of_obuchowski_rockette(single: Columns) -> None:
    plain = reader_average(**single, scale="identity")
    expected = obuchowski_rockette(modality=np.zeros(200), **single).means[0].estimate
    assert plain == expected


def test_the_interval_is_made_on_the_logit_scale(single: Columns) -> None:
    plain, estimate = reader_average(**single, scale="identity"), reader_average(**single)
    reach = t.ppf(0.975, plain.df) * plain.standard_error / (plain.value * (1 - plain.value))
    assert estimate.low == pytest.approx(expit(logit(plain.value) - reach))
    assert estimate.high == pytest.approx(expit(logit(plain.value) + reach))
    assert estimate.standard_error == plain.standard_error
    assert estimate.method.endswith("logit interval")
    fixed, flat = (reader_average(**single, readers="fixed", scale=s) for s in ("logit", "identity"))
    reach = norm.ppf(0.975) * flat.standard_error / (flat.value * (1 - flat.value))
    assert fixed.high == pytest.approx(expit(logit(flat.value) + reach))
    partial = reader_average(**single, figure_of_merit="partial_auc")
    assert 0 < partial.low < partial.value < partial.high < 0.2


def test_the_mean_that_an_evaluation_shows_is_this_one(single: Columns) -> None:
    """Its covariance comes from 2,000 resamples, this one from the jackknife: one value, errors within a tenth."""
    table = pd.DataFrame(single).assign(record_id=lambda t: "e" + t["case"].astype(str), finding="AF")
    truth = table.drop_duplicates("record_id").set_index("record_id")[["truth"]].rename(columns={"truth": "AF"})
    readings = table.rename(columns={"reader": "reader_id"}).drop(columns=["case", "truth"])
    readings = readings.assign(reading=readings["score"] > 0.5, score=expit(readings["score"]))
    readers = pd.DataFrame({"reader_id": sorted(set(single["reader"])), "kind": "gp"})
    shown = evaluate(readings, truth, readers=readers, metrics=["auroc"], resamples=2000).frame
    mean = shown.query("is_group and finding == 'AF'").iloc[0]
    expected = reader_average(**single)
    assert mean["value"] == pytest.approx(expected.value, abs=1e-12)
    assert mean["high"] - mean["low"] == pytest.approx(expected.high - expected.low, rel=0.1)


def test_an_unbounded_statistic_keeps_the_identity(single: Columns) -> None:
    def shift(truth: np.ndarray, score: np.ndarray) -> float:
        return float(score[truth].mean() - score[~truth].mean())

    estimate = reader_average(**single, figure_of_merit=shift)
    assert (estimate.low + estimate.high) / 2 == pytest.approx(estimate.value)
    assert "logit" not in estimate.method


def test_the_difference_is_that_of_obuchowski_rockette(study: Columns) -> None:
    expected = obuchowski_rockette(**study).difference("aided", "unaided")
    assert reader_average_difference(**study, **ARMS) == expected
    turned = reader_average_difference(**study, minuend="unaided", subtrahend="aided")
    assert turned.value == -expected.value
    assert turned.p_value == pytest.approx(expected.p_value)


def test_reads_of_other_arms_do_not_matter(study: Columns) -> None:
    third = {**kept(study, study["modality"] == "aided"), "modality": np.full(200, "second look")}
    three = {name: np.concatenate((study[name], third[name])) for name in study}
    assert reader_average_difference(**three, **ARMS) == reader_average_difference(**study, **ARMS)


def test_only_readers_with_both_arms_are_compared(study: Columns) -> None:
    no_second_arm = (study["reader"] == "r2") & (study["modality"] == "aided")
    estimate = reader_average_difference(**kept(study, ~no_second_arm), **ARMS)
    expected = reader_average_difference(**kept(study, study["reader"] != "r2"), **ARMS)
    assert estimate.p_value == pytest.approx(expected.p_value)
    assert estimate.method.endswith("1 of 5 readers left out")


def test_parallel_arms_use_everybody(study: Columns) -> None:
    number = np.array([int(name[1]) for name in study["reader"]])
    arms = kept(study, (number % 2 == 0) == (study["modality"] == "aided"))
    estimate = reader_average_difference(**arms, **ARMS)
    assert estimate.value == pytest.approx(obuchowski_rockette(**arms).difference("aided", "unaided").value)
    assert "left out" not in estimate.method


def test_readers_who_read_different_cases(single: Columns) -> None:
    """Without common cases only the spread of readers counts: MS(R) / r on r - 1 degrees of freedom."""
    apart = {**single, "case": [f"{r}/{c}" for r, c in zip(single["reader"], single["case"], strict=True)]}
    estimate = reader_average(**apart, scale="identity")
    values = obuchowski_rockette(modality=np.zeros(200), **apart).values[0]
    assert estimate.standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(5))
    assert estimate.df == 4


def test_one_reader_says_so(study: Columns, single: Columns) -> None:
    assert "one reader" in reader_average(**kept(single, single["reader"] == "r0")).reason
    assert "one reader" in reader_average_difference(**kept(study, study["reader"] == "r0"), **ARMS).reason


def test_nothing_is_undefined_with_its_reason(study: Columns, single: Columns) -> None:
    assert reader_average(**kept(single, np.zeros(200, dtype=bool))).reason == "there is no read"
    assert "class" in reader_average(**kept(single, single["truth"] == 0)).reason
    assert not is_defined(reader_average(**kept(single, single["truth"] == 0), figure_of_merit="partial_auc"))
    assert (
        "no read in 'aided'" in reader_average_difference(**kept(study, study["modality"] == "unaided"), **ARMS).reason
    )
    assert "no read" in reader_average_difference(**kept(study, np.zeros(400, dtype=bool)), **ARMS).reason
    assert not is_defined(reader_average_difference(**kept(study, study["truth"] == 0), **ARMS))


def test_perfect_readers_have_a_value_and_no_interval(single: Columns) -> None:
    estimate = reader_average(**{**single, "score": single["truth"]}, figure_of_merit="sensitivity")
    assert estimate.value == 1
    assert estimate.low is None
    assert "artefact" in estimate.reason


def test_left_out_readers_are_counted(single: Columns) -> None:
    blind = kept(single, (single["reader"] != "r3") | (single["truth"] == 0))
    assert reader_average(**blind).method.endswith("1 of 5 readers left out")


def test_patients_are_left_out_whole(single: Columns) -> None:
    estimate = reader_average(**single, cluster=single["case"] // 4)
    assert estimate.n_clusters == 10
    assert estimate.n == 40


def test_contradictions_are_refused(study: Columns, single: Columns) -> None:
    with pytest.raises(ArgumentError, match="'logit' or 'identity'"):
        reader_average(**single, scale="log")
    with pytest.raises(ArgumentError, match="another modality"):
        reader_average_difference(**study, minuend="aided", subtrahend="aided")
    with pytest.raises(UnknownNameError):
        reader_average(**single, figure_of_merit="kappa")
