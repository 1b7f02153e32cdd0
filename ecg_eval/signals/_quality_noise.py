"""Mains hum, baseline wander and broadband noise, lead by lead, from one spectrum."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ecg_eval.signals._quality_samples import Floats, Traces
from ecg_eval.signals.quality_kinds import Limits, QualityFinding

_MAINS_HZ = (50.0, 60.0)
_LINE_HZ = 0.4  # mains wander by a few tenths of a hertz, and so do clocks of recorders
_NEIGHBOUR_HZ = (1.0, 3.0)
_LINE = 3.0  # hum stands this much above its neighbourhood
_MUSCLE_HZ = 25.0
_BLOCK_S, _QUIET = 0.1, 0.4  # more than this share of such stretches hold no QRS complex, below some 200 a minute
_SHORTEST_S = 2.0  # below it a spectrum tells no line


def noise_findings(traces: Traces, limits: Limits) -> list[QualityFinding]:
    """Return the noise of a recording in mV that is beyond its limits."""
    wander = np.ptp(traces.level, axis=1)
    mains, muscle = _mains_and_muscle(traces)
    measured: list[tuple[str, Floats, float]] = [
        ("mains_noise", mains, limits.mains_mv),
        ("baseline_wander", wander, limits.wander_mv),
        ("muscle_noise", muscle, limits.muscle_mv),
    ]
    findings = []
    for kind, values, limit in measured:
        chosen = traces.usable & (values > limit)
        if chosen.any():
            worst = float(values[chosen].max())
            findings.append(QualityFinding(kind=kind, leads=traces.named(chosen), value=worst, limit=limit, unit="mV"))
    return findings


def _mains_and_muscle(traces: Traces) -> tuple[Floats, Floats]:
    """Return the amplitude of mains hum and the root mean square of broadband noise of each lead, in mV."""
    n = fft.prev_fast_len(traces.signal.shape[1], real=True)
    nothing = np.zeros(len(traces.leads))
    if n < _SHORTEST_S * traces.rate_hz:
        return nothing, nothing
    spectrum = fft.rfft(traces.signal[:, :n] - traces.level[:, :1], axis=1)
    frequency = fft.rfftfreq(n, 1 / traces.rate_hz)
    mains, lines = nothing, np.zeros(len(frequency), dtype=bool)
    for mains_hz in _MAINS_HZ:
        if mains_hz + _NEIGHBOUR_HZ[1] < traces.rate_hz / 2:
            mains = np.maximum(mains, line_amplitude(spectrum, frequency, mains_hz))
            lines |= np.abs(frequency - mains_hz) < _NEIGHBOUR_HZ[0]
    return mains, _muscle(spectrum, (frequency > _MUSCLE_HZ) & ~lines, n, traces.rate_hz)


def line_amplitude(spectrum: NDArray[np.complex128], frequency: Floats, line_hz: float) -> Floats:
    """Return the amplitude of a line in each lead, 0 where its neighbourhood is as loud.

    The Hann window is applied here, as the difference of neighbouring bins that it is.
    """
    away = np.abs(frequency - line_hz)
    first, last = np.flatnonzero(away < _NEIGHBOUR_HZ[1])[[0, -1]]
    part = slice(max(int(first), 1), min(int(last) + 1, spectrum.shape[1] - 1))
    inner = spectrum[:, part] / 2
    hann = inner - (spectrum[:, part.start - 1 : part.stop - 1] + spectrum[:, part.start + 1 : part.stop + 1]) / 4
    size = np.abs(hann) * (4 / (2 * (spectrum.shape[1] - 1)))
    near, beside = away[part] <= _LINE_HZ, away[part] >= _NEIGHBOUR_HZ[0]
    if not (near.any() and beside.any()):
        return np.zeros(len(spectrum))
    line = size[:, near].max(axis=1)
    return np.where(line > _LINE * size[:, beside].max(axis=1), line, 0.0).astype(float)


def _muscle(spectrum: NDArray[np.complex128], is_kept: NDArray[np.bool_], n: int, rate_hz: float) -> Floats:
    """Return the root mean square of what is above 25 Hz without mains, in stretches between complexes."""
    if not is_kept.any():
        return np.zeros(len(spectrum))
    high = fft.irfft(np.where(is_kept, spectrum, 0), n=n, axis=1)
    block = max(round(_BLOCK_S * rate_hz), 1)
    stretches = high[:, : n // block * block].reshape(len(high), -1, block)
    power = np.sort(np.mean(stretches**2, axis=2), axis=1)
    return np.asarray(np.sqrt(power[:, int(_QUIET * power.shape[1])]), dtype=float)
