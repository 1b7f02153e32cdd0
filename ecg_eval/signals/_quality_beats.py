"""Beat times and the usual beat of a recording whose quality is in question."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from ecg_eval.signals._quality_samples import Floats, Traces
from ecg_eval.signals.beats import Beats, find_beats, usual_beats
from ecg_eval.signals.filters import band_pass
from ecg_eval.signals.quality_kinds import Limits, QualityFinding

INDEPENDENT_LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
_ENOUGH_HZ = 250.0
_BASELINE_HZ = 0.5
_LOWEST_HZ = 50.0  # below it the band of QRS is not held
_SHORTEST_S = 3.0

# The median frequency of the slope's power and the heart rate at the right sampling rate, and how much each says of a
# wrong one. Wide complexes are slow too: only with a slow heart, or slower than any of them, do they question the rate.
_USUAL_HZ, _USUAL_PER_MIN = 19.0, 72.0
_OF_SLOPE, _OF_RATE = 0.7, 0.3
_HIGHEST_HZ = 60.0
_SLOW_PER_MIN, _SLOWER_THAN_ANY_HZ = 55.0, 6.0
_RATES_HZ = (100, 125, 200, 250, 360, 500, 1000, 2000)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatView:
    """The usual beat of some leads.

    Attributes
    ----------
    beats : Beats
        Of `leads`, without baseline wander.
    leads : tuple of str
    rate_hz : float
        Of the beats, not of the recording.
    """

    beats: Beats
    leads: tuple[str, ...]
    rate_hz: float

    @property
    def rr_s(self) -> float:
        """Usual time between beats; NaN with fewer than two."""
        gaps = np.diff(self.beats.r_samples)
        return float(np.median(gaps) / self.rate_hz) if len(gaps) else np.nan


def beats_of(traces: Traces) -> BeatView | None:
    """Return the usual beat of the independent leads that carry a signal; None where there is none to be found."""
    chosen = [i for i, lead in enumerate(traces.leads) if lead in INDEPENDENT_LEADS and traces.usable[i]]
    n_samples = traces.signal.shape[1]
    if not chosen or traces.rate_hz < _LOWEST_HZ or n_samples < _SHORTEST_S * traces.rate_hz:
        return None
    step = max(int(traces.rate_hz / _ENOUGH_HZ), 1)
    rate_hz = traces.rate_hz / step
    x = band_pass(signal=traces.signal[chosen, ::step].T, sampling_rate_hz=rate_hz, low_hz=_BASELINE_HZ, high_hz=None)
    peaks = find_beats(signal=x, sampling_rate_hz=rate_hz)
    beats = usual_beats(signal=x, r_samples=peaks, sampling_rate_hz=rate_hz) if len(peaks) else None
    if beats is None:
        return None
    return BeatView(beats=beats, leads=tuple(traces.leads[i] for i in chosen), rate_hz=rate_hz)


def rate_findings(traces: Traces, view: BeatView | None, limits: Limits) -> list[QualityFinding]:
    """Return whether the sampling rate declared makes the heart beat, and its complexes last, as no heart's do."""
    whole_hz = _slope_hz(traces.signal[traces.usable].astype(float), traces.rate_hz)
    slope_hz, rate_per_min = whole_hz, np.nan
    if view is not None and not 0 < whole_hz < _SLOWER_THAN_ANY_HZ:  # there, what was taken for beats is none
        slope_hz, rate_per_min = _slope_hz(view.beats.median.T, view.rate_hz), 60 / view.rr_s
    if not slope_hz > 0:
        return []
    octaves = np.log2(slope_hz / _USUAL_HZ)
    if rate_per_min > 0:
        octaves = _OF_SLOPE * octaves + _OF_RATE * np.log2(rate_per_min / _USUAL_PER_MIN)
    both_slow = rate_per_min < _SLOW_PER_MIN or slope_hz < _SLOWER_THAN_ANY_HZ
    too_fast, too_slow = octaves > limits.clock_fast_octaves, octaves < -limits.clock_slow_octaves
    if not (too_fast or (too_slow and both_slow)):
        return []
    true_hz = traces.rate_hz / 2**octaves
    nearest = min(_RATES_HZ, key=lambda rate: abs(np.log2(rate / true_hz)))
    what = "fast" if too_fast else "slow"
    limit = limits.clock_fast_octaves if too_fast else -limits.clock_slow_octaves
    detail = f"{what} by {2 ** abs(octaves):.1f}, as if recorded at some {nearest} Hz instead of {traces.rate_hz:g} Hz"
    return [
        QualityFinding(kind="sampling_rate", value=float(octaves), limit=float(limit), unit="octaves", detail=detail)
    ]


def _slope_hz(x: Floats, rate_hz: float) -> float:
    """Return the frequency that halves the power of the slope below 60 Hz, over all leads; 0 where there is none.

    Parameters
    ----------
    x : ndarray, shape (n_leads, n_samples)
    rate_hz : float
    """
    n = fft.prev_fast_len(max(x.shape[1] - 1, 1), real=True)
    if rate_hz < _LOWEST_HZ or n / rate_hz < 1:
        return 0.0
    power = np.mean(np.abs(fft.rfft(np.diff(x[:, : n + 1], axis=1), axis=1)) ** 2, axis=0, dtype=float)
    frequency = fft.rfftfreq(n, 1 / rate_hz)
    total: Floats = np.cumsum(power * (frequency < _HIGHEST_HZ))
    return float(frequency[np.searchsorted(total, total[-1] / 2)]) if total[-1] > 0 else 0.0
