"""Formulas on measured numbers: QT corrected for rate, the frontal axis, and how irregular the RR intervals are."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

RHYTHM_NAMES = (
    "rate_per_min",
    "rr_mean_ms",
    "rr_median_ms",
    "rr_min_ratio",
    "rr_max_ratio",
    "rr_cv",
    "rr_rmssd_ratio",
    "rr_mad_ratio",
    "rr_pnn50",
    "rr_premature",
    "rr_turning",
)
_PREMATURE = 0.85  # an RR interval below this share of the usual one


def qtc_bazett_ms(*, qt_ms: ArrayLike, rr_s: ArrayLike) -> NDArray[np.float64]:
    """Return QT / RR^(1/2), RR in seconds (Bazett HC. Heart 1920;7:353-370). Overcorrects at fast rates."""
    return np.asarray(np.asarray(qt_ms, dtype=float) / np.sqrt(np.asarray(rr_s, dtype=float)))


def qtc_fridericia_ms(*, qt_ms: ArrayLike, rr_s: ArrayLike) -> NDArray[np.float64]:
    """Return QT / RR^(1/3), RR in seconds (Fridericia LS. Acta Med Scand 1920;53:469-486)."""
    return np.asarray(np.asarray(qt_ms, dtype=float) / np.cbrt(np.asarray(rr_s, dtype=float)))


def qtc_framingham_ms(*, qt_ms: ArrayLike, rr_s: ArrayLike) -> NDArray[np.float64]:
    """Return QT + 154 (1 - RR), QT in ms and RR in s (Sagie A et al. Am J Cardiol 1992;70:797-801)."""
    return np.asarray(qt_ms, dtype=float) + 154.0 * (1.0 - np.asarray(rr_s, dtype=float))


def frontal_axis_degrees(*, lead_i: ArrayLike, avf: ArrayLike) -> NDArray[np.float64]:
    """Return the direction of a net deflection in the frontal plane, in (-180, 180]; 0 points left, 90 down.

    ``atan2(2 aVF / sqrt(3), I)``: the augmented lead is stretched to the scale of the bipolar ones. NaN where both
    are 0.
    """
    x, y = np.asarray(lead_i, dtype=float), np.asarray(avf, dtype=float) * 2 / np.sqrt(3)
    return np.where((x == 0) & (y == 0), np.nan, np.degrees(np.arctan2(y, x)))


def rr_statistics(*, rr_ms: NDArray[np.float64]) -> dict[str, float]:
    """Return what the RR intervals say of the rhythm, by name; NaN where there are too few of them.

    Parameters
    ----------
    rr_ms : ndarray, shape (n_intervals,)

    Returns
    -------
    dict
        `rate_per_min` (60,000 over the mean), `rr_mean_ms`, `rr_median_ms`, `rr_min_ratio`, `rr_max_ratio` (to the
        median), `rr_cv` (SD over mean), `rr_rmssd_ratio` (root mean square of successive differences over mean),
        `rr_mad_ratio` (median absolute successive difference over median), `rr_pnn50` and `rr_premature` (shares in
        [0, 1]), `rr_turning` (share of inner intervals that are a local extreme; 2/3 for a random order).
    """
    statistics = dict.fromkeys(RHYTHM_NAMES, np.nan)
    if len(rr_ms) == 0:
        return statistics
    mean, middle = float(np.mean(rr_ms)), float(np.median(rr_ms))
    statistics |= {"rate_per_min": 60_000 / mean, "rr_mean_ms": mean, "rr_median_ms": middle}
    statistics |= {"rr_min_ratio": float(rr_ms.min()) / middle, "rr_max_ratio": float(rr_ms.max()) / middle}
    if len(rr_ms) < 2:
        return statistics
    steps = np.diff(rr_ms)
    statistics |= {
        "rr_cv": float(np.std(rr_ms, ddof=1)) / mean,
        "rr_rmssd_ratio": float(np.sqrt(np.mean(steps**2))) / mean,
        "rr_mad_ratio": float(np.median(np.abs(steps))) / middle,
        "rr_pnn50": float(np.mean(np.abs(steps) > 50)),
        "rr_premature": float(np.mean(rr_ms < _PREMATURE * middle)),
    }
    if len(steps) >= 2:
        statistics["rr_turning"] = float(np.mean(steps[1:] * steps[:-1] < 0))
    return statistics
