"""What is undone on request: electrodes that were exchanged, and limb leads that are stored upside down.

Nothing is corrected by default: a flaw is named, and what is read is what is stored. Where a configuration asks for it
(`quality: {correct: [electrodes, polarity]}`), a flaw with one cause that is far more probable than any other is
undone, and the recording says so in its `changes`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals.quality_kinds import Correction, QualityFinding

# what a configuration asks to be undone, by the kind of flaw that it belongs to
CORRECTABLE = {"electrodes": "electrodes", "polarity": "limb_leads"}


def corrections_of(flaws: Sequence[QualityFinding], asked: Sequence[str]) -> list[Correction]:
    """Return what can be undone of some flaws.

    Parameters
    ----------
    flaws : sequence of QualityFinding
    asked : sequence of str
        "electrodes", "polarity".
    """
    kinds = {CORRECTABLE[name] for name in asked}
    return [flaw.correction for flaw in flaws if flaw.kind in kinds and flaw.correction is not None]


def undone(
    signal: NDArray[np.floating], leads: Sequence[str], corrections: Sequence[Correction]
) -> NDArray[np.floating]:
    """Return a signal in which flaws are undone.

    Parameters
    ----------
    signal : ndarray, shape (n_samples, n_leads)
    leads : sequence of str
        Names of its columns.
    corrections : sequence of Correction

    Returns
    -------
    ndarray, shape (n_samples, n_leads)
        Of the type of `signal`, which is left as it is; NaN stays NaN in every lead that is made of it.
    """
    place = {lead: i for i, lead in enumerate(leads)}
    for correction in corrections:
        stored = signal.astype(np.float64)
        made = signal.copy()
        for lead, weights in correction.weights:
            if lead in place:
                made[:, place[lead]] = sum(weight * stored[:, place[source]] for source, weight in weights)
        signal = made
    return signal
