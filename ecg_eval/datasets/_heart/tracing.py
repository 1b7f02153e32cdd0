"""From a heart and its rhythm to twelve leads in millivolts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._heart.beats import Ventricles, atrial_waves, ventricular_waves
from ecg_eval.datasets._heart.noise import electrode_noise
from ecg_eval.datasets._heart.rhythms import (
    ECTOPIC_QRS_MS,
    Beats,
    Rhythm,
    draw_beats,
    fibrillatory_waves,
    flutter_rate_per_min,
    flutter_waves,
)
from ecg_eval.datasets._heart.waves import add_waves, electrode_matrix, leads_from_electrodes, rotation_matrix

Floats = NDArray[np.float64]

SAMPLING_RATE_HZ = 500
DURATION_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """How a heart lies, and how strongly the nine electrodes see it.

    Attributes
    ----------
    frontal_deg, horizontal_deg, sagittal_deg : float
        Turn of the heart away from the average.
    gains : tuple of float, length 9
    """

    frontal_deg: float = 0.0
    horizontal_deg: float = 0.0
    sagittal_deg: float = 0.0
    gains: tuple[float, ...] = (1.0,) * 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Heart:
    """Everything that one recording shows.

    Attributes
    ----------
    rhythm : Rhythm
    ventricles : Ventricles
    body : Body
    p_ms, p_size : float
        Duration of the P wave, and its size with 1 for the average.
    noise : float
        0 for a clean tracing, 1 for a poor one.
    loose : int or None
        Position of a loose electrode.
    """

    rhythm: Rhythm
    ventricles: Ventricles
    body: Body = Body()
    p_ms: float = 104.0
    p_size: float = 1.0
    noise: float = 0.2
    loose: int | None = None


def trace(heart: Heart, rng: np.random.Generator) -> tuple[Floats, Beats]:
    """Return the twelve leads in mV at 500 Hz, shape (5000, 12), and the beats that made them."""
    n = int(DURATION_S * SAMPLING_RATE_HZ)
    beats = draw_beats(heart.rhythm, DURATION_S, rng)
    dipole = _atria(heart, beats, n, rng)
    for ectopic in (False, True):
        chosen = beats.ventricular == ectopic
        if chosen.any():
            kind = heart.ventricles
            if ectopic:
                kind = replace(kind, conduction="ventricular", qrs_ms=ECTOPIC_QRS_MS, qt_ms=max(kind.qt_ms, 400.0))
                kind = replace(kind, injury="")
            sizes = 1 + 0.03 * np.sin(2 * np.pi * 0.25 * beats.qrs_s[chosen] + rng.uniform(0, 6.3))
            add_waves(dipole, ventricular_waves(kind), beats.qrs_s[chosen], sizes, SAMPLING_RATE_HZ)
    body = heart.body
    turn = rotation_matrix(body.frontal_deg, body.horizontal_deg, body.sagittal_deg)
    potentials = dipole @ electrode_matrix(turn, np.asarray(body.gains)).T
    if heart.noise > 0 or heart.loose is not None:
        potentials += electrode_noise(n, SAMPLING_RATE_HZ, level=heart.noise, loose=heart.loose, rng=rng)
    return leads_from_electrodes(potentials), beats


def _atria(heart: Heart, beats: Beats, n: int, rng: np.random.Generator) -> Floats:
    if heart.rhythm.kind == "AF":
        return fibrillatory_waves(n, SAMPLING_RATE_HZ, heart.p_size, rng)
    if heart.rhythm.kind == "AFL":
        rate = flutter_rate_per_min(heart.rhythm.rate_per_min)
        return flutter_waves(n, SAMPLING_RATE_HZ, rate, heart.p_size, rng.random())
    dipole = np.zeros((n, 3))
    for ectopic in (False, True):
        chosen = beats.p_s[beats.p_ectopic == ectopic]
        waves = atrial_waves(heart.p_ms, heart.p_size, ectopic=ectopic)
        add_waves(dipole, waves, chosen, np.ones(len(chosen)), SAMPLING_RATE_HZ)
    return dipole
