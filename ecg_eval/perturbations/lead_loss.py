"""Leads that are lost: flat lines in their place."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.perturbations._parts.electrodes import changed


class LeadLoss(Perturbation):
    """So many leads, drawn at random, are zero from beginning to end; more leads hold those that fewer do."""

    unit: ClassVar[str] = "leads"
    usual_doses: ClassVar[tuple[float, ...]] = (1.0, 2.0, 4.0, 8.0)
    source: ClassVar[str] = "Silva I, Moody GB, Celi L. Comput Cardiol 2011;38:273-276"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording without some leads; one that has no more than these is refused."""
        if len(recording.leads) <= dose:
            raise SignalError(self.name, "leads", f"more than {dose:g}", len(recording.leads))
        lost = rng.permutation(len(recording.leads))[: round(dose)]
        signal = recording.signal.copy()
        signal[:, lost] = 0
        return changed(recording, signal, f"{len(lost)} leads lost: {', '.join(recording.leads[i] for i in lost)}")
