"""Share of ECGs about which a reader would do less than their findings call for."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.management.shares import ManagementShare


class UnderManaged(ManagementShare):
    """Share of ECGs about which a reader would do less than their findings call for."""

    question = "About how many ECGs would too little be done?"
    caveat = "Counts a step too little like three; what a finding calls for is its urgency in the vocabulary."
    short_name = "mgmt_under"

    def event(self, action: Floats, called_for: Floats) -> Floats:
        """Return where less would be done than the ECG calls for."""
        return np.where(np.isnan(action + called_for), np.nan, (action < called_for).astype(float))
