"""Sensitivity under every way to count answers that are neither present nor absent."""

from ecg_eval.metrics.bases.people.undecided import ByPolicy
from ecg_eval.metrics.sensitivity import Sensitivity


class SensitivityByPolicy(ByPolicy, Sensitivity):
    """Sensitivity with undecided answers counted as absent, present, left out, all wrong and all right."""

    question = (
        "Of the ECGs that show the finding, how many does the reader call, whatever an undecided answer counts as?"
    )
    source = "Schuetz et al., BMJ 2012;345:e6717 (intention to diagnose); interval: Wilson, J Am Stat Assoc 1927;22:209"
    caveat = "Left out flatters who is often undecided: compare readers in the worst case."
    short_name = "sens_policy"
