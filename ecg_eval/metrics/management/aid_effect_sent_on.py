"""Share of ECGs whose patient readers would send on, with the aid minus without."""

from ecg_eval.metrics.bases.management.shares import ManagementEffect
from ecg_eval.metrics.management.sent_on import SentOn


class AidEffectSentOn(ManagementEffect):
    """Share of ECGs whose patient readers would send on, with the aid minus without."""

    question = "With the aid, of how many more ECGs would the patient be sent on?"
    caveat = "More is neither better nor worse by itself: see who should be sent on."
    short_name = "aid_sent"
    of = SentOn
