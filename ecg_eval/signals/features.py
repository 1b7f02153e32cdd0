"""Measurements as one vector with names, for models that learn from them."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.beats import Beats
from ecg_eval.signals.fiducials import Fiducials
from ecg_eval.signals.intervals import RHYTHM_NAMES
from ecg_eval.signals.measurements import LEADS, Measurements
from ecg_eval.signals.preparation import WORKING_RATE_HZ
from ecg_eval.signals.remembered import measure_and_keep
from ecg_eval.signals.waves import QRS_POINTS, STT_POINTS, WAVE_NAMES, wave_shapes

_INDEPENDENT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")  # the other four follow from I and II
_RELATIVE = ("q_mv", "r_mv", "s_mv", "r2_mv", "j_mv", "st60_mv", "t_max_mv", "t_min_mv", "p_mv")
_PRECORDIAL = [LEADS.index(f"V{k}") for k in range(1, 7)]
_ATRIAL_S = 0.2  # before QRS: where P waves, or fibrillatory waves, are

_INTERVAL_NAMES = (
    "p_ms",
    "pr_ms",
    "qrs_ms",
    "qt_ms",
    "qtc_fridericia_ms",
    "qrs_axis_degrees",
    "t_axis_degrees",
    "p_axis_degrees",
    "qrs_t_angle_degrees",
)
_VARIATION_NAMES = (
    *(
        "n_beats",
        "likeness_min",
        "likeness_median",
        "share_unusual",
        "p_evidence_log",
        "p_residual_ratio",
        "pacing_spikes",
    ),
)
_VOLTAGE_NAMES = (
    "sokolow_lyon_mv",
    "cornell_mv",
    "r_v1_mv",
    "limb_size_mv",
    "precordial_size_mv",
    "lead_of_transition",
)
BETWEEN_LEADS = (  # compare the sizes of leads, and mean nothing once leads were scaled one by one
    "qrs_axis_degrees",
    "t_axis_degrees",
    "p_axis_degrees",
    "qrs_t_angle_degrees",
    *_VOLTAGE_NAMES,
)
FEATURE_NAMES = (
    *RHYTHM_NAMES,
    *_INTERVAL_NAMES,
    *_VARIATION_NAMES,
    *_VOLTAGE_NAMES,
    *(f"{lead}_{name}" for name in WAVE_NAMES for lead in LEADS),
    *(f"{lead}_{name.removesuffix('_mv')}_ratio" for name in _RELATIVE for lead in LEADS),
    *(f"{lead}_qrs_shape_{k}" for k in range(QRS_POINTS) for lead in _INDEPENDENT),
    *(f"{lead}_stt_shape_{k}" for k in range(STT_POINTS) for lead in _INDEPENDENT),
)


def beat_features(
    *, signal_mv: NDArray[np.floating], sampling_rate_hz: float
) -> tuple[tuple[str, ...], NDArray[np.float64], str | None]:
    """Return the measurements of a 12-lead recording as named numbers.

    Amplitudes are there in mV and as shares of the lead's own QRS, so that a model can use whichever carries over.

    Parameters
    ----------
    signal_mv : ndarray, shape (n_samples, 12)
        In standard lead order; NaN where missing.
    sampling_rate_hz : float

    Returns
    -------
    names : tuple of str, length n_features
        ``FEATURE_NAMES``: the same, in the same order, for every recording.
    values : ndarray of float, shape (n_features,)
        NaN where not measurable.
    reason : str or None
        Why nothing is measurable; the values are then all NaN.

    Raises
    ------
    ArgumentError
        When the array is not of that shape or the rate is not positive.
    """
    measurements = measure_and_keep(signal_mv=signal_mv, sampling_rate_hz=sampling_rate_hz)
    if measurements.beats is None or measurements.fiducials is None:
        return FEATURE_NAMES, np.full(len(FEATURE_NAMES), np.nan), measurements.reason
    parts = [
        np.array([measurements.rhythm[name] for name in RHYTHM_NAMES]),
        _intervals(measurements),
        _variation(measurements.beats, measurements.fiducials, measurements.pacing_spikes),
        _voltages(measurements.amplitudes),
        *(measurements.amplitudes[name] for name in WAVE_NAMES),
        *(_share(measurements.amplitudes[name], measurements) for name in _RELATIVE),
        _shapes(measurements, measurements.beats, measurements.fiducials),
    ]
    return FEATURE_NAMES, np.concatenate(parts), None


def _intervals(m: Measurements) -> NDArray[np.float64]:
    angle = abs((m.qrs_axis_degrees - m.t_axis_degrees + 180) % 360 - 180)
    axes = (m.qrs_axis_degrees, m.t_axis_degrees, m.p_axis_degrees, angle)
    return np.array([m.p_ms, m.pr_ms, m.qrs_ms, m.qt_ms, m.qtc_fridericia_ms, *axes])


def _variation(beats: Beats, points: Fiducials, n_spikes: int) -> NDArray[np.float64]:
    """Return how alike the beats are, and whether the atria do the same before each."""
    like = beats.likeness[np.isfinite(beats.likeness)]
    onset = int(points.qrs_onset)
    atria = slice(max(onset - round(_ATRIAL_S * WORKING_RATE_HZ), 0), max(onset, 1))
    residual = np.sqrt(np.mean((beats.windows[:, atria] - beats.median[atria]) ** 2))
    size = np.sqrt(np.mean(np.ptp(beats.median, axis=0) ** 2))
    evidence = float(np.log1p(min(points.p_evidence, 1e6)))
    shares = (
        like.min(),
        np.median(like),
        1 - np.mean(beats.usual[np.isfinite(beats.likeness)]),
        evidence,
        residual / size,
    )
    return np.array([len(beats.r_samples), *shares, n_spikes])


def _voltages(waves: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the voltage sums that clinicians use, and where R outgrows S."""
    r, s, size = (dict(zip(LEADS, waves[name], strict=True)) for name in ("r_mv", "s_mv", "qrs_size_mv"))
    sokolow = s["V1"] + max(r["V5"], r["V6"])
    growing = waves["r_mv"][_PRECORDIAL] > waves["s_mv"][_PRECORDIAL]
    transition = float(np.argmax(growing) + 1) if growing.any() else 7.0
    limb, precordial = ([size[lead] for lead in LEADS if lead.startswith("V") is chest] for chest in (False, True))
    loudest = [float(np.nanmax(sizes)) if np.isfinite(sizes).any() else np.nan for sizes in (limb, precordial)]
    return np.array([sokolow, r["aVL"] + s["V3"], r["V1"], *loudest, transition])


def _share(amplitude: NDArray[np.float64], m: Measurements) -> NDArray[np.float64]:
    size = m.amplitudes["qrs_size_mv"]
    return np.asarray(np.divide(amplitude, size, out=np.full(len(size), np.nan), where=size > 0))


def _shapes(m: Measurements, beats: Beats, points: Fiducials) -> NDArray[np.float64]:
    """Return the course through QRS and through ST and T as shares of each lead's QRS."""
    both = wave_shapes(median=beats.median, fiducials=points, sampling_rate_hz=WORKING_RATE_HZ)
    positions = [LEADS.index(lead) for lead in _INDEPENDENT]
    return np.concatenate([_share(row, m)[positions] for shape in both for row in shape])
