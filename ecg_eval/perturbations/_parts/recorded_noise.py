"""Noise that was recorded from people, added at a stated signal-to-noise ratio."""

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import SignalError
from ecg_eval.perturbations._parts.electrodes import added, in_all_leads
from ecg_eval.signals.resample import resample

_BEAT_S = 1.2  # holds a QRS at 50 beats a minute or more


class RecordedNoise(Perturbation, ABC):
    """A record of the MIT-BIH Noise Stress Test Database, added to a tracing.

    Each lead that no other is made of gets a piece of its own, begun anywhere, of the record's two channels in turn;
    limb leads keep their relations. The ratio is 10 log10(S / N) as in that database: S is the square of the QRS
    complexes' size from peak to peak over 8, N the mean square of the noise about its mean. The size is taken without
    looking for beats: the median over pieces of 1.2 s of the largest less the smallest sample, then over leads.

    Source: Moody GB, Muldrow WE, Mark RG. Comput Cardiol 1984;11:381-384; WFDB's ``nst`` for the definition.

    Parameters
    ----------
    doses : sequence of float, optional
        Signal-to-noise ratios in dB.
    """

    unit: ClassVar[str] = "dB"
    usual_doses: ClassVar[tuple[float, ...]] = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)  # those of the database
    source: ClassVar[str] = "Moody GB, Muldrow WE, Mark RG. Comput Cardiol 1984;11:381-384"

    def __init__(self, doses: Sequence[float] | None = None) -> None:
        super().__init__(doses)

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return the recording with noise at so many dB."""
        if self.noise is None:
            raise SignalError(self.name, "noise", f"the record {self.noise_record!r}", "none", "State `stress.noise`.")
        noise, n = self.noise, len(recording.signal)
        rate = recording.sampling_rate_hz
        n_noise = int(np.ceil(n * noise.sampling_rate_hz / rate)) + 1
        if len(noise.signal) <= n_noise:
            rule = f"shorter than the noise, {noise.duration_s:g} s"
            raise SignalError(self.name, f"recording {recording.record_id}", rule, f"{recording.duration_s:g} s")
        channels = iter(int(i) for i in np.tile(np.arange(noise.signal.shape[1]), len(recording.leads) + 2))

        def draw() -> NDArray[np.float64]:
            start = int(rng.integers(len(noise.signal) - n_noise))
            piece = noise.signal[start : start + n_noise, next(channels)].astype(np.float64)
            piece = resample(signal=piece, sampling_rate_hz=noise.sampling_rate_hz, target_rate_hz=rate)[:n]
            return np.asarray(piece - piece.mean())

        disturbance = in_all_leads(recording.leads, draw)
        power = float(np.mean(disturbance**2))
        signal_power = qrs_size(recording) ** 2 / 8
        factor = np.sqrt(signal_power / power / 10 ** (dose / 10)) if power > 0 else 0.0
        return added(recording, factor * disturbance, f"{self.name} added at {dose:g} dB")


def qrs_size(recording: Recording) -> float:
    """Return the size of the QRS complexes from peak to peak, in the recording's unit, without looking for beats."""
    n = max(round(_BEAT_S * recording.sampling_rate_hz), 1)
    pieces = [recording.signal[i : i + n] for i in range(0, max(len(recording.signal) - n + 1, 1), n)]
    sizes = [np.nanmax(piece, axis=0) - np.nanmin(piece, axis=0) for piece in pieces]
    return float(np.median(np.median(sizes, axis=0)))
