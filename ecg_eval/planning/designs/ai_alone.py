"""The AUROC of an AI alone, to a stated precision with assurance."""

from ecg_eval.planning.size_design import ABOVE_CHANCE, POSITIVE, SHARE, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.standalone import standalone_required_cases


def _solve(v: Values) -> Plan:
    return standalone_required_cases(
        expected=v["expected"],
        half_width=v["half_width"],
        controls_per_case=v["controls_per_case"],
        assurance=v["assurance"],
        level=v["level"],
    )


DESIGN = SizeDesign(
    name="ai_alone",
    question="How many ECGs give an AI's AUROC to plus or minus so much?",
    question_fr="Combien d'ECG donnent l'AUROC d'une IA à tant près ?",
    values={
        "expected": Value(None, "AUROC that is expected", "AUROC attendue", ABOVE_CHANCE),
        "half_width": Value(0.05, "distance of the interval's limit", "distance de la borne de l'intervalle", SHARE),
        "controls_per_case": Value(
            1.0, "ECGs without the finding for each with it", "ECG sans l'anomalie pour un ECG avec", POSITIVE
        ),
        "assurance": Value(
            0.8, "probability that the interval is as narrow", "probabilité que l'intervalle soit aussi étroit", SHARE
        ),
        "level": Value(0.95, "level of the interval", "niveau de l'intervalle", SHARE),
    },
    solve=_solve,
    paragraph={
        "en": "An AUROC of {expected} is expected, and is to be known within {half_width} with an assurance of "
        "{assurance}.",
        "fr": "Une AUROC de {expected} est attendue, à connaître à {half_width} près avec une assurance de "
        "{assurance}.",
    },
    method_fr="précision avec assurance, Flahault et al. 2005, variance d'Obuchowski",
)
