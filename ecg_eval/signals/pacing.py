"""Pacemaker spikes in the median beat: found by how narrow they are, and taken out before boundaries are looked for.

A spike is over within some 10 ms and the tracing comes back to where it was; no wave of the heart does that. Below
about 250 Hz it is smeared into its neighbours and cannot be told apart.
"""

import numpy as np
from numpy.typing import NDArray

_NARROW_S, _MIDDLE_S, _WIDER_S, _WIDE_S = 0.006, 0.010, 0.016, 0.024
_SAME_HEIGHT = 0.75  # a spike is as high above its neighbourhood at 6 ms as at 16 ms; a Q wave half as high
_SMALLEST = 0.12  # of the root mean square of the leads' QRS sizes
_QUIET = 0.12  # slope before a spike, of the slope in it
_BEFORE_S, _AFTER_S = 0.010, 0.016  # what is replaced around its summit


def pacing_spikes(*, median: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.intp]:
    """Return where the median beat has pacemaker spikes.

    Parameters
    ----------
    median : ndarray, shape (n_times, n_leads)
        Not low-passed.
    sampling_rate_hz : float

    Returns
    -------
    ndarray of int, shape (n_spikes,), increasing
    """
    narrow, middle, wider, wide = (
        _height(median, round(s * sampling_rate_hz)) for s in (_NARROW_S, _MIDDLE_S, _WIDER_S, _WIDE_S)
    )
    size = np.sqrt(np.mean(np.ptp(median, axis=0) ** 2))
    alike = (narrow > _SAME_HEIGHT * wider) & (middle > _SAME_HEIGHT * wide)
    spiky = np.where(alike & (narrow > _SMALLEST * size), narrow, 0.0)
    slope = np.sqrt(np.mean(np.gradient(median, axis=0) ** 2, axis=1))
    spikes: list[int] = []
    reach = round(_MIDDLE_S * sampling_rate_hz)
    candidates = np.flatnonzero(spiky)
    for place in candidates[np.argsort(-spiky[candidates], kind="stable")]:
        before = slope[max(place - 4 * reach, 0) : max(place - 3 * reach // 2, 1)]
        steep = slope[max(place - reach, 0) : place + reach]
        apart = all(abs(place - other) > 2 * reach for other in spikes)
        if apart and before.max() < _QUIET * steep.max():
            spikes.append(int(place))
    return np.sort(np.array(spikes, dtype=np.intp))


def without_spikes(
    *, signal: NDArray[np.float64], spikes: NDArray[np.intp], sampling_rate_hz: float
) -> NDArray[np.float64]:
    """Return beats with each spike replaced by a straight line.

    Parameters
    ----------
    signal : ndarray, shape (..., n_times, n_leads)
    spikes : ndarray of int, shape (n_spikes,)
        Along the time axis.
    sampling_rate_hz : float
    """
    clean = signal.copy()
    for spike in spikes:
        first = max(spike - round(_BEFORE_S * sampling_rate_hz), 0)
        last = min(spike + round(_AFTER_S * sampling_rate_hz), clean.shape[-2] - 1)
        part = np.linspace(0, 1, last - first + 1)[:, None]
        ends = clean[..., [first], :], clean[..., [last], :]
        clean[..., first : last + 1, :] = ends[0] * (1 - part) + ends[1] * part
    return clean


def _height(median: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return how far each sample stands above the middle of its neighbours `reach` away, over all leads."""
    height = np.zeros(len(median))
    neighbours = (median[: -2 * reach] + median[2 * reach :]) / 2
    height[reach:-reach] = np.sqrt(np.mean((median[reach:-reach] - neighbours) ** 2, axis=1))
    return height
