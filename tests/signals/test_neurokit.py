import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.signals.neurokit import r_peaks

AWKWARD = {
    "empty": np.empty(0),
    "one sample": np.zeros(1),
    "flat": np.zeros(5000),
    "constant": np.full(5000, 3.0),
    "missing": np.full(5000, np.nan),
    "infinite": np.full(5000, np.inf),
    "step": np.repeat([0.0, 1.0], 2500),
    "short": np.sin(np.arange(20.0)),
    "spike": np.eye(1, 5000, 2500)[0],
    "two leads": np.zeros((5000, 2)),
}


@pytest.mark.parametrize("trace", AWKWARD.values(), ids=AWKWARD)
def test_never_raises(trace: np.ndarray) -> None:
    found = r_peaks(trace=trace, sampling_rate_hz=500)
    assert found.dtype.kind == "i"
    assert len(found) <= 2


def test_finds_what_is_there() -> None:
    signal, beats = Heart(noise_mv=0).record(np.random.default_rng(0))
    found = r_peaks(trace=signal[:, 1], sampling_rate_hz=500)
    inner = beats[1:-1] * 500
    assert np.abs(found[:, None] - inner).min(axis=0).max() <= 10
