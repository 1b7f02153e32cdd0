"""12-lead ECGs made of raised cosines, whose boundaries are therefore known to the sample."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# direction of each wave in space (left, down, front), and what each lead sees of it
LEAD_VIEWS = {"I": (1.0, 0.0, 0.0), "aVF": (0.0, 1.0, 0.0)} | {
    f"V{k + 1}": (np.cos(a), 0.1, np.sin(a)) for k, a in enumerate(np.radians([115, 95, 75, 55, 30, 0]))
}


@dataclass(frozen=True)
class Wave:
    """One lobe: times in s from R, a peak in mV and a direction (left, down, front)."""

    start_s: float
    end_s: float
    size_mv: float
    direction: tuple[float, float, float]


def usual_waves(*, pr_s: float = 0.16, qrs_s: float = 0.09, qt_s: float = 0.38) -> dict[str, Wave]:
    """Return waves with P from -pr before QRS, QRS around R, and T that ends qt after QRS begins."""
    onset, offset = -qrs_s / 2, qrs_s / 2
    return {
        "p": Wave(onset - pr_s, onset - pr_s + 0.1, 0.15, (0.6, 0.7, 0.3)),
        "q": Wave(onset, onset + qrs_s * 0.35, 0.15, (-0.6, -0.2, 0.7)),
        "r": Wave(onset + qrs_s * 0.2, onset + qrs_s * 0.75, 1.2, (0.75, 0.6, -0.25)),
        "s": Wave(onset + qrs_s * 0.6, offset, 0.35, (-0.2, -0.1, -0.9)),
        "t": Wave(offset + 0.08, onset + qt_s, 0.35, (0.7, 0.5, 0.35)),
    }


@dataclass(frozen=True)
class Heart:
    """What an ECG is made of."""

    waves: dict[str, Wave] = field(default_factory=usual_waves)
    rate_per_min: float = 70.0
    rr_spread: float = 0.0  # SD of RR over its mean
    noise_mv: float = 0.005
    fibrillation_mv: float = 0.0

    def record(
        self, rng: np.random.Generator, *, duration_s: float = 10.0, sampling_rate_hz: float = 500.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a signal in mV, shape (n_samples, 12), and the times of R in s."""
        time = np.arange(round(duration_s * sampling_rate_hz)) / sampling_rate_hz
        rr = 60 / self.rate_per_min * np.maximum(1 + self.rr_spread * rng.normal(size=200), 0.45)
        beats = 0.35 + np.cumsum(rr) - rr[0]
        beats = np.round(beats[beats < duration_s] * sampling_rate_hz) / sampling_rate_hz
        heart = np.zeros((len(time), 3))
        for beat in beats:
            for wave in self.waves.values():
                phase = (time - beat - wave.start_s) / (wave.end_s - wave.start_s)
                lobe = np.where((phase > 0) & (phase < 1), (1 - np.cos(2 * np.pi * phase)) / 2, 0.0)
                heart += wave.size_mv * lobe[:, None] * np.array(wave.direction)
        for k in range(3):
            f = rng.uniform(5, 8)
            heart[:, k] += self.fibrillation_mv * np.sin(
                2 * np.pi * (f * time + rng.normal(0, 0.05, len(time)).cumsum())
            )
        leads = heart @ np.array(list(LEAD_VIEWS.values())).T
        first, foot = leads[:, 0], leads[:, 1]
        second = foot + first / 2
        limb = [first, second, second - first, -(first + second) / 2, first - second / 2, foot]
        signal = np.column_stack([*limb, leads[:, 2:]])
        return signal + self.noise_mv * rng.normal(size=signal.shape), beats
