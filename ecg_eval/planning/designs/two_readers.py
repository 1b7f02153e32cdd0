"""The AI and one way of reading on the same ECGs: whether they differ (McNemar)."""

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.size_design import (
    ALPHA,
    COUNTED,
    EITHER_WAY,
    POWER,
    SHARE,
    SizeDesign,
    Value,
    Values,
    among_drawn,
)
from ecg_eval.stats.sample_size.paired import discordant_shares, mcnemar_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    if v["first"] == v["second"]:
        remedy = "No size shows a difference of 0."
        raise ArgumentError("plan size two_readers", "--set first", f"other than {v['second']:g}", v["first"], remedy)
    only_first, only_second = discordant_shares(first=v["first"], second=v["second"], correlation=v["correlation"])
    plan = mcnemar_cases(p_only_first=only_first, p_only_second=only_second, power=v["power"], alpha=v["alpha"])
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="two_readers",
    question="How many ECGs that count show that two readers of the same ECGs differ (McNemar)?",
    question_fr="Combien d'ECG qui comptent montrent que deux lecteurs des mêmes ECG diffèrent (McNemar) ?",
    values={
        "first": Value(
            None,
            "share right of the first, such as the AI",
            "part de réponses justes du premier, par exemple l'IA",
            SHARE,
        ),
        "second": Value("safe_gp_sensitivity", "share right of the second", "part de réponses justes du second", SHARE),
        "correlation": Value(
            0.0,
            "correlation of being right on the same ECG",
            "corrélation entre réponses justes au même ECG",
            EITHER_WAY,
        ),
        "counted_share": COUNTED,
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "Two readers read the same ECGs. Assumed are shares right of {first} and {second}, with a correlation of "
        "{correlation}.",
        "fr": "Deux lecteurs lisent les mêmes ECG. Hypothèses : parts de lectures justes de {first} et {second}, "
        "avec une "
        "corrélation de {correlation}.",
    },
    method_fr="test de McNemar non conditionnel, bilatéral",
)
