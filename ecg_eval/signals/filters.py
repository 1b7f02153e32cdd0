"""Zero-phase filters over all leads at once.

Zero phase because a filter that delays moves the very boundaries that are measured; second-order sections because a
transfer function at 0.5 Hz of 500 Hz loses its digits.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal as scipy_signal

from ecg_eval.errors import ArgumentError

_ORDER = 2
_MAINS_HZ = (50.0, 60.0)
_NEIGHBOUR_HZ = 3.0
_LINE = 3.0
_NOTCH_Q = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class _Filter:
    sections: NDArray[np.float64]  # second-order sections
    state: NDArray[np.float64]  # of each section after an endless step of height 1

    @property
    def padding(self) -> int:
        return 3 * (2 * len(self.sections) + 1)


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

    References
    ----------
    Gustafsson F. IEEE Trans Signal Process 1996;44:988-992, as ``scipy.signal.sosfiltfilt``.
    """
    if high_hz is not None and high_hz >= sampling_rate_hz / 2:
        high_hz = None
    if low_hz is None and high_hz is None:
        return np.array(signal, dtype=float)
    return _both_ways(_sections(low_hz, high_hz, float(sampling_rate_hz)), np.asarray(signal, dtype=float))


def _both_ways(filter_: _Filter, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Filter forwards and backwards along the first axis, the ends continued by their mirror image through a point.

    As ``scipy.signal.sosfiltfilt`` with ``padtype="odd"``, which finds the same initial state anew at every call.
    """
    pad = filter_.padding
    if len(signal) <= pad:
        raise ArgumentError("band_pass", "signal", f"longer than {pad} samples", len(signal))
    before = 2 * signal[:1] - signal[pad:0:-1]
    after = 2 * signal[-1:] - signal[-2 : -pad - 2 : -1]
    x = np.ascontiguousarray(np.moveaxis(np.concatenate([before, signal, after]), 0, -1))
    state = filter_.state.reshape(filter_.state.shape[0], *([1] * (x.ndim - 1)), 2)
    y, _ = scipy_signal.sosfilt(filter_.sections, x, axis=-1, zi=state * x[None, ..., :1])
    y, _ = scipy_signal.sosfilt(filter_.sections, y[..., ::-1], axis=-1, zi=state * y[None, ..., -1:])
    return np.moveaxis(y[..., ::-1][..., pad : len(signal) + pad], -1, 0)


@cache
def _sections(low_hz: float | None, high_hz: float | None, sampling_rate_hz: float) -> _Filter:
    corners = [corner for corner in (low_hz, high_hz) if corner is not None]
    kind: Literal["bandpass", "lowpass", "highpass"] = "lowpass" if low_hz is None else "highpass"
    if len(corners) == 2:
        kind = "bandpass"
    wanted = corners if len(corners) == 2 else corners[0]
    return _with_state(scipy_signal.butter(_ORDER, wanted, kind, fs=sampling_rate_hz, output="sos"))


def _with_state(sections: NDArray[np.float64]) -> _Filter:
    return _Filter(np.asarray(sections), np.asarray(scipy_signal.sosfilt_zi(sections)))


def without_mains(*, signal: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the signal with mains hum at 50 or 60 Hz notched out, where there is any.

    Hum is a line: it is there when, over all leads, the amplitude at the mains frequency is more than three times that
    of both neighbours 3 Hz away. Without it the signal is returned as it is, since a notch rings after every QRS.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
        Finite.
    sampling_rate_hz : float
    """
    present = [f for f in _MAINS_HZ if f + _NEIGHBOUR_HZ < sampling_rate_hz / 2]
    for mains_hz, (below, line, above) in zip(present, _lines(signal, float(sampling_rate_hz)), strict=False):
        if line > _LINE * max(below, above):
            signal = _both_ways(_notch(mains_hz, float(sampling_rate_hz)), signal)
    return signal


def _lines(signal: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the amplitudes below, at and above each mains frequency, shape (n_mains, 3): root mean square over leads.

    Second differences first: they whiten the spectrum, so that its slope is not taken for a line.
    """
    cosine, sine = np.split(_waves(len(signal), sampling_rate_hz) @ signal, 2)
    amplitudes = np.sqrt(np.mean(cosine**2 + sine**2, axis=1))
    return np.asarray(amplitudes.reshape(len(_MAINS_HZ), 3))


@lru_cache(maxsize=4)
def _waves(n_samples: int, sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return what gives the windowed cosines, then the sines, of second differences, shape (12, n_samples).

    A product with second differences is one with the signal itself, once the waves are differenced instead.
    """
    frequencies = np.add.outer(_MAINS_HZ, (-_NEIGHBOUR_HZ, 0.0, _NEIGHBOUR_HZ)).ravel()
    turns = np.outer(frequencies, np.arange(n_samples - 2) / sampling_rate_hz)
    waves = np.concatenate([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)]) * np.hanning(n_samples - 2)
    return np.asarray(np.diff(np.pad(waves, ((0, 0), (2, 2))), n=2, axis=1))


@cache
def _notch(frequency_hz: float, sampling_rate_hz: float) -> _Filter:
    b, a = scipy_signal.iirnotch(frequency_hz, _NOTCH_Q, fs=sampling_rate_hz)
    return _with_state(scipy_signal.tf2sos(b, a))
