"""What a tracing is, whatever file it came in: the same recording has the same digest in every archive.

Archives copy recordings and change their names, gains, baselines, lead spellings, lead order and file formats. The
digest is of what remains: the sampling rate, and each lead's samples in whole microvolts, leads in standard order. What
changes samples themselves makes another tracing: resampling (PTB-XL at 100 and at 500 Hz), filters, cuts, z-scores.
"""

import hashlib

import numpy as np

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording

_PLACE = {lead: i for i, lead in enumerate(STANDARD_LEADS)}
_STEPS = np.float32(1000)  # microvolts in a millivolt
_HIGHEST = float(2**31 - 128)  # the largest float32 that int32 holds
_MISSING = np.iinfo(np.int32).min


def signal_digest(recording: Recording) -> str:
    """Return the SHA-256 of a recording's content, in hexadecimal.

    Samples are rounded to thousandths of the recording's unit (microvolts), missing ones are marked; the unit, the rate
    and the names of the leads take part. Identity, age, sex and the header of a file do not.
    """
    leads = recording.leads
    order = sorted(range(len(leads)), key=lambda i: (_PLACE.get(leads[i], len(_PLACE)), leads[i]))
    signal = recording.signal if order == list(range(len(leads))) else recording.signal[:, order]
    steps = np.rint(np.asarray(signal, dtype=np.float32) * _STEPS)
    missing = np.isnan(steps)
    if missing.any() or np.abs(steps).max(initial=0) > _HIGHEST:
        steps = np.clip(np.nan_to_num(steps, posinf=_HIGHEST, neginf=-_HIGHEST), -_HIGHEST, _HIGHEST)
    whole = steps.astype("<i4", order="C")
    whole[missing] = _MISSING
    names = ",".join(leads[i] for i in order)
    digest = hashlib.sha256(f"{recording.units};{recording.sampling_rate_hz:g};{len(signal)};{names};".encode())
    digest.update(whole)
    return digest.hexdigest()
