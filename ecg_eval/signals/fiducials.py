"""The boundaries of P, QRS and T in the median beat, from the slope that all leads show together.

One lead may run along the zero line while the heart is already active; the root mean square of the slopes over leads
does not. A boundary is where that slope falls below a fraction of the wave's steepest slope and stays there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

_QRS_SMOOTHING_S = 0.006  # standard deviation of the Gaussian whose derivative measures slope
_QRS_FRACTION = 0.09
_QRS_REACH_S = 0.14  # no complex extends further from its R peak
_QRS_CORE = 0.25  # slopes above this fraction belong to the complex beyond doubt
_QUIET_S = 0.01  # for how long the slope has to stay low
_T_SMOOTHING_S = 0.008
_T_FRACTION = 0.2
_T_DELAY_S = 0.07  # after the end of QRS, before which no T peak lies
_P_SMOOTHING_S = 0.006
_P_FRACTION = 0.25
_P_REACH_S = 0.26  # a P wave that begins longer before QRS belongs to AV block beyond the first degree
_P_GAP_S = 0.016
_P_EVIDENCE = 3.0  # how many times larger than by chance the median of the P windows has to be


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiducials:
    """Boundaries in the median beat, in samples from its start; NaN where a wave is not there or not measurable.

    Attributes
    ----------
    p_onset, p_peak, p_offset, qrs_onset, qrs_offset, t_peak, t_end : float
    p_evidence : float
        Variance of the median beat's P window over what beats without a steady P wave would leave; 1 by chance.
    """

    p_onset: float
    p_peak: float
    p_offset: float
    qrs_onset: float
    qrs_offset: float
    t_peak: float
    t_end: float
    p_evidence: float


def delineate(
    *,
    windows: NDArray[np.float64],
    median: NDArray[np.float64],
    r_index: int,
    rr_s: float,
    sampling_rate_hz: float,
) -> Fiducials:
    """Return the boundaries of the median beat.

    Parameters
    ----------
    windows : ndarray, shape (n_beats, n_times, n_leads)
        The beats that `median` is the median of.
    median : ndarray, shape (n_times, n_leads)
        Unusable leads are 0.
    r_index : int
    rr_s : float
        Usual distance to the next beat in seconds; NaN when unknown.
    sampling_rate_hz : float
    """
    onset, offset = _qrs(median, r_index, sampling_rate_hz)
    rr_s = rr_s if np.isfinite(rr_s) else 1.0
    t_peak, t_end = _t(median, onset, offset, r_index, rr_s, sampling_rate_hz)
    p_onset, p_peak, p_offset, evidence = _p(windows, median, onset, r_index, rr_s, sampling_rate_hz)
    return Fiducials(
        p_onset=p_onset,
        p_peak=p_peak,
        p_offset=p_offset,
        qrs_onset=float(onset),
        qrs_offset=float(offset),
        t_peak=t_peak,
        t_end=t_end,
        p_evidence=evidence,
    )


def combined_slope(*, signal: NDArray[np.float64], smoothing_s: float, sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the root mean square over leads of the slope, shape (n_times,), per sample.

    The slope is the convolution with the derivative of a Gaussian: it differentiates and smooths at once.
    """
    slope = gaussian_filter1d(signal, smoothing_s * sampling_rate_hz, axis=0, order=1)
    return np.asarray(np.sqrt(np.mean(slope**2, axis=1)))


def _qrs(median: NDArray[np.float64], r_index: int, sampling_rate_hz: float) -> tuple[int, int]:
    speed = combined_slope(signal=median, smoothing_s=_QRS_SMOOTHING_S, sampling_rate_hz=sampling_rate_hz)
    reach = round(_QRS_REACH_S * sampling_rate_hz)
    first = r_index - reach
    near = speed[first : r_index + reach]
    core = np.flatnonzero(near > _QRS_CORE * near.max()) + first
    threshold, quiet = _QRS_FRACTION * near.max(), round(_QUIET_S * sampling_rate_hz)
    onset = _fall(speed, int(core[0]), -1, threshold, quiet)
    offset = _fall(speed, int(core[-1]), 1, threshold, quiet)
    return onset, offset


def _fall(speed: NDArray[np.float64], start: int, step: int, threshold: float, quiet: int) -> int:
    """Walk from `start` to where the slope is below the threshold for `quiet` samples; the end if it never is."""
    ahead = speed[start:] if step > 0 else speed[start::-1]
    low = np.convolve(ahead < threshold, np.ones(quiet), mode="valid") > quiet - 0.5
    steps = int(np.argmax(low)) if low.any() else len(ahead) - 1
    return start + step * steps


def _t(
    median: NDArray[np.float64], onset: int, offset: int, r_index: int, rr_s: float, sampling_rate_hz: float
) -> tuple[float, float]:
    """Return peak and end of T: the end is where the slope after the peak has fallen to a fraction of its steepest."""
    base = np.median(median[max(onset - 10, 0) : max(onset - 2, 1)], axis=0)
    x = gaussian_filter1d(median - base, _T_SMOOTHING_S * sampling_rate_hz, axis=0)
    first = offset + round(_T_DELAY_S * sampling_rate_hz)
    last = min(len(x), r_index + round(0.75 * rr_s * sampling_rate_hz))
    if last - first < round(0.1 * sampling_rate_hz):
        return np.nan, np.nan
    size = np.sqrt(np.mean(x[first:last] ** 2, axis=1))
    size = np.abs(size - np.median(size[-round(0.03 * sampling_rate_hz) :]))
    peak = int(np.argmax(size[: -round(0.04 * sampling_rate_hz)]))
    slope = np.gradient(size)
    steepest = peak + int(np.argmin(slope[peak:]))
    if not slope[steepest] < 0:
        return np.nan, np.nan
    end = _fall(-slope, steepest, 1, _T_FRACTION * -slope[steepest], 1)
    return float(first + peak), float(first + end)


def _p(
    windows: NDArray[np.float64],
    median: NDArray[np.float64],
    onset: int,
    r_index: int,
    rr_s: float,
    sampling_rate_hz: float,
) -> tuple[float, float, float, float]:
    """Return onset, peak and offset of P, and the evidence that there is one."""
    last = onset - round(_P_GAP_S * sampling_rate_hz)
    reach = min(_P_REACH_S, 0.45 * rr_s)
    first = max(onset - round(reach * sampling_rate_hz), 0)
    nothing = (np.nan, np.nan, np.nan)
    if last - first < round(0.06 * sampling_rate_hz):
        return *nothing, np.nan
    evidence = _steadiness(windows[:, first:last])
    x = median[first:last]
    speed = combined_slope(signal=median, smoothing_s=_P_SMOOTHING_S, sampling_rate_hz=sampling_rate_hz)[first:last]
    line = np.linspace(0, 1, len(x))[:, None]
    size = np.sqrt(np.mean((x - x[0] * (1 - line) - x[-1] * line) ** 2, axis=1))
    peak = int(np.argmax(size))
    if evidence < _P_EVIDENCE or not 0 < peak < len(x) - 1:
        return *nothing, evidence
    rise, fall = int(np.argmax(speed[: peak + 1])), peak + int(np.argmax(speed[peak:]))
    p_onset = _fall(speed, rise, -1, _P_FRACTION * speed[rise], 1)
    p_offset = _fall(speed, fall, 1, _P_FRACTION * speed[fall], 1)
    return float(first + p_onset), float(first + peak), float(first + p_offset), evidence


def _steadiness(windows: NDArray[np.float64]) -> float:
    """Return how many times larger the variance of the mean beat is than independent noise in each beat would leave."""
    n_beats = len(windows)
    if n_beats < 3:
        return np.nan
    centred = windows - windows.mean(axis=1, keepdims=True)
    mean = centred.mean(axis=0)
    noise = np.sum((centred - mean) ** 2) / (n_beats - 1)
    return float(n_beats * np.sum(mean**2) / noise) if noise > 0 else np.inf
