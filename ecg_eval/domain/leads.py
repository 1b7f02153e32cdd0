"""The twelve leads, by name. Archives order and spell them differently; here there is one order and one spelling.

An order by index is how lead II becomes lead aVR unnoticed, so no function of this package takes a lead by position.
"""

from ecg_eval.errors import SignalError, suggestion

LIMB_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")
PRECORDIAL_LEADS = ("V1", "V2", "V3", "V4", "V5", "V6")
STANDARD_LEADS = (*LIMB_LEADS, *PRECORDIAL_LEADS)

# spellings met in public archives, folded to lower case without spaces, dashes and a leading "lead"
_SPELLINGS = {lead.lower(): lead for lead in STANDARD_LEADS} | {
    "mdc_ecg_lead_" + lead.lower(): lead for lead in STANDARD_LEADS
}


def canonical_lead(name: str) -> str:
    """Return the standard spelling of a lead name; a name that is no standard lead is returned stripped.

    Examples
    --------
    >>> canonical_lead("AVR"), canonical_lead(" lead II "), canonical_lead("MLII")
    ('aVR', 'II', 'MLII')
    """
    folded = name.strip().lower().replace(" ", "").replace("-", "").removeprefix("lead")
    return _SPELLINGS.get(folded, name.strip())


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
