import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from reports.study_fixture import toy_result

from ecg_eval.errors import TrackingError
from ecg_eval.tracking import mlflow_tracker
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.log_run import EVALUATION_ID, READER, LogRun
from ecg_eval.tracking.mlflow_tracker import TrackingOutcome, log_to_mlflow
from ecg_eval.tracking.served_pages import opening_url, ui_command, ui_environment
from ecg_eval.tracking.store import sqlite_uri


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> str:
    path = tmp_path / "store" / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(empty_store, path)
    return sqlite_uri(path)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "report.en.html").write_text("<!doctype html><title>r</title>", encoding="utf-8")
    (folder / "provenance.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def items() -> list[LogRun]:
    return log_items(toy_result(n_readers=2))


def log(items: list[LogRun], store: str, run_folder: Path) -> TrackingOutcome:
    return log_to_mlflow(items, uri=store, experiment="ecg_eval", run_folder=run_folder)


def runs_in(store: str) -> list[Any]:
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(store)
        experiment = client.get_experiment_by_name("ecg_eval")
        assert experiment is not None
        return list(client.search_runs([experiment.experiment_id]))


def test_runs_stand_with_metrics_params_dataset_and_artifacts(
    items: list[LogRun], store: str, run_folder: Path
) -> None:
    outcome = log(items, store, run_folder)
    assert outcome.logged
    assert set(outcome.run_ids) == {item.name for item in items}
    runs = {run.info.run_name: run for run in runs_in(store)}
    for item in items:
        run = runs[item.name]
        assert run.info.status == "FINISHED"
        assert run.data.metrics == pytest.approx(dict(item.metrics))
        assert run.data.params == dict(item.params)
        assert run.data.tags[EVALUATION_ID] == item.tags[EVALUATION_ID]
        assert "mlflow.parentRunId" not in run.data.tags
        assert run.inputs.dataset_inputs[0].dataset.digest == item.dataset.digest
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(store)
        model, person = (client.list_artifacts(outcome.run_ids[name]) for name in ("beat_features", "gp_01"))
    assert {f.path for f in model} == {"estimates.csv", "report.en.html", "provenance.json"}
    assert {f.path for f in person} == {"estimates.csv"}


def test_runs_are_listed_machines_first(
    items: list[LogRun], store: str, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(items, store, run_folder)
    assert capsys.readouterr().out == "", "what is printed is the caller's"
    assert [run.info.run_name for run in runs_in(store)] == [item.name for item in items][::-1]


def test_artifacts_lie_beside_the_store_and_not_in_the_current_folder(
    items: list[LogRun], store: str, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    log(items[-1:], store, run_folder)
    assert list(elsewhere.iterdir()) == []
    assert list((tmp_path / "store" / "mlflow-artifacts" / "ecg_eval").rglob("report.en.html"))


def test_logging_twice_makes_nothing_twice(items: list[LogRun], store: str, run_folder: Path) -> None:
    first = log(items, store, run_folder)
    again = log(items, store, run_folder)
    assert again.run_ids == first.run_ids
    assert len(runs_in(store)) == len(items)


def test_a_run_that_broke_off_is_made_anew(
    items: list[LogRun], store: str, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(mlflow_tracker, "_dataset_input", lambda item: (_ for _ in ()).throw(OSError("disk full")))
        outcome = log(items[:1], store, run_folder)
    assert not outcome.logged
    assert "disk full" in outcome.message
    assert outcome.experiment_id
    assert [run.info.status for run in runs_in(store)] == ["FAILED"]
    assert log(items[:1], store, run_folder).logged
    assert sorted(run.info.status for run in runs_in(store)) == ["FAILED", "FINISHED"]


def test_batches_larger_than_one_request_are_split(
    items: list[LogRun], store: str, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_tracker, "_BATCH_METRICS", 7)
    monkeypatch.setattr(mlflow_tracker, "_BATCH_PARAMS", 5)
    log(items[-1:], store, run_folder)
    assert len(runs_in(store)[0].data.metrics) == len(items[-1].metrics)


def test_a_server_that_refuses_costs_no_run(items: list[LogRun], run_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        outcome = log_to_mlflow(
            items, uri=uri, experiment="ecg_eval", run_folder=run_folder, log_later="Later: do this."
        )
    assert not outcome.logged
    assert uri in outcome.message
    assert str(run_folder) in outcome.message
    assert outcome.message.endswith("Later: do this.")
    assert outcome.run_ids == {}


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Serve a port that accepts and never answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    accepted: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                accepted.append(listener.accept()[0])
            except OSError:
                return

    thread = Thread(target=accept, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=5)
    for connection in accepted:
        connection.close()


def test_a_server_that_never_answers_is_waited_for_in_bounds(
    items: list[LogRun], run_folder: Path, silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")  # the user's own setting wins over ours
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert not log_to_mlflow(items, uri=silent_server, experiment="e", run_folder=run_folder).logged
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "1"


def test_a_store_that_cannot_be_opened_is_told(items: list[LogRun], run_folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("", encoding="utf-8")
    outcome = log_to_mlflow(items, uri=f"sqlite:///{blocked}/mlflow.db", experiment="e", run_folder=run_folder)
    assert not outcome.logged
    assert "is complete" in outcome.message


def test_waits_are_bounded_and_telemetry_is_off_without_lasting_settings() -> None:
    with mlflow_tracker.quiet():
        assert float(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]) <= 10
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert "MLFLOW_HTTP_REQUEST_TIMEOUT" not in os.environ
    assert ui_environment()["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.mark.parametrize(
    ("uri", "experiment", "message"),
    [("sqlite:///x.db", "a/b", "without a slash"), ("sqlite:///x.db", " ", "without a slash"), ("", "e", "address")],
)
def test_names_that_no_store_takes_are_refused(uri: str, experiment: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match=message):
        log_to_mlflow([], uri=uri, experiment=experiment, run_folder=tmp_path)


def test_pages_are_served_to_this_machine_alone() -> None:
    command = ui_command("sqlite:////data/mlflow.db", port=5001)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "5001"
    assert command[command.index("--workers") + 1] == "1"
    assert command[command.index("--backend-store-uri") + 1] == "sqlite:////data/mlflow.db"
    with pytest.raises(TrackingError, match="http://host:5000/#/experiments"):
        ui_command("http://host:5000")


def test_pages_open_in_the_view_for_machine_learning() -> None:
    assert opening_url() == "http://127.0.0.1:5000/#/experiments?workflowType=machine_learning"
    one = opening_url("http://127.0.0.1:5001/", experiment_id="3")
    assert one == "http://127.0.0.1:5001/#/experiments/3/runs?workflowType=machine_learning"
    assert urlsplit(one).hostname == "127.0.0.1"


def test_readers_are_found_by_tag(items: list[LogRun], store: str, run_folder: Path) -> None:
    outcome = log(items, store, run_folder)
    with mlflow_tracker.quiet():
        found = mlflow_tracker._client(store).search_runs(
            [outcome.experiment_id], filter_string=f"tags.`{READER}` = 'gp_01'"
        )
    assert [run.info.run_id for run in found] == [outcome.run_ids["gp_01"]]


def test_an_experiment_that_stands_is_used(items: list[LogRun], store: str, run_folder: Path) -> None:
    with mlflow_tracker.quiet():
        made = mlflow_tracker._client(store).create_experiment("ecg_eval", artifact_location=run_folder.parent.as_uri())
    assert log(items[:1], store, run_folder).experiment_id == made


def test_a_run_that_a_killed_program_left_running_is_ended_by_the_next(
    items: list[LogRun], store: str, run_folder: Path
) -> None:
    first = log(items[:1], store, run_folder)
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(store)
        left = client.create_run(first.experiment_id, tags=dict(items[1].tags))
    assert log(items, store, run_folder).logged
    runs = {run.info.run_id: run.info.status for run in runs_in(store)}
    assert runs.pop(left.info.run_id) == "FAILED"
    assert sorted(runs.values()) == ["FINISHED"] * len(items)


def test_an_experiment_that_another_program_made_meanwhile_is_used(
    items: list[LogRun], store: str, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(store)
        made = client.create_experiment("late")
        look_up = client.get_experiment_by_name
        answers = iter([None, look_up("late"), None, None])
        monkeypatch.setattr(client, "get_experiment_by_name", lambda name: next(answers))
        assert mlflow_tracker._experiment_id(client, store, "late") == made
        with pytest.raises(Exception, match="already exists"):
            mlflow_tracker._experiment_id(client, store, "late")
