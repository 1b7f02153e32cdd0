"""The check reads what files hold: what a run would refuse is said before, each fault once; what is odd is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecg_eval import registry
from ecg_eval.cli.main import app
from ecg_eval.config.load import config_to_yaml
from ecg_eval.config.schema import RunConfig
from ecg_eval.errors import ProblemsError
from ecg_eval.metrics.bases.patients.at_prevalence import Stated
from ecg_eval.pipeline.study.build import make_metrics
from ecg_eval.pipeline.study.check import check_file, examine

Maker = Callable[..., RunConfig]
IDS = [f"r{i}" for i in range(6)]


@pytest.fixture
def of_files(toy_config: Maker, tmp_path: Path) -> Callable[..., RunConfig]:
    """Return a maker of configurations of GPs' files on a folder of recordings with a table of labels."""

    def make(rows: str, *, table: str = "", **changes: Any) -> RunConfig:
        for record in IDS:
            (tmp_path / f"{record}.hea").write_text(f"{record} 1 100 4\n{record}.dat 16 200/mV 16 0 0 0 0 I\n")
            (tmp_path / f"{record}.dat").write_bytes(bytes(8))
        labels = table or "record_id,patient_id,AF\n" + "".join(f"{r},p{i},{i % 2}\n" for i, r in enumerate(IDS))
        (tmp_path / "labels.csv").write_text(labels)
        (tmp_path / "readings.csv").write_text(f"record_id,reader_id,finding,reading\n{rows}")
        readers = [{"reader_id": r, "kind": "gp"} for r in ("g1", "g2")]
        base = {
            "dataset": {"name": "wfdb_folder", "root": str(tmp_path), "labels": str(tmp_path / "labels.csv")},
            "split": {},
            "models": [],
            "panels": [{"name": "readings_file", "path": str(tmp_path / "readings.csv"), "readers": readers}],
        }
        return toy_config(**(base | changes))

    return make


GOOD = "".join(f"{r},{g},AF,{i % 2}\n" for g in ("g1", "g2") for i, r in enumerate(IDS))


def said(config: RunConfig) -> list[str]:
    return [str(problem) for problem in examine(config).problems]


def test_files_of_readings_are_read(of_files: Callable[..., RunConfig]) -> None:
    assert said(of_files(GOOD)) == []
    wrong = said(of_files("".join(f"{r},g1,AF,maybe\n" for r in IDS) + "r0,g3,AF,1\nR1,g1,AF,1\n"))
    assert len(wrong) == 3
    assert "record_id" in wrong[0]
    assert "reader_id" in wrong[1]
    assert "'maybe'" in wrong[2]
    assert all("maybe" not in str(p) for p in examine(of_files("r0,g1,AF,maybe\n"), contents=False).problems)


def test_a_blank_beside_an_id_of_the_table_of_labels_is_no_part_of_it(of_files: Callable[..., RunConfig]) -> None:
    table = "record_id,patient_id,AF\n" + "".join(f"{r} ,p{i},{i % 2}\n" for i, r in enumerate(IDS))
    assert said(of_files(GOOD, table=table)) == []
    twice = said(of_files(GOOD, table=f"{table}r0,p9,1\n"))
    assert any("given once a record" in line for line in twice)


@pytest.mark.parametrize(
    ("metric", "margin", "wrong"),
    [
        ("model_against_readers", 0.05, ""),  # the metric's own default, spelt out on one side only
        ({"name": "model_against_readers", "margin": 0.05}, None, ""),
        ({"name": "model_against_readers", "measure": "accuracy"}, 0.05, ""),
        ("model_against_readers", 0.1, "that of the metric (0.05)"),
        ("sensitivity", 0.1, "left out for a metric without one"),
    ],
)
def test_a_primary_margin_is_that_of_the_metric_by_default_too(
    metric: object, margin: float | None, wrong: str, toy_config: Maker
) -> None:
    name = metric["name"] if isinstance(metric, dict) else metric
    primary = {"metric": name} | ({} if margin is None else {"margin": margin})
    problems = said(toy_config(metrics=[metric], primary=[primary]))
    assert len(problems) == bool(wrong)
    assert all(wrong in problem for problem in problems)


STATED = {"AF": {"value": 0.068, "source": "SAFE, age 65 and over"}}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"metrics": ["sensitivity", "missed_per_thousand"]}, ""),
        ({"metrics": ["sensitivity"]}, "missed_per_thousand"),
        ({"metrics": [{"name": "missed_per_thousand", "prevalence": STATED}]}, "over_called_per_thousand"),
        ({"metrics": ["missed_per_thousand"], "prevalence": {"AFF": STATED["AF"]}}, "Did you mean 'AF'"),
    ],
)
def test_a_prevalence_that_nothing_uses_is_said(changes: dict[str, object], wrong: str, toy_config: Maker) -> None:
    problems = said(toy_config(**({"prevalence": STATED} | changes)))
    assert len(problems) == bool(wrong)
    assert all(wrong in problem for problem in problems)


def test_a_plug_in_that_cannot_be_loaded_hides_no_other_problem(
    toy_config: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = registry.names
    monkeypatch.setattr(registry, "names", lambda kind: [*names(kind), "broken_metric"])
    (problem,) = said(toy_config(metrics=["sensitivity"], prevalence=STATED))
    assert "used by a metric that is asked" in problem


def test_a_prevalence_is_stated_once_for_all_metrics(toy_config: Maker) -> None:
    other = {"AF": {"value": 0.02, "source": "a survey"}}
    metrics = ["missed_per_thousand", {"name": "ppv_at_prevalence", "prevalence": other}, "sensitivity"]
    made = {metric.name: metric for metric in make_metrics(toy_config(prevalence=STATED, metrics=metrics))}
    assert vars(made["missed_per_thousand"])["prevalence"] == {"AF": Stated(0.068, "SAFE, age 65 and over")}
    assert vars(made["ppv_at_prevalence"])["prevalence"] == {"AF": Stated(0.02, "a survey")}
    assert "prevalence" not in vars(made["sensitivity"])


def test_what_the_run_itself_would_refuse_is_said(of_files: Callable[..., RunConfig]) -> None:
    nobody = said(of_files("r0,g1,LBBB,1\n"))
    assert len(nobody) == 1
    assert "about at least one record and finding" in nobody[0]
    voters = said(of_files(GOOD, reference={"name": "majority", "kinds": ["cardiologist"]}))
    assert any("at least two readers" in line for line in voters)
    twice = of_files(GOOD)
    panels = [twice.panels[0].model_dump(), twice.panels[0].model_dump()]
    assert any("once over all models and panels" in line for line in said(of_files(GOOD, panels=panels)))


def test_a_subgroup_without_a_column_is_refused(of_files: Callable[..., RunConfig]) -> None:
    (line,) = said(of_files(GOOD, subgroups={"by": ["sexe"]}))
    assert "subgroup must be a column of the records" in line


def test_what_is_odd_is_named(of_files: Callable[..., RunConfig]) -> None:
    found = examine(of_files(GOOD.replace("r5,g2,AF,1\n", "")))
    assert found.problems == []
    assert [(o.kind, o.reader, o.count) for o in found.odd if o.kind == "pairs_missing"] == [("pairs_missing", "g2", 1)]


def test_a_voter_who_has_yet_to_read_is_no_fault(of_files: Callable[..., RunConfig]) -> None:
    reference = {"name": "majority", "readers": ["looks", "g1"]}
    config = of_files(GOOD, models=[{"name": "rules", "id": "looks"}], reference=reference)
    assert said(config) == []


def test_the_command_says_faults_and_oddities(of_files: Callable[..., RunConfig], tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(config_to_yaml(of_files(GOOD.replace("r5,g2,AF,1\n", ""))))
    said = CliRunner().invoke(app, ["check", str(tmp_path / "run.yaml")])
    assert "nothing wrong found" in said.stdout
    assert "g2 (unaided): 1 of 6 ECGs not read [r5]" in said.stdout
    told = json.loads(CliRunner().invoke(app, ["check", "--json", str(tmp_path / "run.yaml")]).stdout)
    assert told["ok"]
    assert len(told["odd"]) >= 1
    (tmp_path / "run.yaml").write_text(config_to_yaml(of_files("r0,g1,AF,maybe\n")))
    wrong = CliRunner().invoke(app, ["check", "--json", str(tmp_path / "run.yaml")])
    assert wrong.exit_code == 2
    assert "maybe" in json.loads(wrong.stdout)["problems"][0]
    plain = CliRunner().invoke(app, ["check", str(tmp_path / "run.yaml")])
    assert isinstance(plain.exception, ProblemsError)


def test_before_a_run_files_are_read_only_where_models_come_first(
    of_files: Callable[..., RunConfig], tmp_path: Path
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(config_to_yaml(of_files("r0,g1,AF,maybe\n")))
    check_file(path)  # the run reads the file at once
    path.write_text(config_to_yaml(of_files("r0,g1,AF,maybe\n", models=["rules"])))
    with pytest.raises(ProblemsError, match="maybe"):
        check_file(path)
