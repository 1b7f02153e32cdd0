"""Specificity under every way to count answers that are neither present nor absent."""

from ecg_eval.metrics.bases.people.undecided import ByPolicy
from ecg_eval.metrics.specificity import Specificity


class SpecificityByPolicy(ByPolicy, Specificity):
    """Specificity with undecided answers counted as absent, present, left out, all wrong and all right."""

    question = (
        "Of the ECGs that do not show the finding, how many does the reader leave alone, "
        "whatever an undecided answer counts as?"
    )
    source = "Schuetz et al., BMJ 2012;345:e6717 (intention to diagnose); interval: Wilson, J Am Stat Assoc 1927;22:209"
    caveat = "Left out flatters who is often undecided: compare readers in the worst case."
    short_name = "spec_policy"
