"""The AI beside a reader on the same ECGs: not worse by a margin."""

from ecg_eval.planning.size_design import (
    COUNTED,
    EITHER_WAY,
    ONE_SIDED,
    POWER,
    SHARE,
    SizeDesign,
    Value,
    Values,
    among_drawn,
    check_margin,
)
from ecg_eval.stats.sample_size.paired import discordant_shares, paired_noninferiority_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    check_margin("plan size not_worse", v["margin"], ai=v["ai"], reader=v["reader"])
    only_ai, only_reader = discordant_shares(first=v["ai"], second=v["reader"], correlation=v["correlation"])
    plan = paired_noninferiority_cases(
        p_only_first=only_ai, p_only_second=only_reader, margin=v["margin"], power=v["power"], alpha=v["alpha"]
    )
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="not_worse",
    question="How many ECGs that count show that the AI is not worse than a reader by more than a margin?",
    question_fr="Combien d'ECG qui comptent montrent que l'IA n'est pas moins bonne qu'un lecteur, au-delà "
    "d'une marge ?",
    values={
        "ai": Value(None, "share right of the AI", "part de réponses justes de l'IA", SHARE),
        "reader": Value(
            "safe_gp_sensitivity", "share right of the reader", "part de réponses justes du lecteur", SHARE
        ),
        "margin": Value(0.05, "loss that would not matter", "perte sans importance", SHARE),
        "correlation": Value(
            0.0,
            "correlation of being right on the same ECG",
            "corrélation entre réponses justes au même ECG",
            EITHER_WAY,
        ),
        "counted_share": COUNTED,
        "power": POWER,
        "alpha": ONE_SIDED,
    },
    solve=_solve,
    paragraph={
        "en": "The AI and a reader read the same ECGs. Assumed are shares right of {ai} and {reader}, with a "
        "correlation "
        "of {correlation}; the margin is {margin}.",
        "fr": "L'IA et un lecteur lisent les mêmes ECG. Hypothèses : parts de lectures justes de {ai} et {reader}, "
        "avec "
        "une corrélation de {correlation} ; la marge est de {margin}.",
    },
    method_fr="non-infériorité de proportions appariées, test du score, unilatéral",
)
