"""Every beat's boundaries: those of the median beat carried over, and those of odd beats found anew."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.beats import Beats
from ecg_eval.signals.fiducials import Fiducials, delineate
from ecg_eval.signals.measurements import Measurements
from ecg_eval.signals.preparation import WORKING_RATE_HZ

MARKS = ("p_onset", "p_peak", "p_offset", "qrs_onset", "r_peak", "qrs_offset", "t_peak", "t_end")
_NO_P = ("p_onset", "p_peak", "p_offset")


def beat_marks(*, measured: Measurements) -> NDArray[np.float64]:
    """Return when each beat's waves begin, peak and end.

    Beats of the usual shape, and those cut by an end of the recording, have those of the median beat; a beat of
    another shape has its own, and no P wave, since one beat cannot show that its P wave is not chance.

    Returns
    -------
    ndarray of float, shape (n_beats, 8)
        Seconds from the start of the recording, columns as ``MARKS``; NaN for a wave that is not there, not measurable
        or outside the recording.
    """
    beats, points = measured.beats, measured.fiducials
    if beats is None or points is None:
        return np.empty((0, len(MARKS)))
    marks = beats.r_samples[:, None] + _offsets(points, beats.r_index)
    rr_s = measured.rhythm["rr_median_ms"] / 1000
    odd = np.flatnonzero(np.isfinite(beats.likeness) & ~beats.usual)
    for beat, window in zip(odd, beats.others, strict=True):
        marks[beat] = beats.r_samples[beat] + _own_offsets(window[:, measured.usable], beats, rr_s)
    inside = (marks >= 0) & (marks < beats.n_samples)
    return np.where(inside, marks, np.nan) / WORKING_RATE_HZ


def _own_offsets(window: NDArray[np.float64], beats: Beats, rr_s: float) -> NDArray[np.float64]:
    points = delineate(
        windows=window[None], median=window, r_index=beats.r_index, rr_s=rr_s, sampling_rate_hz=WORKING_RATE_HZ
    )
    offsets = _offsets(points, beats.r_index)
    offsets[[MARKS.index(name) for name in _NO_P]] = np.nan
    return offsets


def _offsets(points: Fiducials, r_index: int) -> NDArray[np.float64]:
    return np.array([0.0 if name == "r_peak" else getattr(points, name) - r_index for name in MARKS])
