"""The AI beside a reader on the same ECGs: not worse by a margin."""

from ecg_eval.planning.size_design import (
    COUNTED,
    ONE_SIDED,
    POWER,
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
    values={
        "ai": Value(None, "share right of the AI, in (0, 1)"),
        "reader": Value("safe_gp_sensitivity", "share right of the reader, in (0, 1)"),
        "margin": Value(0.05, "loss that would not matter, above 0"),
        "correlation": Value(0.0, "of being right on the same ECG"),
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
