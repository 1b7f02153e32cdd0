"""The picture, measured in its pixels."""

from io import BytesIO

import numpy as np
import pytest
from outside_networks import recording

from ecg_eval.drawing.ecg_picture import paper_png
from ecg_eval.errors import SignalError


def test_the_picture_is_paper_with_the_tracing_at_scale() -> None:
    from PIL import Image

    times = np.arange(1000) / 100
    signal = np.zeros((1000, 12), dtype=np.float32)
    signal[:, 1] = np.where((times > 5) & (times < 5.2), 1.0, 0.0)  # lead II: 1 mV for 0.2 s, 5 s into the strip
    made = recording("x", seconds=10, signal=signal)
    pixels = np.array(Image.open(BytesIO(paper_png(made, pixels_per_mm=4))))
    ink = (pixels < 60).all(axis=2)
    strip = ink[((5 + 3 * 30 + 1) * 4) : ((5 + 4 * 30 - 1) * 4)]
    x = round((5 + 5.1 * 25) * 4)
    base = round((5 + 3.1 * 25) * 4)
    top, zero = np.flatnonzero(strip[:, x]).mean(), np.flatnonzero(strip[:, base]).mean()
    assert zero - top == pytest.approx(10 * 4, abs=1.5)  # 10 mm/mV, 4 pixels a mm
    up = [c for c in range(strip.shape[1]) if strip[round(top) - 1 : round(top) + 2, c].any() and c > 400]
    assert (max(up) - min(up)) == pytest.approx(0.2 * 25 * 4, abs=5)  # 25 mm/s
    holes = signal.copy()
    holes[300:400] = np.nan
    assert paper_png(recording("x", seconds=10, signal=holes)) != paper_png(made)
    with pytest.raises(SignalError, match="units"):
        paper_png(recording(units="z-score"))
