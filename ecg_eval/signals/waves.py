"""Amplitudes, widths and shapes of each lead of the median beat, between boundaries that are already known."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.fiducials import Fiducials

_BASE_S = (0.02, 0.004)  # before QRS: where the zero line is taken (the end of the PR segment)
_ST_S = (0.04, 0.06, 0.08)  # after J
QRS_POINTS, STT_POINTS = 7, 8

WAVE_NAMES = (
    "r_mv",
    "q_mv",
    "s_mv",
    "r2_mv",
    "qrs_size_mv",
    "qrs_area_mv_ms",
    "r_time_ms",
    "q_width_ms",
    "s_width_ms",
    "j_mv",
    "st40_mv",
    "st60_mv",
    "st80_mv",
    "t_mv",
    "t_max_mv",
    "t_min_mv",
    "t_area_mv_ms",
    "t_peak_ms",
    "p_mv",
    "p_max_mv",
    "p_min_mv",
    "p_end_mv_ms",
)


def baseline(*, median: NDArray[np.float64], qrs_onset: float, sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the zero line of each lead, shape (n_leads,): the median just before QRS begins."""
    first, last = (max(int(qrs_onset - s * sampling_rate_hz), 0) for s in _BASE_S)
    return np.asarray(np.median(median[first : last + 1], axis=0))


def wave_amplitudes(
    *, median: NDArray[np.float64], fiducials: Fiducials, sampling_rate_hz: float
) -> dict[str, NDArray[np.float64]]:
    """Return measurements of each lead by name (``WAVE_NAMES``), each of shape (n_leads,).

    Amplitudes are in the unit of `median` (`_mv`), signed except for `q_mv` and `s_mv`, which are depths (0 or more);
    times in ms from the onset of QRS; areas in mV ms. `t_mv` is the larger deflection with its sign, `p_mv` likewise.
    NaN where a wave is not there.
    """
    x = median - baseline(median=median, qrs_onset=fiducials.qrs_onset, sampling_rate_hz=sampling_rate_hz)
    onset, offset = int(fiducials.qrs_onset), int(fiducials.qrs_offset)
    ms = 1000 / sampling_rate_hz
    amplitudes = _qrs_waves(x[onset : offset + 1], ms)
    amplitudes |= {"j_mv": x[min(offset, len(x) - 1)]}
    amplitudes |= {f"st{s * 1000:.0f}_mv": x[min(offset + round(s * sampling_rate_hz), len(x) - 1)] for s in _ST_S}
    amplitudes |= _t_waves(x, offset, fiducials, ms)
    return amplitudes | _p_waves(x, fiducials, ms)


def _qrs_waves(qrs: NDArray[np.float64], ms: float) -> dict[str, NDArray[np.float64]]:
    """R is the highest point, Q the lowest before it, S the lowest after it, R' the highest after S."""
    time = np.arange(len(qrs))[:, None]
    r_time = np.argmax(qrs, axis=0)
    q = np.where(time <= r_time, qrs, 0.0)
    after = np.where(time >= r_time, qrs, 0.0)
    s_time = np.argmin(after, axis=0)
    tail = np.where(time >= s_time, qrs, -np.inf)
    return {
        "r_mv": np.maximum(qrs.max(axis=0), 0),
        "q_mv": np.maximum(-q.min(axis=0), 0),
        "s_mv": np.maximum(-after.min(axis=0), 0),
        "r2_mv": np.where(s_time > r_time, np.maximum(tail.max(axis=0), 0), 0.0),
        "qrs_size_mv": np.ptp(qrs, axis=0),
        "qrs_area_mv_ms": qrs.sum(axis=0) * ms,
        "r_time_ms": r_time * ms,
        "q_width_ms": np.sum((time <= r_time) & (q < -0.02 * np.ptp(qrs, axis=0)), axis=0) * ms,
        "s_width_ms": np.sum(after < -0.02 * np.ptp(qrs, axis=0), axis=0) * ms,
    }


def _t_waves(x: NDArray[np.float64], offset: int, f: Fiducials, ms: float) -> dict[str, NDArray[np.float64]]:
    if not np.isfinite(f.t_end):
        return dict.fromkeys(("t_mv", "t_max_mv", "t_min_mv", "t_area_mv_ms", "t_peak_ms"), np.full(x.shape[1], np.nan))
    first = min(offset + round(60 / ms), int(f.t_end) - 1)
    t = x[first : int(f.t_end) + 1]
    high, low = t.max(axis=0), t.min(axis=0)
    return {
        "t_mv": np.where(high >= -low, high, low),
        "t_max_mv": high,
        "t_min_mv": low,
        "t_area_mv_ms": t.sum(axis=0) * ms,
        "t_peak_ms": (np.argmax(np.abs(t), axis=0) + first - f.qrs_onset) * ms,
    }


def _p_waves(x: NDArray[np.float64], f: Fiducials, ms: float) -> dict[str, NDArray[np.float64]]:
    """Measure P from the line that joins its onset and its offset, as its own baseline is seldom that of QRS."""
    if not np.isfinite(f.p_onset) or f.p_offset - f.p_onset < 4:
        return dict.fromkeys(("p_mv", "p_max_mv", "p_min_mv", "p_end_mv_ms"), np.full(x.shape[1], np.nan))
    first, last = int(f.p_onset), int(f.p_offset)
    part = np.linspace(0, 1, last - first + 1)[:, None]
    p = x[first : last + 1] - (x[first] * (1 - part) + x[last] * part)
    high, low = p.max(axis=0), p.min(axis=0)
    return {
        "p_mv": np.where(high >= -low, high, low),
        "p_max_mv": high,
        "p_min_mv": low,
        "p_end_mv_ms": p[len(p) // 2 :].sum(axis=0) * ms,  # in V1: the P terminal force
    }


def wave_shapes(
    *, median: NDArray[np.float64], fiducials: Fiducials, sampling_rate_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each lead at equal steps through QRS, and from J to the end of T.

    Returns
    -------
    tuple of ndarray, shapes (7, n_leads) and (8, n_leads)
        In the unit of `median`, from its zero line; the second is NaN without a T wave.
    """
    x = median - baseline(median=median, qrs_onset=fiducials.qrs_onset, sampling_rate_hz=sampling_rate_hz)
    time = np.arange(len(x))

    def at(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.interp(times, time, lead) for lead in x.T], axis=1)

    qrs = at(np.linspace(fiducials.qrs_onset, fiducials.qrs_offset, QRS_POINTS + 2)[1:-1])
    if not np.isfinite(fiducials.t_end):
        return qrs, np.full((STT_POINTS, x.shape[1]), np.nan)
    return qrs, at(np.linspace(fiducials.qrs_offset, fiducials.t_end, STT_POINTS + 1)[:-1])
