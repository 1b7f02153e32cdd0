"""GPs without and with help on the same ECGs: readers and ECGs at random.

A range grows with the number of readers that it spans. It is therefore asked for together with that number, and turned
into a standard deviation once, so that more readers are not taken for readers who are more alike.
"""

from ecg_eval.planning.size_design import ALPHA, POSITIVE, POWER, SHARE, SizeDesign, Value, Values, at_least
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.planning_components import ReaderPlanningValues, expected_normal_range
from ecg_eval.stats.sample_size.planning_values import mrmc_planned_cases

_QUARTERS = 4  # the rule "quarter" takes a fourth of a range for the standard deviation


def planning_values(v: Values) -> ReaderPlanningValues:
    """Return what is assumed of readers, from the values by name."""
    between = v["reader_range"] / expected_normal_range(n=v["range_readers"])
    within = v["rereading_range"] / expected_normal_range(n=2)
    return ReaderPlanningValues(
        expected=v["expected"],
        effect=v["effect"],
        inter_reader_range=_QUARTERS * between,
        intra_reader_range=_QUARTERS * within,
        range_rule="quarter",
        variance="auc" if v["metric"] == "auroc" else "proportion",
        controls_per_case=v["controls_per_case"],
    )


def _solve(v: Values) -> Plan:
    values = planning_values(v)
    return mrmc_planned_cases(values=values, n_readers=v["readers"], power=v["power"], alpha=v["alpha"])


DESIGN = SizeDesign(
    name="crossover",
    question="How many ECGs do so many readers need, each reading all of them without and with help?",
    question_fr="Combien d'ECG faut-il à tant de lecteurs, chacun les lisant tous sans et avec aide ?",
    values={
        "readers": Value(12, "readers", "lecteurs", at_least(2)),
        "metric": Value(
            "sensitivity",
            "sensitivity, specificity or auroc",
            "sensitivity (sensibilité), specificity (spécificité) ou auroc",
        ),
        "expected": Value(
            "safe_gp_sensitivity", "the readers' mean without help", "moyenne des lecteurs sans aide", SHARE
        ),
        "effect": Value("tsai_aid_effect", "gain that the study should find", "gain que l'étude doit montrer", SHARE),
        "reader_range": Value(
            None,
            "best minus worst reader's accuracy",
            "écart de performance entre le meilleur et le moins bon lecteur",
            SHARE,
        ),
        "range_readers": Value(
            12, "readers whom that range spans", "lecteurs sur lesquels porte cet écart", at_least(2)
        ),
        "rereading_range": Value(
            None,
            "difference between two readings of the same ECGs by one reader",
            "écart entre deux lectures des mêmes ECG par un lecteur",
            SHARE,
        ),
        "controls_per_case": Value(
            1.0, "ECGs of the other kind for each that counts", "ECG de l'autre sorte pour un ECG qui compte", POSITIVE
        ),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "{readers} readers read all ECGs without and with help. Assumed are a {metric} of {expected} without "
        "help, "
        "a gain of {effect}, a range of {reader_range} between the best and the worst of {range_readers} readers "
        "and of {rereading_range} "
        "between two readings by one reader.",
        "fr": "{readers} lecteurs lisent tous les ECG sans puis avec aide, ou l'inverse. Hypothèses : {metric} de "
        "{expected} sans aide, gain de {effect}, écart de {reader_range} entre le meilleur et le moins bon de "
        "{range_readers} lecteurs, et de "
        "{rereading_range} entre deux lectures d'un même lecteur.",
    },
    method_fr="Obuchowski et Hillis 2011, valeurs de planification, test bilatéral",
    varied="readers",
)
