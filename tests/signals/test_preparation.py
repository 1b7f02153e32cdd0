import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.signals.preparation import WORKING_RATE_HZ, prepare


@pytest.fixture
def signal() -> np.ndarray:
    return Heart().record(np.random.default_rng(0))[0]


def test_wander_goes_and_the_rate_is_the_working_one(signal: np.ndarray) -> None:
    slow = np.sin(2 * np.pi * 0.1 * np.arange(len(signal)) / 500)[:, None]
    ready = prepare(signal_mv=(signal + slow)[::5], sampling_rate_hz=100)
    assert ready.reason is None
    assert len(ready.signal) == 10 * WORKING_RATE_HZ
    assert np.abs(np.median(ready.signal, axis=0)).max() < 0.1
    assert len(prepare(signal_mv=signal, sampling_rate_hz=500, working_rate_hz=100).signal) == 1000


def test_short_gaps_are_bridged(signal: np.ndarray) -> None:
    gappy = signal.copy()
    gappy[1000:1010, 3] = np.nan
    ready, whole = (prepare(signal_mv=x, sampling_rate_hz=500) for x in (gappy, signal))
    assert ready.usable.all()
    assert np.isfinite(ready.signal).all()
    np.testing.assert_allclose(ready.signal[2000:], whole.signal[2000:], atol=1e-2)


def test_unusable_leads_are_zero_and_said(signal: np.ndarray) -> None:
    broken = signal.copy()
    broken[:, 0] = 1.7
    broken[:600, 5] = np.nan
    ready = prepare(signal_mv=broken, sampling_rate_hz=500)
    assert np.flatnonzero(~ready.usable).tolist() == [0, 5]
    assert not ready.signal[:, [0, 5]].any()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x: x[:900], "shorter than 2 s"),
        (lambda x: x[:0], "shorter than 2 s"),
        (lambda x: x * np.nan, "every lead misses more than 10% of its samples"),
        (lambda x: x * 0, "every lead is flat"),
    ],
)
def test_nothing_to_measure_says_why(signal: np.ndarray, make, reason: str) -> None:
    ready = prepare(signal_mv=make(signal), sampling_rate_hz=500)
    assert ready.reason == reason
    assert ready.signal.shape == (0, 12)
    assert not ready.usable.any()
