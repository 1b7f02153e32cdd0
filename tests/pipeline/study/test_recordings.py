"""Recordings come from where the configuration says, and at the rate that it asks for."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.schema import RunConfig
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.datasets.simulated import write_cohort
from ecg_eval.domain.recording import Recording
from ecg_eval.pipeline.study.recordings import cache_folder, resampled
from ecg_eval.pipeline.study.run import run

Maker = Callable[..., RunConfig]


def recording(signal: np.ndarray, rate: float) -> Recording:
    leads = ("I", "II")[: signal.shape[1]]
    return Recording(record_id="r", patient_id="p", signal=signal, leads=leads, sampling_rate_hz=rate)


def test_the_folder_of_caches(toy_config: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ECG_EVAL_CACHE", str(tmp_path / "told"))
    assert cache_folder(toy_config()) == tmp_path / "told"
    assert cache_folder(toy_config(cache=False)) is None
    assert cache_folder(toy_config(cache="mine", data_root=str(tmp_path))) == tmp_path / "mine"
    monkeypatch.delenv("ECG_EVAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder(toy_config()) == tmp_path / "xdg/ecg-eval"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder(toy_config()) == tmp_path / ".cache/ecg-eval"


def test_resampling_keeps_a_slow_wave() -> None:
    """A sine of 2 Hz sampled at 250 Hz is the sine sampled at 500 Hz, away from the ends."""
    at_500 = np.sin(2 * np.pi * 2 * np.arange(1000) / 500)[:, None].astype(np.float32)
    at_250 = np.sin(2 * np.pi * 2 * np.arange(500) / 250)[:, None].astype(np.float32)
    got = resampled(recording(at_500, 500), 250)
    assert (got.signal.shape, got.signal.dtype, got.sampling_rate_hz) == ((500, 1), np.float32, 250)
    np.testing.assert_allclose(got.signal[20:-20], at_250[20:-20], atol=2e-3)


def test_missing_samples_stay_missing_and_stay_alone() -> None:
    signal = np.ones((1000, 2), dtype=np.float32)
    signal[400:500, 0] = np.nan
    signal[:, 1] = np.nan
    got = resampled(recording(signal, 500), 100).signal
    assert np.flatnonzero(np.isnan(got[:, 0])).tolist() == list(range(80, 100))
    np.testing.assert_allclose(got[:80, 0], 1, atol=1e-2)
    assert np.isnan(got[:, 1]).all()


def test_a_recording_at_the_rate_asked_for_is_left_as_it_is() -> None:
    one = recording(np.zeros((10, 2), dtype=np.float32), 500)
    assert resampled(one, 500) is one


def test_a_run_packs_its_signals_and_says_how_they_were_resampled(toy_config: Maker, tmp_path: Path) -> None:
    write_cohort(tmp_path / "cohort", 30, seed=3, prevalence="enriched", sampling_rates_hz=(100,))
    about = {
        "dataset": {"name": "ptb_xl", "root": str(tmp_path / "cohort"), "sampling_rate_hz": 100},
        "findings": ["NORM"],
        "split": {},
        "panels": [],
        "models": ["prevalence", "rules"],
        "metrics": ["prevalence"],
        "cache": str(tmp_path / "cache"),
        "report": {"sections": ["answer", "provenance_page"]},
    }
    plain = run(toy_config(**about, out=str(tmp_path / "a")))
    assert [p.name for p in (tmp_path / "cache").glob("cohort-*/pack-*/*.i16")] == ["signals.i16"]
    uncached = run(toy_config(**about | {"cache": False}, out=str(tmp_path / "b")))
    slow = run(toy_config(**about, resample_hz=50, out=str(tmp_path / "c")))
    readings = [(o.folder / "readings.parquet") for o in (plain, uncached, slow)]
    scores = [pd.read_parquet(p)["score"].to_numpy() for p in readings]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2], equal_nan=True)
    told = [json.loads((o.folder / "provenance.json").read_text())["recordings"] for o in (plain, slow)]
    assert [t["resampled_to_hz"] for t in told] == [None, 50]
    assert plain.note == ""
    assert "Resampled before models read it (Hz)" in (slow.folder / "report.en.html").read_text()
    assert "Resampled" not in (plain.folder / "report.en.html").read_text()


def test_a_cache_that_cannot_be_written_is_said_and_does_no_harm(toy_config: Maker, tmp_path: Path) -> None:
    write_cohort(tmp_path / "cohort", 30, seed=3, prevalence="enriched", sampling_rates_hz=(100,))
    (tmp_path / "cache").write_text("a file")
    outcome = run(
        toy_config(
            dataset={"name": "ptb_xl", "root": str(tmp_path / "cohort"), "sampling_rate_hz": 100},
            findings=["NORM"],
            split={},
            panels=[],
            models=["rules"],
            metrics=["prevalence"],
            cache=str(tmp_path / "cache"),
        )
    )
    assert "cannot be written" in outcome.note


def test_electrodes_are_exchanged_back_on_request_and_every_file_is_named(toy_config: Maker, tmp_path: Path) -> None:
    write_cohort(tmp_path / "cohort", 3, seed=3, prevalence="enriched", sampling_rates_hz=(500,))
    archive = PtbXl(tmp_path / "cohort", sampling_rate_hz=500)
    folder = tmp_path / "ecgs"
    folder.mkdir()
    for record_id in archive.records().index:
        recording = archive.load(record_id)
        arms = recording.signal[:, [0, 2, 1, 4, 3, 5, *range(6, 12)]] * np.array([-1, *[1] * 11])
        np.save(
            folder / f"{record_id}.npy", arms
        )  # left and right arm: I turned over, II and III, aVR and aVL exchanged
    (folder / "letter.pdf").write_bytes(b"%PDF")
    about = {
        "dataset": {"name": "array_files", "root": str(folder), "sampling_rate_hz": 500, "units": "mV"},
        "split": {},
        "panels": [],
        "models": ["rules"],
        "reference": "none",
        "metrics": ["cohen_kappa"],
        "report": {"sections": ["study_flow", "left_out"]},
    }
    outcome = run(toy_config(**about, quality={"correct": ["electrodes"]}))
    quality = pd.read_csv(outcome.folder / "quality.csv")
    undone = quality[quality["action"] == "correct"]
    assert set(undone["detail"]) == {"probably left arm and right arm"}
    assert len(undone) >= 2
    excluded = pd.read_csv(outcome.folder / "excluded.csv")
    file = excluded[excluded["stage"] == "file"]
    assert file["record_id"].tolist() == ["letter.pdf"]
    assert excluded["reason"].str.contains("corrected on request: left arm and right arm exchanged back").any()
    page = (outcome.folder / "report.en.html").read_text()
    assert "corrected on request" in page
    assert "letter.pdf" in page
    plain = run(toy_config(**about, out=str(tmp_path / "plain")))
    scores = [pd.read_parquet(o.folder / "readings.parquet")["score"].to_numpy() for o in (outcome, plain)]
    assert not np.array_equal(scores[0], scores[1], equal_nan=True)
