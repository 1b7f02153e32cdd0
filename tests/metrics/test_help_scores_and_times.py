"""AUROC and reading times with and without help: other programs' figures through the pipeline, and the arithmetic."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import rows, study

import ecg_eval
from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.design import design_of
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.measurement.signed_rank import signed_rank_test
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette


def timed(design: str, *, ratio: float = 0.75, scores: bool = True) -> ReaderStudy:
    """Return a study in which help changes reading times by a ratio, and scores that rank."""
    made = study(design)
    rng = np.random.default_rng(8)
    table = made.readings.copy()
    cell = table.groupby(["reader_id", "arm", "record_id"], observed=True).ngroup().to_numpy()
    aided = (table["arm"] == "aided").to_numpy()
    table["seconds"] = np.exp(4 + 0.2 * rng.normal(size=cell.max() + 1)[cell] + np.log(ratio) * aided)
    if scores:
        table["score"] = (table["reading"] == "present").to_numpy() + 0.3 * rng.normal(size=len(table))
    return study(design, readings=readings_table(table))


@pytest.mark.parametrize("design", ["crossover", "sequential", "split_plot", "half_and_half", "parallel"])
def test_the_ratio_of_times_is_recovered_in_every_design(design: str) -> None:
    found = rows("aid_effect_seconds", timed(design))
    (group,) = [r.estimate for r in found if r.is_group]
    assert abs(np.log(group.value / 0.75)) < 0.05  # three standard errors of the noise that was put in, at most
    assert group.high < 1
    assert group.p_value is not None
    assert (len(found) > 1) == (design != "parallel")


def test_a_readers_ratio_is_that_of_the_geometric_means() -> None:
    made = timed("crossover")
    table = made.readings[(made.readings["reader_id"] == "gp3").to_numpy()].drop_duplicates(["record_id", "arm"])
    logs = np.log(table["seconds"]).groupby(table["arm"].astype(str)).mean()
    (own,) = [r.estimate.value for r in rows("aid_effect_seconds", made) if r.reader == "gp3"]
    assert own == pytest.approx(np.exp(logs["aided"] - logs["unaided"]))


def test_without_times_there_is_a_reason() -> None:
    for made in (study("crossover"), study("stepped_wedge")):
        assert {r.estimate.reason for r in rows("aid_effect_seconds", made)} == {
            "no reading times were given for these readings"
        }


@pytest.mark.parametrize(("design", "adjust_for"), [("stepped_wedge", ()), ("crossover", ("period",))])
def test_a_mixed_model_takes_periods_out_of_the_ratio(design: str, adjust_for: tuple[str, ...]) -> None:
    made = timed(design).declaring("auto", adjust_for)
    (group,) = [r.estimate for r in rows("aid_effect_seconds", made) if r.is_group]
    assert abs(np.log(group.value / 0.75)) < 0.08
    assert "linear mixed model, REML" in group.method
    assert "adjusted for period" in group.method
    assert group.df is not None


def test_too_few_times_for_a_model_have_a_reason() -> None:
    made = timed("stepped_wedge")
    some = (made.readings["arm"] == "unaided").to_numpy()
    none = made.readings.assign(seconds=made.readings["seconds"].where(some))
    (group,) = [r.estimate for r in rows("aid_effect_seconds", study("stepped_wedge", readings=none)) if r.is_group]
    assert group.reason == "no reading times were given for these readings"
    few = made.readings.assign(seconds=made.readings["seconds"].where(np.arange(len(made.readings)) % 300 == 0))
    (group,) = [r.estimate for r in rows("aid_effect_seconds", study("stepped_wedge", readings=few)) if r.is_group]
    assert group.reason == "fewer than 10 readings concern this number"


def sure(design: str) -> ReaderStudy:
    """Return a study whose readers are surer with help, and surer where they are right."""
    made = timed(design)
    rng = np.random.default_rng(6)
    table = made.readings.copy()
    truth = made.reference.table
    at = truth.index.get_indexer(table["record_id"]), truth.columns.get_indexer(table["finding"])
    right = (table["reading"] == "present").to_numpy() == (truth.to_numpy()[at] == 1)
    table["confidence"] = 2 + (table["arm"] == "aided") + right + rng.normal(0, 1, len(table))
    return study(design, readings=readings_table(table))


def test_seconds_and_confidence_are_medians_and_means_of_pairs() -> None:
    made = sure("crossover")
    table = made.readings.drop_duplicates(["reader_id", "record_id", "arm"])
    wide = table.pivot_table(index=["reader_id", "record_id"], columns="arm", values="seconds", observed=True)
    middles = (wide["aided"] - wide["unaided"]).groupby(level="reader_id", observed=True).median()
    found = rows("aid_effect_seconds_median", made)
    (group,) = [r.estimate for r in found if r.is_group]
    wanted = signed_rank_test(first=middles.to_numpy(), second=np.zeros(8))
    assert (group.value, group.low, group.p_value) == pytest.approx((wanted.value, wanted.low, wanted.p_value))
    assert group.n == 120
    assert len(found) == 9
    (surer,) = [r.estimate for r in rows("aid_effect_confidence", made) if r.is_group]
    assert 0.9 < surer.value < 1.2  # 1, and a little from being right more often
    assert surer.method.startswith("means of 8 readers; Wilcoxon")


def test_pairs_need_the_same_ecgs_and_numbers() -> None:
    parallel = rows("aid_effect_seconds_median", timed("parallel"))
    assert [r.estimate.reason for r in parallel] == ["no reader read the same ECG both with and without help"]
    nothing = {r.estimate.reason for r in rows("aid_effect_confidence", study("crossover"))}
    assert nothing == {"no confidence was given with these readings"}
    table = study("crossover").readings
    one_arm = study("crossover", readings=table[(table["arm"] == "unaided").to_numpy()])
    assert rows("aid_effect_confidence", one_arm) == []


def test_seconds_of_an_ecg_are_medians_with_an_interval() -> None:
    made = timed("crossover")
    weights = np.random.default_rng(1).multinomial(120, np.full(120, 1 / 120), 200).astype(float)
    made = made.drawn(Resamples.of(weights, np.arange(120)), None)
    found = rows("seconds", made)
    own = next(r for r in found if r.reader == "gp3" and r.arm == "unaided").estimate
    table = made.readings[
        (made.readings["reader_id"] == "gp3").to_numpy() & (made.readings["arm"] == "unaided").to_numpy()
    ]
    times = table.drop_duplicates("record_id")["seconds"]
    assert own.value == pytest.approx(times.median())
    assert own.low < own.value < own.high
    group = next(r for r in found if r.is_group and r.arm == "unaided").estimate
    values = [r.estimate.value for r in found if not r.is_group and r.arm == "unaided"]
    assert group.value == pytest.approx(np.mean(values))
    assert {r.estimate.reason for r in rows("seconds", study("crossover"))} == {
        "no reading times were given for these readings"
    }


def test_confidence_that_means_something() -> None:
    made = sure("crossover")
    found = rows("confidence_auroc", made)
    (group,) = [r.estimate for r in found if r.is_group and r.arm == "unaided"]
    assert 0.7 < group.value < 0.82  # P(one more SD) of two normals: 0.76
    assert group.p_value < 0.001
    assert {r.estimate.reason for r in rows("confidence_auroc", study("crossover"))} == {
        "no confidence was given with these readings"
    }
    perfect = made.readings.assign(reading=np.where(made.readings["finding"] == "AF", "present", "absent"))
    truth = pd.DataFrame({"AF": 1.0, "LBBB": 0.0}, index=made.reference.table.index)
    always = study("crossover", readings=readings_table(perfect), reference=replace(made.reference, table=truth))
    assert {r.estimate.reason for r in rows("confidence_auroc", always)} == {"every reading is right"}
    never = study("crossover", readings=readings_table(perfect), reference=replace(made.reference, table=1 - truth))
    assert {r.estimate.reason for r in rows("confidence_auroc", never)} == {"no reading is right"}


def test_three_arms_are_ranked_within_readers() -> None:
    made = timed("crossover")
    extra = made.readings[(made.readings["arm"] == "aided").to_numpy()]
    extra = extra.assign(arm="heat map", seconds=extra["seconds"] * 0.5)
    three = study("crossover", readings=readings_table(pd.concat([made.readings.astype(object), extra.astype(object)])))
    (group,) = rows("seconds_over_arms", three)
    assert group.estimate.value == 1  # all are slowest without help and quickest with the map
    assert group.estimate.p_value < 1e-6
    (group,) = rows("seconds_over_arms", made)
    assert group.estimate.reason == "fewer than three arms: see aid_effect_seconds"


@pytest.mark.parametrize("design", ["crossover", "split_plot", "parallel"])
def test_the_effect_on_auroc_is_obuchowski_rockette(design: str) -> None:
    made = timed(design)
    long = made.readings[(made.readings["finding"] == "AF").to_numpy()]
    wanted = obuchowski_rockette(
        reader=long["reader_id"].astype(str),
        modality=long["arm"].astype(str),
        case=long["record_id"].astype(str),
        truth=made.reference.table["AF"].reindex(long["record_id"].astype(str)).to_numpy(),
        score=long["score"],
    ).difference("aided", "unaided")
    (row,) = [r for r in rows("aid_effect_auroc", made) if r.is_group and r.finding == "AF"]
    for name in ("value", "standard_error", "df", "low", "high", "p_value"):
        assert getattr(row.estimate, name) == pytest.approx(getattr(wanted, name))


def test_rankings_that_cannot_be_had_have_a_reason() -> None:
    assert rows("aid_effect_auroc", study("crossover")) == []  # nobody gave scores
    found = rows("aid_effect_auroc", timed("stepped_wedge"))
    assert {r.estimate.reason for r in found} == {"a ranking cannot be adjusted for period, as this design asks"}


@pytest.mark.shared_data
@pytest.mark.parametrize(("part", "design"), [("screeningHighP", "split_plot"), ("challengeHighP", "split_plot")])
def test_viper_entered_as_readings_gives_its_published_figures(part: str, design: str, shared: Path) -> None:
    """Gallas et al., Acad Radiol 2019;26:1096, table 2 (iMRMC, U-statistics): ours is Obuchowski-Rockette.

    The analyses weigh blocks differently (pairs of cases there, readers here), which moves the third decimal.
    """
    folder = shared / "oracles" / "published" / "04j-mrmc-viper-splitplot"
    published = {
        e["name"].removeprefix(f"published|{part}|"): e["value"]
        for e in json.loads((folder / "expected.json").read_text(encoding="utf-8"))["expected"]
    }
    reads = pd.read_csv(folder / f"viper_{part}.csv", float_precision="round_trip")
    readings = pd.DataFrame(
        {
            "record_id": reads["caseID"],
            "reader_id": reads["readerID"],
            "finding": "cancer",
            "reading": (reads["recall"] == 1).astype(int),
            "score": reads["score"],
            "arm": reads["modalityID"],
        }
    )
    truth = reads.groupby("caseID")["cancerStatus455"].first().rename("cancer").rename_axis("record_id").reset_index()
    result = ecg_eval.evaluate(
        readings,
        truth,
        readers=dict.fromkeys(reads["readerID"], "gp"),
        arms={"FFDM": "aided", "SFM": "unaided"},
        metrics=["aid_effect_auroc", "aid_effect_sensitivity"],
    )
    assert design_of(result.result.study).name == design
    frame = result.frame
    heads = frame[frame["is_group"] & (frame["finding"] == "cancer") & (frame["subgroup"] == "")].set_index("metric")
    for metric, name in (("aid_effect_auroc", "auc"), ("aid_effect_sensitivity", "tpf")):
        assert heads.loc[metric, "value"] == pytest.approx(published[f"{name}|difference"], abs=0.0035)
        assert heads.loc[metric, "standard_error"] == pytest.approx(published[f"{name}|SE of difference"], abs=0.003)
