"""When a simulated heart beats: times of atrial and ventricular activity for each rhythm.

A rhythm is drawn from a little before the recording to a little after it, so that its edges look like its middle.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RHYTHMS = ("sinus", "AF", "AFL", "2AVB", "3AVB", "paced")
ECTOPIC_QRS_MS = 150.0  # of beats that arise in the ventricles
_BEFORE_S, _AFTER_S = 2.5, 1.5
_WHOLE_S = 0.06
_PREMATURE_S = 0.4  # from the onset of a premature beat's first wave to the end of its QRS
_TRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What sets the times of the beats.

    Attributes
    ----------
    kind : str
        One of ``RHYTHMS``.
    rate_per_min : float
        Of the ventricles; of the atria in block.
    pr_ms : float
        From the onset of P to the onset of QRS.
    irregularity : float
        Standard deviation of RR as a fraction of its mean (all but block and pacing).
    premature_atrial, premature_ventricular : float
        Chance that a beat is followed by a premature one.
    """

    kind: str = "sinus"
    rate_per_min: float = 72.0
    pr_ms: float = 160.0
    irregularity: float = 0.03
    premature_atrial: float = 0.0
    premature_ventricular: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """Times in seconds from the start of the recording.

    Attributes
    ----------
    qrs_s : ndarray, shape (n_beats,)
        Onsets of the QRS complexes.
    ventricular : ndarray of bool, shape (n_beats,)
        Which of them arise in the ventricles.
    p_s : ndarray, shape (n_p_waves,)
        Onsets of the P waves.
    p_ectopic : ndarray of bool, shape (n_p_waves,)
    """

    qrs_s: Floats
    ventricular: NDArray[np.bool_]
    p_s: Floats = field(default_factory=lambda: np.zeros(0))
    p_ectopic: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def rate_per_min(self, duration_s: float, qrs_ms: float) -> float:
        """Return the mean rate of the ventricles: 60 over the mean RR interval between the complexes seen.

        A complex counts where its middle is seen 60 ms or more from the recording's ends: nearer to them it is cut, and
        nobody can say where its R is. RR runs from middle to middle, as R does, for narrow and wide complexes alike.
        """
        middle = self.qrs_s + np.where(self.ventricular, ECTOPIC_QRS_MS, qrs_ms) / 2000
        seen = middle[(middle >= _WHOLE_S) & (middle <= duration_s - _WHOLE_S)]
        return float(60 * (len(seen) - 1) / (seen[-1] - seen[0])) if len(seen) > 1 else float("nan")


def draw_beats(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """Return the beats of a recording; where premature beats are part of the rhythm, at least one is seen whole."""
    draw = {"AF": _fibrillation, "AFL": _flutter, "2AVB": _wenckebach, "3AVB": _complete_block}.get(rhythm.kind, _sinus)
    beats = draw(rhythm, duration_s, rng)
    for _ in range(_TRIES):
        if _shows_premature_beats(beats, rhythm, duration_s):
            break
        beats = draw(rhythm, duration_s, rng)
    return beats


def _shows_premature_beats(beats: Beats, rhythm: Rhythm, duration_s: float) -> bool:
    """Whether every kind of premature beat that the rhythm has begins early enough to be seen to its end."""
    atrial, ventricular = beats.p_s[beats.p_ectopic], beats.qrs_s[beats.ventricular]
    seen = [bool(np.any((t > 0) & (t < duration_s - _PREMATURE_S))) for t in (atrial, ventricular)]
    # a kind that this rhythm never has is not waited for
    wanted = [rhythm.premature_atrial > 0 and rhythm.kind in ("sinus", "paced"), rhythm.premature_ventricular > 0]
    return all(s or not w for s, w in zip(seen, wanted, strict=True))


def _sinus(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """Sinus rhythm, breathing in its intervals, with premature beats if any; the ventricles follow each P."""
    rr = 60 / rhythm.rate_per_min
    breathing, phase = rng.uniform(0.18, 0.32), rng.uniform(0, 2 * np.pi)
    time, qrs, ventricular, p, ectopic = -_BEFORE_S + rng.uniform(0, rr), [], [], [], []
    while time < duration_s + _AFTER_S:
        p.append(time)
        ectopic.append(False)
        qrs.append(time + rhythm.pr_ms / 1000)
        ventricular.append(False)
        wave = np.sqrt(2) * np.sin(2 * np.pi * breathing * time + phase)
        step = rr * float(np.clip(1 + rhythm.irregularity * (0.8 * wave + 0.6 * rng.normal()), 0.6, 1.6))
        draw = rng.random()
        if draw < rhythm.premature_ventricular:
            early = rng.uniform(0.55, 0.68)
            # the sinus node goes on: the next P is hidden in the ectopic beat and not conducted
            qrs.append(time + rhythm.pr_ms / 1000 + early * step)
            ventricular.append(True)
            time += 2 * step
        elif draw < rhythm.premature_ventricular + rhythm.premature_atrial:
            early = rng.uniform(0.58, 0.72)
            p.append(time + early * step)
            ectopic.append(True)
            qrs.append(time + early * step + rhythm.pr_ms / 1000 * 0.95)
            ventricular.append(False)
            # the premature beat resets the sinus node: a pause that is less than compensatory
            time += (early + rng.uniform(1.05, 1.2)) * step
        else:
            time += step
    return Beats(
        qrs_s=np.array(qrs), ventricular=np.array(ventricular), p_s=np.array(p), p_ectopic=np.array(ectopic, dtype=bool)
    )


def _fibrillation(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """Irregular intervals without memory, never shorter than the AV node allows."""
    rr = 60 / rhythm.rate_per_min
    shortest = min(0.30, 0.5 * rr)
    shape = ((rr - shortest) / (rhythm.irregularity * rr)) ** 2
    n = int((duration_s + _BEFORE_S + _AFTER_S) / rr * 1.8) + 12
    steps = shortest + rng.gamma(shape, (rr - shortest) / shape, size=n)
    qrs = -_BEFORE_S + np.cumsum(steps)
    qrs = qrs[qrs < duration_s + _AFTER_S]
    return _without_p(qrs, rhythm, rng)


def _flutter(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """Every second, third or fourth flutter wave is conducted, with now and then another ratio."""
    wave_s = 60 / flutter_rate_per_min(rhythm.rate_per_min)
    ratio = max(2, round(60 / rhythm.rate_per_min / wave_s))
    n = int((duration_s + _BEFORE_S + _AFTER_S) / wave_s)
    ratios = ratio + rng.choice(
        [0, 1], p=[1 - min(rhythm.irregularity * 4, 0.4), min(rhythm.irregularity * 4, 0.4)], size=n
    )
    qrs = -_BEFORE_S + wave_s * np.cumsum(ratios)
    return _without_p(qrs[qrs < duration_s + _AFTER_S], rhythm, rng)


def flutter_rate_per_min(ventricular_rate_per_min: float) -> float:
    """Return the atrial rate of flutter, the multiple of the ventricles' rate nearest to 300/min."""
    ratio = max(2, round(300 / ventricular_rate_per_min))
    return ventricular_rate_per_min * ratio


def _without_p(qrs: Floats, rhythm: Rhythm, rng: np.random.Generator) -> Beats:
    return Beats(qrs_s=qrs, ventricular=rng.random(len(qrs)) < rhythm.premature_ventricular)


def _wenckebach(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """PR grows from beat to beat, by less each time, until one P is not conducted (3:2 to 5:4)."""
    pp = 60 / rhythm.rate_per_min
    cycle = int(rng.integers(3, 6))
    n = int((duration_s + _BEFORE_S + _AFTER_S) / pp)
    p = -_BEFORE_S + pp * np.arange(n, dtype=np.float64) + rng.normal(0, 0.008, size=n)
    place = (np.arange(n) + int(rng.integers(cycle))) % cycle
    grown = np.cumsum([0, *(0.45 ** np.arange(cycle - 1))]) * 0.09
    conducted = place < cycle - 1
    qrs = p[conducted] + rhythm.pr_ms / 1000 + grown[place[conducted]]
    return Beats(qrs_s=qrs, ventricular=np.zeros(len(qrs), dtype=bool), p_s=p, p_ectopic=np.zeros(n, dtype=bool))


def _complete_block(rhythm: Rhythm, duration_s: float, rng: np.random.Generator) -> Beats:
    """Atria and ventricles each at their own rate."""
    atrial_rr = 60 / rng.uniform(72, 95)
    n = int((duration_s + _BEFORE_S + _AFTER_S) / atrial_rr)
    p = -_BEFORE_S + rng.uniform(0, atrial_rr) + atrial_rr * np.arange(n, dtype=np.float64)
    escape = 60 / rhythm.rate_per_min
    m = int((duration_s + _BEFORE_S + _AFTER_S) / escape)
    qrs = -_BEFORE_S + rng.uniform(0, escape) + escape * np.arange(m, dtype=np.float64)
    return Beats(qrs_s=qrs, ventricular=np.zeros(m, dtype=bool), p_s=p, p_ectopic=np.zeros(n, dtype=bool))


def fibrillatory_waves(n_samples: int, sampling_rate_hz: float, size: float, rng: np.random.Generator) -> Floats:
    """Return the atria's dipole in fibrillation, shape (n_samples, 3): 4 to 9 Hz, never twice the same."""
    t = np.arange(n_samples) / sampling_rate_hz
    course = np.zeros((n_samples, 3))
    main = rng.uniform(5.5, 8.0)
    knots = np.linspace(0, t[-1], 24)
    for share in (1.0, 0.6, 0.4):
        # the frequency wanders by a fifth from one second to the next
        frequency = main * np.interp(t, knots, 1 + 0.2 * rng.normal(size=24))
        phase = 2 * np.pi * np.cumsum(frequency) / sampling_rate_hz + rng.uniform(0, 6.3)
        swell = np.interp(t, knots, np.abs(1 + 0.45 * rng.normal(size=24)))
        vector = np.array([0.009, 0.022, -0.030]) * rng.uniform(0.4, 1.6, size=3)
        course += share * size * (swell * (np.sin(phase) + 0.3 * np.sin(2 * phase + 0.8)))[:, None] * vector
    return course


def flutter_waves(n_samples: int, sampling_rate_hz: float, rate_per_min: float, size: float, phase: float) -> Floats:
    """Return the atria's dipole in flutter, shape (n_samples, 3): a sawtooth, down in the inferior leads, up in V1."""
    t = np.arange(n_samples) / sampling_rate_hz
    turn = (t * rate_per_min / 60 + phase) % 1.0
    tooth = np.where(turn < 0.3, np.sin(np.pi / 2 * turn / 0.3), np.cos(np.pi / 2 * (turn - 0.3) / 0.7)) - 0.63
    return np.asarray(size * tooth[:, None] * np.array([-0.02, -0.15, -0.08]))
