"""Parts of the patients from which something is learnt for the others, where a study has no ECGs set apart for it."""

from zlib import crc32

import numpy as np

from ecg_eval.domain.study import Codes, ReaderStudy


def patient_parts(study: ReaderStudy, n_parts: int) -> Codes:
    """Deal the patients into parts of equal size by a hash of their ids, so that no order of rows matters.

    Parameters
    ----------
    study : ReaderStudy
    n_parts : int

    Returns
    -------
    ndarray of int (n_records,)
        The part of each record, 0 to n_parts - 1; all records of a patient are in one.
    """
    ids = study.records["patient_id"].astype(str)
    dealt = sorted(set(ids), key=lambda patient: (crc32(patient.encode()), patient))
    part = {patient: place % n_parts for place, patient in enumerate(dealt)}
    return np.array([part[patient] for patient in ids], dtype=np.int64)
