"""MLflow's own pages of a logged study, in a browser, served as ``ecg-eval ui`` serves them: the answers are there."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from browser.chromium import Chromium
from reports.study_fixture import toy_result

from ecg_eval.reports.build import render_report
from ecg_eval.tracking import mlflow_tracker
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.log_run import EVALUATION_ID
from ecg_eval.tracking.mlflow_tracker import log_to_mlflow
from ecg_eval.tracking.served_pages import ui_environment
from ecg_eval.tracking.store import sqlite_uri

pytestmark = pytest.mark.browser

WIDTH_PX = 1440
PATIENCE_S = 60.0


class Served(NamedTuple):
    """A server's address, the address that the command prints, and runs by reader."""

    server: str
    opened: str
    runs: dict[str, str]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_served(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(port)


@pytest.fixture(scope="module")
def served(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("ui")
    store = folder / "runs" / "mlflow.db"
    store.parent.mkdir()
    store.write_bytes(empty_store.read_bytes())
    result = toy_result(kind="gp")
    (folder / "report.en.html").write_text(render_report(result, sections=[]), encoding="utf-8")
    (folder / "run.yaml").write_text("name: toy\n", encoding="utf-8")
    logged = log_to_mlflow(
        log_items(result, split={"train": (1, 2), "test": (10,)}),
        uri=sqlite_uri(store),
        experiment="toy",
        run_folder=folder,
    )
    assert logged.logged, logged.message
    port = free_port()
    command = [sys.executable, "-m", "ecg_eval", "ui", "--port", str(port)]
    environment = {k: v for k, v in ui_environment().items() if k != "MLFLOW_TRACKING_URI"} | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            opened = re.search(r"http://\S+", server.stdout.readline())
            assert opened is not None
            wait_until_served(port)
            yield Served(f"http://ecg-eval.localhost:{port}", opened[0], logged.run_ids)
        finally:
            os.kill(server.pid, signal.SIGTERM)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


def shows(browser: Chromium, url: str, *words: str) -> str:
    """Open a page and return its text as soon as it shows some words."""
    browser.open(url, width_px=WIDTH_PX)
    asked = " && ".join(f"document.body.innerText.includes({json.dumps(word)})" for word in words)
    try:
        browser.wait_for(asked, limit_s=30)
    except TimeoutError:
        pytest.fail(f"{url} does not show {words}, but {browser.run('document.body.innerText')[:2000]}")
    return str(browser.run("document.body.innerText"))


def headings(browser: Chromium) -> list[str]:
    """Return the table's headings that can be read whole, from left to right."""
    seen = """[...document.querySelectorAll('.ag-header-cell')].map((cell) => [cell.getBoundingClientRect(), cell])
      .filter(([box]) => box.right <= innerWidth)
      .filter(([, cell]) => [...cell.querySelectorAll('*')].every((part) => part.scrollWidth <= part.clientWidth + 1))
      .sort(([a], [b]) => a.left - b.left).map(([, cell]) => cell.innerText.trim()).filter(Boolean)"""
    return list(browser.run(seen))


def view(served: Served, key: str, *, charts: bool = False) -> str:
    mode = "&compareRunsMode=CHART" if charts else ""
    return f"{served.server}/#/experiments/1/runs?viewStateShareKey=ecg-eval-{key}&workflowType=machine_learning{mode}"


def test_the_printed_address_opens_the_table_with_its_metrics_and_no_assistant(
    browser: Chromium, served: Served
) -> None:
    text = shows(browser, served.opened, "beat_features", "auroc/macro", "vs_gp_sens/macro")
    assert "MLflow Assistant" not in text
    assert headings(browser)[:1] == ["Run Name"]
    measured = [name for name in headings(browser) if "/" in name]
    assert measured[:5] == ["auroc/macro", "sens/macro", "spec/macro", "vs_gp_sens/macro", "vs_gp_sens_p/macro"]
    first = browser.run("document.querySelector('.ag-center-cols-container [row-index=\"0\"]').innerText")
    assert re.search(r"0\.\d{2,4}", first), "the best is first, and its columns hold numbers"
    for name in served.runs:
        assert name in text
    assert "1. Which model is best · 2. Beside people" in text, "the description leads to the other questions"


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("people", ["sens/macro", "spec/macro", "with_gp/kappa"]),
        ("help", ["aid_sens/macro"]),
        ("settings", ["Dataset", "records", "patients", "split.train", "split.test"]),
        ("finding-AF", ["auroc/AF", "sens/AF", "spec/AF", "vs_gp_sens/AF"]),
    ],
)
def test_each_question_has_a_table_of_its_own(browser: Chromium, served: Served, key: str, columns: list[str]) -> None:
    shows(browser, view(served, key), "beat_features", columns[0])
    assert [name for name in headings(browser) if name in columns] == columns


def test_charts_are_those_of_the_question_with_every_reader(browser: Chromium, served: Served) -> None:
    text = shows(browser, view(served, "finding-AF", charts=True), "auroc/AF", "sens/AF", "gp_04")
    assert "sens/LBBB" not in text
    browser.wait_for("document.querySelectorAll('.js-plotly-plot .bars path').length > 3")


def test_runs_compare_side_by_side(browser: Chromium, served: Served) -> None:
    pair = json.dumps([served.runs["beat_features"], served.runs["gp_01"]])
    url = f'{served.server}/#/compare-runs?runs={pair}&experiments=["1"]'
    text = shows(browser, url, "Comparing 2 Runs", "sens/macro", "split.test", "beat_features", "gp_01")
    assert "Parallel Coordinates Plot" in text


def test_a_run_says_what_it_is_and_how_it_differs(browser: Chromium, served: Served) -> None:
    url = f"{served.server}/#/experiments/1/runs/{served.runs['beat_features']}"
    text = shows(browser, url, "beat_features", "Datasets", "sens/macro")
    assert EVALUATION_ID in text
    first = browser.run(
        "[...document.querySelectorAll('a')].map((a) => a.innerText).find((t) => /^[a-z_]+\\/\\w+$/.test(t))"
    )
    assert first == "sens/macro", "means come before single findings"
    browser.run("[...document.querySelectorAll('button')].find((b) => b.innerText.includes('Show more'))?.click()")
    browser.wait_for("document.body.innerText.includes('minus another, on the ECGs that both have read')")
    assert browser.run("document.querySelectorAll('table td').length") > 10


def test_a_report_opens_among_the_artifacts(browser: Chromium, served: Served) -> None:
    run = served.runs["beat_features"]
    url = f"{served.server}/#/experiments/1/runs/{run}/artifacts/report.en.html"
    shows(browser, url, "estimates.csv", "run.yaml", "report.en.html")
    browser.wait_for("document.querySelector('iframe')?.srcdoc || document.querySelector('iframe')?.src")


def test_models_stand_on_a_page_of_their_own(browser: Chromium, served: Served) -> None:
    shows(browser, f"{served.server}/#/experiments/1/models?workflowType=machine_learning", "Models", "Model name")


@pytest.mark.slow  # such a server works out a hash at every request
def test_a_server_with_passwords_is_reached_by_mlflows_own_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mlflow server --app-name basic-auth`; without the right password nothing is logged, and no password is shown."""
    pytest.importorskip("flask_wtf", reason="MLflow's server with passwords needs flask-wtf")
    port = free_port()
    settings = tmp_path / "basic_auth.ini"
    settings.write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = sqlite:///{tmp_path / 'users.db'}\n"
        "admin_username = admin\nadmin_password = words of this test\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
        encoding="utf-8",
    )
    environment = ui_environment() | {
        "MLFLOW_AUTH_CONFIG_PATH": str(settings), "MLFLOW_FLASK_SERVER_SECRET_KEY": "of this test alone",
    }  # fmt: skip
    command = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--backend-store-uri", sqlite_uri(tmp_path / "mlflow.db")]
    items = log_items(toy_result(n_readers=0, findings=("AF",), aided=False))[-1:]
    uri = f"http://127.0.0.1:{port}"
    log = tmp_path / "log"
    with (
        log.open("w") as lines,
        subprocess.Popen(command, env=environment, stdout=lines, stderr=lines, start_new_session=True) as server,
    ):
        try:
            wait_until_served(port)
            monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
            refused = log_to_mlflow(items, uri=uri, experiment="e", run_folder=tmp_path)
            assert not refused.logged
            assert "wrong" not in refused.message
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "words of this test")
            outcome = log_to_mlflow(items, uri=uri, experiment="e", run_folder=tmp_path)
            assert outcome.logged, outcome.message
            assert f"Open {uri}/#/experiments/{outcome.experiment_id}/runs?" in outcome.message
            assert "words of this test" not in outcome.message
            with mlflow_tracker.quiet():
                runs = mlflow_tracker._client(uri).search_runs([outcome.experiment_id])
            assert {run.info.run_id for run in runs} == set(outcome.run_ids.values())
        finally:
            os.killpg(server.pid, signal.SIGTERM)
