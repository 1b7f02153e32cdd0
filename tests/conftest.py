"""Where the shared data stand and what to say where they do not, and a small study that many tests use."""

import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser.chromium import chromium_path

from ecg_eval.domain.arrays.resamples import Resamples
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.resampling.draws import draw_weights
from ecg_eval.tracking import mlflow_tracker
from ecg_eval.tracking.store import sqlite_uri

TESTS = Path(__file__).parent
SHARED = TESTS.parents[1] / "shared"

# What sums and compares numbers: .ci/run repeats it with the sums of other processors.
NUMERIC = (
    "signals",
    "stats",
    "models/test_rules.py",
    "panels/test_readings_file.py",
    "pipeline/study/test_thresholds.py",
)


def pytest_configure() -> None:
    """Hear interrupts: a suite started in the background ignores them, and so would programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is numeric; skip, with the reason, tests that need real data where they are not beside the project."""
    for item in items:
        if any(item.path.is_relative_to(TESTS / part) for part in NUMERIC):
            item.add_marker(pytest.mark.numeric)
    if chromium_path() is None:
        no_browser = pytest.mark.skip(reason="needs Chromium (apt-get install chromium)")
        for item in items:
            if "browser" in item.keywords:
                item.add_marker(no_browser)
    if SHARED.exists():
        return
    skip = pytest.mark.skip(reason="needs the shared data folder beside the project (../shared)")
    for item in items:
        if "shared_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared data; use together with the marker shared_data."""
    return SHARED


def study_frames(n_records: int = 60, seed: int = 5) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return readings, readers and truth: three GPs unaided and aided, one model with scores, two findings."""
    rng = np.random.default_rng(seed)
    ids = [f"r{i:03d}" for i in range(n_records)]
    truth = pd.DataFrame({"AF": rng.random(n_records) < 0.4, "LBBB": rng.random(n_records) < 0.3}).astype(float)
    truth.index = pd.Index(ids, dtype="string", name="record_id")
    rows = []
    for finding in truth.columns:
        t = truth[finding].to_numpy()
        score = np.clip(0.35 + 0.3 * t + rng.normal(0, 0.2, n_records), 0, 1)
        shown = np.where(score > 0.5, "present", "absent")
        rows += [
            {"record_id": r, "reader_id": "model", "finding": finding, "reading": s, "score": x}
            for r, s, x in zip(ids, shown, score, strict=True)
        ]
        for reader in ("gp1", "gp2", "gp3"):
            own = np.where(rng.random(n_records) < 0.75, t, 1 - t)
            follows = rng.random(n_records) < 0.4
            aided = np.where(follows, shown == "present", own)
            for arm, calls in (("unaided", own), ("aided", aided)):
                rows += [
                    {
                        "record_id": r,
                        "reader_id": reader,
                        "finding": finding,
                        "reading": "present" if c else "absent",
                        "arm": arm,
                        "ai_reading": s if arm == "aided" else None,
                    }
                    for r, c, s in zip(ids, calls, shown, strict=True)
                ]
    readers = pd.DataFrame({"reader_id": ["gp1", "gp2", "gp3", "model"], "kind": ["gp", "gp", "gp", "model"]})
    return pd.DataFrame(rows), readers, truth


def resamples_of(weights: np.ndarray) -> Resamples:
    """Return resamples told record by record."""
    return Resamples.of(weights, np.arange(weights.shape[1]))


@cache
def checked_frames(n_records: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return them as a study has them: checking costs as much as most tests, a copy nothing."""
    readings, readers, truth = study_frames(n_records)
    return readings_table(readings), readers_table(readers), truth


@pytest.fixture
def make_study() -> Callable[..., ReaderStudy]:
    """Return a maker of small studies; patients may repeat, and what is passed replaces what it would hold."""

    def make(
        *, n_records: int = 60, ecgs_per_patient: int = 1, n_resamples: int = 200, **changes: object
    ) -> ReaderStudy:
        readings, readers, truth = (frame.copy() for frame in checked_frames(n_records))
        patients = [f"p{i // ecgs_per_patient}" for i in range(n_records)]
        records = pd.DataFrame(
            {"patient_id": patients, "sex": ["F", "M"] * (n_records // 2), "age_years": np.linspace(30, 90, n_records)},
            index=truth.index,
        )
        parts: dict[str, object] = {
            "records": records,
            "readers": readers,
            "readings": readings,
            "reference": ReferenceStandard(table=truth, method="Simulated truth."),
            "findings": ("AF", "LBBB"),
            "subgroups": pd.DataFrame({"sex": records["sex"].astype("string")}),
            "resamples": resamples_of(
                draw_weights(cluster=patients, n_resamples=n_resamples, rng=np.random.default_rng(1))
            ),
        }
        return ReaderStudy(**(parts | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store's schema once (it costs seconds); tests copy it."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    with mlflow_tracker.quiet():
        mlflow_tracker._client(sqlite_uri(path)).search_experiments()
    return path


@pytest.fixture(autouse=True)
def cache_of_this_test(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep runs from packing signals into the user's own folder of caches."""
    monkeypatch.setenv("ECG_EVAL_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
