"""What a hospital's ECG file says, whatever its format, and the checks that no format may escape.

Leads go by name, never by place; their lengths must agree; an amplitude without a unit is refused. Where a file stores
I and II and none of III, aVR, aVL and aVF (as many carts do: four of the six limb leads follow from two), these are
computed by the laws of Einthoven and Goldberger, and named as computed.

Statements that a machine or a physician wrote into a file are kept as text. They never become labels.
"""

import re
from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._wfdb_files.corrections import named_by_electrode, without_calibration, without_filling
from ecg_eval.datasets._wfdb_files.headers import MAX_LEADS
from ecg_eval.datasets._wfdb_files.records import standard_order
from ecg_eval.domain.leads import signed_leads
from ecg_eval.errors import SignalError

# an hour of twelve leads at 1,000 Hz has 4.3e7 samples
MAX_SAMPLES = 1 << 26
_OLDEST_YEARS = 130.0
# an age with its unit; the first letter of a unit tells it: days, weeks (semaines), months (mois), years (ans, Jahre)
_AGE = re.compile(
    r"0*(\d{1,3})\s*(d|days?|w|weeks?|semaines?|m|months?|mois|y|yrs?|years?|years old|ans?|j|jahre?)\.?", re.IGNORECASE
)
_UNITS = {"d": 1.0, "ws": 7.0, "m": 365.25 / 12, "yaj": 365.25}
_NOBODY = frozenset({"", "0", "anonymous", "anonymized", "anonymised", "unknown", "none", "n/a", "na", "x"})

LeadSignal = tuple[str, NDArray[np.float64]]


class Facts(NamedTuple):
    """What a file says beside its signal; None where it says nothing that can be used.

    Attributes
    ----------
    patient_id : str or None
        The hospital's own.
    age_years : float or None
    sex : str or None
        "F", "M" or None.
    device : str or None
    statements : tuple of str
        What somebody, mostly the cart's program, wrote about the ECG. Text, not labels.
    unreadable : tuple of str
        What stands there and cannot be read, named with its text.
    """

    patient_id: str | None = None
    age_years: float | None = None
    sex: str | None = None
    device: str | None = None
    statements: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class ClinicalEcg(NamedTuple):
    """One ECG of a file.

    Attributes
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        In mV; NaN where the file marks a sample as missing.
    leads : tuple of str, length n_leads
        Standard leads first and in standard order.
    sampling_rate_hz : float
    derived_leads : tuple of str
        Those of `leads` that the file does not store.
    facts : Facts
    changes : tuple of str
        What was done to the stored samples, and which channels were left aside, in words.
    """

    signal: NDArray[np.float32]
    leads: tuple[str, ...]
    sampling_rate_hz: float
    derived_leads: tuple[str, ...]
    facts: Facts
    changes: tuple[str, ...] = ()


def assemble(
    who: str,
    leads: Sequence[LeadSignal],
    sampling_rate_hz: float,
    facts: Facts,
    *,
    left_aside: Sequence[str] = (),
) -> ClinicalEcg:
    """Return an ECG from its leads.

    Parameters
    ----------
    who : str
        The file.
    leads : sequence of (str, ndarray of float64, shape (n_samples,))
        Name and signal in mV.
    sampling_rate_hz : float
    facts : Facts
    left_aside : sequence of str
        Channels of the file that are no leads, with their units.

    Raises
    ------
    SignalError
        When there is no lead or no sample, a lead is there twice, lengths differ, or a size or rate is no ECG's.
    """
    signed = signed_leads([name for name, _ in leads])
    names = [lead for lead, _ in signed]
    lengths = sorted({len(signal) for _, signal in leads})
    if not 0 < len(names) <= MAX_LEADS:
        raise SignalError(who, "the number of leads", f"between 1 and {MAX_LEADS}", len(names))
    if len(set(names)) != len(names):
        raise SignalError(who, "leads", "named once each", sorted({n for n in names if names.count(n) > 1}))
    if len(lengths) != 1:
        raise SignalError(
            who, "leads", "of one length", lengths[:8], "Leads recorded one after the other are not read."
        )
    if not 0 < lengths[0] * len(names) <= MAX_SAMPLES:
        raise SignalError(who, "the number of samples", f"between 1 and {MAX_SAMPLES}", lengths[0] * len(names))
    check_rate(who, sampling_rate_hz)
    columns = {name: sign * signal for (name, sign), (_, signal) in zip(signed, leads, strict=True)}
    # before any lead is computed: what fills up I or II is no part of III
    recorded, filled = without_filling(np.column_stack(list(columns.values())), sampling_rate_hz)
    columns = dict(zip(columns, recorded.T, strict=True))
    derived = _derive_limb_leads(columns)
    order = standard_order(tuple(columns)) or range(len(columns))
    ordered = [list(columns)[i] for i in order]
    with np.errstate(over="ignore"):
        signal = np.column_stack([columns[name] for name in ordered]).astype(np.float32)
    if np.isinf(signal).any():
        raise SignalError(who, "amplitudes", "numbers of mV", "infinity", "Gain or unit of the file are broken.")
    patients_own, cut = without_calibration(signal, sampling_rate_hz)
    changes = (
        *(f"{name} turned over: the file holds -{name}" for name, sign in signed if sign < 0),
        *named_by_electrode([name for name, _ in leads]),
        *((f"{', '.join(derived)} computed from I and II",) if derived else ()),
        *(f"channel {channel} left aside: it is no ECG lead" for channel in left_aside),
        *filled,
        *cut,
    )
    return ClinicalEcg(patients_own, tuple(ordered), float(sampling_rate_hz), derived, facts, changes)


def check_rate(who: str, sampling_rate_hz: float) -> None:
    """Refuse a sampling rate that no ECG has."""
    if not (isfinite(sampling_rate_hz) and 1 <= sampling_rate_hz <= 100_000):
        raise SignalError(who, "the sampling rate in Hz", "between 1 and 100000", sampling_rate_hz)


def _derive_limb_leads(columns: dict[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Add III, aVR, aVL and aVF where the file has I and II and none of the four; return the names of those added."""
    derived = ("III", "aVR", "aVL", "aVF")
    if not {"I", "II"} <= columns.keys() or columns.keys() & set(derived):
        return ()
    one, two = columns["I"], columns["II"]
    columns["III"] = two - one
    columns["aVR"] = -(one + two) / 2
    columns["aVL"] = one - two / 2
    columns["aVF"] = two - one / 2
    return derived


def patient_of(text: str | None) -> str | None:
    """Return a patient's number; None for the words that stand for nobody ("anonymous", "0")."""
    number = (text or "").strip("\0 \t\r\n")
    return None if number.casefold() in _NOBODY else number


def unread_age(text: str, age_years: float | None) -> tuple[str, ...]:
    """Return the age that a file states and nobody can read, in words; nothing for a blank or an age that was read."""
    stated = printable(text)
    return () if age_years is not None or not stated else (f"the age cannot be read: {stated!r}",)


def printable(text: str) -> str:
    r"""Return a text without control characters and blanks at its ends, at most 80 characters of it.

    Examples
    --------
    >>> printable("Cart\x00\x07 7 ")
    'Cart 7'
    """
    return "".join(c for c in text if c.isprintable()).strip()[:80]


def years_of(text: str) -> float | None:
    """Return the years of an age with its unit, as DICOM (PS3.5, value representation AS) and people write it.

    Examples
    --------
    >>> years_of("061Y"), years_of("18M"), years_of("45 ans"), years_of("61")
    (61.0, 1.5, 45.0, None)
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        return None
    days = next(days for letters, days in _UNITS.items() if match[2][0].lower() in letters)
    return plausible_age(int(match[1]) * days / _UNITS["yaj"])


def plausible_age(years: float | None) -> float | None:
    """Return an age; None for one that stands for "unknown" (negative, 999)."""
    return years if years is not None and 0 <= years <= _OLDEST_YEARS else None


def age_on(birth: date | None, day: date | None) -> float | None:
    """Return the age in whole years on a day; None where either is unknown."""
    if birth is None or day is None:
        return None
    return plausible_age(float(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))))


def day_of(text: str | None) -> date | None:
    """Return the day that eight digits or a year with dashes say (19710123, 1971-01-23); None for anything else."""
    digits = (text or "").strip().replace("-", "")[:8]
    try:
        return date.fromisoformat(digits) if digits.isascii() and digits.isdigit() else None
    except ValueError:
        return None
