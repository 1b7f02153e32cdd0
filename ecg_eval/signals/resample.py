"""Another sampling rate, by polyphase filtering: nothing is aliased when it goes down."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import signal as scipy_signal

from ecg_eval.errors import ArgumentError

_LARGEST_FACTOR = 1000


def resample(*, signal: NDArray[np.floating], sampling_rate_hz: float, target_rate_hz: float) -> NDArray[np.float64]:
    """Return the signal at another sampling rate, the first sample staying at the same instant.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, ...)
        Finite. Beyond its ends the signal is taken to go on along the line between its first and last sample.
    sampling_rate_hz, target_rate_hz : float
        Their ratio is taken as a fraction with numerator and denominator of at most 1000.

    Returns
    -------
    ndarray of float64, shape (ceil(n_samples x target / source), ...)

    Raises
    ------
    ArgumentError
        When a rate is not positive, or their ratio is not such a fraction.
    """
    if not (sampling_rate_hz > 0 and target_rate_hz > 0):
        raise ArgumentError("resample", "sampling rates", "positive", (sampling_rate_hz, target_rate_hz))
    if sampling_rate_hz == target_rate_hz:
        return np.array(signal, dtype=float)
    ratio = Fraction(target_rate_hz / sampling_rate_hz).limit_denominator(_LARGEST_FACTOR)
    if ratio.numerator == 0 or ratio.numerator > _LARGEST_FACTOR or not _same(ratio, target_rate_hz / sampling_rate_hz):
        rule = f"in a ratio of whole numbers up to {_LARGEST_FACTOR}"
        raise ArgumentError("resample", "sampling rates", rule, (sampling_rate_hz, target_rate_hz))
    up, down = ratio.numerator, ratio.denominator
    return np.asarray(
        scipy_signal.resample_poly(np.asarray(signal, dtype=float), up, down, axis=0, padtype="line"), dtype=float
    )


def _same(ratio: Fraction, wanted: float) -> bool:
    return abs(float(ratio) / wanted - 1) < 1e-4
