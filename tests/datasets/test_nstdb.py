"""Noise added to two records, and noise alone, which is no ECG and is not in millivolts."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_eval.datasets.nstdb import Nstdb, noise_of
from ecg_eval.errors import ArgumentError, SignalError
from ecg_eval.pipeline.plugins import load


def write(folder: Path, name: str, gain: float = 200) -> None:
    stored = np.random.default_rng(1).integers(-100, 100, (3600 * 32, 2))
    wfdb.wrsamp(
        name, fs=360, units=["mV", "mV"], sig_name=["MLII", "V1"], d_signal=stored, fmt=["16", "16"],
        adc_gain=[gain, gain], baseline=[0, 0], write_dir=str(folder),
    )  # fmt: skip
    wfdb.wrann(name, "atr", np.array([18, 100]), symbol=["+", "N"], aux_note=["(N", ""], write_dir=str(folder))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("118e06", "118e_6", "119e24", "118"):
        write(tmp_path, name)
    return tmp_path


def test_noisy_ecgs(root: Path) -> None:
    assert load("datasets", "nstdb") is Nstdb
    dataset = Nstdb(root)
    records = dataset.records()
    assert len(records) == 3 * 32
    assert set(records["patient_id"]) == {"118", "119"}
    assert list(records.loc[["118e06_000", "118e06_029", "118e06_030", "118e_6_031"], "site"]) == [
        *("clean", "clean", "6 dB", "-6 dB")
    ]
    assert dataset.load("118e_6_031").signal.shape == (3600, 2)
    table = dataset.labels(["SR"]).table
    assert table.loc["118e06_000", "SR"] == 1
    assert np.isnan(table.loc["118e06_001", "SR"])  # no beat is annotated there


def test_the_turns_of_noise() -> None:
    # the sixth and seventh minute are noisy, the next two are not (https://physionet.org/content/nstdb/)
    noises = [noise_of("119e12", 60.0 * minute, 60) for minute in range(11)]
    assert noises == ["clean"] * 5 + ["12 dB"] * 2 + ["clean"] * 2 + ["12 dB"] * 2
    assert noise_of("119e12", 415, 10) == "mixed"


def test_an_unknown_part(root: Path) -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'noise'"):
        Nstdb(root, part="noises")


@pytest.mark.shared_data
def test_real_noise_is_read_and_is_no_millivolts(shared: Path, tmp_path: Path) -> None:
    for name in ("bw", "ma"):
        for ending in ("hea", "dat"):
            shutil.copy(shared / f"data/mitdb/{name}.{ending}", tmp_path)
    dataset = Nstdb(tmp_path, part="noise")
    assert dataset.problems() == []
    assert len(dataset.records()) == 360
    assert "site" not in dataset.records()
    assert dataset.labels(["AF"]).table["AF"].isna().all()
    recording = dataset.load("ma_003")
    whole = wfdb.rdrecord(str(tmp_path / "ma")).p_signal
    np.testing.assert_array_equal(recording.signal, whole[3 * 3600 : 4 * 3600].astype(np.float32))
    assert recording.leads == ("noise1", "noise2")
    with pytest.raises(SignalError, match="not calibrated"):
        recording.require_millivolts(who="a voltage criterion")
