"""Disturbances as electrodes pick them up, so that limb leads keep the relations that every recorder gives them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.recording import Recording
from ecg_eval.signals.lead_relations import LIMB_VIEWS

Floats = NDArray[np.float64]


def in_all_leads(leads: tuple[str, ...], draw: Callable[[], Floats]) -> Floats:
    """Return a disturbance of every lead, shape (n_samples, n_leads).

    Parameters
    ----------
    leads : tuple of str
    draw : callable
        () -> the disturbance of one lead that no other is made of, shape (n_samples,): of I, II and every lead that is
        no limb lead. III, aVR, aVL and aVF are what Einthoven and Goldberger make of I and II.
    """
    first, second = draw(), draw()
    columns = []
    for lead in leads:
        of_first, of_second = LIMB_VIEWS.get(lead, (0.0, 0.0))
        columns.append(of_first * first + of_second * second if lead in LIMB_VIEWS else draw())
    return np.column_stack(columns)


def added(recording: Recording, disturbance: Floats, words: str) -> Recording:
    """Return a recording with something added to its samples, and say so in `changes`."""
    return changed(recording, recording.signal + disturbance, words)


def changed(recording: Recording, signal: NDArray[np.floating], words: str) -> Recording:
    """Return a recording with other samples, and say why in `changes`."""
    return replace(recording, signal=signal.astype(np.float32), changes=(*recording.changes, words))


def from_limb_leads(recording: Recording, first: Floats, second: Floats, words: str) -> Recording:
    """Return a recording whose limb leads are made of other leads I and II, the chest leads as they are."""
    signal = recording.signal.astype(np.float64)
    for column, lead in enumerate(recording.leads):
        if lead in LIMB_VIEWS:
            of_first, of_second = LIMB_VIEWS[lead]
            signal[:, column] = of_first * first + of_second * second
    return changed(recording, signal, words)
