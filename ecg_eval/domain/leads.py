"""The twelve leads, by name. Archives order and spell them differently; here there is one order and one spelling.

An order by index is how lead II becomes lead aVR unnoticed, so no function of this package takes a lead by position.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from ecg_eval.errors import SignalError, suggestion

LIMB_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")
PRECORDIAL_LEADS = ("V1", "V2", "V3", "V4", "V5", "V6")
STANDARD_LEADS = (*LIMB_LEADS, *PRECORDIAL_LEADS)

# What stands for the limb leads elsewhere, folded as `_folded` does: "D" for dérivation or derivação (French, Spanish
# and Portuguese carts; Telehealth Network of Minas Gerais, github.com/antonior92/ecg-preprocessing, issue 1), bare "VR"
# of Wilson's unipolar leads.
_ELSEWHERE = {
    **{f"d{number}": lead for number, lead in zip(("i", "ii", "iii"), LIMB_LEADS[:3], strict=True)},
    **{f"d{number}": lead for number, lead in zip("123", LIMB_LEADS[:3], strict=True)},
    **{lead.lower().removeprefix("a"): lead for lead in LIMB_LEADS[3:]},
}
# The chest electrodes by the code of IEC 60601-2-25 ("C1" to "C6", AHA's "V1" to "V6"), as German, French and Spanish
# recorders name the leads too. "C3" and "C4" are also places of the EEG (10-20 system, Jasper, Electroencephalogr Clin
# Neurophysiol 1958;10:371), so that these names are read among the names of a whole file only (`chest_electrodes`).
_CHEST = {f"c{number}": f"V{number}" for number in range(1, 7)}
_FEWEST_LIMB_LEADS = 2
_OF_THE_EEG = re.compile(
    r"eeg.*|(?:fp[12z]|f[3478z]|cz|t[3-8]|p[3478z]|o[12z]|[am][12])(?:ref|le|avg|[am][12])?|c[3-6](?:ref|le|avg|[am][12])"
)
_SPELLINGS = {lead.lower(): lead for lead in STANDARD_LEADS} | _ELSEWHERE
_MINUS = "-\u2212\u2013"
# words that stand before a lead's name: EDF's "ECG II" (edfplus.info), aECG's codes, "Ableitung", "dérivation"
_BEFORE = re.compile(r"^(?:mdcecglead|ecg|ekg|lead|abl(?:eitung)?|d[eé]riv(?:ation)?)(?=.)")


def _folded(name: str) -> str:
    """Fold a name to lower case without blanks, dashes, points and the words before it; "Ⅱ" is "ii"."""
    text = re.sub(r"[\s_.:\-\u2212\u2013]", "", unicodedata.normalize("NFKC", name)).lower()
    while text not in _SPELLINGS and text not in _CHEST and (shorter := _BEFORE.sub("", text)) != text:
        text = shorter
    return text


@lru_cache(maxsize=4096)
def signed_lead(name: str) -> tuple[str, int]:
    """Return the standard lead that a name stands for and its sign: -1 where the name is that of the lead turned over.

    Carts in Cabrera's order and SCP-ECG's lead code 65 store -aVR. A name of no standard lead is returned stripped.

    Examples
    --------
    >>> signed_lead("AVR"), signed_lead("-aVR"), signed_lead("ECG DII"), signed_lead("MLII")
    (('aVR', 1), ('aVR', -1), ('II', 1), ('MLII', 1))
    """
    stripped = name.strip()
    bare = re.sub(r"^(?:ecg|ekg)[\s_:]+", "", stripped, flags=re.IGNORECASE)
    sign = -1 if bare[:1] and bare[:1] in _MINUS else 1
    lead = _SPELLINGS.get(_folded(bare))
    return (stripped, 1) if lead is None else (lead, sign)


@lru_cache(maxsize=1024)
def chest_electrodes(names: tuple[str, ...]) -> dict[str, str]:
    """Return which names of a file are those of chest electrodes, with their leads: {"C1": "V1", ...}.

    They are where the file has limb leads, C1 and C2 among its names, no V1 to V6, and no place of the EEG.

    Examples
    --------
    >>> chest_electrodes(("D1", "D2", "C1", "C2"))
    {'C1': 'V1', 'C2': 'V2'}
    >>> chest_electrodes(("ECG I", "ECG II", "C3", "C4", "O1")), chest_electrodes(("I", "II", "C1", "C2", "Cz"))
    ({}, {})
    """
    folded = {name: _folded(name) for name in names}
    leads = {lead for text in folded.values() if (lead := _SPELLINGS.get(text))}
    chest = {name: _CHEST[text] for name, text in folded.items() if text in _CHEST}
    is_ecg = len(leads & set(LIMB_LEADS)) >= _FEWEST_LIMB_LEADS and not leads & set(PRECORDIAL_LEADS)
    looks_like_eeg = any(_OF_THE_EEG.fullmatch(text) for text in folded.values())
    return chest if is_ecg and not looks_like_eeg and {"V1", "V2"} <= set(chest.values()) else {}


def signed_leads(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the standard leads and signs of all names of a file, chest electrodes among them (`signed_lead`)."""
    chest = chest_electrodes(tuple(names))
    return [(chest[name], 1) if name in chest else signed_lead(name) for name in names]


def canonical_lead(name: str) -> str:
    """Return the standard spelling of a lead name, "-aVR" for aVR turned over; another name is returned stripped.

    Examples
    --------
    >>> canonical_lead("AVR"), canonical_lead(" lead II "), canonical_lead("MLII"), canonical_lead("- avr")
    ('aVR', 'II', 'MLII', '-aVR')
    """
    lead, sign = signed_lead(name)
    return lead if sign > 0 else f"-{lead}"


def lead_positions(present: tuple[str, ...], wanted: tuple[str, ...], *, who: str) -> list[int]:
    """Return where each wanted lead stands among those present.

    Raises
    ------
    SignalError
        When a wanted lead is missing or there twice.
    """
    names = [canonical_lead(name) for name in present]
    positions = []
    for lead in wanted:
        if names.count(lead) != 1:
            what = f"lead {lead}"
            rule = "present exactly once"
            raise SignalError(who, what, rule, list(present), suggestion(lead, names))
        positions.append(names.index(lead))
    return positions
