"""What is remembered is what would be measured, and is not measured again."""

from collections.abc import Iterator

import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.errors import ArgumentError
from ecg_eval.signals import remembered
from ecg_eval.signals.features import beat_features
from ecg_eval.signals.measurements import Measurements, measure
from ecg_eval.signals.remembered import measure_and_keep, measured_numbers


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    remembered._kept.clear()
    yield
    remembered._kept.clear()


@pytest.fixture
def signal() -> np.ndarray:
    return Heart().record(np.random.default_rng(1))[0].astype(np.float32)


def same(one: Measurements, other: Measurements) -> None:
    assert one.rhythm == other.rhythm
    assert one.fiducials == other.fiducials
    assert one.reasons == other.reasons
    assert one.qt_ms == other.qt_ms
    for name, values in one.amplitudes.items():
        np.testing.assert_array_equal(values, other.amplitudes[name])


def test_what_features_measured_is_not_measured_again(signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    beat_features(signal_mv=signal, sampling_rate_hz=500)
    expected = measure(signal_mv=signal, sampling_rate_hz=500)
    monkeypatch.setattr(remembered, "measure", lambda **_: pytest.fail("measured again"))
    got = measured_numbers(signal_mv=np.asfortranarray(signal), sampling_rate_hz=500.0)
    same(got, expected)
    assert got.beats is None


def test_what_is_not_known_is_measured(signal: np.ndarray) -> None:
    got = measured_numbers(signal_mv=signal, sampling_rate_hz=500)
    same(got, measure(signal_mv=signal, sampling_rate_hz=500))
    assert got.beats is None
    assert measure_and_keep(signal_mv=signal, sampling_rate_hz=500).beats is not None


def test_another_rate_or_another_sample_is_another_recording(signal: np.ndarray) -> None:
    at_500 = measured_numbers(signal_mv=signal, sampling_rate_hz=500)
    assert measured_numbers(signal_mv=signal, sampling_rate_hz=250).rhythm != at_500.rhythm
    other = signal.copy()
    other[:, 3] = np.nan
    assert not measured_numbers(signal_mv=other, sampling_rate_hz=500).usable[3]
    assert len(remembered._kept) == 3


def test_no_more_is_kept_than_fits(signal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST", 2)
    keys = []
    for rate_hz in (250, 400, 500):
        measured_numbers(signal_mv=signal, sampling_rate_hz=rate_hz)
        keys.append(set(remembered._kept))
    assert len(keys[-1]) == 2
    assert not keys[0] & keys[-1]  # the oldest goes first


def test_a_caller_s_mistake_is_refused() -> None:
    with pytest.raises(ArgumentError):
        measured_numbers(signal_mv=np.zeros((5000, 3)), sampling_rate_hz=500)
