"""What a cardiograph prints: rate, PR, QRS, QT, QTc, axis, and the amplitudes of every lead.

Whatever a recording holds, the answer is measurements, or "not measurable" and why; nothing here raises for a short,
flat, missing or noisy lead.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.signals.beats import Beats, find_beats, usual_beats
from ecg_eval.signals.fiducials import Fiducials, delineate
from ecg_eval.signals.intervals import (
    frontal_axis_degrees,
    qtc_bazett_ms,
    qtc_framingham_ms,
    qtc_fridericia_ms,
    rr_statistics,
)
from ecg_eval.signals.pacing import pacing_spikes, without_spikes
from ecg_eval.signals.preparation import WORKING_RATE_HZ, prepare
from ecg_eval.signals.waves import wave_amplitudes

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_INDEPENDENT = [0, 1, 6, 7, 8, 9, 10, 11]  # I, II and the chest leads: the other four follow from I and II
_MS = 1000 / WORKING_RATE_HZ
_T_LATE_MS = 40.0  # by how much T may end later in all leads together than in half of them
_QT_OF_RR, _SHORT_RR = 0.95, 0.25  # of the RR interval than which one in four is shorter
_NOISE_LIKENESS = 0.5  # beats that resemble their median less than this are noise, or no two are alike


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurements:
    """The measurements of one recording; NaN for what is not measurable.

    Attributes
    ----------
    rhythm : dict of str to float
        As ``rr_statistics`` gives them: `rate_per_min` and others.
    p_ms, pr_ms, qrs_ms, qt_ms : float
        Durations of P and QRS; from the onset of P to that of QRS; from the onset of QRS to the end of T.
    qtc_bazett_ms, qtc_fridericia_ms, qtc_framingham_ms : float
        With the mean RR interval.
    qrs_axis_degrees, t_axis_degrees, p_axis_degrees : float
        In (-180, 180].
    amplitudes : dict of str to ndarray, shape (12,)
        As ``wave_amplitudes`` gives them, in the order of ``LEADS``; NaN in unusable leads.
    pacing_spikes : int
        Pacemaker spikes in the median beat (not seen below some 250 Hz).
    r_samples : ndarray of int, shape (n_beats,)
        R peaks, in samples of the recording as given.
    usable : ndarray of bool, shape (12,)
    reasons : dict of str to str
        Why something is not measurable: by measurement ("pr_ms"), or under "recording" when nothing is.
    beats, fiducials : Beats and Fiducials, or None
        What the numbers were taken from, at ``WORKING_RATE_HZ``.
    """

    rhythm: dict[str, float]
    p_ms: float = np.nan
    pr_ms: float = np.nan
    qrs_ms: float = np.nan
    qt_ms: float = np.nan
    qtc_bazett_ms: float = np.nan
    qtc_fridericia_ms: float = np.nan
    qtc_framingham_ms: float = np.nan
    qrs_axis_degrees: float = np.nan
    t_axis_degrees: float = np.nan
    p_axis_degrees: float = np.nan
    amplitudes: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    pacing_spikes: int = 0
    r_samples: NDArray[np.intp]
    usable: NDArray[np.bool_]
    reasons: dict[str, str]
    beats: Beats | None = None
    fiducials: Fiducials | None = None

    @property
    def reason(self) -> str | None:
        """Why nothing of the beats is measurable, None when something is."""
        return self.reasons.get("recording")


def measure(*, signal_mv: NDArray[np.floating], sampling_rate_hz: float) -> Measurements:
    """Return the measurements of a 12-lead recording.

    Parameters
    ----------
    signal_mv : ndarray, shape (n_samples, 12)
        In the order of ``LEADS``; NaN where missing.
    sampling_rate_hz : float

    Raises
    ------
    ArgumentError
        When the array is not of that shape or the rate is not positive: mistakes of a caller, not of a recording.
    """
    if signal_mv.ndim != 2 or signal_mv.shape[1] != len(LEADS):
        raise ArgumentError("measure", "signal_mv", "of shape (n_samples, 12)", signal_mv.shape)
    if not sampling_rate_hz > 0:
        raise ArgumentError("measure", "sampling_rate_hz", "positive", sampling_rate_hz)
    prepared = prepare(signal_mv=signal_mv, sampling_rate_hz=sampling_rate_hz)
    if prepared.reason is not None:
        return _unmeasurable(prepared.reason, prepared.usable)
    told_apart = prepared.signal[:, _INDEPENDENT] if prepared.usable.all() else prepared.signal
    peaks = find_beats(signal=told_apart, sampling_rate_hz=WORKING_RATE_HZ)
    if len(peaks) < 2:
        return _unmeasurable("fewer than two beats found", prepared.usable)
    beats = usual_beats(signal=prepared.signal, r_samples=peaks, sampling_rate_hz=WORKING_RATE_HZ)
    if beats is None:
        return _unmeasurable("no beat lies whole in the recording", prepared.usable)
    if not np.nanmedian(beats.likeness) >= _NOISE_LIKENESS:
        return _unmeasurable("no two beats are alike (noise, or a chaotic rhythm)", prepared.usable)
    original = np.round(peaks * sampling_rate_hz / WORKING_RATE_HZ).astype(np.intp)
    return _measured(beats, prepared.usable, original)


def _unmeasurable(reason: str, usable: NDArray[np.bool_]) -> Measurements:
    return Measurements(
        rhythm=rr_statistics(rr_ms=np.empty(0)),
        r_samples=np.empty(0, dtype=np.intp),
        usable=usable,
        reasons={"recording": reason},
    )


def _measured(beats: Beats, usable: NDArray[np.bool_], r_samples: NDArray[np.intp]) -> Measurements:
    rr_ms = np.diff(beats.r_samples) * _MS
    rhythm = rr_statistics(rr_ms=rr_ms)
    spikes = pacing_spikes(median=beats.median[:, usable], sampling_rate_hz=WORKING_RATE_HZ)
    if len(spikes):
        beats = replace(
            beats,
            windows=without_spikes(signal=beats.windows, spikes=spikes, sampling_rate_hz=WORKING_RATE_HZ),
            median=without_spikes(signal=beats.median, spikes=spikes, sampling_rate_hz=WORKING_RATE_HZ),
        )
    points = delineate(
        windows=beats.windows[:, :, usable],
        median=beats.median[:, usable],
        r_index=beats.r_index,
        rr_s=rhythm["rr_median_ms"] / 1000,
        sampling_rate_hz=WORKING_RATE_HZ,
    )
    waves = wave_amplitudes(median=beats.median, fiducials=points, sampling_rate_hz=WORKING_RATE_HZ)
    waves = {name: np.where(usable, values, np.nan) for name, values in waves.items()}
    qt_ms = (points.t_end - points.qrs_onset) * _MS
    mean_rr_s = rhythm["rr_mean_ms"] / 1000
    reasons = {}
    if not np.isfinite(points.p_onset):
        reasons["pr_ms"] = "no steady P wave before QRS"
    doubt = _doubt_about_t(points, qt_ms, rr_ms)
    if doubt:
        reasons["qt_ms"], qt_ms = doubt, np.nan
    return Measurements(
        rhythm=rhythm,
        p_ms=(points.p_offset - points.p_onset) * _MS,
        pr_ms=(points.qrs_onset - points.p_onset) * _MS,
        qrs_ms=(points.qrs_offset - points.qrs_onset) * _MS,
        qt_ms=qt_ms,
        qtc_bazett_ms=float(qtc_bazett_ms(qt_ms=qt_ms, rr_s=mean_rr_s)),
        qtc_fridericia_ms=float(qtc_fridericia_ms(qt_ms=qt_ms, rr_s=mean_rr_s)),
        qtc_framingham_ms=float(qtc_framingham_ms(qt_ms=qt_ms, rr_s=mean_rr_s)),
        qrs_axis_degrees=_axis(waves["qrs_area_mv_ms"]),
        t_axis_degrees=_axis(waves["t_area_mv_ms"]),
        p_axis_degrees=_axis(waves["p_mv"]),
        amplitudes=waves,
        pacing_spikes=len(spikes),
        r_samples=r_samples,
        usable=usable,
        reasons=reasons,
        beats=beats,
        fiducials=points,
    )


def _doubt_about_t(points: Fiducials, qt_ms: float, rr_ms: NDArray[np.float64]) -> str:
    """Return why the QT interval is not to be believed; empty where nothing contradicts it."""
    if not np.isfinite(qt_ms):
        return "no T wave with a measurable end"
    if points.t_late * _MS > _T_LATE_MS:
        return "most leads end their T wave much earlier"
    if len(rr_ms) and qt_ms > _QT_OF_RR * float(np.quantile(rr_ms, _SHORT_RR)):
        return "T would end in the next beat"
    return ""


def _axis(net: NDArray[np.float64]) -> float:
    return float(frontal_axis_degrees(lead_i=net[LEADS.index("I")], avf=net[LEADS.index("aVF")]))
