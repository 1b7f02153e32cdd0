"""What is set right of the samples of any file before they become a recording, each named in the recording's changes.

Leads that are stored turned over are turned back, and leads named by their chest electrodes get their names. Samples in
which all leads are one are not the patient's: carts end a recording with their calibration pulse, the same in every
lead (seen in the files of four Philips carts), and fill up with a constant. No heart gives twelve leads the same
voltage at the same time, since III = II - I. What lies outside a lead's window on a page of columns (4 x 2.5 s, some
with a rhythm strip below) and was filled up with a constant is missing: nobody recorded it.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.leads import chest_electrodes, signed_leads

# shorter equalities come from rounding in quiet stretches
_SHORTEST_S = 0.1
# with fewer leads, equal samples may be the heart's
_FEWEST_LEADS = 3
# a stretch without any change of a lead that is recorded is shorter
_LEAST_FILLING_S = 1.0

Signal = NDArray[np.float32]
Real = TypeVar("Real", np.float32, np.float64)


def named_by_electrode(names: Sequence[str]) -> tuple[str, ...]:
    """Say which leads of a file were named by their chest electrodes; empty for none.

    Examples
    --------
    >>> named_by_electrode(["I", "II", "C1", "C2"])
    ('C1, C2 read as V1, V2: chest electrodes beside limb leads',)
    """
    chest = chest_electrodes(tuple(names))
    if not chest:
        return ()
    return (f"{', '.join(chest)} read as {', '.join(chest.values())}: chest electrodes beside limb leads",)


def turned_upright(signal: Signal, leads: tuple[str, ...]) -> tuple[Signal, tuple[str, ...], tuple[str, ...]]:
    """Turn over the leads whose names say that they are stored turned over ("-aVR"), and name all as is standard.

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
    names, turned, changes = _as_named(leads)
    if not changes:
        return signal, leads, ()
    upright = signal.copy()
    upright[:, turned] *= -1
    return upright, names, changes


@lru_cache(maxsize=1024)
def _as_named(leads: tuple[str, ...]) -> tuple[tuple[str, ...], list[int], tuple[str, ...]]:
    """Return the standard names, which leads are stored turned over, and what was done, in words."""
    signed = signed_leads(leads)
    turned = [i for i, (_, sign) in enumerate(signed) if sign < 0]
    words = tuple(f"{signed[i][0]} turned over: the file holds {leads[i]}" for i in turned)
    return tuple(name for name, _ in signed), turned, (*words, *named_by_electrode(leads))


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


def without_filling(signal: NDArray[Real], sampling_rate_hz: float) -> tuple[NDArray[Real], tuple[str, ...]]:
    """Take out what fills up the leads of a page, each recorded for a part of the time, the parts one after the other.

    A page it is where at least two columns of leads, one beginning where the one before ends, leave no more than a
    tenth of a second of the recording out, each lead being exactly constant for a second or more outside its column;
    leads that are recorded throughout (rhythm strips), and flat ones, may stand beside them.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
        In mV.
    sampling_rate_hz : float

    Returns
    -------
    signal : ndarray
        The array given where it is no page.
    changes : tuple of str
        What is missing now, in words; empty for nothing.
    """
    n, n_leads = signal.shape
    least, slack = round(_LEAST_FILLING_S * sampling_rate_hz), max(round(_SHORTEST_S * sampling_rate_hz), 2)
    if n_leads < _FEWEST_LEADS or n < 2 * least or not _may_be_filled(signal, least):
        return signal, ()
    windows = [_window(signal[:, i], slack) for i in range(n_leads)]
    parts = [(a, b) for a, b in windows if a < b and (a > 0 or b < n)]
    if any(n - (b - a) < least for a, b in parts):
        return signal, ()
    columns = _columns(parts, slack)
    gaps = [abs(second[0] - first[1]) for first, second in pairwise(columns)]
    if len(columns) < 2 or columns[0][0] > slack or columns[-1][1] < n - slack or any(gap > slack for gap in gaps):
        return signal, ()
    page = signal.copy()
    for i, window in enumerate(windows):
        if window in parts:  # a lead may pass the constant at an end of its column, and not all leads do
            a, b = next(c for c in columns if abs(c[0] - window[0]) <= slack)
            page[:a, i] = page[b:, i] = np.nan
    times = ", ".join(f"{a / sampling_rate_hz:.3g} to {b / sampling_rate_hz:.3g} s" for a, b in columns)
    return page, (
        f"a page of leads recorded one after the other ({times}): what fills up the rest of a lead is missing",
    )


def _may_be_filled(signal: NDArray[Real], least: int) -> bool:
    """Whether any lead begins or ends with a constant; nearly every recording is done here."""
    ends = (signal[:least], signal[len(signal) - least :])
    return any(bool((part == part[0]).all(axis=0).any()) for part in ends)


def _window(lead: NDArray[Real], slack: int) -> tuple[int, int]:
    """Return from where to where a lead is recorded, without the constants of its ends; an empty window if flat."""
    moves = np.flatnonzero(lead[1:] != lead[:-1])
    if not len(moves):
        return 0, 0
    first, last = int(moves[0]) + 1, int(moves[-1]) + 1
    return first if first > slack else 0, last if len(lead) - last > slack else len(lead)


def _columns(parts: Sequence[tuple[int, int]], slack: int) -> list[tuple[int, int]]:
    """Return the columns that windows stand in, in the order of time; windows of one column differ by the slack."""
    columns: list[tuple[int, int]] = []
    for a, b in sorted(parts):
        if columns and abs(columns[-1][0] - a) <= slack:
            columns[-1] = (columns[-1][0], max(columns[-1][1], b))
        else:
            columns.append((a, b))
    return columns


def _common_run(signal: Signal) -> int:
    """Return for how many samples from the first on all leads are one."""
    row = signal[0]
    # nearly every recording ends here, and all recordings of an archive come by
    if row[0] != row[1] or not (row == row[0]).all():
        return 0
    apart = np.flatnonzero((signal != signal[:, :1]).any(axis=1))
    return int(apart[0]) if len(apart) else len(signal)
