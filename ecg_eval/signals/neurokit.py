"""What is asked of NeuroKit2, and the empty answer where it would raise.

The library raises on flat, short, NaN and one-beat traces and warns on many others; a batch must not stop for one lead.
"""

import warnings

import numpy as np
from numpy.typing import NDArray

_REFRACTORY_S = 0.25  # the library's 0.3 s loses premature beats, and beats above 200 a minute


def r_peaks(*, trace: NDArray[np.floating], sampling_rate_hz: float) -> NDArray[np.intp]:
    """Return the samples of the R peaks of one trace, by ``neurokit2.ecg_findpeaks``.

    Parameters
    ----------
    trace : ndarray, shape (n_samples,)
        A cleaned lead, or the root mean square over leads of a band-pass.
    sampling_rate_hz : float

    Returns
    -------
    ndarray of int, shape (n_beats,), increasing
        At least 0.25 s apart; none in the first 0.25 s, which the library leaves out. Empty where the library cannot
        find any, whatever its way of saying so.

    References
    ----------
    Makowski D et al. NeuroKit2. Behav Res Methods 2021;53:1689-1696; its method "neurokit".
    """
    import neurokit2

    if trace.ndim != 1 or not np.isfinite(trace).all():
        return np.empty(0, dtype=np.intp)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            rate_hz = round(sampling_rate_hz)
            detected = neurokit2.ecg_findpeaks(trace, sampling_rate=rate_hz, method="neurokit", mindelay=_REFRACTORY_S)
        except Exception:  # the library raises ValueError, IndexError, ZeroDivisionError and more, by version
            return np.empty(0, dtype=np.intp)
    peaks = np.asarray(detected["ECG_R_Peaks"], dtype=float)
    return np.unique(peaks[np.isfinite(peaks)].astype(np.intp))
