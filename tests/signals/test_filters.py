import numpy as np
import pytest
from scipy import signal as scipy_signal

from ecg_eval.errors import ArgumentError
from ecg_eval.signals.filters import band_pass, without_mains

RATE_HZ = 500.0


@pytest.mark.parametrize(
    ("low_hz", "high_hz", "kind"),
    [(0.5, None, "highpass"), (5.0, 25.0, "bandpass"), (None, 40.0, "lowpass")],
)
@pytest.mark.parametrize("shape", [(700, 3), (700,)])
def test_equals_scipy(low_hz: float | None, high_hz: float | None, kind: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).cumsum(axis=0)
    corners = [f for f in (low_hz, high_hz) if f is not None]
    sections = scipy_signal.butter(2, corners if len(corners) == 2 else corners[0], kind, fs=RATE_HZ, output="sos")
    got = band_pass(signal=x, sampling_rate_hz=RATE_HZ, low_hz=low_hz, high_hz=high_hz)
    np.testing.assert_allclose(got, scipy_signal.sosfiltfilt(sections, x, axis=0), atol=1e-12)


def test_a_corner_that_the_rate_cannot_hold_is_left_out() -> None:
    x = np.random.default_rng(0).normal(size=(300, 2))
    np.testing.assert_array_equal(band_pass(signal=x, sampling_rate_hz=100, low_hz=None, high_hz=50), x)
    high = band_pass(signal=x, sampling_rate_hz=100, low_hz=1, high_hz=None)
    np.testing.assert_array_equal(band_pass(signal=x, sampling_rate_hz=100, low_hz=1, high_hz=60), high)


def test_too_short_is_said() -> None:
    with pytest.raises(ArgumentError, match="longer than 9 samples; got 9"):
        band_pass(signal=np.zeros((9, 1)), sampling_rate_hz=RATE_HZ, low_hz=1, high_hz=None)


def test_does_not_delay() -> None:
    x = np.zeros((1001, 1))
    x[500] = 1
    y = band_pass(signal=x, sampling_rate_hz=RATE_HZ, low_hz=None, high_hz=40)[:, 0]
    assert np.argmax(y) == 500
    np.testing.assert_allclose(y, y[::-1], atol=1e-9)


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_is_taken_out(mains_hz: int) -> None:
    rng = np.random.default_rng(1)
    time = np.arange(5000) / RATE_HZ
    quiet = 0.02 * rng.normal(size=(5000, 3))
    loud = quiet + 0.1 * np.sin(2 * np.pi * mains_hz * time)[:, None]
    left = without_mains(signal=loud, sampling_rate_hz=RATE_HZ)[500:-500] - quiet[500:-500]
    assert np.sqrt(np.mean(left**2)) < 0.01  # of 0.07 before


def test_without_hum_nothing_is_touched() -> None:
    x = np.random.default_rng(1).normal(size=(5000, 3)).cumsum(axis=0)
    assert without_mains(signal=x, sampling_rate_hz=RATE_HZ) is x
    slow = x[:1000]
    assert without_mains(signal=slow, sampling_rate_hz=100.0) is slow  # the rate holds no 50 Hz
