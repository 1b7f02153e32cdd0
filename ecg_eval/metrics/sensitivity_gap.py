"""Sensitivity within a subgroup minus sensitivity among all other ECGs."""

from ecg_eval.metrics._gap import _Gap
from ecg_eval.metrics.sensitivity import Sensitivity


class SensitivityGap(_Gap):
    """Sensitivity within a subgroup minus sensitivity among all other ECGs."""

    question = "Does the reader miss more in some patients than in others?"
    source = "Bootstrap by patient: Efron and Tibshirani 1993; over readers: Obuchowski and Rockette 1995;24:285"
    caveat = "A gap may come from milder or rarer disease in the subgroup; many subgroups give some gap by chance."
    of = Sensitivity
