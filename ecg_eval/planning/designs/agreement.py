"""Cohen's kappa of two readers to a stated precision."""

from ecg_eval.planning.size_design import SHARE, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.kappa import cohen_kappa_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    return cohen_kappa_cases(kappa=v["kappa"], half_width=v["half_width"], first=v["prevalence"], level=v["level"])


DESIGN = SizeDesign(
    name="agreement",
    question="How many ECGs give the kappa of two readers to plus or minus so much?",
    question_fr="Combien d'ECG donnent le kappa de deux lecteurs à tant près ?",
    values={
        "kappa": Value("safe_kappa", "what is expected", "ce qui est attendu", SHARE),
        "half_width": Value(0.1, "half the width of the interval", "demi-largeur de l'intervalle", SHARE),
        "prevalence": Value(
            0.3, "share of ECGs that each reader calls present", "part des ECG que chaque lecteur dit atteints", SHARE
        ),
        "level": Value(0.95, "level of the interval", "niveau de l'intervalle", SHARE),
    },
    solve=_solve,
    paragraph={
        "en": "A kappa of {kappa} is expected, and is to be known within {half_width}; each reader calls "
        "{prevalence} of the "
        "ECGs present.",
        "fr": "Un kappa de {kappa} est attendu, à connaître à {half_width} près ; chaque lecteur dit l'anomalie "
        "présente dans "
        "une part de {prevalence} des ECG.",
    },
    method_fr="précision du kappa de Cohen, variance asymptotique",
)
