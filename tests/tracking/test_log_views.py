"""Views of a table of runs: columns that were logged, for each question, as MLflow's page reads them back."""

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from reports.study_fixture import toy_result

from ecg_eval.tracking import mlflow_tracker
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.log_run import DESCRIPTION, LogRun
from ecg_eval.tracking.log_views import DESCRIPTION_MARK, OPENING, TAG, LogView, description_of, tags_of, views_of
from ecg_eval.tracking.mlflow_tracker import log_to_mlflow, newest_view
from ecg_eval.tracking.store import sqlite_uri


@pytest.fixture(scope="module")
def items() -> list[LogRun]:
    return log_items(toy_result(kind="gp"), split={"train": (1, 2), "test": (10,)})


def by_key(views: list[LogView]) -> dict[str, LogView]:
    return {view.key.removeprefix("ecg-eval-"): view for view in views}


def test_each_question_has_the_columns_that_answer_it(items: list[LogRun]) -> None:
    views = by_key(views_of(items))
    assert [view.name for view in views.values()] == [
        "1. Which model is best",
        "2. Beside people",
        "3. What help changed",
        "4. At what cost",
        "5. On which data, with which settings",
        *toy_result().study.findings,
    ]
    best = ("auroc", "sens", "spec", "vs_gp_sens")
    assert views["best"].columns[:4] == tuple(f"metrics.`{name}/macro`" for name in best)
    assert "params.`split.test`" in views["settings"].columns
    assert views["finding-AF"].columns[0] == "metrics.`auroc/AF`"


def test_a_view_has_no_column_that_was_not_logged(items: list[LogRun]) -> None:
    logged = {f"metrics.`{name}`" for item in items for name in item.metrics}
    logged |= {f"params.`{name}`" for item in items for name in item.params} | {"attributes.`Dataset`"}
    for view in views_of(items):
        assert set(view.columns) <= logged
        assert len(set(view.columns)) == len(view.columns)
        assert view.order_by in {*view.columns, "attributes.start_time"}


def test_without_metrics_there_is_no_view(items: list[LogRun]) -> None:
    assert views_of([replace(item, metrics={}, params={}) for item in items]) == []
    assert views_of([]) == []
    assert description_of([], "1") == ""


def test_a_study_of_one_finding_and_models_alone_asks_nothing_of_people() -> None:
    items = log_items(toy_result(n_readers=0, aided=False, findings=("AF",)))
    without_mean = [
        replace(item, metrics={k: v for k, v in item.metrics.items() if not k.endswith(("/macro", "/pooled"))})
        for item in items
    ]
    only = views_of(without_mean)
    assert [view.key for view in only] == ["ecg-eval-best", "ecg-eval-cost", "ecg-eval-settings"]
    assert only[0].columns[0] == "metrics.`auroc/AF`"


def test_a_tag_is_read_as_an_envelope_and_as_a_state(items: list[LogRun]) -> None:
    views = views_of(items)
    tags = tags_of(views)
    order = []
    for view in views:
        envelope = json.loads(tags[f"{TAG}{view.key}"])
        packed = base64.b64decode(envelope["state"].removeprefix("deflate;"))
        assert json.loads(zlib.decompress(packed)) == view.state()
        assert {name: envelope[name] for name in view.state()} == view.state()
        order.append(envelope["createdAt"])
    assert order == sorted(order, reverse=True), "the menu lists the newest first"
    assert max(map(len, tags.values())) < 5000  # what the strictest store takes


@pytest.fixture
def logged(items: list[LogRun], empty_store: Path, tmp_path: Path) -> str:
    path = tmp_path / "mlflow.db"
    path.write_bytes(empty_store.read_bytes())
    assert log_to_mlflow(items, uri=sqlite_uri(path), experiment="a study", run_folder=tmp_path).logged
    return sqlite_uri(path)


def test_an_experiment_gets_its_views_and_links_to_them(items: list[LogRun], logged: str, tmp_path: Path) -> None:
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(logged)
        experiment = client.get_experiment_by_name("a study")
        assert experiment is not None
    assert tags_of(views_of(items)).items() <= experiment.tags.items()
    assert f"viewStateShareKey={OPENING}" in experiment.tags[DESCRIPTION]
    assert newest_view(logged) == (experiment.experiment_id, OPENING)
    assert newest_view(sqlite_uri(tmp_path / "none.db")) == ("", "")
    assert not (tmp_path / "none.db").exists()


def test_what_a_person_wrote_about_an_experiment_stays(items: list[LogRun], logged: str, tmp_path: Path) -> None:
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(logged)
        number = client.get_experiment_by_name("a study").experiment_id  # type: ignore[union-attr]
        client.set_experiment_tag(number, DESCRIPTION, "Our pilot.")
    log_to_mlflow(items, uri=logged, experiment="a study", run_folder=tmp_path)
    with mlflow_tracker.quiet():
        assert client.get_experiment(number).tags[DESCRIPTION] == "Our pilot."
        client.set_experiment_tag(number, DESCRIPTION, f"old {DESCRIPTION_MARK}")
    log_to_mlflow(items, uri=logged, experiment="a study", run_folder=tmp_path)
    with mlflow_tracker.quiet():
        assert OPENING in client.get_experiment(number).tags[DESCRIPTION]


def test_a_store_that_takes_no_views_costs_no_run(
    items: list[LogRun], empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(empty_store.read_bytes())
    monkeypatch.setattr(mlflow_tracker, "tags_of", lambda views: (_ for _ in ()).throw(PermissionError("not allowed")))
    outcome = log_to_mlflow(items, uri=sqlite_uri(path), experiment="e", run_folder=tmp_path)
    assert outcome.logged
    assert "Views of its table could not be made: not allowed." in outcome.message
