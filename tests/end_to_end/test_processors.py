"""A run says the same on every processor: the same words, and the same numbers to 1e-9.

OpenBLAS picks its kernels by the processor it finds, and they add in different orders. ``OPENBLAS_CORETYPE`` makes it
take others; where it is not listened to (another processor family, another library), both runs are alike anyway.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ecg_eval.datasets.simulated import Simulated

FINDINGS = ["AF", "LBBB", "IMI", "SR"]
DATASET = {"n_records": 120, "seed": 3}
TABLES = ("quality.csv", "excluded.csv", "measurements.csv", "signal_digests.csv", "evaluation.csv")
CPU = Path("/proc/cpuinfo")


def core_types() -> tuple[str, str]:
    """Return two kinds of kernels that this processor can run, as different as there are."""
    wide = CPU.exists() and "avx512f" in CPU.read_text(encoding="ascii", errors="replace")
    return "Haswell", "SkylakeX" if wide else "Prescott"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of one study run with two kinds of kernels: signals, rules, frozen scores, a readings file."""
    folder = tmp_path_factory.mktemp("processors")
    rng = np.random.default_rng(4)
    scores = pd.DataFrame(
        [
            {"record_id": r, "finding": f, "score": rng.random()}
            for r in Simulated(**DATASET).records().index
            for f in FINDINGS
        ]
    )
    scores.assign(reader_id="outside").to_csv(folder / "scores.csv", index=False)
    pd.DataFrame({"reader_id": ["outside"], "kind": ["model"]}).to_csv(folder / "readers.csv", index=False)
    config = {
        "name": "processors",
        "data_root": str(folder),
        "dataset": {"name": "simulated", **DATASET},
        "findings": FINDINGS,
        "split": {"train": [1], "threshold": [2, 3, 4], "test": [5, 6, 7, 8, 9, 10]},
        "models": ["rules", "prevalence"],
        "panels": [
            {"name": "simulated_gps", "n_readers": 3, "ai": "rules"},
            {"name": "readings_file", "path": "scores.csv", "readers": "readers.csv"},
        ],
        "report": {"sections": ["answer"]},
        "tracking": {"enabled": False},
        "intervals": {"resamples": 200},
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    first, second = (folder / core for core in core_types())
    command = [sys.executable, "-m", "ecg_eval", "run", str(folder / "run.yaml"), "--out"]
    started = [
        subprocess.Popen(
            [*command, str(out)],
            env={**os.environ, "OPENBLAS_CORETYPE": out.name, "ECG_EVAL_CACHE": str(folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for out in (first, second)
    ]
    said = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    return first, second


def assert_alike(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Compare cell by cell: numbers to 1e-9 beside their size, texts to the letter."""
    assert list(first.columns) == list(second.columns)
    assert len(first) == len(second)
    for name in first.columns:
        a, b = first[name], second[name]
        if pd.api.types.is_float_dtype(a):
            np.testing.assert_allclose(
                a.to_numpy(dtype=float, na_value=np.nan), b.to_numpy(dtype=float, na_value=np.nan), rtol=1e-9, atol=1e-9
            )
        else:
            assert a.astype("string").fillna("").tolist() == b.astype("string").fillna("").tolist(), name


# teaches and asks the readers that learn, whose training makes the last bit of a signal large
TEACH = """
import sys
import numpy as np
from ecg_eval.datasets.simulated import Simulated
from ecg_eval.domain.contracts import Recordings
from ecg_eval.models.beat_boosting import BeatBoosting
from ecg_eval.models.random_convolutions import RandomConvolutions
from ecg_eval.models.small_network import SmallNetwork
archive = Simulated(n_records=90, seed=3, sampling_rate_hz=100)
recordings = Recordings(tuple(archive.records().index), archive.load)
labels = archive.labels(["AF", "SR"]).table
scores = {}
for model in (BeatBoosting(), RandomConvolutions(), SmallNetwork(epochs=2)):
    model.fit(recordings, labels, rng=np.random.default_rng(1))
    scores[type(model).__name__] = model.scores(recordings, ["AF", "SR"])
np.savez(sys.argv[1], **scores)
"""


@pytest.mark.slow
def test_readers_that_learn_give_the_same_scores_on_every_processor(tmp_path: Path) -> None:
    files = [tmp_path / f"{core}.npz" for core in core_types()]
    started = [
        subprocess.Popen([sys.executable, "-c", TEACH, str(f)], env={**os.environ, "OPENBLAS_CORETYPE": f.stem})
        for f in files
    ]
    assert [process.wait(timeout=300) for process in started] == [0, 0]
    first, second = (np.load(f) for f in files)
    for name in first.files:
        assert np.isfinite(first[name]).any(), name
        np.testing.assert_allclose(first[name], second[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_the_same_on_every_processor(runs: tuple[Path, Path], table: str) -> None:
    first, second = (pd.read_csv(run / table, float_precision="round_trip") for run in runs)
    assert len(first)
    assert_alike(first, second)


def test_readings_are_the_same_on_every_processor(runs: tuple[Path, Path]) -> None:
    first, second = (pd.read_parquet(run / "readings.parquet").drop(columns="seconds") for run in runs)
    assert {"rules", "prevalence", "outside"} < set(first["reader_id"])
    assert_alike(first, second)


def test_thresholds_are_the_same_on_every_processor(runs: tuple[Path, Path]) -> None:
    first, second = (
        pd.json_normalize(yaml.safe_load((run / "provenance.json").read_text(encoding="utf-8"))["thresholds"])
        for run in runs
    )
    assert first["threshold"].notna().any()
    assert_alike(first, second)
