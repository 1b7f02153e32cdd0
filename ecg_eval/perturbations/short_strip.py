"""A strip that is too short: the middle of the recording alone."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.perturbations._parts.electrodes import changed


class ShortStrip(Perturbation):
    """The middle so many seconds."""

    unit: ClassVar[str] = "s"
    usual_doses: ClassVar[tuple[float, ...]] = (8.0, 5.0, 2.5, 1.5)
    source: ClassVar[str] = "Kligfield P et al. Circulation 2007;115:1306-1324 (2.5 s a lead on 12-lead paper)"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the middle; a recording that is not longer is refused."""
        n = round(dose * recording.sampling_rate_hz)
        if len(recording.signal) <= n:
            raise SignalError(self.name, "length", f"more than {dose:g} s", f"{recording.duration_s:g} s")
        start = (len(recording.signal) - n) // 2
        return changed(recording, recording.signal[start : start + n], f"cut to its middle {dose:g} s")
