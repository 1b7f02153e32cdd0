"""Where the beats are, and what the usual beat looks like.

Beats are found on the root mean square of all leads between 5 and 25 Hz: one lead alone misses beats that another shows
plainly. Where it is quiet for long, as in AV block, a lone P wave stands out as a beat does, if far less loud; it is
told apart by that. The beats are then lined up by what all leads show, so that their median keeps its edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.filters import band_pass
from ecg_eval.signals.neurokit import r_peaks

_QRS_BAND_HZ = (5.0, 25.0)
_ENOUGH_HZ = 250.0  # to find beats in that band; they are then placed between samples
_AROUND_S = 1.0  # what is put before and after, so that the first and the last beat are found as the others are
_LOUD_S = 0.05  # a peak is as loud as the loudest sample this far around it
_LOUD_SHARE, _LOUD_RANK = 0.25, 0.8  # a beat has this share of the loudness that one peak in five surpasses
_WHOLE_S = 0.06  # nearer to an end than this a QRS complex is cut, and its R is not known
_ALIGN_HALF_S = 0.06  # half-width of what is compared: one QRS complex
_ALIGN_LAG_S = 0.03  # a peak is at most this far from where the other beats have it
_LIKE_S = (0.1, 0.3)  # before and after R: what decides whether a beat is of the usual shape
_LIKE = 0.8  # correlation with the usual beat that makes a beat usual
BEFORE_S, AFTER_S = 0.45, 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beats:
    """The beats of a recording.

    Attributes
    ----------
    r_samples : ndarray of int, shape (n_beats,), increasing
    likeness : ndarray of float, shape (n_beats,)
        Correlation over all leads of each beat with the usual beat, in [-1, 1]; NaN for beats cut by an end.
    usual : ndarray of bool, shape (n_beats,)
        Whether a beat has the usual shape; beats cut by an end have not.
    windows : ndarray of float, shape (n_usual, n_times, n_leads)
        The usual beats, from ``BEFORE_S`` before R to ``AFTER_S`` after it.
    others : ndarray of float, shape (n_others, n_times, n_leads)
        The whole beats of another shape.
    median : ndarray of float, shape (n_times, n_leads)
        Of the usual beats.
    r_index : int
        Where R is in `median`.
    n_samples : int
        Length of the recording.
    """

    r_samples: NDArray[np.intp]
    likeness: NDArray[np.float64]
    usual: NDArray[np.bool_]
    windows: NDArray[np.float64]
    others: NDArray[np.float64]
    median: NDArray[np.float64]
    r_index: int
    n_samples: int


def find_beats(*, signal: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.intp]:
    """Return the R peaks of all leads together, of the QRS complexes that lie whole in the recording.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
        Finite.
    sampling_rate_hz : float

    Returns
    -------
    ndarray of int, shape (n_beats,), increasing; empty where none are found.
    """
    step = max(int(sampling_rate_hz / _ENOUGH_HZ), 1)
    rate_hz = sampling_rate_hz / step
    low, high = _QRS_BAND_HZ
    quick = band_pass(signal=signal[::step], sampling_rate_hz=rate_hz, low_hz=low, high_hz=high)
    loudness = np.sqrt(np.mean(quick**2, axis=1))
    peaks = _loud_peaks(loudness, rate_hz)
    beats = np.unique(np.round(step * _aligned(quick, peaks, rate_hz)).astype(np.intp))
    cut = _WHOLE_S * sampling_rate_hz
    return np.asarray(beats[(beats >= cut) & (beats < len(signal) - cut)])


def _loud_peaks(loudness: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.intp]:
    """Return the peaks that are loud enough for beats: not the P waves, nor the T waves, where QRS is far away.

    The measure is the loudness that a fifth of the peaks surpass: that of a QRS complex even where two of three peaks
    are P waves, and not that of a single large artefact.
    """
    before, near = round(_AROUND_S * sampling_rate_hz), round(_LOUD_S * sampling_rate_hz)
    # the end goes before the beginning, and the beginning after the end: as loud and as quiet as the rest
    ring = np.pad(loudness, before, mode="wrap")
    peaks = r_peaks(trace=ring, sampling_rate_hz=sampling_rate_hz)
    peaks = peaks[(peaks >= before) & (peaks < before + len(loudness))]
    if not len(peaks):
        return peaks
    loud = np.max(ring[peaks[:, None] + np.arange(-near, near + 1)], axis=1)
    enough = _LOUD_SHARE * np.quantile(loud, _LOUD_RANK, method="lower")
    return np.asarray(peaks[loud >= enough] - before)


def usual_beats(*, signal: NDArray[np.float64], r_samples: NDArray[np.intp], sampling_rate_hz: float) -> Beats | None:
    """Return the beats and the median of the usual ones; None where no beat lies whole in the recording.

    Beats of another shape (premature ventricular beats) are left out of the median: it shows what most beats do.
    """
    before, after = round(BEFORE_S * sampling_rate_hz), round(AFTER_S * sampling_rate_hz)
    whole = (r_samples >= before) & (r_samples + after <= len(signal))
    if not whole.any():
        return None
    windows = _cut(signal, r_samples[whole], before, after)
    first, last = (round(s * sampling_rate_hz) for s in _LIKE_S)
    narrow = slice(before - first, before + last, 3)  # every third sample tells the shape
    like = _likeness(windows[:, narrow])
    alike = like >= min(_LIKE, float(np.median(like)))
    likeness, usual = np.full(len(r_samples), np.nan), np.zeros(len(r_samples), dtype=bool)
    likeness[whole], usual[whole] = like, alike
    return Beats(
        r_samples=r_samples,
        likeness=likeness,
        usual=usual,
        windows=windows[alike],
        others=windows[~alike],
        median=_median(windows[alike]),
        r_index=before,
        n_samples=len(signal),
    )


def _median(beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over the first axis; for some ten beats sorting is three times as fast as ``np.median``."""
    ranked = np.sort(beats, axis=0)
    return np.asarray((ranked[(len(beats) - 1) // 2] + ranked[len(beats) // 2]) / 2)


def _cut(signal: NDArray[np.float64], r_samples: NDArray[np.intp], before: int, after: int) -> NDArray[np.float64]:
    return np.asarray(signal[r_samples[:, None] + np.arange(-before, after)])


def _likeness(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate each beat with the median of all, over times and leads at once."""
    flat = windows.reshape(len(windows), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    usual = _median(flat)
    norm = np.linalg.norm(flat, axis=1) * np.linalg.norm(usual)
    return np.asarray(np.divide(flat @ usual, norm, out=np.zeros(len(flat)), where=norm > 0))


def _aligned(quick: NDArray[np.float64], peaks: NDArray[np.intp], sampling_rate_hz: float) -> NDArray[np.float64]:
    """Move each peak to where its complex matches the median complex best, between samples; those at the ends stay."""
    half, lag = round(_ALIGN_HALF_S * sampling_rate_hz), round(_ALIGN_LAG_S * sampling_rate_hz)
    inside = (peaks >= half + lag) & (peaks + half + lag <= len(quick))
    moved = peaks.astype(float)
    if inside.sum() < 2:
        return moved
    wide = _cut(quick, peaks[inside], half + lag, half + lag)
    template = _median(wide[:, lag:-lag])
    shifted = np.lib.stride_tricks.sliding_window_view(wide, 2 * half, axis=1)  # beats, lags, leads, times
    match = np.einsum("blct,tc->bl", shifted, template)
    energy = np.cumsum(np.concatenate([np.zeros((len(wide), 1)), np.sum(wide**2, axis=2)], axis=1), axis=1)
    match /= np.sqrt(np.maximum(energy[:, 2 * half :] - energy[:, : -2 * half], 1e-30))
    moved[inside] += _summit(match) - lag
    return moved


def _summit(match: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where each row is highest, between samples by the parabola through its highest three."""
    top = np.clip(np.argmax(match, axis=1), 1, match.shape[1] - 2)
    before, at, after = (match[np.arange(len(match)), top + k] for k in (-1, 0, 1))
    bend = np.minimum(before - 2 * at + after, -1e-12)
    return np.asarray(top + np.clip((before - after) / (2 * bend), -1, 1))
