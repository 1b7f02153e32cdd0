"""Share of ECGs about which a reader would do what their findings call for."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.management.shares import ManagementShare


class ManagementRight(ManagementShare):
    """Share of ECGs about which a reader would do what their findings call for."""

    question = "Of all ECGs, about how many would the reader do what their findings call for?"
    caveat = "What is called for is the urgency of the findings, of the tracing alone: a doctor knows the patient too."
    short_name = "mgmt_right"

    def event(self, action: Floats, called_for: Floats) -> Floats:
        """Return where what would be done is what the ECG calls for."""
        return np.where(np.isnan(action + called_for), np.nan, (action == called_for).astype(float))
