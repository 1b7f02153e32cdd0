"""What a tracing shows besides the heart: wander, mains, muscle, electrodes that move, one that is loose.

Noise arises at the electrodes, so it obeys the same lead relations as the heart. Amplitudes are root mean squares in
mV at `level` 1, which is a poor but readable tracing; 0.2 is a good one.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def electrode_noise(
    n_samples: int, sampling_rate_hz: float, *, level: float, loose: int | None, rng: np.random.Generator
) -> Floats:
    """Return noise at the nine electrodes in mV, shape (n_samples, 9).

    Parameters
    ----------
    n_samples : int
    sampling_rate_hz : float
    level : float
        From 0 (none) upward.
    loose : int or None
        Position of an electrode that loses contact for a while.
    rng : numpy Generator
    """
    t = np.arange(n_samples) / sampling_rate_hz
    noise = level * (_wander(t, rng) + _mains(t, rng) + _muscle(n_samples, sampling_rate_hz, rng))
    if rng.random() < 0.5 * level:
        noise[:, int(rng.integers(9))] += level * _motion(t, rng)
    if loose is not None:
        noise[:, loose] += _contact_lost(t, rng)
    return np.asarray(noise)


def _wander(t: Floats, rng: np.random.Generator) -> Floats:
    """Return slow drift: breathing, and slower, different at each electrode."""
    breathing = rng.uniform(0.18, 0.35)
    frequency = np.array([0.05, 0.11, breathing, 0.45])
    size = np.array([0.09, 0.06, 0.07, 0.02])[:, None] * rng.normal(size=(4, 9))
    phase = rng.uniform(0, 2 * np.pi, size=(4, 9))
    turns = 2 * np.pi * np.outer(t, frequency)
    # sin(a + b) = sin a cos b + cos a sin b: eight waves instead of one for every frequency and electrode
    return np.asarray(np.sin(turns) @ (size * np.cos(phase)) + np.cos(turns) @ (size * np.sin(phase)))


def _mains(t: Floats, rng: np.random.Generator) -> Floats:
    """Return 50 Hz from the mains, nearly the same phase everywhere, stronger where contact is worse."""
    return np.asarray(
        np.sin(2 * np.pi * 50 * t + rng.uniform(0, 2 * np.pi))[:, None] * 0.012 * np.abs(rng.normal(size=9))
    )


def _muscle(n_samples: int, sampling_rate_hz: float, rng: np.random.Generator) -> Floats:
    """Return noise of 15 to 120 Hz from tense muscles, coming and going."""
    white = rng.standard_normal((n_samples, 9), dtype=np.float32)
    # first differences and a short mean: a band around 60 Hz, cheap enough for thousands of recordings
    band = white[:-3] + 0.5 * white[1:-2] - 0.5 * white[2:-1] - white[3:]
    band = np.vstack([band, np.zeros((3, 9), dtype=band.dtype)])
    t = np.arange(n_samples) / sampling_rate_hz
    swell = 1 + 0.6 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * t + rng.uniform(0, 2 * np.pi))
    return np.asarray(0.012 / 1.58 * band * swell[:, None] * rng.uniform(0.4, 1.6, size=9))


def _motion(t: Floats, rng: np.random.Generator) -> Floats:
    """Return a step of an electrode that is touched, dying away."""
    start, size = rng.uniform(0.5, t[-1] - 1), rng.choice([-1, 1]) * rng.uniform(0.2, 0.7)
    since = np.clip(t - start, 0, None)
    return np.asarray(size * (1 - np.exp(-since / 0.03)) * np.exp(-since / 0.6))


def _contact_lost(t: Floats, rng: np.random.Generator) -> Floats:
    """Return a second or two of a loose electrode: large, irregular swings."""
    start, length = rng.uniform(0.5, max(t[-1] - 3, 0.6)), rng.uniform(0.8, 2.2)
    window = np.clip(np.minimum(t - start, start + length - t) / 0.05, 0, 1)
    swing = sum(rng.normal() * np.sin(2 * np.pi * f * t + rng.uniform(0, 6.3)) for f in (0.7, 1.9, 3.7, 8.3, 17.0))
    return np.asarray(0.6 * window * swing)
