"""Clipping: an amplifier, or a file, that cannot hold what is large."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.perturbations._parts.electrodes import changed


class Clipping(Perturbation):
    """Nothing beyond so many mV of either sign is left."""

    unit: ClassVar[str] = "mV"
    usual_doses: ClassVar[tuple[float, ...]] = (1.5, 1.0, 0.75, 0.5, 0.25)
    source: ClassVar[str] = "IEC 60601-2-25 (5 mV of input that a recorder must hold)"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording with its peaks cut; one that is not in millivolts is refused."""
        recording.require_millivolts(who=self.name)
        return changed(recording, np.clip(recording.signal, -dose, dose), f"clipped at {dose:g} mV")
