"""The AI alone beside several readers of the same ECGs, for readers and ECGs like these: not worse by a margin.

Readers differ, which no number of ECGs mends. What ECGs do to the difference between the AI and a reader is shared by
all readers, since the AI's part of it is the same: variance a + r - 2 c a reader, covariance a - 2 c + rho r between
two, for p (1 - p) of the AI (a) and of a reader (r), and their covariance c.
"""

from math import sqrt

from ecg_eval.planning.size_design import (
    CORRELATION,
    COUNTED,
    EITHER_WAY,
    ONE_SIDED,
    POWER,
    SHARE,
    SHARE_OR_NONE,
    SizeDesign,
    Value,
    Values,
    among_drawn,
    at_least,
    check_margin,
)
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.planning_components import expected_normal_range

_WHO = "plan size ai_beside_readers"
_CASES = 100  # that the components are stated for; any number gives the same plan


def _solve(v: Values) -> Plan:
    check_margin(_WHO, v["margin"], ai=v["ai"], reader=v["reader"])
    of_ai, of_reader = v["ai"] * (1 - v["ai"]), v["reader"] * (1 - v["reader"])
    shared = v["ai_correlation"] * sqrt(of_ai * of_reader)
    components = MrmcComponents(
        test_reader=0.0,
        cov1=0.0,
        cov2=(of_ai - 2 * shared + v["reader_correlation"] * of_reader) / _CASES,
        cov3=0.0,
        error=(of_ai + of_reader - 2 * shared) / _CASES,
        n_cases=_CASES,
        reader=(v["reader_range"] / expected_normal_range(n=v["range_readers"])) ** 2,
    )
    design = MrmcDesign(effect=v["ai"] - v["reader"], design="one_arm", margin=v["margin"], alpha=v["alpha"])
    plan = mrmc_required_cases(components=components, n_readers=v["readers"], design=design, power=v["power"])
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="ai_beside_readers",
    question="How many ECGs show that the AI is not worse, by more than a margin, than readers like these?",
    question_fr="Combien d'ECG montrent que l'IA n'est pas moins bonne, au-delà d'une marge, que des lecteurs "
    "comme ceux-ci ?",
    values={
        "readers": Value(12, "readers", "lecteurs", at_least(2)),
        "ai": Value(None, "share right of the AI", "part de réponses justes de l'IA", SHARE),
        "reader": Value("safe_gp_sensitivity", "the readers' mean", "moyenne des lecteurs", SHARE),
        "margin": Value(0.05, "loss that would not matter", "perte sans importance", SHARE),
        "reader_range": Value(
            None,
            "best minus worst reader's share right",
            "écart de justesse entre le meilleur et le moins bon lecteur",
            SHARE_OR_NONE,
        ),
        "range_readers": Value(
            12, "readers whom that range spans", "lecteurs sur lesquels porte cet écart", at_least(2)
        ),
        "reader_correlation": Value(
            0.3,
            "correlation of two readers' being right on the same ECG",
            "corrélation entre les réponses justes de deux lecteurs au même ECG",
            CORRELATION,
        ),
        "ai_correlation": Value(
            0.0,
            "correlation of the AI's and a reader's being right on the same ECG",
            "corrélation entre les réponses justes de l'IA et d'un lecteur au même ECG",
            EITHER_WAY,
        ),
        "counted_share": COUNTED,
        "power": POWER,
        "alpha": ONE_SIDED,
    },
    solve=_solve,
    paragraph={
        "en": "The AI and {readers} readers read the same ECGs; the result is to hold for readers and ECGs like these. "
        "Assumed are shares right of {ai} for the AI and of {reader} for the readers' mean, a range of {reader_range} "
        "between the best and the worst of {range_readers} readers, and correlations on the same ECG of "
        "{reader_correlation} between two readers and {ai_correlation} between the AI and a reader; the margin is "
        "{margin}.",
        "fr": "L'IA et {readers} lecteurs lisent les mêmes ECG ; le résultat doit valoir pour des lecteurs et des ECG "
        "semblables. Hypothèses : parts de lectures justes de {ai} pour l'IA et de {reader} en moyenne pour les "
        "lecteurs, écart de {reader_range} entre le meilleur et le moins bon de {range_readers} lecteurs, corrélations "
        "sur un même ECG de {reader_correlation} entre deux lecteurs et de {ai_correlation} entre l'IA et un lecteur ; "
        "la marge est de {margin}.",
    },
    method_fr="Hillis, Obuchowski et Berbaum 2011, un bras, lecteurs et cas aléatoires, non-infériorité, unilatéral",
    varied="readers",
)
