"""A wrong gain: all leads too small or too large."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.perturbations._parts.electrodes import changed


class Gain(Perturbation):
    """Every sample is multiplied by so much; 0.5 is a recorder at 5 mm/mV whose file says 10."""

    unit: ClassVar[str] = "times"
    usual_doses: ClassVar[tuple[float, ...]] = (0.9, 0.8, 0.5, 1.1, 1.25, 2.0)
    source: ClassVar[str] = "IEC 60601-2-25 (errors of gain); 5, 10 and 20 mm/mV are the usual settings"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording with another gain."""
        return changed(recording, recording.signal * np.float32(dose), f"multiplied by {dose:g}")
