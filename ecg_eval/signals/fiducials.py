"""The boundaries of P, QRS and T in the median beat, from the slope that all leads show together.

One lead may run along the zero line while the heart is already active; the slopes of all leads together do not. All is
divided by the size of QRS first, so that no boundary depends on the gain of a file, and a large lead for itself by its
root, so that none rules alone: slopes are in QRS sizes a second. A boundary is where the slope falls below a threshold
and stays there: for QRS a little above the quietest slope beside it, since a complex ends later for the eye where it
glides into a still baseline; for P a slope kept between two fractions of the wave's own steepest. T has no edge, so
that its end is relative to its own steepest descent; where most leads by themselves end it much earlier, that is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """How a wave's boundary is found."""

    smoothing_s: float  # standard deviation of the Gaussian whose derivative measures slope
    threshold_per_s: float
    lowest: float  # the threshold is never below, nor above, these fractions of the wave's steepest slope
    highest: float

    def threshold(self, steepest: float, noise: float, sampling_rate_hz: float) -> float:
        wanted = self.threshold_per_s / sampling_rate_hz
        return max(min(max(wanted, self.lowest * steepest), self.highest * steepest), _ABOVE_NOISE * noise)


_P = _Edge(smoothing_s=0.008, threshold_per_s=0.8, lowest=0.27, highest=0.6)
_P_END = _Edge(smoothing_s=0.008, threshold_per_s=1.2, lowest=0.37, highest=0.7)  # P glides into the PR segment
_T = _Edge(smoothing_s=0.024, threshold_per_s=0.0, lowest=0.45, highest=0.45)

_QRS_SMOOTHING_S = 0.008
_QRS_PER_S, _QRS_QUIET_TIMES = 2.4, 1.5  # the threshold of QRS: a slope, and so many times the quietest beside it
_QRS_HIGHEST = 0.25  # of the steepest slope: no threshold is above it
_QRS_BESIDE_S, _QRS_QUIETEST_S = (0.1, 0.12), 0.03  # how far beside QRS is looked for the quietest, and for how long
_ABOVE_NOISE = 2.0  # a threshold stands this much above the slope of the quietest part of the beat
_QUIETEST = 0.15  # the share of the beat that is quiet in any rhythm
_QRS_AROUND_S = (0.1, 0.12)  # before and after R, where a lead's QRS is looked for to know its size
_QRS_REACH_S = 0.14  # no complex extends further from its R peak
_QRS_CORE = 0.25  # slopes above this fraction of the steepest belong to the complex beyond doubt
_QRS_REST, _QRS_PAUSE_S = 0.15, 0.05  # so does a later one above this fraction, after a pause no longer than this
_QUIET_S = 0.01  # for how long the slope has to stay low
_T_SMOOTHING_S, _T_SMALLEST_LEAD = 0.008, 0.4  # to know the size of a lead's T; of the largest: no lead counts as less
_T_DELAY_S = 0.06  # after the end of QRS, before which no T wave begins to fall
_T_SHORTEST_S = 0.08
_T_DESCENT_S = 0.16  # after the summit of T, beyond which a descent is another wave's
_T_LAST_DESCENT = 0.5  # the last slope above this fraction of the largest is the descent of T; less is U or P
_T_TURN = 0.7  # of the steepest descent: below it, a slope that grows again is another wave's
_P_REACH_S = 0.36
_P_GAP_S = 0.035
_P_SHORTEST_S = 0.06
_P_HALF_S = 0.1  # no P wave extends further from its peak
_P_RISE = 0.4  # the first slope above this fraction of P's steepest is its rise
_P_NEAR_S = 0.22  # before QRS, where most P waves are: a long window dilutes a small one
_P_SMALLEST = 0.01  # of the root mean square of the leads' QRS sizes: less is what filters leave of QRS itself
_P_BLOCK_S = 0.02
_P_EVIDENCE = 3.5  # how many times larger than by chance the steady part before QRS has to be


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiducials:
    """Boundaries in the median beat, in samples from its start; NaN where a wave is not there or not measurable.

    Attributes
    ----------
    p_onset, p_peak, p_offset, qrs_onset, qrs_offset, t_peak, t_end : float
    t_late : float
        How much later T ends in all leads together than in half of them by themselves; NaN without T.
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
    t_late: float
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
        The beats that `median` is the median of; usable leads only, in mV.
    median : ndarray, shape (n_times, n_leads)
    r_index : int
    rr_s : float
        Usual distance to the next beat in seconds.
    sampling_rate_hz : float
    """
    scaled, even = _in_qrs_sizes(median, r_index, sampling_rate_hz)
    onset, offset = _qrs(scaled, r_index, sampling_rate_hz)
    t_peak, t_end, t_late = _t(even, offset, r_index, rr_s, sampling_rate_hz)
    last_end = (t_end if np.isfinite(t_end) else offset) - rr_s * sampling_rate_hz  # of the beat before
    p_first = max(onset - round(_P_REACH_S * sampling_rate_hz), int(last_end), 0)
    p_window = slice(p_first, onset - round(_P_GAP_S * sampling_rate_hz))
    evidence, p_onset, p_peak, p_offset = np.nan, np.nan, np.nan, np.nan
    if p_window.stop - p_window.start >= round(_P_SHORTEST_S * sampling_rate_hz):
        block = round(_P_BLOCK_S * sampling_rate_hz)
        near = slice(max(p_window.start, onset - round(_P_NEAR_S * sampling_rate_hz)), p_window.stop)
        evidence = float(np.fmax(_steadiness(windows[:, p_window], block), _steadiness(windows[:, near], block)))
        if not evidence < _P_EVIDENCE:
            smallest = _P_SMALLEST * float(np.sqrt(np.mean(np.ptp(even[onset : offset + 1], axis=0) ** 2)))
            p_onset, p_peak, p_offset = _p(even, p_window, smallest, sampling_rate_hz)
    return Fiducials(
        p_onset=p_onset,
        p_peak=p_peak,
        p_offset=p_offset,
        qrs_onset=float(onset),
        qrs_offset=float(offset),
        t_peak=t_peak,
        t_end=t_end,
        t_late=t_late,
        p_evidence=evidence,
    )


def qrs_of(*, median: NDArray[np.float64], r_index: int, sampling_rate_hz: float) -> tuple[int, int]:
    """Return where QRS of a median beat begins and ends, in samples from its start; arguments as for ``delineate``."""
    return _qrs(_in_qrs_sizes(median, r_index, sampling_rate_hz)[0], r_index, sampling_rate_hz)


def combined_slope(*, signal: NDArray[np.float64], smoothing_s: float, sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the root mean square over leads of the slope, shape (n_times,), per sample.

    The slope is the convolution with the derivative of a Gaussian: it differentiates and smooths at once.
    """
    slope = gaussian_filter1d(signal, smoothing_s * sampling_rate_hz, axis=0, order=1, truncate=3.0)
    return np.asarray(np.sqrt(np.mean(slope**2, axis=1)))


def _in_qrs_sizes(
    median: NDArray[np.float64], r_index: int, sampling_rate_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median beat in sizes of QRS: small leads raised halfway to the others, and all leads as they are."""
    before, after = (round(s * sampling_rate_hz) for s in _QRS_AROUND_S)
    size = np.ptp(median[max(r_index - before, 0) : r_index + after], axis=0)
    mean, usual = float(size.mean()) or 1.0, float(np.sqrt(np.mean(size**2))) or 1.0
    return median / np.sqrt(np.where(size > 0, size, mean) * mean), median / usual


def _qrs(scaled: NDArray[np.float64], r_index: int, sampling_rate_hz: float) -> tuple[int, int]:
    slope = gaussian_filter1d(scaled, _QRS_SMOOTHING_S * sampling_rate_hz, axis=0, order=1, truncate=3.0)
    speed = np.abs(slope).mean(axis=1)
    first = r_index - round(_QRS_REACH_S * sampling_rate_hz)
    near = speed[first : r_index + round(_QRS_REACH_S * sampling_rate_hz)]
    steepest = float(near.max())
    start, stop = np.flatnonzero(near > _QRS_CORE * steepest)[[0, -1]]
    pause = round(_QRS_PAUSE_S * sampling_rate_hz)
    for place in np.flatnonzero(near > _QRS_REST * steepest):  # a slow terminal force, as in right bundle branch block
        if stop < place <= stop + pause:
            stop = place
    start, stop = first + int(start), first + int(stop)
    before, after = (round(s * sampling_rate_hz) for s in _QRS_BESIDE_S)
    quiet = round(_QUIET_S * sampling_rate_hz)
    thresholds = [
        _qrs_threshold(beside, steepest, _noise(speed), sampling_rate_hz)
        for beside in (speed[max(start - before, 0) : start], speed[stop : stop + after])
    ]
    onset, offset = _fall(speed, start, -1, thresholds[0], quiet), _fall(speed, stop, 1, thresholds[1], quiet)
    turns = _summits(-speed[stop : offset + 1], -_QRS_REST * steepest)
    return onset, stop + int(turns[0]) if len(turns) else offset  # ST may slope from the start, as in left bundle block


def _qrs_threshold(beside: NDArray[np.float64], steepest: float, noise: float, sampling_rate_hz: float) -> float:
    """Return the slope below which QRS has not begun, or has ended, from the slopes on that side of it."""
    rank = round(_QRS_QUIETEST_S * sampling_rate_hz) // 2
    quietest = float(np.partition(beside, rank)[rank]) if len(beside) > rank else 0.0
    wanted = _QRS_PER_S / sampling_rate_hz + _QRS_QUIET_TIMES * quietest
    return max(min(wanted, _QRS_HIGHEST * steepest), _ABOVE_NOISE * noise)


def _noise(speed: NDArray[np.float64]) -> float:
    rank = int(_QUIETEST * len(speed))
    return float(np.partition(speed, rank)[rank])


def _fall(speed: NDArray[np.float64], start: int, step: int, threshold: float, quiet: int = 1) -> int:
    """Walk from `start` to where the slope is below the threshold for `quiet` samples; to the end if it never is."""
    ahead = speed[start:] if step > 0 else speed[start::-1]
    low = np.convolve(ahead < threshold, np.ones(quiet), mode="valid") > quiet - 0.5
    steps = int(np.argmax(low)) if low.any() else len(ahead) - 1
    return start + step * steps


def _t(
    median: NDArray[np.float64], offset: int, r_index: int, rr_s: float, sampling_rate_hz: float
) -> tuple[float, float, float]:
    """Return peak and end of T, and how much later than in half of the leads by themselves that is.

    The end is where the slope of its descent has fallen to a fraction of its steepest. Each lead is divided by the size
    of its T wave, so that it has a voice in where T ends.
    """
    first = offset + round(_T_DELAY_S * sampling_rate_hz)
    latest_s = min(0.7 * rr_s, max(rr_s - 0.24, 0.6 * rr_s))  # the next P wave rises there
    last = min(len(median) - 2, r_index + round(latest_s * sampling_rate_hz))
    if last - first < round(_T_SHORTEST_S * sampling_rate_hz):
        return np.nan, np.nan, np.nan
    height = np.ptp(gaussian_filter1d(median[first:last], _T_SMOOTHING_S * sampling_rate_hz, axis=0), axis=0)
    even = median[offset:] / np.maximum(height, _T_SMALLEST_LEAD * height.max() or 1.0)
    slope = np.abs(gaussian_filter1d(even, _T.smoothing_s * sampling_rate_hz, axis=0, order=1, truncate=3.0))
    begin = first - offset
    wave = even[begin : last - offset]
    end = _t_end(slope.mean(axis=1), _size(wave), begin, sampling_rate_hz)
    if np.isnan(end):
        return np.nan, np.nan, np.nan
    late = end - begin - float(np.median(_ends_of_leads(slope[begin:], wave)))
    return float(first + int(np.argmax(_size(even[begin : int(end) + 1])))), offset + end, late


def _ends_of_leads(slope: NDArray[np.float64], wave: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where T ends in each lead by itself, shape (n_leads,): where the steepest slope after its summit is over.

    Parameters
    ----------
    slope : ndarray, shape (n_times, n_leads)
        From where `wave` begins to the end of the beat.
    wave : ndarray, shape (n_wave, n_leads)
    """
    time = np.arange(len(slope))[:, None]
    behind = np.where(time >= np.argmax(np.abs(wave - _between_ends(wave)), axis=0), slope, 0.0)
    behind[len(wave) :] = 0.0
    descent = np.argmax(behind, axis=0)
    over = (time > descent) & (slope < _T.lowest * behind.max(axis=0))
    return np.asarray(np.where(over.any(axis=0), np.argmax(over, axis=0), len(slope) - 1))


def _t_end(whole: NDArray[np.float64], size: NDArray[np.float64], first: int, sampling_rate_hz: float) -> float:
    """Return where T ends by the slope over the beat, from the wave's size from `first` on; NaN without a descent."""
    top = int(np.argmax(size))
    speed = whole[first : first + min(len(size), top + round(_T_DESCENT_S * sampling_rate_hz))]
    summits = _summits(speed, _T_LAST_DESCENT * float(speed.max()))
    if len(summits) == 0:
        return np.nan
    descent = first + int(summits[-1])
    steepest = float(whole[descent])
    end = _fall(whole, descent, 1, _T.threshold(steepest, _noise(whole), sampling_rate_hz))
    turns = _summits(-whole[descent : end + 1], -_T_TURN * steepest)  # P or U begins before T has ended
    return float(descent + int(turns[0]) if len(turns) else end)


def _summits(speed: NDArray[np.float64], at_least: float) -> NDArray[np.intp]:
    inner = speed[1:-1]
    return np.flatnonzero((inner >= speed[:-2]) & (inner > speed[2:]) & (inner > at_least)) + 1


def _size(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the root mean square over leads of a wave's height above the line through its ends."""
    return np.asarray(np.sqrt(np.mean((wave - _between_ends(wave)) ** 2, axis=1)))


def _between_ends(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the straight line through the ends of each lead of a wave."""
    part = np.linspace(0, 1, len(wave))[:, None]
    return np.asarray(wave[0] * (1 - part) + wave[-1] * part)


def _p(
    median: NDArray[np.float64], window: slice, smallest: float, sampling_rate_hz: float
) -> tuple[float, float, float]:
    """Return onset, peak and offset of P; NaN where it is too small, or another wave's tail: without rise or fall."""
    whole = combined_slope(signal=median, smoothing_s=_P.smoothing_s, sampling_rate_hz=sampling_rate_hz)
    speed, noise = whole[window], _noise(whole)
    beside = round(3 * _P.smoothing_s * sampling_rate_hz)  # as far as the filter reaches
    around = slice(max(window.start - beside, 0), window.stop + beside)
    smooth = gaussian_filter1d(median[around], _P.smoothing_s * sampling_rate_hz, axis=0, truncate=3.0)
    smooth = smooth[window.start - around.start :][: window.stop - window.start]
    size = _size(smooth)
    peak = int(np.argmax(size))
    half = round(_P_HALF_S * sampling_rate_hz)
    first, last = max(peak - half, 0), min(peak + half, len(speed) - 1)
    steepest = float(speed[first : last + 1].max())
    steep = np.flatnonzero(speed[first : last + 1] > _P_RISE * steepest) + first
    if size[peak] < smallest or steep[0] > peak or steep[-1] < peak or peak < 3:
        return np.nan, np.nan, np.nan
    rise, fall = int(steep[0]), int(steep[-1])
    while rise < peak and speed[rise + 1] > speed[rise]:
        rise += 1
    while fall > peak and speed[fall - 1] > speed[fall]:
        fall -= 1
    onset = _fall(speed, rise, -1, _P.threshold(float(speed[rise]), noise, sampling_rate_hz))
    offset = _fall(speed, fall, 1, _P_END.threshold(float(speed[fall]), noise, sampling_rate_hz))
    return float(window.start + onset), float(window.start + peak), float(window.start + offset)


def _steadiness(windows: NDArray[np.float64], block: int) -> float:
    """Return how many times larger the variance of the mean beat is than independent noise in each beat would leave.

    Means of `block` samples are compared, so that muscle and mains noise do not hide a small P wave, and each without
    its own straight line: the slope that leads up to QRS is steady in atrial fibrillation too.
    """
    n_beats, n_times, n_leads = windows.shape
    n_blocks = n_times // block
    if n_beats < 3 or n_blocks < 3:
        return np.nan
    means = windows[:, : n_blocks * block].reshape(n_beats, n_blocks, block, n_leads).mean(axis=2)
    place = np.arange(n_blocks)[:, None] - (n_blocks - 1) / 2
    level = means - means.mean(axis=1, keepdims=True)
    level = level - place * (np.sum(place * level, axis=1, keepdims=True) / np.sum(place**2))
    mean = level.mean(axis=0)
    noise = np.sum((level - mean) ** 2) / (n_beats - 1)
    return float(n_beats * np.sum(mean**2) / noise) if noise > 0 else np.inf
