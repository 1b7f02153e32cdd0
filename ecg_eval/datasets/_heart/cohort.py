"""Who the simulated patients are, what they have, and how plainly: drawn before any tracing is made.

Prevalences are per ECG of adults. "primary_care" follows what is published of ECGs recorded in general practice in
order of magnitude (most are normal, atrial fibrillation and conduction disease rise with age); "enriched" holds enough
of everything for a reader study. Severity runs from 0 (borderline) to 1 (obvious).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._heart.beats import Ventricles
from ecg_eval.datasets._heart.rhythms import Rhythm
from ecg_eval.datasets._heart.tracing import Body, Heart

PREVALENCES = ("primary_care", "enriched")

# groups of findings that exclude one another: (finding, chance in primary care, chance when enriched)
_GROUPS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "rhythm": (
        ("AFIB", 0.050, 0.068),
        ("AFLT", 0.006, 0.022),
        ("PACE", 0.008, 0.019),
        ("2AVB", 0.002, 0.015),
        ("3AVB", 0.001, 0.007),
    ),
    "rate": (("SBRAD", 0.090, 0.083), ("STACH", 0.040, 0.068), ("SARRH", 0.030, 0.030)),
    "conduction": (
        ("CLBBB", 0.020, 0.056),
        ("CRBBB", 0.040, 0.060),
        ("IRBBB", 0.030, 0.030),
        ("ILBBB", 0.006, 0.015),
        ("IVCD", 0.020, 0.019),
        ("WPW", 0.003, 0.019),
    ),
    "fascicle": (("LAFB", 0.035, 0.045),),
    "delay": (("1AVB", 0.055, 0.075),),
    "ectopy": (("PVC", 0.045, 0.041), ("PAC", 0.040, 0.034)),
    "injury": (("INJAS", 0.003, 0.026), ("INJIN", 0.003, 0.026), ("INJAL", 0.001, 0.009)),
    "old_infarct": (("ASMI", 0.022, 0.045), ("IMI", 0.030, 0.053), ("LMI", 0.004, 0.009)),
    "ischaemia": (("ISCAL", 0.025, 0.030), ("ISCIN", 0.010, 0.015), ("ISCLA", 0.010, 0.015)),
    "mass": (("LVH", 0.060, 0.083),),
    "duration": (("LNGQT", 0.012, 0.026),),
    "voltage": (("LVOLT", 0.015, 0.019),),
    "variant": (
        ("early_repolarisation", 0.035, 0.034),
        ("poor_r_progression", 0.050, 0.060),
        ("narrow_inferior_q", 0.050, 0.060),
    ),
}
# how the odds of a finding grow per decade above 60
_PER_DECADE = {
    **{"AFIB": 2.0, "AFLT": 1.6, "PACE": 1.9, "2AVB": 1.6, "3AVB": 1.6, "CLBBB": 1.7, "CRBBB": 1.5, "LAFB": 1.5},
    **{"1AVB": 1.5, "PVC": 1.3, "PAC": 1.4, "INJAS": 1.2, "INJIN": 1.2, "INJAL": 1.2, "ASMI": 1.5, "IMI": 1.5},
    **{"LMI": 1.5, "ISCAL": 1.3, "ISCIN": 1.3, "ISCLA": 1.3, "LVH": 1.3, "early_repolarisation": 0.5, "WPW": 0.8},
    **{"STACH": 0.85, "SARRH": 0.6},
}
# odds for men against women
_MEN = {
    **{"AFIB": 1.4, "CRBBB": 1.6, "IMI": 2.2, "ASMI": 2.2, "LMI": 2.0, "INJAS": 2.0, "INJIN": 2.0, "INJAL": 2.0},
    **{"LNGQT": 0.6, "early_repolarisation": 3.0, "LAFB": 1.4, "PACE": 1.4},
}
_WALL = {
    **{"INJAS": "anterior", "INJIN": "inferior", "INJAL": "lateral"},
    **{"ASMI": "anterior", "IMI": "inferior", "LMI": "lateral"},
    **{"poor_r_progression": "anterior", "narrow_inferior_q": "inferior"},
    **{"ISCAL": "anterior", "ISCIN": "inferior", "ISCLA": "lateral"},
}
_SIGNS = {
    "INJAS": "STE_",
    "INJIN": "STE_",
    "INJAL": "STE_",
    "ASMI": "QWAVE",
    "IMI": "QWAVE",
    "LMI": "QWAVE",
} | dict.fromkeys(("ISCAL", "ISCIN", "ISCLA"), "INVT")
# normal variants, which look like something and are nothing
VARIANTS = ("early_repolarisation", "poor_r_progression", "narrow_inferior_q")
# every statement that an ECG may be given
STATEMENTS = (
    "NORM",
    "SR",
    "VCLVH",
    "STE_",
    "QWAVE",
    "INVT",
    *(name for group in _GROUPS.values() for name, _, _ in group if name not in VARIANTS),
)
_DEVICES = (("Simulator A", 1.0), ("Simulator B", 0.8), ("Simulator C", 1.35))
_N_SITES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A simulated person.

    Attributes
    ----------
    patient_id : int
    age_years : int
    male : bool
    site, device : int
        Position of the site, and of the device in the list of devices.
    fold : int
        1 to 10; all ECGs of a patient are in one fold.
    body : Body
    shape, t_turn : tuple of float
        As ``Ventricles`` takes them: what is this person's own in QRS and T.
    has : mapping of str to float
        Finding (PTB-XL's statement) or normal variant to its severity, the same in every ECG.
    """

    patient_id: int
    age_years: int
    male: bool
    site: int
    device: int
    fold: int
    body: Body
    shape: tuple[float, ...]
    t_turn: tuple[float, float, float]
    has: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one ECG shows, before it is drawn.

    Attributes
    ----------
    heart : Heart
    statements : dict of str to float
        PTB-XL statements with likelihoods as the archive writes them (0 for form and rhythm).
    severity : dict of str to float
        Of each finding stated.
    difficulty : float
        How hard the ECG is to read as a whole, 0 for the average, in standard deviations of a reader's evidence.
    """

    heart: Heart
    statements: dict[str, float] = field(default_factory=dict)
    severity: dict[str, float] = field(default_factory=dict)
    difficulty: float = 0.0


def draw_patient(patient_id: int, prevalence: str, rng: np.random.Generator) -> Patient:
    """Return a patient; age and sex shift what is found."""
    age = int(np.clip(rng.normal(62, 17), 18, 96))
    male = bool(rng.random() < 0.5)
    has: dict[str, float] = {}
    for group in _GROUPS.values():
        chances = np.array([_chance(name, c[PREVALENCES.index(prevalence)], age, male) for name, *c in group])
        drawn = rng.random()
        place = int(np.searchsorted(np.cumsum(chances), drawn))
        severity = float(rng.beta(1.0, 2.2))
        if place < len(group):
            has[group[place][0]] = severity
    body = Body(
        frontal_deg=float(np.clip(-0.45 * (age - 55) + rng.normal(0, 16), -50, 45)),
        horizontal_deg=float(rng.normal(0, 12)),
        sagittal_deg=float(rng.normal(0, 10)),
        gains=tuple(_gains(rng)),
    )
    return Patient(
        patient_id=patient_id,
        age_years=age,
        male=male,
        site=int(rng.integers(_N_SITES)),
        device=int(rng.integers(len(_DEVICES))),
        fold=1 + int(rng.integers(10)),
        body=body,
        shape=tuple(np.exp(rng.normal(0, 0.24, size=4)).tolist()),
        t_turn=_three(rng.normal(0, 0.05, size=3)),
        has=_reconciled(has),
    )


def device_name(position: int) -> str:
    """Return the name of a device."""
    return _DEVICES[position][0]


def _chance(name: str, base: float, age: int, male: bool) -> float:
    """Return a finding's chance at an age and sex: base odds at 60, multiplied by decade and for men."""
    men = _MEN.get(name, 1.0)
    odds = base / (1 - base) * _PER_DECADE.get(name, 1.0) ** ((age - 60) / 10) * (men if male else 1.0) * 2 / (1 + men)
    return float(odds / (1 + odds))


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


def _gains(rng: np.random.Generator) -> list[float]:
    """Limb electrodes share one gain, so that the heart stays centred; the chest's differ by wall and placement."""
    build = float(np.exp(rng.normal(0, 0.10)))
    return [build] * 3 + [build * float(np.exp(rng.normal(0, 0.14))) for _ in range(6)]


def _reconciled(has: dict[str, float]) -> dict[str, float]:
    """Drop what cannot be seen, or does not occur, beside something stronger."""
    gone: set[str] = set()
    if has.keys() & {"AFIB", "AFLT", "PACE", "2AVB", "3AVB"}:
        gone |= {"SBRAD", "STACH", "SARRH", "1AVB", "PAC", "WPW"}
    if "PACE" in has:
        gone |= {"CLBBB", "CRBBB", "IRBBB", "ILBBB", "IVCD", "LAFB", "WPW", "PVC"}
    if has.keys() & {"CLBBB", "IRBBB", "ILBBB", "IVCD", "WPW"}:
        gone |= {"LAFB"}
    if has.keys() & {"CLBBB", "ILBBB", "PACE", "WPW"}:
        gone |= {"INJAS", "INJIN", "INJAL", "ASMI", "IMI", "LMI", "ISCAL", "ISCIN", "ISCLA", "LVH"}
    if "WPW" in has:
        gone |= {"1AVB", "LVOLT"}
    injured = has.keys() & {"INJAS", "INJIN", "INJAL"}
    if injured:
        gone |= {"ASMI", "IMI", "LMI", "ISCAL", "ISCIN", "ISCLA", *VARIANTS}
    if has.keys() & {"ASMI", "IMI", "LMI", "ISCAL", "ISCIN", "ISCLA", "CLBBB", "ILBBB", "CRBBB", "LVH", "PACE", "WPW"}:
        gone |= set(VARIANTS)
    if "STACH" in has:
        gone |= {"LNGQT"}
    if "LVH" in has:
        gone |= {"LVOLT", "ISCAL", "ISCIN", "ISCLA"}
    if has.keys() & {"2AVB", "3AVB"}:
        gone |= {"PVC"}
    return {name: severity for name, severity in has.items() if name not in gone}


def draw_plan(patient: Patient, rng: np.random.Generator) -> Plan:
    """Return one ECG of a patient."""
    has = patient.has
    rhythm = _rhythm(patient, rng)
    ventricles = _ventricles(patient, rhythm, rng)
    noise = float(np.clip(np.exp(rng.normal(np.log(0.36), 0.65)) * _DEVICES[patient.device][1], 0.04, 1.6))
    loose = int(rng.integers(9)) if rng.random() < 0.015 else None
    p_size = float(np.exp(rng.normal(-0.1, 0.4)))
    for name in ("AFIB", "AFLT"):
        # fine waves are hard to see
        p_size *= 0.35 + 0.75 * has[name] if name in has else 1.0
    heart = Heart(
        rhythm=rhythm,
        ventricles=ventricles,
        body=patient.body,
        p_ms=float(np.clip(rng.normal(106, 8), 84, 122)),
        p_size=p_size,
        noise=noise,
        loose=loose,
    )
    return Plan(heart=heart, statements=_statements(has), severity=dict(has), difficulty=_difficulty(has, noise, loose))


def _rhythm(patient: Patient, rng: np.random.Generator) -> Rhythm:
    has, kind = patient.has, "sinus"
    pr = float(np.clip(160 + 0.30 * (patient.age_years - 55) + rng.normal(0, 19), 122, 199))
    rate = float(np.clip(rng.normal(72, 10), 61, 97))
    irregularity = float(np.clip(0.045 - 0.0004 * patient.age_years + rng.normal(0, 0.008), 0.006, 0.07))
    if "SBRAD" in has:
        rate = 59.2 - 18 * has["SBRAD"]
    elif "STACH" in has:
        rate, irregularity = 101 + 40 * has["STACH"], 0.008
        pr = max(pr - 0.45 * (rate - 72), 112)
    elif "SARRH" in has:
        irregularity = 0.09 + 0.08 * has["SARRH"]
    if "1AVB" in has:
        pr = 201 + 98 * has["1AVB"]
    if "AFIB" in has:
        kind, rate = "AF", float(np.clip(rng.normal(92, 20), 52, 150))
        irregularity = 0.04 + 0.17 * has["AFIB"]
    elif "AFLT" in has:
        kind, rate = "AFL", float(300 / rng.choice([2, 3, 4, 4]) * rng.uniform(0.93, 1.05))
        irregularity = 0.0 if rng.random() < 0.6 else 0.08
    elif "2AVB" in has:
        kind, rate, pr = "2AVB", float(rng.uniform(66, 90)), float(rng.uniform(165, 215))
    elif "3AVB" in has:
        kind, rate = "3AVB", float(rng.uniform(33, 46))
    elif "PACE" in has:
        kind, rate, pr, irregularity = "paced", float(rng.uniform(60, 75)), float(rng.uniform(140, 180)), 0.012
    elif "WPW" in has:
        pr = float(rng.uniform(86, 112))
    return Rhythm(
        kind=kind,
        rate_per_min=rate,
        pr_ms=pr,
        irregularity=irregularity,
        premature_atrial=0.12 + 0.15 * has["PAC"] if "PAC" in has else 0.0,
        premature_ventricular=0.10 + 0.15 * has["PVC"] if "PVC" in has else 0.0,
    )


# the statement that decides the shape of QRS: its word in the heart model, least QRS in ms, what severity adds
_CONDUCTION = {
    "PACE": ("paced", 140, 30),
    "CLBBB": ("LBBB", 121, 36),
    "CRBBB": ("RBBB", 121, 34),
    "IRBBB": ("IRBBB", 102, 16),
    "ILBBB": ("LBBB", 104, 14),
    "IVCD": ("normal", 112, 16),
    "WPW": ("WPW", 116, 34),
    "LAFB": ("LAFB", 94, 16),
}


def _ventricles(patient: Patient, rhythm: Rhythm, rng: np.random.Generator) -> Ventricles:
    has = patient.has
    name = next((name for name in _CONDUCTION if name in has), "")
    conduction, qrs = "normal", float(np.clip(rng.normal(97 if patient.male else 90, 6), 76, 108))
    if name:
        conduction, least, more = _CONDUCTION[name]
        qrs = least + more * has[name]
        if name == "CRBBB" and "LAFB" in has:
            conduction = "RBBB+LAFB"
    qtc = float(np.clip(rng.normal(404 if patient.male else 414, 12), 376, 440))
    if "LNGQT" in has:
        qtc = 478 + 75 * has["LNGQT"]
    # Fridericia; a wide QRS lengthens QT by most of what it is wider
    rr_s = 60 / rhythm.rate_per_min
    qt = qtc * rr_s ** (1 / 3) + 0.7 * max(qrs - 105, 0)
    if "LNGQT" not in has and rr_s < 2 / 3:
        # above 90/min QT falls with the square root: P would else lie on T more often than it does
        qt *= (1.5 * rr_s) ** (1 / 6)
    t_size = float(np.exp(rng.normal(0, 0.18))) * (1.1 if patient.male else 0.9)
    voltage = (
        float(np.exp(rng.normal(0, 0.15))) * (1.05 if patient.male else 0.95) * (1 - 0.002 * (patient.age_years - 60))
    )
    if "LVOLT" in has:
        voltage = 0.44 - 0.14 * has["LVOLT"]
        # what lies between heart and electrodes weakens T as it does QRS, if not quite as much
        t_size *= 0.6
    walls = {kind: next((n for n in names if n in has), "") for kind, names in _BY_WALL.items()}
    return Ventricles(
        conduction=conduction,
        qrs_ms=qrs,
        qt_ms=qt,
        voltage=voltage,
        hypertrophy=0.28 + 0.62 * has["LVH"] if "LVH" in has else 0.0,
        strain=has["LVH"] if has.get("LVH", 0.0) > 0.45 else 0.0,
        old_infarct=_WALL.get(walls["old"], ""),
        old_infarct_extent=_extent(walls["old"], has),
        injury=_WALL.get(walls["injury"], ""),
        injury_severity=has.get(walls["injury"], 0.0),
        ischaemia=_WALL.get(walls["ischaemia"], ""),
        ischaemia_severity=has.get(walls["ischaemia"], 0.0),
        early_repolarisation=0.4 + 0.6 * has["early_repolarisation"] if "early_repolarisation" in has else 0.0,
        t_size=t_size,
        shape=patient.shape,
        t_turn=patient.t_turn,
        focus=patient.patient_id % 3,
    )


_BY_WALL = {
    "old": ("ASMI", "IMI", "LMI", "poor_r_progression", "narrow_inferior_q"),
    "injury": ("INJAS", "INJIN", "INJAL"),
    "ischaemia": ("ISCAL", "ISCIN", "ISCLA"),
}


def _extent(name: str, has: Mapping[str, float]) -> float:
    """Return how much of a wall is dead, or looks as if it were: a variant is like a small infarct."""
    if not name:
        return 0.0
    return 0.12 + 0.28 * has[name] if name in VARIANTS else 0.20 + 0.85 * has[name]


_RHYTHM_OR_FORM = {"AFIB", "AFLT", "PACE", "SBRAD", "STACH", "SARRH", "PVC", "PAC", "LVOLT"}


def _statements(has: Mapping[str, float]) -> dict[str, float]:
    """Return PTB-XL statements: diagnoses at 100 %, form and rhythm at 0 as the archive writes them."""
    likelihoods = {name: 0.0 if name in _RHYTHM_OR_FORM else 100.0 for name in has if name not in VARIANTS}
    if not likelihoods.keys() - {"SARRH"}:
        likelihoods["NORM"] = 100.0
    likelihoods |= dict.fromkeys((_SIGNS[name] for name in has if name in _SIGNS), 0.0)
    if "LVH" in has:
        likelihoods["VCLVH"] = 0.0
    if not likelihoods.keys() & {"AFIB", "AFLT", "PACE", "SBRAD", "STACH", "SARRH"}:
        likelihoods["SR"] = 0.0
    return likelihoods


def _difficulty(has: Mapping[str, float], noise: float, loose: int | None) -> float:
    """Return how hard an ECG is: borderline findings, noise, a mimic, several things at once."""
    findings = [severity for name, severity in has.items() if name not in VARIANTS]
    borderline = 0.9 * (0.51 - min(findings)) if findings else -0.2
    mimic = 0.5 if has.keys() & set(VARIANTS) else 0.0
    return float(borderline + 0.5 * (noise - 0.28) + mimic + 0.15 * max(len(findings) - 1, 0) + (0.3 if loose else 0.0))
