"""Excerpts of seven archives: only those of MIT-BIH Arrhythmia tell rhythms and beats."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_eval.datasets.qtdb import Qtdb
from ecg_eval.pipeline.plugins import load


def write(folder: Path, name: str) -> None:
    stored = np.random.default_rng(1).integers(-100, 100, (5000, 2))
    wfdb.wrsamp(
        name, fs=250, units=["mV", "mV"], sig_name=["ECG1", "ECG2"], d_signal=stored, fmt=["16", "16"],
        adc_gain=[200, 200], baseline=[0, 0], comments=["Age: 62  Sex: F"], write_dir=str(folder),
    )  # fmt: skip
    wfdb.wrann(name, "atr", np.array([100, 2600]), symbol=["V", "N"], write_dir=str(folder))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("sel100", "sele0121", "sele0122", "sel17152"):
        write(tmp_path, name)
    return tmp_path


def test_records_labels_and_patients(root: Path) -> None:
    assert load("datasets", "qtdb") is Qtdb
    dataset = Qtdb(root)
    records = dataset.records()
    assert len(records) == 8
    assert records.loc["sele0122_000", "patient_id"] == records.loc["sele0121_000", "patient_id"]
    assert records["patient_id"].nunique() == 3
    assert list(records["age_years"].unique()) == [62]
    assert set(records["sex"]) == {"F"}
    table = dataset.labels(["PVC", "AF"]).table
    assert table.loc[["sel100_000", "sel100_001"], "PVC"].tolist() == [1, 0]
    # an excerpt does not say what rhythm came before it
    assert table["AF"].isna().all()
    assert table.loc["sel17152_000"].isna().all()
    assert dataset.load("sel100_001").leads == ("ECG1", "ECG2")
