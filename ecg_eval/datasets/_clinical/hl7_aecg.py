"""HL7 annotated ECG (aECG, the FDA's format): XML in which each lead has an origin, a scale and its digits.

A digit means ``origin + digit * scale``, each with a unit of its own (HL7 aECG Implementation Guide, 21 March 2005,
sequence sets). Averaged beats stand in a derived series and are left aside. The sampling rate is 1 over the increment
of the time sequence; an increment that is a rounded 1/300 s stands for 300 Hz.
"""

import warnings
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._clinical.ecg import ClinicalEcg, Facts, LeadSignal, age_on, assemble, day_of, patient_of
from ecg_eval.datasets._clinical.safe_xml import MAX_XML_BYTES, number, read_xml, text_of, value_of
from ecg_eval.datasets._wfdb_files.headers import units_per_millivolt
from ecg_eval.errors import SignalError

MAX_BYTES = MAX_XML_BYTES  # asked of every format
_LEAD = "MDC_ECG_LEAD_"
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}


def read_hl7_aecg(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of an aECG file.

    Raises
    ------
    SignalError
        When it has no rhythm or several, or a lead or time sequence without a unit.
    """
    root = read_xml(data, who, "AnnotatedECG")
    series = [s for s in root.findall("component/series") if s.find("component/sequenceSet") is not None]
    rhythms = [s for s in series if value_of(s, "code", "code") == "RHYTHM"]
    chosen = rhythms if len(series) > 1 else series
    sets = chosen[0].findall("component/sequenceSet") if len(chosen) == 1 else []
    if len(sets) != 1:
        rule = "one, with one set of sequences"
        raise SignalError(who, "rhythm", rule, f"{len(chosen)} series, {len(sets)} sets", "Export the rhythm alone.")
    sequences = [(value_of(s, "code", "code"), s.find("value")) for s in sets[0].findall("component/sequence")]
    leads = [_lead(who, code, value) for code, value in sequences if code.startswith(_LEAD) and value is not None]
    return assemble(who, leads, _rate(who, sequences), _facts(root, chosen[0]))


def _rate(who: str, sequences: list[tuple[str, Element | None]]) -> float:
    rates = set()
    for code, value in sequences:
        if code in _TIMES:
            unit = value_of(value, "increment", "unit")
            step = number(who, "increment of time", value_of(value, "increment"))
            if unit not in _PER_SECOND or step <= 0:
                rule = "more than 0 of s, ms or us"
                raise SignalError(who, "increment of time", rule, (step, unit))
            rate = _PER_SECOND[unit] / step
            rates.add(float(round(rate)) if abs(rate - round(rate)) < 1e-5 * rate else rate)
    if len(rates) != 1:
        raise SignalError(who, "sampling rates", "one", sorted(rates))
    return rates.pop()


def _lead(who: str, code: str, value: Element) -> LeadSignal:
    lead = code.removeprefix(_LEAD)
    if value.get("type", "").rpartition(":")[2] != "SLIST_PQ":
        rule = "of kind SLIST_PQ, which has a unit"
        raise SignalError(who, f"values of lead {lead}", rule, value.get("type", ""))
    origin, scale = (
        number(who, f"{part} of lead {lead}", value_of(value, part))
        / units_per_millivolt(who, value_of(value, part, "unit"), lead)
        for part in ("origin", "scale")
    )
    if scale == 0:
        raise SignalError(who, f"scale of lead {lead}", "other than 0", 0)
    return lead, origin + _digits(who, lead, text_of(value, "digits")) * scale


def _digits(who: str, lead: str, text: str) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
        try:
            return np.fromstring(text, dtype=np.float64, sep=" ")
        except (DeprecationWarning, ValueError):
            raise SignalError(who, f"digits of lead {lead}", "numbers", text[:40]) from None


def _facts(root: Element, series: Element) -> Facts:
    person = root.find(".//trialSubject")
    born = value_of(person, ".//birthTime")
    day = value_of(series, "effectiveTime/low") or value_of(root, "effectiveTime/low")
    sex = value_of(person, ".//administrativeGenderCode", "code")
    maker = text_of(series, ".//manufacturerOrganization/name")
    model = text_of(series, ".//manufacturerModelName")
    statements = (
        text_of(note, "value") or value_of(note, "value", "displayName")
        for note in root.iter("annotation")
        if value_of(note, "code", "code").startswith("MDC_ECG_INTERPRETATION_STATEMENT")
    )
    return Facts(
        patient_id=patient_of(value_of(person, "id", "extension")),
        age_years=age_on(day_of(born), day_of(day)),
        sex=sex if sex in ("F", "M") else None,
        device=" ".join(word for word in (maker, model) if word) or None,
        statements=tuple(s for s in statements if s),
    )
