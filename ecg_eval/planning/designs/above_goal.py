"""One reader or AI alone: its sensitivity or specificity above a goal."""

from ecg_eval.planning.size_design import COUNTED, ONE_SIDED, POWER, SHARE, SizeDesign, Value, Values, among_drawn
from ecg_eval.stats.sample_size.goal import goal_cases
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    plan = goal_cases(expected=v["expected"], goal=v["goal"], power=v["power"], alpha=v["alpha"])
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="above_goal",
    question="How many ECGs that count show that a sensitivity or specificity lies above a goal?",
    question_fr="Combien d'ECG qui comptent montrent qu'une sensibilité ou une spécificité dépasse un seuil ?",
    values={
        "expected": Value(None, "what is expected", "ce qui est attendu", SHARE),
        "goal": Value("safe_gp_sensitivity", "what is to be exceeded", "ce qui est à dépasser", SHARE),
        "counted_share": COUNTED,
        "power": POWER,
        "alpha": ONE_SIDED,
    },
    solve=_solve,
    paragraph={
        "en": "A share of {expected} is expected, and is to be shown to lie above {goal} (exact binomial test).",
        "fr": "Une part de {expected} est attendue ; il s'agit de montrer qu'elle dépasse {goal} (test binomial "
        "exact).",
    },
    method_fr="une proportion au-dessus d'un objectif, test binomial exact, unilatéral",
)
