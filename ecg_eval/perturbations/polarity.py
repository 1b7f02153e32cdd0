"""Leads that are turned over: a cable, or a file, with the wrong sign."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.perturbations._parts.electrodes import changed


class Polarity(Perturbation):
    """So many leads, drawn at random, have the other sign; more leads hold those that fewer do."""

    unit: ClassVar[str] = "leads"
    usual_doses: ClassVar[tuple[float, ...]] = (1.0, 3.0, 6.0, 12.0)
    source: ClassVar[str] = "Kligfield P et al. Circulation 2007;115:1306-1324 (errors of lead placement and polarity)"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording with some leads turned over; one that has fewer leads is refused."""
        if len(recording.leads) < dose:
            raise SignalError(self.name, "leads", f"{dose:g} or more", len(recording.leads))
        turned = rng.permutation(len(recording.leads))[: round(dose)]
        signal = recording.signal.copy()
        signal[:, turned] *= -1
        names = ", ".join(recording.leads[i] for i in turned)
        return changed(recording, signal, f"{len(turned)} leads turned over: {names}")
