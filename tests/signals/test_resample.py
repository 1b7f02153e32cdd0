import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.signals.resample import resample


@pytest.mark.parametrize(("source_hz", "target_hz"), [(100, 500), (500, 100), (360, 500), (257, 500), (1000, 500)])
def test_a_slow_wave_stays_where_it_is(source_hz: int, target_hz: int) -> None:
    def wave(rate_hz: int) -> np.ndarray:
        time = np.arange(4 * rate_hz) / rate_hz
        return np.stack([np.sin(2 * np.pi * 3 * time), 2 + time], axis=1)

    got = resample(signal=wave(source_hz), sampling_rate_hz=source_hz, target_rate_hz=target_hz)
    want = wave(target_hz)
    assert len(got) == len(want)
    inner = slice(target_hz // 2, -target_hz // 2)
    np.testing.assert_allclose(got[inner], want[inner], atol=5e-3)


def test_down_does_not_alias() -> None:
    time = np.arange(5000) / 500
    got = resample(signal=np.sin(2 * np.pi * 80 * time), sampling_rate_hz=500, target_rate_hz=100)
    assert np.abs(got[50:-50]).max() < 0.02  # 80 Hz would come back as 20


def test_the_same_rate_is_a_copy() -> None:
    x = np.ones((5, 2), dtype=np.float32)
    y = resample(signal=x, sampling_rate_hz=100, target_rate_hz=100)
    assert y is not x
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    ("source_hz", "target_hz", "rule"),
    [(0, 100, "positive"), (100, -1, "positive"), (np.nan, 100, "positive"), (1, 1e6, "ratio"), (1e6, 1, "ratio")],
)
def test_impossible_rates(source_hz: float, target_hz: float, rule: str) -> None:
    with pytest.raises(ArgumentError, match=rule):
        resample(signal=np.zeros(10), sampling_rate_hz=source_hz, target_rate_hz=target_hz)
