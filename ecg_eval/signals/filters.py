"""Zero-phase filters over all leads at once.

Zero phase because a filter that delays moves the very boundaries that are measured; second-order sections because a
transfer function at 0.5 Hz of 500 Hz loses its digits.
"""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal as scipy_signal

from ecg_eval.errors import ArgumentError

_ORDER = 2


def band_pass(
    *, signal: NDArray[np.floating], sampling_rate_hz: float, low_hz: float | None, high_hz: float | None
) -> NDArray[np.float64]:
    """Return the signal between two frequencies, by a Butterworth filter run forwards and backwards.

    The filter of order 2 is applied twice, so that its magnitude is squared: -6 dB at each corner.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, ...)
        Finite; filtered along the first axis.
    sampling_rate_hz : float
    low_hz : float or None
        Lower corner; None for a low-pass.
    high_hz : float or None
        Upper corner; None for a high-pass. A corner that the sampling rate cannot hold (half of it or more) has
        nothing to remove and is left out.

    Returns
    -------
    ndarray of float64, the shape of `signal`

    Raises
    ------
    ArgumentError
        When the signal is shorter than the filter's padding.

    Source
    ------
    Gustafsson F. IEEE Trans Signal Process 1996;44:988-992, as ``scipy.signal.sosfiltfilt``.
    """
    if high_hz is not None and high_hz >= sampling_rate_hz / 2:
        high_hz = None
    if low_hz is None and high_hz is None:
        return np.array(signal, dtype=float)
    sections = _sections(low_hz, high_hz, float(sampling_rate_hz))
    padding = 3 * (2 * len(sections) + 1)
    if len(signal) <= padding:
        raise ArgumentError("band_pass", "signal", f"longer than {padding} samples", len(signal))
    x = np.moveaxis(np.asarray(signal, dtype=float), 0, -1)
    y = scipy_signal.sosfiltfilt(sections, np.ascontiguousarray(x), axis=-1)
    return np.moveaxis(y, -1, 0)


@cache
def _sections(low_hz: float | None, high_hz: float | None, sampling_rate_hz: float) -> NDArray[np.float64]:
    corners = [corner for corner in (low_hz, high_hz) if corner is not None]
    kind: Literal["bandpass", "lowpass", "highpass"] = "lowpass" if low_hz is None else "highpass"
    if len(corners) == 2:
        kind = "bandpass"
    wanted = corners if len(corners) == 2 else corners[0]
    return np.asarray(scipy_signal.butter(_ORDER, wanted, kind, fs=sampling_rate_hz, output="sos"))
