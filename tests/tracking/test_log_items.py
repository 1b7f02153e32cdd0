from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reports.study_fixture import bare, toy_result

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.facts.plan import PlanFacts
from ecg_eval.domain.result import StudyResult
from ecg_eval.tracking.log_comparisons import Difference, as_markdown, differences
from ecg_eval.tracking.log_costs import costs
from ecg_eval.tracking.log_items import ARTIFACTS, OWN_TABLE, evaluation_id, log_items
from ecg_eval.tracking.log_run import EVALUATION_ID, READER, LogRun

ENDS = ("", "_low", "_high", "_p")


def by_name(result: StudyResult) -> dict[str, LogRun]:
    return {run.name: run for run in log_items(result)}


def test_one_flat_run_a_reader_and_group_newest_first() -> None:
    names = [run.name for run in log_items(toy_result())]
    listed = names[::-1]  # as MLflow lists them
    assert listed[:3] == ["beat_features", "prevalence", "simulated (mean of 4)"]
    assert listed[3:] == ["gp_01", "gp_02", "gp_03", "gp_04"]


def test_runs_of_an_evaluation_share_its_id() -> None:
    runs = log_items(toy_result())
    assert {run.tags[EVALUATION_ID] for run in runs} == {"rehearsal-0123456789ab"}
    assert [run.tags[READER] for run in runs] == [run.name for run in runs]


def test_without_an_id_the_estimates_themselves_give_one() -> None:
    result = bare(toy_result())
    frame = result.evaluation.frame
    other = replace(result, evaluation=Evaluation(frame.iloc[1:]))
    assert evaluation_id(result) == evaluation_id(bare(toy_result()))
    assert evaluation_id(result) != evaluation_id(other)


def test_metrics_have_short_names_bounds_and_four_decimals() -> None:
    result = toy_result()
    metrics = by_name(result)["beat_features"].metrics
    row = result.evaluation.select(metric="auroc", reader="beat_features", finding="AF").iloc[0]
    assert metrics["auroc/AF"] == round(float(row["value"]), 4)
    assert metrics["auroc_low/AF"] == round(float(row["low"]), 4)
    assert metrics["auroc_high/AF"] == round(float(row["high"]), 4)
    assert "sens/macro" in metrics
    assert "brier/AF" in metrics
    assert "brier_low/AF" not in metrics, "no bound is no metric"
    assert {name.split("/")[0] for name in metrics if len(name.split("/")[0]) > 14} <= {
        *(
            f"{section}{end}"
            for section in ("with_simulated", "vs_simulated_sens", "vs_simulated_spec")
            for end in ENDS
        ),
    }


def test_metrics_that_would_share_a_short_name_keep_their_own() -> None:
    result = toy_result()
    same = replace(result.provenance.metrics["specificity"], short_name="sens")
    provenance = replace(result.provenance, metrics={**result.provenance.metrics, "specificity": same})
    logged = by_name(replace(result, provenance=provenance))["beat_features"].metrics
    assert "sens/AF" not in logged
    assert {"sensitivity/AF", "specificity/AF"} <= set(logged)


def test_a_second_arm_and_the_effect_between_arms_have_their_own_sections() -> None:
    metrics = by_name(toy_result())["gp_01"].metrics
    assert {"sens/AF", "sens_aided/AF", "aid_sens/macro", "aid_wrong/pooled", "put_wrong/macro"} <= set(metrics)
    assert "aid_sens/AF" not in metrics, "what help did is logged by its means"


def test_many_people_are_logged_by_their_means() -> None:
    runs = by_name(toy_result(n_readers=7, findings=("AF", "LBBB")))
    assert "ppv/AF" not in runs["gp_01"].metrics
    assert {"sens/AF", "spec/AF", "ppv/macro"} <= set(runs["gp_01"].metrics), "what anybody asks of a finding"
    assert "sens/macro" in runs["gp_01"].metrics
    assert "sens/AF" in runs["simulated (mean of 7)"].metrics
    single = by_name(toy_result(n_readers=7, findings=("AF",)))
    assert "sens/macro" in single["gp_01"].metrics


def test_a_study_of_one_finding_without_means_logs_the_finding() -> None:
    result = toy_result(n_readers=7, findings=("AF",))
    frame = result.evaluation.frame
    only = replace(result, evaluation=Evaluation(frame[~frame["finding"].isin(["macro", "pooled"])]))
    assert "sens/AF" in by_name(only)["gp_01"].metrics


def test_agreement_with_a_group_is_logged_for_the_whole_study() -> None:
    runs = by_name(toy_result())
    assert "with_simulated/kappa" in runs["beat_features"].metrics
    assert "with_simulated_low/kappa" in runs["beat_features"].metrics
    group = runs["simulated (mean of 4)"].metrics
    assert {"with_simulated/kappa", "with_simulated_aided/kappa", "fleiss/AF"} <= set(group)


def test_what_cannot_be_computed_is_told_and_is_no_metric() -> None:
    assert "auroc/AF" not in by_name(toy_result())["gp_01"].metrics
    result = toy_result()
    frame = result.evaluation.frame.copy()
    frame.loc[(frame["reader"] == "gp_01") & (frame["metric"] == "ppv"), ["value", "low", "high"]] = np.nan
    frame.loc[(frame["reader"] == "gp_01") & (frame["metric"] == "ppv"), "reason"] = "nobody was called"
    lost = by_name(replace(result, evaluation=Evaluation(frame)))["gp_01"]
    n = int(lost.tags["undefined_estimates"])
    assert n > 0
    assert "ppv, AF, unaided: nobody was called" in lost.tags["mlflow.note.content"]
    many = by_name(replace(result, evaluation=Evaluation(pd.concat([frame] * 6, ignore_index=True))))["gp_01"]
    assert "more, in estimates.csv" in many.tags["mlflow.note.content"]


def test_what_does_not_apply_or_was_not_asked_is_no_failure() -> None:
    tags = by_name(toy_result())["gp_01"].tags
    assert int(tags["not_applicable_estimates"]) > 0  # an AUROC without scores
    assert "auroc" not in tags["mlflow.note.content"]
    assert "not_asked_estimates" not in tags
    result = toy_result()
    few = result.study.readings[
        ~((result.study.readings["reader_id"] == "gp_01") & (result.study.readings["finding"] == "AF"))
    ]
    frame = result.evaluation.frame.copy()
    frame.loc[(frame["reader"] == "gp_01") & (frame["finding"] == "AF"), ["value", "low", "high"]] = np.nan
    study = replace(result.study, readings=few.reset_index(drop=True))
    asked = by_name(replace(result, study=study, evaluation=Evaluation(frame)))["gp_01"].tags
    assert int(asked["not_asked_estimates"]) > 0


def test_what_is_odd_is_a_tag_a_kind() -> None:
    result = toy_result()
    table = result.study.readings
    gone = table[~((table["reader_id"] == "gp_01") & (table["record_id"] == "r003"))].reset_index(drop=True)
    runs = by_name(replace(result, study=replace(result.study, readings=gone)))
    assert runs["gp_01"].tags["odd.pairs_missing"] == "2"  # in both arms
    assert "odd.pairs_missing" not in runs["gp_02"].tags
    assert runs["simulated (mean of 4)"].tags["odd.pairs_missing"] == "2"


def test_nothing_undefined_is_listed_where_all_is_known() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    known = replace(result, evaluation=Evaluation(frame[frame["value"].notna()]))
    assert "Cannot be computed" not in by_name(known)["gp_01"].tags["mlflow.note.content"]


def test_simulated_and_dependent_readers_say_so() -> None:
    run = by_name(toy_result())["gp_01"]
    assert run.tags["simulated"] == "true"
    assert "no doctor read" in run.tags["mlflow.note.content"]
    machine = by_name(toy_result())["beat_features"]  # a program among simulated readers is part of a simulated study
    assert machine.tags["simulated"] == "true"
    assert all(r.tags["mlflow.note.content"].startswith("Simulated study. **") for r in (run, machine))
    runs = by_name(toy_result(kind="gp", formed_by=("gp_02",)))
    assert runs["gp_01"].tags["independent_of_reference"] == "true"
    assert runs["gp_02"].tags["independent_of_reference"] == "false"
    assert runs["gp (mean of 4)"].tags["independent_of_reference"] == "false"
    assert "Not independent" in runs["gp_02"].tags["mlflow.note.content"]


def test_params_name_the_reader_and_what_it_was() -> None:
    runs = by_name(toy_result())
    model = runs["beat_features"].params
    assert model["reader"] == "beat_features"
    assert model["trained_on"] == "synthetic"
    assert model["card.trees"] == "200"
    assert "card.taught" not in model
    assert model["threshold.AF"] == "0.4123"
    assert "threshold.AF" not in runs["prevalence"].params, "no threshold was frozen"
    assert runs["gp_01"].params["arms"] == "unaided, aided"
    assert runs["simulated (mean of 4)"].params["readers"] == "4"
    assert all(value for run in runs.values() for value in run.params.values())


def test_heads_carry_the_report_and_everybody_the_own_table() -> None:
    runs = by_name(toy_result())
    assert runs["beat_features"].artifacts == runs["simulated (mean of 4)"].artifacts == ARTIFACTS
    assert runs["gp_01"].artifacts == ()
    table = Evaluation.from_csv(runs["gp_01"].tables[OWN_TABLE]).frame
    assert ((table["reader"] == "gp_01") | (table["compared_with"] == "gp_01")).all()
    assert len(table) > 20
    assert "readings.parquet" not in ARTIFACTS, "readings are about people"


def test_people_alone_all_carry_the_report() -> None:
    result = toy_result(aided=False, n_readers=1, kind="gp")
    readers = result.study.readers.loc[["gp_01"]]
    frame = result.evaluation.frame
    readings = result.study.readings
    alone = replace(
        result,
        study=replace(result.study, readers=readers, readings=readings[readings["reader_id"] == "gp_01"]),
        evaluation=Evaluation(frame[frame["reader"] == "gp_01"]),
    )
    runs = log_items(alone)
    assert [run.name for run in runs] == ["gp_01"]
    assert runs[0].artifacts == ARTIFACTS


def test_dataset_has_a_digest_of_data_and_records() -> None:
    result = toy_result()
    dataset = log_items(result)[0].dataset
    assert dataset.name == "synthetic"
    assert len(dataset.digest) == 12
    assert dataset.facts["licence"] == "Apache-2.0"
    fewer = replace(result, study=result.study.subset(np.arange(len(result.study.records)) > 0))
    assert log_items(fewer)[0].dataset.digest != dataset.digest
    other = replace(result.provenance.dataset, digests={"RECORDS": "other"})
    changed = replace(result.provenance, dataset=other)
    assert log_items(replace(result, provenance=changed))[0].dataset.digest != dataset.digest


@pytest.mark.parametrize("result", [bare(toy_result()), replace(toy_result(), evaluation=Evaluation.from_rows([]))])
def test_a_result_that_says_little_is_logged_all_the_same(result: StudyResult) -> None:
    runs = log_items(result)
    assert len(runs) >= 6
    assert all(isinstance(value, str) and value for run in runs for value in run.tags.values())


def test_names_hold_only_letters_that_mlflow_allows() -> None:
    result = toy_result()
    odd = replace(result.provenance.models["beat_features"], card=ModelCard(facts={"n (train)": 3}))
    provenance = replace(result.provenance, models={"beat_features": odd})
    run = by_name(replace(result, provenance=provenance))["beat_features"]
    assert run.params["card.n _train_"] == "3"
    assert isinstance(result.evaluation.frame, pd.DataFrame)


def test_the_description_repeats_what_the_report_says() -> None:
    runs = log_items(toy_result(), sentences_of=lambda label, is_group: [f"Said of {label}, {is_group}."])
    notes = {run.name: run.tags["mlflow.note.content"] for run in runs}
    assert "Said of beat_features, False." in notes["beat_features"]
    assert any("Said of simulated (mean of 4), True." in note for note in notes.values())


def test_a_locked_plan_and_departures_from_it_are_tags() -> None:
    result = toy_result()
    assert not any(key.startswith("plan.") for key in by_name(result)["gp_01"].tags)
    plan = PlanFacts(locked_at="2027-01-04T09:00:00+00:00", sha256="ab" * 32, departures=("seed: locked 1, now 2",))
    tags = by_name(replace(result, provenance=replace(result.provenance, plan=plan)))["gp_01"].tags
    assert tags["plan.sha256"] == "ab" * 32
    assert (tags["plan.departures"], tags["plan.departs_in"]) == ("1", "seed: locked 1, now 2")
    kept = replace(plan, departures=())
    tags = by_name(replace(result, provenance=replace(result.provenance, plan=kept)))["gp_01"].tags
    assert tags["plan.departures"] == "0"
    assert "plan.departs_in" not in tags


def test_a_machine_differs_from_people_and_other_machines_with_bounds_and_p() -> None:
    result = toy_result()
    run = by_name(result)["beat_features"]
    frame = result.evaluation.frame
    row = frame[
        (frame["metric"] == "sensitivity_difference")
        & (frame["reader"] == "beat_features")
        & frame["compared_with"].str.startswith("simulated (mean")
        & (frame["finding"] == "macro")
    ].iloc[0]
    assert run.metrics["vs_simulated_sens/macro"] == round(float(row["value"]), 4)
    assert run.metrics["vs_simulated_sens_low/macro"] == round(float(row["low"]), 4)
    description = run.tags["mlflow.note.content"]
    assert f"| {row['compared_with']} | sens | macro | {row['value']:+.3f} |" in description
    assert not any(name.startswith("vs_") for name in by_name(result)["gp_01"].metrics)


def test_a_difference_that_stands_the_other_way_round_is_turned() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    pair = frame[
        (frame["metric"] == "sensitivity_difference")
        & frame["compared_with"].str.startswith("simulated (mean")
        & (frame["reader"] == "beat_features")
        & (frame["finding"] == "macro")
    ].iloc[[0]]
    turned = pair.assign(
        reader=pair["compared_with"],
        compared_with=pair["reader"],
        value=-pair["value"],
        low=-pair["high"],
        high=-pair["low"],
    )
    there, back = (
        differences(result, rows, ["beat_features"], {str(pair["compared_with"].iloc[0]): "gp"})
        for rows in (pair, turned)
    )
    assert there == back
    assert there[0].section == "vs_gp_sens"


def test_a_p_value_is_the_adjusted_one_and_a_list_of_differences_ends() -> None:
    many = [Difference("rules", False, "vs_rules_sens", f"F{i}", 0.1, 0.05, 0.15, 0.0004) for i in range(30)]
    text = as_markdown([*many, Difference("gp", True, "vs_gp_sens", "macro", -0.1, -0.2, 0.1, None)], "network")
    lines = text.splitlines()
    assert lines[4] == "| gp | sens | macro | -0.100 | -0.200 to +0.100 |  | not settled |"
    assert lines[5] == "| rules | sens | F0 | +0.100 | +0.050 to +0.150 | <0.001 | clear |"
    alone = as_markdown([Difference("rules", False, "vs_rules_sens", "AF", 0.1, 0.01, 0.2, 0.4)], "network")
    assert alone.endswith("| 0.400 | clear by itself, not among all that were tested |")
    assert lines[-1] == "7 more are metrics of this run (`vs_...`)."
    assert many[0].metrics(bounded=True)["vs_rules_sens_p/F0"] == 0.0004
    assert set(many[0].metrics(bounded=False)) == {"vs_rules_sens/F0", "vs_rules_sens_p/F0"}


def test_costs_are_metrics() -> None:
    result = toy_result()
    model = replace(
        result.provenance.models["beat_features"],
        fit_s=2.0,
        fit_cpu_s=3.5,
        read_s=0.6,
        card=ModelCard(facts={"n_parameters": 1200}),
    )
    assert costs(model, n_records=120) == {
        "cost/fit_s": 2.0,
        "cost/fit_cpu_s": 3.5,
        "cost/read_s": 0.6,
        "cost/read_ms_per_ecg": 5.0,
        "cost/parameters": 1200.0,
    }
    assert costs(replace(model, fit_s=None, fit_cpu_s=None, read_s=None, card=ModelCard()), n_records=120) == {}
    assert costs(None, n_records=120) == {}


def test_a_simulated_archive_has_no_address_of_recordings() -> None:
    result = toy_result()
    made = replace(result.provenance.dataset, access="simulated", url="https://pypi.org/project/ecg-eval/")
    run = log_items(replace(result, provenance=replace(result.provenance, dataset=made)))[0]
    assert "pypi" not in run.dataset.source
    assert "made by ecg_eval" in run.dataset.source


def test_of_many_findings_single_ones_are_logged_unaided_without_bounds_and_not_of_a_floor() -> None:
    runs = by_name(toy_result(findings=tuple(f"F{i}" for i in range(30)), n_readers=2, n_records=40))
    metrics = runs["beat_features"].metrics
    assert {"sens/F3", "sens/macro", "sens_low/macro", "vs_simulated_sens/F3"} <= set(metrics)
    assert not {"sens_low/F3", "vs_simulated_sens_low/F3"} & set(metrics)
    person = runs["gp_01"].metrics
    assert {"sens/F3", "sens_aided/macro"} <= set(person)
    assert "sens_aided/F3" not in person
    assert "sens/macro" in runs["prevalence"].metrics
    assert "sens/F3" not in runs["prevalence"].metrics
