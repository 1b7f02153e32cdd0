"""A lower sampling rate: what is quick is lost."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.signals.resample import resample


class SamplingRate(Perturbation):
    """The recording comes at so many Hz, and says so."""

    unit: ClassVar[str] = "Hz"
    usual_doses: ClassVar[tuple[float, ...]] = (250.0, 125.0, 100.0, 62.5, 50.0)
    source: ClassVar[str] = "Kwon O et al. Healthc Inform Res 2018;24:198-206 (sampling rates of ECGs)"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording at a lower rate; one whose rate is not higher is refused."""
        if recording.sampling_rate_hz <= dose:
            raise SignalError(self.name, "sampling rate", f"above {dose:g} Hz", f"{recording.sampling_rate_hz:g} Hz")
        signal = resample(
            signal=np.nan_to_num(recording.signal), sampling_rate_hz=recording.sampling_rate_hz, target_rate_hz=dose
        )
        words = f"resampled to {dose:g} Hz"
        changes = (*recording.changes, words)
        return replace(recording, signal=signal.astype(np.float32), sampling_rate_hz=float(dose), changes=changes)
