"""From a raw recording to what can be measured: usable leads, gaps bridged, one working rate, baseline removed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.filters import band_pass, without_mains
from ecg_eval.signals.resample import resample

WORKING_RATE_HZ = 500.0  # 2 ms, the resolution that the standards ask of interval measurements
SHORTEST_S = 2.0
_LARGEST_GAP = 0.1  # share of a lead that may be missing
_FLAT = 1e-3  # from lowest to highest, in the unit of the signal: 1 microvolt
_BASELINE_HZ = 0.5  # zero phase; 0.67 Hz is the AHA/ACC/HRS 2007 limit for it (Kligfield, Circulation 2007;115:1306)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A recording that can be measured, or the reason why it cannot.

    Attributes
    ----------
    signal : ndarray of float64, shape (n_samples, n_leads)
        At the working rate, without baseline wander; 0 in unusable leads; no rows when there is a reason.
    usable : ndarray of bool, shape (n_leads,)
    reason : str or None
        Why nothing can be measured.
    """

    signal: NDArray[np.float64]
    usable: NDArray[np.bool_]
    reason: str | None = None


def prepare(
    *, signal_mv: NDArray[np.floating], sampling_rate_hz: float, working_rate_hz: float = WORKING_RATE_HZ
) -> Prepared:
    """Return the recording as the measurements need it. Never raises for what a real recording may hold.

    A lead is unusable when it is flat or more than 10 % of it is missing; shorter gaps are bridged by straight lines.

    Parameters
    ----------
    signal_mv : ndarray, shape (n_samples, n_leads)
        NaN where missing.
    sampling_rate_hz, working_rate_hz : float
        Of the signal given, and of the one returned.
    """
    x = np.asarray(signal_mv, dtype=float)
    n_leads = x.shape[1]
    if len(x) / sampling_rate_hz < SHORTEST_S:
        return _nothing(n_leads, f"shorter than {SHORTEST_S:g} s")
    finite = np.isfinite(x)
    usable = finite.mean(axis=0) >= 1 - _LARGEST_GAP
    if not usable.any():
        return _nothing(n_leads, f"every lead misses more than {_LARGEST_GAP:.0%} of its samples")
    x = np.where(usable, x, 0.0)
    if not finite[:, usable].all():
        x = _bridge(x)
    x = resample(signal=x, sampling_rate_hz=sampling_rate_hz, target_rate_hz=working_rate_hz)
    x = band_pass(signal=x, sampling_rate_hz=working_rate_hz, low_hz=_BASELINE_HZ, high_hz=None)
    usable &= np.ptp(x, axis=0) > _FLAT  # a straight line is flat as well
    if not usable.any():
        return _nothing(n_leads, "every lead is flat")
    x = without_mains(signal=x, sampling_rate_hz=working_rate_hz)
    return Prepared(signal=np.where(usable, x, 0.0), usable=usable)


def _nothing(n_leads: int, reason: str) -> Prepared:
    return Prepared(signal=np.empty((0, n_leads)), usable=np.zeros(n_leads, dtype=bool), reason=reason)


def _bridge(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace missing samples of each lead by the straight line between their neighbours."""
    filled = x.copy()
    time = np.arange(len(x))
    for lead in np.flatnonzero(~np.isfinite(x).all(axis=0)):
        is_there = np.isfinite(x[:, lead])
        filled[:, lead] = np.interp(time, time[is_there], x[is_there, lead])
    return filled
