"""Share of ECGs about which readers would do too little, with the aid minus without."""

from ecg_eval.metrics.bases.management.shares import ManagementEffect
from ecg_eval.metrics.management.under_managed import UnderManaged


class AidEffectUnderManaged(ManagementEffect):
    """Share of ECGs about which readers would do too little, with the aid minus without."""

    question = "With the aid, about how many more ECGs would too little be done? Below 0 is fewer."
    caveat = "Below 0 is better; counts a step too little like three."
    short_name = "aid_under"
    of = UnderManaged
