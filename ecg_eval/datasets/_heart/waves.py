"""One heart as a moving dipole: waves with a place in time and a direction in the body, seen by twelve leads.

Every wave is a vector in the body times a bump in time that begins and ends at zero, so onsets and ends are exact and
intervals are known. Leads are projections: the potentials of nine electrodes are formed first and the leads from them,
so that Einthoven's and Goldberger's relations hold for heart and noise alike.

Axes: X to the patient's left, Y to the feet, Z to the back. Lead vectors: Dower, Machado, Osborne, Clin Cardiol
1980;3:87-95 (its matrix from the Frank leads to the eight independent leads).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ELECTRODES = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")

# mV per unit of dipole; rows I, II, V1-V6
_DOWER = np.array(
    [
        (0.632, -0.235, 0.059),
        (0.235, 1.066, -0.132),
        (-0.515, 0.157, -0.917),
        (0.044, 0.164, -1.387),
        (0.882, 0.098, -1.277),
        (1.213, 0.127, -0.601),
        (1.125, 0.127, -0.086),
        (0.831, 0.076, 0.230),
    ]
)


@dataclass(frozen=True, slots=True)
class Wave:
    """A bump in time with a direction in the body.

    Attributes
    ----------
    start_ms : float
        Beginning, from the beat's own zero (onset of the QRS complex, or of the P wave for atrial waves).
    rise_ms, plateau_ms, fall_ms : float
    vector : tuple of float
        Peak dipole along X, Y, Z, in units that give millivolts on the leads.
    power : float
        Of the quarter sine of rise and fall: 2 begins gently (P, T), 1 with a corner.
    """

    start_ms: float
    rise_ms: float
    plateau_ms: float
    fall_ms: float
    vector: tuple[float, float, float]
    power: float = 2.0

    @property
    def end_ms(self) -> float:
        """End of the wave, from the beat's zero."""
        return self.start_ms + self.rise_ms + self.plateau_ms + self.fall_ms

    def later(self, shift_ms: float) -> "Wave":
        """Return the wave at a later time."""
        return replace(self, start_ms=self.start_ms + shift_ms)

    def scaled(self, factor: float) -> "Wave":
        """Return the wave with its vector times a factor."""
        x, y, z = self.vector
        return replace(self, vector=(factor * x, factor * y, factor * z))


def lobe(start_ms: float, end_ms: float, vector: tuple[float, float, float], power: float = 2.0) -> Wave:
    """Return a symmetric bump between two times."""
    half = (end_ms - start_ms) / 2
    return Wave(start_ms, half, 0.0, half, vector, power)


def add_waves(dipole: Floats, waves: Iterable[Wave], zeros_s: Floats, sizes: Floats, sampling_rate_hz: float) -> None:
    """Add waves to a dipole's course, one copy at every beat.

    Parameters
    ----------
    dipole : ndarray, shape (n_samples, 3)
        Changed in place.
    waves : iterable of Wave
    zeros_s, sizes : ndarray, shape (n_beats,)
        Time of each beat's zero, and how large the beat is (1 as the waves say).
    sampling_rate_hz : float
    """
    n_samples = len(dipole)
    for wave in waves:
        start_s = zeros_s + wave.start_ms / 1000
        first = np.floor(start_s * sampling_rate_hz).astype(np.int64)
        width = int(np.ceil((wave.end_ms - wave.start_ms) / 1000 * sampling_rate_hz)) + 2
        sample = first[:, None] + np.arange(width)
        value = sizes[:, None] * _bump(wave, 1000 * (sample / sampling_rate_hz - start_s[:, None]))
        inside = (sample >= 0) & (sample < n_samples)
        course = np.bincount(sample[inside], weights=value[inside], minlength=n_samples)
        dipole += course[:, None] * np.asarray(wave.vector)


def _bump(wave: Wave, t_ms: Floats) -> Floats:
    """Rise by sin(pi/2 x)^power, hold, and fall the same way; 0 before and after."""
    rising = t_ms / max(wave.rise_ms, 1e-9)
    falling = (wave.end_ms - wave.start_ms - t_ms) / max(wave.fall_ms, 1e-9)
    level = np.clip(np.minimum(rising, falling), 0.0, 1.0)
    return np.asarray(np.sin(np.pi / 2 * level) ** wave.power)


def electrode_matrix(rotation: Floats, gains: Floats) -> Floats:
    """Return electrode potentials per unit of dipole, shape (9 electrodes, 3), for one body.

    Parameters
    ----------
    rotation : ndarray, shape (3, 3)
        How this heart lies in its chest.
    gains : ndarray, shape (9,)
        How strongly each electrode sees it (chest wall, where the electrode was put).
    """
    lead_i, lead_ii = _DOWER[0], _DOWER[1]
    right_arm = -(lead_i + lead_ii) / 3  # the three limb potentials sum to zero at Wilson's terminal
    limbs = np.stack([right_arm, right_arm + lead_i, right_arm + lead_ii])
    return np.asarray(gains[:, None] * (np.vstack([limbs, _DOWER[2:]]) @ rotation))


def leads_from_electrodes(potentials: Floats) -> Floats:
    """Return the twelve standard leads, shape (n_samples, 12), of nine electrodes, shape (n_samples, 9).

    I = LA - RA, II = LL - RA, III = LL - LA; aVR = RA - (LA + LL)/2 and its like; V = potential - (RA + LA + LL)/3.
    """
    ra, la, ll = potentials[:, 0], potentials[:, 1], potentials[:, 2]
    limbs = [la - ra, ll - ra, ll - la, ra - (la + ll) / 2, la - (ra + ll) / 2, ll - (ra + la) / 2]
    wilson = (ra + la + ll) / 3
    return np.column_stack([*limbs, potentials[:, 3:] - wilson[:, None]])


def rotation_matrix(frontal_deg: float, horizontal_deg: float, sagittal_deg: float) -> Floats:
    """Return a heart's rotation: frontal (clockwise seen from the front is positive), horizontal, sagittal."""
    a, b, c = np.deg2rad([frontal_deg, horizontal_deg, sagittal_deg])
    frontal = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    horizontal = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    sagittal = np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
    return np.asarray(frontal @ horizontal @ sagittal)
