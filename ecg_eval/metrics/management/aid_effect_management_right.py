"""Share of ECGs about which readers would do what is called for, with the aid minus without."""

from ecg_eval.metrics.bases.management.shares import ManagementEffect
from ecg_eval.metrics.management.management_right import ManagementRight


class AidEffectManagementRight(ManagementEffect):
    """Share of ECGs about which readers would do what is called for, with the aid minus without."""

    question = "With the aid, about how many more ECGs would readers do what their findings call for?"
    caveat = "What is called for is the urgency of the findings, of the tracing alone: a doctor knows the patient too."
    short_name = "aid_mgmt"
    of = ManagementRight
