"""One heartbeat of a simulated heart: the waves of P, QRS, ST and T for what is wrong with it, and how much.

Directions and sizes are chosen so that the leads look as textbooks describe them (Surawicz et al., AHA/ACCF/HRS
recommendations, Circulation 2009;119:e235-e240 and e241-e250); they are nobody's patient. Severity runs from 0
(borderline) to 1 (obvious).
"""

from dataclasses import dataclass

from ecg_eval.datasets._heart.waves import Wave, lobe

Vector = tuple[float, float, float]

WALLS = ("anterior", "inferior", "lateral")
CONDUCTIONS = ("normal", "LBBB", "RBBB", "IRBBB", "LAFB", "RBBB+LAFB", "WPW", "paced", "ventricular")


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
    old_infarct_extent, injury_severity, ischaemia_severity, early_repolarisation : float
    t_size : float
        Size of the T wave, 1 for the average.
    shape : tuple of float, length 4
        Size of the four parts of a QRS complex in this person: septum, front wall, main mass, base.
    t_turn : tuple of float, length 3
        What this person's T wave adds to the average direction.
    focus : int
        Where extra beats of the ventricles arise, 0 to 2.
    """

    conduction: str = "normal"
    qrs_ms: float = 92.0
    qt_ms: float = 390.0
    voltage: float = 1.0
    hypertrophy: float = 0.0
    strain: float = 0.0
    old_infarct: str = ""
    old_infarct_extent: float = 0.0
    injury: str = ""
    injury_severity: float = 0.0
    ischaemia: str = ""
    ischaemia_severity: float = 0.0
    early_repolarisation: float = 0.0
    t_size: float = 1.0
    shape: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    t_turn: Vector = (0.0, 0.0, 0.0)
    focus: int = 0


# direction of the injured wall: where ST rises, and away from which a lost wall turns the first forces
_INJURY: dict[str, Vector] = {
    "anterior": (0.10, -0.06, -0.28),
    "inferior": (-0.06, 0.30, 0.05),
    "lateral": (0.32, -0.10, 0.10),
}
_T_NORMAL: Vector = (0.26, 0.17, -0.20)


def _plus(*vectors: Vector) -> Vector:
    x, y, z = (sum(parts) for parts in zip(*vectors, strict=True))
    return x, y, z


def _times(factor: float, vector: Vector) -> Vector:
    x, y, z = vector
    return factor * x, factor * y, factor * z


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


def _by_the_bundles(heart: Ventricles, d: float, *, left_anterior: bool = True) -> list[Wave]:
    """Return the four parts of activation by the conduction system, within `d` ms: septum, front wall, mass, base.

    Without the left anterior fascicle the lower wall comes first and the upper wall late: axis to the left.
    """
    septum, front, mass, base = heart.shape
    grown = 1 + heart.hypertrophy
    if left_anterior:
        parts = ((-0.14, -0.03, -0.20), (0.36, 0.18, -0.34), (0.92 * grown, 0.60, 0.56 * grown), (-0.12, -0.16, 0.34))
    else:
        parts = ((-0.10, 0.34, -0.20), (0.40, 0.05, -0.26), (0.74 * grown, -0.72, 0.56 * grown), (0.04, -0.50, 0.30))
    times = ((0.0, 0.40), (0.14, 0.60), (0.25, 0.86), (0.55, 1.0))
    sizes = (septum, front, mass, base)
    return [
        lobe(start * d, end * d, _times(size, vector))
        for (start, end), size, vector in zip(times, sizes, parts, strict=True)
    ]


def _normal(heart: Ventricles) -> list[Wave]:
    return _by_the_bundles(heart, heart.qrs_ms)


def _lafb(heart: Ventricles) -> list[Wave]:
    return _by_the_bundles(heart, heart.qrs_ms, left_anterior=False)


def _lbbb(heart: Ventricles) -> list[Wave]:
    d, (_, front, mass, base) = heart.qrs_ms, heart.shape
    return [
        lobe(0, 0.36 * d, _times(front, (0.28, 0.10, 0.10))),
        lobe(0.10 * d, 0.62 * d, _times(mass, (0.82, 0.32, 0.62)), 1.6),
        lobe(0.42 * d, d, _times(base, (0.78, 0.02, 0.88)), 1.6),
    ]


def _rbbb(heart: Ventricles, *, left_anterior: bool = True) -> list[Wave]:
    """Return normal activation of the left, without its end, and then the right ventricle, late and alone."""
    d, right = heart.qrs_ms, heart.shape[3]
    left = _by_the_bundles(heart, min(92.0, 0.72 * d), left_anterior=left_anterior)[:3]
    return [*left, lobe(0.44 * d, d, _times(right, (-0.62, -0.04, -0.66)), 1.6)]


def _rbbb_and_lafb(heart: Ventricles) -> list[Wave]:
    return _rbbb(heart, left_anterior=False)


def _incomplete_rbbb(heart: Ventricles) -> list[Wave]:
    d, right = heart.qrs_ms, heart.shape[3]
    return [*_by_the_bundles(heart, 0.84 * d)[:3], lobe(0.58 * d, d, _times(right, (-0.36, -0.05, -0.42)), 1.7)]


def _wpw(heart: Ventricles) -> list[Wave]:
    d, shift = heart.qrs_ms, 0.30 * heart.qrs_ms
    delta = Wave(0, 0.42 * d, 0, 0.30 * d, (0.34, 0.16, -0.30), 1.0)
    return [delta, *(w.later(shift) for w in _by_the_bundles(heart, d - shift)[1:])]


def _paced(heart: Ventricles) -> list[Wave]:
    d = heart.qrs_ms
    spike = Wave(-2, 1.0, 1.0, 1.0, (0.55, -0.9, 0.5), 1.0)
    return [
        spike,
        lobe(0, 0.46 * d, (0.30, -0.42, 0.20)),
        lobe(0.14 * d, 0.70 * d, (0.66, -0.86, 0.60), 1.6),
        lobe(0.46 * d, d, (0.46, -0.66, 0.66), 1.6),
    ]


# extra beats: from the right outflow tract (down, left), from the left ventricle (right, front), from the apex (up)
_FOCI: tuple[tuple[Vector, Vector, Vector], ...] = (
    ((-0.30, 0.80, 0.50), (0.50, 1.25, 1.05), (0.60, 0.45, 0.45)),
    ((-0.40, -0.10, -0.60), (-0.90, 0.40, -1.00), (-0.50, 0.70, -0.45)),
    ((0.10, -0.60, 0.20), (-0.30, -1.30, 0.80), (0.50, -0.60, 0.90)),
)


def _ventricular(heart: Ventricles) -> list[Wave]:
    """Return an ectopic beat of the ventricles: wide, large, led by no bundle."""
    d, (first, main, last) = heart.qrs_ms, _FOCI[heart.focus]
    return [
        lobe(0, 0.50 * d, first),
        lobe(0.22 * d, 0.80 * d, main, 1.6),
        lobe(0.55 * d, d, last, 1.6),
    ]


_QRS = {
    "normal": _normal,
    "LBBB": _lbbb,
    "RBBB": _rbbb,
    "IRBBB": _incomplete_rbbb,
    "LAFB": _lafb,
    "RBBB+LAFB": _rbbb_and_lafb,
    "WPW": _wpw,
    "paced": _paced,
    "ventricular": _ventricular,
}


def _infarct_loss(heart: Ventricles) -> list[Wave]:
    """Return what an old infarct takes away: the first 40 ms turn from the dead wall (Q waves, poor R progression)."""
    if not heart.old_infarct:
        return []
    s, d = heart.old_infarct_extent, min(heart.qrs_ms, 105.0)
    away = {"anterior": (0.00, 0.06, 0.62), "inferior": (0.08, -0.58, 0.0), "lateral": (-0.58, 0.12, -0.05)}
    early = lobe(0, 0.62 * d, away[heart.old_infarct]).scaled(s)
    # what opposed the dead wall is seen a little longer
    late = lobe(0.25 * d, 0.8 * d, away[heart.old_infarct]).scaled(0.45 * s)
    return [early, late]


# where ST and T point against a QRS complex that took the wrong way (secondary changes)
_DISCORDANT: dict[str, tuple[Vector, Vector]] = {
    "LBBB": ((-0.10, -0.02, -0.14), (-0.42, -0.08, -0.46)),
    "RBBB": ((0.0, 0.0, 0.02), (0.28, 0.15, 0.02)),
    "RBBB+LAFB": ((0.0, 0.0, 0.02), (0.28, 0.15, 0.02)),
    "paced": ((-0.10, 0.12, -0.12), (-0.34, 0.46, -0.40)),
    "WPW": ((-0.03, -0.02, 0.02), (0.02, 0.05, -0.02)),
}


def _repolarisation(heart: Ventricles) -> list[Wave]:
    if heart.conduction == "ventricular":
        main = _FOCI[heart.focus][1]
        return _st_and_t(heart, _times(-0.12, main), _times(-0.5, main))
    st, t = _DISCORDANT.get(heart.conduction, ((0.01, 0.01, -0.02), _T_NORMAL))
    t = _plus(_times(heart.t_size, t), heart.t_turn)
    if heart.strain > 0:
        s = 0.5 + 0.5 * heart.strain
        st, t = _plus(st, _times(s, (-0.12, -0.05, -0.09))), _plus(_times(1 - s, t), _times(s, (-0.24, -0.08, -0.26)))
    if heart.ischaemia:
        s = 0.35 + 0.65 * heart.ischaemia_severity
        turned = {"anterior": (-0.22, 0.06, 0.24), "inferior": (0.10, -0.26, -0.06), "lateral": (-0.28, 0.06, -0.02)}
        st = _plus(st, _times(0.22 * s, turned[heart.ischaemia]))
        t = _plus(_times(1 - s, t), _times(s, turned[heart.ischaemia]))
    if heart.old_infarct and not heart.ischaemia:
        t = _plus(t, _times(-0.5 * heart.old_infarct_extent, _INJURY[heart.old_infarct]))
    waves: list[Wave] = []
    if heart.injury:
        s = 0.16 + 0.95 * heart.injury_severity
        st = _plus(st, _times(s, _INJURY[heart.injury]))
        t = _plus(_times(0.8, t), _times(0.9 * s, _INJURY[heart.injury]))
    if heart.early_repolarisation > 0:
        s = heart.early_repolarisation
        st, t = _plus(st, _times(s, (0.06, 0.05, -0.09))), _plus(t, _times(s, (0.14, 0.08, -0.16)))
        waves.append(lobe(heart.qrs_ms - 28, heart.qrs_ms + 6, _times(s, (0.16, 0.12, -0.02))))
    return [*waves, *_st_and_t(heart, st, t)]


def _st_and_t(heart: Ventricles, st: Vector, t: Vector) -> list[Wave]:
    """Return the ST segment, which runs into T, and T, which ends steeper than it begins.

    T has fallen to 5 % of its peak at `qt_ms`: with a quarter cosine squared that is 0.856 of the fall.
    """
    after = heart.qt_ms - heart.qrs_ms
    start = heart.qrs_ms + 0.14 * after
    fall = 0.40 * (heart.qt_ms - start)
    rise = heart.qt_ms - 0.856 * fall - start
    segment = Wave(heart.qrs_ms - 24, 22, 0.10 * after, 0.62 * after, st)
    return [segment, Wave(start, rise, 0, fall, t)]
