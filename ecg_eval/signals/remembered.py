"""Measurements that were taken before: several readers of a study measure the same recordings.

A recording is known by its samples, so that it does not matter who asks, and an answer that is remembered is the answer
that would be computed. The beats themselves are half a megabyte a recording and are not kept.
"""

import hashlib
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.measurements import Measurements, measure

_MOST = 4096  # recordings; some 10 kB each
_kept: OrderedDict[bytes, Measurements] = OrderedDict()


def measure_and_keep(*, signal_mv: NDArray[np.floating], sampling_rate_hz: float) -> Measurements:
    """Return what ``measure`` returns, and remember all but the beats."""
    measured = measure(signal_mv=signal_mv, sampling_rate_hz=sampling_rate_hz)
    _kept[_key(signal_mv, sampling_rate_hz)] = replace(measured, beats=None)
    while len(_kept) > _MOST:
        _kept.popitem(last=False)
    return measured


def measured_numbers(*, signal_mv: NDArray[np.floating], sampling_rate_hz: float) -> Measurements:
    """Return what ``measure`` returns without the beats that it was taken from; remembered where it can be.

    Parameters
    ----------
    signal_mv : ndarray, shape (n_samples, 12)
        In standard lead order; NaN where missing.
    sampling_rate_hz : float

    Raises
    ------
    ArgumentError
        When the array is not of that shape or the rate is not positive.
    """
    measured = _kept.get(_key(signal_mv, sampling_rate_hz))
    if measured is None:
        measured = replace(measure_and_keep(signal_mv=signal_mv, sampling_rate_hz=sampling_rate_hz), beats=None)
    return measured


def _key(signal_mv: NDArray[np.floating], sampling_rate_hz: float) -> bytes:
    key = hashlib.sha256(f"{signal_mv.dtype.str} {signal_mv.shape} {float(sampling_rate_hz)!r}".encode())
    key.update(np.ascontiguousarray(signal_mv).data)
    return key.digest()
