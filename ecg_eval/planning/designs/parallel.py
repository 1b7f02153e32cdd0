"""Some ECGs or patients with help, others without; practices may share what their doctors do."""

from ecg_eval.planning.size_design import ALPHA, CORRELATION, ONE_OR_MORE, POWER, SHARE, SizeDesign, Value, Values
from ecg_eval.stats.sample_size.clustering import with_clustering
from ecg_eval.stats.sample_size.independent import two_proportions_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    plan = two_proportions_cases(first=v["aided"], second=v["unaided"], power=v["power"], alpha=v["alpha"])
    return with_clustering(plan=plan, cluster_size=v["ecgs_per_practice"], icc=v["icc"])


DESIGN = SizeDesign(
    name="parallel",
    question="How many ECGs does a study need with one arm helped and one not, in practices that may differ?",
    question_fr="Combien d'ECG faut-il à une étude dont un bras a de l'aide et l'autre non, dans des cabinets "
    "qui peuvent différer ?",
    values={
        "unaided": Value(
            "tsai_unaided_accuracy", "share right without help", "part de réponses justes sans aide", SHARE
        ),
        "aided": Value("tsai_aided_accuracy", "share right with help", "part de réponses justes avec aide", SHARE),
        "ecgs_per_practice": Value(1.0, "ECGs of one practice", "ECG d'un cabinet", ONE_OR_MORE),
        "icc": Value(
            0.0, "correlation of two ECGs of one practice", "corrélation entre deux ECG d'un cabinet", CORRELATION
        ),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "ECGs are read in two arms. Assumed are shares right of {unaided} without and {aided} with help, a "
        "number of ECGs per practice of {ecgs_per_practice}, and an intraclass correlation of {icc}. Sizes are of "
        "both arms.",
        "fr": "Les ECG sont lus dans deux bras. Hypothèses : part de lectures justes de {unaided} sans et de "
        "{aided} avec "
        "aide, {ecgs_per_practice} ECG par cabinet, et une corrélation intraclasse de {icc}. La taille est celle "
        "des deux bras.",
    },
    method_fr="deux proportions, variance commune, test bilatéral",
)
