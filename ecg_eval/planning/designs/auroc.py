"""Whether an AI's scores tell ECGs with the finding from those without at all."""

from ecg_eval.planning.size_design import ABOVE_CHANCE, ALPHA, POSITIVE, POWER, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.roc import roc_required_cases


def _solve(v: Values) -> Plan:
    return roc_required_cases(
        auc=v["expected"], power=v["power"], controls_per_case=v["controls_per_case"], alpha=v["alpha"]
    )


DESIGN = SizeDesign(
    name="auroc",
    question="How many ECGs show that scores rank better than chance?",
    question_fr="Combien d'ECG montrent que des scores classent mieux que le hasard ?",
    values={
        "expected": Value(None, "AUROC that is expected", "AUROC attendue", ABOVE_CHANCE),
        "controls_per_case": Value(
            1.0, "ECGs without the finding for each with it", "ECG sans l'anomalie pour un ECG avec", POSITIVE
        ),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "An AUROC of {expected} is expected, and is to be shown to differ from 0.5.",
        "fr": "Une AUROC de {expected} est attendue ; il s'agit de montrer qu'elle diffère de 0,5.",
    },
    method_fr="une courbe ROC contre 0,5, Obuchowski, Lieber et Wians 2004, test bilatéral",
)
