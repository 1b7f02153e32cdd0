"""Share of ECGs about which a reader would do more than their findings call for."""

import numpy as np

from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.management.shares import ManagementShare


class OverManaged(ManagementShare):
    """Share of ECGs about which a reader would do more than their findings call for."""

    question = "About how many ECGs would too much be done?"
    caveat = "Counts a step too much like three; a doctor who knows the patient may have reasons that no tracing shows."
    short_name = "mgmt_over"

    def event(self, action: Floats, called_for: Floats) -> Floats:
        """Return where more would be done than the ECG calls for."""
        return np.where(np.isnan(action + called_for), np.nan, (action > called_for).astype(float))
