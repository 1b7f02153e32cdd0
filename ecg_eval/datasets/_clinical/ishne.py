"""ISHNE Holter files (Badilini, Ann Noninvasive Electrocardiol 1998;3:263): recorders' one to twelve leads of 16 bits.

Decoded with ecgdatakit. Not trusted on: leads named twice, which it renames, and the length and the checksum in the
header, of which it only warns. Writers state the length as samples a lead, or as samples of all leads; another one is
refused. A sample of -32768 marks a lead that was off, and is missing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ecg_eval.datasets._clinical.ecg import (
    ClinicalEcg,
    Facts,
    LeadSignal,
    assemble,
    patient_of,
    plausible_age,
    printable,
)
from ecg_eval.errors import SignalError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord, Lead

MAX_BYTES = 1 << 28  # a day of three leads at 200 Hz is 104 MB
_OFF = -32768
_UNNAMED = (0, 1, -9)  # codes that name no lead, and may stand for several


def read_ishne(_data: bytes, who: str) -> ClinicalEcg:
    """Return the ECG of an ISHNE Holter file.

    Raises
    ------
    SignalError
        When it is damaged, shorter or longer than it says, or leaves a lead or its amplitude open.
    """
    from ecgdatakit.parsing.parsers.ishne_holter import ISHNEHolterParser

    record = ISHNEHolterParser().parse(Path(who))
    stated = record.raw_metadata
    if stated["checksum_valid"] is False:
        raise SignalError(who, "checksum", "that of its header", remedy="The file is damaged.")
    named = [code for code in stated["lead_spec"] if code not in _UNNAMED]
    if len(set(named)) != len(named):
        raise SignalError(who, "leads", "named once each", stated["lead_spec"])
    n_samples, n_leads = stated["samples_per_lead"], len(record.leads)
    if stated["ecg_size"] not in (n_samples, n_samples * n_leads):
        rule = f"as many as its header says ({stated['ecg_size']})"
        raise SignalError(who, "samples a lead", rule, n_samples, "Is the whole file there?")
    rate = float(record.leads[0].sampling_rate)
    return assemble(who, [_lead(who, lead) for lead in record.leads], rate, _facts(record))


def _lead(who: str, lead: "Lead") -> LeadSignal:
    if lead.resolution_unit != "uV":
        raise SignalError(who, f"amplitude of lead {lead.label}", "stated, in nV a step", lead.adc_resolution)
    stored = np.asarray(lead.samples, dtype=np.float64)
    return lead.label, np.where(stored == _OFF, np.nan, stored * (lead.resolution / 1000))


def _facts(record: "ECGRecord") -> Facts:
    patient = record.patient
    return Facts(
        patient_id=patient_of(patient.patient_id),
        age_years=plausible_age(None if patient.age is None else float(patient.age)),
        sex=patient.sex if patient.sex in ("F", "M") else None,
        device=printable(record.recording.device.model or "") or None,
    )
