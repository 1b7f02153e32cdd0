"""Half of the readers with help and half without, all on the same ECGs, planned from a pilot that was read both ways.

What readers differ in does not cancel between the arms, as it does where everybody reads in both; the ECGs' part does,
as all read the same ones.
"""

from dataclasses import replace

from ecg_eval.planning.designs import from_pilot
from ecg_eval.planning.size_design import NOT_NEGATIVE, SizeDesign, Value, Values, at_least
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan


def _solve(v: Values) -> Plan:
    """Return the plan; of an odd number of readers the last one adds nothing."""
    design = MrmcDesign(effect=v["effect"], alpha=v["alpha"], design="parallel_readers")
    plan = from_pilot.plan_of(v, design, n_readers=v["readers"] // 2, reader=v["reader"])
    return replace(plan, n_readers=v["readers"])


DESIGN = SizeDesign(
    name="parallel_from_pilot",
    question="How many ECGs do so many readers need, half of them with help and all reading the same ECGs, if readers "
    "and ECGs are like those of a pilot (--pilot RUN)?",
    question_fr="Combien d'ECG faut-il à tant de lecteurs, la moitié avec aide et tous lisant les mêmes ECG, si "
    "lecteurs et ECG ressemblent à ceux d'un pilote (--pilot RUN) ?",
    values={
        **from_pilot.DESIGN.values,
        "readers": Value(12, "readers of both arms", "lecteurs des deux bras", at_least(4)),
        "reader": Value(
            None,
            "Var(R) of the pilot: how much readers differ in both arms alike",
            "Var(R) du pilote : à quel point les lecteurs diffèrent de la même façon dans les deux bras",
            NOT_NEGATIVE,
        ),
    },
    solve=_solve,
    paragraph={
        "en": "Half of the {readers} readers read with help and half without, all of them the same ECGs. Readers and "
        "ECGs are assumed to be like those of the pilot ({pilot_ecgs} ECGs), and a gain of {effect} in {metric}.",
        "fr": "La moitié des {readers} lecteurs lit avec aide et l'autre sans, tous les mêmes ECG. Hypothèses : "
        "lecteurs et ECG comme ceux du pilote ({pilot_ecgs} ECG), et un gain de {effect} ({metric}).",
    },
    method_fr="Hillis, Obuchowski et Berbaum 2011, lecteurs et cas aléatoires, lecteurs emboîtés dans les bras, test "
    "bilatéral",
    varied="readers",
)
