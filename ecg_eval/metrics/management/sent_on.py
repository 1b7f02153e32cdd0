"""Share of ECGs whose patient a reader would refer, or call an ambulance for."""

import numpy as np

from ecg_eval.domain.reading import MANAGEMENT
from ecg_eval.domain.study import Floats
from ecg_eval.metrics.bases.management.shares import ManagementShare

SENT_ON = MANAGEMENT.index("refer")  # this much, or more


class SentOn(ManagementShare):
    """Share of ECGs whose patient a reader would refer, or call an ambulance for."""

    question = "Of how many ECGs would the patient be sent on (referred, or an ambulance called)?"
    caveat = (
        "A load, not a quality: it depends on what the ECGs show, and an enriched draw sends more on than a practice."
    )
    short_name = "sent_on"
    needs_truth = False

    def event(self, action: Floats, called_for: Floats) -> Floats:
        """Return where the patient would be sent on."""
        return np.where(np.isnan(action + called_for), np.nan, (action >= SENT_ON).astype(float))
