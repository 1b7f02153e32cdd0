"""Philips XML (SierraECG, PhilipsECG; versions 1.03 to 1.04.02), with leads packed by XLI or plain.

`resolution` is microvolts a bit (Philips ECG schema). In packed files III, aVR, aVL and aVF are stored as what is left
after predicting them from I and II, with halves rounded down; they are put together again here. Plain files store leads
as they are; one whose III is not II - I is refused, since it might hold such rests.
"""

from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from ecg_eval.datasets._clinical.ecg import (
    MAX_SAMPLES,
    ClinicalEcg,
    Facts,
    age_on,
    assemble,
    check_rate,
    day_of,
    patient_of,
    plausible_age,
    printable,
    unread_age,
)
from ecg_eval.datasets._clinical.philips_xli import unpack_xli
from ecg_eval.datasets._clinical.safe_xml import (
    MAX_XML_BYTES,
    integers_of,
    number,
    read_xml,
    samples_of_base64,
    text_of,
)
from ecg_eval.datasets._wfdb_files.headers import MAX_LEADS
from ecg_eval.domain.leads import LIMB_LEADS, STANDARD_LEADS
from ecg_eval.errors import SignalError

MAX_BYTES = MAX_XML_BYTES  # asked of every format
_VERSIONS = ("1.03", "1.04", "1.04.01", "1.04.02")
_SEXES = {"Male": "M", "Female": "F"}
_STANDARD_SETS = ("STD-12", "10-WIRE")


def read_philips_xml(data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of a Philips file.

    Raises
    ------
    SignalError
        When its version, packing, lead names or scale are not among the known ones.
    """
    root = read_xml(data, who, "restingecgdata")
    version = text_of(root, ".//documentversion")
    if version not in _VERSIONS:
        raise SignalError(who, "version of the document", f"one of {', '.join(_VERSIONS)}", version)
    waves, about = root.find(".//parsedwaveforms"), root.find(".//signalcharacteristics")
    if waves is None or about is None:
        raise SignalError(who, "parsedwaveforms and signalcharacteristics", "there")

    def said(attribute: str, *elements: str) -> str:
        texts = (waves.get(attribute, "").strip(), *(text_of(about, e) for e in elements))
        return next((t for t in texts if t), "")

    rate = number(who, "sampling rate", said("samplespersecond", "samplingrate"))
    check_rate(who, rate)
    names = _names(who, waves, about)
    n_samples = number(who, "durationperchannel in ms", said("durationperchannel")) * rate / 1000
    if not (n_samples.is_integer() and 2 <= n_samples * len(names) <= MAX_SAMPLES):
        raise SignalError(who, "samples a lead", f"a whole number, at most {MAX_SAMPLES} in all", n_samples)
    microvolts = number(who, "resolution", said("resolution", "resolution", "signalresolution"))
    if microvolts <= 0 or (said("signalsigned", "signalsigned") or "True").lower() != "true":
        raise SignalError(who, "samples", "signed, with a resolution above 0", microvolts)
    zero = number(who, "signaloffset", said("signaloffset", "signaloffset") or "0")
    stored = _stored(who, waves, names, int(n_samples))
    leads = [(name, (x - zero) * (microvolts / 1000)) for name, x in zip(names, stored, strict=True)]
    return assemble(who, leads, rate, _facts(root))


def _names(who: str, waves: Element, about: Element) -> list[str]:
    """Return the leads' names, which the oldest version leaves to the lead set."""
    names = waves.get("leadlabels", "").split()
    count = number(who, "number of leads", waves.get("numberofleads") or text_of(about, "numberchannelsallocated"))
    if not names and {text_of(about, "acquisitiontype"), text_of(about, "leadset")} & set(_STANDARD_SETS):
        names = list(STANDARD_LEADS) if count == len(STANDARD_LEADS) else []
    if len(names) != count or not 0 < len(names) <= MAX_LEADS:
        raise SignalError(who, "names of leads", f"{count:g} as stated", names[:24])
    return names


def _stored(who: str, waves: Element, names: list[str], n_samples: int) -> list[NDArray[np.float64]]:
    """Return the stored samples of each lead."""
    packing = waves.get("compression") or waves.get("compressmethod") or ""
    if waves.get("compressflag", "").lower() == "false" or packing.lower() in ("uncompressed", "none"):
        packing = ""
    if waves.get("dataencoding") != "Base64" or packing not in ("", "XLI"):
        rule = "base64, plain or packed by XLI"
        raise SignalError(who, "encoding of the samples", rule, (waves.get("dataencoding"), packing))
    data = samples_of_base64(who, "samples", waves.text)
    if packing:
        leads = [x.astype(np.float64) for x in unpack_xli(who, data, len(names), n_samples)]
        return _with_limb_leads(who, names, leads)
    samples = integers_of(who, "samples", data)
    if len(samples) != n_samples * len(names):
        raise SignalError(who, "the number of samples", f"{n_samples * len(names)} as stated", len(samples))
    leads = list(samples.reshape(len(names), n_samples))
    if "III" in names:
        one, two, three = (leads[names.index(lead)] for lead in LIMB_LEADS[:3])
        if np.abs(three - (two - one)).max() > 2:  # bits, for three roundings
            raise SignalError(who, "lead III", "II - I, as in a file of whole leads", "something else")
    return leads


def _with_limb_leads(who: str, names: list[str], stored: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Add to what is stored of III, aVR, aVL and aVF what I and II predict of them."""
    if tuple(names[:6]) != LIMB_LEADS:
        rule = f"{', '.join(LIMB_LEADS)} first, as XLI packs them"
        raise SignalError(who, "names of leads", rule, names[:24])
    one, two, rest_of_three, rest_of_avr, rest_of_avl, rest_of_avf = stored[:6]
    three = two - one - rest_of_three
    return [
        *(one, two, three),
        -np.floor((one + two) / 2) - rest_of_avr,
        np.floor((one - three) / 2) - rest_of_avl,
        np.floor((two + three) / 2) - rest_of_avf,
        *stored[6:],
    ]


def _facts(root: Element) -> Facts:
    person, test = root.find(".//generalpatientdata"), root.find(".//dataacquisition")
    years = text_of(person, "age/years")
    day = day_of("" if test is None else test.get("date", ""))
    machine = root.find(".//machine")
    notes = (
        " ".join(t for t in (text_of(s, "leftstatement"), text_of(s, "rightstatement")) if t)
        for s in root.iter("statement")
    )
    is_number = years.isascii() and years.isdigit() and len(years) <= 3
    age = plausible_age(float(years)) if is_number else age_on(day_of(text_of(person, "age/dateofbirth")), day)
    return Facts(
        patient_id=patient_of(text_of(person, "patientid")),
        age_years=age,
        sex=_SEXES.get(text_of(person, "sex")),
        device=None if machine is None else printable(machine.text or "") or None,
        statements=tuple(note for note in notes if note),
        unreadable=unread_age(years, age),
    )
