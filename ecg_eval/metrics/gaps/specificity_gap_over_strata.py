"""Specificity within a subgroup minus that among all other ECGs, within sites or other strata."""

from ecg_eval.metrics.bases.patients.gap_over_strata import GapOverStrata
from ecg_eval.metrics.specificity import Specificity


class SpecificityGapOverStrata(GapOverStrata):
    """Specificity within a subgroup minus that among all other ECGs, each stratum compared with itself."""

    question = "Does the reader raise more false alarms in some patients than in others, at one and the same site?"
    source = (
        "Mantel and Haenszel, J Natl Cancer Inst 1959;22:719; Sato, Biometrics 1989;45:1323; "
        "Tarone, Biometrika 1985;72:91"
    )
    caveat = "Takes the gap as the same at all sites: see whether they differ; strata of one side alone say nothing."
    short_name = "spec_gap_mh"
    of = Specificity
