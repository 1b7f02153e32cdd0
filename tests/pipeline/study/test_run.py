"""A run leaves what it should, does nothing twice, and says what it left out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, RunFolderError
from ecg_eval.pipeline.comparison.side_by_side import compare_runs, comparison_text
from ecg_eval.pipeline.study.check import problems_of
from ecg_eval.pipeline.study.run import rebuild_report, run, track_again

Maker = Callable[..., RunConfig]


def test_a_run_leaves_everything_and_its_numbers_are_right(toy_config: Maker, tmp_path: Path) -> None:
    outcome = run(toy_config())
    left = {p.name for p in outcome.folder.iterdir() if p.name != ".lock"}
    assert {
        *(
            "run.yaml",
            "readings.parquet",
            "readers.csv",
            "records.parquet",
            "reference.parquet",
            "excluded.csv",
            "oddities.csv",
            *("quality.csv", "signal_digests.csv"),
        ),
        *("evaluation.csv", "evaluation.json", "provenance.json", "stages.json", "study.json"),
        *("report.en.html", "summary.en.html", "appendix.en.html"),
    } == left
    evaluation = Evaluation.from_csv(outcome.folder / "evaluation.csv")
    at = {"finding": "AF", "arm": "unaided"}
    assert evaluation.select(metric="auroc", reader="looks", **at)["value"].tolist() == [1.0]
    assert evaluation.select(metric="sensitivity", reader="sure", **at)["value"].tolist() == [1.0]
    assert evaluation.select(metric="sensitivity", reader="prevalence", **at)["value"].tolist() == [0.0]
    assert outcome.stages_done == ["study", "evaluation", "report"]
    told = json.loads((outcome.folder / "provenance.json").read_text())
    assert [t["from_folds"] for t in told["thresholds"]] == [[3, 4], [3, 4]]
    assert told["models"]["looks"]["n_train"] == 8
    assert told["dataset"]["licence"] == "CC0"
    assert len(told["evaluation_id"]) == 16


def test_nothing_is_done_twice_and_a_change_repeats_what_depends_on_it(toy_config: Maker) -> None:
    run(toy_config())
    assert run(toy_config()).stages_done == []
    assert run(toy_config(intervals={"resamples": 120})).stages_done == ["evaluation", "report"]
    assert run(toy_config(intervals={"resamples": 120}, title="New")).stages_done == ["report"]
    assert run(toy_config(intervals={"resamples": 120}, title="New", seed=3)).stages_done[0] == "study"


def test_a_file_that_was_changed_by_hand_is_made_again(toy_config: Maker) -> None:
    folder = run(toy_config()).folder
    (folder / "evaluation.csv").write_text("tampered")
    assert run(toy_config()).stages_done == ["evaluation", "report"]


def test_the_same_seed_gives_the_same_numbers(toy_config: Maker, tmp_path: Path) -> None:
    first, second = (run(toy_config(out=str(tmp_path / n))).folder for n in ("a", "b"))
    assert (first / "evaluation.csv").read_bytes() == (second / "evaluation.csv").read_bytes()


def test_broken_recordings_never_stop_a_batch(toy_config: Maker) -> None:
    outcome = run(toy_config(dataset={"name": "toy_study:ToyArchive", "broken": 3, "without_signal": 2}))
    left_out = pd.read_csv(outcome.folder / "excluded.csv", dtype=str, keep_default_na=False)
    assert (left_out["reason"] == "no signal file").sum() == 2
    assert left_out["reason"].str.contains("half of it").sum() == 3
    told = json.loads((outcome.folder / "study.json").read_text())
    assert [s["records"] for s in told["flow"]] == [40, 40, 38, 35, 21]


def test_a_flat_lead_is_flagged_and_kept(toy_config: Maker) -> None:
    outcome = run(toy_config())
    left_out = pd.read_csv(outcome.folder / "excluded.csv", dtype=str, keep_default_na=False)
    flat = left_out[left_out["reason"].str.contains("flat")]
    assert flat[["record_id", "stage", "reason"]].to_numpy().tolist() == [["t00", "signal, kept", "lead aVR flat"]]
    quality = pd.read_csv(outcome.folder / "quality.csv", dtype=str, keep_default_na=False)
    assert quality.loc[quality["kind"] == "flat_lead", "leads"].tolist() == ["aVR"]
    told = json.loads((outcome.folder / "provenance.json").read_text())["quality"]
    assert told["examined"] == told["kept"] + told["kept_with_flag"] + told["excluded"]


def test_signals_may_be_required(toy_config: Maker) -> None:
    config = toy_config(dataset={"name": "toy_study:ToyArchive", "without_signal": 2}, signals_required=True)
    with pytest.raises(InputFileError, match="2 missing"):
        run(config)
    assert any("2 missing" in str(p) for p in problems_of(config))


def test_no_readable_recording_is_an_error(toy_config: Maker) -> None:
    with pytest.raises(InputFileError, match="at least one readable"):
        run(toy_config(dataset={"name": "toy_study:ToyArchive", "broken": 40}))


@pytest.mark.parametrize("split", [{"train": [1], "test": [2, 77]}, {"threshold": [88], "test": [1]}])
def test_an_empty_fold_is_an_error(toy_config: Maker, split: dict[str, list[int]]) -> None:
    with pytest.raises(ProblemsError, match="Folds with usable records"):
        run(toy_config(split=split))


def test_a_patient_on_both_sides_fails_the_run(toy_config: Maker) -> None:
    config = toy_config(dataset={"name": "toy_study:ToyArchive", "shared_patient": True})
    with pytest.raises(ProblemsError, match="on one side only"):
        run(config)
    assert any("on one side only" in str(p) for p in problems_of(config))


def test_a_threshold_that_cannot_be_frozen_leaves_scores_without_calls(toy_config: Maker) -> None:
    # folds 3 and 4 of the first twenty records hold no AF
    config = toy_config(
        dataset={"name": "toy_study:ToyArchive", "n_records": 40},
        split={"train": [1], "threshold": [], "test": [5, 6]},
    )
    outcome = run(config)
    evaluation = Evaluation.from_csv(outcome.folder / "evaluation.csv")
    assert evaluation.select(metric="auroc", reader="looks", finding="AF")["value"].tolist() == [1.0]
    undefined = evaluation.select(metric="sensitivity", reader="looks", finding="AF")
    assert undefined["value"].isna().all()
    assert undefined["reason"].str.len().gt(0).all()


def test_agreement_without_truth_and_with_the_gps_consensus(toy_config: Maker, tmp_path: Path) -> None:
    alone = run(toy_config(reference="none", out=str(tmp_path / "none")))
    evaluation = Evaluation.from_csv(alone.folder / "evaluation.csv")
    assert set(evaluation.frame["metric"]) == {"cohen_kappa"}
    group = "gp (mean of 2)"
    assert len(evaluation.select(reader=group, compared_with=group, finding="AF", arm="unaided")) == 1
    assert len(evaluation.select(reader="looks", compared_with=group, finding="AF", arm="unaided")) == 1
    consensus = run(toy_config(reference={"name": "majority", "kinds": ["gp"]}, out=str(tmp_path / "gp")))
    assert "Majority of 2 readers" in (consensus.folder / "provenance.json").read_text()


def test_a_report_is_rebuilt_from_the_folder_alone(toy_config: Maker) -> None:
    folder = run(toy_config()).folder
    page = folder / "report.en.html"
    before = page.read_text()
    page.unlink()
    beside = [folder / "summary.en.html", folder / "appendix.en.html"]
    assert rebuild_report(folder) == [page, *beside]
    assert page.read_text() == before
    with pytest.raises(RunFolderError, match=r"run\.yaml"):
        rebuild_report(folder / "nowhere")


def test_every_kind_of_plugin_from_outside(toy_config: Maker) -> None:
    config = toy_config(
        reference="toy_study:ToyReference",
        metrics=["toy_study:ToyMetric"],
        report={"sections": ["toy_study:ToySection"], "languages": ["en", "fr"]},
    )
    assert problems_of(config) == []
    outcome = run(config)
    assert "Hello from the toy: 24 records." in (outcome.folder / "report.fr.html").read_text()
    assert Evaluation.from_csv(outcome.folder / "evaluation.csv").frame["metric"].tolist() == ["toy_metric"]
    assert outcome.headline == ["Hello from the toy: 24 records."]


def test_subgroups_and_pre_specified_estimates(toy_config: Maker) -> None:
    config = toy_config(
        subgroups={"by": ["sex", "age", "site"], "minimum_n": 10},
        primary=[{"metric": "sensitivity", "reader": "looks", "finding": "AF"}],
    )
    frame = Evaluation.from_csv(run(config).folder / "evaluation.csv").frame
    assert set(frame["subgroup"]) >= {"", "sex=F", "sex=M", "age=0-39", "age=80+"}
    small = frame[frame["reason"] == "the subgroup has fewer than 10 records"]
    assert small["value"].isna().all()
    assert len(small)
    assert frame[frame["pre_specified"]][["metric", "reader", "finding", "subgroup"]].to_numpy().tolist() == [
        ["sensitivity", "looks", "AF", ""]
    ]


def test_p_values_are_adjusted_by_question(toy_config: Maker) -> None:
    frame = Evaluation.from_csv(run(toy_config()).folder / "evaluation.csv").frame
    tested = frame[(frame["metric"] == "mcnemar") & frame["p_value"].notna()]
    floor = tested["family"] == ""
    assert floor.any()
    assert ((tested["reader"] == "prevalence") | (tested["compared_with"] == "prevalence"))[floor].all()
    assert tested[floor]["p_adjusted"].isna().all()
    for name, family in tested[~floor].groupby("family"):
        p, adjusted = (family[c].to_numpy(dtype=float) for c in ("p_value", "p_adjusted"))
        order = np.argsort(p)
        expected = np.minimum(1, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))))
        assert np.allclose(adjusted[order], expected), name
        assert (family["family_size"] == len(p)).all()


def test_runs_side_by_side(toy_config: Maker, tmp_path: Path) -> None:
    first = run(toy_config(out=str(tmp_path / "a"))).folder
    other = run(toy_config(out=str(tmp_path / "b"), split={"train": [1], "threshold": [3, 4], "test": [5, 6]})).folder
    found = compare_runs([first, other], metrics=["sensitivity", "mcnemar"], finding="AF")
    assert set(found.table["run"]) == {str(first), str(other)}
    assert found.warnings == [
        "The runs read different recordings: differences between them may not be differences between readers."
    ]
    text = comparison_text(found)
    assert "looks, unaided: 1.000 (" in text
    assert compare_runs([first, first]).warnings == []
    assert "No run has such an estimate." in comparison_text(compare_runs([first], metrics=["nothing"]))


def test_tracking_survives_a_store_that_is_not_there(toy_config: Maker) -> None:
    config = toy_config(tracking={"uri": "http://127.0.0.1:9", "experiment": "toy"})
    outcome = run(config)
    assert "Not tracked" in outcome.tracking
    assert "ecg-eval track" in outcome.tracking
    assert "Not tracked" in track_again(outcome.folder)


def test_the_same_reader_id_twice_is_an_error(toy_config: Maker) -> None:
    with pytest.raises(ConfigError, match="given once over all models and panels"):
        run(toy_config(panels=["toy_study:ToyPanel", "toy_study:ToyPanel"]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": ["cohen_kapa"]}, "Did you mean 'cohen_kappa'"),
        ({"findings": ["AFF"]}, "Did you mean 'AF'"),
        ({"models": [{"name": "prevalence", "depht": 3}]}, "models.0.depht"),
        ({"dataset": {"name": "ptb_xl", "rooot": "x"}}, "Did you mean 'root'"),
        ({"panels": [{"name": "simulated_gps", "ai": "look"}]}, "Did you mean 'looks'"),
        ({"primary": [{"metric": "aurok"}]}, "Did you mean 'auroc'"),
        ({"primary": [{"metric": "auroc", "finding": "LBB"}]}, "finding must be asked for"),
        ({"reference": {"name": "majority"}}, "by either readers or kinds"),
        ({"dataset": "code_test"}, "attributes.csv"),
    ],
)
def test_check_says_what_is_wrong(toy_config: Maker, changes: dict[str, object], said: str) -> None:
    found = problems_of(toy_config(**changes))
    assert any(said in str(p) for p in found), [str(p) for p in found]


def test_check_says_everything_at_once(toy_config: Maker) -> None:
    found = problems_of(toy_config(metrics=["a_b", "c_d"], models=["x_y"], report={"sections": ["z_z"]}))
    assert len(found) == 4
    assert all(isinstance(p, EcgEvalError) for p in found)
