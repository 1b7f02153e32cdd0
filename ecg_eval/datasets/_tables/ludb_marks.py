"""The waves that LUDB's cardiologists marked, lead by lead, and the intervals that follow from them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import InputFileError
from ecg_eval.signals.marks import MARKS

LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
SAMPLING_RATE_HZ = 500
INTERVALS = {
    "pr_ms": ("p_onset", "qrs_onset"),
    "qrs_ms": ("qrs_onset", "qrs_offset"),
    "qt_ms": ("qrs_onset", "t_end"),
}

Marks = dict[str, NDArray[np.float64]]  # by mark: seconds, one a beat, NaN where there is none


def cardiologists(path: Path, lead: str) -> Marks:
    """Return the marks of one lead, one row a QRS.

    Parameters
    ----------
    path : Path
        Of the record, without extension.
    lead : str
        One of ``LEADS``: the extension of the annotation file.

    Raises
    ------
    InputFileError
        When the annotation file is missing or broken.
    """
    import wfdb

    try:
        annotations = wfdb.rdann(str(path), lead)
    except Exception as error:  # wfdb raises whatever its parts raise
        rule = "an annotation file that wfdb can read"
        raise InputFileError("ludb", f"{path}.{lead}", rule, f"{type(error).__name__}: {error}") from None
    symbols, times = annotations.symbol, annotations.sample / SAMPLING_RATE_HZ
    waves = []
    for k, symbol in enumerate(symbols):
        if symbol in "pNt":
            onset = times[k - 1] if k and symbols[k - 1] == "(" else np.nan
            offset = times[k + 1] if k + 1 < len(symbols) and symbols[k + 1] == ")" else np.nan
            waves.append((symbol, onset, times[k], offset))
    marks: dict[str, list[float]] = {name: [] for name in MARKS}
    nothing = ("", np.nan, np.nan, np.nan)
    for k, (symbol, onset, peak, offset) in enumerate(waves):
        if symbol != "N":
            continue
        p = waves[k - 1] if k and waves[k - 1][0] == "p" else nothing
        t = waves[k + 1] if k + 1 < len(waves) and waves[k + 1][0] == "t" else nothing
        for name, value in zip(MARKS, (*p[1:], onset, peak, offset, t[2], t[3]), strict=True):
            marks[name].append(value)
    return {name: np.array(values) for name, values in marks.items()}


def median_intervals_ms(leads: Sequence[Marks]) -> dict[str, float]:
    """Return the median of each interval over beats and leads, in ms; NaN where it was not marked."""
    medians = {}
    for name, (first, last) in INTERVALS.items():
        both = [lead[last] - lead[first] for lead in leads if len(lead[last]) == len(lead[first])]
        values = np.concatenate(both) if both else np.empty(0)
        values = values[np.isfinite(values)]
        medians[name] = 1000 * float(np.median(values)) if len(values) else np.nan
    return medians
