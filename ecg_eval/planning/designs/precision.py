"""Sensitivity or specificity of one reader to a stated precision, in ECGs taken one after the other."""

from ecg_eval.planning.size_design import HALF, SHARE, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.proportions import accuracy_cases


def _solve(v: Values) -> Plan:
    return accuracy_cases(
        measure=v["metric"],
        expected=v["expected"],
        half_width=v["half_width"],
        prevalence=v["prevalence"],
        interval="wilson",
        level=v["level"],
    )


DESIGN = SizeDesign(
    name="precision",
    question="How many ECGs in a row give sensitivity or specificity to plus or minus so much?",
    question_fr="Combien d'ECG consécutifs donnent une sensibilité ou une spécificité à tant près ?",
    values={
        "metric": Value(
            "sensitivity", "sensitivity or specificity", "sensitivity (sensibilité) ou specificity (spécificité)"
        ),
        "expected": Value("safe_gp_sensitivity", "what is expected", "ce qui est attendu", SHARE),
        "half_width": Value(0.05, "half the width of the interval", "demi-largeur de l'intervalle", HALF),
        "prevalence": Value(
            0.5, "share of ECGs with the finding, as drawn", "part des ECG avec l'anomalie, tels que tirés", SHARE
        ),
        "level": Value(0.95, "level of the interval", "niveau de l'intervalle", SHARE),
    },
    solve=_solve,
    paragraph={
        "en": "A {metric} of {expected} is expected, and is to be known within {half_width}; {prevalence} of the "
        "ECGs have "
        "the finding.",
        "fr": "{metric} attendue : {expected}, à connaître à {half_width} près ; la part des ECG avec l'anomalie "
        "est de "
        "{prevalence}.",
    },
    method_fr="précision d'une proportion, intervalle de Wilson, Buderer 1996",
)
