"""Interference of the mains: a sine in every electrode, each with its own phase."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ArgumentError, SignalError
from ecg_eval.perturbations._parts.electrodes import added, in_all_leads


class Mains(Perturbation):
    """A sine of so many mV from its middle to its peak.

    Parameters
    ----------
    doses : sequence of float, optional
        Peaks in mV.
    frequency_hz : float
        50, or 60 in the Americas.
    """

    unit: ClassVar[str] = "mV"
    usual_doses: ClassVar[tuple[float, ...]] = (0.05, 0.1, 0.2, 0.5, 1.0)
    source: ClassVar[str] = "Levkov C et al. BioMed Eng OnLine 2005;4:50 (mains interference and its removal)"

    def __init__(self, doses: Sequence[float] | None = None, *, frequency_hz: float = 50.0) -> None:
        super().__init__(doses)
        if not frequency_hz > 0:
            raise ArgumentError(self.name, "frequency_hz", "positive", frequency_hz)
        self.frequency_hz = float(frequency_hz)

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording with the sine; one sampled too slowly to show it is refused."""
        recording.require_millivolts(who=self.name)
        if recording.sampling_rate_hz <= 2 * self.frequency_hz:
            rule = f"above {2 * self.frequency_hz:g} Hz, to show it"
            raise SignalError(self.name, "sampling rate", rule, f"{recording.sampling_rate_hz:g} Hz")
        time = np.arange(len(recording.signal)) / recording.sampling_rate_hz

        def draw() -> NDArray[np.float64]:
            return np.asarray(dose * np.sin(2 * np.pi * (self.frequency_hz * time + rng.random())))

        return added(recording, in_all_leads(recording.leads, draw), f"{self.name} of {dose:g} mV added")
