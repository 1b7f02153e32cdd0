"""AUROC and reading times with and without help: other programs' figures through the pipeline, and the arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from metrics.test_by_design import rows, study

import ecg_eval
from ecg_eval.domain.design import design_of
from ecg_eval.domain.reading import readings_table
from ecg_eval.domain.study import ReaderStudy
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


def test_without_times_or_with_periods_there_is_a_reason() -> None:
    assert {r.estimate.reason for r in rows("aid_effect_seconds", study("crossover"))} == {
        "no reading times were given for these readings"
    }
    (group,) = [r.estimate for r in rows("aid_effect_seconds", timed("stepped_wedge")) if r.is_group]
    assert group.reason == "times are not adjusted for period, as this design asks"


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
