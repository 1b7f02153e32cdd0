"""One heartbeat of a simulated heart: the waves of P, QRS, ST and T for what is wrong with it, and how much.

Directions and sizes are chosen so that the leads look as textbooks describe them (Surawicz et al., AHA/ACCF/HRS
recommendations, Circulation 2009;119:e235-e240 and e241-e250); they are nobody's patient. Severity runs from 0
(borderline) to 1 (obvious).
"""

from dataclasses import dataclass

from ecg_eval.datasets._heart_waves import Wave, lobe

Vector = tuple[float, float, float]

WALLS = ("anterior", "inferior", "lateral")
CONDUCTIONS = ("normal", "LBBB", "RBBB", "IRBBB", "LAFB", "WPW", "paced", "ventricular")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ventricles:
    """What decides the shape of QRS, ST and T.

    Attributes
    ----------
    conduction : str
        One of ``CONDUCTIONS``.
    qrs_ms, qt_ms : float
        From the onset of QRS to its end, and to the end of T (where T has fallen to 5 % of its peak).
    voltage : float
        Size of the QRS complex, 1 for the average.
    hypertrophy, strain : float
        Left ventricular mass, and its strain pattern: 0 none, above 0 a severity.
    old_infarct, injury, ischaemia : str
        Wall with Q waves, with ST elevation, with inverted T; empty for none.
    old_infarct_severity, injury_severity, ischaemia_severity, early_repolarisation : float
    t_size : float
        Size of the T wave, 1 for the average.
    """

    conduction: str = "normal"
    qrs_ms: float = 92.0
    qt_ms: float = 390.0
    voltage: float = 1.0
    hypertrophy: float = 0.0
    strain: float = 0.0
    old_infarct: str = ""
    old_infarct_severity: float = 0.0
    injury: str = ""
    injury_severity: float = 0.0
    ischaemia: str = ""
    ischaemia_severity: float = 0.0
    early_repolarisation: float = 0.0
    t_size: float = 1.0


# direction of the injured wall: where ST rises, and away from which a lost wall turns the first forces
_INJURY: dict[str, Vector] = {
    "anterior": (0.10, -0.06, -0.28),
    "inferior": (-0.06, 0.30, 0.05),
    "lateral": (0.32, -0.10, 0.10),
}
_T_NORMAL: Vector = (0.26, 0.17, -0.20)


def atrial_waves(duration_ms: float, size: float, *, ectopic: bool = False) -> list[Wave]:
    """Return the P wave: the right atrium first, the left atrium after it, to the back; ectopic ones from below."""
    if ectopic:
        return [lobe(0, duration_ms, (0.06 * size, -0.07 * size, 0.03 * size), 2.0)]
    right = lobe(0, 0.68 * duration_ms, (0.045 * size, 0.085 * size, -0.035 * size), 2.0)
    left = lobe(0.32 * duration_ms, duration_ms, (0.065 * size, 0.050 * size, 0.050 * size), 2.0)
    return [right, left]


def ventricular_waves(heart: Ventricles) -> list[Wave]:
    """Return QRS, ST and T of one beat, its zero at the onset of QRS."""
    qrs = [wave.scaled(heart.voltage) for wave in _QRS[heart.conduction](heart)]
    return [*qrs, *_infarct_loss(heart), *_repolarisation(heart)]


def _normal(heart: Ventricles) -> list[Wave]:
    d, mass = heart.qrs_ms, 1 + heart.hypertrophy
    return [
        lobe(0, 0.40 * d, (-0.14, -0.03, -0.20)),
        lobe(0.14 * d, 0.60 * d, (0.36, 0.18, -0.34)),
        lobe(0.24 * d, 0.84 * d, (0.92 * mass, 0.62, 0.58 * mass)),
        lobe(0.55 * d, d, (-0.12, -0.16, 0.34)),
    ]


def _lbbb(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    return [
        lobe(0, 0.36 * d, (0.28, 0.10, 0.10)),
        lobe(0.10 * d, 0.62 * d, (0.82, 0.32, 0.62), 1.2),
        lobe(0.42 * d, d, (0.78, 0.02, 0.88), 1.2),
    ]


def _rbbb(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    left = min(92.0, 0.72 * d)
    return [*_normal_within(heart, left)[:3], lobe(0.44 * d, d, (-0.62, -0.04, -0.66), 1.2)]


def _incomplete_rbbb(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    return [*_normal_within(heart, 0.84 * d)[:3], lobe(0.58 * d, d, (-0.36, -0.05, -0.42), 1.3)]


def _normal_within(heart: Ventricles, d: float) -> list[Wave]:
    return [
        lobe(0, 0.40 * d, (-0.14, -0.03, -0.20)),
        lobe(0.14 * d, 0.60 * d, (0.36, 0.18, -0.34)),
        lobe(0.24 * d, 0.90 * d, (0.92, 0.55, 0.50)),
        lobe(0.55 * d, d, (-0.12, -0.16, 0.34)),
    ]


def _lafb(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    return [
        lobe(0, 0.40 * d, (-0.10, 0.34, -0.20)),
        lobe(0.16 * d, 0.62 * d, (0.40, 0.05, -0.26)),
        lobe(0.28 * d, 0.88 * d, (0.74, -0.72, 0.56)),
        lobe(0.55 * d, d, (0.04, -0.50, 0.30)),
    ]


def _wpw(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    delta = Wave(0, 0.42 * d, 0, 0.30 * d, (0.34, 0.16, -0.30), 1.0)
    shift = 0.30 * d
    rest = [
        Wave(w.start_ms + shift, w.rise_ms, w.plateau_ms, w.fall_ms, w.vector, w.power)
        for w in _normal_within(heart, d - shift)[1:]
    ]
    return [delta, *rest]


def _paced(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    spike = Wave(-6, 1.0, 1.0, 1.0, (0.55, -0.9, 0.5), 1.0)
    return [
        spike,
        lobe(0, 0.46 * d, (0.30, -0.42, 0.20)),
        lobe(0.14 * d, 0.70 * d, (0.66, -0.86, 0.60), 1.2),
        lobe(0.46 * d, d, (0.46, -0.66, 0.66), 1.2),
    ]


def _ventricular(heart: Ventricles) -> list[Wave]:
    """Return an ectopic beat of the ventricles: wide, large, led by no bundle."""
    d = heart.qrs_ms
    return [
        lobe(0, 0.50 * d, (-0.30, 0.80, 0.50)),
        lobe(0.22 * d, 0.80 * d, (0.50, 1.25, 1.05), 1.2),
        lobe(0.55 * d, d, (0.60, 0.45, 0.45), 1.2),
    ]


_QRS = {
    "normal": _normal,
    "LBBB": _lbbb,
    "RBBB": _rbbb,
    "IRBBB": _incomplete_rbbb,
    "LAFB": _lafb,
    "WPW": _wpw,
    "paced": _paced,
    "ventricular": _ventricular,
}


def _infarct_loss(heart: Ventricles) -> list[Wave]:
    """Return what an old infarct takes away: the first 40 ms turn from the dead wall (Q waves, poor R progression)."""
    if not heart.old_infarct:
        return []
    s, d = 0.55 + 0.45 * heart.old_infarct_severity, min(heart.qrs_ms, 105.0)
    away = {"anterior": (0.00, 0.06, 0.62), "inferior": (0.08, -0.58, 0.0), "lateral": (-0.58, 0.12, -0.05)}
    early = lobe(0, 0.62 * d, away[heart.old_infarct]).scaled(s)
    # what opposed the dead wall is seen a little longer
    late = lobe(0.25 * d, 0.8 * d, away[heart.old_infarct]).scaled(0.45 * s)
    return [early, late]


def _plus(*vectors: Vector) -> Vector:
    x, y, z = (sum(parts) for parts in zip(*vectors, strict=True))
    return x, y, z


def _times(factor: float, vector: Vector) -> Vector:
    x, y, z = vector
    return factor * x, factor * y, factor * z


# where ST and T point against a QRS complex that took the wrong way (secondary changes)
_DISCORDANT: dict[str, tuple[Vector, Vector]] = {
    "LBBB": ((-0.10, -0.02, -0.14), (-0.42, -0.08, -0.46)),
    "RBBB": ((0.0, 0.0, 0.02), (0.28, 0.15, 0.02)),
    "paced": ((-0.10, 0.12, -0.12), (-0.34, 0.46, -0.40)),
    "ventricular": ((-0.10, -0.16, -0.14), (-0.34, -0.62, -0.55)),
    "WPW": ((-0.03, -0.02, 0.02), (0.02, 0.05, -0.02)),
}


def _repolarisation(heart: Ventricles) -> list[Wave]:
    st, t = _DISCORDANT.get(heart.conduction, ((0.01, 0.01, -0.02), _T_NORMAL))
    t = _times(heart.t_size, t)
    if heart.strain > 0:
        s = 0.5 + 0.5 * heart.strain
        st, t = _plus(st, _times(s, (-0.12, -0.05, -0.09))), _plus(_times(1 - s, t), _times(s, (-0.24, -0.08, -0.26)))
    if heart.ischaemia:
        s = 0.45 + 0.55 * heart.ischaemia_severity
        turned = {"anterior": (-0.22, 0.06, 0.24), "inferior": (0.10, -0.26, -0.06), "lateral": (-0.28, 0.06, -0.02)}
        st = _plus(st, _times(0.22 * s, turned[heart.ischaemia]))
        t = _plus(_times(1 - s, t), _times(s, turned[heart.ischaemia]))
    if heart.old_infarct and not heart.ischaemia:
        t = _plus(t, _times(-0.5 * heart.old_infarct_severity, _INJURY[heart.old_infarct]))
    waves: list[Wave] = []
    if heart.injury:
        s = 0.35 + 0.9 * heart.injury_severity
        st = _plus(st, _times(s, _INJURY[heart.injury]))
        t = _plus(_times(0.8, t), _times(0.9 * s, _INJURY[heart.injury]))
    if heart.early_repolarisation > 0:
        s = heart.early_repolarisation
        st, t = _plus(st, _times(s, (0.06, 0.05, -0.09))), _plus(t, _times(s, (0.14, 0.08, -0.16)))
        waves.append(lobe(heart.qrs_ms - 12, heart.qrs_ms + 26, _times(s, (0.16, 0.12, -0.02))))
    return [*waves, *_st_and_t(heart, st, t)]


def _st_and_t(heart: Ventricles, st: Vector, t: Vector) -> list[Wave]:
    """Return the ST segment, which runs into T, and T, which ends steeper than it begins.

    T has fallen to 5 % of its peak at `qt_ms`: with a quarter cosine squared that is 0.856 of the fall.
    """
    after = heart.qt_ms - heart.qrs_ms
    start = heart.qrs_ms + 0.20 * after
    fall = (heart.qt_ms - start) * 0.40
    rise = heart.qt_ms - 0.856 * fall - start
    segment = Wave(heart.qrs_ms - 16, 22, 0.30 * after, 0.40 * after, st)
    return [segment, Wave(start, rise, 0, fall, t)]
