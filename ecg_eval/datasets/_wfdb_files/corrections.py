"""What is set right of the samples of any file before they become a recording, each named in the recording's changes.

Leads that are stored turned over are turned back. Samples in which all leads are one are not the patient's: carts end a
recording with their calibration pulse, the same in every lead (seen in the files of four Philips carts), and fill up
with a constant. No heart gives twelve leads the same voltage at the same time, since III = II - I.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.leads import signed_lead

# shorter equalities come from rounding in quiet stretches
_SHORTEST_S = 0.1
# with fewer leads, equal samples may be the heart's
_FEWEST_LEADS = 3

Signal = NDArray[np.float32]


def turned_upright(signal: Signal, leads: tuple[str, ...]) -> tuple[Signal, tuple[str, ...], tuple[str, ...]]:
    """Turn over the leads whose names say that they are stored turned over ("-aVR").

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
    leads : tuple of str, length n_leads

    Returns
    -------
    signal : ndarray, shape (n_samples, n_leads)
        The array given where no lead is turned.
    leads : tuple of str
    changes : tuple of str
        What was done, in words.
    """
    turned = _turned_over(leads)
    if not turned:
        return signal, leads, ()
    upright = signal.copy()
    upright[:, turned] *= -1
    names = tuple(signed_lead(lead)[0] for lead in leads)
    return upright, names, tuple(f"{names[i]} turned over: the file holds {leads[i]}" for i in turned)


@lru_cache(maxsize=1024)
def _turned_over(leads: tuple[str, ...]) -> list[int]:
    return [i for i, lead in enumerate(leads) if signed_lead(lead)[1] < 0]


def without_calibration(signal: Signal, sampling_rate_hz: float) -> tuple[Signal, tuple[str, ...]]:
    """Cut off the ends in which all leads are one: the cart's calibration pulse, with the rest around it.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
        In mV.
    sampling_rate_hz : float

    Returns
    -------
    signal : ndarray
        A look into the array given.
    changes : tuple of str
        What was cut, in words; empty for nothing.

    Notes
    -----
    An end that is constant is left: the quality gate names padding, and it may be all that there is.
    """
    if signal.shape[1] < _FEWEST_LEADS or len(signal) < 2:
        return signal, ()
    changes = []
    first, end = 0, len(signal)
    shortest = max(round(_SHORTEST_S * sampling_rate_hz), 2)
    for at_end in (True, False):
        run = _common_run(signal[::-1] if at_end else signal)
        part = signal[len(signal) - run :] if at_end else signal[:run]
        if run < shortest or run == len(signal) or part[:, 0].min() == part[:, 0].max():
            continue
        first, end = (first, len(signal) - run) if at_end else (run, end)
        where = "last" if at_end else "first"
        changes.append(
            f"{where} {run / sampling_rate_hz:g} s ({run} samples) cut off: the same in all leads, a calibration pulse"
        )
    return signal[first:end], tuple(changes)


def _common_run(signal: Signal) -> int:
    """Return for how many samples from the first on all leads are one."""
    row = signal[0]
    # nearly every recording ends here, and all recordings of an archive come by
    if row[0] != row[1] or not (row == row[0]).all():
        return 0
    apart = np.flatnonzero((signal != signal[:, :1]).any(axis=1))
    return int(apart[0]) if len(apart) else len(signal)
