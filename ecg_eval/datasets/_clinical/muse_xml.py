"""GE MUSE XML: 16-bit little-endian samples in base64, with the volts of a bit beside each lead.

Carts of this family store I, II and V1-V6. Refused: a lead whose units are not stated, and one with an offset of its
first sample or a baseline other than 0, since programs that read such files disagree on its sign.
"""

from xml.etree.ElementTree import Element
from zlib import crc32

from ecg_eval.datasets._clinical.ecg import (
    ClinicalEcg,
    Facts,
    LeadSignal,
    assemble,
    patient_of,
    plausible_age,
    printable,
    unread_age,
)
from ecg_eval.datasets._clinical.safe_xml import (
    MAX_XML_BYTES,
    integers_of,
    number,
    read_xml,
    samples_of_base64,
    text_of,
)
from ecg_eval.datasets._wfdb_files.headers import units_per_millivolt
from ecg_eval.errors import SignalError

MAX_BYTES = MAX_XML_BYTES  # asked of every format
_YEARS = {"YEARS": 1.0, "MONTHS": 1 / 12, "WEEKS": 7 / 365.25, "DAYS": 1 / 365.25}
_SEXES = {"MALE": "M", "FEMALE": "F"}
_ZERO = ("FirstSampleBaseline", "LeadOffsetFirstSample", "LeadTimeOffset")


def read_muse_xml(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of a MUSE file.

    Raises
    ------
    SignalError
        When it has no rhythm or several, or leads whose scale cannot be known.
    """
    root = read_xml(data, who, "RestingECG")
    rhythms = [w for w in root.findall("Waveform") if text_of(w, "WaveformType").upper() == "RHYTHM"]
    if len(rhythms) != 1:
        raise SignalError(who, "rhythms", "one", len(rhythms))
    base, exponent = (number(who, key, text_of(rhythms[0], key) or "0") for key in ("SampleBase", "SampleExponent"))
    if not -9 <= exponent <= 9:
        raise SignalError(who, "SampleExponent", "between -9 and 9", exponent)
    leads = [_lead(who, element) for element in rhythms[0].findall("LeadData")]
    return assemble(who, leads, base * 10.0**exponent, _facts(root))


def _lead(who: str, element: Element) -> LeadSignal:
    lead = text_of(element, "LeadID")
    if not lead:
        raise SignalError(who, "LeadID", "given", "")
    for key in _ZERO:
        if number(who, f"{key} of lead {lead}", text_of(element, key) or "0") != 0:
            remedy = "Programs disagree on what another value means."
            raise SignalError(who, f"{key} of lead {lead}", "0", text_of(element, key), remedy)
    if (text_of(element, "LeadSampleSize") or "2") != "2":
        raise SignalError(who, f"LeadSampleSize of lead {lead}", "2 bytes", text_of(element, "LeadSampleSize"))
    what = f"WaveFormData of lead {lead}"
    data = samples_of_base64(who, what, element.findtext("WaveFormData"))
    checksum = number(who, f"LeadDataCRC32 of lead {lead}", text_of(element, "LeadDataCRC32") or "0")
    if checksum not in (0, crc32(data)):  # programs that take names out of files write 0
        raise SignalError(who, f"checksum of lead {lead}", f"{checksum:.0f} as stated", crc32(data), "It is damaged.")
    stored = integers_of(who, what, data)
    claimed = text_of(element, "LeadSampleCountTotal")
    if claimed and number(who, f"LeadSampleCountTotal of lead {lead}", claimed) != len(stored):
        raise SignalError(who, f"samples of lead {lead}", f"{claimed} as stated", len(stored))
    per_bit = number(who, f"LeadAmplitudeUnitsPerBit of lead {lead}", text_of(element, "LeadAmplitudeUnitsPerBit"))
    if per_bit <= 0:
        raise SignalError(who, f"LeadAmplitudeUnitsPerBit of lead {lead}", "more than 0", per_bit)
    unit = text_of(element, "LeadAmplitudeUnits")
    return lead, stored * (per_bit / units_per_millivolt(who, unit.lower() if unit.isupper() else unit, lead))


def _facts(root: Element) -> Facts:
    person, test = root.find("PatientDemographics"), root.find("TestDemographics")
    age, unit = text_of(person, "PatientAge"), text_of(person, "AgeUnits").upper()
    diagnosis = root.find("Diagnosis")
    notes = [] if diagnosis is None else [text_of(s, "StmtText") for s in diagnosis.findall("DiagnosisStatement")]
    is_age = age.isascii() and age.isdigit() and len(age) <= 5 and unit in _YEARS
    age_years = plausible_age(int(age) * _YEARS[unit]) if is_age else None
    return Facts(
        patient_id=patient_of(text_of(person, "PatientID")),
        age_years=age_years,
        sex=_SEXES.get(text_of(person, "Gender").upper()),
        device=printable(text_of(test, "AcquisitionDevice")) or None,
        statements=tuple(note for note in notes if note),
        unreadable=unread_age(f"{age} {unit}".strip(), age_years),
    )
