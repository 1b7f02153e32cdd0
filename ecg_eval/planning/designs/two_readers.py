"""The AI and one way of reading on the same ECGs: whether they differ (McNemar)."""

from ecg_eval.planning.size_design import ALPHA, COUNTED, POWER, SizeDesign, Value, Values, among_drawn
from ecg_eval.stats.sample_size.paired import discordant_shares, mcnemar_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    only_first, only_second = discordant_shares(first=v["first"], second=v["second"], correlation=v["correlation"])
    plan = mcnemar_cases(p_only_first=only_first, p_only_second=only_second, power=v["power"], alpha=v["alpha"])
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="two_readers",
    question="How many ECGs that count show that two readers of the same ECGs differ (McNemar)?",
    values={
        "first": Value(None, "share right of the first, such as the AI, in (0, 1)"),
        "second": Value("safe_gp_sensitivity", "share right of the second, in (0, 1)"),
        "correlation": Value(0.0, "of being right on the same ECG"),
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
