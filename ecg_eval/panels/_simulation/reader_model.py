"""How a simulated reader answers: evidence, criterion, and the pull of what the AI says.

Evidence for a finding is normal, higher by d' where the finding is there (Green and Swets, Signal Detection Theory and
Psychophysics, 1966); the reader says "present" above a criterion. Part of the noise belongs to the recording and is
shared by all readers, part to one reader's view of it, part to the occasion. Shown an AI's answer that differs from
theirs, readers take it with a probability that falls with how sure they were.

The numbers are fitted to published readers by ``scripts/calibrate_simulated_gps.py``, which shows both side by side in
docs/rehearsal.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

EXPERTISE = ("student", "resident", "gp", "cardiologist")

# what each expertise adds to a GP's d' (Cook et al., JAMA Intern Med 2020: 42, 56, 69 and 75 % correct)
D_PRIME_SHIFT = {"student": -1.60, "resident": -0.80, "gp": 0.0, "cardiologist": 0.46}
# chance of taking the AI's answer against one's own when wholly unsure
RELIANCE = {"student": 0.85, "resident": 0.82, "gp": 0.64, "cardiologist": 0.32}
# SD between readers of d' and of the criterion: 0.6 on the logit scale is 0.35 on this one
ABILITY_SD, CRITERION_SD = 0.35, 0.25

# d' and criterion of a GP. AF: SAFE, sensitivity 80 % and specificity 92 % (Mant et al., BMJ 2007;335:380). Fascicular
# and incomplete blocks: 16 % and 10 % named, old infarction 82 % (Compiet et al., Neth Heart J 2018). The others lie
# between, the rates being easiest.
GP_DEFAULT = (1.90, 0.30)
GP_FINDINGS: dict[str, tuple[float, float]] = {
    "AF": (2.25, 0.28),
    "AFL": (1.90, 0.50),
    "SBRAD": (2.70, 0.15),
    "STACH": (2.80, 0.10),
    "1AVB": (2.00, 0.40),
    "2AVB": (1.70, 0.70),
    "3AVB": (2.00, 0.50),
    "LBBB": (2.20, 0.30),
    "RBBB": (2.10, 0.30),
    "ILBBB": (0.90, 1.60),
    "IRBBB": (0.90, 1.70),
    "LAFB": (1.00, 1.50),
    "LPFB": (0.80, 1.70),
    "WPW": (1.60, 0.80),
    "PACE": (2.80, 0.20),
    "PVC": (2.50, 0.20),
    "PAC": (1.90, 0.40),
    "MI": (2.10, 0.20),
    "IMI": (2.20, 0.18),
    "AMI": (2.20, 0.18),
    "LVH": (1.60, 0.30),
    "HYP": (1.40, 0.40),
    "STTC": (1.50, 0.25),
    "CD": (1.70, 0.25),
    "NORM": (1.80, 0.05),
    "LNGQT": (1.50, 0.70),
}

# shares of the evidence's variance: the recording, this reader's view of it, the occasion
CASE_SHARE, VIEW_SHARE = 0.35, 0.35
DIFFICULTY_EFFECT = 0.40
DIFFICULTY_SD = 0.5
# how fast reliance falls with the distance of the evidence from the criterion
SURENESS = 1.6

SECONDS_UNAIDED, TIME_FACTOR_AIDED = 60.0, 0.75  # Hillson et al., Med Decis Making 1995: 15 s (25 %) less
SECONDS_SD = {"reader": 0.25, "record": 0.20, "occasion": 0.30}


@dataclass(frozen=True, kw_only=True, eq=False)
class Readers:
    """Simulated readers, one entry each in every array.

    Attributes
    ----------
    expertise : list of str
    ability, criterion, reliance, pace : ndarray, shape (n_readers,)
        Shift of d', shift of the criterion, chance of taking the AI's answer when unsure, log of the time factor.
    years_experience, ecgs_per_year : ndarray, shape (n_readers,)
    practice : ndarray of int, shape (n_readers,)
    """

    expertise: list[str]
    ability: Floats
    criterion: Floats
    reliance: Floats
    pace: Floats
    years_experience: Floats
    ecgs_per_year: Floats
    practice: NDArray[np.int64]


def draw_readers(expertise: list[str], *, reliance_factor: float, rng: np.random.Generator) -> Readers:
    """Return readers around their expertise; who reads more ECGs is a little better."""
    n = len(expertise)
    volume, talent = rng.normal(size=n), rng.normal(size=n)
    ability = ABILITY_SD * (0.4 * volume + np.sqrt(1 - 0.4**2) * talent)
    median_per_year = np.array([{"gp": 28.0, "cardiologist": 1500.0}.get(e, 120.0) for e in expertise])
    median_years = np.array([{"gp": 16.0, "cardiologist": 15.0, "resident": 3.0}.get(e, 0.0) for e in expertise])
    lean = np.array([RELIANCE[e] for e in expertise])
    logit = np.log(lean / (1 - lean)) + 0.4 * rng.normal(size=n)
    return Readers(
        expertise=expertise,
        ability=ability + np.array([D_PRIME_SHIFT[e] for e in expertise]),
        criterion=CRITERION_SD * rng.normal(size=n),
        reliance=reliance_factor / (1 + np.exp(-logit)),
        pace=SECONDS_SD["reader"] * rng.normal(size=n) - 0.05 * volume,
        years_experience=np.round(median_years * np.exp(0.5 * rng.normal(size=n))),
        ecgs_per_year=np.round(median_per_year * np.exp(0.7 * volume)),
        # two readers a practice
        practice=np.arange(n) // 2,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Occasions:
    """What the readers look at: one row per reader and recording read.

    Attributes
    ----------
    reader, record : ndarray of int, shape (n_occasions,)
    aided : ndarray of bool, shape (n_occasions,)
    sharpness : ndarray, shape (n_occasions,)
        What learning, fatigue and period add to d'.
    """

    reader: NDArray[np.int64]
    record: NDArray[np.int64]
    aided: Booleans
    sharpness: Floats


def evidence(
    *,
    readers: Readers,
    occasions: Occasions,
    truth: Floats,
    difficulty: Floats,
    findings: tuple[str, ...],
    carry_over: float,
    rng: np.random.Generator,
    case: Floats | None = None,
) -> Floats:
    """Return evidence less criterion, shape (n_occasions, n_findings): above 0 the reader says "present" unaided.

    x - k = d' exp(-difficulty effect) (truth - 1/2) + noise - k, with noise of variance 1; unknown truth counts as 1/2.

    Parameters
    ----------
    readers : Readers
    occasions : Occasions
    truth : ndarray, shape (n_records, n_findings)
        1, 0 or NaN.
    difficulty : ndarray, shape (n_records,)
        0 for the average recording.
    findings : tuple of str
    carry_over : float
        Share of the occasion's noise that comes back when the reader sees the recording again, in [0, 1].
    rng : numpy Generator
    case : ndarray, shape (n_records, n_findings), optional
        The recordings' own part of the noise, in standard deviations; drawn by default.
    """
    n_records, n_findings = truth.shape
    n_readers = len(readers.expertise)
    d_prime, criterion = np.array([GP_FINDINGS.get(code, GP_DEFAULT) for code in findings]).T
    reader, record = occasions.reader, occasions.record
    case = rng.normal(size=(n_records, n_findings)) if case is None else case
    view = rng.normal(size=(n_readers, n_records, n_findings))
    remembered = rng.normal(size=(n_readers, n_records, n_findings))
    fresh = rng.normal(size=(len(reader), n_findings))
    occasion = np.sqrt(carry_over) * remembered[reader, record] + np.sqrt(1 - carry_over) * fresh
    noise = np.sqrt(CASE_SHARE) * case[record] + np.sqrt(VIEW_SHARE) * view[reader, record]
    noise = noise + np.sqrt(1 - CASE_SHARE - VIEW_SHARE) * occasion
    skill = np.clip(d_prime[None, :] + readers.ability[reader, None] + occasions.sharpness[:, None], 0.0, None)
    skill = skill * np.exp(-DIFFICULTY_EFFECT * difficulty[record])[:, None]
    signal = np.nan_to_num(truth, nan=0.5)[record] - 0.5
    return np.asarray(skill * signal + noise - criterion[None, :] - readers.criterion[reader, None])


def follow_advice(
    own_belief: Floats, advice: Floats, *, readers: Readers, occasions: Occasions, rng: np.random.Generator
) -> Floats:
    """Return evidence less criterion after the AI's answer was seen.

    Where it differs from the reader's own, it is taken with probability a exp(-|x - k| / sureness): a doctor who is
    sure stays. Taken advice leaves evidence on the AI's side of the criterion.

    Parameters
    ----------
    own_belief : ndarray, shape (n_occasions, n_findings)
        As ``evidence`` gives it.
    advice : ndarray, shape (n_occasions, n_findings)
        1, 0, NaN where nothing was shown.
    readers : Readers
    occasions : Occasions
    rng : numpy Generator
    """
    differs = ~np.isnan(advice) & ((own_belief > 0) != (advice > 0.5))
    chance = readers.reliance[occasions.reader, None] * np.exp(-np.abs(own_belief) / SURENESS)
    taken = differs & (rng.random(own_belief.shape) < chance)
    return np.where(
        taken, np.where(advice > 0.5, 1.0, -1.0) * np.abs(rng.normal(0.5, 0.3, size=own_belief.shape)), own_belief
    )


def reading_seconds(*, readers: Readers, occasions: Occasions, difficulty: Floats, rng: np.random.Generator) -> Floats:
    """Return seconds per recording read, shape (n_occasions,): log-normal, its mean 60 s unaided, 25 % less aided."""
    record_part = SECONDS_SD["record"] * rng.normal(size=len(difficulty)) + 0.1 * difficulty
    sd2 = sum(sd**2 for sd in SECONDS_SD.values())
    log_seconds = (
        np.log(SECONDS_UNAIDED)
        - sd2 / 2
        + readers.pace[occasions.reader]
        + record_part[occasions.record]
        + SECONDS_SD["occasion"] * rng.normal(size=len(occasions.reader))
        + np.where(occasions.aided, np.log(TIME_FACTOR_AIDED), 0.0)
    )
    return np.asarray(np.round(np.exp(log_seconds), 1))


def stated_confidence(final: Floats, advice: Floats, *, aided: Booleans, rng: np.random.Generator) -> Floats:
    """Return confidence from 0 to 1 in steps of 0.05, shape (n_occasions, n_findings).

    Unaided it follows the distance of the evidence from the criterion; aided it follows it half as much, and is higher
    where AI and reader agree, right or wrong (Bond et al., J Electrocardiol 2018).
    """
    sure = 0.5 + 0.45 * (1 - np.exp(-np.abs(final)))
    agrees = ~np.isnan(advice) & ((final > 0) == (advice > 0.5))
    blurred = 0.35 * sure + 0.65 * (0.70 + 0.10 * agrees)
    shown = np.where(aided[:, None] & ~np.isnan(advice), blurred, sure) + rng.normal(0, 0.06, size=final.shape)
    return np.asarray(np.round(np.clip(shown, 0.0, 1.0) * 20) / 20)
